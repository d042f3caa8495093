//! Reading BER as CMS programs really write it (X.690 §8), without copying big content.
//!
//! CMS allows BER: indefinite lengths, strings in pieces, lengths longer than needed. [`Tlv`] walks
//! such bytes in place; [`to_der`] rewrites a *small* piece (a certificate, an attribute, a
//! recipient) as DER for the typed decoders. Every walk is bounded by [`MAX_DEPTH`] and by the
//! size of what it was given.

use std::borrow::Cow;

use crate::error::{Error, Limit, Structure};

/// Deepest nesting we follow. A triple-wrapped message needs about a dozen levels per layer, and
/// each layer is read on its own; 32 is the limit OpenSSL uses for its own ASN.1 decoder's nesting.
pub const MAX_DEPTH: usize = 32;

/// Longest encoding we read: the relay's and the page's largest letter with room to spare.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Universal tags CMS readers ask for by name.
pub mod tag {
    use super::{Class, Tag};
    /// INTEGER.
    pub const INTEGER: Tag = universal(2);
    /// BIT STRING.
    pub const BIT_STRING: Tag = universal(3);
    /// OCTET STRING.
    pub const OCTET_STRING: Tag = universal(4);
    /// OBJECT IDENTIFIER.
    pub const OID: Tag = universal(6);
    /// SEQUENCE.
    pub const SEQUENCE: Tag = universal(16);
    /// SET.
    pub const SET: Tag = universal(17);

    const fn universal(number: u32) -> Tag {
        Tag { class: Class::Universal, number }
    }

    /// A context-specific tag, `[number]` in ASN.1.
    #[must_use]
    pub const fn context(number: u32) -> Tag {
        Tag { class: Class::Context, number }
    }
}

/// Why bytes are not readable BER. All of it is public data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BerError {
    /// The bytes end inside an element.
    #[error("the encoding ends too early")]
    Truncated,
    /// Bytes follow where nothing may follow.
    #[error("bytes follow the end of the encoding")]
    TrailingBytes,
    /// A length that no 32-bit reader can hold, or the reserved form.
    #[error("a length that cannot be read")]
    BadLength,
    /// A tag number beyond 28 bits or not minimal, or a type in pieces that has none.
    #[error("a tag that cannot be read")]
    BadTag,
    /// Indefinite length on a primitive element, or a stray end-of-contents.
    #[error("an indefinite length where none is allowed")]
    BadIndefinite,
    /// A string in pieces whose pieces are not strings.
    #[error("a string made of pieces that are not strings")]
    BadPieces,
    /// Another element was expected here.
    #[error("an unexpected element")]
    UnexpectedTag,
    /// Deeper than [`MAX_DEPTH`].
    #[error("nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    /// Longer than [`MAX_BYTES`].
    #[error("longer than {MAX_BYTES} bytes")]
    TooLong,
}

impl From<BerError> for Error {
    fn from(error: BerError) -> Self {
        match error {
            BerError::TooDeep => Self::LimitExceeded { limit: Limit::Nesting },
            BerError::TooLong => Self::LimitExceeded { limit: Limit::InputSize },
            _ => Self::Malformed { what: Structure::Cms },
        }
    }
}

/// The four tag classes of X.690 §8.1.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Defined by X.680.
    Universal,
    /// Application.
    Application,
    /// Context-specific.
    Context,
    /// Private.
    Private,
}

/// A tag without its constructed bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Class.
    pub class: Class,
    /// Number.
    pub number: u32,
}

/// One element, borrowed from the bytes it was read from.
#[derive(Debug, Clone, Copy)]
pub struct Tlv<'a> {
    /// Its tag.
    pub tag: Tag,
    /// Whether the contents are themselves elements.
    pub constructed: bool,
    /// Identifier, length and contents (with end-of-contents where there is one).
    pub raw: &'a [u8],
    /// The contents only.
    pub contents: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Reads the one element that `input` consists of.
    ///
    /// # Errors
    /// [`BerError`]; trailing bytes are an error.
    pub fn parse(input: &'a [u8]) -> Result<Self, BerError> {
        let (element, rest) = Self::parse_first(input)?;
        if rest.is_empty() { Ok(element) } else { Err(BerError::TrailingBytes) }
    }

    /// Reads the first element of `input` and gives the rest back.
    ///
    /// # Errors
    /// [`BerError`] describes what is wrong with the encoding.
    pub fn parse_first(input: &'a [u8]) -> Result<(Self, &'a [u8]), BerError> {
        if input.len() > MAX_BYTES {
            return Err(BerError::TooLong);
        }
        let header = Header::read(input)?;
        let body = slice_from(input, header.size)?;
        let (contents_len, whole_len) = match header.length {
            Some(length) => (length, checked_sum(header.size, length)?),
            None => {
                let length = indefinite_len(body)?;
                (length, checked_sum(header.size, length)?.saturating_add(END_OF_CONTENTS.len()))
            }
        };
        let contents = body.get(..contents_len).ok_or(BerError::Truncated)?;
        let (raw, rest) = input.split_at_checked(whole_len).ok_or(BerError::Truncated)?;
        Ok((Self { tag: header.tag, constructed: header.constructed, raw, contents }, rest))
    }

    /// The elements inside a constructed element.
    ///
    /// # Errors
    /// `UnexpectedTag` when it is primitive.
    pub fn children(&self) -> Result<Elements<'a>, BerError> {
        if self.constructed { Ok(Elements { rest: self.contents }) } else { Err(BerError::UnexpectedTag) }
    }

    /// The elements inside a SEQUENCE.
    ///
    /// # Errors
    /// `UnexpectedTag` when it is none.
    pub fn sequence(&self) -> Result<Elements<'a>, BerError> {
        if self.tag == tag::SEQUENCE { self.children() } else { Err(BerError::UnexpectedTag) }
    }

    /// The octets of an OCTET STRING, whatever its (implicit) tag, joining pieces when it has any.
    ///
    /// # Errors
    /// `BadPieces` when a piece is not an OCTET STRING, `TooDeep` for pieces within pieces without end.
    pub fn octets(&self) -> Result<Cow<'a, [u8]>, BerError> {
        if !self.constructed {
            return Ok(Cow::Borrowed(self.contents));
        }
        let mut joined = Vec::with_capacity(self.contents.len());
        join_octets(*self, &mut joined, 0)?;
        Ok(Cow::Owned(joined))
    }
}

/// A reader over sibling elements.
#[derive(Debug, Clone, Copy)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// [`BerError`] when the bytes are not an element.
    pub fn next_element(&mut self) -> Result<Option<Tlv<'a>>, BerError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (element, rest) = Tlv::parse_first(self.rest)?;
        self.rest = rest;
        Ok(Some(element))
    }

    /// The next element, which must be there.
    ///
    /// # Errors
    /// `Truncated` at the end.
    pub fn any(&mut self) -> Result<Tlv<'a>, BerError> {
        self.next_element()?.ok_or(BerError::Truncated)
    }

    /// The next element, which must be there and carry `tag`.
    ///
    /// # Errors
    /// `UnexpectedTag` when it carries another.
    pub fn expect(&mut self, tag: Tag) -> Result<Tlv<'a>, BerError> {
        let element = self.any()?;
        if element.tag == tag { Ok(element) } else { Err(BerError::UnexpectedTag) }
    }

    /// The next element if it carries `tag`; otherwise nothing is read.
    ///
    /// # Errors
    /// [`BerError`] when the bytes are not an element.
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Tlv<'a>>, BerError> {
        let mut ahead = *self;
        match ahead.next_element()? {
            Some(element) if element.tag == tag => {
                *self = ahead;
                Ok(Some(element))
            }
            _ => Ok(None),
        }
    }

    /// Asserts the end.
    ///
    /// # Errors
    /// `TrailingBytes` when an element is left.
    pub fn finish(self) -> Result<(), BerError> {
        if self.rest.is_empty() { Ok(()) } else { Err(BerError::TrailingBytes) }
    }
}

/// Rewrites BER as DER as far as lengths and strings in pieces go (X.690 §10.1, §10.2); what is DER
/// already is borrowed. Implicitly tagged strings in pieces cannot be told from other constructed
/// elements without the schema: [`Tlv::octets`] reads those. Orders of SETs are left as they are.
///
/// # Errors
/// [`BerError`] when the bytes are not exactly one well-formed element.
pub fn to_der(input: &[u8]) -> Result<Cow<'_, [u8]>, BerError> {
    let element = Tlv::parse(input)?;
    if is_canonical(element, 0)? {
        return Ok(Cow::Borrowed(input));
    }
    let mut output = Vec::with_capacity(input.len());
    write_der(element, &mut output, 0)?;
    Ok(Cow::Owned(output))
}

const END_OF_CONTENTS: [u8; 2] = [0, 0];
const CONSTRUCTED: u8 = 0x20;
const HIGH_TAG: u8 = 0x1f;
const INDEFINITE: u8 = 0x80;

struct Header {
    tag: Tag,
    constructed: bool,
    /// `None` for the indefinite form.
    length: Option<usize>,
    /// Octets of identifier and length.
    size: usize,
}

impl Header {
    fn read(input: &[u8]) -> Result<Self, BerError> {
        let &first = input.first().ok_or(BerError::Truncated)?;
        let (number, tag_size) = read_tag_number(first, input)?;
        let constructed = first & CONSTRUCTED != 0;
        let (length, length_size) = read_length(slice_from(input, tag_size)?)?;
        if length.is_none() && !constructed {
            return Err(BerError::BadIndefinite);
        }
        let tag = Tag { class: class_of(first), number };
        if tag == (Tag { class: Class::Universal, number: 0 }) {
            return Err(BerError::BadIndefinite);
        }
        if constructed && is_primitive(tag) {
            return Err(BerError::BadTag);
        }
        Ok(Self { tag, constructed, length, size: tag_size.saturating_add(length_size) })
    }
}

pub(crate) fn class_of(first: u8) -> Class {
    match first >> 6 {
        0 => Class::Universal,
        1 => Class::Application,
        2 => Class::Context,
        _ => Class::Private,
    }
}

/// BOOLEAN, INTEGER, NULL, OBJECT IDENTIFIER, REAL, ENUMERATED and RELATIVE-OID are never made of elements (X.690 §8.2 to
/// §8.5, §8.8, §8.19, §8.20).
fn is_primitive(tag: Tag) -> bool {
    tag.class == Class::Universal && matches!(tag.number, 1 | 2 | 5 | 6 | 9 | 10 | 13)
}

/// Tag numbers above 30, and only those, take more octets (X.690 §8.1.2.2, §8.1.2.4); four of them are plenty.
pub(crate) fn read_tag_number(first: u8, input: &[u8]) -> Result<(u32, usize), BerError> {
    if first & HIGH_TAG != HIGH_TAG {
        return Ok((u32::from(first & HIGH_TAG), 1));
    }
    let mut number = 0_u32;
    for (index, &octet) in input.iter().enumerate().skip(1).take(4) {
        if index == 1 && octet == 0x80 {
            return Err(BerError::BadTag);
        }
        number = (number << 7) | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            let minimal = number >= u32::from(HIGH_TAG);
            return if minimal { Ok((number, index.saturating_add(1))) } else { Err(BerError::BadTag) };
        }
    }
    Err(if input.len() < 5 { BerError::Truncated } else { BerError::BadTag })
}

/// The length octets (X.690 §8.1.3): `None` stands for the indefinite form.
fn read_length(input: &[u8]) -> Result<(Option<usize>, usize), BerError> {
    let &first = input.first().ok_or(BerError::Truncated)?;
    if first < INDEFINITE {
        return Ok((Some(usize::from(first)), 1));
    }
    if first == INDEFINITE {
        return Ok((None, 1));
    }
    let count = usize::from(first & 0x7f);
    let octets = input.get(1..count.saturating_add(1)).ok_or(BerError::Truncated)?;
    let mut length = 0_usize;
    for &octet in octets {
        if length > MAX_BYTES >> 8 {
            return Err(BerError::BadLength);
        }
        length = (length << 8) | usize::from(octet);
    }
    Ok((Some(length), count.saturating_add(1)))
}

/// How many octets lie before the end-of-contents that closes this body, looking into nested
/// indefinite elements only as far as needed.
fn indefinite_len(body: &[u8]) -> Result<usize, BerError> {
    let mut at = 0_usize;
    let mut open = 1_usize;
    loop {
        let rest = slice_from(body, at)?;
        if rest.starts_with(&END_OF_CONTENTS) {
            open = open.saturating_sub(1);
            if open == 0 {
                return Ok(at);
            }
            at = at.saturating_add(END_OF_CONTENTS.len());
            continue;
        }
        let header = Header::read(rest)?;
        at = checked_sum(at, header.size)?;
        match header.length {
            Some(length) => at = checked_sum(at, length)?,
            None => open = open.saturating_add(1),
        }
        if open > MAX_DEPTH {
            return Err(BerError::TooDeep);
        }
    }
}

fn join_octets(element: Tlv<'_>, joined: &mut Vec<u8>, depth: usize) -> Result<(), BerError> {
    if depth > MAX_DEPTH {
        return Err(BerError::TooDeep);
    }
    let mut pieces = element.children()?;
    while let Some(piece) = pieces.next_element()? {
        if piece.tag != tag::OCTET_STRING {
            return Err(BerError::BadPieces);
        }
        if piece.constructed {
            join_octets(piece, joined, depth.saturating_add(1))?;
        } else {
            joined.extend_from_slice(piece.contents);
        }
    }
    Ok(())
}

/// Universal string types, which BER may send in pieces (X.690 §8.6 to §8.23).
fn is_string(tag: Tag) -> bool {
    tag.class == Class::Universal && matches!(tag.number, 3 | 4 | 12 | 18..=30)
}

fn is_canonical(element: Tlv<'_>, depth: usize) -> Result<bool, BerError> {
    if depth > MAX_DEPTH {
        return Err(BerError::TooDeep);
    }
    let header = Header::read(element.raw)?;
    let Some(length) = header.length else { return Ok(false) };
    if header.size != header_len(element, length) || (element.constructed && is_string(element.tag)) {
        return Ok(false);
    }
    if !element.constructed {
        return Ok(true);
    }
    let mut children = element.children()?;
    while let Some(child) = children.next_element()? {
        if !is_canonical(child, depth.saturating_add(1))? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn header_len(element: Tlv<'_>, length: usize) -> usize {
    identifier(element).len().saturating_add(encoded_length(length).len())
}

/// The identifier octets as they stand.
fn identifier<'a>(element: Tlv<'a>) -> &'a [u8] {
    let first = element.raw.first().copied().unwrap_or_default();
    let size = read_tag_number(first, element.raw).map_or(1, |(_, size)| size);
    element.raw.get(..size).unwrap_or_default()
}

fn write_der(element: Tlv<'_>, output: &mut Vec<u8>, depth: usize) -> Result<(), BerError> {
    if depth > MAX_DEPTH {
        return Err(BerError::TooDeep);
    }
    let in_pieces = element.constructed && is_string(element.tag);
    let contents = if in_pieces {
        join_string(element)?
    } else if element.constructed {
        let mut inner = Vec::with_capacity(element.contents.len());
        let mut children = element.children()?;
        while let Some(child) = children.next_element()? {
            write_der(child, &mut inner, depth.saturating_add(1))?;
        }
        Cow::Owned(inner)
    } else {
        Cow::Borrowed(element.contents)
    };
    let start = output.len();
    output.extend_from_slice(identifier(element));
    if in_pieces && let Some(first) = output.get_mut(start) {
        *first &= !CONSTRUCTED;
    }
    output.extend_from_slice(&encoded_length(contents.len()));
    output.extend_from_slice(&contents);
    Ok(())
}

/// Joins the pieces of any string; those of a BIT STRING each begin with a count of unused bits,
/// which only the last may set (X.690 §8.6.4).
fn join_string(element: Tlv<'_>) -> Result<Cow<'_, [u8]>, BerError> {
    let mut joined = Vec::with_capacity(element.contents.len());
    let mut unused = 0_u8;
    collect_pieces(element, element.tag, &mut joined, &mut unused, 0)?;
    if element.tag == tag::BIT_STRING {
        joined.insert(0, unused);
    }
    Ok(Cow::Owned(joined))
}

fn collect_pieces(
    element: Tlv<'_>,
    kind: Tag,
    joined: &mut Vec<u8>,
    unused: &mut u8,
    depth: usize,
) -> Result<(), BerError> {
    if depth > MAX_DEPTH {
        return Err(BerError::TooDeep);
    }
    let mut pieces = element.children()?;
    while let Some(piece) = pieces.next_element()? {
        let of_kind = piece.tag == kind || (kind != tag::BIT_STRING && piece.tag == tag::OCTET_STRING);
        if !of_kind || *unused != 0 {
            return Err(BerError::BadPieces);
        }
        if piece.constructed {
            collect_pieces(piece, kind, joined, unused, depth.saturating_add(1))?;
        } else if kind == tag::BIT_STRING {
            let (&bits, octets) = piece.contents.split_first().ok_or(BerError::BadPieces)?;
            *unused = bits;
            joined.extend_from_slice(octets);
        } else {
            joined.extend_from_slice(piece.contents);
        }
    }
    Ok(())
}

/// DER length octets (X.690 §10.1): as few as possible.
#[must_use]
pub fn encoded_length(length: usize) -> Vec<u8> {
    let octets = length.to_be_bytes();
    let significant: Vec<u8> = octets.iter().copied().skip_while(|&octet| octet == 0).collect();
    match significant.as_slice() {
        [] => vec![0],
        [single] if *single < INDEFINITE => vec![*single],
        several => {
            let count = u8::try_from(several.len()).unwrap_or(INDEFINITE - 1);
            let mut encoded = vec![INDEFINITE | count];
            encoded.extend_from_slice(several);
            encoded
        }
    }
}

fn slice_from(input: &[u8], at: usize) -> Result<&[u8], BerError> {
    input.get(at..).ok_or(BerError::Truncated)
}

fn checked_sum(left: usize, right: usize) -> Result<usize, BerError> {
    left.checked_add(right).ok_or(BerError::BadLength)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_is_borrowed_and_unchanged() {
        let der = [0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00];
        assert!(matches!(to_der(&der).unwrap(), Cow::Borrowed(bytes) if bytes == der));
    }

    #[test]
    fn indefinite_lengths_and_pieces_become_der() {
        let ber = [
            0x30, 0x80, // SEQUENCE, indefinite
            0x24, 0x80, 0x04, 0x02, 1, 2, 0x24, 0x03, 0x04, 0x01, 3, 0, 0, // OCTET STRING in pieces
            0x02, 0x81, 0x01, 0x09, // INTEGER with a long length
            0, 0,
        ];
        assert_eq!(*to_der(&ber).unwrap(), [0x30, 0x08, 0x04, 0x03, 1, 2, 3, 0x02, 0x01, 0x09]);
    }

    #[test]
    fn bit_string_in_pieces_keeps_the_last_count() {
        let ber = [0x23, 0x80, 0x03, 0x02, 0, 0xaa, 0x03, 0x02, 4, 0xf0, 0, 0];
        assert_eq!(*to_der(&ber).unwrap(), [0x03, 0x03, 4, 0xaa, 0xf0]);
        let early = [0x23, 0x80, 0x03, 0x02, 4, 0xa0, 0x03, 0x02, 0, 0xf0, 0, 0];
        assert_eq!(to_der(&early).unwrap_err(), BerError::BadPieces);
    }

    #[test]
    fn implicit_octets_are_joined_by_the_reader() {
        let ber = [0xa0, 0x80, 0x04, 0x01, 5, 0x04, 0x02, 6, 7, 0, 0];
        let element = Tlv::parse(&ber).unwrap();
        assert_eq!(element.tag, tag::context(0));
        assert_eq!(*element.octets().unwrap(), [5, 6, 7]);
        let wrong = [0xa0, 0x03, 0x02, 0x01, 5];
        assert_eq!(Tlv::parse(&wrong).unwrap().octets().unwrap_err(), BerError::BadPieces);
    }

    #[test]
    fn broken_encodings_are_named() {
        let cases: [(&[u8], BerError); 10] = [
            (&[], BerError::Truncated),
            (&[0x30, 0x02, 0x05], BerError::Truncated),
            (&[0x30, 0x80, 0x05, 0x00], BerError::Truncated),
            (&[0x04, 0x80, 0, 0], BerError::BadIndefinite),
            (&[0x05, 0x00, 0x00], BerError::TrailingBytes),
            (&[0x1f, 0x80, 0x01, 0x00], BerError::BadTag),
            (&[0x1f, 0x1e, 0x00], BerError::BadTag),
            (&[0x26, 0x02, 0x05, 0x00], BerError::BadTag),
            (&[0x04, 0x85, 1, 1, 1, 1, 1], BerError::BadLength),
            (&[0x00, 0x00], BerError::BadIndefinite),
        ];
        for (bytes, error) in cases {
            assert_eq!(Tlv::parse(bytes).map(|_| ()).unwrap_err(), error, "{bytes:02x?}");
        }
    }

    #[test]
    fn nesting_is_limited_just_above_and_not_just_below() {
        let nested = |levels: usize| {
            let mut ber = Vec::new();
            ber.extend(std::iter::repeat_n([0x30, 0x80], levels).flatten());
            ber.extend(std::iter::repeat_n([0, 0], levels).flatten());
            ber
        };
        assert!(to_der(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(to_der(&nested(MAX_DEPTH + 1)).unwrap_err(), BerError::TooDeep);
    }

    #[test]
    fn lengths_encode_minimally() {
        assert_eq!(encoded_length(0), [0]);
        assert_eq!(encoded_length(127), [127]);
        assert_eq!(encoded_length(128), [0x81, 128]);
        assert_eq!(encoded_length(0x1234), [0x82, 0x12, 0x34]);
        assert_eq!(encoded_length(0x01_00_00_00), [0x84, 1, 0, 0, 0]);
    }
}
