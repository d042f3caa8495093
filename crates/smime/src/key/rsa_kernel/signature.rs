//! EMSA-PSS and EMSA-PKCS1-v1_5 (RFC 8017 §9). Java's defaults write PSS where the mask uses another hash than the
//! message; such signatures are verified, never made.

use rand_core::CryptoRng;
use sha2::Digest;
use zeroize::Zeroizing;

use crate::asn1;
use crate::key::{DigestAlgorithm, with_digest};

/// The one encoding of a digest for a modulus of `bits` bits (§9.2), as long as it; `None` when it does not fit or
/// the digest is not one of `hash`.
pub(super) fn pkcs1(hash: DigestAlgorithm, digest: &[u8], bits: usize) -> Option<Vec<u8>> {
    if digest.len() != usize::from(hash.output_len()) {
        return None;
    }
    let info = asn1::sequence(&[&hash.identifier_with_null(), &asn1::octet_string(digest)]);
    let padding = bits.div_ceil(8).checked_sub(info.len() + 3).filter(|count| *count >= 8)?;
    Some([&[0, 1], &*vec![0xff; padding], &[0], &info].concat())
}

/// An encoding of a digest for a modulus of `bits` bits (§9.1.1), as long as it; `None` as for [`pkcs1`].
pub(super) fn pss<R: CryptoRng + ?Sized>(
    hash: DigestAlgorithm,
    salt_len: usize,
    digest: &[u8],
    bits: usize,
    rng: &mut R,
) -> Option<Vec<u8>> {
    let hash_len = usize::from(hash.output_len());
    if digest.len() != hash_len {
        return None;
    }
    let length = bits.checked_sub(1)?.div_ceil(8);
    let padding = length.checked_sub(hash_len + salt_len + 2)?;
    let mut salt = vec![0; salt_len];
    rng.fill_bytes(&mut salt);
    let h = hash.hash(&[&[0; 8], digest, &salt].concat());
    let mut block = [&*vec![0; padding], &[1], &salt].concat();
    mask(hash, &h, &mut block);
    *block.first_mut()? &= kept(length, bits)?;
    let front = vec![0; bits.div_ceil(8) - length];
    Some([&*front, &block, &h, &[0xbc]].concat())
}

/// Whether an encoding as long as the modulus is one of that digest (§9.1.2); all inputs are public.
pub(super) fn is_pss(
    encoded: &[u8],
    bits: usize,
    hash: DigestAlgorithm,
    mgf_hash: DigestAlgorithm,
    salt_len: usize,
    digest: &[u8],
) -> Option<bool> {
    let length = bits.checked_sub(1)?.div_ceil(8);
    let (front, encoded) = encoded.split_at_checked(encoded.len().checked_sub(length)?)?;
    let (trailer, rest) = encoded.split_last()?;
    let hash_len = usize::from(hash.output_len());
    let (masked, h) = rest.split_at_checked(rest.len().checked_sub(hash_len)?)?;
    let keep = kept(length, bits)?;
    if front.iter().any(|octet| *octet != 0) || *trailer != 0xbc || masked.first()? & !keep != 0 {
        return Some(false);
    }
    let mut block = masked.to_vec();
    mask(mgf_hash, h, &mut block);
    *block.first_mut()? &= keep;
    let (padding, salt) = block.split_at_checked(block.len().checked_sub(salt_len)?)?;
    let (one, zeros) = padding.split_last()?;
    let shape = *one == 1 && zeros.iter().all(|byte| *byte == 0);
    Some(shape && hash.hash(&[&[0; 8], digest, salt].concat()) == h)
}

/// The bits of the first of `length` octets that a modulus of `bits` bits leaves to the encoding.
fn kept(length: usize, bits: usize) -> Option<u8> {
    let unused = length.checked_mul(8)?.checked_sub(bits.checked_sub(1)?)?;
    0xff_u8.checked_shr(u32::try_from(unused).ok()?)
}

/// Adds MGF1 of a seed (RFC 8017 appendix B.2.1) to a block. Both may be secret.
pub(super) fn mask(hash: DigestAlgorithm, seed: &[u8], block: &mut [u8]) {
    let step = usize::from(hash.output_len()).max(1);
    for (counter, piece) in (0_u32..).zip(block.chunks_mut(step)) {
        with_digest!(hash, D => {
            let digest = D::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
            let digest = Zeroizing::new(digest);
            piece.iter_mut().zip(digest.iter()).for_each(|(octet, mask)| *octet ^= mask);
        });
    }
}
