//! RSA by our own arithmetic (`sceau-rsa`, `docs/design/rsa.md`) under the encodings of RFC 8017 §7 to §9. The crate
//! `rsa` makes keys, and reads and checks them.

mod encryption;
mod signature;

use core::ops::Deref;
use std::sync::{Arc, OnceLock};

use rand_core::CryptoRng;
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, RsaPrivateKey, RsaPublicKey};
use sceau_rsa::Crt;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{OaepParameters, SignatureScheme};
use crate::error::{Error, Result, Structure};

/// A public key, and what its first use prepares for the next, of its copies too.
#[derive(Clone, Debug)]
pub(super) struct Public {
    key: RsaPublicKey,
    ready: Arc<OnceLock<Option<sceau_rsa::PublicKey>>>,
}

/// A private key, and what its first use prepares for the next, of its copies too. Both are wiped when dropped.
#[derive(Clone)]
pub(super) struct Private {
    key: RsaPrivateKey,
    ready: Arc<OnceLock<Option<sceau_rsa::PrivateKey>>>,
}

pub(super) fn public(key: RsaPublicKey) -> Public {
    Public { key, ready: Arc::default() }
}

pub(super) fn private(key: RsaPrivateKey) -> Private {
    Private { key, ready: Arc::default() }
}

/// RSAPublicKey (RFC 8017 appendix A.1.1); the caller has looked at its size.
pub(super) fn read_public(der: &[u8]) -> Result<Public> {
    let key = RsaPublicKey::from_pkcs1_der(der);
    key.map(public).map_err(|_| Error::Malformed { what: Structure::PublicKey })
}

pub(super) fn public_der(key: &Public) -> Vec<u8> {
    key.to_pkcs1_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
}

/// RSAPrivateKey (RFC 8017 appendix A.1.2); the caller has looked at its size.
pub(super) fn read_private(der: &[u8]) -> Result<Private> {
    let key = RsaPrivateKey::from_pkcs1_der(der);
    key.map(private).map_err(|_| Error::Malformed { what: Structure::PrivateKey })
}

pub(super) fn private_der(key: &Private) -> Result<Zeroizing<Vec<u8>>> {
    let der = key.to_pkcs1_der().map_err(|_| Error::Malformed { what: Structure::PrivateKey })?;
    Ok(Zeroizing::new(der.as_bytes().to_vec()))
}

pub(super) fn generate<R: CryptoRng + ?Sized>(bits: usize, rng: &mut R) -> Result<Private> {
    RsaPrivateKey::new(rng, bits).map(private).map_err(|_| Error::Decrypt)
}

pub(super) fn public_half(key: &Private) -> Public {
    public(key.to_public_key())
}

pub(super) fn modulus_bits(key: &Public) -> usize {
    bits(&**key)
}

pub(super) fn private_bits(key: &Private) -> usize {
    bits(&**key)
}

fn bits(key: &impl PublicKeyParts) -> usize {
    usize::try_from(key.n().as_ref().bits_vartime()).unwrap_or(0)
}

impl Deref for Public {
    type Target = RsaPublicKey;

    fn deref(&self) -> &RsaPublicKey {
        &self.key
    }
}

impl Deref for Private {
    type Target = RsaPrivateKey;

    fn deref(&self) -> &RsaPrivateKey {
        &self.key
    }
}

impl PartialEq for Public {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Public {
    fn apply(&self, input: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.ready.get_or_init(|| prepared(&self.key)).as_ref()?.apply(input).ok()
    }
}

impl Private {
    fn apply<R: CryptoRng + ?Sized>(&self, input: &[u8], rng: &mut R) -> Option<Zeroizing<Vec<u8>>> {
        self.ready.get_or_init(|| prepared_private(&self.key)).as_ref()?.apply(input, rng).ok()
    }
}

fn prepared(key: &impl PublicKeyParts) -> Option<sceau_rsa::PublicKey> {
    // The crate has refused exponents above 33 bits.
    let exponent = key.e_bytes().iter().fold(0, |sum: u64, octet| sum << 8 | u64::from(*octet));
    sceau_rsa::PublicKey::new(&key.n_bytes(), exponent).ok()
}

fn prepared_private(key: &RsaPrivateKey) -> Option<sceau_rsa::PrivateKey> {
    let octets = |number: &BoxedUint| Zeroizing::new(number.to_be_bytes());
    let (public, exponent) = (prepared(key)?, octets(key.d()));
    let [p, q] = key.primes() else { return Some(sceau_rsa::PrivateKey::new(public, &exponent, None)) };
    let (Some(dp), Some(dq), Some(qinv)) = (key.dp(), key.dq(), key.qinv()) else {
        return Some(sceau_rsa::PrivateKey::new(public, &exponent, None));
    };
    let qinv = octets(&Zeroizing::new(qinv.retrieve()));
    let (p, q, dp, dq) = (octets(p.as_ref()), octets(q.as_ref()), octets(dp), octets(dq));
    let crt = Crt { p: &p, q: &q, dp: &dp, dq: &dq, qinv: &qinv };
    Some(sceau_rsa::PrivateKey::new(public, &exponent, Some(crt)))
}

/// As [`super::PrivateKey::sign_digest`] (RFC 8017 §8.1.1, §8.2.1).
pub(super) fn sign<R: CryptoRng + ?Sized>(
    key: &Private,
    scheme: SignatureScheme,
    digest: &[u8],
    rng: &mut R,
) -> Result<Vec<u8>> {
    let bits = private_bits(key);
    let encoded = match scheme {
        SignatureScheme::RsaPkcs1(hash) => signature::pkcs1(hash, digest, bits),
        SignatureScheme::RsaPss { digest: hash, mgf_digest, salt_len } if mgf_digest == hash => {
            signature::pss(hash, usize::from(salt_len), digest, bits, rng)
        }
        _ => None,
    };
    let signature = encoded.and_then(|encoded| key.apply(&encoded, rng));
    signature.map(|signature| signature.to_vec()).ok_or(Error::WrongKeyKind)
}

/// As [`super::PublicKey::verify_digest`] (RFC 8017 §8.1.2, §8.2.2).
pub(super) fn verify(key: &Public, scheme: SignatureScheme, digest: &[u8], signature: &[u8]) -> Result<()> {
    let bits = modulus_bits(key);
    let encoded = key.apply(signature);
    let valid = match (scheme, encoded) {
        (SignatureScheme::RsaPkcs1(hash), Some(encoded)) => {
            signature::pkcs1(hash, digest, bits).is_some_and(|expected| expected == *encoded)
        }
        (SignatureScheme::RsaPss { digest: hash, mgf_digest, salt_len }, Some(encoded)) => {
            signature::is_pss(&encoded, bits, hash, mgf_digest, usize::from(salt_len), digest)
                .unwrap_or(false)
        }
        (SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss { .. }, None) => false,
        _ => return Err(Error::WrongKeyKind),
    };
    if valid { Ok(()) } else { Err(Error::BadSignature) }
}

/// As [`super::PublicKey::encrypt_oaep`] (RFC 8017 §7.1.1).
pub(super) fn encrypt_oaep<R: CryptoRng + ?Sized>(
    key: &Public,
    parameters: &OaepParameters,
    message: &[u8],
    rng: &mut R,
) -> Result<Vec<u8>> {
    let encoded = encryption::oaep(parameters, message, key.size(), rng);
    let sealed = encoded.and_then(|encoded| key.apply(&encoded));
    sealed.map(|sealed| sealed.to_vec()).ok_or(Error::WrongKeyKind)
}

/// As [`super::PublicKey::encrypt_pkcs1v15`] (RFC 8017 §7.2.1).
pub(super) fn encrypt_pkcs1v15<R: CryptoRng + ?Sized>(
    key: &Public,
    message: &[u8],
    rng: &mut R,
) -> Result<Vec<u8>> {
    let encoded = encryption::pkcs1(message, key.size(), rng);
    let sealed = encoded.and_then(|encoded| key.apply(&encoded));
    sealed.map(|sealed| sealed.to_vec()).ok_or(Error::WrongKeyKind)
}

/// As [`super::PrivateKey::decrypt_oaep`] (RFC 8017 §7.1.2).
pub(super) fn decrypt_oaep<R: CryptoRng + ?Sized>(
    key: &Private,
    parameters: &OaepParameters,
    ciphertext: &[u8],
    rng: &mut R,
) -> Result<Zeroizing<Vec<u8>>> {
    let encoded = key.apply(ciphertext, rng).ok_or(Error::Decrypt)?;
    encryption::open_oaep(parameters, encoded).ok_or(Error::Decrypt)
}

/// As [`super::PrivateKey::decrypt_pkcs1v15`] (RFC 8017 §7.2.2).
pub(super) fn decrypt_pkcs1v15<R: CryptoRng + ?Sized>(
    key: &Private,
    ciphertext: &[u8],
    length: usize,
    rng: &mut R,
) -> Result<Zeroizing<Vec<u8>>> {
    let encoded = key.apply(ciphertext, rng).ok_or(Error::Decrypt)?;
    let rejected = rejection_key(key, ciphertext, length);
    Ok(encryption::open_pkcs1(&encoded, rejected))
}

/// The key that stands in for a rejected one: a function of private key and ciphertext only.
pub(super) fn rejection_key(key: &RsaPrivateKey, ciphertext: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    use hmac::{Hmac, KeyInit, Mac};
    let exponent = Zeroizing::new(key.d().to_be_bytes().to_vec());
    let seed = Zeroizing::new(
        Sha256::new().chain_update(b"sceau implicit rejection").chain_update(&*exponent).finalize().to_vec(),
    );
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    for counter in 0_u32.. {
        if out.len() >= length {
            break;
        }
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&seed) else { break };
        mac.update(&counter.to_be_bytes());
        mac.update(ciphertext);
        let block = mac.finalize().into_bytes();
        let wanted = (length - out.len()).min(block.len());
        out.extend(block.iter().take(wanted));
    }
    out
}

#[cfg(test)]
mod tests;
