//! `smime`'s primitives by WebCrypto, where a browser or Node has it and is faster; by the reference otherwise.
//!
//! Private keys become non-extractable `CryptoKey`s at their first use and are kept as such until
//! [`Backend::forget`]. What WebCrypto cannot do goes to the reference: PKCS#1 v1.5 decryption (which needs implicit
//! rejection), OAEP with two hashes, AES-192, tags of other lengths, and every small message, for which a promise costs
//! more than the work.

mod bulk;
mod ecdsa;
mod parameters;
mod settled;
mod shelf;
mod subtle;
mod words;

use core::cell::{Cell, OnceCell};
use core::task::Poll;
use std::borrow::Cow;

use rand_core::CryptoRng;
use sceau_smime::backend::{Backend, Promise, Rust};
use sceau_smime::cms::content_cipher::ContentAlgorithm;
use sceau_smime::error::Error;
use sceau_smime::key::{Algorithm, DigestAlgorithm, KeyKind, MIN_RSA_BITS, OaepParameters, SignatureScheme};
use sceau_smime::{PrivateKey, PublicKey};
use zeroize::Zeroizing;

use crate::parameters as with;
use crate::shelf::Shelf;
use crate::subtle::{Refused, Subtle};
use crate::words::Word;

/// From this many octets on a digest or a cipher is the browser's work: measured, a promise costs what the reference
/// needs for some kilobytes.
pub const MIN_BULK_BYTES: usize = 8 * 1024;

/// The browser's primitives.
#[derive(Default)]
pub struct WebCrypto {
    off: Cell<bool>,
    /// Looked for once.
    found: OnceCell<Option<Subtle>>,
    shelf: Shelf,
}

impl WebCrypto {
    /// Switches to the reference for everything (`?backend=rust`), or back.
    pub fn set_off(&self, off: bool) {
        self.off.set(off);
    }

    /// The browser's side, unless it is switched off or missing: outside a secure context there is none.
    fn subtle(&self) -> Option<Subtle> {
        if self.off.get() { None } else { self.found.get_or_init(Subtle::find).clone() }
    }

    fn subtle_for_bulk(&self, bytes: usize) -> Option<Subtle> {
        if bytes < MIN_BULK_BYTES { None } else { self.subtle() }
    }
}

impl Backend for WebCrypto {
    fn name(&self) -> &'static str {
        if self.subtle().is_some() { "webcrypto" } else { Rust.name() }
    }

    fn forget(&self) {
        self.shelf.clear();
    }

    fn digest<'a>(&'a self, algorithm: DigestAlgorithm, data: &'a [u8]) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            if let (Some(subtle), Some(hash)) = (self.subtle_for_bulk(data.len()), with::hash(algorithm))
                && let Ok(digest) = subtle.digest(hash, data).await
            {
                return Ok(digest);
            }
            // What waits for the browser goes first.
            after_others().await;
            match (Rust.digest(algorithm, data).await, self.subtle(), with::hash(algorithm)) {
                // A build without it here.
                (Err(Error::UnsupportedAlgorithm { .. }), Some(subtle), Some(hash)) => {
                    subtle.digest(hash, data).await.map_err(|Refused| Error::Decrypt)
                }
                (found, ..) => found,
            }
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
            match self.verified(key, scheme, message, signature).await {
                Some(true) => Ok(()),
                Some(false) => Err(Error::BadSignature),
                None => Rust.verify(key, scheme, message, signature, danger_legacy).await,
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
            match self.signed(key, scheme, message).await {
                Some(signature) => Ok(signature),
                None => Rust.sign(key, scheme, message, rng).await,
            }
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
            let kind = with::oaep(parameters).filter(|_| is_rsa(key.kind()));
            if let (Some(subtle), Some((import, run))) = (self.subtle(), kind)
                && let Some(held) = self.shelf.private(&subtle, key, import, Word::Decrypt).await
            {
                let opened = subtle.decrypt(&run, &held, ciphertext).await;
                return opened.map(Zeroizing::new).map_err(|Refused| Error::Decrypt);
            }
            Rust.decrypt_oaep(key, parameters, ciphertext, rng).await
        })
    }

    fn decrypt_pkcs1v15<'a>(
        &'a self,
        key: &'a PrivateKey,
        ciphertext: &'a [u8],
        length: usize,
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Rust.decrypt_pkcs1v15(key, ciphertext, length, rng)
    }

    fn encrypt_oaep<'a>(
        &'a self,
        key: &'a PublicKey,
        parameters: &'a OaepParameters,
        message: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            let kind = with::oaep(parameters).filter(|_| with::is_plain_rsa(key));
            if let (Some(subtle), Some((import, run))) = (self.subtle(), kind)
                && let Some(held) = self.shelf.public(&subtle, key, import, Word::Encrypt).await
                && let Ok(sealed) = subtle.encrypt(&run, &held, message).await
            {
                return Ok(sealed);
            }
            Rust.encrypt_oaep(key, parameters, message, rng).await
        })
    }

    fn generate<'a>(&'a self, algorithm: Algorithm, rng: &'a mut dyn CryptoRng) -> Promise<'a, PrivateKey> {
        Box::pin(async move {
            match self.generated(algorithm).await {
                Some(key) => Ok(key),
                None => Rust.generate(algorithm, rng).await,
            }
        })
    }

    fn agree<'a>(&'a self, key: &'a PrivateKey, peer: &'a PublicKey) -> Promise<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move {
            match self.agreed(key, peer).await {
                Some(shared) => Ok(shared),
                None => Rust.agree(key, peer).await,
            }
        })
    }

    fn agree_ephemeral<'a>(
        &'a self,
        peer: &'a PublicKey,
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, (Vec<u8>, Zeroizing<Vec<u8>>)> {
        Box::pin(async move {
            match self.agreed_ephemerally(peer).await {
                Some(agreed) => Ok(agreed),
                None => Rust.agree_ephemeral(peer, rng).await,
            }
        })
    }

    fn seal_authenticated<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        associated: &'a [u8],
        mut content: Vec<u8>,
    ) -> Promise<'a, (Vec<u8>, Vec<u8>)> {
        Box::pin(async move {
            if let Some(cipher) =
                bulk::gcm(self.subtle_for_bulk(content.len()), algorithm, key, associated, Word::Encrypt)
                    .await
            {
                match cipher.seal(content).await {
                    Ok(sealed) => return Ok(sealed),
                    Err(unsealed) => content = unsealed,
                }
            }
            Rust.seal_authenticated(algorithm, key, associated, content).await
        })
    }

    fn open_authenticated<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        associated: &'a [u8],
        tag: &'a [u8],
        sealed: Vec<u8>,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            match bulk::gcm(self.subtle_for_bulk(sealed.len()), algorithm, key, associated, Word::Decrypt)
                .await
            {
                Some(cipher) => cipher.open(sealed, tag).await,
                None => Rust.open_authenticated(algorithm, key, associated, tag, sealed).await,
            }
        })
    }

    fn encrypt<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        mut content: Vec<u8>,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            if let Some(cipher) =
                bulk::cbc(self.subtle_for_bulk(content.len()), algorithm, key, Word::Encrypt).await
            {
                match cipher.encrypt_pieces(algorithm, content).await {
                    Ok(sealed) => return Ok(sealed),
                    Err(unsealed) => content = unsealed,
                }
            }
            Rust.encrypt(algorithm, key, content).await
        })
    }

    fn decrypt<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        sealed: Cow<'a, [u8]>,
    ) -> Promise<'a, Vec<u8>> {
        Box::pin(async move {
            match bulk::cbc(self.subtle_for_bulk(sealed.len()), algorithm, key, Word::Decrypt).await {
                Some(cipher) => cipher.decrypt_pieces(algorithm, key, &sealed).await,
                None => Rust.decrypt(algorithm, key, sealed).await,
            }
        })
    }
}

/// Lets whatever else there is to do begin first.
async fn after_others() {
    let mut was_here = false;
    core::future::poll_fn(|context| {
        if was_here {
            return Poll::Ready(());
        }
        was_here = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Each of these answers `None` where the reference has to do it.
impl WebCrypto {
    /// Only what would pass without `danger_legacy`: the rest is for the reference to refuse, and to explain.
    async fn verified(
        &self,
        key: &PublicKey,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        let (import, run) = with::signature(key.kind(), scheme)?;
        let signature = match key.kind() {
            KeyKind::Rsa { bits } if bits < MIN_RSA_BITS || !with::is_plain_rsa(key) => return None,
            KeyKind::Rsa { .. } => signature.to_vec(),
            kind => ecdsa::to_fixed(signature, with::field_bytes(kind)?)?,
        };
        let subtle = self.subtle()?;
        let held = self.shelf.public(&subtle, key, import, Word::Verify).await?;
        subtle.verify(&run, &held, &signature, message).await.ok()
    }

    async fn signed(&self, key: &PrivateKey, scheme: SignatureScheme, message: &[u8]) -> Option<Vec<u8>> {
        let (import, run) = with::signature(key.kind(), scheme)?;
        let subtle = self.subtle()?;
        let held = self.shelf.private(&subtle, key, import, Word::Sign).await?;
        let signature = subtle.sign(&run, &held, message).await.ok()?;
        if is_rsa(key.kind()) { Some(signature) } else { ecdsa::to_der(&signature) }
    }

    /// A key that is to be kept, and so may be taken out.
    async fn generated(&self, algorithm: Algorithm) -> Option<PrivateKey> {
        let curve = match algorithm {
            Algorithm::P256 => Word::P256,
            Algorithm::P384 => Word::P384,
            _ => return None,
        };
        let subtle = self.subtle()?;
        let pair = subtle.generate(&with::ecdsa(curve).object(), Word::Sign, true).await.ok()?;
        let octets = Zeroizing::new(subtle.export(Word::Pkcs8, &pair.private).await.ok()?);
        PrivateKey::from_pkcs8_der(&octets).ok()
    }

    async fn agreed(&self, key: &PrivateKey, peer: &PublicKey) -> Option<Zeroizing<Vec<u8>>> {
        let curve = with::curve(key.kind())?;
        let bits = with::field_bytes(key.kind())?.checked_mul(8)?;
        if peer.kind() != key.kind() {
            return None;
        }
        let subtle = self.subtle()?;
        let import = with::ecdh(curve);
        let own = self.shelf.private(&subtle, key, import, Word::DeriveBits).await?;
        let other = subtle.import(Word::Raw, &peer.key_bits(), &import.object(), None).await.ok()?;
        subtle.derive_bits(&with::ecdh_with(&other), &own, bits).await.ok().map(Zeroizing::new)
    }

    async fn agreed_ephemerally(&self, peer: &PublicKey) -> Option<(Vec<u8>, Zeroizing<Vec<u8>>)> {
        let curve = with::curve(peer.kind())?;
        let bits = with::field_bytes(peer.kind())?.checked_mul(8)?;
        let subtle = self.subtle()?;
        let import = with::ecdh(curve);
        let other = subtle.import(Word::Raw, &peer.key_bits(), &import.object(), None).await.ok()?;
        let ephemeral = subtle.generate(&import.object(), Word::DeriveBits, false).await.ok()?;
        let shared = subtle.derive_bits(&with::ecdh_with(&other), &ephemeral.private, bits).await.ok()?;
        let point = subtle.export(Word::Raw, &ephemeral.public).await.ok()?;
        Some((point, Zeroizing::new(shared)))
    }
}

fn is_rsa(kind: KeyKind) -> bool {
    matches!(kind, KeyKind::Rsa { .. })
}
