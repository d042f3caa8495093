use crypto_bigint::{NonZero, Odd};
use rsa::hazmat::{rsa_decrypt, rsa_encrypt};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, RsaPrivateKey};

use crate::inverse::inverse;
use crate::limbs::{self, Limbs};
use crate::modulus::Modulus;
use crate::{Crt, Error, MAX_BITS, PrivateKey, PublicKey, power};

type Rng = rand_core::UnwrapErr<getrandom::SysRng>;

fn rng() -> Rng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn random(octets: usize) -> Vec<u8> {
    let mut out = vec![0; octets];
    rand_core::Rng::fill_bytes(&mut rng(), &mut out);
    out
}

fn made(bits: usize) -> RsaPrivateKey {
    RsaPrivateKey::new(&mut rng(), bits).unwrap()
}

/// Big-endian octets at a length.
fn octets(number: &BoxedUint, length: usize) -> Vec<u8> {
    let all = number.to_be_bytes();
    let skip = all.len().saturating_sub(length);
    assert!(all[..skip].iter().all(|octet| *octet == 0));
    [vec![0; length.saturating_sub(all.len())], all[skip..].to_vec()].concat()
}

/// The number `n - less`, for a small `less`.
fn below(n: &[u8], less: u8) -> Vec<u8> {
    let bits = u32::try_from(n.len() * 8).unwrap();
    let number = BoxedUint::from_be_slice(n, bits).unwrap();
    octets(&number.wrapping_sub(BoxedUint::from(less)), n.len())
}

struct Parts {
    n: Vec<u8>,
    d: Vec<u8>,
    crt: [Vec<u8>; 5],
}

impl Parts {
    fn of(key: &RsaPrivateKey) -> Self {
        let whole = key.size();
        let half = whole.div_ceil(2);
        let crt = [
            octets(key.primes()[0].as_ref(), half),
            octets(key.primes()[1].as_ref(), half),
            octets(key.dp().unwrap(), half),
            octets(key.dq().unwrap(), half),
            octets(&key.qinv().unwrap().retrieve(), half),
        ];
        Self { n: octets(key.n(), whole), d: octets(key.d(), whole), crt }
    }

    fn public(&self) -> PublicKey {
        PublicKey::new(&self.n, 65_537).unwrap()
    }

    fn crt(&self) -> Crt<'_> {
        let [p, q, dp, dq, qinv] = &self.crt;
        Crt { p, q, dp, dq, qinv }
    }

    fn private(&self) -> PrivateKey {
        let key = PrivateKey::new(self.public(), &self.d, Some(self.crt()));
        assert!(key.uses_primes());
        key
    }

    /// Numbers at the edges, and some in between.
    fn operands(&self) -> Vec<Vec<u8>> {
        let length = self.n.len();
        let small = |last: u8| [vec![0; length - 1], vec![last]].concat();
        let mut all = vec![small(0), small(1), small(2), below(&self.n, 1), below(&self.n, 2)];
        for _ in 0..3 {
            let mut one = random(length);
            one[0] = 0;
            all.push(one);
        }
        // A multiple of a prime has no inverse and gives itself away; it is computed all the same.
        let prime = &self.crt[0];
        all.push([vec![0; length - prime.len()], prime.clone()].concat());
        all
    }
}

fn agrees(bits: usize) {
    let key = made(bits);
    let parts = Parts::of(&key);
    let with_primes = parts.private();
    let without = PrivateKey::new(parts.public(), &parts.d, None);
    for (at, operand) in parts.operands().into_iter().enumerate() {
        let number = BoxedUint::from_be_slice(&operand, key.n_bits_precision()).unwrap();
        let power = rsa_encrypt(&key, &number).unwrap();
        assert_eq!(*parts.public().apply(&operand).unwrap(), octets(&power, key.size()), "{bits} {at}");
        let root = rsa_decrypt(None::<&mut Rng>, &key, &number).unwrap();
        let root = octets(&root, key.size());
        assert_eq!(*with_primes.apply(&operand, &mut rng()).unwrap(), root, "{bits} {at}");
        if bits <= 2048 {
            assert_eq!(*without.apply(&operand, &mut rng()).unwrap(), root, "{bits} {at} without primes");
        }
    }
}

#[test]
fn agrees_with_the_rsa_crate() {
    for bits in [1024, 2048, 3072, 4096] {
        agrees(bits);
    }
}

#[test]
fn agrees_with_the_rsa_crate_at_odd_sizes() {
    for bits in [1025, 1031, 1079, 1080, 1084, 1999, 2047, 2055] {
        agrees(bits);
    }
}

#[test]
fn every_exponent_that_is_read_is_computed() {
    let n = Parts::of(&made(1024)).n;
    let modulus = NonZero::new(BoxedUint::from_be_slice(&n, 1024).unwrap()).unwrap();
    let base = below(&n, 77);
    let number = BoxedUint::from_be_slice(&base, 1024).unwrap();
    for exponent in [3, 5, 17, 257, 65_537, (1 << 33) - 1] {
        let mut power = BoxedUint::one_with_precision(1024);
        for bit in (0..34).rev() {
            power = power.mul_mod(&power, &modulus);
            if exponent >> bit & 1 == 1 {
                power = power.mul_mod(&number, &modulus);
            }
        }
        let ours = PublicKey::new(&n, exponent).unwrap().apply(&base).unwrap();
        assert_eq!(*ours, octets(&power, 128), "{exponent}");
    }
    for refused in [0, 1, 2, 65_536] {
        assert_eq!(PublicKey::new(&n, refused).map(drop), Err(Error::Key), "{refused}");
    }
}

#[test]
fn the_longest_modulus_is_computed_and_a_longer_one_refused() {
    let n = vec![0xff; MAX_BITS / 8];
    let minus_one = below(&n, 1);
    let key = PublicKey::new(&n, 65_537).unwrap();
    assert_eq!(*key.apply(&minus_one).unwrap(), minus_one);
    let longer = [vec![1], n].concat();
    assert_eq!(PublicKey::new(&longer, 65_537).map(drop), Err(Error::Key));
    assert_eq!(PublicKey::new(&[0xff; 15], 65_537).map(drop), Err(Error::Key));
    assert_eq!(PublicKey::new(&[0xfe; 128], 65_537).map(drop), Err(Error::Key));
    assert_eq!(PublicKey::new(&[], 65_537).map(drop), Err(Error::Key));
}

#[test]
fn what_is_not_below_the_modulus_is_refused() {
    let parts = Parts::of(&made(1024));
    let (public, private) = (parts.public(), parts.private());
    let mut above = parts.n.clone();
    above[0] = 0xff;
    let shorter = parts.n[1..].to_vec();
    let longer = [vec![0; 1], below(&parts.n, 1)].concat();
    for refused in [parts.n.clone(), above, shorter, longer, Vec::new()] {
        assert_eq!(public.apply(&refused).map(drop), Err(Error::Input));
        assert_eq!(private.apply(&refused, &mut rng()).map(drop), Err(Error::Input));
    }
}

#[test]
fn a_fault_in_any_part_is_caught() {
    let sound = Parts::of(&made(1024));
    let operand = below(&sound.n, 2);
    assert!(sound.private().apply(&operand, &mut rng()).is_ok());
    for part in 2..5 {
        let mut faulty = Parts::of_parts(&sound);
        let last = faulty.crt[part].last_mut().unwrap();
        *last ^= 4;
        let key = PrivateKey::new(faulty.public(), &faulty.d, Some(faulty.crt()));
        assert_eq!(key.apply(&operand, &mut rng()).map(drop), Err(Error::Fault), "part {part}");
    }
    let mut exponent = sound.d.clone();
    exponent[20] ^= 1;
    let key = PrivateKey::new(sound.public(), &exponent, None);
    assert_eq!(key.apply(&operand, &mut rng()).map(drop), Err(Error::Fault));
}

#[test]
fn parts_that_cannot_be_used_are_done_without() {
    let sound = Parts::of(&made(1024));
    let operand = below(&sound.n, 9);
    let even = below(&sound.crt[0], 1);
    let unusable = Crt { p: &even, ..sound.crt() };
    let key = PrivateKey::new(sound.public(), &sound.d, Some(unusable));
    assert!(!key.uses_primes());
    let result = key.apply(&operand, &mut rng()).unwrap();
    assert_eq!(result, sound.private().apply(&operand, &mut rng()).unwrap());
}

#[test]
fn a_coefficient_beyond_the_prime_is_not_used() {
    let sound = Parts::of(&made(1024));
    let large = Crt { qinv: &sound.crt[0], ..sound.crt() };
    assert!(!PrivateKey::new(sound.public(), &sound.d, Some(large)).uses_primes());
}

#[test]
fn nothing_secret_is_printed() {
    let parts = Parts::of(&made(1024));
    assert_eq!(format!("{:?}", parts.private()), "PrivateKey(1024 bits, redacted)");
    assert_eq!(format!("{:?}", parts.crt()), "Crt(redacted)");
}

impl Parts {
    fn of_parts(other: &Self) -> Self {
        Self { n: other.n.clone(), d: other.d.clone(), crt: other.crt.clone() }
    }
}

/// Moduli of all shapes: all ones, a lone top bit, and random ones.
fn moduli() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for octets in [17, 18, 20, 27, 33, 54, 108, 128, 129] {
        all.push(vec![0xff; octets]);
        let mut lone = vec![0; octets];
        lone[0] = 0x80;
        lone[octets - 1] = 1;
        all.push(lone.clone());
        lone[0] = 1;
        if octets > 17 {
            all.push(lone);
        }
        let mut any = random(octets);
        any[0] |= 0x10;
        any[octets - 1] |= 1;
        all.push(any);
    }
    all
}

/// A modulus with numbers at its edges, as the crate's integers and as ours.
fn with_numbers(n: &[u8]) -> (Odd<BoxedUint>, Modulus, Vec<Vec<u8>>) {
    let bits = u32::try_from(n.len() * 8).unwrap();
    let modulus = Odd::new(BoxedUint::from_be_slice(n, bits).unwrap()).unwrap();
    let any = BoxedUint::from_be_slice(&random(n.len()), bits).unwrap();
    let any = octets(&any.rem(modulus.as_nz_ref()), n.len());
    let small = |last: u8| [vec![0; n.len() - 1], vec![last]].concat();
    (modulus, Modulus::new(n).unwrap(), vec![small(0), small(1), small(3), below(n, 1), below(n, 2), any])
}

fn taken(modulus: &Modulus, number: &[u8]) -> Limbs {
    modulus.form(&modulus.read(number).unwrap(), &mut modulus.columns())
}

fn given(modulus: &Modulus, form: &Limbs) -> Vec<u8> {
    limbs::to_octets(&modulus.number(form, &mut modulus.columns()), modulus.octets()).to_vec()
}

#[test]
fn arithmetic_below_a_modulus_is_right() {
    for n in moduli() {
        let (modulus, ours, numbers) = with_numbers(&n);
        let wide = modulus.as_nz_ref();
        let length = ours.octets();
        for a in &numbers {
            for b in &numbers {
                let (x, y) = (taken(&ours, a), taken(&ours, b));
                let (a, b) = (
                    BoxedUint::from_be_slice(a, wide.bits_precision()).unwrap(),
                    BoxedUint::from_be_slice(b, wide.bits_precision()).unwrap(),
                );
                let product = ours.product(&x, &y, &mut ours.columns());
                assert_eq!(given(&ours, &product), octets(&a.mul_mod(&b, wide), length));
                let mut square = limbs::zero(ours.length());
                ours.square_into(&mut square, &x, &mut ours.columns());
                assert_eq!(given(&ours, &square), octets(&a.mul_mod(&a, wide), length));
                assert_eq!(given(&ours, &ours.sum(&x, &y)), octets(&a.add_mod(&b, wide), length));
                assert_eq!(given(&ours, &ours.difference(&x, &y)), octets(&a.sub_mod(&b, wide), length));
            }
        }
    }
}

#[test]
fn numbers_of_any_length_are_reduced() {
    for n in moduli() {
        let ours = Modulus::new(&n).unwrap();
        for length in [1, n.len(), 2 * n.len(), 2 * n.len() + 5, 5 * n.len()] {
            let number = random(length);
            let bits = u32::try_from(length.max(n.len()) * 8).unwrap();
            let modulus = NonZero::new(BoxedUint::from_be_slice(&n, bits).unwrap()).unwrap();
            let wanted = BoxedUint::from_be_slice(&number, bits).unwrap().rem(&modulus);
            let limbs = limbs::from_octets(&number, length * 8 / 27 + 1).unwrap();
            let form = ours.form(&limbs, &mut ours.columns());
            assert_eq!(given(&ours, &form), octets(&wanted, ours.octets()));
        }
    }
}

#[test]
fn octets_become_limbs_and_octets_again() {
    for length in 0..90 {
        let number = random(length);
        let limbs = limbs::from_octets(&number, length * 8 / 27 + 1).unwrap();
        assert!(limbs.iter().all(|limb| *limb < 1 << 27));
        assert_eq!(*limbs::to_octets(&limbs, length), number);
    }
    assert!(limbs::from_octets(&[0, 0, 0, 0, 7, 0xff, 0xff, 0xff], 1).is_some());
    assert!(limbs::from_octets(&[8, 0, 0, 0], 1).is_none());
    assert!(limbs::from_octets(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 2).is_none());
}

#[test]
fn an_inverse_leads_back_to_one() {
    for n in moduli() {
        let (modulus, ours, numbers) = with_numbers(&n);
        for number in numbers {
            let wide = BoxedUint::from_be_slice(&number, modulus.bits_precision()).unwrap();
            let wanted = wide.invert_odd_mod(&modulus).into_option();
            let found = inverse(&ours, &ours.read(&number).unwrap());
            let found = found.map(|found| limbs::to_octets(&found, ours.octets()).to_vec());
            assert_eq!(found, wanted.map(|wanted| octets(&wanted, ours.octets())));
        }
    }
    let parts = Parts::of(&made(1024));
    let ours = Modulus::new(&parts.n).unwrap();
    let prime = limbs::from_octets(&parts.crt[0], ours.length()).unwrap();
    assert!(inverse(&ours, &prime).is_none());
}

#[test]
fn secret_exponents_of_every_length_are_computed() {
    let ours = Modulus::new(&[0xff; 32]).unwrap();
    let base = taken(&ours, &below(&[0xff; 32], 30));
    for exponent in [vec![], vec![0], vec![0, 0, 1], vec![31], vec![32], vec![0xff; 5], random(9)] {
        let value = exponent.iter().fold(0_u128, |value, octet| value << 8 | u128::from(*octet));
        let mut wanted = ours.one().clone();
        for bit in (0..128).rev() {
            wanted = ours.product(&wanted, &wanted, &mut ours.columns());
            if value >> bit & 1 == 1 {
                wanted = ours.product(&wanted, &base, &mut ours.columns());
            }
        }
        let power = power::secret(&ours, &base, &exponent);
        assert_eq!(given(&ours, &power), given(&ours, &wanted), "{exponent:?}");
    }
}
