//! Content encryption: AES-CBC and AES-GCM (RFC 3565, RFC 5084), 3DES and RC2 for reading only
//! (RFC 3370), and the key derivation of RFC 9709 around any of them.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockCipherDecrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit, KeyIvInit};
use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::consts::{U12, U13, U14, U15, U16};
use aes_gcm::aead::{AeadInOut, KeySizeUser};
use const_oid::ObjectIdentifier;
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::ber::{Tlv, tag};
use super::oids;
use crate::asn1;
use crate::error::{Error, Result};

/// Nonce length of AES-GCM (RFC 5084 §3.2 recommends 12 octets; nobody sends others).
pub const GCM_NONCE_BYTES: usize = 12;

/// Shortest tag RFC 5084 §3.2 allows, also its default when the field is absent.
pub const GCM_MIN_TAG_BYTES: usize = 12;

/// Tag length we write and the longest there is.
pub const GCM_TAG_BYTES: usize = 16;

/// Salt of RFC 9709 §2.
const CEK_HKDF_SALT: &[u8] = b"The Cryptographic Message Syntax";

/// A content cipher with its key length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    /// AES-128-CBC.
    Aes128Cbc,
    /// AES-192-CBC.
    Aes192Cbc,
    /// AES-256-CBC.
    Aes256Cbc,
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-192-GCM.
    Aes192Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// Three-key triple DES in CBC mode; read only.
    TripleDesCbc,
    /// RC2 in CBC mode with this many effective key bits; read only.
    Rc2Cbc {
        /// Effective key bits (RFC 2268).
        effective_bits: u16,
    },
}

impl Cipher {
    /// Octets of the content-encryption key. RC2 keys are taken at their effective length.
    #[must_use]
    pub fn key_bytes(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::Aes192Cbc | Self::Aes192Gcm | Self::TripleDesCbc => 24,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
            Self::Rc2Cbc { effective_bits } => usize::from(effective_bits.div_ceil(8)),
        }
    }

    /// Whether the mode authenticates what it opens.
    #[must_use]
    pub fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    /// Whether only `danger_legacy` readers may trust a letter sealed so.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        matches!(self, Self::TripleDesCbc | Self::Rc2Cbc { .. })
    }

    /// The stable name printed in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "aes-128-cbc",
            Self::Aes192Cbc => "aes-192-cbc",
            Self::Aes256Cbc => "aes-256-cbc",
            Self::Aes128Gcm => "aes-128-gcm",
            Self::Aes192Gcm => "aes-192-gcm",
            Self::Aes256Gcm => "aes-256-gcm",
            Self::TripleDesCbc => "3des-cbc",
            Self::Rc2Cbc { .. } => "rc2-cbc",
        }
    }

    fn block_bytes(self) -> usize {
        match self {
            Self::TripleDesCbc | Self::Rc2Cbc { .. } => 8,
            _ => 16,
        }
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Aes128Cbc => oids::AES128_CBC,
            Self::Aes192Cbc => oids::AES192_CBC,
            Self::Aes256Cbc => oids::AES256_CBC,
            Self::Aes128Gcm => oids::AES128_GCM,
            Self::Aes192Gcm => oids::AES192_GCM,
            Self::Aes256Gcm => oids::AES256_GCM,
            Self::TripleDesCbc => oids::DES_EDE3_CBC,
            Self::Rc2Cbc { .. } => oids::RC2_CBC,
        }
    }
}

/// A content-encryption algorithm with its parameters (ContentEncryptionAlgorithmIdentifier).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentAlgorithm {
    /// The cipher.
    pub cipher: Cipher,
    /// Initialisation vector or nonce.
    iv: Vec<u8>,
    /// Tag length for AES-GCM, else zero.
    tag_bytes: usize,
    /// DER of the inner AlgorithmIdentifier when the key goes through RFC 9709's derivation.
    derive_info: Option<Vec<u8>>,
}

impl ContentAlgorithm {
    /// A cipher we write, with a fresh random nonce or IV; `derive` adds RFC 9709's derivation.
    pub fn generate(cipher: Cipher, derive: bool, rng: &mut impl CryptoRng) -> Self {
        let gcm = cipher.is_authenticated();
        let mut iv = vec![0; if gcm { GCM_NONCE_BYTES } else { cipher.block_bytes() }];
        rng.fill_bytes(&mut iv);
        let mut algorithm =
            Self { cipher, iv, tag_bytes: if gcm { GCM_TAG_BYTES } else { 0 }, derive_info: None };
        if derive {
            algorithm.derive_info = Some(algorithm.to_der());
        }
        algorithm
    }

    /// Reads an AlgorithmIdentifier in DER.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm` names the OID; `Malformed` or `AlgorithmParameters` describe what is broken.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let (algorithm, parameters) = read_identifier(der)?;
        if algorithm != oids::CEK_HKDF_SHA256 {
            return Self::from_parameters(algorithm, parameters);
        }
        let inner = parameters.ok_or(Error::UnsupportedAlgorithm { oid: algorithm })?;
        let (inner_algorithm, inner_parameters) = read_identifier(inner.raw)?;
        let mut read = Self::from_parameters(inner_algorithm, inner_parameters)?;
        read.derive_info = Some(inner.raw.to_vec());
        Ok(read)
    }

    /// The AlgorithmIdentifier in DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        if let Some(inner) = &self.derive_info {
            return asn1::sequence(&[&asn1::oid(oids::CEK_HKDF_SHA256), inner]);
        }
        let iv = asn1::octet_string(&self.iv);
        let parameters = if self.cipher.is_authenticated() {
            let tag_bytes = u32::try_from(self.tag_bytes).unwrap_or_default();
            asn1::sequence(&[&iv, &asn1::small_integer(tag_bytes)])
        } else {
            iv
        };
        asn1::sequence(&[&asn1::oid(self.cipher.oid()), &parameters])
    }

    /// Initialisation vector or nonce.
    #[must_use]
    pub fn iv(&self) -> &[u8] {
        &self.iv
    }

    /// Octets of the tag; zero where there is none.
    #[must_use]
    pub fn tag_bytes(&self) -> usize {
        self.tag_bytes
    }

    /// Whether RFC 9709's derivation is applied to the key.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.derive_info.is_some()
    }

    /// Seals `buffer` in place under AES-GCM and returns the tag.
    ///
    /// # Errors
    /// `AlgorithmParameters` when the key does not fit the cipher or the cipher is not AES-GCM.
    pub fn seal_gcm(&self, key: &[u8], associated: &[u8], buffer: &mut [u8]) -> Result<Vec<u8>> {
        let key = self.effective_key(key);
        match self.cipher {
            Cipher::Aes128Gcm => gcm_seal::<Aes128>(&key, &self.iv, associated, buffer),
            Cipher::Aes192Gcm => gcm_seal::<Aes192>(&key, &self.iv, associated, buffer),
            Cipher::Aes256Gcm => gcm_seal::<Aes256>(&key, &self.iv, associated, buffer),
            _ => None,
        }
        .ok_or(Error::AlgorithmParameters { oid: self.cipher.oid() })
    }

    /// Opens `buffer` in place under AES-GCM; not one octet changes before the tag was right.
    ///
    /// # Errors
    /// `Decrypt` for every fault.
    pub fn open_gcm(&self, key: &[u8], associated: &[u8], tag: &[u8], buffer: &mut [u8]) -> Result<()> {
        if tag.len() != self.tag_bytes {
            return Err(Error::Decrypt);
        }
        let key = self.effective_key(key);
        let sealed = Sealed { nonce: &self.iv, associated, tag };
        match self.cipher {
            Cipher::Aes128Gcm => gcm_open::<Aes128>(&key, &sealed, buffer),
            Cipher::Aes192Gcm => gcm_open::<Aes192>(&key, &sealed, buffer),
            Cipher::Aes256Gcm => gcm_open::<Aes256>(&key, &sealed, buffer),
            _ => None,
        }
        .ok_or(Error::Decrypt)
    }

    /// Encrypts under AES-CBC with PKCS#7 padding (RFC 5652 §6.3), in place.
    ///
    /// # Errors
    /// `AlgorithmParameters` when the key does not fit or the cipher is one we only read.
    pub fn encrypt_cbc(&self, key: &[u8], plain: Vec<u8>) -> Result<Vec<u8>> {
        let key = self.effective_key(key);
        match self.cipher {
            Cipher::Aes128Cbc => cbc_encrypt::<cbc::Encryptor<Aes128>>(&key, &self.iv, plain),
            Cipher::Aes192Cbc => cbc_encrypt::<cbc::Encryptor<Aes192>>(&key, &self.iv, plain),
            Cipher::Aes256Cbc => cbc_encrypt::<cbc::Encryptor<Aes256>>(&key, &self.iv, plain),
            _ => None,
        }
        .ok_or(Error::AlgorithmParameters { oid: self.cipher.oid() })
    }

    /// Decrypts CBC content in place and removes the padding.
    ///
    /// # Errors
    /// `Decrypt` for every fault.
    pub fn decrypt_cbc(&self, key: &[u8], sealed: Vec<u8>) -> Result<Vec<u8>> {
        let key = self.effective_key(key);
        match self.cipher {
            Cipher::Aes128Cbc => cbc_decrypt(Aes128::new_from_slice(&key).ok(), &self.iv, sealed),
            Cipher::Aes192Cbc => cbc_decrypt(Aes192::new_from_slice(&key).ok(), &self.iv, sealed),
            Cipher::Aes256Cbc => cbc_decrypt(Aes256::new_from_slice(&key).ok(), &self.iv, sealed),
            Cipher::TripleDesCbc => cbc_decrypt(des::TdesEde3::new_from_slice(&key).ok(), &self.iv, sealed),
            // The cipher's own constructor panics on keys of other lengths.
            Cipher::Rc2Cbc { effective_bits } if key.len() == self.cipher.key_bytes() => {
                let cipher = rc2::Rc2::new_with_eff_key_len(&key, usize::from(effective_bits));
                cbc_decrypt(Some(cipher), &self.iv, sealed)
            }
            _ => None,
        }
        .ok_or(Error::Decrypt)
    }

    fn from_parameters(algorithm: ObjectIdentifier, parameters: Option<Tlv<'_>>) -> Result<Self> {
        let unsupported = Error::UnsupportedAlgorithm { oid: algorithm };
        let Some(parameters) = parameters else { return Err(unsupported) };
        let simple = |cipher| Self::with_iv(cipher, parameters, 0);
        match algorithm {
            oids::AES128_CBC => simple(Cipher::Aes128Cbc),
            oids::AES192_CBC => simple(Cipher::Aes192Cbc),
            oids::AES256_CBC => simple(Cipher::Aes256Cbc),
            oids::DES_EDE3_CBC => simple(Cipher::TripleDesCbc),
            oids::RC2_CBC => Self::from_rc2(parameters),
            oids::AES128_GCM => Self::from_gcm(Cipher::Aes128Gcm, parameters),
            oids::AES192_GCM => Self::from_gcm(Cipher::Aes192Gcm, parameters),
            oids::AES256_GCM => Self::from_gcm(Cipher::Aes256Gcm, parameters),
            _ => Err(unsupported),
        }
    }

    fn with_iv(cipher: Cipher, iv: Tlv<'_>, tag_bytes: usize) -> Result<Self> {
        let wanted = if cipher.is_authenticated() { GCM_NONCE_BYTES } else { cipher.block_bytes() };
        if iv.tag != tag::OCTET_STRING || iv.contents.len() != wanted {
            return Err(Error::AlgorithmParameters { oid: cipher.oid() });
        }
        Ok(Self { cipher, iv: iv.contents.to_vec(), tag_bytes, derive_info: None })
    }

    /// `GCMParameters ::= SEQUENCE { nonce OCTET STRING, icvlen INTEGER DEFAULT 12 }`
    fn from_gcm(cipher: Cipher, parameters: Tlv<'_>) -> Result<Self> {
        let mut fields = parameters.sequence()?;
        let nonce = fields.any()?;
        let tag_bytes = match fields.optional(tag::INTEGER)?.map(|length| length.contents) {
            None => GCM_MIN_TAG_BYTES,
            Some(&[length]) => usize::from(length),
            Some(_) => return Err(Error::AlgorithmParameters { oid: cipher.oid() }),
        };
        fields.finish()?;
        if !(GCM_MIN_TAG_BYTES..=GCM_TAG_BYTES).contains(&tag_bytes) {
            return Err(Error::AlgorithmParameters { oid: cipher.oid() });
        }
        Self::with_iv(cipher, nonce, tag_bytes)
    }

    /// `RC2CBCParameter ::= SEQUENCE { rc2ParameterVersion INTEGER, iv OCTET STRING }` (RFC 3370 §5.2),
    /// or a bare IV, which stands for 32 effective bits that nobody may use.
    fn from_rc2(parameters: Tlv<'_>) -> Result<Self> {
        let bad = Error::AlgorithmParameters { oid: oids::RC2_CBC };
        let mut fields = parameters.sequence()?;
        let version = fields.expect(tag::INTEGER)?;
        let effective_bits = match version.contents {
            [160] | [0, 160] => 40,
            [120] => 64,
            [58] => 128,
            _ => return Err(bad),
        };
        let iv = fields.any()?;
        fields.finish()?;
        Self::with_iv(Cipher::Rc2Cbc { effective_bits }, iv, 0)
    }

    /// The key the cipher runs with: the given one, or RFC 9709 §2's derivation of it.
    #[must_use]
    pub fn effective_key(&self, key: &[u8]) -> Zeroizing<Vec<u8>> {
        let Some(info) = &self.derive_info else { return Zeroizing::new(key.to_vec()) };
        let mut derived = Zeroizing::new(vec![0; key.len()]);
        // HKDF refuses only outputs above 255 hash lengths; content keys have 32 octets at most.
        if Hkdf::<Sha256>::new(Some(CEK_HKDF_SALT), key).expand(info, &mut derived).is_err() {
            derived.clear();
        }
        derived
    }
}

/// Splits an AlgorithmIdentifier into OID and parameters; NULL stands as a parameter.
pub(crate) fn read_identifier(der: &[u8]) -> Result<(ObjectIdentifier, Option<Tlv<'_>>)> {
    let identifier = Tlv::parse(der)?;
    let mut fields = identifier.sequence()?;
    let algorithm = oids::read(fields.expect(tag::OID)?)?;
    let parameters = fields.next_element()?;
    fields.finish()?;
    Ok((algorithm, parameters))
}

struct Sealed<'a> {
    nonce: &'a [u8],
    associated: &'a [u8],
    tag: &'a [u8],
}

fn gcm_seal<C>(key: &[u8], nonce: &[u8], associated: &[u8], buffer: &mut [u8]) -> Option<Vec<u8>>
where
    AesGcm<C, U12>: AeadInOut + KeyInit,
{
    let cipher = AesGcm::<C, U12>::new_from_slice(key).ok()?;
    let nonce = nonce.try_into().ok()?;
    let tag = cipher.encrypt_inout_detached(nonce, associated, buffer.into()).ok()?;
    Some(tag.to_vec())
}

fn gcm_open<C>(key: &[u8], sealed: &Sealed<'_>, buffer: &mut [u8]) -> Option<()>
where
    C: KeyInit + KeySizeUser,
    AesGcm<C, U12, U12>: AeadInOut + From<C>,
    AesGcm<C, U12, U13>: AeadInOut + From<C>,
    AesGcm<C, U12, U14>: AeadInOut + From<C>,
    AesGcm<C, U12, U15>: AeadInOut + From<C>,
    AesGcm<C, U12, U16>: AeadInOut + From<C>,
{
    let block = C::new_from_slice(key).ok()?;
    match sealed.tag.len() {
        12 => gcm_check(AesGcm::<C, U12, U12>::from(block), sealed, buffer),
        #[cfg(feature = "more")]
        13 => gcm_check(AesGcm::<C, U12, U13>::from(block), sealed, buffer),
        #[cfg(feature = "more")]
        14 => gcm_check(AesGcm::<C, U12, U14>::from(block), sealed, buffer),
        #[cfg(feature = "more")]
        15 => gcm_check(AesGcm::<C, U12, U15>::from(block), sealed, buffer),
        16 => gcm_check(AesGcm::<C, U12, U16>::from(block), sealed, buffer),
        _ => None,
    }
}

fn gcm_check<A: AeadInOut>(cipher: A, sealed: &Sealed<'_>, buffer: &mut [u8]) -> Option<()> {
    let nonce = sealed.nonce.try_into().ok()?;
    let tag = sealed.tag.try_into().ok()?;
    cipher.decrypt_inout_detached(nonce, sealed.associated, buffer.into(), tag).ok()
}

fn cbc_encrypt<E>(key: &[u8], iv: &[u8], mut plain: Vec<u8>) -> Option<Vec<u8>>
where
    E: BlockModeEncrypt + KeyIvInit,
{
    let encryptor = E::new_from_slices(key, iv).ok()?;
    let length = plain.len();
    let block = E::block_size();
    plain.resize(length.checked_add(block)?.checked_sub(length % block)?, 0);
    encryptor.encrypt_padded::<Pkcs7>(&mut plain, length).ok()?;
    Some(plain)
}

fn cbc_decrypt<C>(cipher: Option<C>, iv: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>>
where
    C: BlockCipherDecrypt,
    cbc::Decryptor<C>: InnerIvInit<Inner = C> + BlockModeDecrypt,
{
    let decryptor = cbc::Decryptor::<C>::inner_iv_slice_init(cipher?, iv).ok()?;
    let length = decryptor.decrypt_padded::<Pkcs7>(&mut sealed).ok()?.len();
    sealed.truncate(length);
    Some(sealed)
}
