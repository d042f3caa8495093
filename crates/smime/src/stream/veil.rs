//! Octets that may have to wait on a disk, hidden under a key that is nowhere else.

use std::rc::Rc;

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Source, View};
use crate::backend::Promise;

/// A fresh key for one heap of octets. It hides them (ChaCha20, RFC 8439 §2.4) and authenticates nothing: whoever can change
/// what is parked could change the letter before. Forgotten on drop, and what was parked with it.
pub struct Veil(Zeroizing<[u8; 32]>);

impl Veil {
    /// Makes a key.
    #[must_use]
    pub fn new(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    /// Hides, or shows again, what stands at `offset`. Each place is to be written once.
    pub fn apply(&self, offset: u64, octets: &mut [u8]) {
        let mut stream = ChaCha20::new(&(*self.0).into(), &[0; 12].into());
        stream.seek(offset);
        stream.apply_keystream(octets);
    }

    /// The octets behind the veil.
    #[must_use]
    pub fn over(self, hidden: View) -> View {
        Rc::new(Veiled { hidden, veil: self })
    }
}

impl core::fmt::Debug for Veil {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Veil(redacted)")
    }
}

struct Veiled {
    hidden: View,
    veil: Veil,
}

impl Source for Veiled {
    fn len(&self) -> u64 {
        self.hidden.len()
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        Box::pin(async move {
            let read = self.hidden.read_at(offset, buffer).await?;
            self.veil.apply(offset, buffer.get_mut(..read).unwrap_or_default());
            Ok(read)
        })
    }
}
