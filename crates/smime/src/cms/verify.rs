//! Checking one signature (RFC 5652 §5.6, RFC 8551 §2.5, RFC 5035, RFC 6211). Whether the signer is to be
//! believed is asked elsewhere: here it is only arithmetic.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use super::attributes::{
    self, Attribute, AttributeFault, algorithm_protection, at_most_one, exactly_one, signing_time,
};
use super::capabilities::Capabilities;
use super::content_info::ContentType;
use super::oids;
use super::signed_data::SignerInfo;
use crate::UnixTime;
use crate::asn1;
use crate::backend::{Backend, both};
use crate::error::Error;
use crate::ess::SigningCertificate;
use crate::key::{DigestAlgorithm, KeyKind, MIN_RSA_BITS, PublicKey, SignatureScheme};
use crate::path::Anchors;
#[cfg(feature = "more")]
use crate::tsp::CheckedToken;
use crate::x509::{Certificate, inherited};

/// What became of one signature.
#[derive(Debug, Clone)]
pub struct CheckedSignature {
    /// The signer's certificate, when the message or the pool had it.
    pub certificate: Option<Certificate>,
    /// The signature scheme, when it is one we know.
    pub scheme: Option<SignatureScheme>,
    /// signingTime as claimed by the signer.
    pub signing_time: Option<UnixTime>,
    /// What the signer's program can read; meaningful only when the signature is valid and trusted.
    pub capabilities: Option<Capabilities>,
    /// The signature value, for receipts and evidence.
    pub signature: Vec<u8>,
    /// The outcome.
    pub outcome: Outcome,
    /// Signatures over this signature (RFC 5652 §11.4), which add to it and never decide.
    #[cfg(feature = "more")]
    pub countersignatures: Vec<CheckedSignature>,
    /// Time-stamps over this signature (RFC 3161), not yet judged.
    #[cfg(feature = "more")]
    pub timestamps: Vec<CheckedToken>,
    /// Type of the signed content.
    #[cfg_attr(not(feature = "more"), expect(dead_code, reason = "for what stands beside signatures"))]
    pub(crate) content_type: Option<ContentType>,
    #[cfg_attr(not(feature = "more"), expect(dead_code, reason = "for what stands beside signatures"))]
    pub(crate) attributes: Option<Vec<Attribute>>,
}

/// The outcome of checking a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The signature is right.
    Valid,
    /// The signature is right, by an algorithm that no longer proves anything (`danger_legacy` only).
    Legacy,
    /// The signature is wrong or contradicts itself.
    Invalid(Fault),
    /// Nobody can say: see [`Gap`].
    Unknown(Gap),
}

/// Why a signature is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The content is not what was signed.
    DigestMismatch,
    /// The signature does not fit the certificate's key.
    BadSignature,
    /// contentType names another type than the content has.
    ContentTypeMismatch,
    /// A signed attribute is missing, repeated or unreadable.
    BadAttributes,
    /// signingCertificate(V2) names another certificate.
    SigningCertificateMismatch,
    /// The algorithms used are not those that were signed.
    AlgorithmMismatch,
}

/// Why a signature cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The signer's certificate is nowhere to be found.
    NoCertificate,
    /// An algorithm this crate does not know.
    UnsupportedAlgorithm,
    /// SHA-1 or a short RSA key, refused because `danger_legacy` is off.
    LegacyRefused,
    /// The detached content was not given.
    NoContent,
}

/// What a signature is checked against.
pub(crate) struct Signed<'a> {
    /// `None` for a countersignature, whose content is a signature and has no type (RFC 5652 §11.4).
    pub(crate) content_type: Option<ContentType>,
    pub(crate) content: &'a [u8],
    /// Certificates among which the signer's is looked for.
    pub(crate) pool: &'a [Certificate],
    /// Roots, asked only for DSA parameters that a certificate leaves to its issuer's.
    pub(crate) anchors: Option<&'a Anchors>,
    pub(crate) danger_legacy: bool,
}

/// Checks one SignerInfo.
pub(crate) async fn check(
    backend: &dyn Backend,
    signer: &SignerInfo<'_>,
    signed: &Signed<'_>,
) -> CheckedSignature {
    let attributes = signer.signed_attributes.as_deref();
    let mut checked = CheckedSignature {
        certificate: signed.pool.iter().find(|candidate| signer.sid.names(candidate)).cloned(),
        scheme: None,
        signing_time: attributes.and_then(|attributes| signing_time(attributes).ok().flatten()),
        capabilities: attributes.and_then(Capabilities::from_attributes),
        signature: signer.signature.to_vec(),
        outcome: Outcome::Unknown(Gap::UnsupportedAlgorithm),
        #[cfg(feature = "more")]
        countersignatures: Vec::new(),
        #[cfg(feature = "more")]
        timestamps: Vec::new(),
        content_type: signed.content_type,
        attributes: signer.signed_attributes.clone(),
    };
    let Ok(digest) = DigestAlgorithm::from_identifier_der(&signer.digest_algorithm) else { return checked };
    let Ok(scheme) = SignatureScheme::from_cms(&signer.signature_algorithm, Some(digest)) else {
        return checked;
    };
    checked.scheme = Some(scheme);
    let outcome = match signed_message(signer, signed, digest, scheme) {
        Ok(message) => {
            let content = check_content(backend, signer, signed, digest);
            let candidates = check_candidates(backend, signer, signed, scheme, &message);
            let (content, candidates) = both(content, candidates).await;
            content.and(candidates)
        }
        Err(outcome) => Err(outcome),
    };
    checked.outcome = match outcome {
        Ok((certificate, outcome)) => {
            checked.certificate = Some(certificate);
            outcome
        }
        Err(outcome) => outcome,
    };
    checked
}

/// The octets the signature must fit; what the attributes promise about the content is checked apart.
fn signed_message<'a>(
    signer: &SignerInfo<'_>,
    signed: &Signed<'a>,
    digest: DigestAlgorithm,
    scheme: SignatureScheme,
) -> Result<Cow<'a, [u8]>, Outcome> {
    if !scheme.allows_content_digest(digest) {
        return Err(Outcome::Invalid(Fault::AlgorithmMismatch));
    }
    match &signer.signed_attributes {
        Some(attributes) => Ok(Cow::Owned(attributes::encode(asn1::SET, attributes))),
        None => plain_content(signed).map(Cow::Borrowed),
    }
}

/// Everything the signed attributes promise, when there are any.
async fn check_content(
    backend: &dyn Backend,
    signer: &SignerInfo<'_>,
    signed: &Signed<'_>,
    digest: DigestAlgorithm,
) -> Result<(), Outcome> {
    let Some(attributes) = &signer.signed_attributes else { return Ok(()) };
    let content_digest = backend
        .digest(digest, signed.content)
        .await
        .map_err(|_| Outcome::Unknown(Gap::UnsupportedAlgorithm))?;
    check_attributes(attributes, signer, signed.content_type, &content_digest).map_err(Outcome::Invalid)
}

/// Without signed attributes the content itself is signed, which RFC 5652 §5.3 allows for id-data only. A
/// content that is itself an encoding of signed attributes is refused: a signature over attributes could
/// have been moved onto it.
fn plain_content<'a>(signed: &Signed<'a>) -> Result<&'a [u8], Outcome> {
    let looks_like_attributes = signed.content.first() == Some(&asn1::SET)
        && super::ber::Tlv::parse(signed.content)
            .is_ok_and(|set| attributes::read_attributes(set).is_ok_and(|found| !found.is_empty()));
    if signed.content_type.is_some_and(|found| found != ContentType::Data) || looks_like_attributes {
        return Err(Outcome::Invalid(Fault::BadAttributes));
    }
    Ok(signed.content)
}

fn check_attributes(
    attributes: &[Attribute],
    signer: &SignerInfo<'_>,
    content_type: Option<ContentType>,
    content_digest: &[u8],
) -> Result<(), Fault> {
    match content_type {
        Some(content_type) => {
            let claimed_type = exactly_one(attributes, oids::CONTENT_TYPE)?;
            if claimed_type.raw != asn1::oid(content_type.oid()) {
                return Err(Fault::ContentTypeMismatch);
            }
        }
        None if at_most_one(attributes, oids::CONTENT_TYPE)?.is_some() => return Err(Fault::BadAttributes),
        None => {}
    }
    let claimed_digest = exactly_one(attributes, oids::MESSAGE_DIGEST)?;
    if claimed_digest.raw != asn1::octet_string(content_digest) {
        return Err(Fault::DigestMismatch);
    }
    signing_time(attributes)?;
    if let Some(protected) = algorithm_protection(attributes)?
        && !(same_algorithm(&protected.digest, &signer.digest_algorithm)
            && same_algorithm(&protected.signature, &signer.signature_algorithm))
    {
        return Err(Fault::AlgorithmMismatch);
    }
    Ok(())
}

impl From<AttributeFault> for Fault {
    fn from(_: AttributeFault) -> Self {
        Self::BadAttributes
    }
}

/// RFC 6211 §3.1 compares encodings; absent and NULL parameters are let pass as one, because programs
/// re-encode them.
fn same_algorithm(left: &[u8], right: &[u8]) -> bool {
    let split = |der: &[u8]| -> Option<(ObjectIdentifier, Vec<u8>)> {
        let (oid, parameters) = super::content_cipher::read_identifier(der).ok()?;
        let parameters = parameters.map(|p| p.raw.to_vec()).filter(|raw| *raw != asn1::null());
        Some((oid, parameters.unwrap_or_default()))
    };
    left == right || (split(left).is_some() && split(left) == split(right))
}

/// Several certificates may carry the name (renewals by subject key identifier): the one whose key fits.
async fn check_candidates(
    backend: &dyn Backend,
    signer: &SignerInfo<'_>,
    signed: &Signed<'_>,
    scheme: SignatureScheme,
    message: &[u8],
) -> Result<(Certificate, Outcome), Outcome> {
    let mut last = Outcome::Unknown(Gap::NoCertificate);
    for certificate in signed.pool.iter().filter(|candidate| signer.sid.names(candidate)) {
        match check_certificate(backend, signer, signed, scheme, message, certificate).await {
            Ok(outcome) => return Ok((certificate.clone(), outcome)),
            Err(outcome) => last = outcome,
        }
    }
    Err(last)
}

async fn check_certificate(
    backend: &dyn Backend,
    signer: &SignerInfo<'_>,
    signed: &Signed<'_>,
    scheme: SignatureScheme,
    message: &[u8],
    certificate: &Certificate,
) -> Result<Outcome, Outcome> {
    let unsupported = Outcome::Unknown(Gap::UnsupportedAlgorithm);
    let key = inherited::public_key(certificate, || {
        let roots = signed.anchors.into_iter().flat_map(Anchors::iter).map(|anchor| &anchor.certificate);
        Box::new(signed.pool.iter().chain(roots))
    })
    .map_err(|_| unsupported)?;
    match backend.verify(&key, scheme, message, &signer.signature, signed.danger_legacy).await {
        Ok(()) => {}
        Err(Error::BadSignature) => return Err(Outcome::Invalid(Fault::BadSignature)),
        Err(Error::LegacyAlgorithm | Error::RsaKeySize { .. }) => {
            return Err(Outcome::Unknown(Gap::LegacyRefused));
        }
        Err(Error::WrongKeyKind) => return Err(Outcome::Invalid(Fault::AlgorithmMismatch)),
        Err(_) => return Err(unsupported),
    }
    let attributes = signer.signed_attributes.as_deref().unwrap_or_default();
    if !ess_names(attributes, certificate).map_err(Outcome::Invalid)? {
        return Err(Outcome::Invalid(Fault::SigningCertificateMismatch));
    }
    Ok(if is_legacy(scheme, &key) { Outcome::Legacy } else { Outcome::Valid })
}

fn is_legacy(scheme: SignatureScheme, key: &PublicKey) -> bool {
    let short = matches!(key.kind(), KeyKind::Rsa { bits } if bits < MIN_RSA_BITS);
    short || scheme.is_legacy()
}

/// Whether every signingCertificate attribute, if there is one, names this certificate first (RFC 5035 §5.4).
fn ess_names(attributes: &[Attribute], certificate: &Certificate) -> Result<bool, Fault> {
    let named = SigningCertificate::of(attributes)?;
    Ok(named.iter().all(|one| one.certificates.first().is_some_and(|first| first.names(certificate))))
}
