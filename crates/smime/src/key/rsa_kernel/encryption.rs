//! EME-OAEP and EME-PKCS1-v1_5 (RFC 8017 §7.1, §7.2). What a private key opened is looked at without a branch, until
//! one bit says whether all was right.

use rand_core::CryptoRng;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::signature::mask;
use crate::key::OaepParameters;

/// Fewest octets of padding in EME-PKCS1-v1_5.
const LEAST_PADDING: usize = 8;

/// A message encoded for a modulus of `length` octets; `None` when it is too long.
pub(super) fn oaep<R: CryptoRng + ?Sized>(
    parameters: &OaepParameters,
    message: &[u8],
    length: usize,
    rng: &mut R,
) -> Option<Zeroizing<Vec<u8>>> {
    let hash = usize::from(parameters.digest.output_len());
    let padding = length.checked_sub(message.len() + 2 * hash + 2)?;
    let mut seed = Zeroizing::new(vec![0; hash]);
    rng.fill_bytes(&mut seed);
    let label = parameters.digest.hash(&parameters.label);
    let mut block = Zeroizing::new([&*label, &vec![0; padding], &[1], message].concat());
    mask(parameters.mgf_digest, &seed, &mut block);
    mask(parameters.mgf_digest, &block, &mut seed);
    Some(Zeroizing::new([&[0], &**seed, &block].concat()))
}

/// The message inside; `None` for whatever is wrong, found in the same time wherever it is.
pub(super) fn open_oaep(
    parameters: &OaepParameters,
    mut encoded: Zeroizing<Vec<u8>>,
) -> Option<Zeroizing<Vec<u8>>> {
    let hash = usize::from(parameters.digest.output_len());
    if encoded.len() < 2 * hash + 2 {
        return None;
    }
    let (first, rest) = encoded.split_first_mut()?;
    let (seed, block) = rest.split_at_mut_checked(hash)?;
    mask(parameters.mgf_digest, block, seed);
    mask(parameters.mgf_digest, seed, block);
    let (label, rest) = block.split_at_checked(hash)?;
    let right_label = label.ct_eq(&parameters.digest.hash(&parameters.label));
    let (found, start) = message_after_one(rest);
    let valid = first.ct_eq(&0) & right_label & found;
    // The one bit that is told, and the length of a right message.
    if bool::from(valid) { rest.get(start..).map(|message| Zeroizing::new(message.to_vec())) } else { None }
}

/// Whether there are only zeros before the first 1, and where it ends.
fn message_after_one(padded: &[u8]) -> (Choice, usize) {
    let (mut before, mut clean) = (Choice::from(1), Choice::from(1));
    let mut start = 0_u64;
    for (at, octet) in (1_u64..).zip(padded) {
        let one = octet.ct_eq(&1);
        start.conditional_assign(&at, before & one);
        before &= !one;
        clean &= !before | octet.ct_eq(&0);
    }
    (!before & clean, usize::try_from(start).unwrap_or(usize::MAX))
}

/// A message encoded for a modulus of `length` octets; `None` when it is too long.
pub(super) fn pkcs1<R: CryptoRng + ?Sized>(
    message: &[u8],
    length: usize,
    rng: &mut R,
) -> Option<Zeroizing<Vec<u8>>> {
    let count = length.checked_sub(message.len() + 3).filter(|count| *count >= LEAST_PADDING)?;
    let mut padding = Zeroizing::new(vec![0; count]);
    rng.fill_bytes(&mut padding);
    for octet in padding.iter_mut() {
        while *octet == 0 {
            rng.fill_bytes(core::slice::from_mut(octet));
        }
    }
    Some(Zeroizing::new([&[0, 2], &**padding, &[0], message].concat()))
}

/// The message inside if it is as long as `rejected` and all is right, else `rejected`: nothing tells which.
///
/// The wanted length says where the zero has to be, so nothing is searched for.
pub(super) fn open_pkcs1(encoded: &[u8], mut rejected: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let split = encoded.len().checked_sub(rejected.len()).and_then(|at| encoded.split_at_checked(at));
    let Some(([zero, two, padding @ .., end], message)) = split else { return rejected };
    if padding.len() < LEAST_PADDING {
        return rejected;
    }
    let mut valid = zero.ct_eq(&0) & two.ct_eq(&2) & end.ct_eq(&0);
    for octet in padding {
        valid &= !octet.ct_eq(&0);
    }
    for (out, octet) in rejected.iter_mut().zip(message) {
        out.conditional_assign(octet, valid);
    }
    rejected
}
