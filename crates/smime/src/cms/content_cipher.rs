//! Content encryption: AES-CBC and AES-GCM (RFC 3565, RFC 5084), ChaCha20-Poly1305 (RFC 8103), AES-CCM, 3DES and RC2
//! for reading only (RFC 5084, RFC 3370), and the key derivation of RFC 9709 around any of them.

mod aead;
mod cbc_mode;
mod parallel;
#[cfg(feature = "more")]
pub(crate) mod ranges;
#[cfg(test)]
#[cfg(feature = "more")]
mod tests;

#[cfg(feature = "containers")]
use aes::Aes192;
use aes::cipher::KeyInit;
use aes::{Aes128, Aes256};
use const_oid::ObjectIdentifier;
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

#[cfg(feature = "containers")]
use self::parallel::Aes192 as ParallelAes192;
use self::parallel::{Aes128 as ParallelAes128, Aes256 as ParallelAes256};
use super::ber::{Tlv, tag};
use super::oids;
use crate::asn1;
use crate::error::{Error, Result};

/// Nonce length of AES-GCM that is written and that RFC 5084 §3.2 recommends. ChaCha20-Poly1305 has no other (RFC 8103 §2).
pub const GCM_NONCE_BYTES: usize = 12;

/// Nonce lengths of AES-GCM that are read. RFC 5084 §3.2 and SP 800-38D §5.2.1.1 allow any but none; GCM hashes all but
/// those of 12 octets down to its first counter. No program sends others; a kilobyte is beyond any reason.
#[cfg(feature = "more")]
pub const GCM_READ_NONCE_BYTES: core::ops::RangeInclusive<usize> = 1..=1024;

/// As above, in a build without what is seldom met.
#[cfg(not(feature = "more"))]
pub const GCM_READ_NONCE_BYTES: core::ops::RangeInclusive<usize> = GCM_NONCE_BYTES..=GCM_NONCE_BYTES;

/// Nonce lengths of AES-CCM (RFC 5084 §3.1): all of them are read.
pub const CCM_NONCE_BYTES: core::ops::RangeInclusive<usize> = 7..=13;

/// Shortest tag of AES-CCM that is read (RFC 5084 §3.1).
pub const CCM_MIN_TAG_BYTES: usize = 4;

/// Shortest tag that counts as one: 64 bits, the least SP 800-38C appendix B.2 gives without further analysis. Content
/// under a shorter one, which somebody who may try often enough forges, is treated like content without.
pub const AUTHENTICATING_TAG_BYTES: usize = 8;

/// Tag length of AES-CCM when the field is absent (RFC 5084 §3.1).
#[cfg(feature = "more")]
const CCM_DEFAULT_TAG_BYTES: usize = 12;

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
    /// AES-128-CCM; read only.
    #[cfg(feature = "more")]
    Aes128Ccm,
    /// AES-192-CCM; read only.
    #[cfg(feature = "more")]
    Aes192Ccm,
    /// AES-256-CCM; read only.
    #[cfg(feature = "more")]
    Aes256Ccm,
    /// ChaCha20-Poly1305.
    #[cfg(feature = "more")]
    ChaCha20Poly1305,
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
            #[cfg(feature = "more")]
            Self::Aes128Ccm => 16,
            #[cfg(feature = "more")]
            Self::Aes192Ccm => 24,
            #[cfg(feature = "more")]
            Self::Aes256Ccm | Self::ChaCha20Poly1305 => 32,
            Self::Rc2Cbc { effective_bits } => usize::from(effective_bits.div_ceil(8)),
        }
    }

    /// Whether the mode authenticates what it opens.
    #[must_use]
    pub fn is_authenticated(self) -> bool {
        match self {
            Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm => true,
            #[cfg(feature = "more")]
            Self::Aes128Ccm | Self::Aes192Ccm | Self::Aes256Ccm | Self::ChaCha20Poly1305 => true,
            Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc | Self::TripleDesCbc => false,
            Self::Rc2Cbc { .. } => false,
        }
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
            #[cfg(feature = "more")]
            Self::Aes128Ccm => "aes-128-ccm",
            #[cfg(feature = "more")]
            Self::Aes192Ccm => "aes-192-ccm",
            #[cfg(feature = "more")]
            Self::Aes256Ccm => "aes-256-ccm",
            #[cfg(feature = "more")]
            Self::ChaCha20Poly1305 => "chacha20-poly1305",
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

    pub(crate) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Aes128Cbc => oids::AES128_CBC,
            Self::Aes192Cbc => oids::AES192_CBC,
            Self::Aes256Cbc => oids::AES256_CBC,
            Self::Aes128Gcm => oids::AES128_GCM,
            Self::Aes192Gcm => oids::AES192_GCM,
            Self::Aes256Gcm => oids::AES256_GCM,
            #[cfg(feature = "more")]
            Self::Aes128Ccm => oids::AES128_CCM,
            #[cfg(feature = "more")]
            Self::Aes192Ccm => oids::AES192_CCM,
            #[cfg(feature = "more")]
            Self::Aes256Ccm => oids::AES256_CCM,
            #[cfg(feature = "more")]
            Self::ChaCha20Poly1305 => oids::CHACHA20_POLY1305,
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
    /// Tag length for an AEAD, else zero.
    tag_bytes: usize,
    /// DER of the inner AlgorithmIdentifier when the key goes through RFC 9709's derivation.
    derive_info: Option<Vec<u8>>,
}

impl ContentAlgorithm {
    /// A cipher we write, with a fresh random nonce or IV; `derive` adds RFC 9709's derivation.
    pub fn generate(cipher: Cipher, derive: bool, rng: &mut impl CryptoRng) -> Self {
        let aead = cipher.is_authenticated();
        let mut iv = vec![0; if aead { GCM_NONCE_BYTES } else { cipher.block_bytes() }];
        rng.fill_bytes(&mut iv);
        let mut algorithm =
            Self { cipher, iv, tag_bytes: if aead { GCM_TAG_BYTES } else { 0 }, derive_info: None };
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
        let parameters = if self.has_tag_length() {
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

    /// Whether what opens is what was sealed: the mode authenticates, by a tag that is long enough.
    #[must_use]
    pub fn authenticates(&self) -> bool {
        self.cipher.is_authenticated() && self.tag_bytes >= AUTHENTICATING_TAG_BYTES
    }

    /// Whether RFC 9709's derivation is applied to the key.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.derive_info.is_some()
    }

    /// Whether the parameters are nonce and tag length; RFC 8103 §2 has the nonce alone.
    fn has_tag_length(&self) -> bool {
        #[cfg(feature = "more")]
        if self.cipher == Cipher::ChaCha20Poly1305 {
            return false;
        }
        self.cipher.is_authenticated()
    }

    /// Seals `buffer` in place under an AEAD and returns the tag.
    ///
    /// # Errors
    /// `AlgorithmParameters` when the key does not fit the cipher or the cipher is none that we write.
    pub fn seal_aead(&self, key: &[u8], associated: &[u8], buffer: &mut [u8]) -> Result<Vec<u8>> {
        let key = self.effective_key(key);
        let what = aead::Beside { nonce: &self.iv, associated, tag: &[] };
        aead::seal(self.cipher, &key, &what, buffer)
            .ok_or(Error::AlgorithmParameters { oid: self.cipher.oid() })
    }

    /// Opens `buffer` in place under an AEAD; nobody sees it before the tag was right.
    ///
    /// # Errors
    /// `Decrypt` for every fault.
    pub fn open_aead(&self, key: &[u8], associated: &[u8], tag: &[u8], buffer: &mut [u8]) -> Result<()> {
        if tag.len() != self.tag_bytes {
            return Err(Error::Decrypt);
        }
        let key = self.effective_key(key);
        let what = aead::Beside { nonce: &self.iv, associated, tag };
        aead::open(self.cipher, &key, &what, buffer).ok_or(Error::Decrypt)
    }

    /// Encrypts under AES-CBC with PKCS#7 padding (RFC 5652 §6.3), in place.
    ///
    /// # Errors
    /// `AlgorithmParameters` when the key does not fit or the cipher is one we only read.
    pub fn encrypt_cbc(&self, key: &[u8], plain: Vec<u8>) -> Result<Vec<u8>> {
        let key = self.effective_key(key);
        match self.cipher {
            Cipher::Aes128Cbc => cbc_mode::encrypt::<cbc::Encryptor<Aes128>>(&key, &self.iv, plain),
            #[cfg(feature = "containers")]
            Cipher::Aes192Cbc => cbc_mode::encrypt::<cbc::Encryptor<Aes192>>(&key, &self.iv, plain),
            Cipher::Aes256Cbc => cbc_mode::encrypt::<cbc::Encryptor<Aes256>>(&key, &self.iv, plain),
            _ => None,
        }
        .ok_or(Error::AlgorithmParameters { oid: self.cipher.oid() })
    }

    /// The block of padding that makes whole blocks ending with `last` a complete content under this cipher in CBC mode: who
    /// decrypts content in pieces ends each piece but the last with it.
    ///
    /// # Errors
    /// As [`Self::encrypt_cbc`].
    pub fn closing_block(&self, key: &[u8], last: &[u8]) -> Result<Vec<u8>> {
        Self { iv: last.to_vec(), ..self.clone() }.encrypt_cbc(key, Vec::new())
    }

    /// Decrypts CBC content in place and removes the padding.
    ///
    /// # Errors
    /// `Decrypt` for every fault.
    pub fn decrypt_cbc(&self, key: &[u8], sealed: Vec<u8>) -> Result<Vec<u8>> {
        let key = self.effective_key(key);
        match self.cipher {
            Cipher::Aes128Cbc => {
                cbc_mode::decrypt(ParallelAes128::new_from_slice(&key).ok(), &self.iv, sealed)
            }
            #[cfg(feature = "containers")]
            Cipher::Aes192Cbc => {
                cbc_mode::decrypt(ParallelAes192::new_from_slice(&key).ok(), &self.iv, sealed)
            }
            Cipher::Aes256Cbc => {
                cbc_mode::decrypt(ParallelAes256::new_from_slice(&key).ok(), &self.iv, sealed)
            }
            #[cfg(feature = "containers")]
            Cipher::TripleDesCbc => {
                cbc_mode::decrypt(des::TdesEde3::new_from_slice(&key).ok(), &self.iv, sealed)
            }
            #[cfg(feature = "containers")]
            // The cipher's own constructor panics on keys of other lengths.
            Cipher::Rc2Cbc { effective_bits } if key.len() == self.cipher.key_bytes() => {
                let cipher = rc2::Rc2::new_with_eff_key_len(&key, usize::from(effective_bits));
                cbc_mode::decrypt(Some(cipher), &self.iv, sealed)
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
            #[cfg(feature = "containers")]
            oids::AES192_CBC => simple(Cipher::Aes192Cbc),
            oids::AES256_CBC => simple(Cipher::Aes256Cbc),
            #[cfg(feature = "containers")]
            oids::DES_EDE3_CBC => simple(Cipher::TripleDesCbc),
            #[cfg(feature = "containers")]
            oids::RC2_CBC => Self::from_rc2(parameters),
            oids::AES128_GCM => Self::from_gcm(Cipher::Aes128Gcm, parameters),
            #[cfg(feature = "containers")]
            oids::AES192_GCM => Self::from_gcm(Cipher::Aes192Gcm, parameters),
            oids::AES256_GCM => Self::from_gcm(Cipher::Aes256Gcm, parameters),
            #[cfg(feature = "more")]
            oids::AES128_CCM => Self::from_ccm(Cipher::Aes128Ccm, parameters),
            #[cfg(feature = "more")]
            oids::AES192_CCM => Self::from_ccm(Cipher::Aes192Ccm, parameters),
            #[cfg(feature = "more")]
            oids::AES256_CCM => Self::from_ccm(Cipher::Aes256Ccm, parameters),
            #[cfg(feature = "more")]
            oids::CHACHA20_POLY1305 => Self::with_iv(Cipher::ChaCha20Poly1305, parameters, GCM_TAG_BYTES),
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
        let (nonce, tag_bytes) = read_aead_parameters(cipher, parameters, GCM_MIN_TAG_BYTES)?;
        let tag_fits = (GCM_MIN_TAG_BYTES..=GCM_TAG_BYTES).contains(&tag_bytes);
        Self::with_nonce(cipher, nonce, &GCM_READ_NONCE_BYTES, tag_fits.then_some(tag_bytes))
    }

    /// `CCMParameters ::= SEQUENCE { nonce OCTET STRING (SIZE(7..13)), icvlen (4 | 6 | … | 16) DEFAULT 12 }`
    #[cfg(feature = "more")]
    fn from_ccm(cipher: Cipher, parameters: Tlv<'_>) -> Result<Self> {
        let (nonce, tag_bytes) = read_aead_parameters(cipher, parameters, CCM_DEFAULT_TAG_BYTES)?;
        let tag_fits =
            (CCM_MIN_TAG_BYTES..=GCM_TAG_BYTES).contains(&tag_bytes) && tag_bytes.is_multiple_of(2);
        Self::with_nonce(cipher, nonce, &CCM_NONCE_BYTES, tag_fits.then_some(tag_bytes))
    }

    /// A nonce of one of these lengths, and a tag unless its length is none that there is.
    fn with_nonce(
        cipher: Cipher,
        nonce: Tlv<'_>,
        lengths: &core::ops::RangeInclusive<usize>,
        tag_bytes: Option<usize>,
    ) -> Result<Self> {
        let nonce_fits = nonce.tag == tag::OCTET_STRING && lengths.contains(&nonce.contents.len());
        let tag_bytes = tag_bytes.filter(|_| nonce_fits);
        let tag_bytes = tag_bytes.ok_or(Error::AlgorithmParameters { oid: cipher.oid() })?;
        Ok(Self { cipher, iv: nonce.contents.to_vec(), tag_bytes, derive_info: None })
    }

    /// `RC2CBCParameter ::= SEQUENCE { rc2ParameterVersion INTEGER, iv OCTET STRING }` (RFC 3370 §5.2),
    /// or a bare IV, which stands for 32 effective bits that nobody may use.
    #[cfg(feature = "containers")]
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

/// Nonce and tag length of an AEAD, unchecked (RFC 5084 §3).
fn read_aead_parameters<'a>(cipher: Cipher, parameters: Tlv<'a>, default: usize) -> Result<(Tlv<'a>, usize)> {
    let mut fields = parameters.sequence()?;
    let nonce = fields.any()?;
    let tag_bytes = match fields.optional(tag::INTEGER)?.map(|length| length.contents) {
        None => default,
        Some(&[length]) => usize::from(length),
        Some(_) => return Err(Error::AlgorithmParameters { oid: cipher.oid() }),
    };
    fields.finish()?;
    Ok((nonce, tag_bytes))
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
