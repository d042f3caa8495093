//! JavaScript wrappers of mime and smime: the npm package.
//!
//! A thin boundary: it converts, calls, converts back. Nothing is decided here. Bytes cross as `Uint8Array` and
//! are copied once in each direction; reports cross as plain objects of the shape that the command line prints.
//! Whatever fails throws an `Error` whose `code` never changes and whose `message` is English.
//!
//! The page does not load this: its worker links the crates directly.

mod argument;
mod bytes;
mod error;
mod keys;
mod letter;
mod report;
mod seal;
mod trust;
mod types;

pub use error::Failure;
pub use keys::Keys;
pub use letter::{Letter, open, verify};
pub use report::{inspect, pkcs12};
pub use seal::seal;
pub use trust::TrustSettings;
