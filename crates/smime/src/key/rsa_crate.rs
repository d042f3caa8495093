//! RSA by the crate `rsa` alone: what our own arithmetic and encodings are tested against.

use rand_core::CryptoRng;
use rsa::{RsaPrivateKey, RsaPublicKey};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::{OaepParameters, SignatureScheme, rsa_kernel, with_digest};
use crate::error::{Error, Result};

/// Runs an expression with the OAEP padding `$padding` that [`OaepParameters`] name.
macro_rules! with_oaep {
    ($parameters:expr, $padding:ident => $body:expr) => {
        with_digest!($parameters.digest, D => with_digest!($parameters.mgf_digest, M => {
            let $padding = rsa::Oaep::<D, M>::new_with_mgf_hash_and_label($parameters.label.clone());
            $body
        }))
    };
}

/// As [`super::PrivateKey::sign_digest`].
pub(super) fn sign<R: CryptoRng + ?Sized>(
    key: &RsaPrivateKey,
    scheme: SignatureScheme,
    digest: &[u8],
    rng: &mut R,
) -> Result<Vec<u8>> {
    match scheme {
        SignatureScheme::RsaPkcs1(hash) => with_digest!(hash, D => {
            key.sign_with_rng(rng, rsa::Pkcs1v15Sign::new::<D>(), digest)
        }),
        SignatureScheme::RsaPss { digest: hash, mgf_digest, salt_len } if mgf_digest == hash => {
            with_digest!(hash, D => {
                key.sign_with_rng(rng, rsa::Pss::<D>::new_with_salt(usize::from(salt_len)), digest)
            })
        }
        _ => return Err(Error::WrongKeyKind),
    }
    .map_err(|_| Error::WrongKeyKind)
}

/// As [`super::PublicKey::verify_digest`].
pub(super) fn verify(
    key: &RsaPublicKey,
    scheme: SignatureScheme,
    digest: &[u8],
    signature: &[u8],
) -> Result<()> {
    match scheme {
        SignatureScheme::RsaPkcs1(hash) => {
            with_digest!(hash, D => key.verify(rsa::Pkcs1v15Sign::new::<D>(), digest, signature))
        }
        SignatureScheme::RsaPss { digest: hash, mgf_digest, salt_len } if mgf_digest == hash => {
            with_digest!(hash, D => {
                key.verify(rsa::Pss::<D>::new_with_salt(usize::from(salt_len)), digest, signature)
            })
        }
        _ => return Err(Error::WrongKeyKind),
    }
    .map_err(|_| Error::BadSignature)
}

/// As [`super::PrivateKey::decrypt_oaep`].
pub(super) fn decrypt_oaep<R: CryptoRng + ?Sized>(
    key: &RsaPrivateKey,
    parameters: &OaepParameters,
    ciphertext: &[u8],
    rng: &mut R,
) -> Result<Zeroizing<Vec<u8>>> {
    let opened = with_oaep!(parameters, padding => key.decrypt_blinded(rng, padding, ciphertext));
    opened.map(Zeroizing::new).map_err(|_| Error::Decrypt)
}

/// As [`super::PrivateKey::decrypt_pkcs1v15`].
pub(super) fn decrypt_pkcs1v15<R: CryptoRng + ?Sized>(
    key: &RsaPrivateKey,
    ciphertext: &[u8],
    length: usize,
    rng: &mut R,
) -> Result<Zeroizing<Vec<u8>>> {
    let message = key.decrypt_blinded(rng, rsa::Pkcs1v15Encrypt, ciphertext);
    let message = Zeroizing::new(message.map_err(|_| Error::Decrypt)?);
    let mut out = rsa_kernel::rejection_key(key, ciphertext, length);
    let right_length = message.len().ct_eq(&length);
    for (at, byte) in out.iter_mut().enumerate() {
        let found = message.get(at).copied().unwrap_or(0);
        byte.conditional_assign(&found, right_length);
    }
    Ok(out)
}

/// As [`super::PublicKey::encrypt_oaep`]
pub(super) fn encrypt_oaep<R: CryptoRng + ?Sized>(
    key: &RsaPublicKey,
    parameters: &OaepParameters,
    message: &[u8],
    rng: &mut R,
) -> Result<Vec<u8>> {
    let sealed = with_oaep!(parameters, padding => key.encrypt(rng, padding, message));
    sealed.map_err(|_| Error::WrongKeyKind)
}

/// As [`super::PublicKey::encrypt_pkcs1v15`].
pub(super) fn encrypt_pkcs1v15<R: CryptoRng + ?Sized>(
    key: &RsaPublicKey,
    message: &[u8],
    rng: &mut R,
) -> Result<Vec<u8>> {
    key.encrypt(rng, rsa::Pkcs1v15Encrypt, message).map_err(|_| Error::WrongKeyKind)
}
