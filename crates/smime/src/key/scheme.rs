//! Signature schemes and OAEP parameters, as algorithm identifiers name them (RFC 4055, 5754, 5758).

use const_oid::ObjectIdentifier;

use super::digest::identifier;
use super::{DigestAlgorithm, MlDsaSet};
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::error::{Error, Result, Structure};
use crate::oids;

/// Longest salt we accept in RSASSA-PSS parameters: what fits an 8192-bit key.
const MAX_PSS_SALT: u32 = 1024;

/// How a signature is made and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1), MGF1, trailer 0xbc.
    RsaPss {
        /// The hash of the message.
        digest: DigestAlgorithm,
        /// The hash inside MGF1. RFC 4055 §3.1 wants the same; another is read with feature `more`,
        /// because Java's defaults write SHA-1 here, and never written.
        mgf_digest: DigestAlgorithm,
        /// Octets of salt.
        salt_len: u16,
    },
    /// ECDSA (RFC 5758 §3.2).
    Ecdsa(DigestAlgorithm),
    /// DSA (RFC 3279 §2.2.2, RFC 5758 §3.1), verified with `danger_legacy` only.
    Dsa(DigestAlgorithm),
    /// Ed25519 (RFC 8410 §6), over the message itself.
    Ed25519,
    /// ML-DSA (RFC 9881 §3), pure with an empty context, over the message itself.
    MlDsa(MlDsaSet),
}

impl SignatureScheme {
    /// RSASSA-PSS with a salt as long as the hash.
    #[must_use]
    pub fn pss(digest: DigestAlgorithm) -> Self {
        Self::RsaPss { digest, mgf_digest: digest, salt_len: u16::from(digest.output_len()) }
    }

    /// The hash function of the scheme. For the schemes that sign the message itself it is the
    /// one that goes with them in CMS: SHA-512 (RFC 8419 §2.3, RFC 9882 §3.3).
    #[must_use]
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest)
            | Self::RsaPss { digest, .. }
            | Self::Ecdsa(digest)
            | Self::Dsa(digest) => digest,
            Self::Ed25519 | Self::MlDsa(_) => DigestAlgorithm::Sha512,
        }
    }

    /// Whether the message itself is signed rather than a digest of it.
    #[must_use]
    pub fn signs_message(self) -> bool {
        matches!(self, Self::Ed25519 | Self::MlDsa(_))
    }

    /// Whether a SignerInfo with this scheme may name `digest` as digestAlgorithm: the hash of the
    /// scheme, SHA-512 for Ed25519 (RFC 8419 §3.1), one as strong as the key for ML-DSA (RFC 9882 §3.3).
    #[must_use]
    pub fn allows_content_digest(self, digest: DigestAlgorithm) -> bool {
        match self {
            Self::MlDsa(MlDsaSet::MlDsa44) => digest.output_len() >= 32,
            Self::MlDsa(MlDsaSet::MlDsa65) => digest.output_len() >= 48,
            _ => digest == self.digest(),
        }
    }

    /// Whether the scheme proves nothing any more and is let pass with `danger_legacy` only.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        matches!(self, Self::Dsa(_)) || self.digest().is_legacy()
    }

    /// The name used in verdicts, such as `rsa-pss-sha256`.
    #[must_use]
    pub fn name(self) -> String {
        let family = match self {
            Self::RsaPkcs1(_) => "rsa-pkcs1",
            Self::RsaPss { .. } => "rsa-pss",
            Self::Ecdsa(_) => "ecdsa",
            Self::Dsa(_) => "dsa",
            Self::Ed25519 => return "ed25519".to_owned(),
            Self::MlDsa(set) => return set.name().to_owned(),
        };
        format!("{family}-{}", self.digest().name())
    }

    /// Reads the signature AlgorithmIdentifier of a certificate, list or request.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm` or `AlgorithmParameters`.
    pub fn from_identifier_der(der: &[u8]) -> Result<Self> {
        Self::from_cms(der, None)
    }

    /// Reads the signatureAlgorithm of a SignerInfo (RFC 5652 §5.3), where the plain
    /// rsaEncryption of RFC 3370 §3.2 takes its hash from digestAlgorithm.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm` or `AlgorithmParameters`.
    pub fn from_cms(der: &[u8], digest: Option<DigestAlgorithm>) -> Result<Self> {
        let (oid, parameters) = identifier(der)?;
        let null_or_absent = matches!(parameters, None | Some([asn1::NULL, 0]));
        if oid == oids::RSASSA_PSS {
            return pss_parameters(parameters);
        }
        if let Some(scheme) = message_scheme(oid) {
            // RFC 8410 §3, RFC 9881 §2: absent, and nothing else.
            return if parameters.is_none() { Ok(scheme) } else { Err(Error::AlgorithmParameters { oid }) };
        }
        let scheme = match (oid, digest) {
            (oids::RSA_ENCRYPTION, Some(digest)) => Self::RsaPkcs1(digest),
            // RFC 3370 §3.1 names id-dsa-with-sha1; the bare key identifier is met as well.
            (oids::DSA, Some(digest)) => Self::Dsa(digest),
            _ => fixed(oid)?,
        };
        if null_or_absent { Ok(scheme) } else { Err(Error::AlgorithmParameters { oid }) }
    }

    /// Writes the AlgorithmIdentifier.
    #[must_use]
    pub fn identifier_der(self) -> Vec<u8> {
        match self {
            Self::RsaPkcs1(digest) => asn1::sequence(&[&asn1::oid(rsa_oid(digest)), &asn1::null()]),
            Self::Ecdsa(digest) => asn1::sequence(&[&asn1::oid(ecdsa_oid(digest))]),
            Self::Dsa(digest) => asn1::sequence(&[&asn1::oid(dsa_oid(digest))]),
            Self::Ed25519 => asn1::sequence(&[&asn1::oid(oids::ED25519)]),
            Self::MlDsa(set) => asn1::sequence(&[&asn1::oid(set.oid())]),
            Self::RsaPss { digest, mgf_digest, salt_len } => {
                let salt = asn1::small_integer(u32::from(salt_len));
                let parameters = asn1::sequence(&[
                    &asn1::nest(asn1::context(0), &[&digest.identifier_with_null()]),
                    &asn1::nest(asn1::context(1), &[&mgf1(mgf_digest)]),
                    &asn1::nest(asn1::context(2), &[&salt]),
                ]);
                asn1::sequence(&[&asn1::oid(oids::RSASSA_PSS), &parameters])
            }
        }
    }
}

fn rsa_oid(digest: DigestAlgorithm) -> ObjectIdentifier {
    match digest {
        #[cfg(feature = "legacy")]
        DigestAlgorithm::Md5 => oids::RSA_MD5,
        DigestAlgorithm::Sha1 => oids::RSA_SHA1,
        #[cfg(feature = "more")]
        DigestAlgorithm::Sha224 => oids::RSA_SHA224,
        DigestAlgorithm::Sha256 => oids::RSA_SHA256,
        DigestAlgorithm::Sha384 => oids::RSA_SHA384,
        DigestAlgorithm::Sha512 => oids::RSA_SHA512,
    }
}

fn ecdsa_oid(digest: DigestAlgorithm) -> ObjectIdentifier {
    match digest {
        DigestAlgorithm::Sha1 => oids::ECDSA_SHA1,
        #[cfg(feature = "more")]
        DigestAlgorithm::Sha224 => oids::ECDSA_SHA224,
        DigestAlgorithm::Sha384 => oids::ECDSA_SHA384,
        DigestAlgorithm::Sha512 => oids::ECDSA_SHA512,
        // ECDSA with MD5 has no identifier; nobody signs with it.
        _ => oids::ECDSA_SHA256,
    }
}

/// DSA is defined with three hashes; it is never written, so the others need no identifier.
fn dsa_oid(digest: DigestAlgorithm) -> ObjectIdentifier {
    match digest {
        #[cfg(feature = "more")]
        DigestAlgorithm::Sha224 => oids::DSA_SHA224,
        DigestAlgorithm::Sha256 => oids::DSA_SHA256,
        _ => oids::DSA_SHA1,
    }
}

fn message_scheme(oid: ObjectIdentifier) -> Option<SignatureScheme> {
    if oid == oids::ED25519 {
        return Some(SignatureScheme::Ed25519);
    }
    MlDsaSet::from_oid(oid).map(SignatureScheme::MlDsa)
}

fn fixed(oid: ObjectIdentifier) -> Result<SignatureScheme> {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    Ok(match oid {
        #[cfg(feature = "legacy")]
        oids::RSA_MD5 => SignatureScheme::RsaPkcs1(DigestAlgorithm::Md5),
        oids::RSA_SHA1 => SignatureScheme::RsaPkcs1(Sha1),
        oids::RSA_SHA256 => SignatureScheme::RsaPkcs1(Sha256),
        oids::RSA_SHA384 => SignatureScheme::RsaPkcs1(Sha384),
        oids::RSA_SHA512 => SignatureScheme::RsaPkcs1(Sha512),
        oids::ECDSA_SHA1 => SignatureScheme::Ecdsa(Sha1),
        oids::ECDSA_SHA256 => SignatureScheme::Ecdsa(Sha256),
        oids::ECDSA_SHA384 => SignatureScheme::Ecdsa(Sha384),
        oids::ECDSA_SHA512 => SignatureScheme::Ecdsa(Sha512),
        oids::DSA_SHA1 => SignatureScheme::Dsa(Sha1),
        oids::DSA_SHA256 => SignatureScheme::Dsa(Sha256),
        #[cfg(feature = "more")]
        oids::RSA_SHA224 => SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha224),
        #[cfg(feature = "more")]
        oids::ECDSA_SHA224 => SignatureScheme::Ecdsa(DigestAlgorithm::Sha224),
        #[cfg(feature = "more")]
        oids::DSA_SHA224 => SignatureScheme::Dsa(DigestAlgorithm::Sha224),
        _ => return Err(Error::UnsupportedAlgorithm { oid }),
    })
}

fn mgf1(digest: DigestAlgorithm) -> Vec<u8> {
    asn1::sequence(&[&asn1::oid(oids::MGF1), &digest.identifier_with_null()])
}

/// RSASSA-PSS-params (RFC 4055 §3.1). The trailer must be 1; the salt may have any length. A mask
/// with another hash than the message's is understood with feature `more`.
fn pss_parameters(parameters: Option<&[u8]>) -> Result<SignatureScheme> {
    let bad = Error::AlgorithmParameters { oid: oids::RSASSA_PSS };
    let mut reader =
        Reader::only(parameters.ok_or(bad.clone())?, asn1::SEQUENCE).of(Structure::AlgorithmIdentifier)?;
    let digest = hash_field(&mut reader)?;
    let mgf_digest = mask_field(&mut reader)?;
    let salt = number_field(&mut reader, 2, 20)?;
    let trailer = number_field(&mut reader, 3, 1)?;
    reader.finish().of(Structure::AlgorithmIdentifier)?;
    let known_mask = mgf_digest == digest || cfg!(feature = "more");
    if !known_mask || trailer != 1 || salt > MAX_PSS_SALT {
        return Err(bad);
    }
    let salt_len = u16::try_from(salt).map_err(|_| bad)?;
    Ok(SignatureScheme::RsaPss { digest, mgf_digest, salt_len })
}

fn explicit<'a>(reader: &mut Reader<'a>, number: u8) -> core::result::Result<Option<Tlv<'a>>, NotDer> {
    let Some(outer) = reader.optional(asn1::context(number))? else { return Ok(None) };
    let mut inner = outer.reader();
    let value = inner.next()?;
    inner.finish()?;
    Ok(Some(value))
}

fn hash_field(reader: &mut Reader<'_>) -> Result<DigestAlgorithm> {
    match explicit(reader, 0).of(Structure::AlgorithmIdentifier)? {
        Some(value) => DigestAlgorithm::from_identifier_der(value.raw),
        None => Ok(DigestAlgorithm::Sha1),
    }
}

fn mask_field(reader: &mut Reader<'_>) -> Result<DigestAlgorithm> {
    let Some(value) = explicit(reader, 1).of(Structure::AlgorithmIdentifier)? else {
        return Ok(DigestAlgorithm::Sha1);
    };
    match identifier(value.raw)? {
        (oids::MGF1, Some(hash)) => DigestAlgorithm::from_identifier_der(hash),
        (oids::MGF1, None) => Err(Error::AlgorithmParameters { oid: oids::MGF1 }),
        (oid, _) => Err(Error::UnsupportedAlgorithm { oid }),
    }
}

fn number_field(reader: &mut Reader<'_>, number: u8, default: u32) -> Result<u32> {
    let read = |reader: &mut Reader<'_>| match explicit(reader, number)? {
        Some(value) if value.tag == asn1::INTEGER => value.small_uint(),
        Some(_) => Err(NotDer),
        None => Ok(default),
    };
    read(reader).of(Structure::AlgorithmIdentifier)
}

/// Parameters of RSAES-OAEP (RFC 4055 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OaepParameters {
    /// The hash of the label.
    pub digest: DigestAlgorithm,
    /// The hash inside MGF1.
    pub mgf_digest: DigestAlgorithm,
    /// The label, normally empty.
    pub label: Vec<u8>,
}

/// id-pSpecified (RFC 4055 §4.1): the label itself stands in the parameters.
const P_SPECIFIED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.9");

impl OaepParameters {
    /// What we write: SHA-256 for both, no label.
    #[must_use]
    pub fn sha256() -> Self {
        Self { digest: DigestAlgorithm::Sha256, mgf_digest: DigestAlgorithm::Sha256, label: Vec::new() }
    }

    /// The name used in verdicts, such as `rsa-oaep-sha256`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("rsa-oaep-{}", self.digest.name())
    }

    /// Reads the key-encryption AlgorithmIdentifier; absent fields have the SHA-1 defaults.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm` or `AlgorithmParameters`.
    pub fn from_identifier_der(der: &[u8]) -> Result<Self> {
        let (oid, parameters) = identifier(der)?;
        if oid != oids::RSAES_OAEP {
            return Err(Error::UnsupportedAlgorithm { oid });
        }
        let empty = asn1::sequence(&[]);
        let what = Structure::AlgorithmIdentifier;
        let mut reader = Reader::only(parameters.unwrap_or(&empty), asn1::SEQUENCE).of(what)?;
        let digest = hash_field(&mut reader)?;
        let mgf_digest = mask_field(&mut reader)?;
        let label = match explicit(&mut reader, 2).of(what)? {
            Some(value) => label(value.raw)?,
            None => Vec::new(),
        };
        reader.finish().of(what)?;
        Ok(Self { digest, mgf_digest, label })
    }

    /// Writes the key-encryption AlgorithmIdentifier.
    #[must_use]
    pub fn identifier_der(&self) -> Vec<u8> {
        let mut fields = vec![
            asn1::nest(asn1::context(0), &[&self.digest.identifier_with_null()]),
            asn1::nest(asn1::context(1), &[&mgf1(self.mgf_digest)]),
        ];
        if !self.label.is_empty() {
            let source = asn1::sequence(&[&asn1::oid(P_SPECIFIED), &asn1::octet_string(&self.label)]);
            fields.push(asn1::nest(asn1::context(2), &[&source]));
        }
        let parameters = asn1::tlv(asn1::SEQUENCE, &fields.concat());
        asn1::sequence(&[&asn1::oid(oids::RSAES_OAEP), &parameters])
    }
}

fn label(der: &[u8]) -> Result<Vec<u8>> {
    let (oid, parameters) = identifier(der)?;
    let parameters = parameters.filter(|_| oid == P_SPECIFIED).ok_or(Error::AlgorithmParameters { oid })?;
    let mut reader = Reader::new(parameters);
    let value = reader.expect(asn1::OCTET_STRING).of(Structure::AlgorithmIdentifier)?;
    Ok(value.value.to_vec())
}
