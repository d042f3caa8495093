//! The cipher and its inverse (FIPS 197 §5.1, §5.3).
//!
//! SubBytes and InvSubBytes leave out the constant of the affine transformation: every round key but the first has it, which is
//! the same, because MixColumns and ShiftRows leave a state whose octets are alike as it is.

use crate::key::RoundKey;
use crate::lane::{Bits as _, Lane};
use crate::planes::{self, Blocks, Planes};
use crate::sbox;

pub(crate) fn encrypt(round_keys: &[RoundKey], blocks: &Blocks) -> Blocks {
    let mut state = planes::of_blocks(blocks);
    if let [first, middle @ .., last] = round_keys {
        state = add_round_key(state, first);
        for round_key in middle {
            state = sbox::sub_bytes(state).map(Lane::shift_rows);
            state = add_round_key(mix_columns(state), round_key);
        }
        state = add_round_key(sbox::sub_bytes(state).map(Lane::shift_rows), last);
    }
    planes::to_blocks(state)
}

pub(crate) fn decrypt(round_keys: &[RoundKey], blocks: &Blocks) -> Blocks {
    let mut state = planes::of_blocks(blocks);
    if let [first, middle @ .., last] = round_keys {
        state = add_round_key(state, last);
        for round_key in middle.iter().rev() {
            state = sbox::inv_sub_bytes(state.map(Lane::inv_shift_rows));
            state = inv_mix_columns(add_round_key(state, round_key));
        }
        state = add_round_key(sbox::inv_sub_bytes(state.map(Lane::inv_shift_rows)), first);
    }
    planes::to_blocks(state)
}

#[inline(always)]
fn add_round_key(state: Planes, round_key: &RoundKey) -> Planes {
    xor(state, round_key.map(Lane))
}

/// Every octet of a column becomes 2·a + 3·b + c + d of itself and those below: 2·(a + b) + b + (c + d).
#[inline(always)]
fn mix_columns(state: Planes) -> Planes {
    let below = state.map(Lane::next_in_column);
    let pairs = xor(state, below);
    xor(xor(doubled(pairs), below), pairs.map(Lane::second_in_column))
}

/// MixColumns after each octet took four times the sum of itself and its second neighbour: the matrix of FIPS 197 §5.3.3 is
/// that of §5.1.3 times (5, 0, 4, 0).
#[inline(always)]
fn inv_mix_columns(state: Planes) -> Planes {
    let opposite = xor(state, state.map(Lane::second_in_column));
    mix_columns(xor(state, quadrupled(opposite)))
}

#[inline(always)]
fn xor(mut sum: Planes, other: Planes) -> Planes {
    sum.iter_mut().zip(other).for_each(|(plane, other)| *plane = plane.xor(other));
    sum
}

/// Times x, modulo x⁸ + x⁴ + x³ + x + 1 (FIPS 197 §4.3).
#[inline(always)]
fn doubled([a, b, c, d, e, f, g, h]: Planes) -> Planes {
    [h, a.xor(h), b, c.xor(h), d.xor(h), e, f, g]
}

/// Times x².
#[inline(always)]
fn quadrupled([a, b, c, d, e, f, g, h]: Planes) -> Planes {
    let gh = g.xor(h);
    [g, gh, a.xor(h), b.xor(g), c.xor(gh), d.xor(h), e, f]
}
