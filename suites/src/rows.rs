//! The rows of the table: every feature by its name.

use crate::recipe::Writer;

pub(crate) const CIPHERS: &[&str] = &[
    "aes-128-cbc",
    "aes-192-cbc",
    "aes-256-cbc",
    "3des-cbc",
    "aes-128-gcm",
    "aes-192-gcm",
    "aes-256-gcm",
    "aes-256-ccm",
    "chacha20-poly1305",
    "aes-256-gcm-hkdf",
];
/// Those that we write.
pub(crate) const OUR_CIPHERS: &[&str] =
    &["aes-256-cbc", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm", "chacha20-poly1305", "aes-256-gcm-hkdf"];
pub(crate) const METHODS: &[&str] = &[
    "rsa-pkcs1v15",
    "rsa-oaep-sha1",
    "rsa-oaep-sha256",
    "rsa-oaep-sha384",
    "rsa-oaep-sha512",
    "ecdh",
    "x25519",
    "ml-kem-768",
    "kek-128",
    "kek-192",
    "kek-256",
    "password",
];
pub(crate) const RSA: &[&str] = &["rsa-2048", "rsa-3072", "rsa-4096"];
pub(crate) const CURVES: &[&str] = &["p-256", "p-384", "p-521"];
pub(crate) const SIGNING_CURVES: &[&str] = &["sign-p-256", "sign-p-384", "sign-p-521"];
pub(crate) const KDFS: &[&str] = &["kdf-sha1", "kdf-sha224", "kdf-sha256", "kdf-sha384", "kdf-sha512"];
pub(crate) const WRAPS: &[&str] = &["wrap-aes-128", "wrap-aes-192", "wrap-aes-256"];
pub(crate) const RSA_SCHEMES: &[&str] = &[
    "rsa-pkcs1-sha256",
    "rsa-pkcs1-sha384",
    "rsa-pkcs1-sha512",
    "rsa-pss-sha256",
    "rsa-pss-sha384",
    "rsa-pss-sha512",
];
pub(crate) const EC_SCHEMES: &[&str] = &["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"];
pub(crate) const OTHERS: &[&str] = &[
    "ed25519",
    "opaque",
    "detached",
    "detached-nothing",
    "no-attributes",
    "signer-by-key-id",
    "recipient-by-key-id",
    "several-recipients",
    "several-wraps",
    "cofactor",
    "aead-ecdh",
    "aead-kek",
    "aead-password",
    "compressed",
    "stream",
    "stream-rsa-pss",
    "stream-aead",
    "stream-nothing",
    "profile-default",
    "profile-compat",
];
/// Rows that say nothing of what we write, because we do not.
pub(crate) const NOT_OURS: &[&str] = &[
    "aes-128-cbc",
    "aes-192-cbc",
    "3des-cbc",
    "aes-256-ccm",
    "rsa-oaep-sha1",
    "rsa-oaep-sha384",
    "rsa-oaep-sha512",
    "kdf-sha1",
    "kdf-sha224",
    "wrap-aes-128",
    "wrap-aes-192",
    "no-attributes",
    "signer-by-key-id",
    "recipient-by-key-id",
    "several-wraps",
    "cofactor",
    "compressed",
    "stream",
    "stream-rsa-pss",
    "stream-aead",
    "stream-nothing",
];

/// Every row of the table, in its order.
pub fn rows() -> impl Iterator<Item = &'static str> {
    [CIPHERS, METHODS, RSA, CURVES, SIGNING_CURVES, KDFS, WRAPS, RSA_SCHEMES, EC_SCHEMES, OTHERS]
        .into_iter()
        .flatten()
        .copied()
}

/// Whether the row says something when this side writes.
#[must_use]
pub fn applies(row: &str, writer: Writer) -> bool {
    match writer {
        Writer::Ours => !NOT_OURS.contains(&row),
        Writer::Theirs => !row.starts_with("profile-"),
    }
}
