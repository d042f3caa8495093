//! Algorithms as WebCrypto names them: dictionaries for import and for use.

use js_sys::{Object, Reflect, Uint8Array};
use sceau_smime::PublicKey;
use sceau_smime::key::{DigestAlgorithm, KeyKind, OaepParameters, SignatureScheme};
use wasm_bindgen::JsValue;
use web_sys::CryptoKey;

use crate::words::Word;

/// AlgorithmIdentifier of a key for every RSA scheme (RFC 3279 §2.3.1). Keys bound to one scheme are for the reference.
const RSA_ENCRYPTION: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// How a key is imported: an algorithm and its one parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Import {
    name: Word,
    field: Word,
    value: Word,
}

impl Import {
    fn with(name: Word, field: Word, value: Word) -> Self {
        Self { name, field, value }
    }

    /// The same as the browser wants it.
    pub(crate) fn object(self) -> Object {
        let object = named(self.name);
        set(&object, self.field, &self.value.js());
        object
    }
}

pub(crate) fn is_plain_rsa(key: &PublicKey) -> bool {
    key.algorithm_identifier() == RSA_ENCRYPTION
}

/// The name of a hash that signatures may still use.
pub(crate) fn hash(algorithm: DigestAlgorithm) -> Option<Word> {
    match algorithm {
        DigestAlgorithm::Sha256 => Some(Word::Sha256),
        DigestAlgorithm::Sha384 => Some(Word::Sha384),
        DigestAlgorithm::Sha512 => Some(Word::Sha512),
        _ => None,
    }
}

pub(crate) fn curve(kind: KeyKind) -> Option<Word> {
    match kind {
        KeyKind::P256 => Some(Word::P256),
        KeyKind::P384 => Some(Word::P384),
        _ => None,
    }
}

/// Octets of a coordinate.
pub(crate) fn field_bytes(kind: KeyKind) -> Option<usize> {
    match kind {
        KeyKind::P256 => Some(32),
        KeyKind::P384 => Some(48),
        _ => None,
    }
}

/// How a signing key is imported, and how it is used: an algorithm's name alone stands for one without parameters.
pub(crate) fn signature(kind: KeyKind, scheme: SignatureScheme) -> Option<(Import, JsValue)> {
    let hash = hash(scheme.digest())?;
    match (kind, scheme) {
        (KeyKind::Rsa { .. }, SignatureScheme::RsaPkcs1(_)) => {
            Some((Import::with(Word::RsaPkcs1, Word::Hash, hash), Word::RsaPkcs1.js()))
        }
        (KeyKind::Rsa { .. }, SignatureScheme::RsaPss { salt_len, .. }) => {
            let run = named(Word::RsaPss);
            set(&run, Word::SaltLength, &salt_len.into());
            Some((Import::with(Word::RsaPss, Word::Hash, hash), run.into()))
        }
        (kind, SignatureScheme::Ecdsa(_)) => {
            let run = named(Word::Ecdsa);
            set(&run, Word::Hash, &hash.js());
            Some((ecdsa(curve(kind)?), run.into()))
        }
        _ => None,
    }
}

/// The browser takes one hash for label and mask.
pub(crate) fn oaep(parameters: &OaepParameters) -> Option<(Import, JsValue)> {
    let hash = match parameters.digest {
        DigestAlgorithm::Sha1 => Word::Sha1,
        other => hash(other)?,
    };
    if parameters.mgf_digest != parameters.digest {
        return None;
    }
    let import = Import::with(Word::RsaOaep, Word::Hash, hash);
    if parameters.label.is_empty() {
        return Some((import, Word::RsaOaep.js()));
    }
    let run = named(Word::RsaOaep);
    set(&run, Word::Label, &Uint8Array::from(parameters.label.as_slice()).into());
    Some((import, run.into()))
}

pub(crate) fn ecdsa(curve: Word) -> Import {
    Import::with(Word::Ecdsa, Word::NamedCurve, curve)
}

pub(crate) fn ecdh(curve: Word) -> Import {
    Import::with(Word::Ecdh, Word::NamedCurve, curve)
}

pub(crate) fn ecdh_with(peer: &CryptoKey) -> Object {
    let run = named(Word::Ecdh);
    set(&run, Word::Public, peer.as_ref());
    run
}

pub(crate) fn gcm(nonce: &[u8], associated: &[u8], tag_bytes: usize) -> Option<Object> {
    let run = named(Word::AesGcm);
    set(&run, Word::Iv, &Uint8Array::from(nonce).into());
    if !associated.is_empty() {
        set(&run, Word::AdditionalData, &Uint8Array::from(associated).into());
    }
    set(&run, Word::TagLength, &u32::try_from(tag_bytes.checked_mul(8)?).ok()?.into());
    Some(run)
}

pub(crate) fn cbc(iv: &[u8]) -> Object {
    let run = named(Word::AesCbc);
    set(&run, Word::Iv, &Uint8Array::from(iv).into());
    run
}

pub(crate) fn named(name: Word) -> Object {
    let object = Object::new();
    set(&object, Word::Name, &name.js());
    object
}

/// Setting a property of a fresh plain object never fails.
fn set(object: &Object, name: Word, value: &JsValue) {
    let _ = Reflect::set(object, &name.js(), value);
}
