//! Symmetric keys and the one AEAD form everything of ours at rest has: AES-256-GCM, nonce first (RFC 5116).

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::generator::Generator;

/// Octets of a key (AES-256).
pub const KEY: usize = 32;
/// Octets of a nonce (RFC 5116 §5.1); random, so a key seals at most 2^32 times, which nobody's vault comes near.
const NONCE: usize = 12;

/// The ciphertext does not open under this key and these associated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("does not open")]
pub struct DoesNotOpen;

/// A symmetric key: wiped on drop, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; KEY]);

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(…)")
    }
}

impl Key {
    /// A new random key.
    pub fn generate(rng: &mut Generator) -> Self {
        Self(rng.array())
    }

    /// A key read from what a sealed document held; none when its length is wrong.
    pub fn read(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self)
    }

    /// HKDF-SHA256 (RFC 5869) of a secret; `info` separates purposes.
    pub fn derive(secret: &[u8], info: &str) -> Self {
        let mut out = [0; KEY];
        // 32 octets are far below the limit of 255 hash lengths, the only failure there is.
        let _ = Hkdf::<Sha256>::new(None, secret).expand(info.as_bytes(), &mut out);
        Self(out)
    }

    /// A key below this one.
    pub fn derive_child(&self, info: &str) -> Self {
        Self::derive(&self.0, info)
    }

    /// The octets, to be sealed inside another document.
    pub fn expose(&self) -> &[u8; KEY] {
        &self.0
    }

    /// Seals `plain`, bound to `context`.
    pub fn seal(&self, context: &Context, plain: &[u8], rng: &mut Generator) -> Vec<u8> {
        let nonce: [u8; NONCE] = rng.array();
        let payload = Payload { msg: plain, aad: &context.0 };
        // Fails only above 64 GiB, which no caller can hold in memory.
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload).unwrap_or_default();
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Key::seal`] made with the same context.
    ///
    /// # Errors
    /// One opaque error for whatever is wrong.
    pub fn open(&self, context: &Context, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(DoesNotOpen)?;
        let payload = Payload { msg: body, aad: &context.0 };
        self.cipher().decrypt(&Nonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| DoesNotOpen)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.0.into())
    }
}

/// Associated data: what a sealed document is, whose it is and which one, unambiguous by length prefixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context(Vec<u8>);

impl Context {
    /// Begins with what the document is.
    pub fn of(purpose: &str) -> Self {
        Self(Vec::new()).and(purpose.as_bytes())
    }

    /// Binds one more fact.
    #[must_use]
    pub fn and(mut self, fact: &[u8]) -> Self {
        let length = u64::try_from(fact.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(fact);
        self
    }

    /// Binds a number.
    #[must_use]
    pub fn and_number(self, number: u64) -> Self {
        self.and(&number.to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{NoRandomness, Randomness};

    struct Counting(std::cell::Cell<u8>);

    impl Randomness for Counting {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
            self.0.set(self.0.get().wrapping_add(1));
            out.fill(self.0.get());
            Ok(())
        }
    }

    #[test]
    fn opens_only_under_the_same_key_and_context() {
        let mut rng = Generator::seeded(&Counting(std::cell::Cell::new(0))).unwrap();
        let key = Key::generate(&mut rng);
        let context = Context::of("test").and(b"a@example.org").and_number(3);
        let mut sealed = key.seal(&context, b"bonjour", &mut rng);
        assert_eq!(*key.open(&context, &sealed).unwrap(), b"bonjour");
        assert!(key.open(&Context::of("test").and(b"a@example.org").and_number(4), &sealed).is_err());
        assert!(Key::generate(&mut rng).open(&context, &sealed).is_err());
        *sealed.last_mut().unwrap() ^= 1;
        assert!(key.open(&context, &sealed).is_err());
        assert!(key.open(&context, &[]).is_err());
    }

    #[test]
    fn facts_cannot_be_shifted_into_each_other() {
        assert_ne!(Context::of("x").and(b"ab").and(b"c"), Context::of("x").and(b"a").and(b"bc"));
    }

    #[test]
    fn a_key_is_not_printed() {
        let key = Key::derive(b"secret", "test");
        assert_eq!(format!("{key:?}"), "Key(…)");
    }
}
