//! The words WebCrypto is spoken to with, made once: turning octets of ours into a string costs JavaScript as much as hashing
//! some kilobytes.

use js_sys::JsString;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Words, each with how JavaScript writes it.
macro_rules! words {
    ($($word:ident $name:ident = $text:tt;)*) => {
        /// A word of WebCrypto's: an algorithm, a parameter, a format of keys, what a key is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Word {
            $($word,)*
        }

        #[wasm_bindgen]
        extern "C" {
            $(
                #[wasm_bindgen(thread_local_v2, static_string)]
                static $name: JsString = $text;
            )*
        }

        impl Word {
            pub(crate) fn js(self) -> JsValue {
                match self {
                    $(Self::$word => $name.with(|word| JsValue::from(word)),)*
                }
            }
        }
    };
}

words! {
    AdditionalData ADDITIONAL_DATA = "additionalData";
    AesCbc AES_CBC = "AES-CBC";
    AesGcm AES_GCM = "AES-GCM";
    Decrypt DECRYPT = "decrypt";
    DeriveBits DERIVE_BITS = "deriveBits";
    Ecdh ECDH = "ECDH";
    Ecdsa ECDSA = "ECDSA";
    Encrypt ENCRYPT = "encrypt";
    Hash HASH = "hash";
    Iv IV = "iv";
    Label LABEL = "label";
    Name NAME = "name";
    NamedCurve NAMED_CURVE = "namedCurve";
    P256 P_256 = "P-256";
    P384 P_384 = "P-384";
    Pkcs8 PKCS8 = "pkcs8";
    Public PUBLIC = "public";
    Raw RAW = "raw";
    RsaOaep RSA_OAEP = "RSA-OAEP";
    RsaPkcs1 RSA_PKCS1 = "RSASSA-PKCS1-v1_5";
    RsaPss RSA_PSS = "RSA-PSS";
    SaltLength SALT_LENGTH = "saltLength";
    Sha1 SHA_1 = "SHA-1";
    Sha256 SHA_256 = "SHA-256";
    Sha384 SHA_384 = "SHA-384";
    Sha512 SHA_512 = "SHA-512";
    Sign SIGN = "sign";
    Spki SPKI = "spki";
    TagLength TAG_LENGTH = "tagLength";
    Verify VERIFY = "verify";
}
