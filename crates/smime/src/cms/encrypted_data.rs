//! EncryptedData (RFC 5652 §8): content under a key that sender and reader share already. CBC, not authenticated.

use std::borrow::Cow;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::ber::{Tlv, tag, to_der};
use super::content_cipher::{Cipher, ContentAlgorithm};
use super::content_info::{self, ContentType};
use super::emit::Layer;
use super::envelope::Opened;
use super::keyring::KeyEncryptionKey;
use super::oids;
use crate::asn1;
use crate::backend::{Backend, Rust, ready};
use crate::error::{Error, Result};

/// `EncryptedData ::= SEQUENCE { version, encryptedContentInfo, unprotectedAttrs [1] IMPLICIT OPTIONAL }`
#[derive(Debug)]
pub struct EncryptedData<'a> {
    /// Type of the content inside.
    pub content_type: ContentType,
    algorithm: Cow<'a, [u8]>,
    octets: Tlv<'a>,
}

impl<'a> EncryptedData<'a> {
    /// Reads the content of a ContentInfo of type `id-encryptedData`. The cipher is looked at when it is opened:
    /// the EncryptedData of a PKCS#12 container has none, but a password-based scheme.
    ///
    /// # Errors
    /// `Malformed` or `LimitExceeded`.
    pub fn read(content: Tlv<'a>) -> Result<Self> {
        let mut fields = content.sequence()?;
        fields.expect(tag::INTEGER)?;
        let mut info = fields.expect(tag::SEQUENCE)?.children()?;
        let content_type = ContentType::from_oid(oids::read(info.expect(tag::OID)?)?);
        let algorithm = to_der(info.expect(tag::SEQUENCE)?.raw)?;
        let octets = info.expect(tag::context(0))?;
        info.finish()?;
        fields.optional(tag::context(1))?;
        fields.finish()?;
        Ok(Self { content_type, algorithm, octets })
    }

    /// The cipher and its parameters.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm`, `Malformed`, and `AlgorithmParameters` for an AEAD, whose tag has no place here.
    pub fn algorithm(&self) -> Result<ContentAlgorithm> {
        let algorithm = ContentAlgorithm::from_der(&self.algorithm)?;
        if algorithm.cipher.is_authenticated() {
            return Err(Error::AlgorithmParameters { oid: oids::ENCRYPTED_DATA });
        }
        Ok(algorithm)
    }

    /// The ciphertext, joined when it came in pieces.
    ///
    /// # Errors
    /// `Malformed` or `LimitExceeded`.
    pub fn ciphertext(&self) -> Result<Cow<'a, [u8]>> {
        Ok(self.octets.octets()?)
    }

    /// Opens with whichever of the shared keys fits. What comes out may have been changed on its way.
    ///
    /// # Errors
    /// As [`Self::algorithm`]; `NotForThisKey` when no key has the cipher's length, else `Decrypt`.
    pub async fn open(&self, backend: &dyn Backend, keys: &[KeyEncryptionKey]) -> Result<Opened> {
        let algorithm = self.algorithm()?;
        let cipher = algorithm.cipher;
        let fitting = keys.iter().map(KeyEncryptionKey::key).filter(|key| key.len() == cipher.key_bytes());
        let mut failure = Error::NotForThisKey;
        for key in fitting {
            match backend.decrypt(&algorithm, key, self.ciphertext()?).await {
                Ok(content) => {
                    let content_key = Zeroizing::new(key.to_vec());
                    let transport = "content-key".to_owned();
                    return Ok(Opened { content, content_key, cipher, transport, authenticated: false });
                }
                Err(_) => failure = Error::Decrypt,
            }
        }
        Err(failure)
    }
}

/// Writes a ContentInfo with EncryptedData around a MIME entity, under AES-CBC with a key of 16, 24 or 32 octets.
///
/// # Errors
/// `AlgorithmParameters` for a key of another length.
pub fn write(content: Vec<u8>, key: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>> {
    let cipher = match key.len() {
        16 => Cipher::Aes128Cbc,
        24 => Cipher::Aes192Cbc,
        _ => Cipher::Aes256Cbc,
    };
    let algorithm = ContentAlgorithm::generate(cipher, false, rng);
    let ciphertext = ready(Rust.encrypt(&algorithm, key, content))?;
    // RFC 5652 §8: version 0 without unprotected attributes.
    let version = asn1::small_integer(0);
    let info = [asn1::oid(oids::DATA), algorithm.to_der()].concat();
    let layers = [
        Layer { identifier: asn1::SEQUENCE, before: &version, after: &[] },
        Layer { identifier: asn1::SEQUENCE, before: &info, after: &[] },
        Layer { identifier: asn1::context_primitive(0), before: &[], after: &[] },
    ];
    Ok(content_info::write(ContentType::EncryptedData, &layers, &ciphertext))
}
