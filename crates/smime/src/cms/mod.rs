//! The Cryptographic Message Syntax (RFC 5652, 5083, 5084, 5753, 8551): SignedData, EnvelopedData
//! and AuthEnvelopedData, written in DER and read in BER.

pub(crate) mod attributes;
pub mod auth_enveloped_data;
#[cfg(feature = "more")]
pub mod authenticated_data;
pub mod ber;
pub mod capabilities;
#[cfg(feature = "more")]
pub mod compressed_data;
pub mod content_cipher;
pub mod content_info;
#[cfg(feature = "more")]
pub(crate) mod countersign;
#[cfg(feature = "more")]
pub mod digested_data;
pub(crate) mod emit;
#[cfg(feature = "more")]
pub mod encrypted_data;
pub mod envelope;
pub mod enveloped_data;
#[cfg(feature = "pq")]
pub(crate) mod hkdf;
#[cfg(feature = "more")]
pub mod kek_recipient;
#[cfg(feature = "pq")]
pub mod kem_recipient;
pub(crate) mod key_wrap;
pub mod keyring;
pub(crate) mod oids;
#[cfg(feature = "more")]
pub mod password_recipient;
#[cfg(feature = "more")]
pub(crate) mod recipient_emails;
pub mod recipients;
pub mod sign;
pub mod signed_data;
pub mod verify;

#[cfg(test)]
#[cfg(all(feature = "more", feature = "pq"))]
mod oracle_tests;
#[cfg(test)]
#[cfg(feature = "more")]
mod seldom_tests;
#[cfg(test)]
mod tests;
