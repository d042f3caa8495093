//! A small reader and writer of DER values (X.690), below all structures of this crate.
//!
//! The reader borrows and never allocates; lengths must be definite and minimal.
//! Tag numbers above 30 do not occur in any structure we read and are refused.

use const_oid::ObjectIdentifier;

use crate::error::{Error, Result, Structure};

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const TELETEX_STRING: u8 = 0x14;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
pub(crate) const BMP_STRING: u8 = 0x1e;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Tag of a constructed context-specific value (EXPLICIT, or IMPLICIT of a constructed type).
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// Tag of a primitive context-specific value (IMPLICIT of a primitive type).
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// The bytes are not DER. Callers say which structure they were reading, see [`Of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotDer;

/// Names the structure in which [`NotDer`] was met.
pub(crate) trait Of<T> {
    fn of(self, what: Structure) -> Result<T>;
}

impl<T> Of<T> for core::result::Result<T, NotDer> {
    fn of(self, what: Structure) -> Result<T> {
        self.map_err(|NotDer| Error::Malformed { what })
    }
}

/// One value: its identifier octet, its content and the whole encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    pub(crate) raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    pub(crate) fn reader(&self) -> Reader<'a> {
        Reader::new(self.value)
    }

    pub(crate) fn oid(&self) -> core::result::Result<ObjectIdentifier, NotDer> {
        ObjectIdentifier::from_bytes(self.value).map_err(|_| NotDer)
    }

    /// A non-negative INTEGER below 2³².
    pub(crate) fn small_uint(&self) -> core::result::Result<u32, NotDer> {
        let bytes = unsigned(self.value).ok_or(NotDer)?;
        if bytes.len() > 4 {
            return Err(NotDer);
        }
        Ok(bytes.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte)))
    }

    /// The octets of a BIT STRING without unused bits.
    pub(crate) fn whole_bits(&self) -> core::result::Result<&'a [u8], NotDer> {
        match self.value.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(NotDer),
        }
    }

    /// Whether bit `number` of a BIT STRING is set (bit 0 is the first).
    pub(crate) fn bit(&self, number: usize) -> bool {
        let byte = self.value.get(1 + number / 8).copied().unwrap_or(0);
        byte & (0x80 >> (number % 8)) != 0
    }

    pub(crate) fn boolean(&self) -> core::result::Result<bool, NotDer> {
        match self.value {
            [0] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(NotDer),
        }
    }
}

/// The magnitude of a non-negative INTEGER without leading zeros; `None` when negative or empty.
pub(crate) fn unsigned(value: &[u8]) -> Option<&[u8]> {
    match value {
        [] => None,
        [first, ..] if first & 0x80 != 0 => None,
        [0, rest @ ..] if !rest.is_empty() => Some(rest),
        all => Some(all),
    }
}

/// Reads values one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The content of the single value `tag` that `bytes` must be.
    pub(crate) fn only(bytes: &'a [u8], tag: u8) -> core::result::Result<Self, NotDer> {
        let mut outer = Self::new(bytes);
        let inner = outer.expect(tag)?;
        outer.finish()?;
        Ok(inner.reader())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn next(&mut self) -> core::result::Result<Tlv<'a>, NotDer> {
        let (&tag, after) = self.rest.split_first().ok_or(NotDer)?;
        if tag & 0x1f == 0x1f {
            return Err(NotDer);
        }
        let (length, after) = length(after)?;
        let value = after.get(..length).ok_or(NotDer)?;
        let header = self.rest.len() - after.len();
        let (raw, rest) = self.rest.split_at(header + length);
        self.rest = rest;
        Ok(Tlv { tag, value, raw })
    }

    pub(crate) fn expect(&mut self, tag: u8) -> core::result::Result<Tlv<'a>, NotDer> {
        match self.optional(tag)? {
            Some(tlv) => Ok(tlv),
            None => Err(NotDer),
        }
    }

    pub(crate) fn optional(&mut self, tag: u8) -> core::result::Result<Option<Tlv<'a>>, NotDer> {
        if self.peek() == Some(tag) { self.next().map(Some) } else { Ok(None) }
    }

    /// All remaining values.
    pub(crate) fn all(mut self) -> core::result::Result<Vec<Tlv<'a>>, NotDer> {
        let mut values = Vec::new();
        while !self.is_empty() {
            values.push(self.next()?);
        }
        Ok(values)
    }

    pub(crate) fn finish(&self) -> core::result::Result<(), NotDer> {
        if self.is_empty() { Ok(()) } else { Err(NotDer) }
    }
}

/// A definite, minimal length (X.690 §10.1) and what follows it.
fn length(bytes: &[u8]) -> core::result::Result<(usize, &[u8]), NotDer> {
    let (&first, rest) = bytes.split_first().ok_or(NotDer)?;
    if first < 0x80 {
        return Ok((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(NotDer);
    }
    let (digits, rest) = rest.split_at_checked(count).ok_or(NotDer)?;
    let value = digits.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    let minimal = digits.first() != Some(&0) && value >= 0x80;
    if minimal { Ok((value, rest)) } else { Err(NotDer) }
}

/// Encodes one value.
pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 6);
    out.push(tag);
    push_length(&mut out, value.len());
    out.extend_from_slice(value);
    out
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let digits: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(0x7f));
            out.extend(digits);
        }
    }
}

/// Encodes a constructed value from its encoded parts.
pub(crate) fn nest(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

/// Encodes a SEQUENCE from its encoded parts.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    nest(SEQUENCE, parts)
}

/// Encodes a SET OF: the parts are sorted as X.690 §11.6 wants.
pub(crate) fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    sceau_mime::order::sort(&mut parts);
    tlv(SET, &parts.concat())
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    tlv(OID, oid.as_bytes())
}

pub(crate) fn null() -> Vec<u8> {
    tlv(NULL, &[])
}

/// Encodes a non-negative INTEGER from its big-endian magnitude.
pub(crate) fn integer(magnitude: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = magnitude.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_none_or(|byte| byte & 0x80 != 0) {
        digits.insert(0, 0);
    }
    tlv(INTEGER, &digits)
}

pub(crate) fn small_integer(value: u32) -> Vec<u8> {
    integer(&value.to_be_bytes())
}

pub(crate) fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(OCTET_STRING, bytes)
}

/// Encodes a BIT STRING of whole octets.
pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    let mut value = vec![0];
    value.extend_from_slice(bytes);
    tlv(BIT_STRING, &value)
}

/// Encodes a BIT STRING with named bits (X.690 §11.2.2: no trailing zero bits).
pub(crate) fn named_bits(bits: &[usize]) -> Vec<u8> {
    let Some(last) = bits.iter().copied().max() else { return tlv(BIT_STRING, &[0]) };
    let mut bytes = vec![0_u8; last / 8 + 1];
    for bit in bits {
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte |= 0x80 >> (bit % 8);
        }
    }
    let mut value = vec![u8::try_from(7 - last % 8).unwrap_or(0)];
    value.extend(bytes);
    tlv(BIT_STRING, &value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_round_trip() {
        for size in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let der = tlv(OCTET_STRING, &vec![7; size]);
            let mut reader = Reader::new(&der);
            assert_eq!(reader.next().unwrap().value.len(), size);
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn what_is_not_der_is_refused() {
        for bytes in [
            &[0x30_u8, 0x80, 0, 0][..],
            &[4, 0x81, 1, 0],
            &[4, 0x82, 0, 0x80],
            &[4, 2, 0],
            &[0x1f, 0x81, 1, 0],
            &[],
        ] {
            assert_eq!(Reader::new(bytes).next(), Err(NotDer), "{bytes:x?}");
        }
    }

    #[test]
    fn integers_and_bits() {
        assert_eq!(small_integer(0), [2, 1, 0]);
        assert_eq!(small_integer(128), [2, 2, 0, 128]);
        assert_eq!(named_bits(&[0, 1]), [3, 2, 6, 0xc0]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        let der = named_bits(&[8]);
        let bits = Reader::new(&der).next().unwrap();
        assert!(bits.bit(8) && !bits.bit(7) && !bits.bit(99));
        assert_eq!(Tlv { tag: INTEGER, value: &[0x80], raw: &[] }.small_uint(), Err(NotDer));
    }
}
