//! ML-KEM (FIPS 203) keys as RFC 9935 writes them, and the mechanism for RFC 9936.

use ml_kem::{
    Decapsulate, DecapsulationKey, Encapsulate, EncapsulationKey, KeyExport, MlKem512, MlKem768, MlKem1024,
    TryKeyInit,
};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::MlKemSet;
use super::private_forms::{Forms, read_forms, write_forms};
use crate::error::{Error, Result, Structure};

/// Octets of the seed d ‖ z (FIPS 203 §7.1).
pub(super) const SEED_BYTES: usize = 64;

/// The message of the pair-wise test; any value will do.
const TEST_MESSAGE: [u8; 32] = [0x5a; 32];

/// A private key.
#[derive(Clone)]
pub(super) enum Private {
    MlKem512(Box<DecapsulationKey<MlKem512>>),
    MlKem768(Box<DecapsulationKey<MlKem768>>),
    MlKem1024(Box<DecapsulationKey<MlKem1024>>),
}

/// A public key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Public {
    MlKem512(Box<EncapsulationKey<MlKem512>>),
    MlKem768(Box<EncapsulationKey<MlKem768>>),
    MlKem1024(Box<EncapsulationKey<MlKem1024>>),
}

/// A secret and what carries it to the holder of the private key.
pub(super) struct Encapsulated {
    pub(super) ciphertext: Vec<u8>,
    pub(super) secret: Zeroizing<Vec<u8>>,
}

/// Runs an expression with the key that `$value` holds.
macro_rules! each {
    ($value:expr, $key:ident => $body:expr) => {
        match $value {
            Self::MlKem512($key) => $body,
            Self::MlKem768($key) => $body,
            Self::MlKem1024($key) => $body,
        }
    };
}

impl Private {
    pub(super) fn generate<R: CryptoRng + ?Sized>(set: MlKemSet, rng: &mut R) -> Self {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        rng.fill_bytes(&mut *seed);
        Self::from_seed(set, &seed)
    }

    pub(super) fn from_seed(set: MlKemSet, seed: &[u8; SEED_BYTES]) -> Self {
        match set {
            MlKemSet::MlKem512 => Self::MlKem512(Box::new(DecapsulationKey::from_seed((*seed).into()))),
            MlKemSet::MlKem768 => Self::MlKem768(Box::new(DecapsulationKey::from_seed((*seed).into()))),
            MlKemSet::MlKem1024 => Self::MlKem1024(Box::new(DecapsulationKey::from_seed((*seed).into()))),
        }
    }

    /// Reads ML-KEM-*-PrivateKey (RFC 9935 §6) in its three forms. A seed must give the expanded
    /// key beside it; an expanded key alone must pass the hash check and the pair-wise test (§8).
    pub(super) fn read(set: MlKemSet, der: &[u8]) -> Result<Self> {
        let bad = Error::Malformed { what: Structure::PrivateKey };
        match read_forms::<SEED_BYTES>(der)? {
            Forms::Seed(seed) => Ok(Self::from_seed(set, &seed)),
            Forms::Both(seed, expanded) => {
                let key = Self::from_seed(set, &seed);
                if bool::from(key.to_expanded().ct_eq(expanded)) { Ok(key) } else { Err(bad) }
            }
            Forms::Expanded(expanded) => Self::from_expanded(set, expanded).ok_or(bad),
        }
    }

    // The crate calls the expanded form deprecated; RFC 9935 has it, so keys come in it.
    #[allow(deprecated)]
    pub(super) fn from_expanded(set: MlKemSet, bytes: &[u8]) -> Option<Self> {
        let key = match set {
            MlKemSet::MlKem512 => {
                let key = DecapsulationKey::from_expanded(&bytes.try_into().ok()?).ok()?;
                Self::MlKem512(Box::new(key))
            }
            MlKemSet::MlKem768 => {
                let key = DecapsulationKey::from_expanded(&bytes.try_into().ok()?).ok()?;
                Self::MlKem768(Box::new(key))
            }
            MlKemSet::MlKem1024 => {
                let key = DecapsulationKey::from_expanded(&bytes.try_into().ok()?).ok()?;
                Self::MlKem1024(Box::new(key))
            }
        };
        key.is_pair().then_some(key)
    }

    /// What is encapsulated to the public half comes out of the private half (FIPS 203 §7.1).
    fn is_pair(&self) -> bool {
        let sent = self.public().encapsulate_deterministic(&TEST_MESSAGE);
        self.decapsulate(&sent.ciphertext)
            .is_some_and(|secret| bool::from(secret.as_slice().ct_eq(sent.secret.as_slice())))
    }

    /// The seed form when the seed is known (RFC 9935 §6 recommends it), else the expanded form.
    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        match self.seed() {
            Some(seed) => write_forms::<SEED_BYTES>(&Forms::Seed(seed)),
            None => write_forms::<SEED_BYTES>(&Forms::Expanded(&self.to_expanded())),
        }
    }

    pub(super) fn seed(&self) -> Option<Zeroizing<[u8; SEED_BYTES]>> {
        each!(self, key => key.to_seed()).map(|seed| Zeroizing::new(seed.into()))
    }

    #[allow(deprecated)]
    pub(super) fn to_expanded(&self) -> Zeroizing<Vec<u8>> {
        use ml_kem::ExpandedKeyEncoding;
        each!(self, key => Zeroizing::new(key.to_expanded_bytes().to_vec()))
    }

    pub(super) fn set(&self) -> MlKemSet {
        match self {
            Self::MlKem512(_) => MlKemSet::MlKem512,
            Self::MlKem768(_) => MlKemSet::MlKem768,
            Self::MlKem1024(_) => MlKemSet::MlKem1024,
        }
    }

    pub(super) fn public(&self) -> Public {
        match self {
            Self::MlKem512(key) => Public::MlKem512(Box::new(key.encapsulation_key().clone())),
            Self::MlKem768(key) => Public::MlKem768(Box::new(key.encapsulation_key().clone())),
            Self::MlKem1024(key) => Public::MlKem1024(Box::new(key.encapsulation_key().clone())),
        }
    }

    /// The shared secret; `None` for a ciphertext of the wrong length, which anybody can see.
    /// Every other ciphertext gives a secret (implicit rejection, FIPS 203 §6.3).
    pub(super) fn decapsulate(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        each!(self, key => key.decapsulate_slice(ciphertext).ok().map(|secret| Zeroizing::new(secret.to_vec())))
    }
}

impl Public {
    /// Reads an encapsulation key; its coefficients must be reduced (FIPS 203 §7.2).
    pub(super) fn read(set: MlKemSet, bytes: &[u8]) -> Result<Self> {
        let key = match set {
            MlKemSet::MlKem512 => read(bytes).map(Self::MlKem512),
            MlKemSet::MlKem768 => read(bytes).map(Self::MlKem768),
            MlKemSet::MlKem1024 => read(bytes).map(Self::MlKem1024),
        };
        key.ok_or(Error::Malformed { what: Structure::PublicKey })
    }

    pub(super) fn set(&self) -> MlKemSet {
        match self {
            Self::MlKem512(_) => MlKemSet::MlKem512,
            Self::MlKem768(_) => MlKemSet::MlKem768,
            Self::MlKem1024(_) => MlKemSet::MlKem1024,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        each!(self, key => key.to_bytes().to_vec())
    }

    pub(super) fn encapsulate<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Encapsulated {
        each!(self, key => {
            let (ciphertext, secret) = key.encapsulate_with_rng(rng);
            Encapsulated { ciphertext: ciphertext.to_vec(), secret: Zeroizing::new(secret.to_vec()) }
        })
    }

    /// Encapsulates with a message of our choice: for the pair-wise test and for vectors only.
    pub(super) fn encapsulate_deterministic(&self, message: &[u8; 32]) -> Encapsulated {
        each!(self, key => {
            let (ciphertext, secret) = key.encapsulate_deterministic(&(*message).into());
            Encapsulated { ciphertext: ciphertext.to_vec(), secret: Zeroizing::new(secret.to_vec()) }
        })
    }
}

fn read<K: TryKeyInit>(bytes: &[u8]) -> Option<Box<K>> {
    K::new_from_slice(bytes).ok().map(Box::new)
}
