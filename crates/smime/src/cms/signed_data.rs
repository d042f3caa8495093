//! SignedData, read (RFC 5652 §5, RFC 8551).

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use super::attributes::{Attribute, read_attributes};
use super::ber::{Elements, Tlv, tag, to_der};
#[cfg(feature = "more")]
use super::content_info::ContentInfo;
use super::content_info::{ContentType, explicit};
use super::oids;
#[cfg(feature = "more")]
use crate::asn1;
use crate::error::{Error, Limit, Result};
#[cfg(feature = "more")]
use crate::ess::EssAttributes;

/// Most signers of one message we check; a signature costs a public-key operation.
pub const MAX_SIGNERS: usize = 16;

/// Most certificates and CRLs carried by one message; real chains have fewer than ten.
pub const MAX_CARRIED: usize = 64;

/// ```text
/// SignedData ::= SEQUENCE {
///   version CMSVersion, digestAlgorithms, encapContentInfo,
///   certificates [0] IMPLICIT OPTIONAL, crls [1] IMPLICIT OPTIONAL, signerInfos }
/// ```
#[derive(Debug)]
pub struct SignedData<'a> {
    /// Type of the signed content.
    pub content_type: ContentType,
    /// The signed content; `None` when it travels beside (RFC 5652 §5.2).
    pub content: Option<Cow<'a, [u8]>>,
    /// X.509 certificates carried along, in DER. Others (attribute certificates) are left out.
    pub certificates: Vec<Cow<'a, [u8]>>,
    /// CRLs carried along, in DER.
    #[cfg(feature = "more")]
    pub crls: Vec<Cow<'a, [u8]>>,
    /// OCSPResponses carried along (RFC 5940 §2), in DER.
    #[cfg(feature = "more")]
    pub ocsp: Vec<Cow<'a, [u8]>>,
    /// Whether anything about revocation is carried along.
    #[cfg(not(feature = "more"))]
    pub(crate) has_lists: bool,
    /// Who signed; empty in a certificates-only message.
    pub signers: Vec<SignerInfo<'a>>,
}

/// ```text
/// SignerInfo ::= SEQUENCE {
///   version, sid, digestAlgorithm, signedAttrs [0] IMPLICIT OPTIONAL,
///   signatureAlgorithm, signature OCTET STRING, unsignedAttrs [1] IMPLICIT OPTIONAL }
/// ```
#[derive(Debug)]
pub struct SignerInfo<'a> {
    /// Whose signature this claims to be.
    pub sid: SignerIdentifier,
    /// digestAlgorithm in DER.
    pub digest_algorithm: Cow<'a, [u8]>,
    /// The signed attributes; `None` when the content itself is signed.
    pub(crate) signed_attributes: Option<Vec<Attribute>>,
    /// signatureAlgorithm in DER.
    pub signature_algorithm: Cow<'a, [u8]>,
    /// The signature value.
    pub signature: Cow<'a, [u8]>,
    /// The unsigned attributes: nobody vouches for them, so what cannot be read counts as none.
    pub(crate) unsigned_attributes: Vec<Attribute>,
}

/// How a signer or a recipient is named (RFC 5652 §5.3, §6.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerIdentifier {
    /// issuerAndSerialNumber: the issuer's Name in DER and the contents of the serial's INTEGER.
    IssuerAndSerialNumber {
        /// Issuer in DER.
        issuer: Vec<u8>,
        /// Serial number, big-endian, as encoded.
        serial: Vec<u8>,
    },
    /// subjectKeyIdentifier.
    SubjectKeyIdentifier(Vec<u8>),
}

impl<'a> SignedData<'a> {
    /// Reads the content of a ContentInfo of type `id-signedData`.
    ///
    /// # Errors
    /// `Malformed` or `LimitExceeded`.
    pub fn read(content: Tlv<'a>) -> Result<Self> {
        let mut fields = content.sequence()?;
        fields.expect(tag::INTEGER)?;
        fields.expect(tag::SET)?;
        let (content_type, encapsulated) = read_encapsulated(fields.expect(tag::SEQUENCE)?)?;
        let certificates = read_carried(fields.optional(tag::context(0))?)?;
        let lists = fields.optional(tag::context(1))?;
        let signers = read_signers(fields.expect(tag::SET)?)?;
        fields.finish()?;
        Ok(Self {
            content_type,
            content: encapsulated,
            certificates,
            #[cfg(feature = "more")]
            crls: read_carried(lists)?,
            #[cfg(feature = "more")]
            ocsp: read_answers(lists)?,
            #[cfg(not(feature = "more"))]
            has_lists: lists.is_some(),
            signers,
        })
    }
}

/// `EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] EXPLICIT OCTET STRING OPTIONAL }`
///
/// PKCS#7 allowed any type as content; its signature covers the contents octets (RFC 5652 §5.2.1).
pub(crate) fn read_encapsulated(info: Tlv<'_>) -> Result<(ContentType, Option<Cow<'_, [u8]>>)> {
    let mut fields = info.children()?;
    let content_type = ContentType::from_oid(oids::read(fields.expect(tag::OID)?)?);
    let content = match fields.optional(tag::context(0))? {
        None => None,
        Some(wrapper) => {
            let element = explicit(wrapper)?;
            let octets = if element.tag == tag::OCTET_STRING {
                element.octets()?
            } else {
                Cow::Borrowed(element.contents)
            };
            Some(octets)
        }
    };
    fields.finish()?;
    Ok((content_type, content))
}

/// CertificateSet or RevocationInfoChoices: the plain choice is a SEQUENCE, all others are tagged.
fn read_carried(set: Option<Tlv<'_>>) -> Result<Vec<Cow<'_, [u8]>>> {
    let Some(set) = set else { return Ok(Vec::new()) };
    let mut carried = Vec::new();
    let mut elements = set.children()?;
    while let Some(element) = elements.next_element()? {
        if element.tag != tag::SEQUENCE {
            continue;
        }
        if carried.len() == MAX_CARRIED {
            return Err(Error::LimitExceeded { limit: Limit::Certificates });
        }
        carried.push(to_der(element.raw)?);
    }
    Ok(carried)
}

/// `OtherRevocationInfoFormat ::= SEQUENCE { otherRevInfoFormat OBJECT IDENTIFIER, otherRevInfo ANY }`, tagged `[1]` (RFC 5652
/// §10.2.1); formats other than OCSP are left out.
#[cfg(feature = "more")]
fn read_answers(set: Option<Tlv<'_>>) -> Result<Vec<Cow<'_, [u8]>>> {
    let Some(set) = set else { return Ok(Vec::new()) };
    let mut answers = Vec::new();
    let mut elements = set.children()?;
    while let Some(element) = elements.next_element()? {
        if element.tag != tag::context(1) {
            continue;
        }
        if answers.len() == MAX_CARRIED {
            return Err(Error::LimitExceeded { limit: Limit::Certificates });
        }
        let mut fields = element.children()?;
        let format = oids::read(fields.expect(tag::OID)?)?;
        if format == crate::oids::OCSP_IN_CMS {
            answers.push(to_der(fields.any()?.raw)?);
        }
    }
    Ok(answers)
}

fn read_signers(set: Tlv<'_>) -> Result<Vec<SignerInfo<'_>>> {
    let mut signers = Vec::new();
    let mut elements = set.children()?;
    while let Some(element) = elements.next_element()? {
        if signers.len() == MAX_SIGNERS {
            return Err(Error::LimitExceeded { limit: Limit::Signers });
        }
        signers.push(SignerInfo::read(element)?);
    }
    Ok(signers)
}

impl<'a> SignerInfo<'a> {
    pub(crate) fn read(element: Tlv<'a>) -> Result<Self> {
        let mut fields = element.sequence()?;
        fields.expect(tag::INTEGER)?;
        let sid = SignerIdentifier::read(&mut fields)?;
        let digest_algorithm = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let signed_attributes = match fields.optional(tag::context(0))? {
            Some(set) => Some(read_attributes(set)?),
            None => None,
        };
        let signature_algorithm = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let signature = fields.expect(tag::OCTET_STRING)?.octets()?;
        let unsigned = fields.optional(tag::context(1))?;
        fields.finish()?;
        let unsigned_attributes = unsigned.and_then(|set| read_attributes(set).ok()).unwrap_or_default();
        Ok(Self {
            sid,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
            unsigned_attributes,
        })
    }

    /// Whether there are attributes that only the feature `more` reads.
    #[cfg(not(feature = "more"))]
    pub(crate) fn has_seldom_attributes(&self) -> bool {
        let signed = self.signed_attributes.as_deref().unwrap_or_default();
        let is_known = |attribute: &Attribute| oids::USUAL_ATTRIBUTES.contains(&attribute.oid);
        !self.unsigned_attributes.is_empty() || !signed.iter().all(is_known)
    }

    /// What the signed attributes of Enhanced Security Services say (RFC 2634, RFC 5035), not yet checked.
    #[cfg(feature = "more")]
    #[must_use]
    pub fn ess(&self) -> EssAttributes {
        EssAttributes::read(self.signed_attributes.as_deref().unwrap_or_default())
    }
}

impl SignerIdentifier {
    /// Reads the CHOICE of SignerIdentifier and RecipientIdentifier.
    pub(crate) fn read(fields: &mut Elements<'_>) -> Result<Self> {
        if let Some(identifier) = fields.optional(tag::context(0))? {
            return Ok(Self::SubjectKeyIdentifier(identifier.octets()?.into_owned()));
        }
        Self::read_issuer_and_serial(fields.expect(tag::SEQUENCE)?)
    }

    pub(crate) fn read_issuer_and_serial(element: Tlv<'_>) -> Result<Self> {
        let mut fields = element.sequence()?;
        let issuer = to_der(fields.expect(tag::SEQUENCE)?.raw)?.into_owned();
        let serial = fields.expect(tag::INTEGER)?.contents.to_vec();
        fields.finish()?;
        Ok(Self::IssuerAndSerialNumber { issuer, serial })
    }
}

/// A SignedData of ours with its content left out: what remains is a detached signature (RFC 5652 §5.2).
///
/// # Errors
/// `Malformed`.
#[cfg(feature = "more")]
pub(crate) fn without_content(der: &[u8]) -> Result<Vec<u8>> {
    let info = ContentInfo::read(der)?;
    let mut fields = info.content.sequence()?;
    let version = fields.expect(tag::INTEGER)?.raw;
    let digests = fields.expect(tag::SET)?.raw;
    let content_type = fields.expect(tag::SEQUENCE)?.children()?.expect(tag::OID)?.raw;
    let mut inner = [version, digests, &asn1::sequence(&[content_type])].concat();
    while let Some(field) = fields.next_element()? {
        inner.extend_from_slice(field.raw);
    }
    let body = asn1::tlv(asn1::SEQUENCE, &inner);
    Ok(super::content_info::write(ContentType::SignedData, &[], &body))
}

/// The OID of an AlgorithmIdentifier in DER.
pub(crate) fn algorithm_oid(der: &[u8]) -> Result<ObjectIdentifier> {
    super::content_cipher::read_identifier(der).map(|(oid, _)| oid)
}
