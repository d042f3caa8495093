//! What a reader holds to open envelopes with, and the one loop that tries it.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::recipients::{Candidate, RecipientInfo};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::x509::Identity;

/// Most keys that are tried on one envelope, each a private-key operation and a look at the content. Somebody with the
/// old and the new key of several roles needs fewer; a hostile envelope could name one key a thousand times.
pub const MAX_ATTEMPTS: usize = 16;

/// Everything that may open an envelope. The caller's own; nothing in it comes from a message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keyring<'a> {
    /// Private keys with their certificates, older ones included.
    pub identities: &'a [Identity],
    /// Keys shared with the sender, for KEKRecipientInfo and EncryptedData.
    pub keks: &'a [KeyEncryptionKey],
    /// Pass phrases shared with the sender, for PasswordRecipientInfo.
    pub passwords: &'a [RecipientPassword],
}

/// A key shared with the sender (RFC 5652 §6.2.3, §8). Wiped on drop; prints only its length.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyEncryptionKey {
    key: Zeroizing<Vec<u8>>,
    identifier: Option<Vec<u8>>,
}

impl KeyEncryptionKey {
    /// A key, and the identifier under which envelopes name it. Without one it is tried wherever its length fits.
    #[must_use]
    pub fn new(key: &[u8], identifier: Option<&[u8]>) -> Self {
        Self { key: Zeroizing::new(key.to_vec()), identifier: identifier.map(<[u8]>::to_vec) }
    }

    /// The identifier, when the key has one.
    #[must_use]
    pub fn identifier(&self) -> Option<&[u8]> {
        self.identifier.as_deref()
    }

    #[cfg(feature = "more")]
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }
}

impl core::fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "KeyEncryptionKey({} octets, redacted)", self.key.len())
    }
}

/// A pass phrase shared with the sender (RFC 5652 §6.2.4). Wiped on drop; does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct RecipientPassword(Zeroizing<Vec<u8>>);

impl RecipientPassword {
    /// A pass phrase; its UTF-8 octets enter the key derivation.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[cfg(feature = "more")]
    pub(crate) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl core::fmt::Debug for RecipientPassword {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecipientPassword(redacted)")
    }
}

impl Keyring<'_> {
    /// Tries every own key on every recipient that is named like it, until `attempt` opens something with what came
    /// out. Nobody learns which key failed, or why: a recipient that gives no key costs an attempt like one that gives a
    /// wrong key.
    ///
    /// `decoy` is a random key, as long as the content key has to be ([`decoy`]).
    ///
    /// # Errors
    /// `NotForThisKey` when no recipient is named like an own key, or the public fact that keeps the only ones that are
    /// from being tried. `Decrypt` for everything that depends on a key.
    pub(crate) async fn unlock<T>(
        &self,
        backend: &dyn Backend,
        recipients: &[RecipientInfo<'_>],
        decoy: &[u8],
        rng: &mut impl CryptoRng,
        attempt: &impl AsyncFn(&[u8]) -> Result<T>,
    ) -> Result<(T, Candidate)> {
        let mut tries = Tries { attempts: 0, decoy, fact: None };
        for identity in self.identities {
            for recipient in recipients {
                tries.check()?;
                let recovered = recipient.recover(backend, identity, decoy.len(), rng).await;
                if let Some(done) = tries.take(recovered, attempt).await {
                    return Ok(done);
                }
            }
        }
        #[cfg(feature = "more")]
        if let Some(done) = self.unlock_shared(backend, recipients, &mut tries, attempt).await? {
            return Ok(done);
        }
        Err(tries.failure())
    }

    /// [`Self::unlock`] with what is shared with the sender.
    #[cfg(feature = "more")]
    async fn unlock_shared<T>(
        &self,
        backend: &dyn Backend,
        recipients: &[RecipientInfo<'_>],
        tries: &mut Tries<'_>,
        attempt: &impl AsyncFn(&[u8]) -> Result<T>,
    ) -> Result<Option<(T, Candidate)>> {
        let mut rounds = super::password_recipient::MAX_ROUNDS;
        for recipient in recipients {
            for kek in self.keks {
                tries.check()?;
                if let Some(done) = tries.take(recipient.recover_kek(kek), attempt).await {
                    return Ok(Some(done));
                }
            }
            for password in self.passwords {
                tries.check()?;
                let recovered = recipient.recover_password(backend, password, &mut rounds).await;
                if let Some(done) = tries.take(recovered, attempt).await {
                    return Ok(Some(done));
                }
            }
        }
        Ok(None)
    }
}

/// A random key of that many octets.
pub(crate) fn decoy(key_bytes: usize, rng: &mut impl CryptoRng) -> Zeroizing<Vec<u8>> {
    let mut decoy = Zeroizing::new(vec![0; key_bytes]);
    rng.fill_bytes(&mut decoy);
    decoy
}

/// How often was tried, and what kept the rest from it.
struct Tries<'a> {
    attempts: usize,
    /// Tried instead of the key that a recipient did not give: whoever counts our work must not learn that it was none.
    decoy: &'a [u8],
    /// What about a recipient named like an own key is not supported, which everybody can see.
    fact: Option<Error>,
}

impl Tries<'_> {
    fn check(&self) -> Result<()> {
        if self.attempts == MAX_ATTEMPTS { Err(Error::Decrypt) } else { Ok(()) }
    }

    /// `recovered` is `None` for somebody else's recipient.
    async fn take<T>(
        &mut self,
        recovered: Option<Result<Candidate>>,
        attempt: &impl AsyncFn(&[u8]) -> Result<T>,
    ) -> Option<(T, Candidate)> {
        let candidate = match recovered? {
            Ok(candidate) => Some(candidate),
            Err(Error::Decrypt) => None,
            Err(fact) => {
                if self.fact != Some(Error::Unreachable) {
                    self.fact = Some(fact);
                }
                return None;
            }
        };
        self.attempts = self.attempts.saturating_add(1);
        let key = candidate.as_ref().map_or(self.decoy, |candidate| &candidate.key);
        let opened = attempt(key).await.ok()?;
        Some((opened, candidate?))
    }

    fn failure(self) -> Error {
        match self.fact {
            // Nobody has tried yet, whatever became of other keys.
            Some(Error::Unreachable) => Error::Unreachable,
            _ if self.attempts > 0 => Error::Decrypt,
            Some(fact) => fact,
            None => Error::NotForThisKey,
        }
    }
}
