//! What only RSA private keys do: signatures of RFC 8017 §8 and decryption of §7.

use rand_core::CryptoRng;
use rsa::RsaPrivateKey;
use rsa::traits::PrivateKeyParts;
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::{DigestAlgorithm, Inner, OaepParameters, PrivateKey, SignatureScheme, with_digest, with_oaep};
use crate::error::{Error, Result};

pub(super) fn sign<R: CryptoRng + ?Sized>(
    key: &RsaPrivateKey,
    scheme: SignatureScheme,
    digest: &[u8],
    rng: &mut R,
) -> Result<Vec<u8>> {
    // A page signs with what it signs letters with.
    if cfg!(not(feature = "more")) && scheme.digest() != DigestAlgorithm::Sha256 {
        return Err(Error::WrongKeyKind);
    }
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

impl PrivateKey {
    /// Opens an RSAES-OAEP ciphertext (RFC 8017 §7.1, RFC 4055 §4.1), blinded.
    ///
    /// # Errors
    /// `WrongKeyKind` for a key that is not RSA; `Decrypt` for everything else, without detail.
    pub fn decrypt_oaep<R: CryptoRng + ?Sized>(
        &self,
        parameters: &OaepParameters,
        ciphertext: &[u8],
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let Inner::Rsa(key) = &self.0 else { return Err(Error::WrongKeyKind) };
        let opened = with_oaep!(parameters, padding => key.decrypt_blinded(rng, padding, ciphertext));
        opened.map(Zeroizing::new).map_err(|_| Error::Decrypt)
    }

    /// Opens an RSAES-PKCS1-v1_5 ciphertext (RFC 8017 §7.2) with implicit rejection, blinded.
    ///
    /// `length` is the length of the expected content-encryption key. Whatever is wrong inside
    /// the padding, the answer is a key of that length: the right one, or one derived from the
    /// private key and the ciphertext, the same each time. The caller can tell them apart only
    /// by what the key then opens (against Bleichenbacher's attack and its descendants).
    ///
    /// # Errors
    /// `WrongKeyKind` for a key that is not RSA; `Decrypt` for a ciphertext of the wrong length
    /// or out of range, which anybody can see without the key.
    pub fn decrypt_pkcs1v15<R: CryptoRng + ?Sized>(
        &self,
        ciphertext: &[u8],
        length: usize,
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let Inner::Rsa(key) = &self.0 else { return Err(Error::WrongKeyKind) };
        let message = key.decrypt_blinded(rng, rsa::Pkcs1v15Encrypt, ciphertext);
        let message = Zeroizing::new(message.map_err(|_| Error::Decrypt)?);
        let mut out = rejection_key(key, ciphertext, length);
        let right_length = message.len().ct_eq(&length);
        for (at, byte) in out.iter_mut().enumerate() {
            let found = message.get(at).copied().unwrap_or(0);
            byte.conditional_assign(&found, right_length);
        }
        Ok(out)
    }
}

/// The key that stands in for a rejected one: a function of private key and ciphertext only.
fn rejection_key(key: &RsaPrivateKey, ciphertext: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
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
