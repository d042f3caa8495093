//! Whether an expanded ML-DSA private key is consistent in itself (RFC 9881 §8.1).
//!
//! The library that signs takes expanded keys as they come. A key whose parts contradict each
//! other can give its secret away with the first signature, so everything that follows from
//! ρ, s₁ and s₂ is computed here again: t = A·s₁ + s₂, its lower half t₀, and tr, the hash of
//! the public key. This runs once per imported key; it is written for clarity, not for speed,
//! and without secret-dependent branches beyond the verdict itself.

use shake::{ExtendableOutput, Shake128, Shake256, Update, XofReader};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::super::MlDsaSet;

/// The modulus q (FIPS 204 §4, table 1).
const Q: u64 = 8_380_417;

/// ζ, a 512th root of unity modulo q (FIPS 204 §2.5).
const ZETA: u64 = 1_753;

/// 256⁻¹ modulo q (FIPS 204 algorithm 42).
const INVERSE_256: u64 = 8_347_681;

/// Dropped bits d of t (FIPS 204 §4, table 1).
const D: u32 = 13;

/// Coefficients of a polynomial.
const N: usize = 256;

/// Octets of ρ, of K and of tr.
const RHO: usize = 32;
const K: usize = 32;
const TR: usize = 64;

type Polynomial = Vec<u64>;

struct Shape {
    rows: u8,
    columns: u8,
    eta: u64,
}

impl Shape {
    fn of(set: MlDsaSet) -> Self {
        match set {
            MlDsaSet::MlDsa44 => Self { rows: 4, columns: 4, eta: 2 },
            MlDsaSet::MlDsa65 => Self { rows: 6, columns: 5, eta: 4 },
            MlDsaSet::MlDsa87 => Self { rows: 8, columns: 7, eta: 2 },
        }
    }

    fn eta_bits(&self) -> usize {
        if self.eta == 2 { 3 } else { 4 }
    }
}

/// Whether `expanded` has the right length, small secrets, and t₀ and tr that follow from them.
pub(super) fn is_consistent(set: MlDsaSet, expanded: &[u8]) -> bool {
    check(&Shape::of(set), expanded).unwrap_or(false)
}

fn check(shape: &Shape, expanded: &[u8]) -> Option<bool> {
    let (rho, rest) = expanded.split_at_checked(RHO)?;
    let (_, rest) = rest.split_at_checked(K)?;
    let (tr, mut rest) = rest.split_at_checked(TR)?;
    let s1 = take(&mut rest, shape.columns, shape.eta_bits())?;
    let s2 = take(&mut rest, shape.rows, shape.eta_bits())?;
    let t0 = take(&mut rest, shape.rows, 13)?;
    if !rest.is_empty() {
        return None;
    }
    let s1 = small(&s1, shape.eta)?;
    let s2 = small(&s2, shape.eta)?;
    let s1_hat: Zeroizing<Vec<Polynomial>> = Zeroizing::new(s1.iter().map(|p| ntt(p.clone())).collect());
    let mut public = rho.to_vec();
    let mut same = subtle::Choice::from(1);
    for (row, (s2, t0)) in (0_u8..).zip(s2.iter().zip(t0.iter())) {
        let t = Zeroizing::new(row_of_t(rho, row, &s1_hat, s2));
        let (high, low): (Polynomial, Polynomial) = t.iter().map(|t| power2round(*t)).unzip();
        public.extend(pack10(&high));
        for (computed, given) in Zeroizing::new(low).iter().zip(t0) {
            same &= computed.ct_eq(given);
        }
    }
    let mut hash = [0; TR];
    Shake256::default().chain(&public).finalize_xof_into(&mut hash);
    Some((same & hash.ct_eq(tr)).into())
}

/// Row `row` of A·s₁ + s₂ (FIPS 204 algorithm 6, line 5).
fn row_of_t(rho: &[u8], row: u8, s1_hat: &[Polynomial], s2: &[u64]) -> Polynomial {
    let mut sum = vec![0; N];
    for (column, s) in (0_u8..).zip(s1_hat) {
        let a = rej_ntt_poly(rho, row, column);
        for ((sum, a), s) in sum.iter_mut().zip(&a).zip(s) {
            *sum = (*sum + a * s) % Q;
        }
    }
    inverse_ntt(sum).iter().zip(s2).map(|(a, b)| (a + b) % Q).collect()
}

/// The two halves of Power2Round (FIPS 204 algorithm 35); the lower one as BitPack stores it, 2¹² − t₀.
fn power2round(t: u64) -> (u64, u64) {
    let half = 1 << (D - 1);
    let high = (t + half - 1) >> D;
    (high, (half + (high << D)) - t)
}

/// SimpleBitPack of ten bits each (FIPS 204 algorithm 16).
fn pack10(values: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(N * 10 / 8);
    let (mut buffer, mut bits) = (0_u64, 0_u32);
    for value in values {
        buffer |= value << bits;
        bits += 10;
        while bits >= 8 {
            out.push(buffer.to_le_bytes()[0]);
            buffer >>= 8;
            bits -= 8;
        }
    }
    out
}

/// Takes `count` polynomials of `width` bits per coefficient from the front (FIPS 204 algorithm 18).
fn take(rest: &mut &[u8], count: u8, width: usize) -> Option<Zeroizing<Vec<Polynomial>>> {
    let mut polynomials = Zeroizing::new(Vec::new());
    for _ in 0..count {
        let (packed, after) = rest.split_at_checked(N * width / 8)?;
        *rest = after;
        polynomials.push((0..N).map(|at| unpack(packed, at * width, width)).collect());
    }
    Some(polynomials)
}

fn unpack(packed: &[u8], from: usize, width: usize) -> u64 {
    (0..width).fold(0, |value, bit| {
        let at = from + bit;
        let byte = packed.get(at / 8).copied().unwrap_or(0);
        value | (u64::from((byte >> (at % 8)) & 1) << bit)
    })
}

/// Coefficients η − stored, modulo q; `None` when one lies outside −η..=η.
fn small(stored: &[Polynomial], eta: u64) -> Option<Zeroizing<Vec<Polynomial>>> {
    let within = stored.iter().flatten().fold(true, |within, value| within & (*value <= 2 * eta));
    within.then(|| {
        let value = |stored: &u64| (Q + eta - stored) % Q;
        Zeroizing::new(stored.iter().map(|p| p.iter().map(value).collect()).collect())
    })
}

/// RejNTTPoly (FIPS 204 algorithm 30) with the seed that ExpandA gives it (algorithm 32).
fn rej_ntt_poly(rho: &[u8], row: u8, column: u8) -> Polynomial {
    let mut xof = Shake128::default().chain(rho).chain([column, row]).finalize_xof();
    let mut out = Vec::with_capacity(N);
    while out.len() < N {
        let mut three = [0; 3];
        xof.read(&mut three);
        let [low, middle, high] = three;
        let value = u64::from(u32::from_le_bytes([low, middle, high & 0x7f, 0]));
        if value < Q {
            out.push(value);
        }
    }
    out
}

/// NTT (FIPS 204 algorithm 41).
fn ntt(mut w: Polynomial) -> Polynomial {
    let mut index = 0;
    let mut length = N / 2;
    while length >= 1 {
        for block in w.chunks_exact_mut(2 * length) {
            index += 1;
            let zeta = zeta(index);
            let (low, high) = block.split_at_mut(length);
            for (low, high) in low.iter_mut().zip(high) {
                let t = zeta * *high % Q;
                *high = (*low + Q - t) % Q;
                *low = (*low + t) % Q;
            }
        }
        length /= 2;
    }
    w
}

/// NTT⁻¹ (FIPS 204 algorithm 42).
fn inverse_ntt(mut w: Polynomial) -> Polynomial {
    let mut index = N;
    let mut length = 1;
    while length < N {
        for block in w.chunks_exact_mut(2 * length) {
            index -= 1;
            let zeta = Q - zeta(index);
            let (low, high) = block.split_at_mut(length);
            for (low, high) in low.iter_mut().zip(high) {
                let t = *low;
                *low = (t + *high) % Q;
                *high = zeta * ((t + Q - *high) % Q) % Q;
            }
        }
        length *= 2;
    }
    w.iter().map(|value| value * INVERSE_256 % Q).collect()
}

/// ζ to the bit-reversed `index` (FIPS 204 appendix B).
fn zeta(index: usize) -> u64 {
    let reversed = u8::try_from(index).unwrap_or(0).reverse_bits();
    (0..8).rev().fold(1, |power, bit| {
        let squared = power * power % Q;
        if (reversed >> bit) & 1 == 1 { squared * ZETA % Q } else { squared }
    })
}
