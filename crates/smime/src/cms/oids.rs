//! Object identifiers of CMS messages, beside those the whole crate shares.

use const_oid::ObjectIdentifier;

use super::ber::Tlv;
use crate::error::{Error, Result, Structure};

pub(crate) use crate::oids::*;

macro_rules! oids {
    ($($(#[$meta:meta])* $name:ident = $value:literal),* $(,)?) => {
        $($(#[$meta])* pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($value);)*
    };
}

// Content types (RFC 5652, 5083, 3274).
oids! {
    ENVELOPED_DATA = "1.2.840.113549.1.7.3",
    AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23",
    COMPRESSED_DATA = "1.2.840.113549.1.9.16.1.9",
    DIGESTED_DATA = "1.2.840.113549.1.7.5",
    AUTHENTICATED_DATA = "1.2.840.113549.1.9.16.1.2",
}

// Signed attributes (RFC 5652 §11, RFC 8551 §2.5, RFC 5035, RFC 6211).
oids! {
    CONTENT_TYPE = "1.2.840.113549.1.9.3",
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4",
    SIGNING_TIME = "1.2.840.113549.1.9.5",
    SMIME_CAPABILITIES = "1.2.840.113549.1.9.15",
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12",
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47",
    ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52",
    #[cfg(feature = "more")]
    COUNTERSIGNATURE = "1.2.840.113549.1.9.6",
    #[cfg(feature = "more")]
    KIM_RECIPIENT_EMAILS = "1.2.276.0.76.4.173",
}

/// Signed attributes of which everything is known that there is to know: those above, and two that name the key or the certificate
/// an answer may be sealed to (RFC 8551 §2.5.3, and Microsoft's of the same meaning), which nobody here heeds.
#[cfg(not(feature = "more"))]
pub(crate) const USUAL_ATTRIBUTES: &[ObjectIdentifier] = &[
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_TIME,
    SMIME_CAPABILITIES,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    ALGORITHM_PROTECTION,
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.11"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.16.4"),
];

// Content ciphers (RFC 5084) and the derivation of RFC 9709.
oids! {
    AES128_GCM = "2.16.840.1.101.3.4.1.6",
    AES192_GCM = "2.16.840.1.101.3.4.1.26",
    AES256_GCM = "2.16.840.1.101.3.4.1.46",
    CEK_HKDF_SHA256 = "1.2.840.113549.1.9.16.3.31",
}

// Content ciphers seldom met (RFC 5084, RFC 8103).
#[cfg(feature = "more")]
oids! {
    AES128_CCM = "2.16.840.1.101.3.4.1.7",
    AES192_CCM = "2.16.840.1.101.3.4.1.27",
    AES256_CCM = "2.16.840.1.101.3.4.1.47",
    CHACHA20_POLY1305 = "1.2.840.113549.1.9.16.3.18",
}

// Key wrap (RFC 3565) and key agreement (RFC 5753 §7.1.4).
oids! {
    AES128_WRAP = "2.16.840.1.101.3.4.1.5",
    #[cfg(feature = "containers")]
    AES192_WRAP = "2.16.840.1.101.3.4.1.25",
    AES256_WRAP = "2.16.840.1.101.3.4.1.45",
    STD_DH_SHA1_KDF = "1.3.133.16.840.63.0.2",
    STD_DH_SHA224_KDF = "1.3.132.1.11.0",
    STD_DH_SHA256_KDF = "1.3.132.1.11.1",
    STD_DH_SHA384_KDF = "1.3.132.1.11.2",
    STD_DH_SHA512_KDF = "1.3.132.1.11.3",
}

// KEM recipients (RFC 9629 §7) and HKDF (RFC 8619 §2).
oids! {
    #[cfg(feature = "pq")]
    ORI_KEM = "1.2.840.113549.1.9.16.13.3",
    #[cfg(feature = "pq")]
    HKDF_SHA256 = "1.2.840.113549.1.9.16.3.28",
    #[cfg(feature = "pq")]
    HKDF_SHA384 = "1.2.840.113549.1.9.16.3.29",
    #[cfg(feature = "pq")]
    HKDF_SHA512 = "1.2.840.113549.1.9.16.3.30",
}

// Key wrap and key agreement seldom met (RFC 3370 §4.3.1, RFC 5753 §7.1.4, RFC 8418).
#[cfg(feature = "more")]
oids! {
    COFACTOR_DH_SHA1_KDF = "1.3.133.16.840.63.0.3",
    COFACTOR_DH_SHA224_KDF = "1.3.132.1.14.0",
    COFACTOR_DH_SHA256_KDF = "1.3.132.1.14.1",
    COFACTOR_DH_SHA384_KDF = "1.3.132.1.14.2",
    COFACTOR_DH_SHA512_KDF = "1.3.132.1.14.3",
    X25519 = "1.3.101.110",
    TRIPLE_DES_WRAP = "1.2.840.113549.1.9.16.3.6",
    STD_DH_HKDF_SHA256 = "1.2.840.113549.1.9.16.3.19",
    STD_DH_HKDF_SHA384 = "1.2.840.113549.1.9.16.3.20",
    STD_DH_HKDF_SHA512 = "1.2.840.113549.1.9.16.3.21",
}

/// The OID in an element the caller knows to be an OBJECT IDENTIFIER.
pub(crate) fn read(element: Tlv<'_>) -> Result<ObjectIdentifier> {
    ObjectIdentifier::from_bytes(element.contents).map_err(|_| Error::Malformed { what: Structure::Cms })
}
