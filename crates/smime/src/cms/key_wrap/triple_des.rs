//! 3DES key wrap (RFC 3217 §3), for reading old envelopes only. The RFC wraps 3DES keys and nothing else; OpenSSL wraps
//! AES keys with it too.

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The IV of the outer encryption (RFC 3217 §3.1).
const OUTER_IV: [u8; 8] = [0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05];

/// Octets that are added: IV and check value.
const OVERHEAD: usize = 16;

/// RFC 3217 §3.2; `None` for every fault.
pub(super) fn unwrap(kek: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let key_bytes = wrapped.len().checked_sub(OVERHEAD).filter(|length| matches!(length, 16 | 24 | 32))?;
    let mut turned = decrypt(kek, &OUTER_IV, wrapped)?;
    turned.reverse();
    let (iv, inner) = turned.split_at_checked(OUTER_IV.len())?;
    let plain = decrypt(kek, iv, inner)?;
    let (key, check) = plain.split_at_checked(key_bytes)?;
    let digest = Sha1::digest(key);
    let right = digest.get(..check.len())?.ct_eq(check);
    bool::from(right).then(|| Zeroizing::new(key.to_vec()))
}

fn decrypt(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = cbc::Decryptor::<des::TdesEde3>::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded_vec::<NoPadding>(data).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3217 §4.1.
    #[test]
    fn the_example_of_rfc_3217_is_unwrapped() {
        let kek = hex::decode("255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f").unwrap();
        let wrapped = "690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4";
        let mut wrapped = hex::decode(wrapped).unwrap();
        let key = unwrap(&kek, &wrapped).unwrap();
        assert_eq!(hex::encode(&*key), "2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98");
        wrapped[7] ^= 1;
        assert!(unwrap(&kek, &wrapped).is_none());
        assert!(unwrap(&kek, &wrapped[..32]).is_none() && unwrap(&kek, &[]).is_none());
        assert!(unwrap(&kek[..16], &wrapped).is_none());
    }
}
