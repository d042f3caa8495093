//! The attributes of a TNEF stream (MS-OXTNEF §2.1.3).

use crate::cursor::Cursor;
use crate::error::{Defect, Error, Result};

/// What every stream begins with, little-endian (§2.1.3.1).
pub(crate) const SIGNATURE: u32 = 0x223e_9f78;

/// The level of what belongs to the message, and to a file.
const LEVELS: std::ops::RangeInclusive<u8> = 1..=2;

pub(crate) const OEM_CODE_PAGE: u32 = 0x0006_9007;
pub(crate) const SUBJECT: u32 = 0x0001_8004;
pub(crate) const BODY: u32 = 0x0002_800c;
pub(crate) const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
/// Begins the next file (§2.1.3.3.16).
pub(crate) const ATTACH_REND_DATA: u32 = 0x0006_9002;
pub(crate) const ATTACH_TITLE: u32 = 0x0001_8010;
pub(crate) const ATTACH_DATA: u32 = 0x0006_800f;
pub(crate) const ATTACHMENT_PROPERTIES: u32 = 0x0006_9005;

/// One attribute, its value as it stands in the stream.
pub(crate) struct Attribute<'a> {
    pub(crate) id: u32,
    pub(crate) value: &'a [u8],
}

/// Whether octets begin as a TNEF stream does.
pub(crate) fn is_tnef(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE.to_le_bytes())
}

/// The whole attributes of untrusted octets, in their order.
pub(crate) fn attributes<'a>(
    bytes: &'a [u8],
    limit: usize,
    defects: &mut Vec<Defect>,
) -> Result<Vec<Attribute<'a>>> {
    let mut cursor = Cursor::new(bytes);
    if cursor.u32() != Some(SIGNATURE) {
        return Err(Error::NotTnef);
    }
    let mut found = Vec::new();
    // The key, which only the sender's program has a use for.
    if cursor.u16().is_none() {
        defects.push(Defect::Truncated);
    }
    while !cursor.is_empty() {
        let Some((attribute, fits)) = next(&mut cursor) else {
            defects.push(Defect::Truncated);
            break;
        };
        if found.len() == limit {
            return Err(Error::TooManyAttributes { limit });
        }
        if !fits {
            defects.push(Defect::Checksum { attribute: attribute.id });
        }
        found.push(attribute);
    }
    Ok(found)
}

/// The next attribute, and whether its checksum fits: the sum of its octets (§2.1.3.2).
fn next<'a>(cursor: &mut Cursor<'a>) -> Option<(Attribute<'a>, bool)> {
    if !LEVELS.contains(&cursor.u8()?) {
        return None;
    }
    let id = cursor.u32()?;
    let length = cursor.length()?;
    let value = cursor.take(length)?;
    let sum = value.iter().fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
    // A value that is whole is of use without its checksum.
    let fits = cursor.u16() == Some(sum);
    Some((Attribute { id, value }, fits))
}
