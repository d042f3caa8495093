//! Keys without their arithmetic, for a build that leaves it to a backend: read, checked, compared and written.
//!
//! [`curve`] and [`rsa_kernel`] have the names of the reference's modules. Whatever would compute with a key says that it is
//! not in this build.

pub(super) mod curve;
mod field;
pub(super) mod rsa_kernel;

use const_oid::ObjectIdentifier;

use crate::error::Error;

/// Not in this build, as of every algorithm that a feature brings.
fn absent(oid: ObjectIdentifier) -> Error {
    Error::UnsupportedAlgorithm { oid }
}

#[cfg(test)]
mod tests;
