//! ECDSA (FIPS 186-5 §6) on the NIST curves, the same for each.

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::asn1;

macro_rules! ecdsa_on {
    ($(#[$meta:meta])* $curve:ident, $field_bytes:literal) => {
        $(#[$meta])*
        pub(super) mod $curve {
            use ::$curve::ecdsa::signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
            use ::$curve::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
            use ::$curve::{PublicKey, SecretKey};
            use rand_core::CryptoRng;

            use crate::error::{Error, Result};

            pub(in crate::key) fn sign<R: CryptoRng + ?Sized>(
                key: &SecretKey,
                digest: &[u8],
                rng: &mut R,
            ) -> Result<Vec<u8>> {
                let digest = super::padded(digest, $field_bytes);
                let signature: DerSignature = SigningKey::from(key)
                    .sign_prehash_with_rng(rng, &digest)
                    .map_err(|_| Error::WrongKeyKind)?;
                Ok(signature.as_bytes().to_vec())
            }

            pub(in crate::key) fn verify(key: &PublicKey, digest: &[u8], signature: &[u8]) -> Result<()> {
                let digest = super::padded(digest, $field_bytes);
                let signature = Signature::from_der(signature).map_err(|_| Error::BadSignature)?;
                VerifyingKey::from(key)
                    .verify_prehash(&digest, &signature)
                    .map_err(|_| Error::BadSignature)
            }
        }
    };
}

ecdsa_on!(p256, 32);
ecdsa_on!(p384, 48);
ecdsa_on!(
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

/// ECPrivateKey (RFC 5915 §3), the curve being named outside.
pub(super) fn sec1(scalar: &[u8], point: &[u8]) -> Zeroizing<Vec<u8>> {
    let secret = Zeroizing::new(asn1::octet_string(scalar));
    let public = asn1::nest(asn1::context(1), &[&asn1::bit_string(point)]);
    Zeroizing::new(asn1::sequence(&[&asn1::small_integer(1), &secret, &public]))
}
