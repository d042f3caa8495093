//! JavaScript wrappers of mime and smime: the npm package.
//!
//! A thin boundary: it converts, calls, converts back. Nothing is decided here. Bytes cross as `Uint8Array` and
//! are copied once in each direction; reports cross as plain objects of the shape that the command line prints.
//! Whatever fails throws an `Error` whose `code` never changes and whose `message` is English.
//!
//! The page does not load this: its worker links the crates directly.

mod argument;
#[cfg(feature = "all")]
mod big;
mod bytes;
#[cfg(feature = "all")]
mod certificate;
#[cfg(feature = "all")]
mod chain;
#[cfg(feature = "all")]
mod choose;
#[cfg(feature = "all")]
mod container;
mod engine;
mod error;
mod keys;
#[cfg(all(feature = "all", target_arch = "wasm32", target_feature = "simd128"))]
mod lanes;
mod letter;
#[cfg(feature = "all")]
mod mail;
#[cfg(feature = "all")]
mod make;
mod parcel;
mod report;
mod seal;
mod settled;
mod trust;
mod types;
#[cfg(feature = "all")]
mod units;

#[cfg(feature = "all")]
pub use big::{BigLetter, open_big, seal_big, verify_big};
#[cfg(feature = "all")]
pub use certificate::{certificates, requests};
#[cfg(feature = "all")]
pub use chain::chain;
#[cfg(feature = "all")]
pub use choose::choose;
#[cfg(feature = "all")]
pub use container::pkcs12;
pub use engine::Engine;
pub use error::Failure;
pub use keys::Keys;
pub use letter::{Letter, open_with, verify_with};
#[cfg(feature = "all")]
pub use letter::{open, verify};
#[cfg(feature = "all")]
pub use mail::{forget_mail, read_fields, read_mail};
pub use parcel::Parcel;
#[cfg(feature = "all")]
pub use report::inspect;
#[cfg(feature = "all")]
pub use seal::seal;
pub use seal::{seal_copy_with, seal_with};
pub use trust::TrustSettings;
