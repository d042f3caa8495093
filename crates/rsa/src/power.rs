//! Powers: with a public exponent, and with a secret one.

use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::limbs::{self, Limbs};
use crate::modulus::Modulus;

/// Bits of a secret exponent that are taken at a time: 32 powers are kept, 4 or 10 KiB.
const WINDOW: u32 = 5;

/// `base^exponent`, both in Montgomery's form. Time tells the exponent, nothing of the base.
pub(crate) fn public(modulus: &Modulus, base: &Limbs, exponent: u64) -> Limbs {
    let mut columns = modulus.columns();
    let (mut power, mut next) = (base.clone(), limbs::zero(modulus.length()));
    for bit in (0..exponent.max(1).ilog2()).rev() {
        modulus.square_into(&mut next, &power, &mut columns);
        core::mem::swap(&mut power, &mut next);
        if exponent >> bit & 1 == 1 {
            modulus.product_into(&mut next, &power, base, &mut columns);
            core::mem::swap(&mut power, &mut next);
        }
    }
    power
}

/// `base^exponent`, both in Montgomery's form; the exponent is in big-endian octets. Time and memory tell the number
/// of octets only: every window squares five times, reads the whole table and multiplies, by 1 if it is zero.
pub(crate) fn secret(modulus: &Modulus, base: &Limbs, exponent: &[u8]) -> Limbs {
    let mut columns = modulus.columns();
    let table = table(modulus, base);
    let (mut power, mut next) = (modulus.one().clone(), limbs::zero(modulus.length()));
    let mut chosen = limbs::zero(modulus.length());
    for window in windows(exponent).iter().rev() {
        for _ in 0..WINDOW {
            modulus.square_into(&mut next, &power, &mut columns);
            core::mem::swap(&mut power, &mut next);
        }
        choose(&mut chosen, &table, *window);
        modulus.product_into(&mut next, &power, &chosen, &mut columns);
        core::mem::swap(&mut power, &mut next);
    }
    power
}

/// The powers 0 to 31 of the base, one after the other.
fn table(modulus: &Modulus, base: &Limbs) -> Limbs {
    let mut columns = modulus.columns();
    let mut table = Zeroizing::new(Vec::with_capacity(modulus.length() << WINDOW));
    let mut power = modulus.one().clone();
    for _ in 0..1 << WINDOW {
        table.extend_from_slice(&power);
        power = modulus.product(&power, base, &mut columns);
    }
    table
}

/// Copies one row of the table, reading all.
fn choose(out: &mut [u32], table: &[u32], row: u32) {
    out.fill(0);
    for (at, entry) in (0_u32..).zip(table.chunks_exact(out.len())) {
        let mask = u32::conditional_select(&0, &u32::MAX, at.ct_eq(&row));
        for (out, limb) in out.iter_mut().zip(entry) {
            *out |= limb & mask;
        }
    }
}

/// An exponent cut into windows, least first.
fn windows(exponent: &[u8]) -> Zeroizing<Vec<u32>> {
    let mut out = Zeroizing::new(Vec::with_capacity(exponent.len() * 8 / WINDOW as usize + 2));
    let (mut held, mut bits) = (0_u32, 0);
    for octet in exponent.iter().rev() {
        held |= u32::from(*octet) << bits;
        bits += 8;
        while bits >= WINDOW {
            out.push(held & ((1 << WINDOW) - 1));
            held >>= WINDOW;
            bits -= WINDOW;
        }
    }
    out.push(held);
    out
}
