//! What lists and answers together say about the certificates of a path (RFC 5280 §6.3, RFC 6960).

use super::build::Builder;
use super::{Anchor, PathError, RevocationMode, RevocationState};
use crate::crl::RevocationReason;
use crate::time::UnixTime;
use crate::x509::Certificate;
use crate::x509::distribution::Reasons;

/// Deepest nesting of "the signer of a list, whose status a list tells, whose signer …"; real ones have one level.
const MAX_OPEN: usize = 6;

/// A certificate whose status is asked for, and the authorities above it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'p> {
    pub(super) certificate: &'p Certificate,
    pub(super) issuer: &'p Certificate,
    /// Further authorities of the path, the anchor not among them.
    pub(super) above: &'p [&'p Certificate],
    pub(super) anchor: &'p Anchor,
    /// The moment for which the certificate must stand.
    pub(super) at: UnixTime,
}

/// What one source says about one certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    /// When the source was made (thisUpdate).
    pub(super) produced: UnixTime,
    /// Until when it tells something; `None` for a source that cannot be used.
    pub(super) end: Option<UnixTime>,
    /// For which reasons it would tell a revocation.
    pub(super) covers: Reasons,
    /// The revocation it tells: since when, and why.
    pub(super) revoked: Option<(UnixTime, RevocationReason)>,
}

impl Finding {
    /// A source that is about the certificate and of no use.
    pub(super) fn useless(produced: UnixTime) -> Self {
        Self { produced, end: None, covers: Reasons::NONE, revoked: None }
    }
}

impl Builder<'_> {
    pub(super) fn check_revocation(
        &mut self,
        path: &[&Certificate],
        anchor: &Anchor,
    ) -> Result<RevocationState, PathError> {
        let mode = self.validation.revocation;
        if mode == RevocationMode::Off {
            return Ok(RevocationState::NotChecked);
        }
        let mut state = RevocationState::Good;
        for (at, certificate) in path.iter().enumerate() {
            let issuer = path.get(at + 1).copied().unwrap_or(&anchor.certificate);
            let above = path.get(at + 1..).unwrap_or_default();
            let moment = self.validation.at;
            let own = self.status(Subject { certificate, issuer, above, anchor, at: moment })?;
            if own != RevocationState::Good && mode == RevocationMode::Require {
                return Err(PathError::RevocationUnknown { subject: certificate.subject().to_string() });
            }
            state = worse(state, own);
        }
        Ok(state)
    }

    /// What is known about one certificate.
    pub(super) fn status(&mut self, subject: Subject<'_>) -> Result<RevocationState, PathError> {
        if self.open.len() > MAX_OPEN {
            return Ok(RevocationState::Unknown { since: None });
        }
        let mut findings = self.ask_lists(subject)?;
        findings.extend(self.ask_answers(subject)?);
        if let Some((at, reason)) = revocation(&findings, subject.at, self.validation.proven) {
            return Err(PathError::Revoked {
                subject: subject.certificate.subject().to_string(),
                at,
                reason,
            });
        }
        Ok(state(&findings, self.validation.now))
    }

    /// Until when a source tells something: its nextUpdate, or the greatest age the reader allows.
    pub(super) fn last_moment(&self, this_update: UnixTime, next_update: UnixTime) -> UnixTime {
        let oldest = self.validation.max_list_age.map(|seconds| this_update.plus_seconds(seconds));
        oldest.map_or(next_update, |oldest| oldest.min(next_update))
    }
}

/// The revocation that counts at a moment, if there is one. One after the moment leaves what was signed before, unless the
/// key was compromised and the moment is not `proven`: nobody can tell when the thief began. A suspension is lifted by any later source that would tell it.
fn revocation(findings: &[Finding], at: UnixTime, proven: bool) -> Option<(UnixTime, RevocationReason)> {
    let told =
        findings.iter().filter_map(|finding| finding.revoked.map(|(since, why)| (finding, since, why)));
    let counting = told.filter(|(finding, since, why)| {
        let lifted = *why == RevocationReason::CertificateHold
            && findings.iter().any(|later| {
                later.produced > finding.produced
                    && later.covers.contains(Reasons::HOLD)
                    && later.revoked.is_none()
            });
        !lifted && (*since <= at || (why.is_compromise() && !proven))
    });
    // A compromise says more than any other reason, and an earlier revocation more than a later one.
    let worst = counting.min_by_key(|(_, since, why)| (!why.is_compromise(), *since));
    worst.map(|(_, since, why)| (since, why))
}

/// Good when current sources cover every reason; else since when that is not so.
fn state(findings: &[Finding], now: UnixTime) -> RevocationState {
    if findings.is_empty() {
        return RevocationState::NotChecked;
    }
    let is_current = |finding: &&Finding| finding.end.is_some_and(|end| now <= end);
    if covered(findings.iter().filter(is_current)) {
        return RevocationState::Good;
    }
    let newest = findings.iter().filter_map(|finding| finding.end).max();
    RevocationState::Unknown { since: newest.filter(|_| covered(findings.iter())) }
}

fn covered<'f>(findings: impl Iterator<Item = &'f Finding>) -> bool {
    findings.fold(Reasons::NONE, |sum, finding| sum.or(finding.covers)).contains(Reasons::ALL)
}

/// Of the answers about two certificates, the one that says less.
fn worse(a: RevocationState, b: RevocationState) -> RevocationState {
    use RevocationState::{Good, NotChecked, Unknown};
    match (a, b) {
        (Unknown { since: x }, Unknown { since: y }) => Unknown { since: earlier(x, y) },
        (Unknown { since }, _) | (_, Unknown { since }) => Unknown { since },
        (NotChecked, _) | (_, NotChecked) => NotChecked,
        (Good, Good) => Good,
    }
}

fn earlier(x: Option<UnixTime>, y: Option<UnixTime>) -> Option<UnixTime> {
    match (x, y) {
        (Some(x), Some(y)) => Some(x.min(y)),
        (None, _) | (_, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(produced: i64, end: i64, revoked: Option<(i64, RevocationReason)>) -> Finding {
        Finding {
            produced: UnixTime(produced),
            end: Some(UnixTime(end)),
            covers: Reasons::ALL,
            revoked: revoked.map(|(since, why)| (UnixTime(since), why)),
        }
    }

    #[test]
    fn a_later_source_lifts_a_suspension_and_nothing_else() {
        use RevocationReason::{CertificateHold, Superseded};
        let (at, later) = (UnixTime(100), finding(20, 200, None));
        let held = finding(10, 200, Some((5, CertificateHold)));
        assert_eq!(revocation(&[held], at, false), Some((UnixTime(5), CertificateHold)));
        assert_eq!(revocation(&[held, later], at, false), None);
        assert_eq!(
            revocation(&[finding(30, 200, Some((5, CertificateHold))), later], at, false).map(|f| f.0.0),
            Some(5)
        );
        let gone = finding(10, 200, Some((5, Superseded)));
        assert_eq!(revocation(&[gone, later], at, false), Some((UnixTime(5), Superseded)));
    }

    #[test]
    fn a_compromise_counts_at_every_moment_that_is_not_proven() {
        let stolen = finding(10, 200, Some((150, RevocationReason::KeyCompromise)));
        let ended = finding(10, 200, Some((150, RevocationReason::CessationOfOperation)));
        assert!(revocation(&[stolen], UnixTime(100), false).is_some());
        assert!(revocation(&[stolen], UnixTime(100), true).is_none());
        assert!(revocation(&[stolen], UnixTime(1_000), true).is_some());
        assert!(revocation(&[ended], UnixTime(100), false).is_none());
    }

    #[test]
    fn sources_are_good_while_they_are_current() {
        let one = finding(10, 200, None);
        assert_eq!(state(&[one], UnixTime(200)), RevocationState::Good);
        let since = Some(UnixTime(200));
        assert_eq!(state(&[one], UnixTime(201)), RevocationState::Unknown { since });
        assert_eq!(
            state(&[Finding::useless(UnixTime(1))], UnixTime(2)),
            RevocationState::Unknown { since: None }
        );
        assert_eq!(state(&[], UnixTime(2)), RevocationState::NotChecked);
    }
}
