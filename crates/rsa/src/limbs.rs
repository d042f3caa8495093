//! Numbers as limbs of 27 bits, least first. Lengths are public, contents may be secret.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// Bits in a limb. A column of a product of two numbers of `n` limbs and of its reduction sums `2·n` products below
/// 2⁵⁴ and a carry: 64 bits hold it up to 511 limbs. With 28 bits only 127 limbs would go, 3,556 bits.
pub(crate) const BITS: u32 = 27;
/// The largest limb.
pub(crate) const MASK: u64 = (1 << BITS) - 1;

/// A number, wiped when dropped.
pub(crate) type Limbs = Zeroizing<Vec<u32>>;

/// The low limb of a sum.
#[inline(always)]
pub(crate) fn low(sum: u64) -> u32 {
    (sum & MASK) as u32
}

/// Zero at a length.
pub(crate) fn zero(length: usize) -> Limbs {
    Zeroizing::new(vec![0; length])
}

/// A number of at most 32 bits at a length.
pub(crate) fn small(value: u32, length: usize) -> Limbs {
    let mut out = zero(length);
    let mut rest = u64::from(value);
    for limb in out.iter_mut() {
        *limb = low(rest);
        rest >>= BITS;
    }
    out
}

/// Reads big-endian octets (OS2IP). `None` when they do not fit, which only the top ones tell.
pub(crate) fn from_octets(octets: &[u8], length: usize) -> Option<Limbs> {
    let mut out = zero(length);
    let mut limbs = out.iter_mut();
    let (mut held, mut bits, mut lost) = (0_u64, 0, 0_u64);
    for octet in octets.iter().rev() {
        held |= u64::from(*octet) << bits;
        bits += 8;
        if bits >= BITS {
            match limbs.next() {
                Some(limb) => *limb = low(held),
                None => lost |= held & MASK,
            }
            held >>= BITS;
            bits -= BITS;
        }
    }
    match limbs.next() {
        Some(limb) => *limb = low(held),
        None => lost |= held,
    }
    (lost == 0).then_some(out)
}

/// Writes big-endian octets at a length (I2OSP). The caller knows that the number fits.
pub(crate) fn to_octets(limbs: &[u32], length: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(vec![0; length]);
    let mut limbs = limbs.iter();
    let (mut held, mut bits) = (0_u64, 0);
    for octet in out.iter_mut().rev() {
        if bits < 8 {
            held |= u64::from(limbs.next().copied().unwrap_or(0)) << bits;
            bits += BITS;
        }
        *octet = (held & 0xff) as u8;
        held >>= 8;
        bits -= 8;
    }
    out
}

/// Whether `a < b`; both have one length.
pub(crate) fn less(a: &[u32], b: &[u32]) -> Choice {
    let mut borrow = 0_u64;
    for (a, b) in a.iter().zip(b) {
        borrow = u64::from(*a).wrapping_sub(u64::from(*b)).wrapping_sub(borrow) >> 63;
    }
    borrow.ct_eq(&1)
}

/// Whether both are the same number; both have one length.
pub(crate) fn equal(a: &[u32], b: &[u32]) -> Choice {
    a.ct_eq(b)
}

/// Takes `b` from `a` when `a` is not smaller.
pub(crate) fn subtract_if_not_less(a: &mut [u32], b: &[u32]) {
    let take = u64::conditional_select(&MASK, &0, less(a, b));
    let mut borrow = 0_u64;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = u64::from(*a).wrapping_sub(u64::from(*b) & take).wrapping_sub(borrow);
        *a = low(difference);
        borrow = difference >> 63;
    }
}

/// `a += b`; the caller knows that the sum fits.
pub(crate) fn add(a: &mut [u32], b: &[u32]) {
    let mut carry = 0_u64;
    for (a, b) in a.iter_mut().zip(b) {
        let sum = u64::from(*a) + u64::from(*b) + carry;
        *a = low(sum);
        carry = sum >> BITS;
    }
}

/// `a -= b`; the caller knows that `b` is not larger.
pub(crate) fn subtract(a: &mut [u32], b: &[u32]) {
    let mut borrow = 0_u64;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = u64::from(*a).wrapping_sub(u64::from(*b)).wrapping_sub(borrow);
        *a = low(difference);
        borrow = difference >> 63;
    }
}

/// `a·b + c` in full, at a length that the caller knows to hold it.
pub(crate) fn multiply_add(a: &[u32], b: &[u32], c: &[u32], length: usize) -> Limbs {
    let mut columns = Zeroizing::new(vec![0_u64; (a.len() + b.len()).max(length)]);
    for (column, c) in columns.iter_mut().zip(c) {
        *column = u64::from(*c);
    }
    for (at, x) in a.iter().enumerate() {
        let row = columns.iter_mut().skip(at);
        for (column, y) in row.zip(b) {
            *column += u64::from(*x) * u64::from(*y);
        }
    }
    let mut out = zero(length);
    let mut carry = 0;
    for (limb, column) in out.iter_mut().zip(columns.iter()) {
        carry += column;
        *limb = low(carry);
        carry >>= BITS;
    }
    out
}
