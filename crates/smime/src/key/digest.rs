//! The hash functions we know.

use const_oid::ObjectIdentifier;
use sha2::Digest;

use crate::asn1::{self, Reader};
use crate::error::{Error, Result, Structure};
use crate::oids;

/// A hash function (FIPS 180-4). MD5 and SHA-1 are for reading old material only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestAlgorithm {
    /// MD5 (RFC 1321), never written.
    #[cfg(feature = "legacy")]
    Md5,
    /// SHA-1, never written.
    Sha1,
    /// SHA-224, never written.
    #[cfg(feature = "more")]
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Runs an expression with the hash type `$D` that a [`DigestAlgorithm`] names.
#[cfg(any(feature = "reference", feature = "containers"))]
macro_rules! with_digest {
    ($algorithm:expr, $D:ident => $body:expr) => {
        match $algorithm {
            #[cfg(feature = "legacy")]
            $crate::key::DigestAlgorithm::Md5 => {
                type $D = md5::Md5;
                $body
            }
            $crate::key::DigestAlgorithm::Sha1 => {
                type $D = sha1::Sha1;
                $body
            }
            #[cfg(feature = "more")]
            $crate::key::DigestAlgorithm::Sha224 => {
                type $D = sha2::Sha224;
                $body
            }
            $crate::key::DigestAlgorithm::Sha256 => {
                type $D = sha2::Sha256;
                $body
            }
            $crate::key::DigestAlgorithm::Sha384 => {
                type $D = sha2::Sha384;
                $body
            }
            $crate::key::DigestAlgorithm::Sha512 => {
                type $D = sha2::Sha512;
                $body
            }
        }
    };
}
#[cfg(any(feature = "reference", feature = "containers"))]
pub(crate) use with_digest;

impl DigestAlgorithm {
    /// The algorithm of an object identifier.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm` for any other.
    pub fn from_oid(oid: ObjectIdentifier) -> Result<Self> {
        match oid {
            #[cfg(feature = "legacy")]
            oids::MD5 => Ok(Self::Md5),
            oids::SHA1 => Ok(Self::Sha1),
            #[cfg(feature = "more")]
            oids::SHA224 => Ok(Self::Sha224),
            oids::SHA256 => Ok(Self::Sha256),
            oids::SHA384 => Ok(Self::Sha384),
            oids::SHA512 => Ok(Self::Sha512),
            _ => Err(Error::UnsupportedAlgorithm { oid }),
        }
    }

    /// Its object identifier.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5 => oids::MD5,
            Self::Sha1 => oids::SHA1,
            #[cfg(feature = "more")]
            Self::Sha224 => oids::SHA224,
            Self::Sha256 => oids::SHA256,
            Self::Sha384 => oids::SHA384,
            Self::Sha512 => oids::SHA512,
        }
    }

    /// The name used in verdicts, such as `sha256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            #[cfg(feature = "more")]
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Length of a digest in octets.
    #[must_use]
    pub fn output_len(self) -> u8 {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5 => 16,
            Self::Sha1 => 20,
            #[cfg(feature = "more")]
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Whether a signature over such a digest proves nothing any more: collisions are known.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5 => true,
            Self::Sha1 => true,
            _ => false,
        }
    }

    /// The digest of a message.
    #[cfg(feature = "reference")]
    #[must_use]
    pub fn hash(self, message: &[u8]) -> Vec<u8> {
        with_digest!(self, D => D::digest(message).to_vec())
    }

    /// The digest of a message, where it is computed here: SHA-384 and SHA-512 go with the reference.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm` without the feature `reference`.
    pub fn hash_here(self, message: &[u8]) -> Result<Vec<u8>> {
        #[cfg(feature = "reference")]
        return Ok(self.hash(message));
        #[cfg(not(feature = "reference"))]
        match self {
            Self::Sha1 => Ok(sha1::Sha1::digest(message).to_vec()),
            Self::Sha256 => Ok(sha2::Sha256::digest(message).to_vec()),
            Self::Sha384 | Self::Sha512 => Err(Error::UnsupportedAlgorithm { oid: self.oid() }),
        }
    }

    /// The DER AlgorithmIdentifier with absent parameters (RFC 5754 §2).
    #[must_use]
    pub fn identifier_der(self) -> Vec<u8> {
        asn1::sequence(&[&asn1::oid(self.oid())])
    }

    /// The DER AlgorithmIdentifier with NULL parameters (RFC 4055 §2.1).
    pub(crate) fn identifier_with_null(self) -> Vec<u8> {
        asn1::sequence(&[&asn1::oid(self.oid()), &asn1::null()])
    }

    /// Reads a DER AlgorithmIdentifier with absent or NULL parameters.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm` or `AlgorithmParameters`.
    pub fn from_identifier_der(der: &[u8]) -> Result<Self> {
        let (oid, parameters) = identifier(der)?;
        match parameters {
            None | Some([asn1::NULL, 0]) => Self::from_oid(oid),
            Some(_) => Err(Error::AlgorithmParameters { oid }),
        }
    }
}

/// Refuses parameters, which keys with one scheme leave out (RFC 8410 §3, RFC 9881 §2, RFC 9935 §3).
#[cfg(any(feature = "more", feature = "pq"))]
pub(super) fn no_parameters(oid: ObjectIdentifier, parameters: Option<&[u8]>) -> Result<()> {
    if parameters.is_none() { Ok(()) } else { Err(Error::AlgorithmParameters { oid }) }
}

/// Splits a DER AlgorithmIdentifier (RFC 5280 §4.1.1.2) into identifier and encoded parameters.
pub(crate) fn identifier(der: &[u8]) -> Result<(ObjectIdentifier, Option<&[u8]>)> {
    let read = || {
        let mut reader = Reader::only(der, asn1::SEQUENCE)?;
        let oid = reader.expect(asn1::OID)?.oid()?;
        let parameters = if reader.is_empty() { None } else { Some(reader.next()?.raw) };
        reader.finish()?;
        Ok((oid, parameters))
    };
    read().map_err(|_: asn1::NotDer| Error::Malformed { what: Structure::AlgorithmIdentifier })
}
