//! Opening and making envelopes, of either kind, with every own key and for every recipient.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::auth_enveloped_data::{self, AuthEnvelopedData};
use super::ber::Tlv;
use super::content_cipher::{Cipher, ContentAlgorithm};
use super::content_info::{ContentInfo, ContentType};
use super::enveloped_data::{self, EncryptedContent, EnvelopedData};
use super::keyring::{self, Keyring};
#[cfg(feature = "more")]
use super::keyring::{KeyEncryptionKey, RecipientPassword};
use super::recipients::{RecipientInfo, Transport, write_recipient};
#[cfg(feature = "more")]
use super::{attributes::Attribute, kek_recipient, password_recipient, recipient_emails};
use crate::backend::{Backend, Rust, ready};
use crate::error::{Error, Limit, Result, Structure};
use crate::x509::{Certificate, Identity};

pub use super::keyring::MAX_ATTEMPTS;
pub use super::recipients::MAX_RECIPIENTS;

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
        let keyring = Keyring { identities, ..Keyring::default() };
        self.open_with_keyring(backend, &keyring, rng).await
    }

    /// [`Self::open_with`] with everything that a reader holds.
    ///
    /// # Errors
    /// As [`Self::open`]; `UnsupportedAlgorithm` and the like when the only recipients named like an own key use
    /// what is not supported, which is public too.
    pub async fn open_with_keyring(
        &self,
        backend: &dyn Backend,
        keyring: &Keyring<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Opened> {
        let key_bytes = self.encrypted().algorithm.cipher.key_bytes();
        let decoy = keyring::decoy(key_bytes, rng);
        // A key of another length costs what a wrong key costs.
        let attempt = async |key: &[u8]| {
            let fits = key.len() == key_bytes;
            let content = self.decrypt(backend, if fits { key } else { &decoy }).await?;
            if fits { Ok(content) } else { Err(Error::Decrypt) }
        };
        let (content, candidate) = keyring.unlock(backend, self.recipients(), &decoy, rng, &attempt).await?;
        Ok(self.opened(content, candidate.key, candidate.transport))
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

    /// The attributes that nobody vouches for, under their own tag.
    pub(crate) fn unprotected(&self) -> Option<Tlv<'a>> {
        match self {
            Self::Enveloped(envelope) => envelope.unprotected,
            Self::Authenticated(envelope) => envelope.unprotected,
        }
    }

    pub(crate) fn recipients(&self) -> &[RecipientInfo<'a>] {
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
        let algorithm = &self.encrypted().algorithm;
        let authenticated = algorithm.authenticates();
        Opened { content, content_key, cipher: algorithm.cipher, transport, authenticated }
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
    /// AuthEnvelopedData with AES-192-GCM.
    Aes192Gcm {
        /// As above.
        derive: bool,
    },
    /// AuthEnvelopedData with AES-128-GCM.
    Aes128Gcm {
        /// As above.
        derive: bool,
    },
    /// AuthEnvelopedData with ChaCha20-Poly1305 (RFC 8103).
    #[cfg(feature = "more")]
    ChaCha20Poly1305 {
        /// As above.
        derive: bool,
    },
    /// EnvelopedData with AES-256-CBC.
    Aes256Cbc,
    /// EnvelopedData with AES-128-CBC, for those who say that they read no longer key.
    #[cfg(feature = "more")]
    Aes128Cbc,
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
    let prepared = prepare(backend, to, sealing, rng).await?;
    finish(backend, content, prepared).await
}

/// An envelope without its content.
pub(crate) struct Prepared {
    recipients: Recipients,
    pub(crate) algorithm: ContentAlgorithm,
    pub(crate) content_key: Zeroizing<Vec<u8>>,
}

/// Seals a fresh content key for all of `to`.
///
/// # Errors
/// As [`seal`].
pub(crate) async fn prepare(
    backend: &dyn Backend,
    to: &[To<'_>],
    sealing: Sealing,
    rng: &mut impl CryptoRng,
) -> Result<Prepared> {
    check_number(to.len())?;
    let (algorithm, content_key) = sealing.begin(rng);
    let mut infos = Vec::with_capacity(to.len());
    for one in to {
        infos.push(write_recipient(backend, one.certificate, one.transport, &content_key, rng).await?);
    }
    let recipients = Recipients::new(enveloped_version(to), infos);
    Ok(Prepared { recipients, algorithm, content_key })
}

#[cfg(feature = "more")]
impl Prepared {
    /// What stands before a ciphertext of that length. After it comes the tag in an OCTET STRING, where there is one.
    pub(crate) fn before(&self, length: usize) -> Vec<u8> {
        let Recipients { version, infos, .. } = &self.recipients;
        match self.algorithm.tag_bytes() {
            0 => enveloped_data::before(*version, infos.clone(), &self.algorithm, length, 0),
            tag => {
                auth_enveloped_data::around(infos.clone(), &self.algorithm, &vec![0; tag], &[], length, 0).0
            }
        }
    }
}

/// [`seal_with`] as an AuthEnvelopedData with an attribute that anybody can read and change.
///
/// # Errors
/// As [`seal`]; `WrongKeyKind` for a cipher that does not authenticate.
#[cfg(feature = "more")]
pub(crate) async fn seal_marked(
    backend: &dyn Backend,
    content: Vec<u8>,
    to: &[To<'_>],
    sealing: Sealing,
    mark: &Attribute,
    rng: &mut impl CryptoRng,
) -> Result<SealedEnvelope> {
    let mut prepared = prepare(backend, to, sealing, rng).await?;
    if !prepared.algorithm.cipher.is_authenticated() {
        return Err(Error::WrongKeyKind);
    }
    prepared.recipients.unprotected = recipient_emails::unauthenticated(mark);
    finish(backend, content, prepared).await
}

/// Recipients without certificates: they share something with the sender.
#[cfg(feature = "more")]
#[derive(Debug, Clone, Copy)]
pub struct SharedWith<'a> {
    /// Keys of 16, 24 or 32 octets, each with an identifier.
    pub keks: &'a [KeyEncryptionKey],
    /// Pass phrases.
    pub passwords: &'a [RecipientPassword],
    /// Rounds of key derivation for each pass phrase.
    pub rounds: u32,
}

/// [`seal_with`], for people who share a key or a pass phrase besides, or for them alone.
///
/// # Errors
/// As [`seal`]; `Missing` for a shared key without identifier, `WrongKeyKind` for one of another length,
/// `LimitExceeded` for more rounds than are ever read.
#[cfg(feature = "more")]
pub async fn seal_shared_with(
    backend: &dyn Backend,
    content: Vec<u8>,
    to: &[To<'_>],
    shared: SharedWith<'_>,
    sealing: Sealing,
    rng: &mut impl CryptoRng,
) -> Result<SealedEnvelope> {
    check_number(to.len().saturating_add(shared.keks.len()).saturating_add(shared.passwords.len()))?;
    let (algorithm, content_key) = sealing.begin(rng);
    let mut infos = Vec::new();
    for one in to {
        infos.push(write_recipient(backend, one.certificate, one.transport, &content_key, rng).await?);
    }
    for kek in shared.keks {
        infos.push(kek_recipient::write(kek, &content_key)?);
    }
    let rounds = crate::pbe::bounded(shared.rounds)?;
    for password in shared.passwords {
        infos.push(password_recipient::write(backend, password, rounds, &content_key, rng).await?);
    }
    // RFC 5652 §6.1: 3 with a pass phrase, 2 with a shared key.
    let version = if shared.passwords.is_empty() { 2 } else { 3 };
    let recipients = Recipients::new(version, infos);
    finish(backend, content, Prepared { recipients, algorithm, content_key }).await
}

fn check_number(recipients: usize) -> Result<()> {
    match recipients {
        0 => Err(Error::Missing { what: Structure::Certificate }),
        1..=MAX_RECIPIENTS => Ok(()),
        _ => Err(Error::LimitExceeded { limit: Limit::Recipients }),
    }
}

impl Sealing {
    /// A fresh nonce or IV and a fresh content key.
    fn begin(self, rng: &mut impl CryptoRng) -> (ContentAlgorithm, Zeroizing<Vec<u8>>) {
        let (cipher, derive) = match self {
            Self::Aes256Gcm { derive } => (Cipher::Aes256Gcm, derive),
            Self::Aes192Gcm { derive } => (Cipher::Aes192Gcm, derive),
            Self::Aes128Gcm { derive } => (Cipher::Aes128Gcm, derive),
            #[cfg(feature = "more")]
            Self::ChaCha20Poly1305 { derive } => (Cipher::ChaCha20Poly1305, derive),
            Self::Aes256Cbc => (Cipher::Aes256Cbc, false),
            #[cfg(feature = "more")]
            Self::Aes128Cbc => (Cipher::Aes128Cbc, false),
        };
        let algorithm = ContentAlgorithm::generate(cipher, derive, rng);
        let mut content_key = Zeroizing::new(vec![0; cipher.key_bytes()]);
        rng.fill_bytes(&mut content_key);
        (algorithm, content_key)
    }
}

/// RecipientInfos, and the version that EnvelopedData has because of them.
struct Recipients {
    version: u32,
    infos: Vec<Vec<u8>>,
    /// unauthAttrs of an AuthEnvelopedData, encoded; mostly empty.
    #[cfg(feature = "more")]
    unprotected: Vec<u8>,
}

impl Recipients {
    fn new(version: u32, infos: Vec<Vec<u8>>) -> Self {
        Self {
            version,
            infos,
            #[cfg(feature = "more")]
            unprotected: Vec::new(),
        }
    }
}

async fn finish(backend: &dyn Backend, content: Vec<u8>, prepared: Prepared) -> Result<SealedEnvelope> {
    let Prepared { recipients, algorithm, content_key } = prepared;
    #[cfg(feature = "more")]
    let unprotected = recipients.unprotected.as_slice();
    #[cfg(not(feature = "more"))]
    let unprotected = &[];
    let der = if algorithm.cipher.is_authenticated() {
        let (ciphertext, tag) = backend.seal_authenticated(&algorithm, &content_key, &[], content).await?;
        auth_enveloped_data::write(recipients.infos, &algorithm, &ciphertext, &tag, unprotected)
    } else {
        let ciphertext = backend.encrypt(&algorithm, &content_key, content).await?;
        enveloped_data::write(recipients.version, recipients.infos, &algorithm, &ciphertext)
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
