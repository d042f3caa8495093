//! OCSP (RFC 6960): answers and requests as they stand in files; nothing is ever fetched.
//!
//! An [`OcspResponse`] that was read is well-formed and proves nothing. Whether it was signed by somebody who may answer for
//! a certificate's issuer is decided in [`crate::path`], which uses answers beside revocation lists.

mod read;

use const_oid::ObjectIdentifier;
use sha2::Digest;

use crate::crl::RevocationReason;
use crate::error::{Error, Result, Structure};
use crate::key::{DigestAlgorithm, PublicKey};
use crate::name::Name;
use crate::time::UnixTime;
use crate::x509::Certificate;
use crate::x509::signed::Signed;
use crate::{asn1, oids, pem};

/// OCSPResponseStatus (RFC 6960 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseStatus {
    /// An answer is inside.
    Successful,
    /// The request was malformed.
    MalformedRequest,
    /// The responder failed.
    InternalError,
    /// Try again later.
    TryLater,
    /// The request must be signed.
    SigRequired,
    /// The requester may not ask.
    Unauthorized,
}

/// What a responder says about one certificate (RFC 6960 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// When.
        at: UnixTime,
        /// Why.
        reason: RevocationReason,
    },
    /// The responder does not know the certificate.
    Unknown,
}

/// CertID (RFC 6960 §4.1.1): names a certificate by hashes of its issuer. Only an identification, so SHA-1 is no weakness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertId {
    /// The hash function, known or not.
    pub hash: ObjectIdentifier,
    /// The hash of the issuer's name.
    pub issuer_name_hash: Vec<u8>,
    /// The hash of the issuer's public key.
    pub issuer_key_hash: Vec<u8>,
    /// The content octets of the serial number.
    pub serial: Vec<u8>,
}

/// SHA-224 is known here only, where nothing depends on it.
const SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4");

impl CertId {
    /// Whether it names this certificate of this issuer.
    #[must_use]
    pub fn names(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let hashed = |bytes: &[u8]| match DigestAlgorithm::from_oid(self.hash) {
            Ok(digest) => digest.hash_here(bytes).ok(),
            Err(_) => (self.hash == SHA224).then(|| sha2::Sha224::digest(bytes).to_vec()),
        };
        self.serial == certificate.serial()
            && hashed(certificate.issuer().der()).as_ref() == Some(&self.issuer_name_hash)
            && hashed(&key_bits(issuer)).as_ref() == Some(&self.issuer_key_hash)
    }
}

/// One SingleResponse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleAnswer {
    /// Which certificate it is about.
    pub id: CertId,
    /// What is said.
    pub status: CertStatus,
    /// When that was known to be right.
    pub this_update: UnixTime,
    /// When newer information is due at the latest; `None` when it always is.
    pub next_update: Option<UnixTime>,
    /// A critical extension is not understood.
    pub(crate) unusable: bool,
}

/// ResponderID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderId {
    /// By the subject of the responder's certificate.
    ByName(Name),
    /// By the SHA-1 hash of the responder's public key.
    ByKey(Vec<u8>),
}

/// BasicOCSPResponse: what was said, and by whom.
#[derive(Clone, Debug)]
pub struct BasicAnswer {
    tbs: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    responder: ResponderId,
    produced_at: UnixTime,
    singles: Vec<SingleAnswer>,
    nonce: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
    unusable: bool,
}

impl BasicAnswer {
    /// Who says to have signed it.
    #[must_use]
    pub fn responder(&self) -> &ResponderId {
        &self.responder
    }

    /// When it was signed.
    #[must_use]
    pub fn produced_at(&self) -> UnixTime {
        self.produced_at
    }

    /// All that is said.
    #[must_use]
    pub fn singles(&self) -> &[SingleAnswer] {
        &self.singles
    }

    /// The nonce of the request it answers (RFC 9654), if it repeats one.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// The certificates it brings along; untrusted.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Whether something is said that still holds at `now`: by nextUpdate, which the responder may leave out.
    #[must_use]
    pub fn is_current_at(&self, now: UnixTime) -> bool {
        let ends = self.singles.iter().filter_map(|single| single.next_update);
        ends.max().is_some_and(|end| now <= end)
    }

    /// Whether the responder identifier is this certificate's.
    #[must_use]
    pub fn names(&self, responder: &Certificate) -> bool {
        match &self.responder {
            ResponderId::ByName(name) => name == responder.subject(),
            ResponderId::ByKey(hash) => {
                DigestAlgorithm::Sha1.hash_here(&key_bits(responder)).is_ok_and(|found| found == *hash)
            }
        }
    }

    /// What is said about a certificate.
    pub fn about<'a>(
        &'a self,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
    ) -> impl Iterator<Item = &'a SingleAnswer> {
        self.singles.iter().filter(move |single| single.id.names(certificate, issuer))
    }

    /// Verifies the signature; whether the key's holder may answer is another question.
    ///
    /// # Errors
    /// `BadSignature`, `LegacyAlgorithm`, `UnsupportedAlgorithm` and the like.
    pub fn verify_signed_by(&self, key: &PublicKey, danger_legacy: bool) -> Result<()> {
        self.signed().verify(key, danger_legacy)
    }

    /// What the signature is over, and the signature.
    pub(crate) fn signed(&self) -> Signed<'_> {
        Signed { tbs: &self.tbs, algorithm: &self.algorithm, signature: &self.signature }
    }

    /// Whether a critical extension is not understood.
    pub(crate) fn is_unusable(&self) -> bool {
        self.unusable
    }
}

/// An OCSPResponse that was read: well-formed, not yet judged.
#[derive(Clone, Debug)]
pub struct OcspResponse {
    status: ResponseStatus,
    answer: Option<BasicAnswer>,
}

impl OcspResponse {
    /// Reads a DER-encoded OCSPResponse.
    ///
    /// # Errors
    /// `Malformed`; `UnsupportedAlgorithm` for a type of response other than basic.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        read::response(der)
    }

    /// Reads every answer of a PEM text ("OCSP RESPONSE"), or the one of a DER file.
    ///
    /// # Errors
    /// `Missing` when there is none; else as [`Self::from_der`].
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>> {
        if !pem::is_pem(bytes) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let blocks = pem::blocks(bytes)?;
        let answers = blocks.iter().filter(|block| block.label == "OCSP RESPONSE");
        let found: Vec<Self> = answers.map(|block| Self::from_der(&block.der)).collect::<Result<_>>()?;
        if found.is_empty() { Err(Error::Missing { what: Structure::OcspResponse }) } else { Ok(found) }
    }

    /// Whether there is an answer, and why not.
    #[must_use]
    pub fn status(&self) -> ResponseStatus {
        self.status
    }

    /// The answer of a successful response.
    #[must_use]
    pub fn answer(&self) -> Option<&BasicAnswer> {
        self.answer.as_ref()
    }
}

/// An OCSPRequest that was read; its signature, if it has one, is not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    /// The certificates asked about.
    pub ids: Vec<CertId>,
    /// The nonce (RFC 9654).
    pub nonce: Option<Vec<u8>>,
    /// Whether it is signed.
    pub signed: bool,
}

impl OcspRequest {
    /// Reads a DER-encoded OCSPRequest.
    ///
    /// # Errors
    /// `Malformed` describes the input.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        read::request(der)
    }
}

/// The octets of the subjectPublicKey, of whatever algorithm.
fn key_bits(certificate: &Certificate) -> Vec<u8> {
    let read = || {
        let mut spki = asn1::Reader::only(certificate.spki_der(), asn1::SEQUENCE)?;
        spki.next()?;
        spki.expect(asn1::BIT_STRING)?.whole_bits().map(<[u8]>::to_vec)
    };
    read().unwrap_or_default()
}

/// The identifier of the only type of response there is (RFC 6960 §4.2.1).
const BASIC: ObjectIdentifier = oids::OCSP_BASIC;
