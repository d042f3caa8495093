//! What only RSA private keys do: decryption of RFC 8017 §7.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Inner, OaepParameters, PrivateKey, rsa_kernel};
use crate::error::{Error, Result};

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
        rsa_kernel::decrypt_oaep(key, parameters, ciphertext, rng)
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
        rsa_kernel::decrypt_pkcs1v15(key, ciphertext, length, rng)
    }
}
