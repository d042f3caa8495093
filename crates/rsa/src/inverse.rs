//! The inverse of a secret number, in constant time: "safegcd" of Bernstein and Yang (2019), 27 steps at a time.

use zeroize::{Zeroize, Zeroizing};

use crate::limbs::{self, BITS, Limbs, MASK, low};
use crate::modulus::Modulus;

/// A number in two's complement: limbs of 27 bits, the top one with the sign.
type Signed = Zeroizing<Vec<i64>>;

const SIGNED_MASK: i64 = MASK.cast_signed();

/// What 27 steps do: `2²⁷·(f', g') = ((u, v), (q, r))·(f, g)`. Every row's absolute values sum to at most 2²⁷.
#[derive(Zeroize)]
#[zeroize(drop)]
struct Steps {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// `1/number mod N`, least; `None` when they have a common divisor, which is the only thing that time tells.
pub(crate) fn inverse(modulus: &Modulus, number: &[u32]) -> Option<Limbs> {
    let n = signed(modulus.n());
    let (mut f, mut g) = (n.clone(), signed(number));
    let (mut d, mut e) = (signed(&limbs::zero(n.len())), signed(&limbs::small(1, n.len())));
    let mut delta = Zeroizing::new(1);
    for _ in 0..batches(modulus.bits()) {
        let steps = steps(&mut delta, bottom(&f), bottom(&g));
        update(&mut f, &mut g, &steps);
        update_modulo(&mut d, &mut e, &steps, &n, modulus.negated_inverse());
    }
    // Now g is 0, f is the divisor or its negative, and d is f/number.
    let negative = f.last().copied().unwrap_or(0) >> 63;
    normalise(&mut d, &n, negative);
    normalise(&mut f, &n, negative);
    let divisor = unsigned(&f);
    let coprime = limbs::equal(&divisor, &limbs::small(1, divisor.len()));
    bool::from(coprime).then(|| unsigned(&d))
}

/// Enough batches for numbers of `bits` bits, at least 46: Theorem 11.2.
fn batches(bits: usize) -> usize {
    ((49 * bits + 57) / 17).div_ceil(BITS as usize)
}

fn signed(number: &[u32]) -> Signed {
    Zeroizing::new(number.iter().copied().map(i64::from).collect())
}

/// The caller knows that the number is not negative.
fn unsigned(number: &[i64]) -> Limbs {
    Zeroizing::new(number.iter().map(|limb| low(limb.cast_unsigned())).collect())
}

/// The lowest 54 bits, of which 27 steps look at 27.
fn bottom(number: &[i64]) -> i64 {
    number.iter().take(2).rev().fold(0, |sum, limb| (sum << BITS) | limb)
}

/// 27 division steps on the lowest bits, without a branch.
fn steps(delta: &mut i64, mut f: i64, mut g: i64) -> Steps {
    let mut by = Steps { u: 1, v: 0, q: 0, r: 1 };
    for _ in 0..BITS {
        // All ones when delta is above 0; when g is odd; when both.
        let above = (-*delta) >> 63;
        let odd = -(g & 1);
        let swap = above & odd;
        let turned = |value: i64| (value ^ above) - above;
        g = g.wrapping_add(turned(f) & odd);
        by.q += turned(by.u) & odd;
        by.r += turned(by.v) & odd;
        f = f.wrapping_add(g & swap);
        by.u += by.q & swap;
        by.v += by.r & swap;
        *delta = ((*delta ^ swap) - swap) + 1;
        g >>= 1;
        by.u <<= 1;
        by.v <<= 1;
    }
    f.zeroize();
    g.zeroize();
    by
}

/// `(f, g)` after the steps. Both divide by 2²⁷ exactly, which drops the lowest limb.
fn update(f: &mut [i64], g: &mut [i64], by: &Steps) {
    let (mut of_f, mut of_g) = (0, 0);
    for (f, g) in f.iter_mut().zip(g.iter_mut()) {
        of_f += by.u * *f + by.v * *g;
        of_g += by.q * *f + by.r * *g;
        *f = of_f & SIGNED_MASK;
        *g = of_g & SIGNED_MASK;
        of_f >>= BITS;
        of_g >>= BITS;
    }
    drop_lowest(f, of_f);
    drop_lowest(g, of_g);
}

/// The same for `(d, e)` modulo `N`, both between `-2·N` and `N` before and after: a negative one counts `N` more,
/// and multiples of `N` make the lowest limb vanish.
fn update_modulo(d: &mut [i64], e: &mut [i64], by: &Steps, n: &[i64], negated_inverse: u32) {
    let sign = |number: &[i64]| number.last().copied().unwrap_or(0) >> 63;
    let lowest = |number: &[i64]| number.first().copied().unwrap_or(0);
    let vanishing = |multiple: i64, sum: i64| {
        let wanted = (sum & SIGNED_MASK) * i64::from(negated_inverse);
        multiple - ((multiple - wanted) & SIGNED_MASK)
    };
    let (sign_d, sign_e) = (sign(d), sign(e));
    let sum_d = by.u * lowest(d) + by.v * lowest(e);
    let sum_e = by.q * lowest(d) + by.r * lowest(e);
    let times_d = vanishing((by.u & sign_d) + (by.v & sign_e), sum_d);
    let times_e = vanishing((by.q & sign_d) + (by.r & sign_e), sum_e);

    let (mut of_d, mut of_e) = (0, 0);
    for ((d, e), n) in d.iter_mut().zip(e.iter_mut()).zip(n) {
        of_d += by.u * *d + by.v * *e + times_d * n;
        of_e += by.q * *d + by.r * *e + times_e * n;
        *d = of_d & SIGNED_MASK;
        *e = of_e & SIGNED_MASK;
        of_d >>= BITS;
        of_e >>= BITS;
    }
    drop_lowest(d, of_d);
    drop_lowest(e, of_e);
}

/// Moves every limb one place down; the carry is the new top one.
fn drop_lowest(number: &mut [i64], carry: i64) {
    number.rotate_left(1);
    if let Some(top) = number.last_mut() {
        *top = carry;
    }
}

/// Brings a number between `-2·N` and `N`, or its negative when `negative` is all ones, between 0 and `N`.
fn normalise(number: &mut [i64], n: &[i64], negative: i64) {
    for turn in [negative, 0] {
        let below = number.last().copied().unwrap_or(0) >> 63;
        let mut carry = 0;
        for (limb, n) in number.iter_mut().zip(n) {
            carry += ((*limb + (n & below)) ^ turn) - turn;
            *limb = carry & SIGNED_MASK;
            carry >>= BITS;
        }
        // The sign goes back into the top limb.
        if let Some(top) = number.last_mut() {
            *top |= carry << BITS;
        }
    }
}
