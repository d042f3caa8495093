//! AuthEnvelopedData (RFC 5083) with AES-GCM (RFC 5084): nothing leaves before the tag was right.

use super::attributes::{self, Attribute, read_attributes};
use super::ber::{Tlv, tag};
use super::content_cipher::ContentAlgorithm;
use super::content_info::{self, ContentType};
use super::emit::Layer;
use super::enveloped_data::{EncryptedContent, fields_of};
use super::oids;
use super::recipients::{RecipientInfo, read_recipients};
use crate::asn1;
use crate::backend::Backend;
use crate::error::{Error, Result};

/// ```text
/// AuthEnvelopedData ::= SEQUENCE {
///   version, originatorInfo [0] IMPLICIT OPTIONAL, recipientInfos SET OF, authEncryptedContentInfo,
///   authAttrs [1] IMPLICIT OPTIONAL, mac OCTET STRING, unauthAttrs [2] IMPLICIT OPTIONAL }
/// ```
#[derive(Debug)]
pub struct AuthEnvelopedData<'a> {
    /// Who may open it.
    pub recipients: Vec<RecipientInfo<'a>>,
    /// What is inside.
    pub encrypted: EncryptedContent<'a>,
    /// Attributes the tag covers.
    auth_attributes: Option<Vec<Attribute>>,
    pub(crate) mac: Vec<u8>,
    /// Attributes nobody vouches for.
    pub(crate) unprotected: Option<Tlv<'a>>,
}

impl<'a> AuthEnvelopedData<'a> {
    /// Reads the content of a ContentInfo of type `id-ct-authEnvelopedData`. Unauthenticated attributes
    /// are passed over: nobody vouches for them.
    ///
    /// # Errors
    /// `Malformed`, `LimitExceeded`, `UnsupportedAlgorithm`, `AlgorithmParameters`: public facts.
    pub fn read(content: Tlv<'a>) -> Result<Self> {
        let mut fields = fields_of(content)?;
        fields.expect(tag::INTEGER)?;
        fields.optional(tag::context(0))?;
        let recipients = read_recipients(fields.expect(tag::SET)?)?;
        let encrypted = EncryptedContent::read(&mut fields)?;
        let auth_attributes = fields.optional(tag::context(1))?.map(read_attributes).transpose()?;
        let mac = fields.expect(tag::OCTET_STRING)?.octets()?.into_owned();
        let unprotected = fields.optional(tag::context(2))?;
        fields.finish()?;
        if !encrypted.algorithm.cipher.is_authenticated() {
            return Err(Error::AlgorithmParameters { oid: oids::AUTH_ENVELOPED_DATA });
        }
        Ok(Self { recipients, encrypted, auth_attributes, mac, unprotected })
    }

    /// Checks the tag with the content-authenticated-encryption key, then opens.
    ///
    /// # Errors
    /// `Decrypt`, whatever the fault.
    pub async fn decrypt(&self, backend: &dyn Backend, content_key: &[u8]) -> Result<Vec<u8>> {
        let sealed = self.encrypted.octets()?.into_owned();
        let associated = self.associated_data();
        let algorithm = &self.encrypted.algorithm;
        backend.open_authenticated(algorithm, content_key, &associated, &self.mac, sealed).await
    }

    /// RFC 5083 §2.2: DER of the attributes under the SET tag; nothing when there are none.
    pub(crate) fn associated_data(&self) -> Vec<u8> {
        match &self.auth_attributes {
            Some(attributes) => attributes::encode(asn1::SET, attributes),
            None => Vec::new(),
        }
    }
}

/// Writes a ContentInfo with AuthEnvelopedData, without authenticated attributes; `unprotected` is the encoding of others, or
/// empty. The version is 0 (RFC 5083 §2.1).
pub(crate) fn write(
    recipient_infos: Vec<Vec<u8>>,
    algorithm: &ContentAlgorithm,
    ciphertext: &[u8],
    mac: &[u8],
    unprotected: &[u8],
) -> Vec<u8> {
    let length = ciphertext.len();
    let (mut der, after) = around(recipient_infos, algorithm, mac, unprotected, length, length);
    der.extend_from_slice(ciphertext);
    der.extend_from_slice(&after);
    der
}

/// What [`write`] puts before and after a ciphertext of that length; after it there is the tag and nothing else.
pub(crate) fn around(
    recipient_infos: Vec<Vec<u8>>,
    algorithm: &ContentAlgorithm,
    mac: &[u8],
    unprotected: &[u8],
    length: usize,
    room: usize,
) -> (Vec<u8>, Vec<u8>) {
    let before = [asn1::small_integer(0), asn1::set_of(recipient_infos)].concat();
    let info = [asn1::oid(oids::DATA), algorithm.to_der()].concat();
    let mut after = asn1::octet_string(mac);
    after.extend_from_slice(unprotected);
    let layers = [
        Layer { identifier: asn1::SEQUENCE, before: &before, after: &after },
        Layer { identifier: asn1::SEQUENCE, before: &info, after: &[] },
        Layer { identifier: asn1::context_primitive(0), before: &[], after: &[] },
    ];
    content_info::around(ContentType::AuthEnvelopedData, &layers, length, room)
}
