//! The one interface through which letters reach keys, ciphers and digests.
//!
//! [`Rust`] does everything and is the reference. A page has another for what the browser does better; whatever that
//! one leaves out, the reference does. Every method may wait, because WebCrypto only promises; the reference never
//! does, which is what [`ready`] relies on.

mod remote;

use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::borrow::Cow;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::cms::content_cipher::ContentAlgorithm;
use crate::error::{Error, Result};
use crate::key::{Algorithm, DigestAlgorithm, OaepParameters, PrivateKey, PublicKey, SignatureScheme};
#[cfg(feature = "more")]
use crate::mac::MacAlgorithm;

pub use self::remote::{Answer, Carrier, Octets, Question, Remote, answer};

/// An answer that may take its time.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// The primitives. Arguments come from our own code; what of them is untrusted is said at each.
///
/// Every provided method is the reference's. An implementation that overrides one has to give the same answers and
/// the same errors: [`Error::Decrypt`] for whatever depends on a secret, without detail.
pub trait Backend {
    /// The stable name, for whoever asks which runs.
    fn name(&self) -> &'static str {
        "rust"
    }

    /// Forgets what was kept of private keys. The reference keeps nothing.
    fn forget(&self) {}

    /// The digest of `data`.
    ///
    /// # Errors
    /// What the browser fails with, which the reference never does.
    fn digest<'a>(&'a self, algorithm: DigestAlgorithm, data: &'a [u8]) -> Promise<'a, Vec<u8>> {
        Box::pin(async move { algorithm.hash_here(data) })
    }

    /// Verifies the signature of a message; both are untrusted. See [`PublicKey::verify`].
    ///
    /// # Errors
    /// As [`PublicKey::verify`].
    fn verify<'a>(
        &'a self,
        key: &'a PublicKey,
        scheme: SignatureScheme,
        message: &'a [u8],
        signature: &'a [u8],
        danger_legacy: bool,
    ) -> Promise<'a, ()> {
        Box::pin(async move { key.verify(scheme, message, signature, danger_legacy) })
    }

    /// Signs a message. See [`PrivateKey::sign`].
    ///
    /// # Errors
    /// As [`PrivateKey::sign`].
    fn sign<'a>(
        &'a self,
        key: &'a PrivateKey,
        scheme: SignatureScheme,
        message: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move { key.sign(scheme, message, rng) })
    }

    /// Opens an RSAES-OAEP ciphertext, which is untrusted. See [`PrivateKey::decrypt_oaep`].
    ///
    /// # Errors
    /// As [`PrivateKey::decrypt_oaep`].
    fn decrypt_oaep<'a>(
        &'a self,
        key: &'a PrivateKey,
        parameters: &'a OaepParameters,
        ciphertext: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move { key.decrypt_oaep(parameters, ciphertext, rng) })
    }

    /// Opens an RSAES-PKCS1-v1_5 ciphertext, which is untrusted, with implicit rejection. See
    /// [`PrivateKey::decrypt_pkcs1v15`]. WebCrypto has no such thing.
    ///
    /// # Errors
    /// As [`PrivateKey::decrypt_pkcs1v15`].
    fn decrypt_pkcs1v15<'a>(
        &'a self,
        key: &'a PrivateKey,
        ciphertext: &'a [u8],
        length: usize,
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move { key.decrypt_pkcs1v15(ciphertext, length, rng) })
    }

    /// Encrypts a content-encryption key with RSAES-OAEP. See [`PublicKey::encrypt_oaep`].
    ///
    /// # Errors
    /// As [`PublicKey::encrypt_oaep`].
    fn encrypt_oaep<'a>(
        &'a self,
        key: &'a PublicKey,
        parameters: &'a OaepParameters,
        message: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move { key.encrypt_oaep(parameters, message, rng) })
    }

    /// Encrypts a content-encryption key with RSAES-PKCS1-v1_5, for programs that know nothing else. See
    /// [`PublicKey::encrypt_pkcs1v15`]. WebCrypto has no such thing.
    ///
    /// # Errors
    /// As [`PublicKey::encrypt_pkcs1v15`].
    fn encrypt_pkcs1v15<'a>(
        &'a self,
        key: &'a PublicKey,
        message: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move { key.encrypt_pkcs1v15(message, rng) })
    }

    /// Reads a DER-encoded PKCS#8 PrivateKeyInfo, which is untrusted. See [`PrivateKey::from_pkcs8_der`].
    ///
    /// # Errors
    /// As [`PrivateKey::from_pkcs8_der`].
    fn read_key<'a>(&'a self, pkcs8: &'a [u8]) -> Promise<'a, PrivateKey> {
        Box::pin(async move { PrivateKey::from_pkcs8_der(pkcs8) })
    }

    /// Makes a new key. See [`PrivateKey::generate`].
    ///
    /// # Errors
    /// As [`PrivateKey::generate`].
    fn generate<'a>(&'a self, algorithm: Algorithm, rng: &'a mut dyn CryptoRng) -> Promise<'a, PrivateKey> {
        Box::pin(async move { PrivateKey::generate(algorithm, rng) })
    }

    /// Agrees on a shared secret with an untrusted peer. See [`PrivateKey::agree`].
    ///
    /// # Errors
    /// As [`PrivateKey::agree`].
    fn agree<'a>(&'a self, key: &'a PrivateKey, peer: &'a PublicKey) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move { key.agree(peer) })
    }

    /// Makes a fresh key on the peer's curve and agrees with the peer: the ephemeral point, the shared secret.
    ///
    /// # Errors
    /// `WrongKeyKind` when the peer's key is not on a curve.
    fn agree_ephemeral<'a>(
        &'a self,
        peer: &'a PublicKey,
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, (Vec<u8>, Zeroizing<Vec<u8>>)> {
        Box::pin(async move {
            let ephemeral = PrivateKey::generate_ephemeral(peer, rng)?;
            Ok((ephemeral.public_key().key_bits(), ephemeral.agree(peer)?))
        })
    }

    /// Seals content under an authenticating cipher and returns ciphertext and tag.
    ///
    /// # Errors
    /// As [`ContentAlgorithm::seal_aead`].
    fn seal_authenticated<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        associated: &'a [u8],
        mut content: Vec<u8>,
    ) -> Promise<'a, (Vec<u8>, Vec<u8>)> {
        Box::pin(async move {
            let tag = algorithm.seal_aead(key, associated, &mut content)?;
            Ok((content, tag))
        })
    }

    /// Opens untrusted content under an authenticating cipher: nothing before the tag was right.
    ///
    /// # Errors
    /// `Decrypt` for every fault.
    fn open_authenticated<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        associated: &'a [u8],
        tag: &'a [u8],
        mut sealed: Vec<u8>,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            algorithm.open_aead(key, associated, tag, &mut sealed)?;
            Ok(sealed)
        })
    }

    /// Encrypts content under a cipher that does not authenticate.
    ///
    /// # Errors
    /// As [`ContentAlgorithm::encrypt_cbc`].
    fn encrypt<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        content: Vec<u8>,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move { algorithm.encrypt_cbc(key, content) })
    }

    /// Decrypts untrusted content under a cipher that does not authenticate.
    ///
    /// # Errors
    /// `Decrypt` for every fault.
    fn decrypt<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        sealed: Cow<'a, [u8]>,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move { algorithm.decrypt_cbc(key, sealed.into_owned()) })
    }

    /// Checks the message authentication code over untrusted data.
    ///
    /// # Errors
    /// `Decrypt` for a wrong code.
    #[cfg(feature = "more")]
    fn verify_mac<'a>(
        &'a self,
        algorithm: MacAlgorithm,
        key: &'a [u8],
        data: &'a [u8],
        code: &'a [u8],
    ) -> Promise<'a, ()> {
        Box::pin(
            async move { if algorithm.is_right(key, data, code) { Ok(()) } else { Err(Error::Decrypt) } },
        )
    }

    /// Derives a key from a pass phrase with PBKDF2. Salt and rounds are untrusted; the rounds were bounded before.
    ///
    /// # Errors
    /// What the browser fails with, which the reference never does.
    #[cfg(feature = "more")]
    fn derive_from_password<'a>(
        &'a self,
        algorithm: MacAlgorithm,
        password: &'a [u8],
        salt: &'a [u8],
        rounds: u32,
        length: usize,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move { Ok(algorithm.pbkdf2(password, salt, rounds, length)) })
    }
}

/// The reference: pure Rust, complete, the same natively and in wasm.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rust;

impl Backend for Rust {}

/// Both answers. Whatever waits for the first lets the second go on meanwhile; without the feature `fast` they come one
/// after the other.
pub(crate) async fn both<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    #[cfg(not(feature = "fast"))]
    return (one.await, other.await);
    #[cfg(feature = "fast")]
    {
        let (mut one, mut other) = (pin!(one), pin!(other));
        let (mut first, mut second) = (None, None);
        core::future::poll_fn(|context| {
            if first.is_none() {
                first = ready_now(one.as_mut().poll(context));
            }
            if second.is_none() {
                second = ready_now(other.as_mut().poll(context));
            }
            match (first.take(), second.take()) {
                (Some(first), Some(second)) => Poll::Ready((first, second)),
                waiting => {
                    (first, second) = waiting;
                    Poll::Pending
                }
            }
        })
        .await
    }
}

#[cfg(feature = "fast")]
fn ready_now<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// SHA-256 of what may be a whole letter.
///
/// # Errors
/// As [`Backend::digest`].
pub(crate) async fn sha256(backend: &dyn Backend, data: &[u8]) -> Result<[u8; 32]> {
    let digest = backend.digest(DigestAlgorithm::Sha256, data).await?;
    digest.try_into().map_err(|_| Error::Decrypt)
}

/// A large future on the heap: whoever opens letters within futures of their own would fill a thread's stack with it.
#[cfg(feature = "fast")]
pub(crate) fn apart<F: Future>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}

/// The page, where a future lies in one large one on the heap anyway, is 5 kB smaller without.
#[cfg(not(feature = "fast"))]
pub(crate) fn apart<F: Future>(future: F) -> F {
    future
}

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
