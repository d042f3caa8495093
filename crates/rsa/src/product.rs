//! Montgomery's product and square (Montgomery 1985), two rows at a time, carries put off to the end.

use crate::limbs::{BITS, low};

#[inline(always)]
fn times(a: u32, b: u32) -> u64 {
    u64::from(a) * u64::from(b)
}

/// `a·b / R mod N` below `2·N`, where `R = 2^(27·length)`.
///
/// All numbers have the length of `n`, which is even. Needs `a·b < R·N`: so `a < R` and `b < N`, or both below
/// `2·N` since `R > 4·N`. `inverse` is `-1/N mod 2²⁷`. `columns` is room for twice the length; its sums stay below
/// 2⁶⁴ for the reason at [`BITS`].
#[inline(never)]
pub(crate) fn montgomery(
    out: &mut [u32],
    a: &[u32],
    b: &[u32],
    n: &[u32],
    inverse: u32,
    columns: &mut [u64],
) {
    columns.fill(0);
    let mut from = 0;
    for pair in a.as_chunks::<2>().0 {
        if let Some(columns) = columns.get_mut(from..) {
            two_rows(columns, *pair, b, n, inverse);
        }
        from += 2;
    }
    carry(out, columns.get(from..).unwrap_or_default());
}

/// `a² / R mod N`: the same with `b = a` in three quarters of the multiplications, since `a` times `b` and `b` times
/// `a` are one product. `doubled` is room for as many limbs.
#[inline(never)]
pub(crate) fn square(
    out: &mut [u32],
    a: &[u32],
    n: &[u32],
    inverse: u32,
    columns: &mut [u64],
    doubled: &mut [u32],
) {
    columns.fill(0);
    doubled.iter_mut().zip(a).for_each(|(double, limb)| *double = limb << 1);
    let (mut from, mut above) = (0, &*doubled);
    for pair in a.as_chunks::<2>().0 {
        above = above.get(2..).unwrap_or_default();
        if let Some(columns) = columns.get_mut(from..) {
            on_the_diagonal(columns.get_mut(from..).unwrap_or_default(), *pair);
            two_square_rows(columns, from, *pair, above, n, inverse);
        }
        from += 2;
    }
    carry(out, columns.get(from..).unwrap_or_default());
}

/// The limbs of the columns' sum.
#[inline(always)]
fn carry(out: &mut [u32], columns: &[u64]) {
    let mut carry = 0;
    for (out, column) in out.iter_mut().zip(columns) {
        carry += column;
        *out = low(carry);
        carry >>= BITS;
    }
}

/// The square of two limbs.
#[inline(always)]
fn on_the_diagonal(columns: &mut [u64], [x0, x1]: [u32; 2]) {
    let Some(([c0, c1, c2], _)) = columns.split_first_chunk_mut() else { return };
    *c0 += times(x0, x0);
    *c1 += times(x0, x1 << 1);
    *c2 += times(x1, x1);
}

/// Adds two limbs' products with the doubled limbs above them, and the multiples of `n` as [`two_rows`] does.
#[inline(always)]
fn two_square_rows(
    columns: &mut [u64],
    below: usize,
    [x0, x1]: [u32; 2],
    above: &[u32],
    n: &[u32],
    inverse: u32,
) {
    let Some((&[n0, n1], n)) = n.split_first_chunk() else { return };
    let Some(([c0, c1], columns)) = columns.split_first_chunk_mut() else { return };
    let q0 = low(times(low(*c0), inverse));
    let carry = (*c0 + times(q0, n0)) >> BITS;
    let sum = *c1 + carry + times(q0, n1);
    let q1 = low(times(low(sum), inverse));
    let carry = (sum + times(q1, n0)) >> BITS;

    let (middle, end) = columns.split_at_mut(n.len());
    let (Some((lower, upper)), Some((n_lower, n_upper))) =
        (middle.split_at_mut_checked(below), n.split_at_checked(below))
    else {
        return;
    };
    let (mut double_before, mut n_before) = (0, n1);
    for (column, &n) in lower.iter_mut().zip(n_lower) {
        *column += times(q0, n) + times(q1, n_before);
        n_before = n;
    }
    for ((column, &double), &n) in upper.iter_mut().zip(above).zip(n_upper) {
        *column += times(x0, double) + times(x1, double_before) + (times(q0, n) + times(q1, n_before));
        (double_before, n_before) = (double, n);
    }
    if let Some(first) = middle.first_mut() {
        *first += carry;
    }
    if let Some(last) = end.first_mut() {
        *last += times(x1, double_before) + times(q1, n_before);
    }
}

/// Adds two limbs' products with `b`, and the two multiples of `n` that make the two lowest columns vanish.
#[inline(always)]
fn two_rows(columns: &mut [u64], [x0, x1]: [u32; 2], b: &[u32], n: &[u32], inverse: u32) {
    let Some((&[b0, b1], b)) = b.split_first_chunk() else { return };
    let Some((&[n0, n1], n)) = n.split_first_chunk() else { return };
    let Some(([c0, c1], columns)) = columns.split_first_chunk_mut() else { return };
    let vanishing = |sum: u64| low(times(low(sum), inverse));

    let sum = *c0 + times(x0, b0);
    let q0 = vanishing(sum);
    let carry = (sum + times(q0, n0)) >> BITS;
    let sum = *c1 + carry + times(x0, b1) + times(x1, b0) + times(q0, n1);
    let q1 = vanishing(sum);
    let carry = (sum + times(q1, n0)) >> BITS;

    let (mut b_before, mut n_before) = (b1, n1);
    let (middle, end) = columns.split_at_mut(b.len());
    for ((column, &b), &n) in middle.iter_mut().zip(b).zip(n) {
        *column += times(x0, b) + times(x1, b_before) + (times(q0, n) + times(q1, n_before));
        (b_before, n_before) = (b, n);
    }
    if let Some(first) = middle.first_mut() {
        *first += carry;
    }
    if let Some(last) = end.first_mut() {
        *last += times(x1, b_before) + times(q1, n_before);
    }
}
