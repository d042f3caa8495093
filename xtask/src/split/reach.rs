//! Which functions of a module only some of them reach.

use std::collections::{BTreeSet, HashMap};

use wasmparser::{
    BinaryReaderError, ElementItems, ExternalKind, FunctionBody, KnownCustom, Name, Operator, Parser,
    Payload, TypeRef,
};

/// The functions of a module, and which of them call which.
#[derive(Default)]
pub(super) struct Module {
    imported: u32,
    /// By the index of a function less those that are imported: whom it calls.
    calls: Vec<Vec<u32>>,
    /// Called from outside, or through a table.
    roots: BTreeSet<u32>,
    names: HashMap<u32, String>,
}

impl Module {
    /// Reads a module that was just built.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn read(module: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut read = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            read.take(payload?)?;
        }
        Ok(read)
    }

    fn take(&mut self, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.imported +=
                        u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                        self.roots.insert(export.index);
                    }
                }
            }
            Payload::StartSection { func, .. } => {
                self.roots.insert(func);
            }
            Payload::ElementSection(section) => {
                for element in section {
                    self.take_element(element?.items)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.take_body(&body)?,
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.take_names(names)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_element(&mut self, items: ElementItems<'_>) -> Result<(), BinaryReaderError> {
        match items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    self.roots.insert(function?);
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions {
                    for operator in expression?.get_operators_reader() {
                        if let Operator::RefFunc { function_index } = operator? {
                            self.roots.insert(function_index);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn take_body(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        let mut calls = Vec::new();
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    calls.push(function_index);
                }
                Operator::RefFunc { function_index } => {
                    self.roots.insert(function_index);
                }
                _ => {}
            }
        }
        self.calls.push(calls);
        Ok(())
    }

    fn take_names(&mut self, names: wasmparser::NameSectionReader<'_>) -> Result<(), BinaryReaderError> {
        for name in names {
            if let Name::Function(functions) = name? {
                for naming in functions {
                    let naming = naming?;
                    self.names.insert(naming.index, naming.name.to_owned());
                }
            }
        }
        Ok(())
    }

    /// How many functions have `part` in their name.
    pub(super) fn named(&self, part: &str) -> usize {
        self.names.values().filter(|name| name.contains(part)).count()
    }

    /// The doors, whose names have one of `doors` in them, and what can be called only after one of them was. Given as binaryen numbers
    /// functions that have no names: without those that are imported.
    pub(super) fn behind(&self, doors: &[&str]) -> Vec<u32> {
        let is_door = |function: &u32| {
            self.names.get(function).is_some_and(|name| doors.iter().any(|door| name.contains(door)))
        };
        let mut reached = BTreeSet::new();
        let mut to_visit: Vec<u32> = self.roots.iter().copied().filter(|root| !is_door(root)).collect();
        while let Some(function) = to_visit.pop() {
            if reached.insert(function) {
                to_visit.extend(self.called_by(function).iter().copied().filter(|called| !is_door(called)));
            }
        }
        let defined = (0_u32..).zip(&self.calls).map(|(number, _)| number);
        defined.filter(|number| !reached.contains(&number.saturating_add(self.imported))).collect()
    }

    fn called_by(&self, function: u32) -> &[u32] {
        let number = function.checked_sub(self.imported).and_then(|number| usize::try_from(number).ok());
        number.and_then(|number| self.calls.get(number)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: u8 = 0x10;
    const END: u8 = 0x0b;

    fn section(id: u8, content: &[u8]) -> Vec<u8> {
        [&[id, u8::try_from(content.len()).unwrap()], content].concat()
    }

    /// Function 0 comes from outside, 1 is given out and 6 stands in the table; the others are called, each by those before it.
    fn module() -> Vec<u8> {
        let calls: [&[u8]; 6] = [&[2, 3], &[0], &[4, 2], &[5], &[0], &[4]];
        let mut code = vec![6];
        for calls in calls {
            let body: Vec<u8> = calls.iter().flat_map(|called| [CALL, *called]).collect();
            code.extend([u8::try_from(body.len()).unwrap() + 2, 0]);
            code.extend(body);
            code.push(END);
        }
        let mut names = vec![2, 3, 9];
        names.extend(b"the::door");
        names.extend([6, 9]);
        names.extend(b"the::item");
        let name_section = [&[4][..], b"name", &[1, u8::try_from(names.len()).unwrap()], &names].concat();
        [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, &[1, 0x60, 0, 0]),
            section(2, &[1, 1, b'a', 1, b'b', 0, 0]),
            section(3, &[6, 0, 0, 0, 0, 0, 0]),
            section(4, &[1, 0x70, 0, 1]),
            section(7, &[1, 1, b'f', 0, 1]),
            section(9, &[1, 0, 0x41, 0, END, 1, 6]),
            section(10, &code),
            section(0, &name_section),
        ]
        .concat()
    }

    fn behind(doors: &[&str]) -> Vec<u32> {
        Module::read(&module()).unwrap().behind(doors)
    }

    #[test]
    fn what_only_doors_reach_is_behind_them() {
        // 4 is called by what stands in the table too, and with it what it calls.
        assert_eq!(behind(&["::door"]), [2]);
        assert_eq!(behind(&["::door", "::item"]), [2, 3, 4, 5]);
    }

    #[test]
    fn without_a_door_nothing_is_behind_one() {
        assert_eq!(behind(&["::window"]), Vec::<u32>::new());
    }

    #[test]
    fn doors_are_counted_by_part_of_their_names() {
        let module = Module::read(&module()).unwrap();
        assert_eq!((module.named("the::"), module.named("::door"), module.named("::window")), (2, 1, 0));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(Module::read(b"no module").is_err());
    }
}
