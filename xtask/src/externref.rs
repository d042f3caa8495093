//! Puts right what binaryen 108 (Debian 12) gets wrong: it writes every exported table as table 0.
//!
//! wasm-bindgen keeps JavaScript values in a table of its own and grows it on start; pointed at the table of functions, which
//! cannot grow, the page stops with "failed to grow table by 4" (binaryen issue 4711, mended in 109). Newer versions pass
//! through here unchanged.

use crate::trouble::{Trouble, trouble};

/// The export that must be a table of external references.
const EXPORT: &[u8] = b"__wbindgen_externrefs";
/// WebAssembly core specification, sections 5.5.2, 5.3.4 and 5.5.10.
const TABLE_SECTION: u8 = 4;
const EXPORT_SECTION: u8 = 7;
const EXTERNREF: u8 = 0x6f;
const KIND_TABLE: u8 = 1;
const HEADER_BYTES: usize = 8;

/// Points the export at the table of external references; a module without either is left alone.
pub(crate) fn mend(module: &mut [u8]) -> Result<(), Trouble> {
    let Some((table, place)) = find(module).ok_or_else(malformed)? else { return Ok(()) };
    match module.get_mut(place) {
        Some(index) => *index = table,
        None => return Err(malformed()),
    }
    Ok(())
}

fn malformed() -> Trouble {
    trouble("a wasm module could not be read", "Is wasm-opt the one that ./x setup installs?")
}

/// The index of the table, and where the export's index stands. The outer `None` means a malformed module.
fn find(module: &[u8]) -> Option<Option<(u8, usize)>> {
    let mut reader = Reader { bytes: module, at: HEADER_BYTES };
    let (mut table, mut export) = (None, None);
    while reader.at < module.len() {
        let section = reader.byte()?;
        let size = reader.number()?;
        let end = reader.at.checked_add(size)?;
        match section {
            TABLE_SECTION => table = reader.externref_table()?,
            EXPORT_SECTION => export = reader.table_export()?,
            _ => {}
        }
        reader.at = end;
    }
    Some(table.zip(export))
}

struct Reader<'m> {
    bytes: &'m [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// Unsigned LEB128, at most 32 bits.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        Some(())
    }

    /// The index of the first table of external references; an index that takes one byte, as ours always do.
    fn externref_table(&mut self) -> Option<Option<u8>> {
        for index in 0..self.number()? {
            let kind = self.byte()?;
            let bounded = self.byte()? & 1 == 1;
            self.number()?;
            if bounded {
                self.number()?;
            }
            if kind == EXTERNREF {
                return Some(u8::try_from(index).ok().filter(|i| *i < 0x80));
            }
        }
        Some(None)
    }

    /// Where the index of our export stands, if it is a table and its index takes one byte.
    fn table_export(&mut self) -> Option<Option<usize>> {
        for _ in 0..self.number()? {
            let length = self.number()?;
            let name = self.bytes.get(self.at..self.at.checked_add(length)?)?;
            self.skip(length)?;
            let kind = self.byte()?;
            let place = self.at;
            let index = self.number()?;
            if name == EXPORT && kind == KIND_TABLE && index < 0x80 {
                return Some(Some(place));
            }
        }
        Some(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tables, functions first; one export, pointing at `index`.
    fn module(index: u8) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([TABLE_SECTION, 9, 2, 0x70, 1, 0x6c, 0x6c, EXTERNREF, 0, 0x80, 8]);
        bytes.extend([EXPORT_SECTION, 25, 1, 21]);
        bytes.extend(EXPORT);
        bytes.extend([KIND_TABLE, index]);
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
        assert_eq!(plain.len(), HEADER_BYTES);
    }

    #[test]
    fn a_module_cut_short_is_refused() {
        let whole = module(0);
        assert!(mend(&mut whole[..whole.len() - 1].to_vec()).is_err());
    }
}
