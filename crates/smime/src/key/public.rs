//! Public keys: read from SubjectPublicKeyInfo, used to verify and to encrypt.

use const_oid::ObjectIdentifier;
use rand_core::CryptoRng;

use super::digest::identifier;
use super::{KeyKind, OaepParameters, SignatureScheme, curve, rsa_kernel};
use crate::asn1::{self, Of, Reader};
use crate::error::{Error, Result, Structure};
use crate::oids;

/// Shortest RSA modulus whose signatures count without `danger_legacy` (NIST SP 800-131A).
pub const MIN_RSA_BITS: usize = 2048;

/// Shortest RSA modulus we compute with at all; shorter ones can be factored at home.
const LEAST_RSA_BITS: usize = 1024;

/// Longest RSA modulus we compute with, so that a hostile certificate cannot keep us busy.
pub const MAX_RSA_BITS: usize = 8192;

/// A public key with the SubjectPublicKeyInfo it came in.
#[derive(Clone, Debug)]
pub struct PublicKey {
    spki: Vec<u8>,
    inner: Inner,
}

#[derive(Clone, Debug)]
enum Inner {
    Rsa {
        key: rsa_kernel::Public,
        /// The key's identifier allows only this family (RFC 4055 §1.2).
        only: Option<RsaUse>,
    },
    P256(curve::p256::Point),
    P384(curve::p384::Point),
    #[cfg(feature = "more")]
    More(super::more::Public),
    #[cfg(feature = "legacy")]
    Dsa(Box<super::dsa_public::Public>),
    #[cfg(feature = "pq")]
    Pq(super::pq::Public),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RsaUse {
    Pss(Option<SignatureScheme>),
    Oaep,
}

impl PublicKey {
    /// Reads a DER-encoded SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 4055, 5480, 8410, 9881, 9935).
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm`, `AlgorithmParameters` or `RsaKeySize`.
    pub fn from_spki_der(der: &[u8]) -> Result<Self> {
        Self::read(der, None)
    }

    /// Reads a SubjectPublicKeyInfo whose DSA parameters may be absent: then those of the issuer's
    /// key hold (RFC 3279 §2.3.2, RFC 5280 §6.1.4 e). `issuer` is the key that the path, up to here
    /// valid, hands down. For every other kind of key it changes nothing.
    ///
    /// # Errors
    /// As [`Self::from_spki_der`]; `AlgorithmParameters` when the issuer has none to hand down.
    pub fn from_spki_der_inheriting(der: &[u8], issuer: &Self) -> Result<Self> {
        Self::read(der, Some(issuer))
    }

    fn read(der: &[u8], issuer: Option<&Self>) -> Result<Self> {
        let mut reader = Reader::only(der, asn1::SEQUENCE).of(Structure::PublicKey)?;
        let algorithm = reader.expect(asn1::SEQUENCE).of(Structure::PublicKey)?;
        let bits = reader.expect(asn1::BIT_STRING).and_then(|b| b.whole_bits()).of(Structure::PublicKey)?;
        reader.finish().of(Structure::PublicKey)?;
        let (oid, parameters) = identifier(algorithm.raw)?;
        let inner = match oid {
            oids::RSA_ENCRYPTION => Inner::Rsa { key: rsa_key(bits)?, only: None },
            oids::RSAES_OAEP => Inner::Rsa { key: rsa_key(bits)?, only: Some(RsaUse::Oaep) },
            oids::RSASSA_PSS => {
                let allowed =
                    parameters.map(|_| SignatureScheme::from_identifier_der(algorithm.raw)).transpose()?;
                Inner::Rsa { key: rsa_key(bits)?, only: Some(RsaUse::Pss(allowed)) }
            }
            oids::EC_PUBLIC_KEY | oids::EC_DH => curve_key(parameters, bits)?,
            _ => other(oid, parameters, bits, issuer)?,
        };
        Ok(Self { spki: der.to_vec(), inner })
    }

    /// Reads an uncompressed or compressed point on the curve of `kind` (SEC 1 §2.3.4), as the
    /// originator key of RFC 5753 §7.1 holds it.
    ///
    /// # Errors
    /// `Malformed` when the point is not on the curve, `WrongKeyKind` when `kind` has no curve.
    pub fn from_point(kind: KeyKind, point: &[u8]) -> Result<Self> {
        match kind {
            KeyKind::P256 => curve::p256::point(point).map(Self::from_p256),
            KeyKind::P384 => curve::p384::point(point).map(Self::from_p384),
            #[cfg(feature = "more")]
            kind => super::more::Public::from_point(kind, point).map(Self::from_more),
            #[cfg(not(feature = "more"))]
            _ => Err(Error::WrongKeyKind),
        }
    }

    pub(super) fn from_rsa(key: rsa_kernel::Public) -> Self {
        let algorithm = asn1::sequence(&[&asn1::oid(oids::RSA_ENCRYPTION), &asn1::null()]);
        let spki = asn1::sequence(&[&algorithm, &asn1::bit_string(&rsa_kernel::public_der(&key))]);
        Self { spki, inner: Inner::Rsa { key, only: None } }
    }

    pub(super) fn from_p256(key: curve::p256::Point) -> Self {
        let spki = curve_spki(oids::P256, &curve::p256::octets(&key));
        Self { spki, inner: Inner::P256(key) }
    }

    pub(super) fn from_p384(key: curve::p384::Point) -> Self {
        let spki = curve_spki(oids::P384, &curve::p384::octets(&key));
        Self { spki, inner: Inner::P384(key) }
    }

    #[cfg(feature = "more")]
    pub(super) fn from_more(key: super::more::Public) -> Self {
        let spki = asn1::sequence(&[&key.algorithm_identifier(), &asn1::bit_string(&key.to_bytes())]);
        Self { spki, inner: Inner::More(key) }
    }

    #[cfg(feature = "pq")]
    pub(super) fn from_post_quantum(key: super::pq::Public) -> Self {
        let algorithm = asn1::sequence(&[&asn1::oid(key.oid())]);
        let spki = asn1::sequence(&[&algorithm, &asn1::bit_string(&key.to_bytes())]);
        Self { spki, inner: Inner::Pq(key) }
    }

    #[cfg(feature = "more")]
    pub(super) fn as_more(&self) -> Option<&super::more::Public> {
        match &self.inner {
            Inner::More(key) => Some(key),
            _ => None,
        }
    }

    #[cfg(feature = "pq")]
    pub(super) fn as_post_quantum(&self) -> Option<&super::pq::Public> {
        match &self.inner {
            Inner::Pq(key) => Some(key),
            _ => None,
        }
    }

    pub(super) fn as_p256(&self) -> Option<&curve::p256::Point> {
        match &self.inner {
            Inner::P256(key) => Some(key),
            _ => None,
        }
    }

    pub(super) fn as_p384(&self) -> Option<&curve::p384::Point> {
        match &self.inner {
            Inner::P384(key) => Some(key),
            _ => None,
        }
    }

    /// The SubjectPublicKeyInfo as it was read or made.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The DER AlgorithmIdentifier inside the SubjectPublicKeyInfo.
    #[must_use]
    pub fn algorithm_identifier(&self) -> Vec<u8> {
        Reader::only(&self.spki, asn1::SEQUENCE)
            .and_then(|mut spki| spki.next())
            .map(|algorithm| algorithm.raw.to_vec())
            .unwrap_or_default()
    }

    /// The octets of the subjectPublicKey BIT STRING: a point, or an RSAPublicKey.
    #[must_use]
    pub fn key_bits(&self) -> Vec<u8> {
        Reader::only(&self.spki, asn1::SEQUENCE)
            .and_then(|mut spki| {
                spki.next()?;
                spki.expect(asn1::BIT_STRING)?.whole_bits()
            })
            .map(<[u8]>::to_vec)
            .unwrap_or_default()
    }

    /// What kind of key this is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match &self.inner {
            Inner::Rsa { key, .. } => KeyKind::Rsa { bits: rsa_kernel::modulus_bits(key) },
            Inner::P256(_) => KeyKind::P256,
            Inner::P384(_) => KeyKind::P384,
            #[cfg(feature = "more")]
            Inner::More(key) => key.kind(),
            #[cfg(feature = "legacy")]
            Inner::Dsa(key) => KeyKind::Dsa { bits: key.bits() },
            #[cfg(feature = "pq")]
            Inner::Pq(key) => key.kind(),
        }
    }

    /// Whether both are the same key, however their identifiers are written.
    #[must_use]
    pub fn same_key(&self, other: &Self) -> bool {
        match (&self.inner, &other.inner) {
            (Inner::Rsa { key: a, .. }, Inner::Rsa { key: b, .. }) => a == b,
            (Inner::P256(a), Inner::P256(b)) => a == b,
            (Inner::P384(a), Inner::P384(b)) => a == b,
            #[cfg(feature = "more")]
            (Inner::More(a), Inner::More(b)) => a == b,
            #[cfg(feature = "legacy")]
            (Inner::Dsa(a), Inner::Dsa(b)) => a == b,
            #[cfg(feature = "pq")]
            (Inner::Pq(a), Inner::Pq(b)) => a == b,
            _ => false,
        }
    }

    /// Verifies the signature of a message. `danger_legacy` lets SHA-1, MD5, DSA and RSA keys below
    /// [`MIN_RSA_BITS`] pass; whoever sets it must not show the result as trustworthy.
    ///
    /// # Errors
    /// `BadSignature`, `LegacyAlgorithm`, `RsaKeySize` or `WrongKeyKind`.
    pub fn verify(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
        danger_legacy: bool,
    ) -> Result<()> {
        match &self.inner {
            #[cfg(feature = "more")]
            Inner::More(key) if scheme.signs_message() => key.verify(scheme, message, signature),
            #[cfg(feature = "pq")]
            Inner::Pq(key) => key.verify(scheme, message, signature),
            _ => self.verify_digest(scheme, &scheme.digest().hash_here(message)?, signature, danger_legacy),
        }
    }

    /// Verifies the signature over a digest computed with the scheme's hash.
    ///
    /// # Errors
    /// As [`Self::verify`], and `WrongKeyKind` for a scheme that signs the message itself.
    pub fn verify_digest(
        &self,
        scheme: SignatureScheme,
        digest: &[u8],
        signature: &[u8],
        danger_legacy: bool,
    ) -> Result<()> {
        if scheme.is_legacy() && !danger_legacy {
            return Err(Error::LegacyAlgorithm);
        }
        match (&self.inner, scheme) {
            (Inner::Rsa { key, only }, _) => {
                let bits = rsa_kernel::modulus_bits(key);
                if bits < MIN_RSA_BITS && !danger_legacy {
                    return Err(Error::RsaKeySize { bits });
                }
                allowed(*only, scheme)?;
                rsa_kernel::verify(key, scheme, digest, signature)
            }
            (Inner::P256(key), SignatureScheme::Ecdsa(_)) => curve::p256::verify(key, digest, signature),
            (Inner::P384(key), SignatureScheme::Ecdsa(_)) => curve::p384::verify(key, digest, signature),
            #[cfg(feature = "more")]
            (Inner::More(key), _) => key.verify_digest(scheme, digest, signature),
            #[cfg(feature = "legacy")]
            (Inner::Dsa(key), SignatureScheme::Dsa(_)) => key.verify(digest, signature),
            _ => Err(Error::WrongKeyKind),
        }
    }

    /// Encrypts a content-encryption key with RSAES-OAEP (RFC 8017 §7.1).
    ///
    /// # Errors
    /// `WrongKeyKind` for a key that is not RSA or too short for the message.
    pub fn encrypt_oaep<R: CryptoRng + ?Sized>(
        &self,
        parameters: &OaepParameters,
        message: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        let Inner::Rsa { key, only: None | Some(RsaUse::Oaep) } = &self.inner else {
            return Err(Error::WrongKeyKind);
        };
        rsa_kernel::encrypt_oaep(key, parameters, message, rng)
    }

    /// Encrypts a content-encryption key with RSAES-PKCS1-v1_5 (RFC 8017 §7.2), for
    /// correspondents whose programs know nothing better.
    ///
    /// # Errors
    /// `WrongKeyKind` for a key that is not RSA or too short for the message.
    pub fn encrypt_pkcs1v15<R: CryptoRng + ?Sized>(&self, message: &[u8], rng: &mut R) -> Result<Vec<u8>> {
        let Inner::Rsa { key, only: None } = &self.inner else { return Err(Error::WrongKeyKind) };
        rsa_kernel::encrypt_pkcs1v15(key, message, rng)
    }
}

/// RSAPublicKey (RFC 8017 appendix A.1.1). The library bounds the exponent: between 2 and 2³³,
/// so that verification stays cheap.
fn rsa_key(bits: &[u8]) -> Result<rsa_kernel::Public> {
    let read = || {
        let mut reader = Reader::only(bits, asn1::SEQUENCE)?;
        let modulus = asn1::unsigned(reader.expect(asn1::INTEGER)?.value).ok_or(asn1::NotDer)?;
        Ok(modulus.len() * 8)
    };
    let size = read().of(Structure::PublicKey)?;
    if !(LEAST_RSA_BITS..=MAX_RSA_BITS).contains(&size) {
        return Err(Error::RsaKeySize { bits: size });
    }
    rsa_kernel::read_public(bits)
}

/// The kinds that a feature brings.
fn other(
    oid: ObjectIdentifier,
    parameters: Option<&[u8]>,
    bits: &[u8],
    issuer: Option<&PublicKey>,
) -> Result<Inner> {
    #[cfg(feature = "more")]
    if let Some(read) = super::more::Public::read(oid, parameters, bits) {
        return read.map(Inner::More);
    }
    #[cfg(feature = "legacy")]
    if oid == oids::DSA {
        let inherited = issuer.and_then(|issuer| match &issuer.inner {
            Inner::Dsa(key) => Some(&**key),
            _ => None,
        });
        return super::dsa_public::Public::read(parameters, bits, inherited)
            .map(|key| Inner::Dsa(Box::new(key)));
    }
    #[cfg(feature = "pq")]
    if let Some(read) = super::pq::Public::read(oid, parameters, bits) {
        return read.map(Inner::Pq);
    }
    let _ = (parameters, bits, issuer);
    Err(Error::UnsupportedAlgorithm { oid })
}

fn curve_key(parameters: Option<&[u8]>, point: &[u8]) -> Result<Inner> {
    let bad = Error::Malformed { what: Structure::PublicKey };
    let mut reader = Reader::new(parameters.ok_or(bad)?);
    let named = reader.optional(asn1::OID).of(Structure::PublicKey)?;
    let curve = match named {
        Some(oid) => oid.oid().of(Structure::PublicKey)?,
        // Explicit parameters are forbidden by RFC 5480 §2.1.1.
        None => return Err(Error::AlgorithmParameters { oid: oids::EC_PUBLIC_KEY }),
    };
    match curve {
        oids::P256 => curve::p256::point(point).map(Inner::P256),
        oids::P384 => curve::p384::point(point).map(Inner::P384),
        #[cfg(feature = "more")]
        oids::P521 => super::more::Public::from_point(KeyKind::P521, point).map(Inner::More),
        oid => Err(Error::UnsupportedAlgorithm { oid }),
    }
}

fn curve_spki(curve: ObjectIdentifier, point: &[u8]) -> Vec<u8> {
    let algorithm = asn1::sequence(&[&asn1::oid(oids::EC_PUBLIC_KEY), &asn1::oid(curve)]);
    asn1::sequence(&[&algorithm, &asn1::bit_string(point)])
}

/// RFC 4055 §3.1 and §4.1: a key that names its scheme is used with that scheme only.
fn allowed(only: Option<RsaUse>, scheme: SignatureScheme) -> Result<()> {
    let fits = match (only, scheme) {
        (None, _) => true,
        (Some(RsaUse::Pss(None)), SignatureScheme::RsaPss { .. }) => true,
        (
            Some(RsaUse::Pss(Some(SignatureScheme::RsaPss {
                digest: wanted,
                mgf_digest: mask,
                salt_len: least,
            }))),
            SignatureScheme::RsaPss { digest, mgf_digest, salt_len },
        ) => digest == wanted && mgf_digest == mask && salt_len >= least,
        _ => false,
    };
    if fits { Ok(()) } else { Err(Error::WrongKeyKind) }
}
