//! Lists of MAPI properties within an attribute (MS-OXTNEF §2.1.3.4, types in MS-OXCDATA §2.11.1).

use crate::cursor::Cursor;
use crate::error::{Defect, Error, Result};

/// Identifiers from here on are names: their meaning stands beside them (MS-OXPROPS §1.3.3).
const FIRST_NAMED: u16 = 0x8000;
/// A property of several values.
const MULTIPLE: u16 = 0x1000;
/// What identifies an interface, or a set of names.
pub(crate) const GUID_LENGTH: usize = 16;

/// The value of a property, as far as anybody here asks for it.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    /// A number of 32 bits.
    Number(u32),
    /// Text in the code page of the message.
    Narrow(&'a [u8]),
    /// Text in UTF-16LE.
    Wide(&'a [u8]),
    /// Octets.
    Binary(&'a [u8]),
    /// The octets of an object, which begin with the identifier of its interface.
    Object(&'a [u8]),
    /// Numbers of other sizes, times and the like.
    Other,
}

/// A property and its first value.
pub(crate) struct Property<'a> {
    pub(crate) id: u16,
    pub(crate) value: Value<'a>,
}

/// The whole properties of an untrusted list, in their order, names left out.
///
/// `left` is how many values may still be read, of `limit` in all.
pub(crate) fn properties<'a>(
    list: &'a [u8],
    limit: usize,
    left: &mut usize,
    defects: &mut Vec<Defect>,
) -> Result<Vec<Property<'a>>> {
    let mut cursor = Cursor::new(list);
    let mut found = Vec::new();
    let count = cursor.length();
    if count.is_none() {
        defects.push(Defect::Properties);
    }
    for _ in 0..count.unwrap_or(0) {
        let Some((property, values)) = next(&mut cursor) else {
            defects.push(Defect::Properties);
            break;
        };
        *left = left.checked_sub(values.max(1)).ok_or(Error::TooManyProperties { limit })?;
        if property.id < FIRST_NAMED {
            found.push(property);
        }
    }
    Ok(found)
}

/// The next property and the number of its values.
fn next<'a>(cursor: &mut Cursor<'a>) -> Option<(Property<'a>, usize)> {
    let kind = cursor.u16()?;
    let id = cursor.u16()?;
    if id >= FIRST_NAMED {
        skip_name(cursor)?;
    }
    let single = kind & !MULTIPLE;
    let several = kind & MULTIPLE != 0;
    let count = if several || is_variable(single) { cursor.length()? } else { 1 };
    let mut first = None;
    // Every value takes four octets or more: a count that lies ends with the list.
    for _ in 0..count {
        let value = value(single, cursor)?;
        first.get_or_insert(value);
    }
    Some((Property { id, value: first.unwrap_or(Value::Other) }, count))
}

fn skip_name(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.take(GUID_LENGTH)?;
    match cursor.u32()? {
        0 => cursor.take(4).map(drop),
        1 => {
            let length = cursor.length()?;
            cursor.take_padded(length).map(drop)
        }
        _ => None,
    }
}

/// Whether values of this type say their length, and properties of it their count even where there is one only.
fn is_variable(kind: u16) -> bool {
    matches!(kind, 0x000d | 0x001e | 0x001f | 0x0102)
}

/// A value of one type; none for a type whose length nobody knows.
fn value<'a>(kind: u16, cursor: &mut Cursor<'a>) -> Option<Value<'a>> {
    if is_variable(kind) {
        let length = cursor.length()?;
        let octets = cursor.take_padded(length)?;
        return Some(match kind {
            0x000d => Value::Object(octets),
            0x001e => Value::Narrow(octets),
            0x001f => Value::Wide(octets),
            _ => Value::Binary(octets),
        });
    }
    let length = match kind {
        0x0003 => return cursor.u32().map(Value::Number),
        // Of 16 bits, filled up to 32; and the property that has no value.
        0x0001 | 0x0002 | 0x000b => 4,
        0x0004 | 0x000a => 4,
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => 8,
        0x0048 => GUID_LENGTH,
        _ => return None,
    };
    cursor.take(length).map(|_| Value::Other)
}
