//! OCSP answers: which are about a certificate, who signed them, what they tell (RFC 6960 §3.2, §4.2.2.2).

use super::build::{Builder, Signed};
use super::check::check_critical;
use super::revocation::{Finding, Subject};
use super::{PathError, RevocationMode, RevocationState};
use crate::ocsp::{BasicAnswer, CertStatus, SingleAnswer};
use crate::oids;
use crate::time::UnixTime;
use crate::x509::Certificate;
use crate::x509::distribution::Reasons;

impl<'a> Builder<'a> {
    /// What the answers say. An answer that is an error report says nothing.
    pub(super) fn ask_answers(&mut self, subject: Subject<'_>) -> Result<Vec<Finding>, PathError> {
        // A page is given lists; answers are loaded with the rest of what it seldom needs.
        if cfg!(not(feature = "more")) {
            return Ok(Vec::new());
        }
        let validation = self.validation;
        let mut findings = Vec::new();
        for (place, response) in validation.ocsp.iter().enumerate() {
            let Some(answer) = response.answer() else { continue };
            if self.open.contains(&Signed::Answer(place)) {
                continue;
            }
            self.budget.spend_step()?;
            let about: Vec<&SingleAnswer> = answer
                .about(subject.certificate, subject.issuer)
                .filter(|one| one.this_update <= validation.now)
                .collect();
            if about.is_empty() {
                continue;
            }
            let genuine = self.is_genuine(place, answer, subject)?;
            findings.extend(
                about
                    .into_iter()
                    .map(|one| if genuine { self.finding(one) } else { Finding::useless(one.this_update) }),
            );
        }
        Ok(findings)
    }

    fn finding(&self, one: &SingleAnswer) -> Finding {
        let next_update = one.next_update.unwrap_or(one.this_update.plus_seconds(UnixTime::DAY));
        let end = Some(self.last_moment(one.this_update, next_update));
        let usable = Finding { produced: one.this_update, end, covers: Reasons::ALL, revoked: None };
        match one.status {
            // A responder that does not know the certificate says nothing about it (RFC 6960 §2.2).
            _ if one.unusable => Finding::useless(one.this_update),
            CertStatus::Unknown => Finding::useless(one.this_update),
            CertStatus::Good => usable,
            CertStatus::Revoked { at, reason } => Finding { revoked: Some((at, reason)), ..usable },
        }
    }

    /// Whether the answer was signed by the certificate's issuer, or by somebody the issuer made a responder.
    fn is_genuine(
        &mut self,
        place: usize,
        answer: &'a BasicAnswer,
        subject: Subject<'_>,
    ) -> Result<bool, PathError> {
        if answer.is_unusable() {
            return Ok(false);
        }
        if answer.names(subject.issuer) && self.signed_answer(place, answer, subject.issuer)? {
            return Ok(true);
        }
        let validation = self.validation;
        for responder in answer.certificates().iter().chain(validation.intermediates) {
            self.budget.spend_step()?;
            if answer.names(responder)
                && may_answer(responder, subject.issuer, validation.now)
                && self.signed_by(responder, subject.issuer)?
                && self.signed_answer(place, answer, responder)?
                && self.responder_stands(place, responder, subject)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn signed_answer(
        &mut self,
        place: usize,
        answer: &BasicAnswer,
        signer: &Certificate,
    ) -> Result<bool, PathError> {
        Ok(self.signature(Signed::Answer(place), signer, || Ok(answer.signed()))?.is_ok())
    }

    /// The three ways of RFC 6960 §4.2.2.2.1: not to be checked at all, to be checked at the place it names, or as the reader
    /// decides: then what is known counts, and nothing known is no fault.
    fn responder_stands(
        &mut self,
        place: usize,
        responder: &Certificate,
        subject: Subject<'_>,
    ) -> Result<bool, PathError> {
        if responder.has_extension(oids::OCSP_NOCHECK) {
            return Ok(true);
        }
        let names_a_place = responder.has_extension(oids::CRL_DISTRIBUTION_POINTS)
            || responder.has_extension(oids::AUTHORITY_INFO_ACCESS);
        self.open.push(Signed::Answer(place));
        let status = self.status(Subject { certificate: responder, at: self.validation.now, ..subject });
        self.open.pop();
        match status {
            Ok(RevocationState::Good) => Ok(true),
            Ok(RevocationState::NotChecked) => {
                Ok(!names_a_place || self.validation.revocation != RevocationMode::Require)
            }
            Ok(RevocationState::Unknown { .. }) => Ok(!names_a_place),
            Err(PathError::BudgetSpent) => Err(PathError::BudgetSpent),
            Err(_) => Ok(false),
        }
    }
}

/// Whether a certificate says that its holder answers for this issuer, now.
fn may_answer(responder: &Certificate, issuer: &Certificate, now: UnixTime) -> bool {
    let extensions = responder.extensions();
    let for_answers = extensions.ext_key_usage.as_ref().is_some_and(|ids| ids.contains(&oids::OCSP_SIGNING));
    let usage = extensions.key_usage;
    responder.issuer() == issuer.subject()
        && for_answers
        && usage.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation())
        && responder.is_valid_at(now)
        && check_critical(responder).is_ok()
}
