//! The public operation (RFC 8017 §5.1.1, §5.2.2).

use zeroize::Zeroizing;

use crate::limbs::Limbs;
use crate::modulus::Modulus;
use crate::{Error, power};

/// A public key, ready to compute with.
#[derive(Clone)]
pub struct PublicKey {
    modulus: Modulus,
    exponent: u64,
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicKey({} bits)", self.modulus.bits())
    }
}

impl PublicKey {
    /// Takes modulus and exponent. Both are untrusted; the modulus is in big-endian octets.
    ///
    /// # Errors
    /// `Key` for a modulus that is even, shorter than [`crate::MIN_BITS`] or longer than [`crate::MAX_BITS`], and for
    /// an exponent that is even or 1. How long an exponent may be is the caller's to bound: 33 bits of it cost at
    /// most four times what 65,537 costs.
    pub fn new(modulus: &[u8], exponent: u64) -> Result<Self, Error> {
        if exponent < 3 || exponent & 1 == 0 {
            return Err(Error::Key);
        }
        Ok(Self { modulus: Modulus::new(modulus)?, exponent })
    }

    /// Length of the modulus in octets, which every input and result has.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.modulus.octets()
    }

    /// `input^e mod n`: RSAEP and RSAVP1. The input may be secret or untrusted.
    ///
    /// # Errors
    /// `Input` when it has another length than the modulus or is not below it.
    pub fn apply(&self, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let number = self.modulus.read(input)?;
        let mut columns = self.modulus.columns();
        let form = self.modulus.form(&number, &mut columns);
        let power = self.modulus.number(&self.power(&form), &mut columns);
        Ok(crate::limbs::to_octets(&power, self.octets()))
    }

    /// The power of a number in Montgomery's form.
    pub(crate) fn power(&self, form: &Limbs) -> Limbs {
        power::public(&self.modulus, form, self.exponent)
    }

    pub(crate) fn modulus(&self) -> &Modulus {
        &self.modulus
    }
}
