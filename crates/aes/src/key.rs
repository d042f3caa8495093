//! Key expansion (FIPS 197 §5.2).

use zeroize::Zeroizing;

use crate::lane::{Lane, Octets};
use crate::sbox;

/// A round key in planes, the same for each of the eight blocks.
pub(crate) type RoundKey = [Octets; 8];

/// The constant of SubBytes' affine transformation (FIPS 197 §5.1.1), which round keys carry.
pub(crate) const AFFINE: u8 = 0x63;

/// Round keys of a key of 16, 24 or 32 octets.
pub(crate) fn expand<const ROUND_KEYS: usize>(key: &[u8]) -> [RoundKey; ROUND_KEYS] {
    let words = words::<ROUND_KEYS>(key);
    let mut round_keys = [[Lane::splat(0).0; 8]; ROUND_KEYS];
    for (at, (round_key, octets)) in round_keys.iter_mut().zip(words.iter()).enumerate() {
        let affine = if at == 0 { 0 } else { AFFINE };
        *round_key = planes(&octets.map(|octet| octet ^ affine));
    }
    round_keys
}

/// The words of all round keys, four to each.
fn words<const ROUND_KEYS: usize>(key: &[u8]) -> Zeroizing<Vec<[u8; 16]>> {
    let mut words: Zeroizing<Vec<[u8; 4]>> = Zeroizing::new(Vec::with_capacity(4 * ROUND_KEYS));
    words.extend(key.as_chunks().0);
    let in_key = words.len().max(1);
    let mut constant = 1_u8;
    for at in in_key..4 * ROUND_KEYS {
        let mut word = words.last().copied().unwrap_or_default();
        if at % in_key == 0 {
            word.rotate_left(1);
            word = sbox::sub_word(word);
            word[0] ^= constant;
            constant = (constant << 1) ^ (0x1b & (constant >> 7).wrapping_neg());
        } else if in_key > 6 && at % in_key == 4 {
            word = sbox::sub_word(word);
        }
        let before = words.get(at - in_key).copied().unwrap_or_default();
        words.push((u32::from_ne_bytes(word) ^ u32::from_ne_bytes(before)).to_ne_bytes());
    }
    Zeroizing::new(words.as_chunks().0.iter().map(|words: &[[u8; 4]; 4]| bytemuck::cast(*words)).collect())
}

/// Each bit as an octet of ones or of zeroes.
fn planes(octets: &[u8; 16]) -> RoundKey {
    core::array::from_fn(|bit| bytemuck::cast(octets.map(|octet| ((octet >> bit) & 1).wrapping_neg())))
}
