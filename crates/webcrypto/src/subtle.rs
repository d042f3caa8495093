//! `SubtleCrypto` with its promises awaited. Slices are lent to the browser for the moment of the call, in which it
//! copies them (Web Cryptography §14.3).

use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, CryptoKeyPair, SubtleCrypto};

/// The browser said no. Why is not asked: what depends on a key fails in one way only.
#[derive(Debug)]
pub(crate) struct Refused;

type Answer<T> = Result<T, Refused>;

/// The browser's primitives.
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
        subtle.is_object().then(|| Self(crypto.unchecked_into::<Crypto>().subtle()))
    }

    pub(crate) async fn digest(&self, hash: &str, data: &[u8]) -> Answer<Vec<u8>> {
        octets(self.0.digest_with_str_and_u8_array(hash, data)).await
    }

    /// Imports a key that nobody can take out again.
    pub(crate) async fn import(
        &self,
        format: &str,
        octets: &[u8],
        algorithm: &Object,
        usages: &[&str],
    ) -> Answer<CryptoKey> {
        let octets = Uint8Array::from(octets);
        let promise = self.0.import_key_with_object(format, &octets, algorithm, false, &names(usages));
        let key = settled(promise).await;
        octets.fill(0, 0, octets.length());
        key.map(JsCast::unchecked_into)
    }

    pub(crate) async fn generate(&self, algorithm: &Object, usage: &str) -> Answer<Pair> {
        let made = settled(self.0.generate_key_with_object(algorithm, false, &names(&[usage]))).await?;
        let pair: CryptoKeyPair = made.unchecked_into();
        Ok(Pair { public: pair.get_public_key(), private: pair.get_private_key() })
    }

    pub(crate) async fn export_point(&self, key: &CryptoKey) -> Answer<Vec<u8>> {
        octets(self.0.export_key("raw", key)).await
    }

    pub(crate) async fn sign(&self, algorithm: &Object, key: &CryptoKey, message: &[u8]) -> Answer<Vec<u8>> {
        octets(self.0.sign_with_object_and_u8_array(algorithm, key, message)).await
    }

    pub(crate) async fn verify(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        signature: &[u8],
        message: &[u8],
    ) -> Answer<bool> {
        let signature = Uint8Array::from(signature);
        let message = Uint8Array::from(message);
        let promise =
            self.0.verify_with_object_and_js_u8_array_and_js_u8_array(algorithm, key, &signature, &message);
        settled(promise).await.map(|valid| valid.is_truthy())
    }

    pub(crate) async fn encrypt(&self, algorithm: &Object, key: &CryptoKey, data: &[u8]) -> Answer<Vec<u8>> {
        octets(self.0.encrypt_with_object_and_u8_array(algorithm, key, data)).await
    }

    pub(crate) async fn decrypt(&self, algorithm: &Object, key: &CryptoKey, data: &[u8]) -> Answer<Vec<u8>> {
        octets(self.0.decrypt_with_object_and_u8_array(algorithm, key, data)).await
    }

    /// As [`Self::decrypt`], already begun and not waited for.
    pub(crate) fn decrypt_promise(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        data: &[u8],
    ) -> Answer<Promise> {
        self.0.decrypt_with_object_and_u8_array(algorithm, key, data).map_err(|_| Refused)
    }

    /// As [`Self::encrypt`], the answer still in the browser's hands.
    pub(crate) async fn encrypt_bulk(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        data: &[u8],
    ) -> Answer<Uint8Array> {
        view(self.0.encrypt_with_object_and_u8_array(algorithm, key, data)).await
    }

    /// As [`Self::decrypt`], the answer still in the browser's hands.
    pub(crate) async fn decrypt_bulk(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        data: &[u8],
    ) -> Answer<Uint8Array> {
        view(self.0.decrypt_with_object_and_u8_array(algorithm, key, data)).await
    }

    pub(crate) async fn derive_bits(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        bits: usize,
    ) -> Answer<Vec<u8>> {
        let bits = u32::try_from(bits).map_err(|_| Refused)?;
        octets(self.0.derive_bits_with_object(algorithm, key, bits)).await
    }
}

async fn settled(promise: Result<Promise, JsValue>) -> Answer<JsValue> {
    JsFuture::from(promise.map_err(|_| Refused)?).await.map_err(|_| Refused)
}

/// The answer to a promise, still in the browser's hands.
pub(crate) async fn view(promise: Result<Promise, JsValue>) -> Answer<Uint8Array> {
    settled(promise).await.map(|buffer| Uint8Array::new(&buffer.unchecked_into::<ArrayBuffer>()))
}

/// Copies an answer over and wipes the browser's copy, as far as a page can.
async fn octets(promise: Result<Promise, JsValue>) -> Answer<Vec<u8>> {
    let answer = view(promise).await?;
    let octets = answer.to_vec();
    answer.fill(0, 0, answer.length());
    Ok(octets)
}

fn names(usages: &[&str]) -> JsValue {
    usages.iter().map(|usage| JsValue::from_str(usage)).collect::<Array>().into()
}
