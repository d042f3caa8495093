//! CBC with PKCS#7 padding (RFC 5652 §6.3), in place.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockCipherDecrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyIvInit};

pub(super) fn encrypt<E>(key: &[u8], iv: &[u8], mut plain: Vec<u8>) -> Option<Vec<u8>>
where
    E: BlockModeEncrypt + KeyIvInit,
{
    let encryptor = E::new_from_slices(key, iv).ok()?;
    let length = plain.len();
    let block = E::block_size();
    plain.resize(length.checked_add(block)?.checked_sub(length % block)?, 0);
    encryptor.encrypt_padded::<Pkcs7>(&mut plain, length).ok()?;
    Some(plain)
}

pub(super) fn decrypt<C>(cipher: Option<C>, iv: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>>
where
    C: BlockCipherDecrypt,
    cbc::Decryptor<C>: InnerIvInit<Inner = C> + BlockModeDecrypt,
{
    let decryptor = cbc::Decryptor::<C>::inner_iv_slice_init(cipher?, iv).ok()?;
    let length = decryptor.decrypt_padded::<Pkcs7>(&mut sealed).ok()?.len();
    sealed.truncate(length);
    Some(sealed)
}
