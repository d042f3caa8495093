//! SignedData, written (RFC 5652 §5, RFC 8551 §3.5) with the attributes every letter of ours carries.

use rand_core::CryptoRng;

use super::attributes::{self, Attribute, algorithm_protection_attribute, signing_certificate_attribute};
use super::capabilities::Capabilities;
use super::content_info::{self, ContentType};
use super::emit::Layer;
use super::oids;
use crate::UnixTime;
use crate::asn1;
use crate::backend::{Backend, Rust, ready};
use crate::error::Result;
use crate::key::{DigestAlgorithm, KeyKind, SignatureScheme};
use crate::x509::Identity;

/// Whether the content travels inside (`application/pkcs7-mime`) or beside (`multipart/signed`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enclosure {
    /// Opaque: the content is inside.
    Opaque,
    /// Detached: the content travels beside.
    Detached,
}

/// Signs `content` and returns a ContentInfo in DER, with the signer's chain but no self-signed root.
///
/// `now` becomes signingTime.
///
/// # Errors
/// `WrongKeyKind` when `scheme` is not for the signer's key; `Malformed` for a moment outside ASN.1's years.
pub fn sign(
    content: &[u8],
    enclosure: Enclosure,
    signer: &Identity,
    scheme: SignatureScheme,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    ready(sign_with(&Rust, content, enclosure, signer, scheme, now, rng))
}

/// [`sign`] over another backend than the reference.
///
/// # Errors
/// As [`sign`].
pub async fn sign_with(
    backend: &dyn Backend,
    content: &[u8],
    enclosure: Enclosure,
    signer: &Identity,
    scheme: SignatureScheme,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let statement = Statement::new(content, ContentType::Data, enclosure);
    sign_statement(backend, statement, signer, scheme, now, rng).await
}

/// What is signed, and what is said about it beside what every signature of ours says.
pub(crate) struct Statement<'a> {
    pub(crate) content: &'a [u8],
    pub(crate) content_type: ContentType,
    pub(crate) enclosure: Enclosure,
    /// SHA-256 of the content, where somebody computed it already.
    #[cfg(feature = "fast")]
    pub(crate) sha256: Option<[u8; 32]>,
    /// Further signed attributes.
    pub(crate) more: Vec<Attribute>,
}

impl<'a> Statement<'a> {
    /// One without further attributes.
    pub(crate) fn new(content: &'a [u8], content_type: ContentType, enclosure: Enclosure) -> Self {
        Self {
            content,
            content_type,
            enclosure,
            #[cfg(feature = "fast")]
            sha256: None,
            more: Vec::new(),
        }
    }

    async fn digest(&self, backend: &dyn Backend, algorithm: DigestAlgorithm) -> Result<Vec<u8>> {
        #[cfg(feature = "fast")]
        if let (DigestAlgorithm::Sha256, Some(known)) = (algorithm, self.sha256) {
            return Ok(known.to_vec());
        }
        backend.digest(algorithm, self.content).await
    }
}

/// [`sign_with`] for other content types and with further attributes.
///
/// # Errors
/// As [`sign`].
pub(crate) async fn sign_statement(
    backend: &dyn Backend,
    statement: Statement<'_>,
    signer: &Identity,
    scheme: SignatureScheme,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let digest = statement.digest(backend, scheme.digest()).await?;
    let Statement { content, content_type, enclosure, more, .. } = statement;
    let length = if enclosure == Enclosure::Opaque { content.len() } else { 0 };
    let shell = Shell { digest: &digest, length, room: content.len(), content_type, enclosure, more };
    let (mut der, after) = sign_around(backend, shell, signer, scheme, now, rng).await?;
    if enclosure == Enclosure::Opaque {
        der.extend_from_slice(content);
    }
    der.extend_from_slice(&after);
    Ok(der)
}

/// What is signed, when the content itself is elsewhere.
pub(crate) struct Shell<'a> {
    /// The content's digest, by the scheme's algorithm.
    pub(crate) digest: &'a [u8],
    /// Octets of the content; nothing when it travels beside.
    pub(crate) length: usize,
    /// For how many octets more there shall be room in what is before the content.
    pub(crate) room: usize,
    pub(crate) content_type: ContentType,
    pub(crate) enclosure: Enclosure,
    /// Further signed attributes.
    pub(crate) more: Vec<Attribute>,
}

/// What of a ContentInfo with SignedData stands before and after the content.
///
/// # Errors
/// As [`sign`].
pub(crate) async fn sign_around(
    backend: &dyn Backend,
    shell: Shell<'_>,
    signer: &Identity,
    scheme: SignatureScheme,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let (content_type, enclosure) = (shell.content_type, shell.enclosure);
    let (length, room) = (shell.length, shell.room);
    let signer_info = signer_info(backend, shell, signer, scheme, now, rng).await?;
    // RFC 5652 §5.1: 3 for everything but id-data.
    let version = asn1::small_integer(if content_type == ContentType::Data { 1 } else { 3 });
    let digests = asn1::set_of(vec![scheme.digest().identifier_der()]);
    let certificates = carried_certificates(signer);
    let signer_infos = asn1::set_of(vec![signer_info]);
    let after = [certificates, signer_infos].concat();
    let data = asn1::oid(content_type.oid());
    let before = [version, digests].concat();
    let mut layers = vec![
        Layer { identifier: asn1::SEQUENCE, before: &before, after: &after },
        Layer { identifier: asn1::SEQUENCE, before: &data, after: &[] },
    ];
    if enclosure == Enclosure::Opaque {
        layers.push(Layer { identifier: asn1::context(0), before: &[], after: &[] });
        layers.push(Layer { identifier: asn1::OCTET_STRING, before: &[], after: &[] });
    }
    Ok(content_info::around(ContentType::SignedData, &layers, length, room))
}

/// The scheme of profile `compat`: PKCS#1 v1.5 for RSA keys, ECDSA as ever.
#[must_use]
pub fn compat_scheme(signer: &Identity) -> SignatureScheme {
    match signer.key.kind() {
        KeyKind::Rsa { .. } => SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
        _ => signer.key.default_scheme(),
    }
}

async fn signer_info(
    backend: &dyn Backend,
    shell: Shell<'_>,
    signer: &Identity,
    scheme: SignatureScheme,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let mut attributes = signed_attributes(shell.digest, shell.content_type, signer, scheme, now)?;
    attributes.extend(shell.more);
    let signed = attributes::encode(asn1::SET, &attributes);
    let signature = backend.sign(&signer.key, scheme, &signed, rng).await?;
    Ok(asn1::sequence(&[
        &asn1::small_integer(1),
        &signer.certificate.issuer_and_serial_der(),
        &scheme.digest().identifier_der(),
        &attributes::encode(asn1::context(0), &attributes),
        &scheme.identifier_der(),
        &asn1::octet_string(&signature),
    ]))
}

fn signed_attributes(
    content_digest: &[u8],
    content_type: ContentType,
    signer: &Identity,
    scheme: SignatureScheme,
    now: UnixTime,
) -> Result<Vec<Attribute>> {
    let digest = scheme.digest();
    let certificate_digest = DigestAlgorithm::Sha256.hash_here(signer.certificate.der())?;
    Ok(vec![
        Attribute::single(oids::CONTENT_TYPE, &asn1::oid(content_type.oid())),
        Attribute::single(oids::MESSAGE_DIGEST, &asn1::octet_string(content_digest)),
        Attribute::single(oids::SIGNING_TIME, &now.to_asn1()?),
        signing_certificate_attribute(&certificate_digest),
        algorithm_protection_attribute(&digest.identifier_der(), &scheme.identifier_der())?,
        Capabilities::own().to_attribute(),
    ])
}

/// `certificates [0] IMPLICIT SET OF`: the signer's and its issuers; a self-signed root proves nothing here.
fn carried_certificates(signer: &Identity) -> Vec<u8> {
    let issuers = signer.chain.iter().filter(|certificate| !certificate.is_self_issued());
    let all = std::iter::once(&signer.certificate).chain(issuers);
    super::emit::set_of(asn1::context(0), all.map(|certificate| certificate.der().to_vec()).collect())
}
