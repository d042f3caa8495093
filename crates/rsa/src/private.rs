//! The private operation (RFC 8017 §5.1.2, §5.2.1), blinded and checked.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::inverse::inverse;
use crate::limbs::{self, Limbs};
use crate::modulus::{Columns, Modulus};
use crate::{Error, PublicKey, power};

/// What the Chinese remainder theorem needs (RFC 8017 §3.2, second form), in big-endian octets. The lengths of the
/// exponents are taken for public: they should be those of the primes, with leading zeros.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the names of RFC 8017")]
pub struct Crt<'a> {
    pub p: &'a [u8],
    pub q: &'a [u8],
    pub dp: &'a [u8],
    pub dq: &'a [u8],
    pub qinv: &'a [u8],
}

impl core::fmt::Debug for Crt<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Crt(redacted)")
    }
}

/// A private key, ready to compute with. It is wiped when dropped and prints only its length.
#[derive(Clone)]
pub struct PrivateKey {
    public: PublicKey,
    exponent: Zeroizing<Vec<u8>>,
    halves: Option<Halves>,
}

/// Both primes with their exponents, and `1/q mod p`.
#[derive(Clone)]
struct Halves {
    p: Modulus,
    q: Modulus,
    dp: Zeroizing<Vec<u8>>,
    dq: Zeroizing<Vec<u8>>,
    qinv: Limbs,
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PrivateKey({} bits, redacted)", self.public.modulus().bits())
    }
}

impl PrivateKey {
    /// Takes a key whose parts the caller has found to belong together. `exponent` is `d` in big-endian octets; its
    /// length is taken for public. Without `crt`, or with one that cannot be used, every operation takes three to
    /// four times as long.
    #[must_use]
    pub fn new(public: PublicKey, exponent: &[u8], crt: Option<Crt<'_>>) -> Self {
        let exponent = Zeroizing::new(exponent.to_vec());
        Self { public, exponent, halves: crt.and_then(Halves::new) }
    }

    /// Length of the modulus in octets, which every input and result has.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.public.octets()
    }

    /// Whether the primes are used.
    #[must_use]
    pub fn uses_primes(&self) -> bool {
        self.halves.is_some()
    }

    /// `input^d mod n`: RSADP and RSASP1, blinded with `rng` and checked with the public exponent. The input is
    /// untrusted. Time tells nothing of the key, the input or the result but what [`Error::Input`] tells.
    ///
    /// # Errors
    /// `Input` when it has another length than the modulus or is not below it; `Fault` when the result does not
    /// lead back to it.
    pub fn apply<R: CryptoRng + ?Sized>(
        &self,
        input: &[u8],
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.apply_with(input, &mut |octets| rng.fill_bytes(octets))
    }

    /// The same for any source of randomness: compiled here, for speed, whatever the caller is compiled for.
    fn apply_with(&self, input: &[u8], fill: &mut dyn FnMut(&mut [u8])) -> Result<Zeroizing<Vec<u8>>, Error> {
        let modulus = self.public.modulus();
        let input = modulus.read(input)?;
        let mut columns = modulus.columns();
        let (blind, unblind) = self.blinding(fill, &mut columns)?;
        // One factor in Montgomery's form, the other not: the product is not.
        let blinded = modulus.least(modulus.product(&blind, &input, &mut columns));
        let power = self.power(&blinded, &mut columns);
        let result = modulus.least(modulus.product(&unblind, &power, &mut columns));
        let form = modulus.form(&result, &mut columns);
        let again = modulus.number(&self.public.power(&form), &mut columns);
        if !bool::from(limbs::equal(&again, &input)) {
            return Err(Error::Fault);
        }
        Ok(limbs::to_octets(&result, self.octets()))
    }

    /// `r^e` and `1/r` in Montgomery's form, for a random `r`.
    fn blinding(
        &self,
        fill: &mut dyn FnMut(&mut [u8]),
        columns: &mut Columns,
    ) -> Result<(Limbs, Limbs), Error> {
        let modulus = self.public.modulus();
        // A number without an inverse is met once in 2⁵⁰⁰ tries, or with a modulus that is no product of two primes.
        for _ in 0..MAX_BLINDINGS {
            let r = random_below(modulus, fill)?;
            if let Some(inverse) = inverse(modulus, &r) {
                let blind = self.public.power(&modulus.form(&r, columns));
                return Ok((blind, modulus.form(&inverse, columns)));
            }
        }
        Err(Error::Fault)
    }

    /// `number^d`, least.
    fn power(&self, number: &Limbs, columns: &mut Columns) -> Limbs {
        if let Some(halves) = &self.halves {
            return halves.power(number, self.public.modulus().length());
        }
        let modulus = self.public.modulus();
        let power = power::secret(modulus, &modulus.form(number, columns), &self.exponent);
        modulus.number(&power, columns)
    }
}

/// How often a random number without an inverse is drawn again.
const MAX_BLINDINGS: usize = 8;

/// How often a random number is drawn that is not below the modulus: each try fails with a chance below a half.
const MAX_DRAWS: usize = 256;

/// A random number below the modulus, every one as likely. Only numbers that are thrown away take time.
fn random_below(modulus: &Modulus, fill: &mut dyn FnMut(&mut [u8])) -> Result<Limbs, Error> {
    let mut octets = Zeroizing::new(vec![0; modulus.octets()]);
    let unused = modulus.octets() * 8 - modulus.bits();
    for _ in 0..MAX_DRAWS {
        fill(&mut octets);
        if let Some(first) = octets.first_mut() {
            *first &= 0xff >> unused;
        }
        if let Ok(number) = modulus.read(&octets) {
            return Ok(number);
        }
    }
    Err(Error::Fault)
}

impl Halves {
    fn new(crt: Crt<'_>) -> Option<Self> {
        let (p, q) = (Modulus::new(crt.p).ok()?, Modulus::new(crt.q).ok()?);
        let qinv = limbs::from_octets(crt.qinv, p.length())?;
        let (dp, dq) = (Zeroizing::new(crt.dp.to_vec()), Zeroizing::new(crt.dq.to_vec()));
        bool::from(p.holds(&qinv)).then_some(Self { p, q, dp, dq, qinv })
    }

    /// `number^d`, below `p·q`, at a length: Garner's formula (RFC 8017 §5.1.2 step 2b).
    fn power(&self, number: &Limbs, length: usize) -> Limbs {
        let (mut of_p, mut of_q) = (self.p.columns(), self.q.columns());
        let m1 = power::secret(&self.p, &self.p.form(number, &mut of_p), &self.dp);
        let m2 = power::secret(&self.q, &self.q.form(number, &mut of_q), &self.dq);
        let m2 = self.q.number(&m2, &mut of_q);
        let difference = self.p.difference(&m1, &self.p.form(&m2, &mut of_p));
        let h = self.p.least(self.p.product(&difference, &self.qinv, &mut of_p));
        limbs::multiply_add(&h, self.q.n(), &m2, length)
    }
}
