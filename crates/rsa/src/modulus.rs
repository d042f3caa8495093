//! An odd modulus and the arithmetic below it.

use subtle::Choice;
use zeroize::Zeroizing;

use crate::limbs::{self, BITS, Limbs, MASK, low};
use crate::{Error, MAX_BITS, MIN_BITS, product};

/// An odd modulus: `n` of a key, or one of its primes. Its length in bits is not secret, its value may be.
///
/// Numbers below it are in Montgomery's form (times `R`) where a method says so, have [`Self::length`] limbs, and are
/// below twice the modulus unless a method says "least".
#[derive(Clone)]
pub(crate) struct Modulus {
    n: Limbs,
    twice: Limbs,
    /// `-1/N mod 2²⁷`.
    inverse: Zeroizing<u32>,
    /// `R mod N` and `R² mod N`, both least.
    one: Limbs,
    r2: Limbs,
    bits: usize,
}

/// Room for the columns of a product, and for a number twice as large.
pub(crate) struct Columns(Zeroizing<Vec<u64>>, Limbs);

impl Modulus {
    /// Takes a modulus in big-endian octets.
    pub(crate) fn new(octets: &[u8]) -> Result<Self, Error> {
        let bits = bit_length(octets);
        let odd = octets.last().is_some_and(|last| last & 1 == 1);
        if !odd || !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(Error::Key);
        }
        // R > 4·N lets sums and products stay below 2·N without a last subtraction.
        let length = (bits + 2).div_ceil(BITS as usize).next_multiple_of(2);
        let n = limbs::from_octets(octets, length).ok_or(Error::Key)?;
        let mut twice = n.clone();
        limbs::add(&mut twice, &n);
        let inverse = Zeroizing::new(negated_inverse(n.first().copied().unwrap_or(1)));
        let nothing = limbs::zero(length);
        let mut modulus = Self { n, twice, inverse, one: nothing.clone(), r2: nothing, bits };
        modulus.prepare();
        Ok(modulus)
    }

    /// `R` by doubling the largest power of two below `N`; `R²`, which is the form of `R`, by squaring and doubling.
    fn prepare(&mut self) {
        let length = self.length();
        let radix = length * BITS as usize;
        let top = self.bits - 1;
        let mut power = limbs::zero(length);
        if let Some(limb) = power.get_mut(top / BITS as usize) {
            *limb = 1 << (top % BITS as usize);
        }
        for _ in top..radix {
            power = self.double(&power);
        }
        self.one = self.least(power);
        let mut columns = self.columns();
        let mut form = self.double(&self.one);
        let mut square = limbs::zero(length);
        for bit in (0..radix.ilog2()).rev() {
            self.square_into(&mut square, &form, &mut columns);
            core::mem::swap(&mut form, &mut square);
            if radix >> bit & 1 == 1 {
                form = self.double(&form);
            }
        }
        self.r2 = self.least(form);
    }

    pub(crate) fn length(&self) -> usize {
        self.n.len()
    }

    pub(crate) fn bits(&self) -> usize {
        self.bits
    }

    /// Length of a number below it in octets.
    pub(crate) fn octets(&self) -> usize {
        self.bits.div_ceil(8)
    }

    pub(crate) fn n(&self) -> &[u32] {
        &self.n
    }

    /// `-1/N mod 2²⁷`.
    pub(crate) fn negated_inverse(&self) -> u32 {
        *self.inverse
    }

    /// 1 in Montgomery's form.
    pub(crate) fn one(&self) -> &Limbs {
        &self.one
    }

    pub(crate) fn columns(&self) -> Columns {
        Columns(Zeroizing::new(vec![0; 2 * self.length()]), limbs::zero(self.length()))
    }

    /// A number below the modulus in big-endian octets, exactly as long as it: least.
    pub(crate) fn read(&self, octets: &[u8]) -> Result<Limbs, Error> {
        if octets.len() != self.octets() {
            return Err(Error::Input);
        }
        let number = limbs::from_octets(octets, self.length()).ok_or(Error::Input)?;
        if bool::from(self.holds(&number)) { Ok(number) } else { Err(Error::Input) }
    }

    /// Whether a number is below the modulus.
    pub(crate) fn holds(&self, number: &[u32]) -> Choice {
        limbs::less(number, &self.n)
    }

    /// `a·b / R` into `out`.
    pub(crate) fn product_into(&self, out: &mut [u32], a: &[u32], b: &[u32], columns: &mut Columns) {
        product::montgomery(out, a, b, &self.n, *self.inverse, &mut columns.0);
    }

    /// `a² / R` into `out`.
    pub(crate) fn square_into(&self, out: &mut [u32], a: &[u32], columns: &mut Columns) {
        product::square(out, a, &self.n, *self.inverse, &mut columns.0, &mut columns.1);
    }

    /// `a·b / R`.
    pub(crate) fn product(&self, a: &[u32], b: &[u32], columns: &mut Columns) -> Limbs {
        let mut out = limbs::zero(self.length());
        self.product_into(&mut out, a, b, columns);
        out
    }

    /// `2·a`.
    fn double(&self, a: &Limbs) -> Limbs {
        self.sum(a, a)
    }

    /// `a + b`.
    pub(crate) fn sum(&self, a: &Limbs, b: &[u32]) -> Limbs {
        let mut out = a.clone();
        limbs::add(&mut out, b);
        limbs::subtract_if_not_less(&mut out, &self.twice);
        out
    }

    /// `a - b`.
    pub(crate) fn difference(&self, a: &Limbs, b: &[u32]) -> Limbs {
        let mut out = a.clone();
        limbs::add(&mut out, &self.twice);
        limbs::subtract(&mut out, b);
        limbs::subtract_if_not_less(&mut out, &self.twice);
        out
    }

    /// The same number below the modulus.
    pub(crate) fn least(&self, mut number: Limbs) -> Limbs {
        limbs::subtract_if_not_less(&mut number, &self.n);
        number
    }

    /// Montgomery's form of a number of any length, reduced: Horner's scheme over pieces below `R`.
    pub(crate) fn form(&self, number: &[u32], columns: &mut Columns) -> Limbs {
        let mut out = limbs::zero(self.length());
        for piece in number.chunks(self.length()).rev() {
            let mut whole = limbs::zero(self.length());
            whole.iter_mut().zip(piece).for_each(|(limb, given)| *limb = *given);
            // What is there moves up by R, the piece gets its form; both are below 2·N, and so is their sum.
            let moved = self.product(&out, &self.r2, columns);
            out = self.sum(&moved, &self.product(&whole, &self.r2, columns));
        }
        out
    }

    /// The least number of a form.
    pub(crate) fn number(&self, form: &[u32], columns: &mut Columns) -> Limbs {
        let one = limbs::small(1, self.length());
        let number = self.product(form, &one, columns);
        self.least(number)
    }
}

fn bit_length(octets: &[u8]) -> usize {
    let significant = octets.iter().skip_while(|octet| **octet == 0);
    let (mut first, mut count) = (0_u8, 0_usize);
    for octet in significant {
        if count == 0 {
            first = *octet;
        }
        count += 1;
    }
    (count * 8).saturating_sub(first.leading_zeros() as usize)
}

/// `-1/n mod 2²⁷` of an odd limb, by Newton's iteration: each step doubles the bits that are right, from three.
fn negated_inverse(n: u32) -> u32 {
    let mut inverse = n;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(n.wrapping_mul(inverse)));
    }
    low(u64::from(inverse.wrapping_neg()) & MASK)
}
