//! `SubtleCrypto` with its promises awaited. Slices are lent to the browser for the moment of the call, in which it
//! copies them (Web Cryptography §14.3).

use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, CryptoKeyPair};

use crate::settled::Settled;
use crate::words::Word;

#[wasm_bindgen]
extern "C" {
    /// The browser's interface. Its methods never throw: what is wrong becomes a broken promise (Web IDL §3.7.7).
    #[derive(Clone)]
    type SubtleCrypto;

    #[wasm_bindgen(method)]
    fn digest(this: &SubtleCrypto, algorithm: &JsValue, data: &[u8]) -> Promise;
    #[wasm_bindgen(method, js_name = importKey)]
    fn import_key(
        this: &SubtleCrypto,
        format: &JsValue,
        octets: &[u8],
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Promise;
    #[wasm_bindgen(method, js_name = exportKey)]
    fn export_key(this: &SubtleCrypto, format: &JsValue, key: &CryptoKey) -> Promise;
    #[wasm_bindgen(method, js_name = generateKey)]
    fn generate_key(this: &SubtleCrypto, algorithm: &Object, extractable: bool, usages: &Array) -> Promise;
    #[wasm_bindgen(method)]
    fn sign(this: &SubtleCrypto, algorithm: &JsValue, key: &CryptoKey, message: &[u8]) -> Promise;
    #[wasm_bindgen(method)]
    fn verify(
        this: &SubtleCrypto,
        algorithm: &JsValue,
        key: &CryptoKey,
        signature: &[u8],
        message: &[u8],
    ) -> Promise;
    #[wasm_bindgen(method)]
    fn encrypt(this: &SubtleCrypto, algorithm: &JsValue, key: &CryptoKey, data: &[u8]) -> Promise;
    #[wasm_bindgen(method)]
    fn decrypt(this: &SubtleCrypto, algorithm: &JsValue, key: &CryptoKey, data: &[u8]) -> Promise;
    #[wasm_bindgen(method, js_name = deriveBits)]
    fn derive_bits(this: &SubtleCrypto, algorithm: &Object, key: &CryptoKey, bits: u32) -> Promise;
}

/// The browser said no. Why is not asked: what depends on a key fails in one way only.
#[derive(Debug)]
pub(crate) struct Refused;

type Answer<T> = Result<T, Refused>;

/// The browser's primitives.
#[derive(Clone)]
pub(crate) struct Subtle(SubtleCrypto);

/// A fresh key pair.
pub(crate) struct Pair {
    pub(crate) public: CryptoKey,
    pub(crate) private: CryptoKey,
}

impl Subtle {
    /// `crypto.subtle` of the page, the worker or Node; `None` outside a secure context.
    pub(crate) fn find() -> Option<Self> {
        let crypto = Reflect::get(&js_sys::global(), &JsValue::from_str("crypto")).ok()?;
        let subtle = Reflect::get(&crypto, &JsValue::from_str("subtle")).ok()?;
        subtle.is_object().then(|| Self(subtle.unchecked_into()))
    }

    pub(crate) async fn digest(&self, hash: Word, data: &[u8]) -> Answer<Vec<u8>> {
        octets(self.0.digest(&hash.js(), data)).await
    }

    /// Imports a key that nobody can take out again.
    pub(crate) async fn import(
        &self,
        format: Word,
        octets: &[u8],
        algorithm: &JsValue,
        usage: Option<Word>,
    ) -> Answer<CryptoKey> {
        let promise = self.0.import_key(&format.js(), octets, algorithm, false, &names(usage));
        settled(promise).await.map(JsCast::unchecked_into)
    }

    /// Makes a key pair; whether the private key may be taken out is for the caller to say.
    pub(crate) async fn generate(&self, algorithm: &Object, usage: Word, extractable: bool) -> Answer<Pair> {
        let made = settled(self.0.generate_key(algorithm, extractable, &names(Some(usage)))).await?;
        let pair: CryptoKeyPair = made.unchecked_into();
        Ok(Pair { public: pair.get_public_key(), private: pair.get_private_key() })
    }

    pub(crate) async fn export(&self, format: Word, key: &CryptoKey) -> Answer<Vec<u8>> {
        octets(self.0.export_key(&format.js(), key)).await
    }

    pub(crate) async fn sign(&self, algorithm: &JsValue, key: &CryptoKey, message: &[u8]) -> Answer<Vec<u8>> {
        octets(self.0.sign(algorithm, key, message)).await
    }

    pub(crate) async fn verify(
        &self,
        algorithm: &JsValue,
        key: &CryptoKey,
        signature: &[u8],
        message: &[u8],
    ) -> Answer<bool> {
        settled(self.0.verify(algorithm, key, signature, message)).await.map(|valid| valid.is_truthy())
    }

    pub(crate) async fn encrypt(&self, algorithm: &JsValue, key: &CryptoKey, data: &[u8]) -> Answer<Vec<u8>> {
        octets(self.0.encrypt(algorithm, key, data)).await
    }

    pub(crate) async fn decrypt(&self, algorithm: &JsValue, key: &CryptoKey, data: &[u8]) -> Answer<Vec<u8>> {
        octets(self.0.decrypt(algorithm, key, data)).await
    }

    /// As [`Self::decrypt`], already begun and not waited for.
    pub(crate) fn decrypt_promise(&self, algorithm: &Object, key: &CryptoKey, data: &[u8]) -> Promise {
        self.0.decrypt(algorithm, key, data)
    }

    /// As [`Self::encrypt`], the answer still in the browser's hands.
    pub(crate) async fn encrypt_bulk(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        data: &[u8],
    ) -> Answer<Uint8Array> {
        view(self.0.encrypt(algorithm, key, data)).await
    }

    /// As [`Self::decrypt`], the answer still in the browser's hands.
    pub(crate) async fn decrypt_bulk(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        data: &[u8],
    ) -> Answer<Uint8Array> {
        view(self.0.decrypt(algorithm, key, data)).await
    }

    pub(crate) async fn derive_bits(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        bits: usize,
    ) -> Answer<Vec<u8>> {
        let bits = u32::try_from(bits).map_err(|_| Refused)?;
        octets(self.0.derive_bits(algorithm, key, bits)).await
    }
}

fn settled(promise: Promise) -> Settled {
    Settled::of(promise.into())
}

/// The answer to a promise, still in the browser's hands.
pub(crate) async fn view(promise: Promise) -> Answer<Uint8Array> {
    settled(promise).await.map(|buffer| Uint8Array::new(&buffer.unchecked_into::<ArrayBuffer>()))
}

/// Copies an answer over and wipes the browser's copy, as far as a page can.
async fn octets(promise: Promise) -> Answer<Vec<u8>> {
    let answer = view(promise).await?;
    let octets = answer.to_vec();
    answer.fill(0, 0, answer.length());
    Ok(octets)
}

fn names(usage: Option<Word>) -> Array {
    usage.into_iter().map(Word::js).collect()
}
