//! A generator of the two kinds our libraries ask for, seeded from the machine's own.
//!
//! The machine's generator can fail; the libraries' traits cannot say so. Failing happens here, once, when the seed is
//! drawn; what follows is SHA-512 over seed and counter, which cannot fail.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::world::{NoRandomness, Randomness};

/// Seed length: as long as the hash's output, so that nothing of the machine's entropy is lost.
const SEED: usize = 64;

/// A generator for one operation; wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Generator {
    seed: [u8; SEED],
    counter: u64,
    block: [u8; SEED],
    used: usize,
}

impl Generator {
    /// Draws a seed.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn seeded(randomness: &dyn Randomness) -> Result<Self, NoRandomness> {
        let mut seed = [0; SEED];
        randomness.fill(&mut seed)?;
        Ok(Self { seed, counter: 0, block: [0; SEED], used: SEED })
    }

    /// A fresh array, for keys and nonces.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    fn fill(&mut self, out: &mut [u8]) {
        for octet in out {
            if self.used >= SEED {
                self.refill();
            }
            *octet = self.block.get(self.used).copied().unwrap_or_default();
            self.used += 1;
        }
    }

    fn refill(&mut self) {
        let mut hash = Sha512::new();
        hash.update(self.seed);
        hash.update(self.counter.to_be_bytes());
        self.block.copy_from_slice(&hash.finalize());
        self.counter += 1;
        self.used = 0;
    }
}

impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.array()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Generator {}

impl rand_core_06::RngCore for Generator {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.fill(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill(out);
        Ok(())
    }
}

impl rand_core_06::CryptoRng for Generator {}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Randomness for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
            out.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn the_seed_decides_and_nothing_repeats() {
        let mut one = Generator::seeded(&Fixed(1)).unwrap();
        let mut same = Generator::seeded(&Fixed(1)).unwrap();
        let mut other = Generator::seeded(&Fixed(2)).unwrap();
        let long: [u8; 200] = one.array();
        assert_eq!(long, same.array());
        assert_ne!(long, other.array());
        assert_ne!(long[..64], long[64..128]);
    }
}
