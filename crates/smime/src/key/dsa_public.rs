//! DSA public keys (RFC 3279 §2.3.2), verified as legacy and never made.

use dsa::signature::hazmat::PrehashVerifier;
use dsa::{BoxedUint, Components, Signature, VerifyingKey};

use crate::asn1::{self, NotDer, Of, Reader};
use crate::error::{Error, Result, Structure};
use crate::oids;

/// The sizes of p and q in bits that FIPS 186-4 §4.2 knows; the library takes no other.
const SIZES: [(u32, u32); 4] = [(1024, 160), (2048, 224), (2048, 256), (3072, 256)];

/// A public key with its domain parameters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Public(VerifyingKey);

impl Public {
    /// Reads y, with the parameters Dss-Parms or those `inherited` from the issuer's key
    /// (RFC 3279 §2.3.2) when they are absent.
    pub(super) fn read(parameters: Option<&[u8]>, bits: &[u8], inherited: Option<&Self>) -> Result<Self> {
        let bad = Error::Malformed { what: Structure::PublicKey };
        let components = match (parameters, inherited) {
            (Some(parameters), _) => components(parameters)?,
            (None, Some(issuer)) => issuer.0.components().clone(),
            (None, None) => return Err(Error::AlgorithmParameters { oid: oids::DSA }),
        };
        let mut reader = Reader::new(bits);
        let y = reader.expect(asn1::INTEGER).and_then(|y| asn1::unsigned(y.value).ok_or(NotDer));
        let y = y.of(Structure::PublicKey)?;
        reader.finish().of(Structure::PublicKey)?;
        let y = uint(y, components.p().bits_precision()).ok_or(bad.clone())?;
        // FIPS 186-4 §A.1: y lies between 2 and p − 2 and in the subgroup; the library checks the rest.
        if y >= **components.p() {
            return Err(bad);
        }
        VerifyingKey::from_components(components, y).map(Self).map_err(|_| bad)
    }

    /// Bits of the prime p.
    pub(super) fn bits(&self) -> usize {
        usize::try_from(self.0.components().p().bits_precision()).unwrap_or(0)
    }

    /// Verifies a Dss-Sig-Value (RFC 3279 §2.2.2).
    pub(super) fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<()> {
        let read = || {
            let mut reader = Reader::only(signature, asn1::SEQUENCE)?;
            let r = positive(reader.expect(asn1::INTEGER)?.value).ok_or(NotDer)?;
            let s = positive(reader.expect(asn1::INTEGER)?.value).ok_or(NotDer)?;
            reader.finish()?;
            let q = self.0.components().q().bits_precision();
            let (r, s) = (uint(r, q).ok_or(NotDer)?, uint(s, q).ok_or(NotDer)?);
            Signature::from_components(r, s).ok_or(NotDer)
        };
        let signature = read().map_err(|NotDer| Error::BadSignature)?;
        self.0.verify_prehash(digest, &signature).map_err(|_| Error::BadSignature)
    }
}

/// Dss-Parms (RFC 3279 §2.3.2).
fn components(parameters: &[u8]) -> Result<Components> {
    let bad = Error::AlgorithmParameters { oid: oids::DSA };
    let read = || {
        let mut reader = Reader::only(parameters, asn1::SEQUENCE)?;
        let p = asn1::unsigned(reader.expect(asn1::INTEGER)?.value).ok_or(NotDer)?;
        let q = asn1::unsigned(reader.expect(asn1::INTEGER)?.value).ok_or(NotDer)?;
        let g = asn1::unsigned(reader.expect(asn1::INTEGER)?.value).ok_or(NotDer)?;
        reader.finish()?;
        Ok((p, q, g))
    };
    let (p, q, g) = read().of(Structure::AlgorithmIdentifier)?;
    let (p_bits, q_bits) = SIZES
        .into_iter()
        .find(|(p_bits, q_bits)| (bits(p), bits(q)) == (Some(*p_bits), Some(*q_bits)))
        .ok_or(bad.clone())?;
    let uints = || Some((uint(p, p_bits)?, uint(q, q_bits)?, uint(g, p_bits)?));
    let (p, q, g) = uints().ok_or(bad.clone())?;
    Components::from_components(p, q, g).map_err(|_| bad)
}

/// The magnitude of an INTEGER in its one encoding, so that a signature has one form.
fn positive(value: &[u8]) -> Option<&[u8]> {
    match value {
        [0, next, ..] if next & 0x80 == 0 => None,
        _ => asn1::unsigned(value),
    }
}

/// Bits of a magnitude without leading zeros.
fn bits(magnitude: &[u8]) -> Option<u32> {
    let whole = u32::try_from(magnitude.len()).ok()?.checked_mul(8)?;
    whole.checked_sub(magnitude.first()?.leading_zeros())
}

fn uint(magnitude: &[u8], bits: u32) -> Option<BoxedUint> {
    BoxedUint::from_be_slice(magnitude, bits).ok()
}
