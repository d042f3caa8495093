//! Password-based encryption: PBES2 (RFC 8018 §6.2) read and written,
//! the PKCS#12 schemes with 3DES and RC2 (RFC 7292 appendix B and C) read only.

use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyIvInit, block_padding::Pkcs7};
use const_oid::ObjectIdentifier;
use hmac::EagerHash;
use rand_core::CryptoRng;
use sha2::Digest;
use zeroize::Zeroizing;

use crate::asn1::{self, NotDer, Of, Reader};
use crate::error::{Error, Limit, Result, Structure};
use crate::key::{DigestAlgorithm, with_digest};
use crate::mac::MacAlgorithm;
use crate::oids;

/// Most rounds of key derivation we run for somebody else's container: the largest in use
/// are 600,000 (OWASP 2023, Firefox) and 1,000,000; beyond lies only denial of service.
pub const MAX_ITERATIONS: u32 = 2_000_000;

/// Rounds in what we write. OWASP asks 600,000 for PBKDF2-HMAC-SHA256.
pub const WRITE_ITERATIONS: u32 = 600_000;

/// Octets of salt in what we write.
const SALT_LEN: usize = 16;

/// A pass phrase in the two forms in which the standards feed it to key derivation.
pub(crate) struct Password {
    utf8: Zeroizing<Vec<u8>>,
    bmp: Zeroizing<Vec<u8>>,
}

impl Password {
    /// RFC 7292 appendix B.1: a BMPString with a terminating NULL character.
    pub(crate) fn new(text: &str) -> Self {
        let mut bmp = Zeroizing::new(Vec::with_capacity(text.len() * 2 + 2));
        for unit in text.encode_utf16().chain([0]) {
            bmp.extend(unit.to_be_bytes());
        }
        Self { utf8: Zeroizing::new(text.as_bytes().to_vec()), bmp }
    }

    /// No pass phrase at all, which PKCS#12 tells apart from the empty one.
    pub(crate) fn absent() -> Self {
        Self { utf8: Zeroizing::new(Vec::new()), bmp: Zeroizing::new(Vec::new()) }
    }

    /// Octets that are no text, which only foreign vectors use.
    #[cfg(test)]
    pub(crate) fn from_octets(octets: &[u8]) -> Self {
        Self { utf8: Zeroizing::new(octets.to_vec()), bmp: Zeroizing::new(Vec::new()) }
    }

    pub(crate) fn utf8(&self) -> &[u8] {
        &self.utf8
    }
}

/// Decrypts under the scheme of a DER AlgorithmIdentifier.
///
/// Bad padding is `WrongPassword`: nothing else can be told from it, and the container's
/// integrity, if any, is checked elsewhere.
pub(crate) fn decrypt(algorithm: &[u8], password: &Password, data: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (oid, parameters) = crate::key::algorithm_identifier(algorithm)?;
    let parameters = parameters.ok_or(Error::AlgorithmParameters { oid })?;
    match oid {
        oids::PBES2 => pbes2(parameters, password, data),
        oids::PBE_SHA1_3DES => pkcs12_scheme(parameters, password, Cipher::TripleDes, 24, data),
        oids::PBE_SHA1_2DES => pkcs12_scheme(parameters, password, Cipher::TripleDes, 16, data),
        oids::PBE_SHA1_RC2_128 => pkcs12_scheme(parameters, password, Cipher::Rc2 { bits: 128 }, 16, data),
        oids::PBE_SHA1_RC2_40 => pkcs12_scheme(parameters, password, Cipher::Rc2 { bits: 40 }, 5, data),
        _ => Err(Error::UnsupportedAlgorithm { oid }),
    }
}

/// Encrypts with PBES2: PBKDF2-HMAC-SHA256 and AES-256-CBC. Gives the DER AlgorithmIdentifier
/// and the ciphertext.
pub(crate) fn encrypt<R: CryptoRng + ?Sized>(
    password: &Password,
    iterations: u32,
    data: &[u8],
    rng: &mut R,
) -> (Vec<u8>, Vec<u8>) {
    let mut salt = [0_u8; SALT_LEN];
    let mut iv = [0_u8; 16];
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    let mut key = Zeroizing::new([0_u8; 32]);
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password.utf8(), &salt, iterations, &mut *key);
    let kdf = kdf_der(&salt, iterations, None);
    let scheme = asn1::sequence(&[&asn1::oid(oids::AES256_CBC), &asn1::octet_string(&iv)]);
    let algorithm = asn1::sequence(&[&asn1::oid(oids::PBES2), &asn1::sequence(&[&kdf, &scheme])]);
    let cipher = cbc::Encryptor::<aes::Aes256>::new((&*key).into(), (&iv).into());
    (algorithm, cipher.encrypt_padded_vec::<Pkcs7>(data))
}

/// The AlgorithmIdentifier of PBKDF2 with HMAC-SHA256 (RFC 8018 appendix A.2).
pub(crate) fn kdf_der(salt: &[u8], iterations: u32, key_len: Option<u32>) -> Vec<u8> {
    let prf = asn1::sequence(&[&asn1::oid(oids::HMAC_SHA256), &asn1::null()]);
    let key_len = key_len.map(asn1::small_integer).unwrap_or_default();
    let parameters =
        asn1::sequence(&[&asn1::octet_string(salt), &asn1::small_integer(iterations), &key_len, &prf]);
    asn1::sequence(&[&asn1::oid(oids::PBKDF2), &parameters])
}

#[derive(Clone, Copy)]
enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
    Rc2 { bits: usize },
}

impl Cipher {
    fn key_len(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Rc2 { bits } => bits / 8,
        }
    }

    fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let bad = Error::AlgorithmParameters { oid: oids::PBES2 };
        let padded = match self {
            Self::Aes128 => cbc::Decryptor::<aes::Aes128>::new_from_slices(key, iv)
                .map(|c| c.decrypt_padded_vec::<Pkcs7>(data)),
            Self::Aes192 => cbc::Decryptor::<aes::Aes192>::new_from_slices(key, iv)
                .map(|c| c.decrypt_padded_vec::<Pkcs7>(data)),
            Self::Aes256 => cbc::Decryptor::<aes::Aes256>::new_from_slices(key, iv)
                .map(|c| c.decrypt_padded_vec::<Pkcs7>(data)),
            Self::TripleDes => cbc::Decryptor::<des::TdesEde3>::new_from_slices(&three_keys(key), iv)
                .map(|c| c.decrypt_padded_vec::<Pkcs7>(data)),
            Self::Rc2 { bits } => {
                let cipher = rc2::Rc2::new_with_eff_key_len(key, bits);
                cbc::Decryptor::inner_iv_slice_init(cipher, iv).map(|c| c.decrypt_padded_vec::<Pkcs7>(data))
            }
        };
        padded.map_err(|_| bad)?.map(Zeroizing::new).map_err(|_| Error::WrongPassword)
    }
}

/// Two-key triple DES is three-key triple DES with the first key again.
fn three_keys(key: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut three = Zeroizing::new(key.to_vec());
    if key.len() == 16 {
        three.extend(key.iter().take(8));
    }
    three
}

/// PBES2-params (RFC 8018 appendix A.4) with PBKDF2.
fn pbes2(parameters: &[u8], password: &Password, data: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let what = Structure::AlgorithmIdentifier;
    let mut reader = Reader::only(parameters, asn1::SEQUENCE).of(what)?;
    let kdf = reader.expect(asn1::SEQUENCE).of(what)?;
    let scheme = reader.expect(asn1::SEQUENCE).of(what)?;
    let (cipher, iv) = encryption_scheme(scheme.raw)?;
    let kdf = Kdf::read(kdf.raw)?;
    kdf.check_length(cipher.key_len())?;
    let key = kdf.derive(password.utf8(), cipher.key_len());
    cipher.decrypt(&key, iv, data)
}

fn encryption_scheme(der: &[u8]) -> Result<(Cipher, &[u8])> {
    let (oid, parameters) = crate::key::algorithm_identifier(der)?;
    let bad = Error::AlgorithmParameters { oid };
    let mut reader = Reader::new(parameters.ok_or(bad.clone())?);
    let cipher = match oid {
        oids::AES128_CBC => Cipher::Aes128,
        oids::AES192_CBC => Cipher::Aes192,
        oids::AES256_CBC => Cipher::Aes256,
        oids::DES_EDE3_CBC => Cipher::TripleDes,
        oids::RC2_CBC => return rc2_parameters(&mut reader).map_err(|NotDer| bad),
        _ => return Err(Error::UnsupportedAlgorithm { oid }),
    };
    let iv = reader.expect(asn1::OCTET_STRING).map_err(|NotDer| bad)?;
    Ok((cipher, iv.value))
}

/// RC2-CBC-Parameter (RFC 8018 appendix B.2.3).
fn rc2_parameters<'a>(reader: &mut Reader<'a>) -> core::result::Result<(Cipher, &'a [u8]), NotDer> {
    let mut inner = reader.expect(asn1::SEQUENCE)?.reader();
    let bits = match inner.expect(asn1::INTEGER)?.small_uint()? {
        160 => 40,
        120 => 64,
        58 => 128,
        _ => return Err(NotDer),
    };
    Ok((Cipher::Rc2 { bits }, inner.expect(asn1::OCTET_STRING)?.value))
}

/// PBKDF2-params (RFC 8018 appendix A.2), also used by PBMAC1 (RFC 9579).
pub(crate) struct Kdf<'a> {
    salt: &'a [u8],
    pub(crate) iterations: u32,
    pub(crate) key_len: Option<u32>,
    prf: MacAlgorithm,
}

impl<'a> Kdf<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Result<Self> {
        let (oid, parameters) = crate::key::algorithm_identifier(der)?;
        if oid != oids::PBKDF2 {
            return Err(Error::UnsupportedAlgorithm { oid });
        }
        let bad = Error::AlgorithmParameters { oid };
        let read = || {
            let mut reader = Reader::only(parameters.ok_or(NotDer)?, asn1::SEQUENCE)?;
            let salt = reader.expect(asn1::OCTET_STRING)?.value;
            let iterations = reader.expect(asn1::INTEGER)?.small_uint()?;
            let key_len = match reader.optional(asn1::INTEGER)? {
                Some(value) => Some(value.small_uint()?),
                None => None,
            };
            let prf = reader.optional(asn1::SEQUENCE)?.map(|value| value.raw);
            reader.finish()?;
            Ok((salt, iterations, key_len, prf))
        };
        let (salt, iterations, key_len, prf) = read().map_err(|_: NotDer| bad)?;
        let prf = prf.map_or(Ok(MacAlgorithm::Sha1), MacAlgorithm::from_identifier_der)?;
        Ok(Self { salt, iterations: bounded(iterations)?, key_len, prf })
    }

    /// RFC 8018 appendix A.2: a key length that is given is the one that is used.
    pub(crate) fn check_length(&self, len: usize) -> Result<()> {
        match self.key_len {
            Some(given) if usize::try_from(given) != Ok(len) => {
                Err(Error::AlgorithmParameters { oid: oids::PBKDF2 })
            }
            _ => Ok(()),
        }
    }

    /// [`Self::derive`] over a backend.
    #[cfg(feature = "more")]
    pub(crate) async fn derive_with(
        &self,
        backend: &dyn crate::backend::Backend,
        password: &[u8],
        len: usize,
    ) -> Result<Zeroizing<Vec<u8>>> {
        backend.derive_from_password(self.prf, password, self.salt, self.iterations, len).await
    }

    pub(crate) fn derive(&self, password: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
        self.prf.pbkdf2(password, self.salt, self.iterations, len)
    }
}

pub(crate) fn bounded(iterations: u32) -> Result<u32> {
    match iterations {
        1..=MAX_ITERATIONS => Ok(iterations),
        _ => Err(Error::LimitExceeded { limit: Limit::KdfIterations }),
    }
}

fn pkcs12_scheme(
    parameters: &[u8],
    password: &Password,
    cipher: Cipher,
    key_len: usize,
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let read = || {
        let mut reader = Reader::only(parameters, asn1::SEQUENCE)?;
        let salt = reader.expect(asn1::OCTET_STRING)?.value;
        let iterations = reader.expect(asn1::INTEGER)?.small_uint()?;
        reader.finish()?;
        Ok((salt, iterations))
    };
    let (salt, iterations) = read().of(Structure::AlgorithmIdentifier)?;
    let iterations = bounded(iterations)?;
    let sha1 = DigestAlgorithm::Sha1;
    let key = pkcs12_kdf(sha1, password, salt, iterations, Purpose::Key, key_len);
    let iv = pkcs12_kdf(sha1, password, salt, iterations, Purpose::Iv, 8);
    cipher.decrypt(&key, &iv, data)
}

/// What derived octets are for (RFC 7292 appendix B.3).
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// An encryption key.
    Key = 1,
    /// An initial value.
    Iv = 2,
    /// A key for the integrity check.
    Mac = 3,
}

/// The key derivation of RFC 7292 appendix B.2.
pub(crate) fn pkcs12_kdf(
    digest: DigestAlgorithm,
    password: &Password,
    salt: &[u8],
    iterations: u32,
    purpose: Purpose,
    len: usize,
) -> Zeroizing<Vec<u8>> {
    with_digest!(digest, D => kdf_with::<D>(&password.bmp, salt, iterations, purpose, len))
}

fn kdf_with<D: Digest + EagerHash>(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    purpose: Purpose,
    len: usize,
) -> Zeroizing<Vec<u8>> {
    // v: the block size of the hash, 64 octets up to SHA-256 and 128 above.
    let block = if <D as Digest>::output_size() > 32 { 128 } else { 64 };
    let diversifier = vec![purpose as u8; block];
    let mut input = Zeroizing::new(filled(salt, block));
    input.extend(filled(password, block));
    let mut out = Zeroizing::new(Vec::with_capacity(len + block));
    while out.len() < len {
        let mut hash = D::new().chain_update(&diversifier).chain_update(&*input).finalize();
        for _ in 1..iterations {
            hash = D::digest(&hash);
        }
        let addend = Zeroizing::new(filled_to(&hash, block));
        for chunk in input.chunks_mut(block) {
            add_one_more(chunk, &addend);
        }
        out.extend(hash.iter());
    }
    out.truncate(len);
    out
}

/// The bytes repeated up to the next multiple of the block; nothing stays nothing.
fn filled(bytes: &[u8], block: usize) -> Vec<u8> {
    filled_to(bytes, bytes.len().div_ceil(block) * block)
}

fn filled_to(bytes: &[u8], len: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(len).collect()
}

/// I = (I + B + 1) mod 2^v, both big-endian.
fn add_one_more(chunk: &mut [u8], addend: &[u8]) {
    let mut carry = 1_u16;
    for (byte, more) in chunk.iter_mut().rev().zip(addend.iter().rev()) {
        let [high, low] = (u16::from(*byte) + u16::from(*more) + carry).to_be_bytes();
        *byte = low;
        carry = u16::from(high);
    }
}

/// Whether a scheme is known, for listings that never decrypt.
pub(crate) fn scheme_name(algorithm: &[u8]) -> String {
    // For whoever inspects a container; a page only opens it.
    if cfg!(not(feature = "more")) {
        return String::new();
    }
    let Ok((oid, parameters)) = crate::key::algorithm_identifier(algorithm) else {
        return "unknown".to_owned();
    };
    match oid {
        oids::PBES2 => parameters
            .and_then(|raw| {
                let mut reader = Reader::only(raw, asn1::SEQUENCE).ok()?;
                reader.next().ok()?;
                let (cipher, _) = crate::key::algorithm_identifier(reader.next().ok()?.raw).ok()?;
                Some(format!("pbes2-{}", cipher_name(cipher)))
            })
            .unwrap_or_else(|| "pbes2".to_owned()),
        oids::PBE_SHA1_3DES => "pbe-sha1-3des".to_owned(),
        oids::PBE_SHA1_2DES => "pbe-sha1-2des".to_owned(),
        oids::PBE_SHA1_RC2_128 => "pbe-sha1-rc2-128".to_owned(),
        oids::PBE_SHA1_RC2_40 => "pbe-sha1-rc2-40".to_owned(),
        other => other.to_string(),
    }
}

fn cipher_name(oid: ObjectIdentifier) -> String {
    match oid {
        oids::AES128_CBC => "aes-128-cbc".to_owned(),
        oids::AES192_CBC => "aes-192-cbc".to_owned(),
        oids::AES256_CBC => "aes-256-cbc".to_owned(),
        oids::DES_EDE3_CBC => "3des-cbc".to_owned(),
        oids::RC2_CBC => "rc2-cbc".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_is_opened_again() {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        let password = Password::new("mot de passe é");
        let (algorithm, data) = encrypt(&password, 1000, b"content", &mut rng);
        assert_eq!(&**decrypt(&algorithm, &password, &data).unwrap(), b"content");
        assert_eq!(scheme_name(&algorithm), "pbes2-aes-256-cbc");
        assert_ne!(
            decrypt(&algorithm, &Password::new("x"), &data).map(|d| d.to_vec()),
            Ok(b"content".to_vec())
        );
    }

    #[test]
    fn the_limit_holds_just_below_and_just_above() {
        assert_eq!(bounded(MAX_ITERATIONS), Ok(MAX_ITERATIONS));
        let above = Err(Error::LimitExceeded { limit: Limit::KdfIterations });
        assert_eq!(bounded(MAX_ITERATIONS + 1), above);
        assert_eq!(bounded(0), above);
    }

    /// Known answer from the test of the "smeg" pass phrase that many implementations share.
    #[test]
    fn pkcs12_kdf_known_answer() {
        let salt = hex::decode("0A58CF64530D823F").unwrap();
        let key = pkcs12_kdf(DigestAlgorithm::Sha1, &Password::new("smeg"), &salt, 1, Purpose::Key, 24);
        assert_eq!(hex::encode_upper(&*key), "8AAAE6297B6CB04642AB5B077851284EB7128F1A2A7FBCA3");
    }
}
