//! Attributes, signed and other (RFC 5652 §5.3, §11; RFC 8551 §2.5; RFC 5035; RFC 6211).

use const_oid::ObjectIdentifier;

use super::ber::{Tlv, tag, to_der};
use super::{emit, oids};
use crate::UnixTime;
use crate::asn1;
use crate::error::{Error, Limit, Result};

/// Most attributes in one set; S/MIME has about a dozen.
pub(crate) const MAX_ATTRIBUTES: usize = 64;

/// `Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }`, in DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Its type.
    pub(crate) oid: ObjectIdentifier,
    /// The whole attribute in DER.
    der: Vec<u8>,
}

impl Attribute {
    /// An attribute with one value, given in DER.
    pub(crate) fn single(oid: ObjectIdentifier, value: &[u8]) -> Self {
        let der = asn1::sequence(&[&asn1::oid(oid), &asn1::tlv(asn1::SET, value)]);
        Self { oid, der }
    }

    /// An attribute with several values, each given in DER.
    #[cfg(feature = "more")]
    pub(crate) fn several(oid: ObjectIdentifier, mut values: Vec<Vec<u8>>) -> Self {
        // X.690 §11.6: the members of a SET OF in the order of their encodings.
        values.sort();
        Self::single(oid, &values.concat())
    }

    fn read(element: Tlv<'_>) -> Result<Self> {
        let mut fields = element.sequence()?;
        let oid = oids::read(fields.expect(tag::OID)?)?;
        fields.expect(tag::SET)?;
        fields.finish()?;
        Ok(Self { oid, der: to_der(element.raw)?.into_owned() })
    }

    /// Every value, each in DER.
    #[cfg(feature = "more")]
    pub(crate) fn values(&self) -> Result<Vec<Tlv<'_>>> {
        let mut fields = Tlv::parse(&self.der)?.children()?;
        fields.any()?;
        let mut values = fields.any()?.children()?;
        let mut found = Vec::new();
        while let Some(value) = values.next_element()? {
            found.push(value);
        }
        Ok(found)
    }

    /// The only value, or `None` when there is none or more than one.
    fn only_value(&self) -> Option<Tlv<'_>> {
        let mut fields = Tlv::parse(&self.der).ok()?.children().ok()?;
        fields.any().ok()?;
        let mut values = fields.any().ok()?.children().ok()?;
        let value = values.any().ok()?;
        values.is_empty().then_some(value)
    }
}

/// Reads a SET OF Attribute under any tag.
///
/// # Errors
/// `Malformed` or `LimitExceeded`.
pub(crate) fn read_attributes(set: Tlv<'_>) -> Result<Vec<Attribute>> {
    let mut attributes = Vec::new();
    let mut elements = set.children()?;
    while let Some(element) = elements.next_element()? {
        if attributes.len() == MAX_ATTRIBUTES {
            return Err(Error::LimitExceeded { limit: Limit::Attributes });
        }
        attributes.push(Attribute::read(element)?);
    }
    Ok(attributes)
}

/// DER of the attributes under `identifier`: SET for digests and AEADs (RFC 5652 §5.4, RFC 5083
/// §2.2), `[n]` in the message.
pub(crate) fn encode(identifier: u8, attributes: &[Attribute]) -> Vec<u8> {
    emit::set_of(identifier, attributes.iter().map(|attribute| attribute.der.clone()).collect())
}

/// Why the signed attributes do not stand. All are facts about public data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeFault {
    /// Missing, repeated or with several values (RFC 5652 §11.1, §11.2).
    NotExactlyOne,
    /// Its value cannot be read.
    Unreadable,
}

/// The one value of an attribute that must be there exactly once.
pub(crate) fn exactly_one(
    attributes: &[Attribute],
    oid: ObjectIdentifier,
) -> core::result::Result<Tlv<'_>, AttributeFault> {
    at_most_one(attributes, oid)?.ok_or(AttributeFault::NotExactlyOne)
}

/// The one value of an attribute that may be there once.
pub(crate) fn at_most_one(
    attributes: &[Attribute],
    oid: ObjectIdentifier,
) -> core::result::Result<Option<Tlv<'_>>, AttributeFault> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let Some(first) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(AttributeFault::NotExactlyOne);
    }
    first.only_value().map(Some).ok_or(AttributeFault::NotExactlyOne)
}

/// signingTime (RFC 5652 §11.3).
pub(crate) fn signing_time(
    attributes: &[Attribute],
) -> core::result::Result<Option<UnixTime>, AttributeFault> {
    let Some(value) = at_most_one(attributes, oids::SIGNING_TIME)? else { return Ok(None) };
    let mut reader = asn1::Reader::new(value.raw);
    let time = reader.next().map_err(|_| AttributeFault::Unreadable)?;
    UnixTime::from_asn1(&time).map(Some).map_err(|_| AttributeFault::Unreadable)
}

/// What CMSAlgorithmProtection says was used, each an AlgorithmIdentifier in DER.
pub(crate) struct ProtectedAlgorithms {
    pub(crate) digest: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// CMSAlgorithmProtection (RFC 6211 §2): digest and signature algorithm, each in DER as found.
///
/// ```text
/// CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, signatureAlgorithm [1] IMPLICIT OPTIONAL, macAlgorithm [2] }
/// ```
pub(crate) fn algorithm_protection(
    attributes: &[Attribute],
) -> core::result::Result<Option<ProtectedAlgorithms>, AttributeFault> {
    let Some(value) = at_most_one(attributes, oids::ALGORITHM_PROTECTION)? else { return Ok(None) };
    let read = || -> Result<ProtectedAlgorithms> {
        let mut fields = value.children()?;
        let digest = fields.expect(tag::SEQUENCE)?.raw.to_vec();
        let signature = fields.expect(tag::context(1))?;
        fields.finish()?;
        Ok(ProtectedAlgorithms { digest, signature: asn1::tlv(asn1::SEQUENCE, signature.contents) })
    };
    read().map(Some).map_err(|_| AttributeFault::Unreadable)
}

/// Builds CMSAlgorithmProtection from the two AlgorithmIdentifiers.
pub(crate) fn algorithm_protection_attribute(digest: &[u8], signature: &[u8]) -> Result<Attribute> {
    let inner = Tlv::parse(signature)?.contents;
    let value = asn1::sequence(&[digest, &asn1::tlv(asn1::context(1), inner)]);
    Ok(Attribute::single(oids::ALGORITHM_PROTECTION, &value))
}

/// Builds signingCertificateV2 naming one certificate by its SHA-256 (the default, so not written).
pub(crate) fn signing_certificate_attribute(certificate_sha256: &[u8]) -> Attribute {
    let id = asn1::sequence(&[&asn1::octet_string(certificate_sha256)]);
    let value = asn1::sequence(&[&asn1::sequence(&[&id])]);
    Attribute::single(oids::SIGNING_CERTIFICATE_V2, &value)
}
