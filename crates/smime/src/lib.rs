//! CMS, certificates and key containers: seal, open and judge letters.
//!
//! The crate is pure: no clock, no socket, no file. The moment a verdict is for
//! ([`UnixTime`]) and the source of randomness are arguments. Public data
//! (certificates, lists, requests) earns precise errors; whatever depends on a
//! secret fails as one opaque [`Error::Decrypt`].

pub(crate) mod asn1;
pub mod backend;
pub mod ca;
pub mod cms;
pub mod crl;
pub mod error;
pub mod ess;
pub mod key;
pub mod letter;
#[cfg(feature = "correspondents")]
pub mod look_alike;
#[cfg(feature = "containers")]
pub mod mac;
pub mod name;
pub mod ocsp;
#[cfg_attr(not(feature = "containers"), allow(dead_code, reason = "named by what a feature brings"))]
pub(crate) mod oids;
pub mod path;
#[cfg(feature = "containers")]
pub mod pbe;
pub mod pem;
#[cfg(feature = "containers")]
pub mod pkcs12;
#[cfg(feature = "more")]
pub mod stream;
pub mod time;
#[cfg(feature = "more")]
pub mod tsp;
pub mod verdict;
pub mod x509;

#[cfg(test)]
mod wycheproof;

pub use const_oid::ObjectIdentifier;
pub use crl::Crl;
pub use error::{Error, Limit, Structure};
pub use key::{Algorithm, PrivateKey, PublicKey};
pub use ocsp::OcspResponse;
pub use path::{Anchor, Anchors, Budget, PathError, Purpose, RevocationMode, ValidPath};
#[cfg(feature = "containers")]
pub use pkcs12::Pkcs12;
pub use time::UnixTime;
pub use verdict::{Code, Note, Trust};
pub use x509::{Certificate, Identity};
