//! Compressed RTF (MS-OXRTFCP): Lempel and Ziv's way with a dictionary of 4,096 octets that is not empty at first.

use crate::cursor::Cursor;
use crate::error::{Defect, Error, Result};
use crate::limits::Limits;
use crate::wipe::Wiped;

/// `COMPTYPE` of compressed RTF (§2.1.3.1.1).
const COMPRESSED: u32 = 0x7546_5a4c;
/// `COMPTYPE` of RTF that is not compressed.
const UNCOMPRESSED: u32 = 0x414c_454d;
/// What `COMPSIZE` counts of the header.
const COUNTED_HEADER: usize = 12;

/// Octets of the dictionary (§2.1.3.1.2). A power of two: offsets are cut to 12 bits.
const DICTIONARY: usize = 4096;
/// What it holds at first (§2.1.2.1).
const INITIAL: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
/// The most octets that one of the input becomes: 17 of a reference in two octets and a bit.
const GROWTH: usize = 8;

/// Decompresses the value of `PR_RTF_COMPRESSED`, untrusted. What is odd is added to `defects`.
///
/// # Errors
/// [`Error::RtfTooLong`] where the result would pass [`Limits::rtf_octets`].
pub fn decompress_rtf(value: &[u8], limits: &Limits, defects: &mut Vec<Defect>) -> Result<Vec<u8>> {
    let mut cursor = Cursor::new(value);
    let header = (cursor.length(), cursor.length(), cursor.u32(), cursor.u32());
    let (Some(size), Some(raw_size), Some(kind), Some(crc)) = header else {
        defects.push(Defect::Rtf);
        return Ok(Vec::new());
    };
    let stated = size.checked_sub(COUNTED_HEADER);
    let contents = stated.and_then(|stated| cursor.take(stated)).unwrap_or_else(|| {
        defects.push(Defect::Rtf);
        cursor.rest()
    });
    let limit = limits.rtf_octets;
    match kind {
        COMPRESSED => {
            if crc != checksum(contents) {
                defects.push(Defect::RtfChecksum);
            }
            let room = contents.len().saturating_mul(GROWTH).min(raw_size).min(limit);
            decompress(contents, room, limit, defects)
        }
        UNCOMPRESSED => {
            let raw = contents.get(..raw_size).unwrap_or(contents);
            if raw.len() > limit { Err(Error::RtfTooLong { limit }) } else { Ok(raw.to_vec()) }
        }
        _ => {
            defects.push(Defect::Rtf);
            Ok(Vec::new())
        }
    }
}

fn decompress(contents: &[u8], room: usize, limit: usize, defects: &mut Vec<Defect>) -> Result<Vec<u8>> {
    let mut output = Output::new(room, limit);
    let mut cursor = Cursor::new(contents);
    while let Some(control) = cursor.u8() {
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                // The last run may have fewer than eight tokens.
                let Some(octet) = cursor.u8() else { break };
                output.push(octet)?;
                continue;
            }
            let Some(reference) = cursor.take(2) else { break };
            let reference =
                reference.iter().fold(0, |number: usize, octet| number << 8 | usize::from(*octet));
            let (offset, length) = (reference >> 4, (reference & 0xf).saturating_add(2));
            if offset == output.place {
                return Ok(output.finish());
            }
            output.repeat(offset, length)?;
        }
    }
    // The reference that ends it is missing.
    defects.push(Defect::Rtf);
    Ok(output.finish())
}

/// What was decompressed, and the dictionary that it is written into as well.
struct Output {
    found: Wiped,
    dictionary: Wiped,
    place: usize,
    limit: usize,
}

impl Output {
    fn new(room: usize, limit: usize) -> Self {
        let mut dictionary = Wiped(INITIAL.to_vec());
        dictionary.resize(DICTIONARY, 0);
        Self { found: Wiped(Vec::with_capacity(room)), dictionary, place: INITIAL.len(), limit }
    }

    fn push(&mut self, octet: u8) -> Result<()> {
        if self.found.len() >= self.limit {
            return Err(Error::RtfTooLong { limit: self.limit });
        }
        self.found.push(octet);
        if let Some(place) = self.dictionary.get_mut(self.place) {
            *place = octet;
        }
        self.place = self.place.wrapping_add(1) % DICTIONARY;
        Ok(())
    }

    /// Octets that the reference writes can be read by it.
    fn repeat(&mut self, offset: usize, length: usize) -> Result<()> {
        for at in 0..length {
            let from = offset.wrapping_add(at) % DICTIONARY;
            let octet = self.dictionary.get(from).copied().unwrap_or_default();
            self.push(octet)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        std::mem::take(&mut self.found)
    }
}

/// CRC-32 that begins with zero and is not turned over at the end (§2.1.3.2).
fn checksum(octets: &[u8]) -> u32 {
    let step = |crc: u32, octet: &u8| {
        let mut crc = crc ^ u32::from(*octet);
        for _ in 0..8 {
            crc = crc >> 1 ^ (crc & 1).wrapping_neg() & 0xedb8_8320;
        }
        crc
    };
    octets.iter().fold(0, step)
}

#[cfg(test)]
mod tests {
    use super::{INITIAL, decompress_rtf};
    use crate::{Defect, Error, Limits};

    /// MS-OXRTFCP §4.1.1.
    const SIMPLE: &str =
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0";
    /// MS-OXRTFCP §4.1.2: a reference that reads what it writes.
    const OVERLAPPING: &str = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0";

    fn octets(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn read(value: &[u8]) -> (Vec<u8>, Vec<Defect>) {
        let mut defects = Vec::new();
        (decompress_rtf(value, &Limits::default(), &mut defects).unwrap(), defects)
    }

    #[test]
    fn the_dictionary_begins_as_it_should() {
        assert_eq!(INITIAL.len(), 207);
    }

    #[test]
    fn the_examples_of_the_specification_are_read() {
        let simple = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n".to_vec();
        assert_eq!(read(&octets(SIMPLE)), (simple, Vec::new()));
        assert_eq!(read(&octets(OVERLAPPING)), (b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}".to_vec(), Vec::new()));
    }

    #[test]
    fn what_is_not_compressed_is_given_as_it_is() {
        let mut value = Vec::new();
        for field in [12 + 8, 7, 0x414c_454d, 0_u32] {
            value.extend_from_slice(&field.to_le_bytes());
        }
        value.extend_from_slice(b"{\\rtf1}\0");
        assert_eq!(read(&value), (b"{\\rtf1}".to_vec(), Vec::new()));
    }

    #[test]
    fn a_changed_octet_is_noted_and_read() {
        let mut changed = octets(SIMPLE);
        changed[21] ^= 1;
        let (rtf, defects) = read(&changed);
        assert_eq!((rtf.len(), defects), (43, vec![Defect::RtfChecksum]));
    }

    #[test]
    fn what_is_cut_gives_what_was_whole() {
        let whole = octets(SIMPLE);
        let text = read(&whole).0;
        for end in 0..whole.len() {
            let (rtf, defects) = read(&whole[..end]);
            assert!(text.starts_with(&rtf), "{end}");
            assert!(defects.contains(&Defect::Rtf), "{end}");
        }
    }

    #[test]
    fn length_is_limited() {
        for (rtf_octets, fits) in [(43, true), (42, false)] {
            let limits = Limits { rtf_octets, ..Limits::default() };
            let found = decompress_rtf(&octets(SIMPLE), &limits, &mut Vec::new());
            assert_eq!(found.is_ok(), fits);
            assert!(fits || found == Err(Error::RtfTooLong { limit: 42 }));
        }
    }
}
