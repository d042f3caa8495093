//! The AEADs: AES-GCM, AES-CCM (RFC 5084) and ChaCha20-Poly1305 (RFC 8103).

use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes_gcm::AesGcm;
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::consts::{U12, U13, U14, U15, U16};

use super::Cipher;
#[cfg(feature = "containers")]
use super::parallel::Aes192;
use super::parallel::{Aes128, Aes256};
#[cfg(feature = "more")]
use super::{GCM_NONCE_BYTES, ranges::RangedAead};

/// What an AEAD is given beside key and content.
pub(super) struct Beside<'a> {
    pub(super) nonce: &'a [u8],
    pub(super) associated: &'a [u8],
    /// Empty when sealing.
    pub(super) tag: &'a [u8],
}

/// Seals in place and gives the tag of 16 octets; `None` when the key does not fit or we do not write the cipher.
pub(super) fn seal(cipher: Cipher, key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<Vec<u8>> {
    #[cfg(feature = "more")]
    if beside.nonce.len() != GCM_NONCE_BYTES {
        let gcm = match cipher {
            Cipher::Aes128Gcm => RangedAead::gcm(Aes128::new_from_slice(key).ok()?, beside),
            Cipher::Aes192Gcm => RangedAead::gcm(Aes192::new_from_slice(key).ok()?, beside),
            Cipher::Aes256Gcm => RangedAead::gcm(Aes256::new_from_slice(key).ok()?, beside),
            _ => return None,
        };
        return Some(gcm.seal_at_once(buffer).to_vec());
    }
    match cipher {
        Cipher::Aes128Gcm => seal_with::<AesGcm<Aes128, U12>>(key, beside, buffer),
        #[cfg(feature = "containers")]
        Cipher::Aes192Gcm => seal_with::<AesGcm<Aes192, U12>>(key, beside, buffer),
        Cipher::Aes256Gcm => seal_with::<AesGcm<Aes256, U12>>(key, beside, buffer),
        #[cfg(feature = "more")]
        Cipher::ChaCha20Poly1305 => seal_with::<chacha20poly1305::ChaCha20Poly1305>(key, beside, buffer),
        _ => None,
    }
}

/// Opens in place; `None`, and a buffer that nobody may look at, for every fault.
pub(super) fn open(cipher: Cipher, key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<()> {
    match cipher {
        Cipher::Aes128Gcm => gcm_open::<Aes128>(key, beside, buffer),
        #[cfg(feature = "containers")]
        Cipher::Aes192Gcm => gcm_open::<Aes192>(key, beside, buffer),
        Cipher::Aes256Gcm => gcm_open::<Aes256>(key, beside, buffer),
        #[cfg(feature = "more")]
        Cipher::Aes128Ccm => ccm::open::<Aes128>(key, beside, buffer),
        #[cfg(feature = "more")]
        Cipher::Aes192Ccm => ccm::open::<Aes192>(key, beside, buffer),
        #[cfg(feature = "more")]
        Cipher::Aes256Ccm => ccm::open::<Aes256>(key, beside, buffer),
        #[cfg(feature = "more")]
        Cipher::ChaCha20Poly1305 => {
            open_with(chacha20poly1305::ChaCha20Poly1305::new_from_slice(key).ok()?, beside, buffer)
        }
        _ => None,
    }
}

fn seal_with<A: AeadInOut + KeyInit>(key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<Vec<u8>> {
    let cipher = A::new_from_slice(key).ok()?;
    let nonce = beside.nonce.try_into().ok()?;
    let tag = cipher.encrypt_inout_detached(nonce, beside.associated, buffer.into()).ok()?;
    Some(tag.to_vec())
}

fn open_with<A: AeadInOut>(cipher: A, beside: &Beside<'_>, buffer: &mut [u8]) -> Option<()> {
    let nonce = beside.nonce.try_into().ok()?;
    let tag = beside.tag.try_into().ok()?;
    cipher.decrypt_inout_detached(nonce, beside.associated, buffer.into(), tag).ok()
}

fn gcm_open<C>(key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<()>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit + Clone + 'static,
    AesGcm<C, U12, U12>: AeadInOut + From<C>,
    AesGcm<C, U12, U13>: AeadInOut + From<C>,
    AesGcm<C, U12, U14>: AeadInOut + From<C>,
    AesGcm<C, U12, U15>: AeadInOut + From<C>,
    AesGcm<C, U12, U16>: AeadInOut + From<C>,
{
    let block = C::new_from_slice(key).ok()?;
    #[cfg(feature = "more")]
    if beside.nonce.len() != GCM_NONCE_BYTES {
        return RangedAead::gcm(block, beside).open_at_once(beside.tag, buffer);
    }
    match beside.tag.len() {
        12 => open_with(AesGcm::<C, U12, U12>::from(block), beside, buffer),
        #[cfg(feature = "more")]
        13 => open_with(AesGcm::<C, U12, U13>::from(block), beside, buffer),
        #[cfg(feature = "more")]
        14 => open_with(AesGcm::<C, U12, U14>::from(block), beside, buffer),
        #[cfg(feature = "more")]
        15 => open_with(AesGcm::<C, U12, U15>::from(block), beside, buffer),
        16 => open_with(AesGcm::<C, U12, U16>::from(block), beside, buffer),
        _ => None,
    }
}

/// CCM names both lengths in its types: one for each of the lengths that are read.
#[cfg(feature = "more")]
mod ccm {
    use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit};
    use aes_gcm::aead::consts::{U4, U6, U7, U8, U9, U10, U11, U12, U13, U14, U16};
    use ccm::aead::array::ArraySize;
    use ccm::{Ccm, NonceSize, TagSize};

    use super::{Beside, open_with};

    pub(super) fn open<C>(key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<()>
    where
        C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
    {
        match beside.tag.len() {
            4 => by_nonce::<C, U4>(key, beside, buffer),
            6 => by_nonce::<C, U6>(key, beside, buffer),
            8 => by_nonce::<C, U8>(key, beside, buffer),
            10 => by_nonce::<C, U10>(key, beside, buffer),
            12 => by_nonce::<C, U12>(key, beside, buffer),
            14 => by_nonce::<C, U14>(key, beside, buffer),
            16 => by_nonce::<C, U16>(key, beside, buffer),
            _ => None,
        }
    }

    fn by_nonce<C, M>(key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<()>
    where
        C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
        M: ArraySize + TagSize,
    {
        match beside.nonce.len() {
            7 => checked::<C, M, U7>(key, beside, buffer),
            8 => checked::<C, M, U8>(key, beside, buffer),
            9 => checked::<C, M, U9>(key, beside, buffer),
            10 => checked::<C, M, U10>(key, beside, buffer),
            11 => checked::<C, M, U11>(key, beside, buffer),
            12 => checked::<C, M, U12>(key, beside, buffer),
            13 => checked::<C, M, U13>(key, beside, buffer),
            _ => None,
        }
    }

    fn checked<C, M, N>(key: &[u8], beside: &Beside<'_>, buffer: &mut [u8]) -> Option<()>
    where
        C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
        M: ArraySize + TagSize,
        N: ArraySize + NonceSize,
    {
        open_with(Ccm::<C, M, N>::new_from_slice(key).ok()?, beside, buffer)
    }
}
