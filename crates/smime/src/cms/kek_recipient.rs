//! KEKRecipientInfo (RFC 5652 §6.2.3): the content key under a key that sender and reader share already.

use std::borrow::Cow;

use super::ber::{Tlv, tag, to_der};
use super::key_wrap::KeyWrap;
use super::keyring::KeyEncryptionKey;
use super::recipients::{Candidate, RecipientInfo};
use crate::asn1;
use crate::error::{Error, Result, Structure};

/// ```text
/// KEKRecipientInfo ::= SEQUENCE { version, kekid, keyEncryptionAlgorithm, encryptedKey }
/// KEKIdentifier ::= SEQUENCE { keyIdentifier OCTET STRING, date GeneralizedTime OPTIONAL, other OPTIONAL }
/// ```
///
/// Date and other attributes tell keys of one identifier apart; we try the key and see.
#[derive(Debug)]
pub struct KekRecipient<'a> {
    identifier: Cow<'a, [u8]>,
    algorithm: Cow<'a, [u8]>,
    encrypted_key: Cow<'a, [u8]>,
}

impl<'a> KekRecipient<'a> {
    pub(crate) fn read(element: Tlv<'a>) -> Result<Self> {
        let mut fields = element.children()?;
        fields.expect(tag::INTEGER)?;
        let identifier = fields.expect(tag::SEQUENCE)?.children()?.expect(tag::OCTET_STRING)?.octets()?;
        let algorithm = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let encrypted_key = fields.expect(tag::OCTET_STRING)?.octets()?;
        fields.finish()?;
        Ok(Self { identifier, algorithm, encrypted_key })
    }

    /// The identifier of the shared key, which anybody can see.
    #[must_use]
    pub fn identifier(&self) -> &[u8] {
        &self.identifier
    }

    fn recover(&self, kek: &KeyEncryptionKey) -> Option<Result<Candidate>> {
        let wrap = match KeyWrap::from_der(&self.algorithm) {
            Ok(wrap) => wrap,
            Err(error) => return self.is_named(kek)?.then_some(Err(error)),
        };
        let named = self.is_named(kek).unwrap_or(true);
        if !named || kek.key().len() != wrap.key_bytes() {
            return None;
        }
        let recovered = wrap.unwrap(kek.key(), &self.encrypted_key).ok_or(Error::Decrypt);
        Some(recovered.map(|key| Candidate { key, transport: format!("kek-{}", wrap.name()) }))
    }

    /// `None` when the key has no identifier of its own.
    fn is_named(&self, kek: &KeyEncryptionKey) -> Option<bool> {
        kek.identifier().map(|own| own == &*self.identifier)
    }
}

impl RecipientInfo<'_> {
    /// Tries one shared key, as [`RecipientInfo::recover`] tries a private one.
    pub(crate) fn recover_kek(&self, kek: &KeyEncryptionKey) -> Option<Result<Candidate>> {
        match self {
            Self::Kek(recipient) => recipient.recover(kek),
            // RFC 3211 §2.3.2: without a derivation the key itself is shared.
            Self::Password(recipient) => recipient.recover_underived(kek),
            _ => None,
        }
    }
}

/// Writes one RecipientInfo for the holders of a shared key of 16, 24 or 32 octets that has an identifier.
///
/// # Errors
/// `Missing` without an identifier, `WrongKeyKind` for a key of another length.
pub(crate) fn write(kek: &KeyEncryptionKey, content_key: &[u8]) -> Result<Vec<u8>> {
    let wrap = match kek.key().len() {
        16 => KeyWrap::Aes128,
        24 => KeyWrap::Aes192,
        _ => KeyWrap::Aes256,
    };
    let identifier = kek.identifier().ok_or(Error::Missing { what: Structure::AlgorithmIdentifier })?;
    let wrapped = wrap.wrap(kek.key(), content_key).ok_or(Error::WrongKeyKind)?;
    Ok(asn1::nest(
        asn1::context(2),
        &[
            &asn1::small_integer(4),
            &asn1::sequence(&[&asn1::octet_string(identifier)]),
            &wrap.to_der(),
            &asn1::octet_string(&wrapped),
        ],
    ))
}
