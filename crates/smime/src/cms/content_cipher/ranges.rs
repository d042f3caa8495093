//! The content ciphers for content that is read by ranges: authenticated in one pass, decrypted at any place.
//!
//! AES-GCM is CTR beside GHASH (SP 800-38D §7), ChaCha20-Poly1305 the same with its own pair (RFC 8439 §2.8); a block of CBC
//! needs only the block before it.

use std::rc::Rc;

use aes::cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser,
    InnerIvInit, KeyInit, KeyIvInit, StreamCipher, StreamCipherSeek, consts::U16,
};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use poly1305::Poly1305;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::aead::Beside;
use super::parallel::{Aes128, Aes192, Aes256};
use super::{Cipher, ContentAlgorithm, GCM_NONCE_BYTES};
use crate::backend::Promise;
use crate::error::{Error, Limit, Result};
use crate::stream::{Source, View, WINDOW, Windows, fill, read_range, to_u64, to_usize};

/// Octets of a block of AES and of what both hashes take at once.
const BLOCK: usize = 16;

/// Most octets under one nonce: 2³² − 2 blocks of AES (SP 800-38D §5.2.1.1). ChaCha20 could do four times as many.
const MAX_OCTETS: u64 = (1 << 36) - 32;

/// An AEAD with its key and nonce.
pub(crate) struct RangedAead {
    keystream: Rc<dyn Keystream>,
    mac: Mac,
}

/// The key stream of content, at any place.
pub(crate) trait Keystream {
    /// Encrypts or decrypts what stands at `offset` of the content.
    fn apply(&self, offset: u64, data: &mut [u8]);
}

struct Ctr<C> {
    cipher: C,
    /// J₀, the counter block of the tag; content begins at the next.
    first: [u8; BLOCK],
}

impl<C> Keystream for Ctr<C>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + Clone,
{
    fn apply(&self, offset: u64, data: &mut [u8]) {
        let mut stream = ctr::Ctr32BE::<C>::from_core(ctr::CtrCore::inner_iv_init(
            self.cipher.clone(),
            &self.first.into(),
        ));
        stream.seek(offset.saturating_add(to_u64(BLOCK)));
        stream.apply_keystream(data);
    }
}

struct ChaCha {
    key: Zeroizing<[u8; 32]>,
    nonce: [u8; GCM_NONCE_BYTES],
}

impl ChaCha {
    fn stream(&self) -> chacha20::ChaCha20 {
        chacha20::ChaCha20::new(&(*self.key).into(), &self.nonce.into())
    }
}

/// Octets of a block of ChaCha20; the first makes the key of Poly1305.
const CHACHA_BLOCK: u64 = 64;

impl Keystream for ChaCha {
    fn apply(&self, offset: u64, data: &mut [u8]) {
        let mut stream = self.stream();
        stream.seek(offset.saturating_add(CHACHA_BLOCK));
        stream.apply_keystream(data);
    }
}

/// The tag under way.
pub(crate) struct Mac {
    hash: Hash,
    /// Added to the hash at the end; nothing for Poly1305, which does that itself.
    mask: [u8; BLOCK],
    associated: u64,
    content: u64,
}

#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::large_enum_variant, reason = "there is one of it at a time")
)]
enum Hash {
    Ghash(GHash),
    Poly1305(Poly1305),
}

impl Mac {
    fn new(hash: Hash, mask: [u8; BLOCK], associated: &[u8]) -> Self {
        let mut mac = Self { hash, mask, associated: to_u64(associated.len()), content: 0 };
        mac.hash_padded(associated);
        mac
    }

    /// Takes ciphertext in pieces that all, but the last, consist of whole blocks.
    fn update(&mut self, ciphertext: &[u8]) {
        self.content = self.content.saturating_add(to_u64(ciphertext.len()));
        self.hash_padded(ciphertext);
    }

    fn hash_padded(&mut self, octets: &[u8]) {
        match &mut self.hash {
            Hash::Ghash(hash) => hash.update_padded(octets),
            Hash::Poly1305(hash) => hash.update_padded(octets),
        }
    }

    /// Whether this, which is untrusted and as long as the algorithm says, is the beginning of the tag.
    fn fits(self, tag: &[u8]) -> bool {
        let right = self.finish();
        right.get(..tag.len()).is_some_and(|right| !right.is_empty() && bool::from(right.ct_eq(tag)))
    }

    fn finish(mut self) -> [u8; BLOCK] {
        let (associated, content) = (self.associated, self.content);
        let lengths = match self.hash {
            Hash::Ghash(_) => [associated, content].map(|octets| octets.saturating_mul(8).to_be_bytes()),
            Hash::Poly1305(_) => [associated, content].map(u64::to_le_bytes),
        };
        self.hash_padded(lengths.as_flattened());
        let hash: [u8; BLOCK] = match self.hash {
            Hash::Ghash(hash) => hash.finalize().into(),
            Hash::Poly1305(hash) => hash.finalize().into(),
        };
        core::array::from_fn(|at| {
            hash.get(at).copied().unwrap_or_default() ^ self.mask.get(at).copied().unwrap_or_default()
        })
    }
}

/// J₀ (SP 800-38D §7.1): a nonce of 96 bits with the counter 1 behind it, any other hashed with its length.
fn first_counter(ghash: &GHash, nonce: &[u8]) -> [u8; BLOCK] {
    if let Ok([a, b, c, d, e, f, g, h, i, j, k, l]) = <[u8; GCM_NONCE_BYTES]>::try_from(nonce) {
        return [a, b, c, d, e, f, g, h, i, j, k, l, 0, 0, 0, 1];
    }
    let mut over_nonce = Mac::new(Hash::Ghash(ghash.clone()), [0; BLOCK], &[]);
    over_nonce.update(nonce);
    over_nonce.finish()
}

impl RangedAead {
    /// `None` for a cipher that is none of the two, and for a key that does not fit.
    pub(crate) fn new(algorithm: &ContentAlgorithm, key: &[u8], associated: &[u8]) -> Option<Self> {
        let key = algorithm.effective_key(key);
        let beside = Beside { nonce: algorithm.iv(), associated, tag: &[] };
        match algorithm.cipher {
            Cipher::Aes128Gcm => Some(Self::gcm(Aes128::new_from_slice(&key).ok()?, &beside)),
            Cipher::Aes192Gcm => Some(Self::gcm(Aes192::new_from_slice(&key).ok()?, &beside)),
            Cipher::Aes256Gcm => Some(Self::gcm(Aes256::new_from_slice(&key).ok()?, &beside)),
            Cipher::ChaCha20Poly1305 => Self::chacha(&key, beside.nonce.try_into().ok()?, associated),
            _ => None,
        }
    }

    /// AES-GCM with a nonce of any length.
    pub(super) fn gcm<C>(cipher: C, beside: &Beside<'_>) -> Self
    where
        C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + Clone + 'static,
    {
        let mut subkey = Array::from([0; BLOCK]);
        cipher.encrypt_block(&mut subkey);
        let ghash = GHash::new(&subkey);
        subkey.zeroize();
        let first = first_counter(&ghash, beside.nonce);
        let mut mask = Array::from(first);
        cipher.encrypt_block(&mut mask);
        let mac = Mac::new(Hash::Ghash(ghash), mask.into(), beside.associated);
        Self { keystream: Rc::new(Ctr { cipher, first }), mac }
    }

    /// Seals what is in memory, and gives its tag.
    pub(super) fn seal_at_once(mut self, buffer: &mut [u8]) -> [u8; BLOCK] {
        self.keystream.apply(0, buffer);
        self.mac.update(buffer);
        self.mac.finish()
    }

    /// Opens what is in memory; it is untouched when the tag is wrong.
    pub(super) fn open_at_once(mut self, tag: &[u8], buffer: &mut [u8]) -> Option<()> {
        self.mac.update(buffer);
        if !self.mac.fits(tag) {
            return None;
        }
        self.keystream.apply(0, buffer);
        Some(())
    }

    fn chacha(key: &[u8], nonce: [u8; GCM_NONCE_BYTES], associated: &[u8]) -> Option<Self> {
        let chacha = ChaCha { key: Zeroizing::new(key.try_into().ok()?), nonce };
        let mut mac_key = Zeroizing::new([0; 32]);
        chacha.stream().apply_keystream(mac_key.as_mut_slice());
        let hash = Poly1305::new(&(*mac_key).into());
        let mac = Mac::new(Hash::Poly1305(hash), [0; BLOCK], associated);
        Some(Self { keystream: Rc::new(chacha), mac })
    }

    /// Reads all of the ciphertext and gives the plaintext when the tag is right: readable at any place, decrypted when it is
    /// read.
    ///
    /// # Errors
    /// `Decrypt` for a wrong tag, `Storage`.
    pub(crate) async fn open(self, ciphertext: &View, tag: &[u8]) -> Result<View> {
        if ciphertext.len() > MAX_OCTETS {
            return Err(Error::LimitExceeded { limit: Limit::InputSize });
        }
        let Self { keystream, mut mac } = self;
        let mut windows = Windows::new(ciphertext.as_ref());
        while let Some(window) = windows.next().await? {
            mac.update(window);
        }
        if mac.fits(tag) {
            Ok(Rc::new(Deciphered { inner: ciphertext.clone(), keystream }))
        } else {
            Err(Error::Decrypt)
        }
    }

    /// A writer of ciphertext, which takes the content in order.
    ///
    /// # Errors
    /// `LimitExceeded` for more content than one nonce may be used for.
    pub(crate) fn sealer(self, length: u64) -> Result<Sealer> {
        if length > MAX_OCTETS {
            return Err(Error::LimitExceeded { limit: Limit::InputSize });
        }
        Ok(Sealer::Aead { keystream: self.keystream, mac: Box::new(self.mac), at: 0 })
    }
}

/// What a stream cipher hides.
struct Deciphered {
    inner: View,
    keystream: Rc<dyn Keystream>,
}

impl Source for Deciphered {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        Box::pin(async move {
            let read = self.inner.read_at(offset, buffer).await?;
            self.keystream.apply(offset, buffer.get_mut(..read).unwrap_or_default());
            Ok(read)
        })
    }
}

/// A block cipher in CBC mode, from any block on.
pub(crate) trait Cbc {
    fn block_bytes(&self) -> usize;

    /// Decrypts whole blocks that follow on `before`.
    fn decrypt(&self, before: &[u8], blocks: &mut [u8]) -> Option<()>;

    /// Encrypts whole blocks that follow on `before`.
    fn encrypt(&self, before: &[u8], blocks: &mut [u8]) -> Option<()>;
}

struct Block<C>(C);

impl<C> Cbc for Block<C>
where
    C: BlockCipherDecrypt + BlockCipherEncrypt + Clone,
    cbc::Decryptor<C>: InnerIvInit<Inner = C> + BlockModeDecrypt,
    cbc::Encryptor<C>: InnerIvInit<Inner = C> + BlockModeEncrypt,
{
    fn block_bytes(&self) -> usize {
        C::block_size()
    }

    fn decrypt(&self, before: &[u8], blocks: &mut [u8]) -> Option<()> {
        let mut mode = cbc::Decryptor::<C>::inner_iv_slice_init(self.0.clone(), before).ok()?;
        let (blocks, rest) = Array::slice_as_chunks_mut(blocks);
        mode.decrypt_blocks(blocks);
        rest.is_empty().then_some(())
    }

    fn encrypt(&self, before: &[u8], blocks: &mut [u8]) -> Option<()> {
        let mut mode = cbc::Encryptor::<C>::inner_iv_slice_init(self.0.clone(), before).ok()?;
        let (blocks, rest) = Array::slice_as_chunks_mut(blocks);
        mode.encrypt_blocks(blocks);
        rest.is_empty().then_some(())
    }
}

fn block_cipher(algorithm: &ContentAlgorithm, key: &[u8]) -> Option<Rc<dyn Cbc>> {
    let key = algorithm.effective_key(key);
    Some(match algorithm.cipher {
        Cipher::Aes128Cbc => Rc::new(Block(Aes128::new_from_slice(&key).ok()?)),
        Cipher::Aes192Cbc => Rc::new(Block(Aes192::new_from_slice(&key).ok()?)),
        Cipher::Aes256Cbc => Rc::new(Block(Aes256::new_from_slice(&key).ok()?)),
        Cipher::TripleDesCbc => Rc::new(Block(des::TdesEde3::new_from_slice(&key).ok()?)),
        _ => return None,
    })
}

/// Whether content can be read by ranges.
pub(crate) fn is_ranged(cipher: Cipher) -> bool {
    matches!(
        cipher,
        Cipher::Aes128Gcm
            | Cipher::Aes192Gcm
            | Cipher::Aes256Gcm
            | Cipher::ChaCha20Poly1305
            | Cipher::Aes128Cbc
            | Cipher::Aes192Cbc
            | Cipher::Aes256Cbc
            | Cipher::TripleDesCbc
    )
}

/// The plaintext of CBC content, once the padding at its end is right (RFC 5652 §6.3). Nothing vouches for the rest.
///
/// # Errors
/// `Decrypt` for every fault, `Storage`.
pub(crate) async fn open_cbc(algorithm: &ContentAlgorithm, key: &[u8], ciphertext: &View) -> Result<View> {
    let cbc = block_cipher(algorithm, key).ok_or(Error::Decrypt)?;
    let block = to_u64(cbc.block_bytes());
    let sealed = ciphertext.len();
    if sealed == 0 || sealed.checked_rem(block) != Some(0) {
        return Err(Error::Decrypt);
    }
    let plain = CbcPlain { inner: ciphertext.clone(), cbc, iv: algorithm.iv().to_vec(), length: sealed };
    let last = read_range(&plain, sealed.saturating_sub(block), to_usize(block)?).await?;
    let count = last.last().copied().unwrap_or_default();
    let padding = last.iter().rev().take(usize::from(count));
    let right = (1..=block).contains(&u64::from(count)) && padding.copied().all(|octet| octet == count);
    if !right {
        return Err(Error::Decrypt);
    }
    Ok(Rc::new(CbcPlain { length: sealed.saturating_sub(u64::from(count)), ..plain }))
}

struct CbcPlain {
    inner: View,
    cbc: Rc<dyn Cbc>,
    iv: Vec<u8>,
    length: u64,
}

impl CbcPlain {
    async fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let block = to_u64(self.cbc.block_bytes());
        let wanted = to_u64(buffer.len().min(WINDOW)).min(self.length.saturating_sub(offset));
        if wanted == 0 {
            return Ok(0);
        }
        let start = offset.saturating_sub(offset.checked_rem(block).unwrap_or_default());
        let end = offset.saturating_add(wanted).div_ceil(block).saturating_mul(block);
        let mut blocks = Zeroizing::new(vec![0; to_usize(end.saturating_sub(start))?]);
        let before = match start.checked_sub(block) {
            Some(at) => read_range(self.inner.as_ref(), at, self.cbc.block_bytes()).await?,
            None => Zeroizing::new(self.iv.clone()),
        };
        if fill(self.inner.as_ref(), start, &mut blocks).await? != blocks.len() {
            return Err(Error::Storage);
        }
        self.cbc.decrypt(&before, &mut blocks).ok_or(Error::Decrypt)?;
        let skip = to_usize(offset.saturating_sub(start))?;
        let found = blocks.get(skip..).unwrap_or_default();
        let found = found.get(..to_usize(wanted)?).unwrap_or(found);
        Ok(crate::stream::view::copy_some(found, buffer))
    }
}

impl Source for CbcPlain {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        Box::pin(self.read(offset, buffer))
    }
}

/// Encrypts content that comes in order.
pub(crate) enum Sealer {
    /// Ciphertext as long as the content, and a tag.
    Aead { keystream: Rc<dyn Keystream>, mac: Box<Mac>, at: u64 },
    /// Whole blocks, padded at the end.
    Cbc { cbc: Rc<dyn Cbc>, before: Vec<u8> },
}

impl Sealer {
    /// For an algorithm of an envelope to be made.
    ///
    /// # Errors
    /// `AlgorithmParameters` for one that is not written, or a key that does not fit; `LimitExceeded`.
    pub(crate) fn new(algorithm: &ContentAlgorithm, key: &[u8], length: u64) -> Result<Self> {
        let bad = Error::AlgorithmParameters { oid: algorithm.cipher.oid() };
        if algorithm.cipher.is_authenticated() {
            return RangedAead::new(algorithm, key, &[]).ok_or(bad)?.sealer(length);
        }
        let cbc = block_cipher(algorithm, key).ok_or(bad)?;
        Ok(Self::Cbc { cbc, before: algorithm.iv().to_vec() })
    }

    /// How long the ciphertext of content of that length is.
    pub(crate) fn sealed_length(&self, length: u64) -> u64 {
        match self {
            Self::Aead { .. } => length,
            Self::Cbc { cbc, .. } => {
                let block = to_u64(cbc.block_bytes());
                let over = length.checked_rem(block).unwrap_or_default();
                length.saturating_sub(over).saturating_add(block)
            }
        }
    }

    /// Encrypts a window in place. All but the last consist of whole blocks; the last is padded, and comes even when it is
    /// empty.
    ///
    /// # Errors
    /// `Decrypt`, which windows of whole blocks never give.
    pub(crate) fn seal(&mut self, window: &mut Vec<u8>, is_last: bool) -> Result<()> {
        match self {
            Self::Aead { keystream, mac, at } => {
                keystream.apply(*at, window);
                mac.update(window);
                *at = at.saturating_add(to_u64(window.len()));
            }
            Self::Cbc { cbc, before } => {
                let block = cbc.block_bytes();
                if is_last {
                    let missing = block.saturating_sub(window.len().checked_rem(block).unwrap_or_default());
                    let count = u8::try_from(missing).map_err(|_| Error::Decrypt)?;
                    window.extend(core::iter::repeat_n(count, missing));
                }
                cbc.encrypt(before, window).ok_or(Error::Decrypt)?;
                if let Some(last) = window.rchunks_exact(block).next() {
                    *before = last.to_vec();
                }
            }
        }
        Ok(())
    }

    /// The tag, where there is one.
    pub(crate) fn finish(self) -> Option<[u8; BLOCK]> {
        match self {
            Self::Aead { mac, .. } => Some(mac.finish()),
            Self::Cbc { .. } => None,
        }
    }
}
