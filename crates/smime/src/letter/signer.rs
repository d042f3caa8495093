//! Whether a signer is to be believed: path, moment, and being the person in the From field.

use sceau_mime::Address;

#[cfg(feature = "more")]
use super::carried::Carried;
use super::open::TrustSettings;
use crate::UnixTime;
use crate::cms::verify::{CheckedSignature, Fault, Gap, Outcome};
use crate::crl::RevocationReason;
use crate::path::{Budget, PathError, Purpose, RevocationState, ValidPath, Validation, validate};
use crate::verdict::{Code, Note, SignatureVerdict, TimeSource};
use crate::x509::Certificate;

/// How far a signing time may lie in the reader's future; clocks differ by less (design: 5 minutes).
pub const CLOCK_TOLERANCE_SECONDS: i64 = 300;

/// A signature that was checked, by a signer who is trusted and is the sender. The proof behind every green
/// state; only this module makes it.
#[derive(Debug, Clone)]
pub struct Verified {
    certificate: Certificate,
    path: ValidPath,
    at: UnixTime,
    time_source: TimeSource,
    gateway: bool,
}

impl Verified {
    /// The signer's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The path that was validated.
    #[must_use]
    pub fn path(&self) -> &ValidPath {
        &self.path
    }

    /// The moment for which it holds.
    #[must_use]
    pub fn at(&self) -> UnixTime {
        self.at
    }

    /// Where the moment comes from.
    #[must_use]
    pub fn time_source(&self) -> TimeSource {
        self.time_source
    }

    /// Whether a gateway signed for the sender.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        self.gateway
    }
}

/// The verdict over one signature and what follows from it.
#[derive(Debug)]
pub(super) struct JudgedSignature {
    pub(super) verdict: SignatureVerdict,
    pub(super) reasons: Vec<Note>,
    pub(super) warnings: Vec<Note>,
    pub(super) verified: Option<Verified>,
    /// Tampering, a pretender, or a compromised key: nothing about the letter can be relied on.
    pub(super) broken: bool,
}

/// What a signature is judged by.
pub(super) struct Judge<'a> {
    pub(super) trust: &'a TrustSettings,
    /// The message's own certificates and the given ones.
    pub(super) pool: &'a [Certificate],
    /// What the message itself says about revocation.
    #[cfg(feature = "more")]
    pub(super) carried: &'a Carried,
    /// The one author, or why there is none.
    pub(super) from: Result<&'a Address, Code>,
    pub(super) now: UnixTime,
    pub(super) first_success: Option<UnixTime>,
    pub(super) danger_legacy: bool,
}

impl Judge<'_> {
    pub(super) fn judge(&self, checked: &CheckedSignature) -> JudgedSignature {
        match (checked.outcome, &checked.certificate) {
            (Outcome::Invalid(fault), _) => {
                JudgedSignature { broken: true, ..refused(SignatureVerdict::Invalid, fault_code(fault)) }
            }
            (Outcome::Unknown(gap), _) => refused(SignatureVerdict::Unknown, gap_code(gap)),
            (Outcome::Valid | Outcome::Legacy, None) => {
                refused(SignatureVerdict::Unknown, Code::CertificateMissing)
            }
            (Outcome::Valid, Some(certificate)) => self.judge_signer(checked, certificate),
            (Outcome::Legacy, Some(certificate)) => as_legacy(self.judge_signer(checked, certificate)),
        }
    }

    fn judge_signer(&self, checked: &CheckedSignature, certificate: &Certificate) -> JudgedSignature {
        if !certificate.can_sign() {
            return refused(SignatureVerdict::Untrusted, Code::NotForSigning);
        }
        let moment = self.moment(checked, certificate);
        let is_sender = self.from.is_ok_and(|from| names(certificate, from));
        #[cfg(feature = "more")]
        let by_domain = !is_sender
            && self.trust.domain_bound
            && self.from.is_ok_and(|from| certificate.is_bound_to_domain_of(&from.email));
        #[cfg(feature = "more")]
        let is_sender = is_sender || by_domain;
        let address = self.from.ok().filter(|_| is_sender).map(|from| from.email.as_str());
        let refused_for = |error: PathError| JudgedSignature {
            broken: is_compromise(&error),
            ..refused(SignatureVerdict::Untrusted, Note::from(&error))
        };
        let mut judged = match self.validate(certificate, &moment, address, false) {
            Ok(path) => self.judge_sender(certificate, path, &moment, is_sender),
            // A path that holds only with legacy algorithms, when the caller lets them be computed with.
            Err(_) if self.danger_legacy => match self.validate(certificate, &moment, address, true) {
                Ok(path) => as_legacy(self.judge_sender(certificate, path, &moment, is_sender)),
                Err(error) => refused_for(error),
            },
            Err(error) => refused_for(error),
        };
        judged.warnings.extend(moment.warning.map(Note::from));
        #[cfg(feature = "more")]
        if by_domain {
            judged.warnings.push(Code::DomainBoundCertificate.into());
        }
        judged
    }

    /// Lists that were given but tell nothing now confirm nobody for the first time; what a fresh list has confirmed once
    /// stays confirmed, with a warning, because a late list is no news about an old letter.
    fn judge_sender(
        &self,
        certificate: &Certificate,
        path: ValidPath,
        moment: &Moment,
        is_sender: bool,
    ) -> JudgedSignature {
        let stale = unknown_since(path.revocation);
        let gateway = path.anchor.gateway;
        let fault = match self.from {
            Err(code) => Some((code, false)),
            Ok(from) if gateway => (!self.gateway_may(&path, from)).then_some((Code::GatewayPretender, true)),
            Ok(_) => (!is_sender).then_some((Code::SignerNotFrom, true)),
        };
        if let (None, Some(note)) = (fault, &stale)
            && self.first_success.is_none()
        {
            return refused(SignatureVerdict::Untrusted, note.clone());
        }
        let verified = Verified {
            certificate: certificate.clone(),
            path,
            at: moment.at,
            time_source: moment.source,
            gateway,
        };
        JudgedSignature {
            verdict: SignatureVerdict::Valid,
            reasons: fault.iter().map(|(code, _)| Note::from(*code)).collect(),
            warnings: stale.into_iter().collect(),
            verified: fault.is_none().then_some(verified),
            broken: fault.is_some_and(|(_, pretends)| pretends),
        }
    }

    /// The earliest proven moment (design, section 3): a valid token's, else the first successful check the caller kept,
    /// else the signing time if the certificate was valid then, else now. A token from after the certificate's end tells
    /// nothing that the signing time does not.
    fn moment(&self, checked: &CheckedSignature, certificate: &Certificate) -> Moment {
        #[cfg(feature = "more")]
        if let Some(at) = self.proven_moment(checked).filter(|at| certificate.is_valid_at(*at)) {
            return Moment { at, source: TimeSource::Token, warning: None };
        }
        #[cfg_attr(not(feature = "more"), expect(unused_mut, reason = "no time-stamp to tell about"))]
        let mut moment = self.unproven_moment(checked, certificate);
        #[cfg(feature = "more")]
        if !checked.timestamps.is_empty() && !self.trust.tsa_anchors.is_empty() {
            moment.warning = moment.warning.or(Some(Code::TimestampUnusable));
        }
        moment
    }

    fn unproven_moment(&self, checked: &CheckedSignature, certificate: &Certificate) -> Moment {
        let given = |at, warning| Moment { at, source: TimeSource::Given, warning };
        if let Some(first) = self.first_success {
            return given(first, None);
        }
        let Some(claimed) = checked.signing_time else { return given(self.now, None) };
        if claimed > self.now.plus_seconds(CLOCK_TOLERANCE_SECONDS) {
            return given(self.now, Some(Code::SigningTimeInFuture));
        }
        if !certificate.is_valid_at(claimed) {
            return given(self.now, Some(Code::SigningTimeUnusable));
        }
        Moment { at: claimed, source: TimeSource::SigningTime, warning: None }
    }

    fn validate(
        &self,
        certificate: &Certificate,
        moment: &Moment,
        address: Option<&str>,
        danger_legacy: bool,
    ) -> Result<ValidPath, PathError> {
        let validation = Validation {
            intermediates: self.pool,
            crls: &self.trust.crls,
            ocsp: &self.trust.ocsp,
            at: moment.at,
            purpose: Purpose::Email,
            revocation: self.trust.revocation,
            max_list_age: self.trust.max_list_age,
            address,
            danger_legacy,
            proven: moment.source == TimeSource::Token,
            ..Validation::for_email(&self.trust.anchors, self.now)
        };
        let found = validate(certificate, &validation, Budget::default());
        #[cfg(feature = "more")]
        let found = self.carried.complete(certificate, &validation, found);
        found
    }

    /// A gateway speaks for domains it is named for, which no anchor of members claims, and only under the
    /// gateway policy the reader has set.
    fn gateway_may(&self, path: &ValidPath, from: &Address) -> bool {
        let named = path.anchor.domains.is_some() && path.anchor.may_speak_for(&from.email);
        let members =
            self.trust.anchors.iter().any(|anchor| {
                !anchor.gateway && anchor.domains.is_some() && anchor.may_speak_for(&from.email)
            });
        let policy = self
            .trust
            .gateway_policy
            .is_some_and(|policy| path.certificates.first().is_some_and(|leaf| has_policy(leaf, policy)));
        named && !members && policy
    }
}

/// That lists were given and none of them is of use now, and since when.
fn unknown_since(state: RevocationState) -> Option<Note> {
    let RevocationState::Unknown { since } = state else { return None };
    let mut note = Note::from(Code::RevocationNotCurrent);
    if let Some(since) = since {
        note.text = format!("{} Unknown since {}.", note.text, since.to_rfc3339());
    }
    Some(note)
}

struct Moment {
    at: UnixTime,
    source: TimeSource,
    warning: Option<Code>,
}

/// What a legacy algorithm leaves of a verdict: never a proof.
fn as_legacy(mut judged: JudgedSignature) -> JudgedSignature {
    if judged.verdict == SignatureVerdict::Valid {
        judged.verdict = SignatureVerdict::Legacy;
    }
    judged.verified = None;
    let note = Note::from(Code::LegacyAlgorithm);
    if !judged.reasons.contains(&note) {
        judged.reasons.push(note);
    }
    judged
}

fn refused(verdict: SignatureVerdict, reason: impl Into<Note>) -> JudgedSignature {
    JudgedSignature {
        verdict,
        reasons: vec![reason.into()],
        warnings: Vec::new(),
        verified: None,
        broken: false,
    }
}

/// Whether one of the certificate's addresses is the mailbox (RFC 8550 §3).
pub(super) fn names(certificate: &Certificate, mailbox: &Address) -> bool {
    certificate.has_email(&mailbox.email)
        || certificate.emails().iter().any(|email| Address::bare(*email).same_mailbox(mailbox))
}

/// certificatePolicies ::= SEQUENCE OF SEQUENCE { policyIdentifier OBJECT IDENTIFIER, … } (RFC 5280 §4.2.1.4)
fn has_policy(certificate: &Certificate, policy: const_oid::ObjectIdentifier) -> bool {
    use crate::asn1::{self, Reader};
    let Some(extension) = certificate.extensions().get(crate::oids::CERTIFICATE_POLICIES) else {
        return false;
    };
    Reader::only(&extension.value, asn1::SEQUENCE).and_then(Reader::all).is_ok_and(|policies| {
        policies.iter().any(|entry| {
            entry.reader().expect(asn1::OID).and_then(|oid| oid.oid()).is_ok_and(|oid| oid == policy)
        })
    })
}

fn is_compromise(error: &PathError) -> bool {
    matches!(error, PathError::Revoked { reason, .. } if RevocationReason::is_compromise(*reason))
}

pub(super) fn fault_code(fault: Fault) -> Code {
    match fault {
        Fault::DigestMismatch => Code::DigestMismatch,
        Fault::BadSignature => Code::BadSignature,
        Fault::ContentTypeMismatch => Code::ContentTypeMismatch,
        Fault::BadAttributes => Code::BadSignedAttributes,
        Fault::SigningCertificateMismatch => Code::SigningCertificateMismatch,
        Fault::AlgorithmMismatch => Code::AlgorithmMismatch,
    }
}

pub(super) fn gap_code(gap: Gap) -> Code {
    match gap {
        Gap::NoCertificate => Code::CertificateMissing,
        Gap::UnsupportedAlgorithm => Code::AlgorithmUnsupported,
        Gap::LegacyRefused => Code::LegacyRefused,
        Gap::NoContent => Code::ContentMissing,
    }
}
