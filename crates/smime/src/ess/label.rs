//! Security labels (RFC 2634 §3): read for reports. Who may read a letter is decided by whom it is sealed for.

use const_oid::ObjectIdentifier;
use serde::{Serialize, Serializer};

use super::hexadecimal;
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::error::{Error, Result, Structure};

/// Most categories of one label, and most equivalent labels: RFC 2634 §3.2 (`ub-security-categories`).
const MAX_CATEGORIES: usize = 64;

/// ```text
/// ESSSecurityLabel ::= SET {
///   security-policy-identifier OBJECT IDENTIFIER, security-classification INTEGER OPTIONAL,
///   privacy-mark CHOICE { PrintableString, UTF8String } OPTIONAL,
///   security-categories SET OF SecurityCategory OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecurityLabel {
    /// The policy in force.
    #[serde(serialize_with = "identifier")]
    pub policy: ObjectIdentifier,
    /// The classification: 0 to 5 are those of X.411.
    pub classification: Option<u32>,
    /// Words for the reader.
    pub privacy_mark: Option<String>,
    /// Categories within the policy.
    pub categories: Vec<SecurityCategory>,
}

/// `SecurityCategory ::= SEQUENCE { type [0] OBJECT IDENTIFIER, value [1] ANY }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecurityCategory {
    /// Its type.
    #[serde(serialize_with = "identifier")]
    pub oid: ObjectIdentifier,
    /// Its value, in DER.
    #[serde(serialize_with = "hexadecimal")]
    pub value: Vec<u8>,
}

impl SecurityLabel {
    pub(super) fn read(der: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(der);
        let label = reader.next().and_then(|element| read(&element)).of(Structure::Cms)?;
        reader.finish().of(Structure::Cms)?;
        Ok(label)
    }

    /// `EquivalentLabels ::= SEQUENCE OF ESSSecurityLabel`
    pub(super) fn read_all(der: &[u8]) -> Result<Vec<Self>> {
        let labels = Reader::only(der, asn1::SEQUENCE).and_then(Reader::all).of(Structure::Cms)?;
        if labels.len() > MAX_CATEGORIES {
            return Err(Error::Malformed { what: Structure::Cms });
        }
        labels.iter().map(|element| read(element).of(Structure::Cms)).collect()
    }
}

/// The members of a SET come in any order (RFC 2634 §3.2 notes that DER sorts them by tag).
fn read(element: &Tlv<'_>) -> core::result::Result<SecurityLabel, NotDer> {
    if element.tag != asn1::SET {
        return Err(NotDer);
    }
    let (mut policy, mut classification, mut privacy_mark, mut categories) = (None, None, None, None);
    for member in element.reader().all()? {
        let repeated = match member.tag {
            asn1::OID => policy.replace(member.oid()?).is_some(),
            asn1::INTEGER => classification.replace(member.small_uint()?).is_some(),
            asn1::PRINTABLE_STRING | asn1::UTF8_STRING => privacy_mark.replace(text(&member)?).is_some(),
            asn1::SET => categories.replace(read_categories(&member)?).is_some(),
            _ => return Err(NotDer),
        };
        if repeated {
            return Err(NotDer);
        }
    }
    Ok(SecurityLabel {
        policy: policy.ok_or(NotDer)?,
        classification,
        privacy_mark,
        categories: categories.unwrap_or_default(),
    })
}

fn text(member: &Tlv<'_>) -> core::result::Result<String, NotDer> {
    core::str::from_utf8(member.value).map(str::to_owned).map_err(|_| NotDer)
}

fn read_categories(set: &Tlv<'_>) -> core::result::Result<Vec<SecurityCategory>, NotDer> {
    let members = set.reader().all()?;
    if members.len() > MAX_CATEGORIES {
        return Err(NotDer);
    }
    members.iter().map(category).collect()
}

fn category(member: &Tlv<'_>) -> core::result::Result<SecurityCategory, NotDer> {
    let mut fields = member.reader();
    let oid = fields.expect(asn1::context_primitive(0))?.oid()?;
    let value = fields.expect(asn1::context(1))?.value.to_vec();
    fields.finish()?;
    Ok(SecurityCategory { oid, value })
}

fn identifier<S: Serializer>(oid: &ObjectIdentifier, serializer: S) -> core::result::Result<S::Ok, S::Error> {
    serializer.collect_str(oid)
}
