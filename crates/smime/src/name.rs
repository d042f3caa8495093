//! Distinguished names (RFC 5280 §4.1.2.4): kept as encoded, shown as RFC 4514 text,
//! compared as RFC 5280 §7.1 wants.

use const_oid::ObjectIdentifier;

use crate::asn1::{self, Of, Reader};
use crate::error::{Result, Structure};
use crate::oids;

/// Attribute types with a short name in RFC 4514 §3 or in wide use.
const SHORT_NAMES: [(&str, &str); 15] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.42", "GN"),
    ("2.5.4.46", "dnQualifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

/// A distinguished name. Two names are equal when RFC 5280 §7.1 says so:
/// case and runs of spaces do not count, nor which string type was used.
#[derive(Clone)]
pub struct Name {
    der: Vec<u8>,
    /// One entry per relative distinguished name, each sorted.
    rdns: Vec<Vec<Attribute>>,
    /// The comparable form, one entry per relative distinguished name.
    canonical: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
struct Attribute {
    kind: ObjectIdentifier,
    text: Option<String>,
    raw: Vec<u8>,
}

impl Name {
    /// Reads a DER-encoded Name.
    ///
    /// # Errors
    /// `Malformed` when the bytes are not a Name.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Self::parse(der).of(Structure::Name)
    }

    fn parse(der: &[u8]) -> core::result::Result<Self, asn1::NotDer> {
        let mut rdns = Vec::new();
        for rdn in Reader::only(der, asn1::SEQUENCE)?.all()? {
            if rdn.tag != asn1::SET {
                return Err(asn1::NotDer);
            }
            rdns.push(attributes(rdn.reader())?);
        }
        let canonical = rdns.iter().map(|rdn| canonical_rdn(rdn)).collect();
        Ok(Self { der: der.to_vec(), rdns, canonical })
    }

    /// Makes a name with a single common name.
    #[must_use]
    pub fn from_common_name(text: &str) -> Self {
        Self::from_attributes(&[(oids::COMMON_NAME, text)])
    }

    /// Makes a name of one attribute per relative distinguished name, as UTF8String
    /// (e-mail addresses as IA5String).
    #[must_use]
    pub fn from_attributes(attributes: &[(ObjectIdentifier, &str)]) -> Self {
        let rdns: Vec<Vec<u8>> = attributes
            .iter()
            .map(|(kind, text)| {
                let tag = if *kind == oids::EMAIL_ADDRESS { asn1::IA5_STRING } else { asn1::UTF8_STRING };
                let pair = asn1::sequence(&[&asn1::oid(*kind), &asn1::tlv(tag, text.as_bytes())]);
                asn1::set_of(vec![pair])
            })
            .collect();
        let der = asn1::tlv(asn1::SEQUENCE, &rdns.concat());
        Self::parse(&der).unwrap_or(Self { der, rdns: Vec::new(), canonical: Vec::new() })
    }

    /// The name as it was encoded.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the name has no attribute at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// The most specific common name, if there is one.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.values(oids::COMMON_NAME).last()
    }

    /// All emailAddress attributes (the obsolete place of RFC 5280 §4.1.2.6).
    pub fn email_addresses(&self) -> impl Iterator<Item = &str> {
        self.values(oids::EMAIL_ADDRESS)
    }

    fn values(&self, kind: ObjectIdentifier) -> impl Iterator<Item = &str> {
        self.rdns.iter().flatten().filter(move |a| a.kind == kind).filter_map(|a| a.text.as_deref())
    }

    /// The name below this one by an encoded RelativeDistinguishedName; `None` when that is none.
    pub(crate) fn child(&self, rdn: &[u8]) -> Option<Self> {
        let own = Reader::new(&self.der).expect(asn1::SEQUENCE).ok()?.value;
        Self::parse(&asn1::sequence(&[own, rdn])).ok()
    }

    /// Whether this name lies within the directory subtree of `base` (RFC 5280 §4.2.1.10).
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        self.canonical.starts_with(&base.canonical)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Name {}

impl core::fmt::Debug for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Name({self})")
    }
}

impl core::fmt::Display for Name {
    /// RFC 4514: the most specific attribute first.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (at, rdn) in self.rdns.iter().rev().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            for (at, attribute) in rdn.iter().enumerate() {
                if at > 0 {
                    f.write_str("+")?;
                }
                attribute.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl core::fmt::Display for Attribute {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let kind = self.kind.to_string();
        let short = SHORT_NAMES.iter().find(|(oid, _)| *oid == kind);
        match (&self.text, short) {
            (Some(text), Some((_, short))) => write!(f, "{short}={}", escaped(text)),
            (Some(text), None) => write!(f, "{kind}={}", escaped(text)),
            (None, _) => write!(f, "{kind}=#{}", hex::encode(&self.raw)),
        }
    }
}

/// RFC 4514 §2.4. Control characters are escaped too, so that a name cannot break a line.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let last = text.chars().count().saturating_sub(1);
    for (at, character) in text.chars().enumerate() {
        let edge = (at == 0 && matches!(character, ' ' | '#')) || (at == last && character == ' ');
        if character.is_control() {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("\\{byte:02x}"));
            }
        } else {
            if edge || matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out
}

fn attributes(reader: Reader<'_>) -> core::result::Result<Vec<Attribute>, asn1::NotDer> {
    let mut found = Vec::new();
    for pair in reader.all()? {
        if pair.tag != asn1::SEQUENCE {
            return Err(asn1::NotDer);
        }
        let mut pair = pair.reader();
        let kind = pair.expect(asn1::OID)?.oid()?;
        let value = pair.next()?;
        pair.finish()?;
        let text = directory_string(value.tag, value.value);
        found.push(Attribute { kind, text, raw: value.raw.to_vec() });
    }
    if found.is_empty() { Err(asn1::NotDer) } else { Ok(found) }
}

/// The text of the string types that occur in names; Teletex is read as ISO 8859-1, as others do.
pub(crate) fn directory_string(tag: u8, value: &[u8]) -> Option<String> {
    match tag {
        asn1::UTF8_STRING => core::str::from_utf8(value).ok().map(str::to_owned),
        asn1::PRINTABLE_STRING | asn1::IA5_STRING if value.is_ascii() => {
            core::str::from_utf8(value).ok().map(str::to_owned)
        }
        asn1::TELETEX_STRING => Some(value.iter().map(|byte| char::from(*byte)).collect()),
        asn1::BMP_STRING => bmp_string(value),
        asn1::UNIVERSAL_STRING => value
            .chunks(4)
            .map(|four| {
                let four: [u8; 4] = four.try_into().ok()?;
                char::from_u32(u32::from_be_bytes(four))
            })
            .collect(),
        _ => None,
    }
}

/// A BMPString, that is UTF-16 in big-endian order.
pub(crate) fn bmp_string(value: &[u8]) -> Option<String> {
    let units: Option<Vec<u16>> =
        value.chunks(2).map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?))).collect();
    String::from_utf16(&units?).ok()
}

fn canonical_rdn(rdn: &[Attribute]) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = rdn
        .iter()
        .map(|attribute| {
            let value = match &attribute.text {
                Some(text) => asn1::tlv(asn1::UTF8_STRING, folded(text).as_bytes()),
                None => attribute.raw.clone(),
            };
            asn1::sequence(&[&asn1::oid(attribute.kind), &value])
        })
        .collect();
    sceau_mime::order::sort(&mut parts);
    parts.concat()
}

/// Lower case, outer spaces removed, inner runs of spaces made one, what nobody sees left out (RFC 4518 §2.2 and §2.6.1).
/// Composed and decomposed accents stay different: their tables would cost the page more than they help.
fn folded(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !is_mapped_to_nothing(*c)).collect();
    seen.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// RFC 4518 §2.2: soft hyphen, joiners, variation selectors, zero width spaces, controls that are no spaces.
fn is_mapped_to_nothing(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2063}' | '\u{206a}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fffc}'
    );
    invisible || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(tag: u8, text: &[u8]) -> Name {
        let pair = asn1::sequence(&[&asn1::oid(oids::COMMON_NAME), &asn1::tlv(tag, text)]);
        Name::from_der(&asn1::sequence(&[&asn1::set_of(vec![pair])])).unwrap()
    }

    #[test]
    fn case_spaces_and_string_types_do_not_count() {
        let printable = name(asn1::PRINTABLE_STRING, b" Anne   MARTIN");
        assert_eq!(printable, name(asn1::UTF8_STRING, b"anne martin"));
        assert_eq!(printable, name(asn1::BMP_STRING, b"\0A\0n\0n\0e\0 \0m\0a\0r\0t\0i\0n"));
        assert_ne!(printable, name(asn1::UTF8_STRING, b"annemartin"));
        assert_eq!(printable, name(asn1::UTF8_STRING, "anne mar\u{ad}tin\u{200b}".as_bytes()));
    }

    #[test]
    fn a_relative_name_stands_below() {
        let base = name(asn1::UTF8_STRING, b"base");
        let pair = asn1::sequence(&[&asn1::oid(oids::COMMON_NAME), &asn1::tlv(asn1::UTF8_STRING, b"x")]);
        let child = base.child(&asn1::set_of(vec![pair])).unwrap();
        assert_eq!(child.to_string(), "CN=x,CN=base");
        assert_eq!(base.child(b"noise"), None);
    }

    #[test]
    fn text_is_escaped() {
        let name = Name::from_common_name(" a,b+\"c\"\n ");
        assert_eq!(name.to_string(), "CN=\\ a\\,b\\+\\\"c\\\"\\0a\\ ");
        assert_eq!(name.common_name(), Some(" a,b+\"c\"\n "));
    }

    #[test]
    fn subtrees_are_prefixes() {
        let organisation: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
        let base = Name::from_attributes(&[(organisation, "Sceau")]);
        let inner = Name::from_attributes(&[(organisation, "SCEAU"), (oids::COMMON_NAME, "x")]);
        assert!(inner.is_within(&base) && !base.is_within(&inner));
        assert_eq!(inner.to_string(), "CN=x,O=SCEAU");
    }
}
