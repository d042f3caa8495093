//! recipient-emails (gemSMIME_KOMLE §2.2.5, §2.3.5): which certificate of an envelope stands for which address, once on the
//! envelope, where it can be read without a key, and once signed inside, so that nobody can seal a letter anew for others.

use super::attributes::{Attribute, AttributeFault};
use super::ber::{Tlv, tag};
use super::oids;
use super::recipients::MAX_RECIPIENTS;
use super::signed_data::SignerIdentifier;
use crate::asn1;
use crate::error::{Error, Result, Structure};
use crate::name::Name;
use crate::x509::Certificate;

/// ```text
/// RecipientEmail ::= SEQUENCE { emailAddress IA5String, rid RecipientIdentifier }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecipientEmail {
    pub(crate) address: String,
    pub(crate) certificate: SignerIdentifier,
}

/// The attribute for these recipients, in DER.
///
/// # Errors
/// `BadAddress` for an address outside ASCII, which an IA5String cannot hold; `Missing` for none at all.
pub(crate) fn attribute<'a>(
    recipients: impl Iterator<Item = (&'a str, &'a Certificate)>,
) -> Result<Attribute> {
    let entries = recipients.map(|(address, certificate)| entry(address, certificate));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    if entries.is_empty() {
        return Err(Error::Missing { what: Structure::Certificate });
    }
    Ok(Attribute::several(oids::KIM_RECIPIENT_EMAILS, entries))
}

fn entry(address: &str, certificate: &Certificate) -> Result<Vec<u8>> {
    if !address.is_ascii() {
        return Err(Error::BadAddress);
    }
    let address = asn1::tlv(asn1::IA5_STRING, address.as_bytes());
    Ok(asn1::sequence(&[&address, &certificate.issuer_and_serial_der()]))
}

/// What a set of attributes says; `None` when it has no such attribute.
///
/// The published sample has the entries as the attribute's values, the text of the specification a SET of them as its only
/// value: both are read.
///
/// # Errors
/// `NotExactlyOne` for two such attributes, `Unreadable` for anything else than the above.
pub(crate) fn read(
    attributes: &[Attribute],
) -> core::result::Result<Option<Vec<RecipientEmail>>, AttributeFault> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oids::KIM_RECIPIENT_EMAILS);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(attribute), None) => read_values(attribute).map(Some).map_err(|_| AttributeFault::Unreadable),
        _ => Err(AttributeFault::NotExactlyOne),
    }
}

fn read_values(attribute: &Attribute) -> Result<Vec<RecipientEmail>> {
    let mut entries = Vec::new();
    for value in attribute.values()? {
        if is_list(&value)? {
            let mut members = value.children()?;
            while let Some(member) = members.next_element()? {
                entries.push(read_entry(member)?);
            }
        } else {
            entries.push(read_entry(value)?);
        }
    }
    if entries.is_empty() || entries.len() > MAX_RECIPIENTS {
        return Err(Error::Malformed { what: Structure::Cms });
    }
    Ok(entries)
}

fn is_list(value: &Tlv<'_>) -> Result<bool> {
    let first = value.children()?.next_element()?;
    Ok(value.tag == tag::SET || first.is_some_and(|first| first.tag == tag::SEQUENCE))
}

fn read_entry(value: Tlv<'_>) -> Result<RecipientEmail> {
    let malformed = Error::Malformed { what: Structure::Cms };
    let mut fields = value.sequence()?;
    let address = fields.any()?;
    if address.raw.first() != Some(&asn1::IA5_STRING) {
        return Err(malformed);
    }
    let address = core::str::from_utf8(address.contents).map_err(|_| malformed)?.to_owned();
    let certificate = SignerIdentifier::read(&mut fields)?;
    fields.finish()?;
    Ok(RecipientEmail { address, certificate })
}

/// Whether two identifiers mean the same certificate; names are compared as RFC 5280 §7.1 wants.
pub(crate) fn same_certificate(one: &SignerIdentifier, other: &SignerIdentifier) -> bool {
    use SignerIdentifier::IssuerAndSerialNumber as Named;
    match (one, other) {
        (Named { issuer: a, serial: x }, Named { issuer: b, serial: y }) => {
            let name = |der: &[u8]| Name::from_der(der).ok();
            x == y && (a == b || name(a).is_some_and(|one| name(b).is_some_and(|other| one == other)))
        }
        _ => one == other,
    }
}

/// Whether two lists say the same, in any order.
pub(crate) fn same_list(one: &[RecipientEmail], other: &[RecipientEmail]) -> bool {
    let holds = |list: &[RecipientEmail], wanted: &RecipientEmail| {
        list.iter().any(|found| {
            found.address.eq_ignore_ascii_case(&wanted.address)
                && same_certificate(&found.certificate, &wanted.certificate)
        })
    };
    one.len() == other.len()
        && one.iter().all(|entry| holds(other, entry))
        && other.iter().all(|entry| holds(one, entry))
}

/// `[2] IMPLICIT` for AuthEnvelopedData (RFC 5083 §2.1).
pub(crate) fn unauthenticated(attribute: &Attribute) -> Vec<u8> {
    super::attributes::encode(asn1::context(2), core::slice::from_ref(attribute))
}
