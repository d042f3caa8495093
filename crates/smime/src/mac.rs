//! HMAC (RFC 2104) as algorithm identifiers name it (RFC 3370 §3.1, RFC 4231 §3.1, RFC 8018 appendix B.1.2).
//!
//! It checks AuthenticatedData and containers, and is the pseudo-random function of PBKDF2.

use const_oid::ObjectIdentifier;
use hmac::{Hmac, KeyInit, Mac};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::asn1;
use crate::error::{Error, Result};
use crate::oids;

/// HMAC with a hash function. SHA-1 is for reading old material only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacAlgorithm {
    /// HMAC with SHA-1.
    Sha1,
    /// HMAC with SHA-224.
    #[cfg(feature = "more")]
    Sha224,
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-384.
    Sha384,
    /// HMAC with SHA-512.
    Sha512,
    /// HMAC with SHA-512/224.
    #[cfg(feature = "more")]
    Sha512Of224,
    /// HMAC with SHA-512/256.
    #[cfg(feature = "more")]
    Sha512Of256,
}

/// id-hmac-SHA1 of RFC 3370 §3.1; PKCS#5 has another identifier for the same.
const HMAC_SHA1_OF_CMS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.8.1.2");
#[cfg(feature = "more")]
pub(crate) const HMAC_SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.8");
#[cfg(feature = "more")]
const HMAC_SHA512_224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.12");
#[cfg(feature = "more")]
const HMAC_SHA512_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.13");

/// Runs an expression with the hash type `$D` of a [`MacAlgorithm`].
macro_rules! with_hash {
    ($algorithm:expr, $D:ident => $body:expr) => {
        match $algorithm {
            MacAlgorithm::Sha1 => {
                type $D = sha1::Sha1;
                $body
            }
            #[cfg(feature = "more")]
            MacAlgorithm::Sha224 => {
                type $D = sha2::Sha224;
                $body
            }
            MacAlgorithm::Sha256 => {
                type $D = sha2::Sha256;
                $body
            }
            MacAlgorithm::Sha384 => {
                type $D = sha2::Sha384;
                $body
            }
            MacAlgorithm::Sha512 => {
                type $D = sha2::Sha512;
                $body
            }
            #[cfg(feature = "more")]
            MacAlgorithm::Sha512Of224 => {
                type $D = sha2::Sha512_224;
                $body
            }
            #[cfg(feature = "more")]
            MacAlgorithm::Sha512Of256 => {
                type $D = sha2::Sha512_256;
                $body
            }
        }
    };
}

impl MacAlgorithm {
    /// The algorithm of an object identifier.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm` for any other.
    pub fn from_oid(oid: ObjectIdentifier) -> Result<Self> {
        match oid {
            oids::HMAC_SHA1 | HMAC_SHA1_OF_CMS => Ok(Self::Sha1),
            #[cfg(feature = "more")]
            HMAC_SHA224 => Ok(Self::Sha224),
            oids::HMAC_SHA256 => Ok(Self::Sha256),
            oids::HMAC_SHA384 => Ok(Self::Sha384),
            oids::HMAC_SHA512 => Ok(Self::Sha512),
            #[cfg(feature = "more")]
            HMAC_SHA512_224 => Ok(Self::Sha512Of224),
            #[cfg(feature = "more")]
            HMAC_SHA512_256 => Ok(Self::Sha512Of256),
            _ => Err(Error::UnsupportedAlgorithm { oid }),
        }
    }

    /// HMAC with the hash function of this identifier (RFC 7292 §4 names the hash alone).
    ///
    /// # Errors
    /// `UnsupportedAlgorithm` for any other.
    pub(crate) fn of_digest(oid: ObjectIdentifier) -> Result<Self> {
        match oid {
            oids::SHA1 => Ok(Self::Sha1),
            oids::SHA256 => Ok(Self::Sha256),
            oids::SHA384 => Ok(Self::Sha384),
            oids::SHA512 => Ok(Self::Sha512),
            _ => Err(Error::UnsupportedAlgorithm { oid }),
        }
    }

    /// Reads a DER AlgorithmIdentifier with absent or NULL parameters.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm` or `AlgorithmParameters`.
    pub fn from_identifier_der(der: &[u8]) -> Result<Self> {
        let (oid, parameters) = crate::key::algorithm_identifier(der)?;
        match parameters {
            None | Some([asn1::NULL, 0]) => Self::from_oid(oid),
            Some(_) => Err(Error::AlgorithmParameters { oid }),
        }
    }

    /// The name used in reports, such as `hmac-sha256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "hmac-sha1",
            #[cfg(feature = "more")]
            Self::Sha224 => "hmac-sha224",
            Self::Sha256 => "hmac-sha256",
            Self::Sha384 => "hmac-sha384",
            Self::Sha512 => "hmac-sha512",
            #[cfg(feature = "more")]
            Self::Sha512Of224 => "hmac-sha512-224",
            #[cfg(feature = "more")]
            Self::Sha512Of256 => "hmac-sha512-256",
        }
    }

    /// Octets of a code, also the length of key that programs use (RFC 2104 §3).
    #[must_use]
    pub fn output_len(self) -> usize {
        with_hash!(self, D => <D as sha2::Digest>::output_size())
    }

    /// The code over `data`; a key of any length is taken.
    #[must_use]
    pub fn compute(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        with_hash!(self, D => {
            let Ok(mut mac) = Hmac::<D>::new_from_slice(key) else { return Vec::new() };
            mac.update(data);
            mac.finalize().into_bytes().to_vec()
        })
    }

    /// Whether `code`, which is untrusted, is the code over `data`. The time taken says nothing about either.
    #[must_use]
    pub fn is_right(self, key: &[u8], data: &[u8], code: &[u8]) -> bool {
        bool::from(self.compute(key, data).ct_eq(code))
    }

    /// PBKDF2 (RFC 8018 §5.2) with this pseudo-random function. The caller has bounded `rounds`.
    #[must_use]
    pub fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, length: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; length]);
        with_hash!(self, D => pbkdf2::pbkdf2_hmac::<D>(password, salt, rounds, &mut key));
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 §4.3 (test case 2) and RFC 2202 §3 (test case 2).
    #[test]
    fn codes_follow_rfc_4231() {
        let data = b"what do ya want for nothing?";
        for (algorithm, code) in [
            (MacAlgorithm::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            #[cfg(feature = "more")]
            (MacAlgorithm::Sha224, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
            (MacAlgorithm::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ] {
            let mut code = hex::decode(code).unwrap();
            assert!(algorithm.is_right(b"Jefe", data, &code), "{}", algorithm.name());
            assert_eq!(algorithm.output_len(), code.len());
            code[0] ^= 1;
            assert!(!algorithm.is_right(b"Jefe", data, &code));
            assert!(!algorithm.is_right(b"Jefe", data, &code[..10]));
        }
    }

    /// RFC 6070 §2 and RFC 7914 §11.
    #[test]
    fn pbkdf2_known_answers() {
        let key = MacAlgorithm::Sha1.pbkdf2(b"password", b"salt", 2, 20);
        assert_eq!(hex::encode(&*key), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
        let key = MacAlgorithm::Sha256.pbkdf2(b"passwd", b"salt", 1, 64);
        assert_eq!(hex::encode(key.get(..16).unwrap()), "55ac046e56e3089fec1691c22544b605");
    }
}
