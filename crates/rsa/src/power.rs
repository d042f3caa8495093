//! Powers: with a public exponent, and with a secret one.

use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::limbs::{self, Limbs, low};
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

/// The powers 0 to 31 of the base, one after the other, two limbs in each word: half as many to go over.
fn table(modulus: &Modulus, base: &Limbs) -> Zeroizing<Vec<u64>> {
    let mut columns = modulus.columns();
    let mut table = Zeroizing::new(Vec::with_capacity(modulus.length() << (WINDOW - 1)));
    let mut power = modulus.one().clone();
    for _ in 0..1 << WINDOW {
        let words = power.as_chunks().0.iter().map(|[even, odd]| u64::from(*even) | u64::from(*odd) << 32);
        table.extend(words);
        power = modulus.product(&power, base, &mut columns);
    }
    table
}

/// Copies one row of the table, reading all: four rows at a time, each under a mask that is ones for the one wanted.
fn choose(out: &mut [u32], table: &[u64], row: u32) {
    out.fill(0);
    let words = out.len() / 2;
    for (first, four) in (0_u32..).step_by(4).zip(table.chunks_exact(4 * words)) {
        let mask = |at: u32| u64::conditional_select(&0, &u64::MAX, (first + at).ct_eq(&row));
        let masks = [mask(0), mask(1), mask(2), mask(3)];
        let (front, back) = four.split_at(2 * words);
        let ((r0, r1), (r2, r3)) = (front.split_at(words), back.split_at(words));
        let rows = r0.iter().zip(r1).zip(r2.iter().zip(r3));
        for ([even, odd], ((w0, w1), (w2, w3))) in out.as_chunks_mut().0.iter_mut().zip(rows) {
            let word = (w0 & masks[0]) | (w1 & masks[1]) | (w2 & masks[2]) | (w3 & masks[3]);
            *even |= low(word);
            *odd |= low(word >> 32);
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
