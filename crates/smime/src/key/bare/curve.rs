//! Points and scalars of the NIST curves.

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::{absent, field};
use crate::asn1::{self, Reader};
use crate::error::{Error, Result, Structure};
use crate::oids;

macro_rules! keys_on {
    ($curve:ident, $oid:path, $field:path) => {
        pub(in crate::key) mod $curve {
            use rand_core::CryptoRng;
            use zeroize::Zeroizing;

            pub(in crate::key) use super::{Point, Secret};
            use super::{absent, field, oids};
            use crate::asn1::Reader;
            use crate::error::Result;

            /// The key with this scalar. The point has to stand beside it: there is no arithmetic to find it.
            pub(in crate::key) fn secret(scalar: &[u8], beside: Reader<'_>) -> Result<Secret> {
                let point = point(super::beside(beside, $oid)?)?;
                super::secret(scalar, point)
            }

            pub(in crate::key) fn point(octets: &[u8]) -> Result<Point> {
                super::point(octets, $oid, |x, y| $field.has(x, y))
            }

            pub(in crate::key) fn sec1(key: &Secret) -> Zeroizing<Vec<u8>> {
                super::sec1(key)
            }

            pub(in crate::key) fn public(key: &Secret) -> Point {
                key.point.clone()
            }

            /// Uncompressed (SEC 1 §2.3.3).
            pub(in crate::key) fn octets(point: &Point) -> Vec<u8> {
                point.0.clone()
            }

            pub(in crate::key) fn generate<R: CryptoRng + ?Sized>(_rng: &mut R) -> Result<Secret> {
                Err(absent($oid))
            }

            pub(in crate::key) fn agree(_key: &Secret, _peer: &Point) -> Result<Zeroizing<Vec<u8>>> {
                Err(absent($oid))
            }

            pub(in crate::key) fn sign<R: CryptoRng + ?Sized>(
                _key: &Secret,
                _digest: &[u8],
                _rng: &mut R,
            ) -> Result<Vec<u8>> {
                Err(absent($oid))
            }

            pub(in crate::key) fn verify(_key: &Point, _digest: &[u8], _signature: &[u8]) -> Result<()> {
                Err(absent($oid))
            }
        }
    };
}

keys_on!(p256, oids::P256, field::P256);
keys_on!(p384, oids::P384, field::P384);

/// A point on its curve, uncompressed (SEC 1 §2.3.3).
#[derive(Clone, Debug, PartialEq)]
pub(in crate::key) struct Point(Vec<u8>);

/// A scalar as long as a coordinate, and its point as it was written beside it.
#[derive(Clone)]
pub(in crate::key) struct Secret {
    scalar: Zeroizing<Vec<u8>>,
    point: Point,
}

/// The publicKey of an ECPrivateKey (RFC 5915 §3), which may be left out.
fn beside(mut rest: Reader<'_>, curve: ObjectIdentifier) -> Result<&[u8]> {
    let found = rest.optional(asn1::context(1)).and_then(|field| match field {
        Some(field) => field.reader().expect(asn1::BIT_STRING)?.whole_bits().map(Some),
        None => Ok(None),
    });
    found.ok().flatten().ok_or(absent(curve))
}

fn secret(scalar: &[u8], point: Point) -> Result<Secret> {
    let bad = Error::Malformed { what: Structure::PrivateKey };
    // Some programs drop or add leading zeros.
    let start = scalar.iter().position(|octet| *octet != 0).ok_or(bad.clone())?;
    let digits = scalar.get(start..).unwrap_or_default();
    let mut scalar = Zeroizing::new(vec![0; point.0.len() / 2]);
    let from = scalar.len().checked_sub(digits.len()).ok_or(bad)?;
    scalar.get_mut(from..).unwrap_or_default().copy_from_slice(digits);
    Ok(Secret { scalar, point })
}

fn sec1(key: &Secret) -> Zeroizing<Vec<u8>> {
    let secret = Zeroizing::new(asn1::octet_string(&key.scalar));
    let public = asn1::nest(asn1::context(1), &[&asn1::bit_string(&key.point.0)]);
    Zeroizing::new(asn1::sequence(&[&asn1::small_integer(1), &secret, &public]))
}

/// An uncompressed point. A compressed one is as good, but what it leaves out is not found here.
fn point(octets: &[u8], curve: ObjectIdentifier, is_on: impl Fn(&[u8], &[u8]) -> bool) -> Result<Point> {
    match octets {
        [4, coordinates @ ..] => {
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            if is_on(x, y) {
                return Ok(Point(octets.to_vec()));
            }
        }
        [2 | 3, ..] => return Err(absent(curve)),
        _ => {}
    }
    Err(Error::Malformed { what: Structure::PublicKey })
}
