//! ML-DSA (FIPS 204) keys and signatures as RFC 9881 and RFC 9882 use them: pure, with an empty
//! context.

mod lattice;

use ml_dsa::signature::Keypair;
use ml_dsa::{
    ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, SigningKey, VerifyingKey,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::MlDsaSet;
use super::private_forms::{Forms, read_forms, write_forms};
use crate::error::{Error, Result, Structure};

/// Octets of the seed ξ (FIPS 204 §5.1).
const SEED_BYTES: usize = 32;

/// A private key: the seed when it is known, and what was expanded from it.
#[derive(Clone)]
pub(super) struct Private {
    seed: Option<Zeroizing<[u8; SEED_BYTES]>>,
    expanded: Expanded,
}

#[derive(Clone)]
enum Expanded {
    MlDsa44(Box<ExpandedSigningKey<MlDsa44>>),
    MlDsa65(Box<ExpandedSigningKey<MlDsa65>>),
    MlDsa87(Box<ExpandedSigningKey<MlDsa87>>),
}

/// A public key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Public {
    MlDsa44(Box<VerifyingKey<MlDsa44>>),
    MlDsa65(Box<VerifyingKey<MlDsa65>>),
    MlDsa87(Box<VerifyingKey<MlDsa87>>),
}

/// Runs an expression with the key that `$value` holds.
macro_rules! each {
    ($Enum:ident, $value:expr, $key:ident => $body:expr) => {
        match $value {
            $Enum::MlDsa44($key) => $body,
            $Enum::MlDsa65($key) => $body,
            $Enum::MlDsa87($key) => $body,
        }
    };
}

impl Private {
    pub(super) fn generate<R: CryptoRng + ?Sized>(set: MlDsaSet, rng: &mut R) -> Self {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        rng.fill_bytes(&mut *seed);
        Self::from_seed(set, seed)
    }

    fn from_seed(set: MlDsaSet, seed: Zeroizing<[u8; SEED_BYTES]>) -> Self {
        let expanded = match set {
            MlDsaSet::MlDsa44 => Expanded::MlDsa44(expand(&seed)),
            MlDsaSet::MlDsa65 => Expanded::MlDsa65(expand(&seed)),
            MlDsaSet::MlDsa87 => Expanded::MlDsa87(expand(&seed)),
        };
        Self { seed: Some(seed), expanded }
    }

    /// Reads ML-DSA-*-PrivateKey (RFC 9881 §6) in its three forms. A seed must give the expanded
    /// key beside it; an expanded key alone must be consistent in itself (§8.1).
    pub(super) fn read(set: MlDsaSet, der: &[u8]) -> Result<Self> {
        let bad = Error::Malformed { what: Structure::PrivateKey };
        match read_forms::<SEED_BYTES>(der)? {
            Forms::Seed(seed) => Ok(Self::from_seed(set, seed)),
            Forms::Both(seed, expanded) => {
                let key = Self::from_seed(set, seed);
                if *key.to_expanded() == *expanded { Ok(key) } else { Err(bad) }
            }
            Forms::Expanded(expanded) => Self::from_expanded(set, expanded).ok_or(bad),
        }
    }

    fn from_expanded(set: MlDsaSet, bytes: &[u8]) -> Option<Self> {
        lattice::is_consistent(set, bytes).then_some(())?;
        let expanded = match set {
            MlDsaSet::MlDsa44 => Expanded::MlDsa44(decode(bytes)?),
            MlDsaSet::MlDsa65 => Expanded::MlDsa65(decode(bytes)?),
            MlDsaSet::MlDsa87 => Expanded::MlDsa87(decode(bytes)?),
        };
        Some(Self { seed: None, expanded })
    }

    /// The seed form when the seed is known (RFC 9881 §6 recommends it), else the expanded form.
    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        match &self.seed {
            Some(seed) => write_forms::<SEED_BYTES>(&Forms::Seed(seed.clone())),
            None => write_forms::<SEED_BYTES>(&Forms::Expanded(&self.to_expanded())),
        }
    }

    // The crate calls the expanded form deprecated; RFC 9881 has it, so keys come in it.
    #[allow(deprecated)]
    pub(super) fn to_expanded(&self) -> Zeroizing<Vec<u8>> {
        each!(Expanded, &self.expanded, key => Zeroizing::new(key.to_expanded().to_vec()))
    }

    pub(super) fn set(&self) -> MlDsaSet {
        match &self.expanded {
            Expanded::MlDsa44(_) => MlDsaSet::MlDsa44,
            Expanded::MlDsa65(_) => MlDsaSet::MlDsa65,
            Expanded::MlDsa87(_) => MlDsaSet::MlDsa87,
        }
    }

    pub(super) fn public(&self) -> Public {
        match &self.expanded {
            Expanded::MlDsa44(key) => Public::MlDsa44(Box::new(Keypair::verifying_key(&**key))),
            Expanded::MlDsa65(key) => Public::MlDsa65(Box::new(Keypair::verifying_key(&**key))),
            Expanded::MlDsa87(key) => Public::MlDsa87(Box::new(Keypair::verifying_key(&**key))),
        }
    }

    /// Signs in the hedged way (FIPS 204 §3.4).
    pub(super) fn sign<R: CryptoRng + ?Sized>(&self, message: &[u8], rng: &mut R) -> Result<Vec<u8>> {
        each!(Expanded, &self.expanded, key => key
            .sign_randomized(message, &[], rng)
            .map(|signature| signature.encode().to_vec())
            .map_err(|_| Error::Decrypt))
    }

    /// Signs with given randomness (FIPS 204 algorithm 7), which foreign vectors need.
    #[cfg(test)]
    pub(super) fn sign_with(&self, message: &[u8], context: &[u8], randomness: [u8; 32]) -> Option<Vec<u8>> {
        let length = u8::try_from(context.len()).ok()?;
        Some(each!(Expanded, &self.expanded, key => key
            .sign_internal(&[&[0, length], context, message], &randomness.into())
            .encode()
            .to_vec()))
    }

    /// Signs what the message was hashed to (FIPS 204 §6.2), without randomness.
    #[cfg(test)]
    pub(super) fn sign_mu(&self, mu: [u8; 64]) -> Vec<u8> {
        each!(Expanded, &self.expanded, key => key.sign_mu_deterministic(&mu.into()).encode().to_vec())
    }
}

impl Public {
    pub(super) fn read(set: MlDsaSet, bytes: &[u8]) -> Result<Self> {
        let key = match set {
            MlDsaSet::MlDsa44 => verifying(bytes).map(Self::MlDsa44),
            MlDsaSet::MlDsa65 => verifying(bytes).map(Self::MlDsa65),
            MlDsaSet::MlDsa87 => verifying(bytes).map(Self::MlDsa87),
        };
        key.ok_or(Error::Malformed { what: Structure::PublicKey })
    }

    pub(super) fn set(&self) -> MlDsaSet {
        match self {
            Self::MlDsa44(_) => MlDsaSet::MlDsa44,
            Self::MlDsa65(_) => MlDsaSet::MlDsa65,
            Self::MlDsa87(_) => MlDsaSet::MlDsa87,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        each!(Self, self, key => key.encode().to_vec())
    }

    pub(super) fn verify(&self, message: &[u8], context: &[u8], signature: &[u8]) -> Result<()> {
        // FIPS 204 §5.3: the context has 255 octets at most, and the crate leaves that to us.
        let valid = context.len() <= 255
            && each!(Self, self, key => Signature::try_from(signature)
                .is_ok_and(|signature| key.verify_with_context(message, context, &signature)));
        if valid { Ok(()) } else { Err(Error::BadSignature) }
    }
}

fn expand<P: MlDsaParams>(seed: &[u8; SEED_BYTES]) -> Box<ExpandedSigningKey<P>> {
    Box::new(SigningKey::<P>::from_seed(&(*seed).into()).expanded_key().clone())
}

#[allow(deprecated)]
fn decode<P: MlDsaParams>(bytes: &[u8]) -> Option<Box<ExpandedSigningKey<P>>> {
    Some(Box::new(ExpandedSigningKey::<P>::from_expanded(&bytes.try_into().ok()?)))
}

fn verifying<P: MlDsaParams>(bytes: &[u8]) -> Option<Box<VerifyingKey<P>>> {
    Some(Box::new(VerifyingKey::<P>::decode(&bytes.try_into().ok()?)))
}
