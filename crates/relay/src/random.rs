//! Randomness from the operating system.

use rand_core_06::{CryptoRng, Error, RngCore, impls};

/// The operating system's generator, for the interfaces of `rand_core` 0.6 that OPAQUE asks for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemRng;

impl RngCore for SystemRng {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    #[expect(
        clippy::panic,
        reason = "without randomness the relay must not go on; Linux gives none only at early boot"
    )]
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        #[cfg(feature = "simulation")]
        if crate::simulated::fill(bytes) {
            return;
        }
        if let Err(error) = getrandom::fill(bytes) {
            panic!("no randomness from the operating system: {error}");
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for SystemRng {}

/// So many random bytes.
pub(crate) fn generate_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRng.fill_bytes(&mut bytes);
    bytes
}
