//! Puts right what binaryen 108 (Debian 12) gets wrong: it writes every exported table as table 0.
//!
//! wasm-bindgen keeps JavaScript values in a table of its own and grows it on start; pointed at the table of functions, which
//! cannot grow, the page stops with "failed to grow table by 4" (binaryen issue 4711, mended in 109). Newer versions pass
//! through here unchanged.

use wasmparser::{BinaryReaderError, ExternalKind, Parser, Payload};

use crate::trouble::{Trouble, trouble};

/// The export that must be a table of external references.
const EXPORT: &str = "__wbindgen_externrefs";
/// Indices below this take one byte (WebAssembly core specification, section 5.2.2), as ours always do.
const ONE_BYTE: u32 = 0x80;

/// Points the export at the table of external references; a module without either is left alone.
pub(crate) fn mend(module: &mut [u8]) -> Result<(), Trouble> {
    let found = find(module).map_err(|error| {
        trouble(
            format!("a wasm module could not be read: {error}"),
            "Is wasm-opt the one that ./x setup installs?",
        )
    })?;
    if let Some((table, place)) = found
        && let Some(index) = module.get_mut(place)
    {
        *index = table;
    }
    Ok(())
}

/// The index of the table, and where the export's index stands.
fn find(module: &[u8]) -> Result<Option<(u8, usize)>, BinaryReaderError> {
    let (mut table, mut export) = (None, None);
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TableSection(section) => {
                for (index, found) in (0_u8..).zip(section) {
                    if found?.ty.element_type.is_extern_ref() {
                        table = table.or(Some(index));
                    }
                }
            }
            Payload::ExportSection(section) => {
                let end = section.range().end;
                let found = section.into_iter_with_offsets().collect::<Result<Vec<_>, _>>()?;
                let ends = found.iter().skip(1).map(|(start, _)| *start).chain([end]);
                // An export ends with its index.
                let ours = found.iter().zip(ends).find(|((_, it), _)| {
                    it.name == EXPORT && it.kind == ExternalKind::Table && it.index < ONE_BYTE
                });
                export = ours.and_then(|(_, end)| usize::try_from(end.checked_sub(1)?).ok());
            }
            _ => {}
        }
    }
    Ok(table.zip(export))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tables, functions first; one export, pointing at `index`.
    fn module(index: u8) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([4, 9, 2, 0x70, 1, 0x6c, 0x6c, 0x6f, 0, 0x80, 8]);
        bytes.extend([7, 25, 1, 21]);
        bytes.extend(EXPORT.as_bytes());
        bytes.extend([1, index]);
        bytes
    }

    #[test]
    fn the_export_is_pointed_at_the_table_of_references() {
        let mut wrong = module(0);
        mend(&mut wrong).unwrap();
        assert_eq!(wrong, module(1));
    }

    #[test]
    fn what_is_right_stays() {
        let mut right = module(1);
        mend(&mut right).unwrap();
        assert_eq!(right, module(1));
        let mut plain = b"\0asm\x01\0\0\0".to_vec();
        mend(&mut plain).unwrap();
        assert_eq!(plain, b"\0asm\x01\0\0\0");
    }

    #[test]
    fn a_module_cut_short_is_refused() {
        let whole = module(0);
        assert!(mend(&mut whole[..whole.len() - 1].to_vec()).is_err());
    }
}
