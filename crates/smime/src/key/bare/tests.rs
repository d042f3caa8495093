//! The reference reads the same keys, or refuses them with the same error.

use rand_core::CryptoRng;

use super::{absent, curve, rsa_kernel};
use crate::asn1::{self, Reader};
use crate::error::{Error, Structure};
use crate::key::{Algorithm, PrivateKey, curve as reference_curve, rsa_kernel as reference_rsa};
use crate::oids;

fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

macro_rules! points_of {
    ($test:ident, $curve:ident, $algorithm:expr, $oid:expr, $field_bytes:literal) => {
        #[test]
        fn $test() {
            let reference = |octets: &[u8]| reference_curve::$curve::point(octets).map(drop);
            let bare = |octets: &[u8]| curve::$curve::point(octets).map(drop);
            let bad = Err(Error::Malformed { what: Structure::PublicKey });
            for _ in 0..20 {
                let key = PrivateKey::generate($algorithm, &mut rng()).unwrap();
                let point = key.public_key().key_bits();
                assert_eq!(curve::$curve::octets(&curve::$curve::point(&point).unwrap()), point);
                for at in [0, 1, $field_bytes, $field_bytes + 1, point.len() - 1] {
                    let mut other = point.clone();
                    other[at] ^= 1;
                    assert_eq!((reference(&other), bare(&other)), (bad.clone(), bad.clone()), "{at}");
                }
                // The other point with this x; then one that is written twice.
                let mut swapped = point.clone();
                swapped[1..].rotate_left($field_bytes);
                assert_eq!(reference(&swapped), bare(&swapped));
            }
            let ones = [&[4][..], &[0xff; 2 * $field_bytes]].concat();
            let zeros = [&[4][..], &[0; 2 * $field_bytes]].concat();
            for other in [
                &[][..],
                &[0],
                &[4],
                &ones,
                &zeros,
                &ones[1..],
                &zeros[..zeros.len() - 1],
                &[zeros.clone(), vec![0]].concat(),
            ] {
                assert_eq!((reference(other), bare(other)), (bad.clone(), bad.clone()), "{other:?}");
            }
            let compressed = [&[2][..], &[7; $field_bytes]].concat();
            assert_eq!(bare(&compressed), Err(absent($oid)));
        }
    };
}

points_of!(points_of_p256, p256, Algorithm::P256, oids::P256, 32);
points_of!(points_of_p384, p384, Algorithm::P384, oids::P384, 48);

/// Coordinates at and around the prime, on both sides of it.
#[test]
fn coordinates_are_below_the_prime() {
    // b is a square modulo the prime of P-256: the point with x = 0 (SEC 2 §2.4.2).
    let compressed = [&[2][..], &[0; 32]].concat();
    let point = reference_curve::p256::octets(&reference_curve::p256::point(&compressed).unwrap());
    assert!(curve::p256::point(&point).is_ok());
    let prime = hex::decode("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff").unwrap();
    let above = [&[4][..], &prime, &point[33..]].concat();
    assert!(reference_curve::p256::point(&above).is_err());
    assert!(curve::p256::point(&above).is_err());
}

fn sec1_of(key: &PrivateKey) -> Vec<u8> {
    let der = key.to_pkcs8_der().unwrap();
    let mut reader = Reader::only(&der, asn1::SEQUENCE).unwrap();
    reader.next().unwrap();
    reader.next().unwrap();
    reader.next().unwrap().value.to_vec()
}

#[test]
fn scalars_come_back_with_their_point() {
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let sec1 = sec1_of(&key);
    let mut reader = Reader::only(&sec1, asn1::SEQUENCE).unwrap();
    reader.next().unwrap();
    let scalar = reader.next().unwrap().value;
    let read = curve::p256::secret(scalar, reader).unwrap();
    assert_eq!(*curve::p256::sec1(&read), sec1);
    assert_eq!(curve::p256::octets(&curve::p256::public(&read)), key.public_key().key_bits());
    let longer = [&[0, 0], scalar].concat();
    assert_eq!(*curve::p256::sec1(&curve::p256::secret(&longer, reader).unwrap()), sec1);
    let bad = Some(Error::Malformed { what: Structure::PrivateKey });
    for other in [vec![0; 32], Vec::new(), [&[1], scalar].concat()] {
        assert_eq!(curve::p256::secret(&other, reader).err(), bad);
    }
    assert_eq!(curve::p256::secret(scalar, Reader::new(&[])).err(), Some(absent(oids::P256)));
    assert_eq!(
        curve::p384::secret(scalar, reader).err(),
        Some(Error::Malformed { what: Structure::PublicKey })
    );
}

#[test]
fn rsa_keys_are_read_as_the_reference_reads_them() {
    let key = PrivateKey::generate(Algorithm::Rsa2048, &mut rng()).unwrap();
    let pkcs1 = sec1_of(&key);
    let read = rsa_kernel::read_private(&pkcs1).unwrap();
    assert_eq!(*rsa_kernel::private_der(&read).unwrap(), pkcs1);
    assert_eq!((rsa_kernel::private_bits(&read), rsa_kernel::modulus_bits(&read_public(&key))), (2048, 2048));
    assert_eq!(rsa_kernel::public_der(&rsa_kernel::public_half(&read)), key.public_key().key_bits());
    let wrong =
        |der: &[u8]| (rsa_kernel::read_private(der).is_err(), reference_rsa::read_private(der).is_err());
    // In the modulus, in a prime; a field too many; nothing at all.
    for at in [20, pkcs1.len() / 2] {
        let mut other = pkcs1.clone();
        other[at] ^= 2;
        assert_eq!(wrong(&other), (true, true), "{at}");
    }
    for other in [&pkcs1[..pkcs1.len() - 1], &[], &[0x30, 0]] {
        assert_eq!(wrong(other), (true, true));
    }
}

fn read_public(key: &PrivateKey) -> rsa_kernel::Public {
    rsa_kernel::read_public(&key.public_key().key_bits()).unwrap()
}

#[test]
fn rsa_public_keys_have_the_bounds_of_the_reference() {
    let modulus = [vec![0xc5; 255], vec![1]].concat();
    let even = [vec![0xc5; 255], vec![2]].concat();
    let der = |modulus: &[u8], exponent: &[u8]| {
        asn1::sequence(&[&asn1::tlv(asn1::INTEGER, modulus), &asn1::tlv(asn1::INTEGER, exponent)])
    };
    let whole = [&[0], &*modulus].concat();
    for (modulus, exponent, is_good) in [
        (&whole, &[1, 0, 1][..], true),
        (&whole, &[3], true),
        (&whole, &[1, 0xff, 0xff, 0xff, 0xff], true),
        (&whole, &[2, 0, 0, 0, 1], false),
        (&whole, &[1], false),
        (&whole, &[2], false),
        (&whole, &[0], false),
        (&whole, &[], false),
        (&whole, &[0, 3], false),
        (&whole, &[0x83], false),
        (&modulus, &[3], false),
        (&[&[0], &*whole].concat(), &[3], false),
        (&[&[0], &*even].concat(), &[3], false),
    ] {
        let der = der(modulus, exponent);
        assert_eq!(rsa_kernel::read_public(&der).is_ok(), is_good, "{exponent:?}");
        assert_eq!(reference_rsa::read_public(&der).is_ok(), is_good, "{exponent:?}");
    }
}

#[test]
fn whatever_computes_says_that_it_is_not_here() {
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let point = curve::p256::point(&key.public_key().key_bits()).unwrap();
    assert_eq!(curve::p256::verify(&point, &[0; 32], &[]), Err(absent(oids::P256)));
    assert_eq!(curve::p256::generate(&mut rng()).err(), Some(absent(oids::P256)));
}
