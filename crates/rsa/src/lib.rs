//! RSA's two operations on numbers (RFC 8017 §5): RSAEP and RSADP, RSAVP1 and RSASP1. No padding: whoever calls adds
//! and checks it, because an operation without padding protects nothing.
//!
//! The arithmetic is made for WebAssembly, which multiplies 64 bits by 64 but keeps only 64 of the product: numbers are
//! cut into limbs of 27 bits, and columns of products are summed in 64 bits before any carry (`docs/design/rsa.md`).
//! What depends on a private key or on what it opens has no branch and no address of its own.

mod inverse;
mod limbs;
mod modulus;
mod power;
mod private;
mod product;
mod public;

pub use self::private::{Crt, PrivateKey};
pub use self::public::PublicKey;

/// Longest modulus in bits: the longest key that is read (`MAX_RSA_BITS` of `sceau-smime`). The sums of columns would
/// hold up to 13,700.
pub const MAX_BITS: usize = 8192;

/// Shortest modulus and prime in bits. A key has far longer ones; below, the bounds of the inverse were not proven.
pub const MIN_BITS: usize = 128;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The modulus is even, too short or too long, or the exponent is no odd number above 1.
    Key,
    /// The input is not as long as the modulus, or not smaller than it. Anybody can see that without the key.
    Input,
    /// The result does not lead back to the input: the key's parts do not belong together, or the machine computed
    /// wrongly. The result is withheld, since a wrong one may give the key away (Boneh, DeMillo and Lipton, 1997).
    Fault,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Key => "the numbers are no RSA key",
            Self::Input => "the input is not a number below the modulus",
            Self::Fault => "the result does not lead back to the input",
        })
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests;
