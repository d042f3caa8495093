//! AES-GCM with a nonce of other than 96 bits (SP 800-38D §7.1): it is hashed down to the first counter.

use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipher};
use aes_gcm::aead::consts::U16;
use ctr::{Ctr32BE, CtrCore};
use ghash::{GHash, universal_hash::UniversalHash};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::aead::Beside;

type Block = aes::cipher::array::Array<u8, U16>;

/// Key, hash key and first counter of one message.
struct Gcm<C> {
    block: C,
    ghash: GHash,
    first: Block,
}

/// Seals in place and gives the tag of 16 octets; `None` when the key does not fit.
pub(super) fn seal<C>(key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<Vec<u8>>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let gcm = Gcm::<C>::new(key, beside.nonce)?;
    gcm.apply_key_stream(buffer)?;
    Some(gcm.tag(beside.associated, buffer)?.to_vec())
}

/// Opens in place; the buffer is untouched when the tag is wrong.
pub(super) fn open<C>(key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<()>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let gcm = Gcm::<C>::new(key, beside.nonce)?;
    let tag = gcm.tag(beside.associated, buffer)?;
    // Its caller has checked that the tag's length is the one in the parameters.
    let expected = tag.get(..beside.tag.len()).filter(|tag| !tag.is_empty())?;
    if !bool::from(expected.ct_eq(beside.tag)) {
        return None;
    }
    gcm.apply_key_stream(buffer)
}

impl<C> Gcm<C>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    fn new(key: &[u8], nonce: &[u8]) -> Option<Self> {
        let block = C::new_from_slice(key).ok()?;
        let mut hash_key = Block::default();
        block.encrypt_block(&mut hash_key);
        let ghash = GHash::new(&hash_key);
        hash_key.zeroize();
        let mut over_nonce = ghash.clone();
        over_nonce.update_padded(nonce);
        over_nonce.update(&[lengths(&[], nonce)?]);
        Some(Self { block, ghash, first: over_nonce.finalize() })
    }

    /// The content's key stream begins with the counter after the first (SP 800-38D §7.1, step 3).
    fn apply_key_stream(&self, buffer: &mut [u8]) -> Option<()> {
        let mut stream = Ctr32BE::from_core(CtrCore::inner_iv_init(&self.block, &self.first));
        stream.try_apply_keystream(&mut Block::default()).ok()?;
        stream.try_apply_keystream(buffer).ok()
    }

    fn tag(&self, associated: &[u8], ciphertext: &[u8]) -> Option<Block> {
        let mut ghash = self.ghash.clone();
        ghash.update_padded(associated);
        ghash.update_padded(ciphertext);
        ghash.update(&[lengths(associated, ciphertext)?]);
        let mut mask = self.first;
        self.block.encrypt_block(&mut mask);
        let mut tag = ghash.finalize();
        tag.iter_mut().zip(&mask).for_each(|(octet, mask)| *octet ^= mask);
        Some(tag)
    }
}

/// Both lengths in bits, 64 bits each.
fn lengths(associated: &[u8], content: &[u8]) -> Option<Block> {
    let bits = |octets: &[u8]| u64::try_from(octets.len()).ok()?.checked_mul(8).map(u64::to_be_bytes);
    let both = [bits(associated)?, bits(content)?].concat();
    Block::try_from(&both[..]).ok()
}
