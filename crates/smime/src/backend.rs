//! The one interface through which letters reach keys, ciphers and digests.
//!
//! [`Rust`] does everything and is the reference. A page has another for what the browser does better; whatever that
//! one leaves out, the reference does. Every method may wait, because WebCrypto only promises; the reference never
//! does, which is what [`ready`] relies on.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::cms::content_cipher::ContentAlgorithm;
use crate::error::{Error, Result};
use crate::key::{DigestAlgorithm, OaepParameters, PrivateKey, PublicKey, SignatureScheme};
use crate::mac::MacAlgorithm;

/// The primitives. Arguments come from our own code; what of them is untrusted is said at each.
///
/// Every provided method is the reference's. An implementation that overrides one has to give the same answers and
/// the same errors: [`Error::Decrypt`] for whatever depends on a secret, without detail.
#[expect(
    async_fn_in_trait,
    reason = "one thread: neither the page's worker nor the command sends a future away"
)]
pub trait Backend {
    /// The digest of `data`.
    ///
    /// # Errors
    /// What the browser fails with, which the reference never does.
    async fn digest(&self, algorithm: DigestAlgorithm, data: &[u8]) -> Result<Vec<u8>> {
        Ok(algorithm.hash(data))
    }

    /// Verifies the signature of a message; both are untrusted. See [`PublicKey::verify`].
    ///
    /// # Errors
    /// As [`PublicKey::verify`].
    async fn verify(
        &self,
        key: &PublicKey,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
        danger_legacy: bool,
    ) -> Result<()> {
        key.verify(scheme, message, signature, danger_legacy)
    }

    /// Signs a message. See [`PrivateKey::sign`].
    ///
    /// # Errors
    /// As [`PrivateKey::sign`].
    async fn sign<R: CryptoRng>(
        &self,
        key: &PrivateKey,
        scheme: SignatureScheme,
        message: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        key.sign(scheme, message, rng)
    }

    /// Opens an RSAES-OAEP ciphertext, which is untrusted. See [`PrivateKey::decrypt_oaep`].
    ///
    /// # Errors
    /// As [`PrivateKey::decrypt_oaep`].
    async fn decrypt_oaep<R: CryptoRng>(
        &self,
        key: &PrivateKey,
        parameters: &OaepParameters,
        ciphertext: &[u8],
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>> {
        key.decrypt_oaep(parameters, ciphertext, rng)
    }

    /// Opens an RSAES-PKCS1-v1_5 ciphertext, which is untrusted, with implicit rejection. See
    /// [`PrivateKey::decrypt_pkcs1v15`]. WebCrypto has no such thing.
    ///
    /// # Errors
    /// As [`PrivateKey::decrypt_pkcs1v15`].
    async fn decrypt_pkcs1v15<R: CryptoRng>(
        &self,
        key: &PrivateKey,
        ciphertext: &[u8],
        length: usize,
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>> {
        key.decrypt_pkcs1v15(ciphertext, length, rng)
    }

    /// Encrypts a content-encryption key with RSAES-OAEP. See [`PublicKey::encrypt_oaep`].
    ///
    /// # Errors
    /// As [`PublicKey::encrypt_oaep`].
    async fn encrypt_oaep<R: CryptoRng>(
        &self,
        key: &PublicKey,
        parameters: &OaepParameters,
        message: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        key.encrypt_oaep(parameters, message, rng)
    }

    /// Agrees on a shared secret with an untrusted peer. See [`PrivateKey::agree`].
    ///
    /// # Errors
    /// As [`PrivateKey::agree`].
    async fn agree(&self, key: &PrivateKey, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>> {
        key.agree(peer)
    }

    /// Makes a fresh key on the peer's curve and agrees with the peer: the ephemeral point, the shared secret.
    ///
    /// # Errors
    /// `WrongKeyKind` when the peer's key is not on a curve.
    async fn agree_ephemeral<R: CryptoRng>(
        &self,
        peer: &PublicKey,
        rng: &mut R,
    ) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>)> {
        let ephemeral = PrivateKey::generate_ephemeral(peer, rng)?;
        Ok((ephemeral.public_key().key_bits(), ephemeral.agree(peer)?))
    }

    /// Seals content under an authenticating cipher and returns ciphertext and tag.
    ///
    /// # Errors
    /// As [`ContentAlgorithm::seal_aead`].
    async fn seal_authenticated(
        &self,
        algorithm: &ContentAlgorithm,
        key: &[u8],
        associated: &[u8],
        mut content: Vec<u8>,
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let tag = algorithm.seal_aead(key, associated, &mut content)?;
        Ok((content, tag))
    }

    /// Opens untrusted content under an authenticating cipher: nothing before the tag was right.
    ///
    /// # Errors
    /// `Decrypt` for every fault.
    async fn open_authenticated(
        &self,
        algorithm: &ContentAlgorithm,
        key: &[u8],
        associated: &[u8],
        tag: &[u8],
        mut sealed: Vec<u8>,
    ) -> Result<Vec<u8>> {
        algorithm.open_aead(key, associated, tag, &mut sealed)?;
        Ok(sealed)
    }

    /// Encrypts content under a cipher that does not authenticate.
    ///
    /// # Errors
    /// As [`ContentAlgorithm::encrypt_cbc`].
    async fn encrypt(&self, algorithm: &ContentAlgorithm, key: &[u8], content: Vec<u8>) -> Result<Vec<u8>> {
        algorithm.encrypt_cbc(key, content)
    }

    /// Decrypts untrusted content under a cipher that does not authenticate.
    ///
    /// # Errors
    /// `Decrypt` for every fault.
    async fn decrypt(&self, algorithm: &ContentAlgorithm, key: &[u8], sealed: Vec<u8>) -> Result<Vec<u8>> {
        algorithm.decrypt_cbc(key, sealed)
    }

    /// Checks the message authentication code over untrusted data.
    ///
    /// # Errors
    /// `Decrypt` for a wrong code.
    async fn verify_mac(&self, algorithm: MacAlgorithm, key: &[u8], data: &[u8], code: &[u8]) -> Result<()> {
        if algorithm.is_right(key, data, code) { Ok(()) } else { Err(Error::Decrypt) }
    }

    /// Derives a key from a pass phrase with PBKDF2. Salt and rounds are untrusted; the rounds were bounded before.
    ///
    /// # Errors
    /// What the browser fails with, which the reference never does.
    async fn derive_from_password(
        &self,
        algorithm: MacAlgorithm,
        password: &[u8],
        salt: &[u8],
        rounds: u32,
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>> {
        Ok(algorithm.pbkdf2(password, salt, rounds, length))
    }
}

/// The reference: pure Rust, complete, the same natively and in wasm.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rust;

impl Backend for Rust {}

/// Runs what never waits: everything over [`Rust`]. With a backend that does wait this would spin.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
        core::hint::spin_loop();
    }
}
