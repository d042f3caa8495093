//! What may stand beside a signature, unsigned: time-stamps and countersignatures. Both add to what the signature says; a
//! time-stamp gives the verdict its moment, a countersignature decides nothing.

use serde::{Serialize, Serializer};

use super::judged::Signer;
use super::signer::{CLOCK_TOLERANCE_SECONDS, Judge, fault_code, gap_code};
use crate::UnixTime;
use crate::cms::verify::{CheckedSignature, Outcome};
use crate::path::{Anchors, Budget, Purpose, Validation, validate};
use crate::tsp::{CheckedToken, Imprint};
use crate::verdict::{Code, Note, SignatureVerdict};
use crate::x509::Certificate;

/// A signature over the signature (RFC 5652 §11.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Countersignature {
    /// The verdict.
    pub verdict: SignatureVerdict,
    /// Who countersigned.
    pub signer: Option<Signer>,
    /// Signature algorithm, when it is known.
    pub algorithm: Option<String>,
    /// signingTime, claimed by the countersigner.
    #[serde(serialize_with = "moment")]
    pub signing_time: Option<UnixTime>,
    /// Why the verdict is not `valid`.
    pub reasons: Vec<Note>,
}

/// A time-stamp over the signature (RFC 3161).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timestamp {
    /// The verdict.
    pub verdict: SignatureVerdict,
    /// The authority.
    pub signer: Option<Signer>,
    /// genTime, claimed by the authority.
    #[serde(serialize_with = "moment")]
    pub time: Option<UnixTime>,
    /// By when the signature existed: genTime and the accuracy given with it.
    #[serde(serialize_with = "moment")]
    pub latest: Option<UnixTime>,
    /// The authority's policy.
    pub policy: Option<String>,
    /// The token's number, hexadecimal.
    pub serial: Option<String>,
    /// Why the verdict is not `valid`.
    pub reasons: Vec<Note>,
}

/// Everything that stands beside one signature.
#[derive(Debug, Default)]
pub(super) struct Additions {
    pub(super) countersignatures: Vec<Countersignature>,
    pub(super) timestamps: Vec<Timestamp>,
}

type Found = (SignatureVerdict, Vec<Note>);

impl Judge<'_> {
    pub(super) fn additions(&self, checked: &CheckedSignature) -> Additions {
        Additions {
            countersignatures: checked
                .countersignatures
                .iter()
                .map(|one| self.countersignature(one))
                .collect(),
            timestamps: checked.timestamps.iter().map(|token| self.timestamp(token)).collect(),
        }
    }

    /// The earliest moment that a valid token by a trusted authority proves.
    pub(super) fn proven_moment(&self, checked: &CheckedSignature) -> Option<UnixTime> {
        let valid = |token: &&CheckedToken| self.judge_token(token).0 == SignatureVerdict::Valid;
        let infos = checked.timestamps.iter().filter(valid).filter_map(|token| token.info.as_ref());
        infos.map(|info| info.latest).min()
    }

    fn countersignature(&self, checked: &CheckedSignature) -> Countersignature {
        let at = checked.signing_time.filter(|claimed| *claimed <= self.now).unwrap_or(self.now);
        let trusted = |certificate: &Certificate| {
            if !certificate.can_sign() {
                return Some(Note::from(Code::NotForSigning));
            }
            self.path_fault(certificate, &self.trust.anchors, self.pool, Purpose::Email, at)
        };
        let (verdict, reasons) = judge_arithmetic(checked, trusted);
        Countersignature {
            verdict,
            signer: checked.certificate.as_ref().map(Signer::from_certificate),
            algorithm: checked.scheme.map(|scheme| scheme.name()),
            signing_time: checked.signing_time,
            reasons,
        }
    }

    fn timestamp(&self, token: &CheckedToken) -> Timestamp {
        let (verdict, reasons) = self.judge_token(token);
        let certificate = token.signature.as_ref().and_then(|signature| signature.certificate.as_ref());
        let info = token.info.as_ref();
        Timestamp {
            verdict,
            signer: certificate.map(Signer::from_certificate),
            time: info.map(|info| info.at),
            latest: info.map(|info| info.latest),
            policy: info.map(|info| info.policy.to_string()),
            serial: info.map(|info| hex::encode(&info.serial)),
            reasons,
        }
    }

    fn judge_token(&self, token: &CheckedToken) -> Found {
        let invalid = |code: Code| (SignatureVerdict::Invalid, vec![Note::from(code)]);
        let (Some(info), Some(signature)) = (&token.info, &token.signature) else {
            return invalid(Code::TimestampInvalid);
        };
        match token.imprint {
            Imprint::Matches => {}
            Imprint::Differs => return invalid(Code::TimestampMismatch),
            Imprint::Unusable => return (SignatureVerdict::Unknown, vec![Code::AlgorithmUnsupported.into()]),
        }
        if !token.names_certificate || info.at > self.now.plus_seconds(CLOCK_TOLERANCE_SECONDS) {
            return invalid(Code::TimestampInvalid);
        }
        judge_arithmetic(signature, |certificate| {
            if !token.may_be_by(certificate) {
                return Some(Note::from(Code::TimestampPurpose));
            }
            let anchors = &self.trust.tsa_anchors;
            self.path_fault(certificate, anchors, &token.pool, Purpose::TimeStamping, info.at)
        })
    }

    /// Why no path holds; RFC 5280 §6 from other anchors than the sender's where `anchors` are others.
    fn path_fault(
        &self,
        certificate: &Certificate,
        anchors: &Anchors,
        intermediates: &[Certificate],
        purpose: Purpose,
        at: UnixTime,
    ) -> Option<Note> {
        let validation = Validation {
            anchors,
            intermediates,
            crls: &self.trust.crls,
            at,
            now: self.now,
            purpose,
            revocation: self.trust.revocation,
            max_list_age: self.trust.max_list_age,
            ..Validation::for_email(anchors, at)
        };
        validate(certificate, &validation, Budget::default()).err().map(|error| Note::from(&error))
    }
}

/// The verdict over a signature, with `fault` asked about its certificate when the arithmetic is right.
fn judge_arithmetic(checked: &CheckedSignature, fault: impl FnOnce(&Certificate) -> Option<Note>) -> Found {
    let note = |code: Code| vec![Note::from(code)];
    match (checked.outcome, &checked.certificate) {
        (Outcome::Invalid(fault), _) => (SignatureVerdict::Invalid, note(fault_code(fault))),
        (Outcome::Unknown(gap), _) => (SignatureVerdict::Unknown, note(gap_code(gap))),
        (_, None) => (SignatureVerdict::Unknown, note(Code::CertificateMissing)),
        (Outcome::Legacy, Some(_)) => (SignatureVerdict::Legacy, note(Code::LegacyAlgorithm)),
        (Outcome::Valid, Some(certificate)) => match fault(certificate) {
            Some(note) => (SignatureVerdict::Untrusted, vec![note]),
            None => (SignatureVerdict::Valid, Vec::new()),
        },
    }
}

fn moment<S: Serializer>(at: &Option<UnixTime>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(UnixTime::to_rfc3339).serialize(serializer)
}
