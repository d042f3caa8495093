//! EnvelopedData (RFC 5652 §6): content encrypted in CBC mode, not authenticated.

use std::borrow::Cow;

use super::ber::{Elements, Tlv, tag, to_der};
use super::content_cipher::ContentAlgorithm;
use super::content_info::{self, ContentType};
use super::emit::Layer;
use super::oids;
use super::recipients::{RecipientInfo, read_recipients};
use crate::asn1;
use crate::backend::Backend;
use crate::error::{Error, Result};

/// ```text
/// EnvelopedData ::= SEQUENCE {
///   version, originatorInfo [0] IMPLICIT OPTIONAL, recipientInfos SET OF,
///   encryptedContentInfo, unprotectedAttrs [1] IMPLICIT OPTIONAL }
/// ```
#[derive(Debug)]
pub struct EnvelopedData<'a> {
    /// Who may open it.
    pub recipients: Vec<RecipientInfo<'a>>,
    /// What is inside.
    pub encrypted: EncryptedContent<'a>,
    /// Attributes nobody vouches for.
    pub(crate) unprotected: Option<Tlv<'a>>,
}

/// ```text
/// EncryptedContentInfo ::= SEQUENCE {
///   contentType, contentEncryptionAlgorithm, encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }
/// ```
#[derive(Debug)]
pub struct EncryptedContent<'a> {
    /// Type of the content inside.
    pub content_type: ContentType,
    /// Cipher and parameters.
    pub algorithm: ContentAlgorithm,
    octets: Tlv<'a>,
}

impl<'a> EnvelopedData<'a> {
    /// Reads the content of a ContentInfo of type `id-envelopedData`.
    ///
    /// # Errors
    /// `Malformed`, `LimitExceeded`, `UnsupportedAlgorithm`, `AlgorithmParameters`: public facts.
    pub fn read(content: Tlv<'a>) -> Result<Self> {
        let mut fields = fields_of(content)?;
        fields.expect(tag::INTEGER)?;
        fields.optional(tag::context(0))?;
        let recipients = read_recipients(fields.expect(tag::SET)?)?;
        let encrypted = EncryptedContent::read(&mut fields)?;
        let unprotected = fields.optional(tag::context(1))?;
        fields.finish()?;
        if encrypted.algorithm.cipher.is_authenticated() {
            return Err(Error::AlgorithmParameters { oid: oids::ENVELOPED_DATA });
        }
        Ok(Self { recipients, encrypted, unprotected })
    }

    /// Decrypts with the content-encryption key. What comes out may have been changed on its way.
    ///
    /// # Errors
    /// `Decrypt`, whatever the fault.
    pub async fn decrypt(&self, backend: &dyn Backend, content_key: &[u8]) -> Result<Vec<u8>> {
        backend.decrypt(&self.encrypted.algorithm, content_key, self.encrypted.octets()?).await
    }
}

impl<'a> EncryptedContent<'a> {
    pub(crate) fn read(fields: &mut Elements<'a>) -> Result<Self> {
        let mut info = fields.expect(tag::SEQUENCE)?.children()?;
        let content_type = ContentType::from_oid(oids::read(info.expect(tag::OID)?)?);
        let algorithm = ContentAlgorithm::from_der(&to_der(info.expect(tag::SEQUENCE)?.raw)?)?;
        let octets = info.expect(tag::context(0))?;
        info.finish()?;
        Ok(Self { content_type, algorithm, octets })
    }

    /// The ciphertext, joined when it came in pieces.
    pub(crate) fn octets(&self) -> Result<Cow<'a, [u8]>> {
        Ok(self.octets.octets()?)
    }
}

/// Writes a ContentInfo with EnvelopedData. `version` follows RFC 5652 §6.1.
pub(crate) fn write(
    version: u32,
    recipient_infos: Vec<Vec<u8>>,
    algorithm: &ContentAlgorithm,
    ciphertext: &[u8],
) -> Vec<u8> {
    let length = ciphertext.len();
    let mut der = before(version, recipient_infos, algorithm, length, length);
    der.extend_from_slice(ciphertext);
    der
}

/// What [`write`] puts before a ciphertext of that length; after it there is nothing.
pub(crate) fn before(
    version: u32,
    recipient_infos: Vec<Vec<u8>>,
    algorithm: &ContentAlgorithm,
    length: usize,
    room: usize,
) -> Vec<u8> {
    let before = [asn1::small_integer(version), asn1::set_of(recipient_infos)].concat();
    let info = [asn1::oid(oids::DATA), algorithm.to_der()].concat();
    let layers = [
        Layer { identifier: asn1::SEQUENCE, before: &before, after: &[] },
        Layer { identifier: asn1::SEQUENCE, before: &info, after: &[] },
        Layer { identifier: asn1::context_primitive(0), before: &[], after: &[] },
    ];
    content_info::around(ContentType::EnvelopedData, &layers, length, room).0
}

pub(crate) fn fields_of(content: Tlv<'_>) -> Result<Elements<'_>> {
    Ok(content.sequence()?)
}
