//! DigestedData (RFC 5652 §7): content with its digest, which anybody can compute: it shows accidents, no attack.

use std::borrow::Cow;

use super::ber::{Tlv, tag, to_der};
use super::content_info::{self, ContentType};
use super::emit::Layer;
use super::signed_data::read_encapsulated;
use crate::asn1;
use crate::backend::Backend;
use crate::error::{Error, Result, Structure};
use crate::key::DigestAlgorithm;

/// `DigestedData ::= SEQUENCE { version, digestAlgorithm, encapContentInfo, digest OCTET STRING }`
#[derive(Debug)]
pub struct DigestedData<'a> {
    /// Type of the content inside.
    pub content_type: ContentType,
    /// The hash function.
    pub algorithm: DigestAlgorithm,
    /// The content.
    pub content: Cow<'a, [u8]>,
    digest: Cow<'a, [u8]>,
}

impl<'a> DigestedData<'a> {
    /// Reads the content of a ContentInfo of type `id-digestedData`.
    ///
    /// # Errors
    /// `Malformed`, `LimitExceeded`, `UnsupportedAlgorithm`, and `Missing` when the content is elsewhere.
    pub fn read(content: Tlv<'a>) -> Result<Self> {
        let mut fields = content.sequence()?;
        fields.expect(tag::INTEGER)?;
        let algorithm = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let (content_type, content) = read_encapsulated(fields.expect(tag::SEQUENCE)?)?;
        let digest = fields.expect(tag::OCTET_STRING)?.octets()?;
        fields.finish()?;
        let algorithm = DigestAlgorithm::from_identifier_der(&algorithm)?;
        let content = content.ok_or(Error::Missing { what: Structure::Cms })?;
        Ok(Self { content_type, algorithm, content, digest })
    }

    /// Whether the digest fits the content.
    ///
    /// # Errors
    /// What the browser fails with, which the reference never does.
    pub async fn is_intact(&self, backend: &dyn Backend) -> Result<bool> {
        Ok(backend.digest(self.algorithm, &self.content).await? == *self.digest)
    }
}

/// Writes a ContentInfo with DigestedData around a MIME entity, with SHA-256.
#[must_use]
pub fn write(content: &[u8]) -> Vec<u8> {
    let algorithm = DigestAlgorithm::Sha256;
    // RFC 5652 §7: version 0 for content of type id-data.
    let before = [asn1::small_integer(0), algorithm.identifier_der()].concat();
    let digest = asn1::octet_string(&algorithm.hash(content));
    let data = asn1::oid(ContentType::Data.oid());
    let layers = [
        Layer { identifier: asn1::SEQUENCE, before: &before, after: &digest },
        Layer { identifier: asn1::SEQUENCE, before: &data, after: &[] },
        Layer { identifier: asn1::context(0), before: &[], after: &[] },
        Layer { identifier: asn1::OCTET_STRING, before: &[], after: &[] },
    ];
    content_info::write(ContentType::DigestedData, &layers, content)
}
