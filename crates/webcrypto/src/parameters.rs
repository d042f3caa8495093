//! Algorithms as WebCrypto names them: dictionaries for import and for use.

use js_sys::{Object, Reflect, Uint8Array};
use sceau_smime::PublicKey;
use sceau_smime::key::{DigestAlgorithm, KeyKind, OaepParameters, SignatureScheme};
use wasm_bindgen::JsValue;
use web_sys::CryptoKey;

/// AlgorithmIdentifier of a key for every RSA scheme (RFC 3279 §2.3.1). Keys bound to one scheme are for the reference.
const RSA_ENCRYPTION: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// How a key is imported, and a name that tells such ways apart.
pub(crate) struct Import {
    pub(crate) object: Object,
    pub(crate) name: String,
}

impl Import {
    fn with(name: &str, field: &str, value: &str) -> Self {
        let object = named(name);
        set(&object, field, &value.into());
        Self { object, name: format!("{name} {value}") }
    }
}

pub(crate) fn is_plain_rsa(key: &PublicKey) -> bool {
    key.algorithm_identifier() == RSA_ENCRYPTION
}

/// The name of a hash that signatures may still use.
pub(crate) fn hash(algorithm: DigestAlgorithm) -> Option<&'static str> {
    match algorithm {
        DigestAlgorithm::Sha256 => Some("SHA-256"),
        DigestAlgorithm::Sha384 => Some("SHA-384"),
        DigestAlgorithm::Sha512 => Some("SHA-512"),
        _ => None,
    }
}

pub(crate) fn curve(kind: KeyKind) -> Option<&'static str> {
    match kind {
        KeyKind::P256 => Some("P-256"),
        KeyKind::P384 => Some("P-384"),
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

/// How a signing key is imported, and how it is used.
pub(crate) fn signature(kind: KeyKind, scheme: SignatureScheme) -> Option<(Import, Object)> {
    let hash = hash(scheme.digest())?;
    match (kind, scheme) {
        (KeyKind::Rsa { .. }, SignatureScheme::RsaPkcs1(_)) => {
            Some((Import::with("RSASSA-PKCS1-v1_5", "hash", hash), named("RSASSA-PKCS1-v1_5")))
        }
        (KeyKind::Rsa { .. }, SignatureScheme::RsaPss { salt_len, .. }) => {
            let run = named("RSA-PSS");
            set(&run, "saltLength", &salt_len.into());
            Some((Import::with("RSA-PSS", "hash", hash), run))
        }
        (kind, SignatureScheme::Ecdsa(_)) => {
            let run = named("ECDSA");
            set(&run, "hash", &hash.into());
            Some((Import::with("ECDSA", "namedCurve", curve(kind)?), run))
        }
        _ => None,
    }
}

/// The browser takes one hash for label and mask.
pub(crate) fn oaep(parameters: &OaepParameters) -> Option<(Import, Object)> {
    let hash = match parameters.digest {
        DigestAlgorithm::Sha1 => "SHA-1",
        other => hash(other)?,
    };
    if parameters.mgf_digest != parameters.digest {
        return None;
    }
    let run = named("RSA-OAEP");
    if !parameters.label.is_empty() {
        set(&run, "label", &Uint8Array::from(parameters.label.as_slice()).into());
    }
    Some((Import::with("RSA-OAEP", "hash", hash), run))
}

pub(crate) fn ecdh(curve: &str) -> Import {
    Import::with("ECDH", "namedCurve", curve)
}

pub(crate) fn ecdh_with(peer: &CryptoKey) -> Object {
    let run = named("ECDH");
    set(&run, "public", peer.as_ref());
    run
}

pub(crate) fn gcm(nonce: &[u8], associated: &[u8], tag_bytes: usize) -> Option<Object> {
    let run = named("AES-GCM");
    set(&run, "iv", &Uint8Array::from(nonce).into());
    set(&run, "additionalData", &Uint8Array::from(associated).into());
    set(&run, "tagLength", &u32::try_from(tag_bytes.checked_mul(8)?).ok()?.into());
    Some(run)
}

pub(crate) fn cbc(iv: &[u8]) -> Object {
    let run = named("AES-CBC");
    set(&run, "iv", &Uint8Array::from(iv).into());
    run
}

pub(crate) fn named(name: &str) -> Object {
    let object = Object::new();
    set(&object, "name", &name.into());
    object
}

/// Setting a property of a fresh plain object never fails.
fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}
