//! Opening and making envelopes, of either kind, with every own key and for every recipient.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::auth_enveloped_data::{self, AuthEnvelopedData};
use super::content_cipher::{Cipher, ContentAlgorithm};
use super::content_info::{ContentInfo, ContentType};
use super::enveloped_data::{self, EncryptedContent, EnvelopedData};
use super::recipients::{RecipientInfo, Transport, write_recipient};
use crate::backend::{Backend, Rust, ready};
use crate::error::{Error, Limit, Result, Structure};
use crate::x509::{Certificate, Identity};

pub use super::recipients::MAX_RECIPIENTS;

/// Most private-key operations one envelope may ask for. Somebody with the old and the new key of several roles
/// needs fewer; a hostile envelope could name one key a thousand times.
pub const MAX_ATTEMPTS: usize = 16;

/// An envelope of either kind.
#[derive(Debug)]
pub enum Envelope<'a> {
    /// EnvelopedData: CBC, not authenticated.
    Enveloped(EnvelopedData<'a>),
    /// AuthEnvelopedData: AES-GCM.
    Authenticated(AuthEnvelopedData<'a>),
}

/// What came out of an envelope, and how far it can be relied on.
pub struct Opened {
    /// The content, in S/MIME a MIME entity.
    pub content: Vec<u8>,
    /// The content-encryption key, wiped on drop. Cards carry it.
    pub content_key: Zeroizing<Vec<u8>>,
    /// The content cipher.
    pub cipher: Cipher,
    /// How the key came: a stable name such as `rsa-oaep-sha256`, or `content-key` when it was given.
    pub transport: String,
    /// Whether the cipher authenticated the content: `false` means that it may have been changed on its way.
    pub authenticated: bool,
}

impl core::fmt::Debug for Opened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Opened({}, {}, redacted)", self.cipher.name(), self.transport)
    }
}

impl<'a> Envelope<'a> {
    /// Reads the envelope in a ContentInfo; `None` when it is none.
    ///
    /// # Errors
    /// Public facts about a broken or unsupported envelope.
    pub fn read(info: &ContentInfo<'a>) -> Result<Option<Self>> {
        match info.content_type {
            ContentType::EnvelopedData => EnvelopedData::read(info.content).map(Self::Enveloped).map(Some),
            ContentType::AuthEnvelopedData => {
                AuthEnvelopedData::read(info.content).map(Self::Authenticated).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Opens with whichever own key it was sealed for. All are tried; nobody learns which failed, or why.
    ///
    /// # Errors
    /// `NotForThisKey` when no recipient is named like an own certificate, `UnsupportedAlgorithm` when the
    /// key comes in no way we know: both are public. `Decrypt` for everything that depends on a key.
    pub fn open(&self, identities: &[Identity], rng: &mut impl CryptoRng) -> Result<Opened> {
        ready(self.open_with(&Rust, identities, rng))
    }

    /// [`Self::open`] over another backend than the reference.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(
        &self,
        backend: &dyn Backend,
        identities: &[Identity],
        rng: &mut impl CryptoRng,
    ) -> Result<Opened> {
        let key_bytes = self.encrypted().algorithm.cipher.key_bytes();
        let mut attempts = 0_usize;
        let mut unsupported = None;
        let mut failed = false;
        for identity in identities {
            for recipient in self.recipients() {
                if attempts == MAX_ATTEMPTS {
                    return Err(Error::Decrypt);
                }
                let Some(recovered) = recipient.recover(backend, identity, key_bytes, rng).await else {
                    continue;
                };
                attempts = attempts.saturating_add(1);
                let candidate = match recovered {
                    Ok(candidate) => candidate,
                    Err(error @ Error::UnsupportedAlgorithm { .. }) => {
                        unsupported.get_or_insert(error);
                        continue;
                    }
                    Err(_) => {
                        failed = true;
                        continue;
                    }
                };
                failed = true;
                if let Ok(content) = self.decrypt(backend, &candidate.key).await {
                    return Ok(self.opened(content, candidate.key, candidate.transport));
                }
            }
        }
        let nothing_tried = if attempts == 0 { Error::NotForThisKey } else { Error::Decrypt };
        Err(unsupported.filter(|_| !failed).unwrap_or(nothing_tried))
    }

    /// Opens with the content key itself, as a card gives it.
    ///
    /// # Errors
    /// `Decrypt`.
    pub async fn open_with_content_key(&self, backend: &dyn Backend, content_key: &[u8]) -> Result<Opened> {
        let content = self.decrypt(backend, content_key).await?;
        Ok(self.opened(content, Zeroizing::new(content_key.to_vec()), "content-key".to_owned()))
    }

    /// The CMS type, as reports print it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Enveloped(_) => "EnvelopedData",
            Self::Authenticated(_) => "AuthEnvelopedData",
        }
    }

    /// The encrypted content: its type and cipher are public.
    #[must_use]
    pub fn encrypted(&self) -> &EncryptedContent<'a> {
        match self {
            Self::Enveloped(envelope) => &envelope.encrypted,
            Self::Authenticated(envelope) => &envelope.encrypted,
        }
    }

    fn recipients(&self) -> &[RecipientInfo<'a>] {
        match self {
            Self::Enveloped(envelope) => &envelope.recipients,
            Self::Authenticated(envelope) => &envelope.recipients,
        }
    }

    async fn decrypt(&self, backend: &dyn Backend, content_key: &[u8]) -> Result<Vec<u8>> {
        if content_key.len() != self.encrypted().algorithm.cipher.key_bytes() {
            return Err(Error::Decrypt);
        }
        match self {
            Self::Enveloped(envelope) => envelope.decrypt(backend, content_key).await,
            Self::Authenticated(envelope) => envelope.decrypt(backend, content_key).await,
        }
    }

    fn opened(&self, content: Vec<u8>, content_key: Zeroizing<Vec<u8>>, transport: String) -> Opened {
        let cipher = self.encrypted().algorithm.cipher;
        Opened { content, content_key, cipher, transport, authenticated: cipher.is_authenticated() }
    }
}

/// One recipient of an envelope to be made.
#[derive(Debug, Clone)]
pub struct To<'a> {
    /// Certificate whose key the content key is sealed to.
    pub certificate: &'a Certificate,
    /// How.
    pub transport: Transport,
}

/// How the content of a new envelope is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// AuthEnvelopedData with AES-256-GCM; `derive` puts RFC 9709 between key and cipher.
    Aes256Gcm {
        /// Whether every recipient understands `id-alg-cek-hkdf-sha256`.
        derive: bool,
    },
    /// EnvelopedData with AES-256-CBC.
    Aes256Cbc,
}

/// A new envelope and its content key.
pub struct SealedEnvelope {
    /// ContentInfo in DER.
    pub der: Vec<u8>,
    /// The content-encryption key, wiped on drop.
    pub content_key: Zeroizing<Vec<u8>>,
}

/// Seals `content` for all of `to` under a fresh key and nonce.
///
/// # Errors
/// `Missing` without recipients, `LimitExceeded` with too many, `WrongKeyKind` for a certificate whose key
/// cannot be encrypted to.
pub fn seal(
    content: Vec<u8>,
    to: &[To<'_>],
    sealing: Sealing,
    rng: &mut impl CryptoRng,
) -> Result<SealedEnvelope> {
    ready(seal_with(&Rust, content, to, sealing, rng))
}

/// [`seal`] over another backend than the reference.
///
/// # Errors
/// As [`seal`].
pub async fn seal_with(
    backend: &dyn Backend,
    content: Vec<u8>,
    to: &[To<'_>],
    sealing: Sealing,
    rng: &mut impl CryptoRng,
) -> Result<SealedEnvelope> {
    if to.is_empty() {
        return Err(Error::Missing { what: Structure::Certificate });
    }
    if to.len() > MAX_RECIPIENTS {
        return Err(Error::LimitExceeded { limit: Limit::Recipients });
    }
    let algorithm = match sealing {
        Sealing::Aes256Gcm { derive } => ContentAlgorithm::generate(Cipher::Aes256Gcm, derive, rng),
        Sealing::Aes256Cbc => ContentAlgorithm::generate(Cipher::Aes256Cbc, false, rng),
    };
    let mut content_key = Zeroizing::new(vec![0; algorithm.cipher.key_bytes()]);
    rng.fill_bytes(&mut content_key);
    let mut recipient_infos = Vec::with_capacity(to.len());
    for one in to {
        let info = write_recipient(backend, one.certificate, one.transport, &content_key, rng).await?;
        recipient_infos.push(info);
    }
    let der = match sealing {
        Sealing::Aes256Gcm { .. } => {
            let (ciphertext, tag) =
                backend.seal_authenticated(&algorithm, &content_key, &[], content).await?;
            auth_enveloped_data::write(recipient_infos, &algorithm, &ciphertext, &tag)
        }
        Sealing::Aes256Cbc => {
            let ciphertext = backend.encrypt(&algorithm, &content_key, content).await?;
            enveloped_data::write(enveloped_version(to), recipient_infos, &algorithm, &ciphertext)
        }
    };
    Ok(SealedEnvelope { der, content_key })
}

/// RFC 5652 §6.1: 3 with an OtherRecipientInfo, which KEM recipients are; 0 when every RecipientInfo has
/// version 0, which key agreement never has; else 2.
fn enveloped_version(to: &[To<'_>]) -> u32 {
    if to.iter().any(|one| one.transport == Transport::Kem) {
        return 3;
    }
    if to.iter().any(|one| one.transport == Transport::Ecdh) { 2 } else { 0 }
}
