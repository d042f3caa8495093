//! The NIST curves, the same for each: keys, ECDH (SEC 1 §3.3.1) and ECDSA (FIPS 186-5 §6).

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::asn1;

macro_rules! keys_on {
    ($(#[$meta:meta])* $curve:ident, $field_bytes:literal) => {
        $(#[$meta])*
        pub(super) mod $curve {
            use ::$curve::ecdsa::signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
            use ::$curve::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
            use ::$curve::elliptic_curve::Generate;
            use ::$curve::elliptic_curve::sec1::ToSec1Point;
            use rand_core::CryptoRng;
            use zeroize::Zeroizing;

            use crate::asn1::Reader;
            use crate::error::{Error, Result, Structure};

            pub(in crate::key) use ::$curve::{PublicKey as Point, SecretKey as Secret};

            pub(in crate::key) fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Result<Secret> {
                Ok(Secret::generate_from_rng(rng))
            }

            /// The key with this scalar; what stands beside it (RFC 5915 §3) follows from it.
            pub(in crate::key) fn secret(scalar: &[u8], _beside: Reader<'_>) -> Result<Secret> {
                let scalar = super::at_full_length::<$field_bytes>(scalar);
                let key = scalar.and_then(|scalar| Secret::from_slice(&*scalar).ok());
                key.ok_or(Error::Malformed { what: Structure::PrivateKey })
            }

            /// ECPrivateKey (RFC 5915 §3), the curve being named outside.
            pub(in crate::key) fn sec1(key: &Secret) -> Zeroizing<Vec<u8>> {
                super::sec1(&Zeroizing::new(key.to_bytes()), &octets(&key.public_key()))
            }

            pub(in crate::key) fn public(key: &Secret) -> Point {
                key.public_key()
            }

            /// A point as SEC 1 §2.3.4 reads it.
            pub(in crate::key) fn point(octets: &[u8]) -> Result<Point> {
                Point::from_sec1_bytes(octets).map_err(|_| Error::Malformed { what: Structure::PublicKey })
            }

            /// Uncompressed (SEC 1 §2.3.3).
            pub(in crate::key) fn octets(point: &Point) -> Vec<u8> {
                point.to_sec1_point(false).as_bytes().to_vec()
            }

            pub(in crate::key) fn agree(key: &Secret, peer: &Point) -> Result<Zeroizing<Vec<u8>>> {
                Ok(Zeroizing::new(key.diffie_hellman(peer).raw_secret_bytes().to_vec()))
            }

            pub(in crate::key) fn sign<R: CryptoRng + ?Sized>(
                key: &Secret,
                digest: &[u8],
                rng: &mut R,
            ) -> Result<Vec<u8>> {
                let digest = super::padded(digest, $field_bytes);
                let signature: DerSignature = SigningKey::from(key)
                    .sign_prehash_with_rng(rng, &digest)
                    .map_err(|_| Error::WrongKeyKind)?;
                Ok(signature.as_bytes().to_vec())
            }

            pub(in crate::key) fn verify(key: &Point, digest: &[u8], signature: &[u8]) -> Result<()> {
                let digest = super::padded(digest, $field_bytes);
                let signature = Signature::from_der(signature).map_err(|_| Error::BadSignature)?;
                VerifyingKey::from(key)
                    .verify_prehash(&digest, &signature)
                    .map_err(|_| Error::BadSignature)
            }
        }
    };
}

keys_on!(p256, 32);
keys_on!(p384, 48);
keys_on!(
    #[cfg(feature = "more")]
    p521,
    66
);

/// The same integer in more octets. The curves' libraries refuse a digest shorter than half the
/// field, which FIPS 186-5 does not.
fn padded(digest: &[u8], field_bytes: usize) -> Cow<'_, [u8]> {
    let least = field_bytes.div_ceil(2);
    match least.checked_sub(digest.len()) {
        None | Some(0) => Cow::Borrowed(digest),
        Some(missing) => Cow::Owned([vec![0; missing], digest.to_vec()].concat()),
    }
}

/// A scalar at full length; some programs drop or add leading zeros.
pub(super) fn at_full_length<const N: usize>(scalar: &[u8]) -> Option<Zeroizing<[u8; N]>> {
    let start = scalar.iter().position(|byte| *byte != 0)?;
    let digits = scalar.get(start..)?;
    let mut out = Zeroizing::new([0_u8; N]);
    let from = N.checked_sub(digits.len())?;
    out.get_mut(from..)?.copy_from_slice(digits);
    Some(out)
}

/// ECPrivateKey (RFC 5915 §3), the curve being named outside.
pub(super) fn sec1(scalar: &[u8], point: &[u8]) -> Zeroizing<Vec<u8>> {
    let secret = Zeroizing::new(asn1::octet_string(scalar));
    let public = asn1::nest(asn1::context(1), &[&asn1::bit_string(point)]);
    Zeroizing::new(asn1::sequence(&[&asn1::small_integer(1), &secret, &public]))
}
