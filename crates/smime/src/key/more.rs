//! Keys seldom met in letters: P-521 (RFC 5480), Ed25519 and X25519 (RFC 8410).

use const_oid::ObjectIdentifier;
use ed25519_dalek::Signer;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Algorithm, KeyKind, SignatureScheme, curve, no_parameters};
use crate::asn1::{self, Of, Reader};
use crate::error::{Error, Result, Structure};
use crate::oids;

/// Octets of keys on Curve25519, private and public (RFC 8410 §4, §7).
const KEY_BYTES: usize = 32;

/// A private key.
#[derive(Clone)]
pub(super) enum Private {
    P521(curve::p521::Secret),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    X25519(x25519_dalek::StaticSecret),
}

/// A public key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Public {
    P521(curve::p521::Point),
    Ed25519(ed25519_dalek::VerifyingKey),
    X25519(x25519_dalek::PublicKey),
}

impl Private {
    /// `None` when the algorithm is none of ours.
    pub(super) fn generate<R: CryptoRng + ?Sized>(algorithm: Algorithm, rng: &mut R) -> Option<Self> {
        match algorithm {
            Algorithm::P521 => curve::p521::generate(rng).ok().map(Self::P521),
            Algorithm::Ed25519 => Some(Self::Ed25519(Box::new(ed25519_dalek::SigningKey::generate(rng)))),
            Algorithm::X25519 => {
                let mut secret = Zeroizing::new([0; KEY_BYTES]);
                rng.fill_bytes(&mut *secret);
                Some(Self::X25519((*secret).into()))
            }
            _ => None,
        }
    }

    /// Reads the privateKey field of PKCS#8, a CurvePrivateKey (RFC 8410 §7); `None` when the
    /// algorithm is none of ours. P-521 is read with the other curves.
    pub(super) fn read(oid: ObjectIdentifier, parameters: Option<&[u8]>, key: &[u8]) -> Option<Result<Self>> {
        let read: fn([u8; KEY_BYTES]) -> Self = match oid {
            oids::ED25519 => |secret| Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&secret))),
            oids::X25519 => |secret| Self::X25519(secret.into()),
            _ => return None,
        };
        Some(no_parameters(oid, parameters).and_then(|()| curve_private_key(key)).map(|secret| read(*secret)))
    }

    pub(super) fn kind(&self) -> KeyKind {
        match self {
            Self::P521(_) => KeyKind::P521,
            Self::Ed25519(_) => KeyKind::Ed25519,
            Self::X25519(_) => KeyKind::X25519,
        }
    }

    pub(super) fn public(&self) -> Public {
        match self {
            Self::P521(key) => Public::P521(curve::p521::public(key)),
            Self::Ed25519(key) => Public::Ed25519(key.verifying_key()),
            Self::X25519(key) => Public::X25519(key.into()),
        }
    }

    /// The privateKey field of PKCS#8.
    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::P521(key) => curve::p521::sec1(key),
            Self::Ed25519(key) => Zeroizing::new(asn1::octet_string(&Zeroizing::new(key.to_bytes())[..])),
            Self::X25519(key) => Zeroizing::new(asn1::octet_string(&Zeroizing::new(key.to_bytes())[..])),
        }
    }

    /// Signs a message with Ed25519 (RFC 8032 §5.1.6).
    pub(super) fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        match (self, scheme) {
            (Self::Ed25519(key), SignatureScheme::Ed25519) => Ok(key.sign(message).to_bytes().to_vec()),
            _ => Err(Error::WrongKeyKind),
        }
    }

    pub(super) fn sign_digest<R: CryptoRng + ?Sized>(
        &self,
        scheme: SignatureScheme,
        digest: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        match (self, scheme) {
            (Self::P521(key), SignatureScheme::Ecdsa(_)) => curve::p521::sign(key, digest, rng),
            _ => Err(Error::WrongKeyKind),
        }
    }

    pub(super) fn agree(&self, peer: &Public) -> Result<Zeroizing<Vec<u8>>> {
        match (self, peer) {
            (Self::P521(key), Public::P521(peer)) => curve::p521::agree(key, peer),
            (Self::X25519(key), Public::X25519(peer)) => {
                let shared = key.diffie_hellman(peer);
                // RFC 8418 §2.1: a shared secret of zeros comes from a point of small order.
                if !shared.was_contributory() {
                    return Err(Error::Malformed { what: Structure::PublicKey });
                }
                Ok(Zeroizing::new(shared.to_bytes().to_vec()))
            }
            _ => Err(Error::WrongKeyKind),
        }
    }
}

impl Public {
    /// Reads the bits of a SubjectPublicKeyInfo (RFC 8410 §4); `None` when the algorithm is
    /// none of ours. P-521 is read with the other curves.
    pub(super) fn read(
        oid: ObjectIdentifier,
        parameters: Option<&[u8]>,
        bits: &[u8],
    ) -> Option<Result<Self>> {
        let key = match oid {
            oids::ED25519 => ed25519(bits),
            oids::X25519 => x25519(bits),
            _ => return None,
        };
        Some(no_parameters(oid, parameters).and(key))
    }

    /// Reads a point of the curve of `kind`, as an originator's key holds it.
    pub(super) fn from_point(kind: KeyKind, point: &[u8]) -> Result<Self> {
        match kind {
            KeyKind::P521 => curve::p521::point(point).map(Self::P521),
            KeyKind::X25519 => x25519(point),
            _ => Err(Error::WrongKeyKind),
        }
    }

    pub(super) fn kind(&self) -> KeyKind {
        match self {
            Self::P521(_) => KeyKind::P521,
            Self::Ed25519(_) => KeyKind::Ed25519,
            Self::X25519(_) => KeyKind::X25519,
        }
    }

    /// The AlgorithmIdentifier of the SubjectPublicKeyInfo.
    pub(super) fn algorithm_identifier(&self) -> Vec<u8> {
        match self {
            Self::P521(_) => asn1::sequence(&[&asn1::oid(oids::EC_PUBLIC_KEY), &asn1::oid(oids::P521)]),
            Self::Ed25519(_) => asn1::sequence(&[&asn1::oid(oids::ED25519)]),
            Self::X25519(_) => asn1::sequence(&[&asn1::oid(oids::X25519)]),
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::P521(key) => curve::p521::octets(key),
            Self::Ed25519(key) => key.to_bytes().to_vec(),
            Self::X25519(key) => key.to_bytes().to_vec(),
        }
    }

    /// Verifies an Ed25519 signature in the strict way: no key or R of small order, so that a
    /// signature stands for one message and one key.
    pub(super) fn verify(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Result<()> {
        match (self, scheme) {
            (Self::Ed25519(key), SignatureScheme::Ed25519) => ed25519_dalek::Signature::from_slice(signature)
                .and_then(|signature| key.verify_strict(message, &signature))
                .map_err(|_| Error::BadSignature),
            _ => Err(Error::WrongKeyKind),
        }
    }

    pub(super) fn verify_digest(
        &self,
        scheme: SignatureScheme,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        match (self, scheme) {
            (Self::P521(key), SignatureScheme::Ecdsa(_)) => curve::p521::verify(key, digest, signature),
            _ => Err(Error::WrongKeyKind),
        }
    }
}

fn curve_private_key(key: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>> {
    let read = || {
        let mut reader = Reader::new(key);
        let secret = reader.expect(asn1::OCTET_STRING)?.value;
        reader.finish()?;
        secret.try_into().map(Zeroizing::new).map_err(|_| asn1::NotDer)
    };
    read().of(Structure::PrivateKey)
}

fn ed25519(bits: &[u8]) -> Result<Public> {
    let bits = bits.try_into().map_err(|_| malformed())?;
    ed25519_dalek::VerifyingKey::from_bytes(bits).map(Public::Ed25519).map_err(|_| malformed())
}

fn x25519(bits: &[u8]) -> Result<Public> {
    let bits: [u8; KEY_BYTES] = bits.try_into().map_err(|_| malformed())?;
    Ok(Public::X25519(bits.into()))
}

fn malformed() -> Error {
    Error::Malformed { what: Structure::PublicKey }
}
