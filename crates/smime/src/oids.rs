//! Object identifiers used by more than one module, by their names in the standards.

use const_oid::ObjectIdentifier;

macro_rules! oids {
    ($($(#[$meta:meta])* $name:ident = $value:literal),* $(,)?) => {
        $($(#[$meta])* pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($value);)*
    };
}

// Digests (RFC 5754) and HMAC (RFC 8018).
oids! {
    SHA1 = "1.3.14.3.2.26",
    SHA256 = "2.16.840.1.101.3.4.2.1",
    SHA384 = "2.16.840.1.101.3.4.2.2",
    SHA512 = "2.16.840.1.101.3.4.2.3",
    #[cfg(feature = "more")]
    SHA224 = "2.16.840.1.101.3.4.2.4",
    #[cfg(feature = "legacy")]
    MD5 = "1.2.840.113549.2.5",
    HMAC_SHA1 = "1.2.840.113549.2.7",
    HMAC_SHA256 = "1.2.840.113549.2.9",
    HMAC_SHA384 = "1.2.840.113549.2.10",
    HMAC_SHA512 = "1.2.840.113549.2.11",
}

// Public keys and signatures (RFC 8017, 4055, 5480, 5758).
oids! {
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1",
    RSAES_OAEP = "1.2.840.113549.1.1.7",
    MGF1 = "1.2.840.113549.1.1.8",
    RSASSA_PSS = "1.2.840.113549.1.1.10",
    RSA_SHA1 = "1.2.840.113549.1.1.5",
    RSA_SHA256 = "1.2.840.113549.1.1.11",
    RSA_SHA384 = "1.2.840.113549.1.1.12",
    RSA_SHA512 = "1.2.840.113549.1.1.13",
    EC_PUBLIC_KEY = "1.2.840.10045.2.1",
    EC_DH = "1.3.132.1.12",
    P256 = "1.2.840.10045.3.1.7",
    P384 = "1.3.132.0.34",
    ECDSA_SHA1 = "1.2.840.10045.4.1",
    ECDSA_SHA256 = "1.2.840.10045.4.3.2",
    ECDSA_SHA384 = "1.2.840.10045.4.3.3",
    ECDSA_SHA512 = "1.2.840.10045.4.3.4",
    P521 = "1.3.132.0.35",
    #[cfg(feature = "legacy")]
    RSA_MD5 = "1.2.840.113549.1.1.4",
    #[cfg(feature = "more")]
    RSA_SHA224 = "1.2.840.113549.1.1.14",
    #[cfg(feature = "more")]
    ECDSA_SHA224 = "1.2.840.10045.4.3.1",
}

// Curve25519 (RFC 8410 §3), and DSA (RFC 3279 §2.2.2, §2.3.2; RFC 5758 §3.1).
oids! {
    X25519 = "1.3.101.110",
    ED25519 = "1.3.101.112",
    DSA = "1.2.840.10040.4.1",
    DSA_SHA1 = "1.2.840.10040.4.3",
    #[cfg(feature = "more")]
    DSA_SHA224 = "2.16.840.1.101.3.4.3.1",
    DSA_SHA256 = "2.16.840.1.101.3.4.3.2",
}

// Post-quantum keys (RFC 9881 §2, RFC 9935 §3, draft-ietf-lamps-pq-composite-kem-15 §6).
oids! {
    ML_DSA_44 = "2.16.840.1.101.3.4.3.17",
    ML_DSA_65 = "2.16.840.1.101.3.4.3.18",
    ML_DSA_87 = "2.16.840.1.101.3.4.3.19",
    ML_KEM_512 = "2.16.840.1.101.3.4.4.1",
    ML_KEM_768 = "2.16.840.1.101.3.4.4.2",
    ML_KEM_1024 = "2.16.840.1.101.3.4.4.3",
    ML_KEM_768_P256 = "1.3.6.1.5.5.7.6.59",
}

// Password-based encryption (RFC 8018, RFC 7292 appendix C) and its ciphers.
oids! {
    PBES2 = "1.2.840.113549.1.5.13",
    PBKDF2 = "1.2.840.113549.1.5.12",
    AES128_CBC = "2.16.840.1.101.3.4.1.2",
    AES192_CBC = "2.16.840.1.101.3.4.1.22",
    AES256_CBC = "2.16.840.1.101.3.4.1.42",
    DES_EDE3_CBC = "1.2.840.113549.3.7",
    RC2_CBC = "1.2.840.113549.3.2",
    PBE_SHA1_3DES = "1.2.840.113549.1.12.1.3",
    PBE_SHA1_2DES = "1.2.840.113549.1.12.1.4",
    PBE_SHA1_RC2_128 = "1.2.840.113549.1.12.1.5",
    PBE_SHA1_RC2_40 = "1.2.840.113549.1.12.1.6",
}

// Names (RFC 5280 appendix A, RFC 9598).
oids! {
    COMMON_NAME = "2.5.4.3",
    EMAIL_ADDRESS = "1.2.840.113549.1.9.1",
    SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9",
}

// Extensions (RFC 5280 §4.2, §5.2, §5.3).
oids! {
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14",
    KEY_USAGE = "2.5.29.15",
    SUBJECT_ALT_NAME = "2.5.29.17",
    BASIC_CONSTRAINTS = "2.5.29.19",
    CRL_NUMBER = "2.5.29.20",
    CRL_REASON = "2.5.29.21",
    INVALIDITY_DATE = "2.5.29.24",
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28",
    NAME_CONSTRAINTS = "2.5.29.30",
    CRL_DISTRIBUTION_POINTS = "2.5.29.31",
    CERTIFICATE_POLICIES = "2.5.29.32",
    ANY_POLICY = "2.5.29.32.0",
    POLICY_MAPPINGS = "2.5.29.33",
    POLICY_CONSTRAINTS = "2.5.29.36",
    INHIBIT_ANY_POLICY = "2.5.29.54",
    ISSUER_ALT_NAME = "2.5.29.18",
    DELTA_CRL_INDICATOR = "2.5.29.27",
    CERTIFICATE_ISSUER = "2.5.29.29",
    FRESHEST_CRL = "2.5.29.46",
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1",
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35",
    EXT_KEY_USAGE = "2.5.29.37",
}

// Extended key usages (RFC 5280 §4.2.1.12).
oids! {
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0",
    SERVER_AUTH = "1.3.6.1.5.5.7.3.1",
    CLIENT_AUTH = "1.3.6.1.5.5.7.3.2",
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4",
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8",
}

// Containers and attributes (RFC 5652, 7292, 2985).
oids! {
    DATA = "1.2.840.113549.1.7.1",
    SIGNED_DATA = "1.2.840.113549.1.7.2",
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6",
    EXTENSION_REQUEST = "1.2.840.113549.1.9.14",
    FRIENDLY_NAME = "1.2.840.113549.1.9.20",
    LOCAL_KEY_ID = "1.2.840.113549.1.9.21",
    X509_CERTIFICATE = "1.2.840.113549.1.9.22.1",
    KEY_BAG = "1.2.840.113549.1.12.10.1.1",
    SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2",
    CERT_BAG = "1.2.840.113549.1.12.10.1.3",
    CRL_BAG = "1.2.840.113549.1.12.10.1.4",
    SECRET_BAG = "1.2.840.113549.1.12.10.1.5",
    SAFE_CONTENTS_BAG = "1.2.840.113549.1.12.10.1.6",
}

// OCSP (RFC 6960).
oids! {
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9",
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1",
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2",
    #[cfg(feature = "more")]
    OCSP_IN_CMS = "1.3.6.1.5.5.7.16.2",
    OCSP_NOCHECK = "1.3.6.1.5.5.7.48.1.5",
}
