//! Keys: RSA and the NIST curves, made, read, written and used; with the features `more`,
//! `legacy` and `pq` those seldom met, outlived, and not yet common.
//!
//! Private keys are wiped on drop and never print. Every private RSA operation is blinded
//! with the caller's randomness. X448 and Ed448 (RFC 8410) are `UnsupportedAlgorithm`: their only
//! implementations in Rust are unfinished pre-releases.

#[cfg(any(test, not(feature = "reference")))]
#[cfg_attr(feature = "reference", allow(dead_code, reason = "compared with the reference"))]
mod bare;
#[cfg(feature = "pq")]
mod composite;
#[cfg(feature = "reference")]
mod curve;
mod digest;
#[cfg(feature = "legacy")]
mod dsa_public;
mod kind;
#[cfg(feature = "pq")]
mod ml_dsa;
#[cfg(feature = "pq")]
mod ml_kem;
#[cfg(feature = "more")]
mod more;
#[cfg(feature = "pq")]
mod pq;
#[cfg(feature = "pq")]
mod private_forms;
mod public;
mod read;
#[cfg(test)]
mod rsa_crate;
#[cfg(feature = "reference")]
mod rsa_kernel;
mod rsa_private;
mod scheme;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

#[cfg(not(feature = "reference"))]
use self::bare::{curve, rsa_kernel};
pub use self::digest::DigestAlgorithm;
pub(crate) use self::digest::identifier as algorithm_identifier;
#[cfg(any(feature = "more", feature = "pq"))]
use self::digest::no_parameters;
#[cfg(any(feature = "reference", feature = "containers"))]
pub(crate) use self::digest::with_digest;
pub use self::kind::{Algorithm, KeyKind, KeySealing, MlDsaSet, MlKemSet};
#[cfg(feature = "pq")]
pub use self::pq::Encapsulation;
pub use self::public::{MAX_RSA_BITS, MIN_RSA_BITS, PublicKey};
pub use self::scheme::{OaepParameters, SignatureScheme};
use crate::asn1;
use crate::error::{Error, Result};

/// A private key. It is wiped when dropped and prints only its kind.
#[derive(Clone)]
pub struct PrivateKey(Inner);

#[derive(Clone)]
enum Inner {
    Rsa(Box<rsa_kernel::Private>),
    P256(curve::p256::Secret),
    P384(curve::p384::Secret),
    #[cfg(feature = "more")]
    More(more::Private),
    #[cfg(feature = "pq")]
    Pq(Box<pq::Private>),
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PrivateKey({}, redacted)", self.kind())
    }
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// `Decrypt` when the generator of primes fails, which needs a broken source of randomness;
    /// `UnsupportedAlgorithm` when the feature that brings the algorithm is off.
    pub fn generate<R: CryptoRng + ?Sized>(algorithm: Algorithm, rng: &mut R) -> Result<Self> {
        let bits = match algorithm {
            Algorithm::Rsa2048 => 2048,
            Algorithm::Rsa3072 => 3072,
            Algorithm::Rsa4096 => 4096,
            other => return generate_other(other, rng),
        };
        Ok(Self(Inner::Rsa(Box::new(rsa_kernel::generate(bits, rng)?))))
    }

    /// Makes a new key of the same kind on the same curve; for ephemeral keys of RFC 5753.
    ///
    /// # Errors
    /// `WrongKeyKind` when `peer` is not a key that agrees.
    pub fn generate_ephemeral<R: CryptoRng + ?Sized>(peer: &PublicKey, rng: &mut R) -> Result<Self> {
        let algorithm = match peer.kind() {
            KeyKind::P256 => Algorithm::P256,
            KeyKind::P384 => Algorithm::P384,
            KeyKind::P521 => Algorithm::P521,
            KeyKind::X25519 => Algorithm::X25519,
            _ => return Err(Error::WrongKeyKind),
        };
        // Not `generate`: who only writes letters would carry the search for primes and its tables.
        generate_other(algorithm, rng)
    }

    /// Reads a key: PKCS#8 (RFC 5958) plain or encrypted, SEC1 (RFC 5915) or PKCS#1
    /// (RFC 8017 appendix A), in PEM or DER. Of several PEM blocks the first private key counts.
    ///
    /// # Errors
    /// `PasswordRequired`, `WrongPassword`, `Malformed`, `UnsupportedAlgorithm` and `RsaKeySize`
    /// describe the input.
    pub fn read(bytes: &[u8], password: Option<&str>) -> Result<Self> {
        read::any(bytes, password)
    }

    /// Reads a DER-encoded PKCS#8 PrivateKeyInfo.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm` and `RsaKeySize` describe the input.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self> {
        read::pkcs8(der)
    }

    /// What kind of key this is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match &self.0 {
            Inner::Rsa(key) => KeyKind::Rsa { bits: rsa_kernel::private_bits(key) },
            Inner::P256(_) => KeyKind::P256,
            Inner::P384(_) => KeyKind::P384,
            #[cfg(feature = "more")]
            Inner::More(key) => key.kind(),
            #[cfg(feature = "pq")]
            Inner::Pq(key) => key.kind(),
        }
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        match &self.0 {
            Inner::Rsa(key) => PublicKey::from_rsa(rsa_kernel::public_half(key)),
            Inner::P256(key) => PublicKey::from_p256(curve::p256::public(key)),
            Inner::P384(key) => PublicKey::from_p384(curve::p384::public(key)),
            #[cfg(feature = "more")]
            Inner::More(key) => PublicKey::from_more(key.public()),
            #[cfg(feature = "pq")]
            Inner::Pq(key) => PublicKey::from_post_quantum(key.public()),
        }
    }

    /// The SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of the public half.
    #[must_use]
    pub fn spki_der(&self) -> Vec<u8> {
        self.public_key().spki_der().to_vec()
    }

    /// Whether this key is the private half of that public key.
    #[must_use]
    pub fn matches(&self, public: &PublicKey) -> bool {
        self.public_key().same_key(public)
    }

    /// Writes the key as an unencrypted PKCS#8 PrivateKeyInfo (RFC 5958).
    ///
    /// # Errors
    /// `Malformed` when an RSA key lacks its CRT values, which no key made or read here does.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>> {
        let inner = match &self.0 {
            Inner::Rsa(key) => rsa_kernel::private_der(key)?,
            Inner::P256(key) => curve::p256::sec1(key),
            Inner::P384(key) => curve::p384::sec1(key),
            #[cfg(feature = "more")]
            Inner::More(key) => key.write(),
            #[cfg(feature = "pq")]
            Inner::Pq(key) => key.write(),
        };
        let secret = Zeroizing::new(asn1::octet_string(&inner));
        Ok(Zeroizing::new(asn1::sequence(&[
            &asn1::small_integer(0),
            &self.public_key().algorithm_identifier(),
            &secret,
        ])))
    }

    /// Writes the key as unencrypted PKCS#8 in PEM armour.
    ///
    /// # Errors
    /// As [`Self::to_pkcs8_der`].
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(crate::pem::encode("PRIVATE KEY", &self.to_pkcs8_der()?)))
    }

    /// The scheme we sign with: RSASSA-PSS with a salt as long as the hash, ECDSA with a hash as
    /// strong as the curve, or the one scheme of the key. A key that does not sign has none: what is
    /// answered for it, [`Self::sign`] refuses.
    #[must_use]
    pub fn default_scheme(&self) -> SignatureScheme {
        match self.kind() {
            KeyKind::Rsa { .. } => SignatureScheme::pss(DigestAlgorithm::Sha256),
            KeyKind::P384 => SignatureScheme::Ecdsa(DigestAlgorithm::Sha384),
            KeyKind::P521 => SignatureScheme::Ecdsa(DigestAlgorithm::Sha512),
            KeyKind::Ed25519 => SignatureScheme::Ed25519,
            KeyKind::MlDsa(set) => SignatureScheme::MlDsa(set),
            _ => SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
        }
    }

    /// Signs a message.
    ///
    /// # Errors
    /// `WrongKeyKind` when the scheme is not for this key, `LegacyAlgorithm` for SHA-1 and MD5,
    /// which are never signed with.
    pub fn sign<R: CryptoRng + ?Sized>(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        match &self.0 {
            #[cfg(feature = "more")]
            Inner::More(key) if scheme.signs_message() => key.sign(scheme, message),
            #[cfg(feature = "pq")]
            Inner::Pq(key) => key.sign(scheme, message, rng),
            _ => self.sign_digest(scheme, &scheme.digest().hash_here(message)?, rng),
        }
    }

    /// Signs a digest that the caller has computed with the scheme's hash.
    ///
    /// # Errors
    /// As [`Self::sign`], and `WrongKeyKind` for a scheme that signs the message itself.
    pub fn sign_digest<R: CryptoRng + ?Sized>(
        &self,
        scheme: SignatureScheme,
        digest: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        if scheme.digest().is_legacy() {
            return Err(Error::LegacyAlgorithm);
        }
        match (&self.0, scheme) {
            (Inner::Rsa(key), _) => rsa_kernel::sign(key, scheme, digest, rng),
            (Inner::P256(key), SignatureScheme::Ecdsa(_)) => curve::p256::sign(key, digest, rng),
            (Inner::P384(key), SignatureScheme::Ecdsa(_)) => curve::p384::sign(key, digest, rng),
            #[cfg(feature = "more")]
            (Inner::More(key), _) => key.sign_digest(scheme, digest, rng),
            _ => Err(Error::WrongKeyKind),
        }
    }

    /// Agrees on a shared secret with a peer: the x coordinate (SEC 1 §3.3.1, RFC 5753 §7.1), or
    /// what X25519 gives (RFC 7748 §6.1).
    ///
    /// # Errors
    /// `WrongKeyKind` when the two keys are not on one curve; `Malformed` for an X25519 key of
    /// small order, with which no secret can be shared.
    pub fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>> {
        match (&self.0, peer) {
            (Inner::P256(key), peer) => curve::p256::agree(key, peer.as_p256().ok_or(Error::WrongKeyKind)?),
            (Inner::P384(key), peer) => curve::p384::agree(key, peer.as_p384().ok_or(Error::WrongKeyKind)?),
            #[cfg(feature = "more")]
            (Inner::More(key), peer) => key.agree(peer.as_more().ok_or(Error::WrongKeyKind)?),
            _ => Err(Error::WrongKeyKind),
        }
    }

    /// Length in octets of what this key encrypts to or signs, for RSA; `None` for the others.
    #[must_use]
    pub fn rsa_octets(&self) -> Option<usize> {
        match &self.0 {
            Inner::Rsa(key) => Some(rsa_kernel::private_bits(key).div_ceil(8)),
            _ => None,
        }
    }
}

/// Every kind but RSA.
fn generate_other<R: CryptoRng + ?Sized>(algorithm: Algorithm, rng: &mut R) -> Result<PrivateKey> {
    match algorithm {
        Algorithm::P256 => return Ok(PrivateKey(Inner::P256(curve::p256::generate(rng)?))),
        Algorithm::P384 => return Ok(PrivateKey(Inner::P384(curve::p384::generate(rng)?))),
        _ => {}
    }
    #[cfg(feature = "more")]
    if let Some(key) = more::Private::generate(algorithm, rng) {
        return Ok(PrivateKey(Inner::More(key)));
    }
    #[cfg(feature = "pq")]
    if let Some(key) = pq::Private::generate(algorithm, rng) {
        return Ok(PrivateKey(Inner::Pq(Box::new(key))));
    }
    let _ = rng;
    Err(Error::UnsupportedAlgorithm { oid: algorithm.oid() })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
