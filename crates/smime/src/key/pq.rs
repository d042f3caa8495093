//! Post-quantum keys behind one face: ML-DSA signs, ML-KEM and its composite encapsulate.

use const_oid::ObjectIdentifier;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    Algorithm, KeyKind, MlDsaSet, MlKemSet, SignatureScheme, composite, ml_dsa, ml_kem, no_parameters,
};
use crate::error::{Error, Result};
use crate::oids;

/// A post-quantum private key.
#[derive(Clone)]
pub(super) enum Private {
    MlDsa(ml_dsa::Private),
    MlKem(ml_kem::Private),
    MlKem768P256(Box<composite::Private>),
}

/// A post-quantum public key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Public {
    MlDsa(ml_dsa::Public),
    MlKem(ml_kem::Public),
    MlKem768P256(Box<composite::Public>),
}

impl Private {
    /// `None` when the algorithm is none of ours.
    pub(super) fn generate<R: CryptoRng + ?Sized>(algorithm: Algorithm, rng: &mut R) -> Option<Self> {
        match algorithm {
            Algorithm::MlDsa(set) => Some(Self::MlDsa(ml_dsa::Private::generate(set, rng))),
            Algorithm::MlKem(set) => Some(Self::MlKem(ml_kem::Private::generate(set, rng))),
            Algorithm::MlKem768P256 => Some(Self::MlKem768P256(Box::new(composite::Private::generate(rng)))),
            _ => None,
        }
    }

    /// Reads the privateKey field of PKCS#8; `None` when the algorithm is none of ours.
    pub(super) fn read(oid: ObjectIdentifier, parameters: Option<&[u8]>, key: &[u8]) -> Option<Result<Self>> {
        let read = match kind_of(oid)? {
            KeyKind::MlDsa(set) => ml_dsa::Private::read(set, key).map(Self::MlDsa),
            KeyKind::MlKem(set) => ml_kem::Private::read(set, key).map(Self::MlKem),
            _ => composite::Private::read(key).map(|key| Self::MlKem768P256(Box::new(key))),
        };
        Some(no_parameters(oid, parameters).and(read))
    }

    pub(super) fn kind(&self) -> KeyKind {
        match self {
            Self::MlDsa(key) => KeyKind::MlDsa(key.set()),
            Self::MlKem(key) => KeyKind::MlKem(key.set()),
            Self::MlKem768P256(_) => KeyKind::MlKem768P256,
        }
    }

    pub(super) fn public(&self) -> Public {
        match self {
            Self::MlDsa(key) => Public::MlDsa(key.public()),
            Self::MlKem(key) => Public::MlKem(key.public()),
            Self::MlKem768P256(key) => Public::MlKem768P256(Box::new(key.public())),
        }
    }

    /// The privateKey field of PKCS#8.
    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::MlDsa(key) => key.write(),
            Self::MlKem(key) => key.write(),
            Self::MlKem768P256(key) => key.write(),
        }
    }

    pub(super) fn sign<R: CryptoRng + ?Sized>(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        match (self, scheme) {
            (Self::MlDsa(key), SignatureScheme::MlDsa(set)) if key.set() == set => key.sign(message, rng),
            _ => Err(Error::WrongKeyKind),
        }
    }
}

impl Public {
    /// Reads the bits of a SubjectPublicKeyInfo; `None` when the algorithm is none of ours.
    pub(super) fn read(
        oid: ObjectIdentifier,
        parameters: Option<&[u8]>,
        bits: &[u8],
    ) -> Option<Result<Self>> {
        let read = match kind_of(oid)? {
            KeyKind::MlDsa(set) => ml_dsa::Public::read(set, bits).map(Self::MlDsa),
            KeyKind::MlKem(set) => ml_kem::Public::read(set, bits).map(Self::MlKem),
            _ => composite::Public::read(bits).map(|key| Self::MlKem768P256(Box::new(key))),
        };
        Some(no_parameters(oid, parameters).and(read))
    }

    pub(super) fn kind(&self) -> KeyKind {
        match self {
            Self::MlDsa(key) => KeyKind::MlDsa(key.set()),
            Self::MlKem(key) => KeyKind::MlKem(key.set()),
            Self::MlKem768P256(_) => KeyKind::MlKem768P256,
        }
    }

    pub(super) fn oid(&self) -> ObjectIdentifier {
        match self {
            Self::MlDsa(key) => key.set().oid(),
            Self::MlKem(key) => key.set().oid(),
            Self::MlKem768P256(_) => oids::ML_KEM_768_P256,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::MlDsa(key) => key.to_bytes(),
            Self::MlKem(key) => key.to_bytes(),
            Self::MlKem768P256(key) => key.to_bytes(),
        }
    }

    pub(super) fn verify(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Result<()> {
        match (self, scheme) {
            (Self::MlDsa(key), SignatureScheme::MlDsa(set)) if key.set() == set => {
                key.verify(message, &[], signature)
            }
            _ => Err(Error::WrongKeyKind),
        }
    }
}

/// The post-quantum kind of key with this identifier.
fn kind_of(oid: ObjectIdentifier) -> Option<KeyKind> {
    let ml_dsa = MlDsaSet::from_oid(oid).map(KeyKind::MlDsa);
    let ml_kem = || MlKemSet::from_oid(oid).map(KeyKind::MlKem);
    let composite = || (oid == oids::ML_KEM_768_P256).then_some(KeyKind::MlKem768P256);
    ml_dsa.or_else(ml_kem).or_else(composite)
}

/// A shared secret and the ciphertext that carries it to the holder of the private key.
pub struct Encapsulation {
    /// What the recipient decapsulates.
    pub ciphertext: Vec<u8>,
    /// The shared secret, wiped on drop.
    pub secret: Zeroizing<Vec<u8>>,
}

impl core::fmt::Debug for Encapsulation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Encapsulation({} octets, redacted)", self.ciphertext.len())
    }
}

impl super::PublicKey {
    /// Encapsulates a fresh secret to the holder of this key (FIPS 203 §7.2).
    ///
    /// # Errors
    /// `WrongKeyKind` for a key that does not encapsulate.
    pub fn encapsulate<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Result<Encapsulation> {
        let ml_kem::Encapsulated { ciphertext, secret } = match self.as_post_quantum() {
            Some(Public::MlKem(key)) => key.encapsulate(rng),
            Some(Public::MlKem768P256(key)) => key.encapsulate(rng),
            _ => return Err(Error::WrongKeyKind),
        };
        Ok(Encapsulation { ciphertext, secret })
    }
}

impl super::PrivateKey {
    /// Takes the secret out of an untrusted ciphertext (FIPS 203 §7.3). A forged ML-KEM
    /// ciphertext gives a secret nobody knows (implicit rejection).
    ///
    /// # Errors
    /// `WrongKeyKind` for a key that does not decapsulate; `Decrypt` for a ciphertext of the
    /// wrong length or with a point off the curve, which anybody can see.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let super::Inner::Pq(key) = &self.0 else { return Err(Error::WrongKeyKind) };
        match &**key {
            Private::MlKem(key) => key.decapsulate(ciphertext).ok_or(Error::Decrypt),
            Private::MlKem768P256(key) => key.decapsulate(ciphertext).ok_or(Error::Decrypt),
            Private::MlDsa(_) => Err(Error::WrongKeyKind),
        }
    }
}
