//! Whether a point is on its curve: y² = x³ − 3x + b (FIPS 186-5 as SP 800-186 §3.2.1 gives the curves). Of public points
//! only: the time it takes depends on them.

/// A digit has 32 bits and stands in 64, so that a product of two with two carries fits.
type Digit = u64;

const DIGIT_BITS: u32 = 32;
const MASK: Digit = 0xffff_ffff;

/// A number, its lowest digit first.
type Number<const L: usize> = [Digit; L];

/// A curve's prime and coefficient. Both primes are −1 modulo 2³², which makes the factor of Montgomery's reduction the
/// lowest digit itself.
pub(super) struct Curve<const L: usize> {
    prime: Number<L>,
    coefficient: Number<L>,
    /// The square of 2^(32 L) modulo the prime.
    square: Number<L>,
}

pub(super) const P256: Curve<8> = Curve {
    prime: [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0, 0, 0, 1, 0xffff_ffff],
    coefficient: [
        0x27d2_604b,
        0x3bce_3c3e,
        0xcc53_b0f6,
        0x651d_06b0,
        0x7698_86bc,
        0xb3eb_bd55,
        0xaa3a_93e7,
        0x5ac6_35d8,
    ],
    square: [3, 0, 0xffff_ffff, 0xffff_fffb, 0xffff_fffe, 0xffff_ffff, 0xffff_fffd, 4],
};

pub(super) const P384: Curve<12> = Curve {
    prime: [
        0xffff_ffff,
        0,
        0,
        0xffff_ffff,
        0xffff_fffe,
        0xffff_ffff,
        0xffff_ffff,
        0xffff_ffff,
        0xffff_ffff,
        0xffff_ffff,
        0xffff_ffff,
        0xffff_ffff,
    ],
    coefficient: [
        0xd3ec_2aef,
        0x2a85_c8ed,
        0x8a2e_d19d,
        0xc656_398d,
        0x5013_875a,
        0x0314_088f,
        0xfe81_4112,
        0x181d_9c6e,
        0xe3f8_2d19,
        0x988e_056b,
        0xe23e_e7e4,
        0xb331_2fa7,
    ],
    square: [1, 0xffff_fffe, 0, 2, 0, 0xffff_fffe, 0, 2, 1, 0, 0, 0],
};

impl<const L: usize> Curve<L> {
    /// Whether these coordinates, big-endian, are below the prime and a point of the curve.
    pub(super) fn has(&self, x: &[u8], y: &[u8]) -> bool {
        let (Some(x), Some(y)) = (self.coordinate(x), self.coordinate(y)) else { return false };
        // In Montgomery's form, that is times 2^(32 L).
        let [x, y, b, three] =
            [x, y, self.coefficient, small(3)].map(|number| self.times(&number, &self.square));
        let cube = self.times(&self.minus(&self.times(&x, &x), &three), &x);
        // −b on the other side, since there is no addition.
        self.minus(&self.times(&y, &y), &b) == cube
    }

    fn coordinate(&self, octets: &[u8]) -> Option<Number<L>> {
        let digits = octets.rchunks_exact(4);
        if !digits.remainder().is_empty() || digits.len() != L {
            return None;
        }
        let mut number = [0; L];
        for (digit, octets) in number.iter_mut().zip(digits) {
            *digit = octets.iter().fold(0, |sum, octet| sum << 8 | Digit::from(*octet));
        }
        (!is_least(&number, &self.prime)).then_some(number)
    }

    /// Montgomery's product: a b / 2^(32 L).
    fn times(&self, a: &Number<L>, b: &Number<L>) -> Number<L> {
        let mut sum = [0; L];
        let mut top = 0;
        for digit in b {
            let carry = add_product(&mut sum, a, *digit);
            top += carry;
            let factor = sum.first().copied().unwrap_or_default();
            let carry = add_product(&mut sum, &self.prime, factor);
            top += carry;
            // The lowest digit is zero now.
            sum.rotate_left(1);
            if let Some(last) = sum.last_mut() {
                *last = top & MASK;
            }
            top >>= DIGIT_BITS;
        }
        if top != 0 || is_least(&sum, &self.prime) { difference(&sum, &self.prime).0 } else { sum }
    }

    fn minus(&self, a: &Number<L>, b: &Number<L>) -> Number<L> {
        let (mut found, is_negative) = difference(a, b);
        if is_negative {
            add_product(&mut found, &self.prime, 1);
        }
        found
    }
}

fn small<const L: usize>(value: Digit) -> Number<L> {
    core::array::from_fn(|place| if place == 0 { value } else { 0 })
}

/// Whether a number is `least` or more.
fn is_least<const L: usize>(number: &Number<L>, least: &Number<L>) -> bool {
    number.iter().rev().ge(least.iter().rev())
}

/// Adds a product in place and gives the digit that is carried out.
fn add_product<const L: usize>(sum: &mut Number<L>, number: &Number<L>, factor: Digit) -> Digit {
    let mut carry = 0;
    for (digit, other) in sum.iter_mut().zip(number) {
        let product = *digit + other * factor + carry;
        *digit = product & MASK;
        carry = product >> DIGIT_BITS;
    }
    carry
}

/// The difference modulo 2^(32 L), and whether it is negative.
fn difference<const L: usize>(a: &Number<L>, b: &Number<L>) -> (Number<L>, bool) {
    let mut found = *a;
    let mut borrow = 0;
    for (digit, other) in found.iter_mut().zip(b) {
        let left = digit.wrapping_sub(other + borrow);
        *digit = left & MASK;
        borrow = left >> 63;
    }
    (found, borrow != 0)
}
