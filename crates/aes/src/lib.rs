//! AES (FIPS 197), eight blocks at a time and in constant time: the sixteen octets of a block lie side by side in one lane of
//! 128 bits, bit by bit in eight planes (Käsper and Schwabe, CHES 2009). No address and no branch depends on key or content.
//!
//! Made for WebAssembly, which has such lanes and no instruction for AES. Where a processor has one, the crate `aes` is many
//! times faster and belongs there; without lanes this one still gives the right answer. A single block takes as long as eight:
//! it is for modes whose blocks do not wait for each other, which are CBC in decryption and CTR, and so GCM.
//!
//! It stands behind the traits of the crate `cipher`, so that the modes of operation of others take it as they take `aes`.

mod block;
mod key;
mod lane;
mod planes;
mod sbox;
#[cfg(test)]
mod tests;

pub use aes::cipher;

use aes::cipher::consts::{U8, U16, U24, U32};
use aes::cipher::{
    AlgorithmName, Block, BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt,
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, InOut, Key, KeyInit,
    KeySizeUser, ParBlocks, ParBlocksSizeUser,
};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use self::key::RoundKey;

/// AES with as many round keys as its key length asks for. They are wiped on drop.
#[derive(Clone)]
pub struct Aes<const ROUND_KEYS: usize> {
    round_keys: [RoundKey; ROUND_KEYS],
}

/// AES with a key of 128 bits.
pub type Aes128 = Aes<11>;

/// AES with a key of 192 bits.
pub type Aes192 = Aes<13>;

/// AES with a key of 256 bits.
pub type Aes256 = Aes<15>;

impl<const ROUND_KEYS: usize> core::fmt::Debug for Aes<ROUND_KEYS> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Aes(redacted)")
    }
}

impl<const ROUND_KEYS: usize> Drop for Aes<ROUND_KEYS> {
    fn drop(&mut self) {
        for round_key in &mut self.round_keys {
            bytemuck::bytes_of_mut(round_key).zeroize();
        }
    }
}

impl<const ROUND_KEYS: usize> ZeroizeOnDrop for Aes<ROUND_KEYS> {}

impl<const ROUND_KEYS: usize> BlockSizeUser for Aes<ROUND_KEYS> {
    type BlockSize = U16;
}

impl<const ROUND_KEYS: usize> ParBlocksSizeUser for Aes<ROUND_KEYS> {
    type ParBlocksSize = U8;
}

impl KeySizeUser for Aes128 {
    type KeySize = U16;
}

impl KeySizeUser for Aes192 {
    type KeySize = U24;
}

impl KeySizeUser for Aes256 {
    type KeySize = U32;
}

impl<const ROUND_KEYS: usize> KeyInit for Aes<ROUND_KEYS>
where
    Self: KeySizeUser,
{
    fn new(key: &Key<Self>) -> Self {
        Self { round_keys: key::expand(key) }
    }
}

impl<const ROUND_KEYS: usize> BlockCipherEncrypt for Aes<ROUND_KEYS> {
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        f.call(self);
    }
}

impl<const ROUND_KEYS: usize> BlockCipherDecrypt for Aes<ROUND_KEYS> {
    fn decrypt_with_backend(&self, f: impl BlockCipherDecClosure<BlockSize = U16>) {
        f.call(self);
    }
}

impl<const ROUND_KEYS: usize> BlockCipherEncBackend for Aes<ROUND_KEYS> {
    fn encrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
        let mut blocks = ParBlocks::<Self>::default();
        blocks.0[0] = *block.get_in();
        *block.get_out() = block::encrypt(&self.round_keys, &blocks).0[0];
    }

    fn encrypt_par_blocks(&self, mut blocks: InOut<'_, '_, ParBlocks<Self>>) {
        *blocks.get_out() = block::encrypt(&self.round_keys, blocks.get_in());
    }
}

impl<const ROUND_KEYS: usize> BlockCipherDecBackend for Aes<ROUND_KEYS> {
    fn decrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
        let mut blocks = ParBlocks::<Self>::default();
        blocks.0[0] = *block.get_in();
        *block.get_out() = block::decrypt(&self.round_keys, &blocks).0[0];
    }

    fn decrypt_par_blocks(&self, mut blocks: InOut<'_, '_, ParBlocks<Self>>) {
        *blocks.get_out() = block::decrypt(&self.round_keys, blocks.get_in());
    }
}

impl<const ROUND_KEYS: usize> AlgorithmName for Aes<ROUND_KEYS> {
    fn write_alg_name(f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AES")
    }
}
