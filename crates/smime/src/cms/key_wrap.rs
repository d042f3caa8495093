//! AES key wrap (RFC 3394, RFC 3565), 3DES key wrap for reading only (RFC 3217), and the key derivations of RFC 5753
//! and RFC 8418 for key agreement.

#[cfg(feature = "more")]
mod triple_des;

#[cfg(feature = "containers")]
use aes::Aes192;
use aes::cipher::KeyInit;
use aes::{Aes128, Aes256};
use aes_kw::AesKw;
use const_oid::ObjectIdentifier;
#[cfg(feature = "reference")]
use sha2::Digest;
use zeroize::Zeroizing;

use super::content_cipher::read_identifier;
use super::oids;
use crate::asn1;
use crate::backend::Backend;
use crate::error::{Error, Result};
#[cfg(not(feature = "reference"))]
use crate::key::DigestAlgorithm;

/// Octets AES key wrap adds.
const WRAP_OVERHEAD: usize = 8;

/// Shortest key that can be wrapped: RFC 3394 §2 wants two blocks of 64 bits. The library takes one,
/// for which the wrapping has no security proof.
const LEAST_KEY: usize = 16;

/// A key-wrap algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyWrap {
    /// id-aes128-wrap.
    Aes128,
    /// id-aes192-wrap.
    #[cfg(feature = "containers")]
    Aes192,
    /// id-aes256-wrap.
    Aes256,
    /// id-alg-CMS3DESwrap; read only.
    #[cfg(feature = "more")]
    TripleDes,
}

impl KeyWrap {
    pub(crate) fn from_der(der: &[u8]) -> Result<Self> {
        match read_identifier(der)?.0 {
            oids::AES128_WRAP => Ok(Self::Aes128),
            #[cfg(feature = "containers")]
            oids::AES192_WRAP => Ok(Self::Aes192),
            oids::AES256_WRAP => Ok(Self::Aes256),
            #[cfg(feature = "more")]
            oids::TRIPLE_DES_WRAP => Ok(Self::TripleDes),
            oid => Err(Error::UnsupportedAlgorithm { oid }),
        }
    }

    /// The AlgorithmIdentifier; its parameters are absent (RFC 3565 §2.3.2), or NULL for 3DES (RFC 3370 §4.3.1).
    pub(crate) fn to_der(self) -> Vec<u8> {
        let oid = match self {
            Self::Aes128 => oids::AES128_WRAP,
            #[cfg(feature = "containers")]
            Self::Aes192 => oids::AES192_WRAP,
            Self::Aes256 => oids::AES256_WRAP,
            #[cfg(feature = "more")]
            Self::TripleDes => return asn1::sequence(&[&asn1::oid(oids::TRIPLE_DES_WRAP), &asn1::null()]),
        };
        asn1::sequence(&[&asn1::oid(oid)])
    }

    pub(crate) fn key_bytes(self) -> usize {
        match self {
            Self::Aes128 => 16,
            #[cfg(feature = "containers")]
            Self::Aes192 => 24,
            Self::Aes256 => 32,
            #[cfg(feature = "more")]
            Self::TripleDes => 24,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aes128 => "aes128-wrap",
            #[cfg(feature = "containers")]
            Self::Aes192 => "aes192-wrap",
            Self::Aes256 => "aes256-wrap",
            #[cfg(feature = "more")]
            Self::TripleDes => "3des-wrap",
        }
    }

    pub(crate) fn wrap(self, kek: &[u8], key: &[u8]) -> Option<Vec<u8>> {
        if key.len() < LEAST_KEY {
            return None;
        }
        let mut wrapped = vec![0; key.len().checked_add(WRAP_OVERHEAD)?];
        match self {
            Self::Aes128 => wrapper::<Aes128>(kek)?.wrap_key(key, &mut wrapped).ok()?,
            #[cfg(feature = "containers")]
            Self::Aes192 => wrapper::<Aes192>(kek)?.wrap_key(key, &mut wrapped).ok()?,
            Self::Aes256 => wrapper::<Aes256>(kek)?.wrap_key(key, &mut wrapped).ok()?,
            #[cfg(feature = "more")]
            Self::TripleDes => return None,
        };
        Some(wrapped)
    }

    pub(crate) fn unwrap(self, kek: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let length = wrapped.len().checked_sub(WRAP_OVERHEAD).filter(|length| *length >= LEAST_KEY)?;
        let mut key = Zeroizing::new(vec![0; length]);
        match self {
            Self::Aes128 => wrapper::<Aes128>(kek)?.unwrap_key(wrapped, &mut key).ok()?,
            #[cfg(feature = "containers")]
            Self::Aes192 => wrapper::<Aes192>(kek)?.unwrap_key(wrapped, &mut key).ok()?,
            Self::Aes256 => wrapper::<Aes256>(kek)?.unwrap_key(wrapped, &mut key).ok()?,
            #[cfg(feature = "more")]
            Self::TripleDes => return triple_des::unwrap(kek, wrapped),
        };
        Some(key)
    }
}

fn wrapper<C>(kek: &[u8]) -> Option<AesKw<C>>
where
    AesKw<C>: KeyInit,
{
    AesKw::new_from_slice(kek).ok()
}

/// A `dhSinglePass-stdDH-…` scheme: one-pass ECDH and the X9.63 KDF with this hash (RFC 5753 §7.1.4), or HKDF (RFC 8418
/// §2.2). The schemes with cofactor Diffie-Hellman are read as the same: the cofactor of our curves is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgreementKdf {
    /// With SHA-1; read only.
    Sha1,
    /// With SHA-224; read only.
    Sha224,
    /// With SHA-256.
    Sha256,
    /// With SHA-384.
    Sha384,
    /// With SHA-512.
    Sha512,
    /// HKDF with SHA-256.
    #[cfg(feature = "more")]
    HkdfSha256,
    /// HKDF with SHA-384.
    #[cfg(feature = "more")]
    HkdfSha384,
    /// HKDF with SHA-512.
    #[cfg(feature = "more")]
    HkdfSha512,
}

impl AgreementKdf {
    pub(crate) fn from_oid(oid: ObjectIdentifier) -> Result<Self> {
        match oid {
            oids::STD_DH_SHA1_KDF => Ok(Self::Sha1),
            #[cfg(feature = "more")]
            oids::COFACTOR_DH_SHA1_KDF => Ok(Self::Sha1),
            oids::STD_DH_SHA224_KDF => Ok(Self::Sha224),
            #[cfg(feature = "more")]
            oids::COFACTOR_DH_SHA224_KDF => Ok(Self::Sha224),
            oids::STD_DH_SHA256_KDF => Ok(Self::Sha256),
            #[cfg(feature = "more")]
            oids::COFACTOR_DH_SHA256_KDF => Ok(Self::Sha256),
            oids::STD_DH_SHA384_KDF => Ok(Self::Sha384),
            #[cfg(feature = "more")]
            oids::COFACTOR_DH_SHA384_KDF => Ok(Self::Sha384),
            oids::STD_DH_SHA512_KDF => Ok(Self::Sha512),
            #[cfg(feature = "more")]
            oids::COFACTOR_DH_SHA512_KDF => Ok(Self::Sha512),
            #[cfg(feature = "more")]
            oids::STD_DH_HKDF_SHA256 => Ok(Self::HkdfSha256),
            #[cfg(feature = "more")]
            oids::STD_DH_HKDF_SHA384 => Ok(Self::HkdfSha384),
            #[cfg(feature = "more")]
            oids::STD_DH_HKDF_SHA512 => Ok(Self::HkdfSha512),
            _ => Err(Error::UnsupportedAlgorithm { oid }),
        }
    }

    pub(crate) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => oids::STD_DH_SHA1_KDF,
            Self::Sha224 => oids::STD_DH_SHA224_KDF,
            Self::Sha256 => oids::STD_DH_SHA256_KDF,
            Self::Sha384 => oids::STD_DH_SHA384_KDF,
            Self::Sha512 => oids::STD_DH_SHA512_KDF,
            #[cfg(feature = "more")]
            Self::HkdfSha256 => oids::STD_DH_HKDF_SHA256,
            #[cfg(feature = "more")]
            Self::HkdfSha384 => oids::STD_DH_HKDF_SHA384,
            #[cfg(feature = "more")]
            Self::HkdfSha512 => oids::STD_DH_HKDF_SHA512,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1kdf",
            Self::Sha224 => "sha224kdf",
            Self::Sha256 => "sha256kdf",
            Self::Sha384 => "sha384kdf",
            Self::Sha512 => "sha512kdf",
            #[cfg(feature = "more")]
            Self::HkdfSha256 => "hkdf-sha256",
            #[cfg(feature = "more")]
            Self::HkdfSha384 => "hkdf-sha384",
            #[cfg(feature = "more")]
            Self::HkdfSha512 => "hkdf-sha512",
        }
    }

    /// [`Self::derive`], its hashes by a backend where not all of them are here.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm` for a hash that neither has.
    pub(crate) async fn derive_by(
        self,
        backend: &dyn Backend,
        shared: &[u8],
        wrap_algorithm: &[u8],
        ukm: Option<&[u8]>,
        key_bytes: usize,
    ) -> Result<Zeroizing<Vec<u8>>> {
        #[cfg(feature = "reference")]
        {
            let _ = backend;
            Ok(self.derive(shared, wrap_algorithm, ukm, key_bytes))
        }
        #[cfg(not(feature = "reference"))]
        {
            let hash = match self {
                Self::Sha1 => DigestAlgorithm::Sha1,
                Self::Sha224 => return Err(Error::UnsupportedAlgorithm { oid: self.oid() }),
                Self::Sha256 => DigestAlgorithm::Sha256,
                Self::Sha384 => DigestAlgorithm::Sha384,
                Self::Sha512 => DigestAlgorithm::Sha512,
            };
            x963_by(backend, hash, shared, &shared_info(wrap_algorithm, ukm, key_bytes), key_bytes).await
        }
    }

    /// The key-encryption key (ANSI X9.63 as RFC 5753 §7.2 uses it, HKDF as RFC 8418 §2.2 does).
    ///
    /// `wrap_algorithm` is the key-wrap AlgorithmIdentifier exactly as it stands in the message.
    #[cfg(feature = "reference")]
    pub(crate) fn derive(
        self,
        shared: &[u8],
        wrap_algorithm: &[u8],
        ukm: Option<&[u8]>,
        key_bytes: usize,
    ) -> Zeroizing<Vec<u8>> {
        let info = shared_info(wrap_algorithm, ukm, key_bytes);
        match self {
            Self::Sha1 => x963::<sha1::Sha1>(shared, &info, key_bytes),
            Self::Sha224 => x963::<sha2::Sha224>(shared, &info, key_bytes),
            Self::Sha256 => x963::<sha2::Sha256>(shared, &info, key_bytes),
            Self::Sha384 => x963::<sha2::Sha384>(shared, &info, key_bytes),
            Self::Sha512 => x963::<sha2::Sha512>(shared, &info, key_bytes),
            #[cfg(feature = "more")]
            Self::HkdfSha256 => hkdf::<sha2::Sha256>(shared, &info, key_bytes),
            #[cfg(feature = "more")]
            Self::HkdfSha384 => hkdf::<sha2::Sha384>(shared, &info, key_bytes),
            #[cfg(feature = "more")]
            Self::HkdfSha512 => hkdf::<sha2::Sha512>(shared, &info, key_bytes),
        }
    }
}

/// `ECC-CMS-SharedInfo ::= SEQUENCE { keyInfo, entityUInfo [0] EXPLICIT OPTIONAL, suppPubInfo [2] EXPLICIT }`
fn shared_info(wrap_algorithm: &[u8], ukm: Option<&[u8]>, key_bytes: usize) -> Vec<u8> {
    let entity = ukm.map(|ukm| asn1::tlv(asn1::context(0), &asn1::octet_string(ukm))).unwrap_or_default();
    let bits = u32::try_from(key_bytes.saturating_mul(8)).unwrap_or(u32::MAX);
    let supp = asn1::tlv(asn1::context(2), &asn1::octet_string(&bits.to_be_bytes()));
    asn1::sequence(&[wrap_algorithm, &entity, &supp])
}

#[cfg(not(feature = "reference"))]
async fn x963_by(
    backend: &dyn Backend,
    hash: DigestAlgorithm,
    shared: &[u8],
    info: &[u8],
    key_bytes: usize,
) -> Result<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(Vec::with_capacity(key_bytes.saturating_add(64)));
    let mut counter = 1_u32;
    while key.len() < key_bytes {
        let input = Zeroizing::new([shared, &counter.to_be_bytes(), info].concat());
        key.extend_from_slice(&Zeroizing::new(backend.digest(hash, &input).await?));
        counter = counter.saturating_add(1);
    }
    key.truncate(key_bytes);
    Ok(key)
}

#[cfg(feature = "reference")]
fn x963<D: Digest>(shared: &[u8], info: &[u8], key_bytes: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(key_bytes.saturating_add(64)));
    let mut counter = 1_u32;
    while key.len() < key_bytes {
        let block = D::new().chain_update(shared).chain_update(counter.to_be_bytes()).chain_update(info);
        key.extend_from_slice(&block.finalize());
        counter = counter.saturating_add(1);
    }
    key.truncate(key_bytes);
    key
}

/// HKDF without salt; the SharedInfo is the info. Keys are shorter than the 255 blocks HKDF can give.
#[cfg(feature = "more")]
fn hkdf<D: hmac::EagerHash>(shared: &[u8], info: &[u8], key_bytes: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(vec![0; key_bytes]);
    if hkdf::Hkdf::<D>::new(None, shared).expand(info, &mut key).is_err() {
        key.clear();
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3394 §4.6: 256 bits of key data with a 256-bit KEK.
    #[test]
    fn key_wrap_follows_rfc_3394() {
        let kek: Vec<u8> = (0..32).collect();
        let key = hex::decode("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f").unwrap();
        let expected = "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21";
        let wrapped = KeyWrap::Aes256.wrap(&kek, &key).unwrap();
        assert_eq!(hex::encode(&wrapped), expected);
        assert_eq!(*KeyWrap::Aes256.unwrap(&kek, &wrapped).unwrap(), key);
        let mut bad = wrapped;
        bad[3] ^= 1;
        assert!(KeyWrap::Aes256.unwrap(&kek, &bad).is_none());
        assert!(KeyWrap::Aes128.unwrap(&kek, &bad).is_none());
        assert!(KeyWrap::Aes256.unwrap(&kek, &[]).is_none());
    }
}
