//! The arithmetic of keys computed elsewhere: what is asked and answered, as octets.
//!
//! A page leaves keys to the browser. What the browser has not, RSAES-PKCS1-v1_5 for one, another module computes, which is
//! loaded at the first question. Content ciphers are never asked for: they are here.

use core::future::Future;
use core::pin::Pin;
use std::borrow::Cow;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Backend, Promise, Rust, ready};
use crate::cms::content_cipher::ContentAlgorithm;
use crate::error::{Error, Result, Structure};
use crate::key::{
    Algorithm, DigestAlgorithm, KeyKind, OaepParameters, PrivateKey, PublicKey, SignatureScheme,
};

/// Octets of one argument or answer. Keys are among them, so that all are wiped.
pub type Octets = Zeroizing<Vec<u8>>;

/// What is to be computed.
#[derive(Clone)]
pub struct Question {
    /// The method of [`Backend`].
    pub name: &'static str,
    /// Its argument that is no octets, or 0.
    pub number: u32,
    /// Its other arguments: private keys as PKCS#8, public ones as SubjectPublicKeyInfo, algorithms as AlgorithmIdentifier.
    pub parts: Vec<Octets>,
}

/// What came of it: octets, the stable code of an error ([`Error::code`]), or nothing where nobody could be asked.
pub type Answer = core::result::Result<Vec<Octets>, Option<String>>;

/// Takes questions to where [`answer`] runs.
pub trait Carrier {
    /// Asks.
    fn ask(&self, question: Question) -> Pin<Box<dyn Future<Output = Answer> + '_>>;

    /// Forgets what was kept there of private keys.
    fn forget(&self);
}

/// Answers a question. Everything in it is untrusted.
///
/// # Errors
/// Those of [`Backend`]'s method, and `Malformed` for a question that nobody of this build asks.
pub fn answer(name: &str, number: u32, parts: &[Octets], rng: &mut dyn CryptoRng) -> Result<Vec<Octets>> {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_slice()).collect();
    match (name, parts.as_slice()) {
        ("digest", [algorithm, data]) => {
            let algorithm = DigestAlgorithm::from_identifier_der(algorithm)?;
            ready(Rust.digest(algorithm, data)).map(one)
        }
        ("verify", [key, scheme, message, signature]) => {
            let (key, scheme) =
                (PublicKey::from_spki_der(key)?, SignatureScheme::from_identifier_der(scheme)?);
            ready(Rust.verify(&key, scheme, message, signature, number != 0)).map(|()| Vec::new())
        }
        ("sign", [key, scheme, message]) => {
            let (key, scheme) =
                (PrivateKey::from_pkcs8_der(key)?, SignatureScheme::from_identifier_der(scheme)?);
            ready(Rust.sign(&key, scheme, message, rng)).map(one)
        }
        ("decrypt_oaep", [key, parameters, ciphertext]) => {
            let (key, parameters) =
                (PrivateKey::from_pkcs8_der(key)?, OaepParameters::from_identifier_der(parameters)?);
            ready(Rust.decrypt_oaep(&key, &parameters, ciphertext, rng)).map(secret)
        }
        ("decrypt_pkcs1v15", [key, ciphertext]) => {
            let key = PrivateKey::from_pkcs8_der(key)?;
            let length = usize::try_from(number).map_err(|_| Error::Decrypt)?;
            ready(Rust.decrypt_pkcs1v15(&key, ciphertext, length, rng)).map(secret)
        }
        ("encrypt_oaep", [key, parameters, message]) => {
            let (key, parameters) =
                (PublicKey::from_spki_der(key)?, OaepParameters::from_identifier_der(parameters)?);
            ready(Rust.encrypt_oaep(&key, &parameters, message, rng)).map(one)
        }
        ("encrypt_pkcs1v15", [key, message]) => {
            ready(Rust.encrypt_pkcs1v15(&PublicKey::from_spki_der(key)?, message, rng)).map(one)
        }
        ("agree", [key, peer]) => {
            let (key, peer) = (PrivateKey::from_pkcs8_der(key)?, PublicKey::from_spki_der(peer)?);
            ready(Rust.agree(&key, &peer)).map(secret)
        }
        ("agree_ephemeral", [peer]) => {
            let (point, shared) = ready(Rust.agree_ephemeral(&PublicKey::from_spki_der(peer)?, rng))?;
            Ok(vec![Zeroizing::new(point), shared])
        }
        ("read_key", [pkcs8]) => ready(Rust.read_key(pkcs8))?.to_pkcs8_der().map(secret),
        ("generate", []) => {
            let place = usize::try_from(number).unwrap_or(usize::MAX);
            let algorithm = *Algorithm::ALL.get(place).ok_or(UNREADABLE)?;
            ready(Rust.generate(algorithm, rng))?.to_pkcs8_der().map(secret)
        }
        _ => Err(UNREADABLE),
    }
}

const UNREADABLE: Error = Error::Malformed { what: Structure::PrivateKey };

fn one(octets: Vec<u8>) -> Vec<Octets> {
    vec![Zeroizing::new(octets)]
}

fn secret(octets: Octets) -> Vec<Octets> {
    vec![octets]
}

/// A backend, and whom to ask about what that one has not.
#[derive(Debug, Default)]
pub struct Remote<B, C> {
    near: B,
    far: C,
}

impl<B: Backend, C: Carrier> Remote<B, C> {
    /// `near` computes, `far` is asked where it answers `UnsupportedAlgorithm`.
    pub fn new(near: B, far: C) -> Self {
        Self { near, far }
    }

    /// The backend that computes first.
    pub fn near(&self) -> &B {
        &self.near
    }

    /// What is near, or else what is far. An algorithm that neither has is told as the near one tells it.
    async fn or_far<T, const N: usize>(
        &self,
        near: Result<T>,
        question: impl FnOnce() -> Result<Question>,
        read: impl FnOnce([Octets; N]) -> Result<T>,
    ) -> Result<T> {
        let missing = match near {
            Err(missing @ Error::UnsupportedAlgorithm { .. }) => missing,
            found => return found,
        };
        match self.far.ask(question()?).await {
            Ok(parts) => read(parts.try_into().map_err(|_| UNREADABLE)?),
            Err(None) => Err(Error::Unreachable),
            Err(Some(code)) => Err(told(&code).unwrap_or(missing)),
        }
    }
}

/// The errors that tell more than that an algorithm is not there. Of a size, which one stays with who asked.
fn told(code: &str) -> Option<Error> {
    let size = Error::RsaKeySize { bits: 0 };
    [Error::BadSignature, Error::LegacyAlgorithm, size, Error::WrongKeyKind, Error::Decrypt, UNREADABLE]
        .into_iter()
        .find(|error| error.code() == code)
}

fn question<const N: usize>(name: &'static str, number: u32, parts: [&[u8]; N]) -> Question {
    let parts = parts.into_iter().map(|part| Zeroizing::new(part.to_vec())).collect();
    Question { name, number, parts }
}

fn plain([octets]: [Octets; 1]) -> Result<Vec<u8>> {
    Ok(octets.to_vec())
}

fn hidden([octets]: [Octets; 1]) -> Result<Octets> {
    Ok(octets)
}

impl<B: Backend, C: Carrier> Backend for Remote<B, C> {
    fn name(&self) -> &'static str {
        self.near.name()
    }

    fn forget(&self) {
        self.near.forget();
        self.far.forget();
    }

    fn digest<'a>(&'a self, algorithm: DigestAlgorithm, data: &'a [u8]) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            let near = self.near.digest(algorithm, data).await;
            let ask = || Ok(question("digest", 0, [&algorithm.identifier_der(), data]));
            self.or_far(near, ask, plain).await
        })
    }

    fn verify<'a>(
        &'a self,
        key: &'a PublicKey,
        scheme: SignatureScheme,
        message: &'a [u8],
        signature: &'a [u8],
        danger_legacy: bool,
    ) -> Promise<'a, ()> {
        Box::pin(async move {
            let near = self.near.verify(key, scheme, message, signature, danger_legacy).await;
            let missing = near.clone();
            let ask = || {
                let parts = [key.spki_der(), &scheme.identifier_der(), message, signature];
                Ok(question("verify", danger_legacy.into(), parts))
            };
            match self.or_far(near, ask, |[]: [Octets; 0]| Ok(())).await {
                Err(Error::RsaKeySize { .. }) if let KeyKind::Rsa { bits } = key.kind() => {
                    Err(Error::RsaKeySize { bits })
                }
                // Nobody could check it, which is what a verdict can say.
                Err(Error::Unreachable) => missing,
                found => found,
            }
        })
    }

    fn sign<'a>(
        &'a self,
        key: &'a PrivateKey,
        scheme: SignatureScheme,
        message: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            let near = self.near.sign(key, scheme, message, rng).await;
            let ask = || Ok(question("sign", 0, [&key.to_pkcs8_der()?, &scheme.identifier_der(), message]));
            self.or_far(near, ask, plain).await
        })
    }

    fn decrypt_oaep<'a>(
        &'a self,
        key: &'a PrivateKey,
        parameters: &'a OaepParameters,
        ciphertext: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move {
            let near = self.near.decrypt_oaep(key, parameters, ciphertext, rng).await;
            let ask = || {
                let parts = [&key.to_pkcs8_der()?, &*parameters.identifier_der(), ciphertext];
                Ok(question("decrypt_oaep", 0, parts))
            };
            self.or_far(near, ask, hidden).await
        })
    }

    fn decrypt_pkcs1v15<'a>(
        &'a self,
        key: &'a PrivateKey,
        ciphertext: &'a [u8],
        length: usize,
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move {
            let near = self.near.decrypt_pkcs1v15(key, ciphertext, length, rng).await;
            let ask = || {
                let length = u32::try_from(length).map_err(|_| Error::Decrypt)?;
                Ok(question("decrypt_pkcs1v15", length, [&key.to_pkcs8_der()?, ciphertext]))
            };
            self.or_far(near, ask, hidden).await
        })
    }

    fn encrypt_oaep<'a>(
        &'a self,
        key: &'a PublicKey,
        parameters: &'a OaepParameters,
        message: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            let near = self.near.encrypt_oaep(key, parameters, message, rng).await;
            let ask =
                || Ok(question("encrypt_oaep", 0, [key.spki_der(), &parameters.identifier_der(), message]));
            self.or_far(near, ask, plain).await
        })
    }

    fn encrypt_pkcs1v15<'a>(
        &'a self,
        key: &'a PublicKey,
        message: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            let near = self.near.encrypt_pkcs1v15(key, message, rng).await;
            let ask = || Ok(question("encrypt_pkcs1v15", 0, [key.spki_der(), message]));
            self.or_far(near, ask, plain).await
        })
    }

    /// Written out there, the key is whole: a point that was left out stands beside its scalar.
    fn read_key<'a>(&'a self, pkcs8: &'a [u8]) -> Promise<'a, PrivateKey> {
        Box::pin(async move {
            let near = self.near.read_key(pkcs8).await;
            let read = |[key]: [Octets; 1]| PrivateKey::from_pkcs8_der(&key);
            self.or_far(near, || Ok(question("read_key", 0, [pkcs8])), read).await
        })
    }

    fn generate<'a>(&'a self, algorithm: Algorithm, rng: &'a mut dyn CryptoRng) -> Promise<'a, PrivateKey> {
        Box::pin(async move {
            let near = self.near.generate(algorithm, rng).await;
            let place = Algorithm::ALL.iter().zip(0..).find(|(known, _)| **known == algorithm);
            let number = place.map_or(u32::MAX, |(_, number)| number);
            let read = |[key]: [Octets; 1]| PrivateKey::from_pkcs8_der(&key);
            self.or_far(near, || Ok(question("generate", number, [])), read).await
        })
    }

    fn agree<'a>(&'a self, key: &'a PrivateKey, peer: &'a PublicKey) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move {
            let near = self.near.agree(key, peer).await;
            let ask = || Ok(question("agree", 0, [&key.to_pkcs8_der()?, peer.spki_der()]));
            self.or_far(near, ask, hidden).await
        })
    }

    fn agree_ephemeral<'a>(
        &'a self,
        peer: &'a PublicKey,
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, (Vec<u8>, Zeroizing<Vec<u8>>)> {
        Box::pin(async move {
            let near = self.near.agree_ephemeral(peer, rng).await;
            let read = |[point, shared]: [Octets; 2]| Ok((point.to_vec(), shared));
            self.or_far(near, || Ok(question("agree_ephemeral", 0, [peer.spki_der()])), read).await
        })
    }

    fn seal_authenticated<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        associated: &'a [u8],
        content: Vec<u8>,
    ) -> Promise<'a, (Vec<u8>, Vec<u8>)> {
        self.near.seal_authenticated(algorithm, key, associated, content)
    }

    fn open_authenticated<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        associated: &'a [u8],
        tag: &'a [u8],
        sealed: Vec<u8>,
    ) -> Promise<'a, Vec<u8>> {
        self.near.open_authenticated(algorithm, key, associated, tag, sealed)
    }

    fn encrypt<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        content: Vec<u8>,
    ) -> Promise<'a, Vec<u8>> {
        self.near.encrypt(algorithm, key, content)
    }

    fn decrypt<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        sealed: Cow<'a, [u8]>,
    ) -> Promise<'a, Vec<u8>> {
        self.near.decrypt(algorithm, key, sealed)
    }
}
