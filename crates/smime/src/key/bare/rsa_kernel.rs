//! RSA keys (RFC 8017 appendix A.1).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::absent;
use crate::asn1::{self, NotDer, Of, Reader};
use crate::error::{Error, Result, Structure};
use crate::key::{OaepParameters, SignatureScheme};
use crate::oids;

/// Most bits of a public exponent, as the reference has it.
const MAX_EXPONENT_BITS: usize = 33;

/// A public key: two numbers, big-endian without leading zeros.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::key) struct Public {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// A private key as it was read, and its public half.
#[derive(Clone)]
pub(in crate::key) struct Private {
    der: Zeroizing<Vec<u8>>,
    public: Public,
}

/// RSAPublicKey; the caller has looked at its size.
pub(in crate::key) fn read_public(der: &[u8]) -> Result<Public> {
    let read = || {
        let mut reader = Reader::only(der, asn1::SEQUENCE)?;
        let (modulus, exponent) = (integer(&mut reader)?, integer(&mut reader)?);
        reader.finish()?;
        public(modulus, exponent).ok_or(NotDer)
    };
    read().of(Structure::PublicKey)
}

pub(in crate::key) fn public_der(key: &Public) -> Vec<u8> {
    asn1::sequence(&[&asn1::integer(&key.modulus), &asn1::integer(&key.exponent)])
}

/// RSAPrivateKey; the caller has looked at its size.
pub(in crate::key) fn read_private(der: &[u8]) -> Result<Private> {
    let bad = Error::Malformed { what: Structure::PrivateKey };
    let read = || {
        let mut reader = Reader::only(der, asn1::SEQUENCE)?;
        let version = reader.expect(asn1::INTEGER)?.small_uint()?;
        let (modulus, exponent) = (integer(&mut reader)?, integer(&mut reader)?);
        let [_, p, q, ..] = [(); 6].map(|()| integer(&mut reader));
        Ok((version, modulus, exponent, p?, q?, reader))
    };
    let (version, modulus, exponent, p, q, rest) = read().of(Structure::PrivateKey)?;
    // More than two primes.
    if version != 0 {
        return Err(absent(oids::RSA_ENCRYPTION));
    }
    if !rest.is_empty() || product(p, q) != modulus {
        return Err(bad);
    }
    let public = public(modulus, exponent).ok_or(bad)?;
    Ok(Private { der: Zeroizing::new(der.to_vec()), public })
}

pub(in crate::key) fn private_der(key: &Private) -> Result<Zeroizing<Vec<u8>>> {
    Ok(key.der.clone())
}

pub(in crate::key) fn public_half(key: &Private) -> Public {
    key.public.clone()
}

pub(in crate::key) fn modulus_bits(key: &Public) -> usize {
    bits(&key.modulus)
}

pub(in crate::key) fn private_bits(key: &Private) -> usize {
    modulus_bits(&key.public)
}

pub(in crate::key) fn generate<R: CryptoRng + ?Sized>(_bits: usize, _rng: &mut R) -> Result<Private> {
    Err(absent(oids::RSA_ENCRYPTION))
}

pub(in crate::key) fn sign<R: CryptoRng + ?Sized>(
    _key: &Private,
    _scheme: SignatureScheme,
    _digest: &[u8],
    _rng: &mut R,
) -> Result<Vec<u8>> {
    Err(absent(oids::RSA_ENCRYPTION))
}

pub(in crate::key) fn verify(
    _key: &Public,
    _scheme: SignatureScheme,
    _digest: &[u8],
    _signature: &[u8],
) -> Result<()> {
    Err(absent(oids::RSA_ENCRYPTION))
}

pub(in crate::key) fn encrypt_oaep<R: CryptoRng + ?Sized>(
    _key: &Public,
    _parameters: &OaepParameters,
    _message: &[u8],
    _rng: &mut R,
) -> Result<Vec<u8>> {
    Err(absent(oids::RSA_ENCRYPTION))
}

pub(in crate::key) fn encrypt_pkcs1v15<R: CryptoRng + ?Sized>(
    _key: &Public,
    _message: &[u8],
    _rng: &mut R,
) -> Result<Vec<u8>> {
    Err(absent(oids::RSA_ENCRYPTION))
}

pub(in crate::key) fn decrypt_oaep<R: CryptoRng + ?Sized>(
    _key: &Private,
    _parameters: &OaepParameters,
    _ciphertext: &[u8],
    _rng: &mut R,
) -> Result<Zeroizing<Vec<u8>>> {
    Err(absent(oids::RSA_ENCRYPTION))
}

pub(in crate::key) fn decrypt_pkcs1v15<R: CryptoRng + ?Sized>(
    _key: &Private,
    _ciphertext: &[u8],
    _length: usize,
    _rng: &mut R,
) -> Result<Zeroizing<Vec<u8>>> {
    Err(absent(oids::RSA_ENCRYPTION))
}

/// A positive INTEGER in the one form DER has.
fn integer<'a>(reader: &mut Reader<'a>) -> core::result::Result<&'a [u8], NotDer> {
    match reader.expect(asn1::INTEGER)?.value {
        [0, magnitude @ ..] if magnitude.first().is_some_and(|first| *first >= 0x80) => Ok(magnitude),
        magnitude @ [1..0x80, ..] => Ok(magnitude),
        _ => Err(NotDer),
    }
}

/// Odd numbers, the exponent between 2 and 2³³, so that verification stays cheap.
fn public(modulus: &[u8], exponent: &[u8]) -> Option<Public> {
    let is_odd = |number: &[u8]| number.last().is_some_and(|octet| octet & 1 == 1);
    let fits = is_odd(modulus) && is_odd(exponent) && (2..=MAX_EXPONENT_BITS).contains(&bits(exponent));
    fits.then(|| Public { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
}

fn bits(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |octet| octet.leading_zeros());
    (number.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or_default())
}

/// The product of two numbers, without leading zeros. Every octet of both is met by every other.
fn product(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut columns = Zeroizing::new(vec![0_u64; a.len() + b.len()]);
    for (place, digit) in a.iter().rev().enumerate() {
        for (column, other) in columns.iter_mut().skip(place).zip(b.iter().rev()) {
            *column += u64::from(*digit) * u64::from(*other);
        }
    }
    let mut carry = 0;
    let octets = columns.iter().map(|column| {
        carry += column;
        let octet = u8::try_from(carry & 0xff).unwrap_or_default();
        carry >>= 8;
        octet
    });
    let mut octets: Vec<u8> = octets.collect();
    while octets.last() == Some(&0) {
        octets.pop();
    }
    octets.reverse();
    octets
}
