//! The Cryptographic Message Syntax (RFC 5652, 5083, 5084, 5753, 8551): SignedData, EnvelopedData
//! and AuthEnvelopedData, written in DER and read in BER.

pub(crate) mod attributes;
pub mod auth_enveloped_data;
pub mod ber;
pub mod capabilities;
pub mod content_cipher;
pub mod content_info;
pub(crate) mod countersign;
pub(crate) mod emit;
pub mod envelope;
pub mod enveloped_data;
pub(crate) mod key_wrap;
pub(crate) mod oids;
pub mod recipients;
pub mod sign;
pub mod signed_data;
pub mod verify;

#[cfg(test)]
mod tests;
