//! EMSA-PSS verification (RFC 8017 §9.1.2) where the mask uses another hash than the message.
//! Java's defaults write such signatures; the library knows only equal hashes.

use rsa::hazmat::rsa_encrypt;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, RsaPublicKey};
use sha2::Digest;

use super::{DigestAlgorithm, public, with_digest};
use crate::error::{Error, Result};

pub(super) fn verify(
    key: &RsaPublicKey,
    hash: DigestAlgorithm,
    mgf_hash: DigestAlgorithm,
    salt_len: usize,
    digest: &[u8],
    signature: &[u8],
) -> Result<()> {
    let encoded = encoded_message(key, signature).ok_or(Error::BadSignature)?;
    let bits = public::modulus_bits(key).saturating_sub(1);
    let valid = is_consistent(&encoded, bits, hash, mgf_hash, salt_len, digest).unwrap_or(false);
    if valid { Ok(()) } else { Err(Error::BadSignature) }
}

/// RSAVP1 and I2OSP (RFC 8017 §8.1.2, step 2).
fn encoded_message(key: &RsaPublicKey, signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() != key.size() {
        return None;
    }
    let signature = BoxedUint::from_be_slice(signature, key.n().bits_precision()).ok()?;
    if signature >= **key.n() {
        return None;
    }
    let message = rsa_encrypt(key, &signature).ok()?.to_be_bytes();
    let length = public::modulus_bits(key).saturating_sub(1).div_ceil(8);
    let (zeros, message) = message.split_at_checked(message.len().checked_sub(length)?)?;
    zeros.iter().all(|byte| *byte == 0).then(|| message.to_vec())
}

/// Steps 3 to 14 of RFC 8017 §9.1.2; all inputs are public.
fn is_consistent(
    encoded: &[u8],
    bits: usize,
    hash: DigestAlgorithm,
    mgf_hash: DigestAlgorithm,
    salt_len: usize,
    digest: &[u8],
) -> Option<bool> {
    let hash_len = usize::from(hash.output_len());
    let (trailer, rest) = encoded.split_last()?;
    let (masked, h) = rest.split_at_checked(rest.len().checked_sub(hash_len)?)?;
    let unused = u32::try_from(encoded.len().checked_mul(8)?.checked_sub(bits)?).ok()?;
    let keep = 0xff_u8.checked_shr(unused)?;
    if *trailer != 0xbc || masked.first()? & !keep != 0 {
        return Some(false);
    }
    let mut block = mgf1(mgf_hash, h, masked.len());
    block.iter_mut().zip(masked).for_each(|(mask, byte)| *mask ^= byte);
    *block.first_mut()? &= keep;
    let (padding, salt) = block.split_at_checked(block.len().checked_sub(salt_len)?)?;
    let (one, zeros) = padding.split_last()?;
    let shape = *one == 1 && zeros.iter().all(|byte| *byte == 0);
    Some(shape && hash.hash(&[&[0; 8], digest, salt].concat()) == h)
}

/// MGF1 (RFC 8017 appendix B.2.1).
fn mgf1(hash: DigestAlgorithm, seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::new();
    for counter in 0_u32.. {
        if mask.len() >= length {
            break;
        }
        with_digest!(hash, D => {
            mask.extend(D::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize());
        });
    }
    mask.truncate(length);
    mask
}
