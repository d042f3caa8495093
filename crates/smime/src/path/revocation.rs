//! Revocation by lists (RFC 5280 §6.3.3), for every certificate below the anchor.

use super::build::{Builder, Spent};
use super::{Anchor, Anchors, PathError, RevocationMode, RevocationState, Validation};
use crate::crl::{Crl, RevokedEntry};
use crate::time::UnixTime;
use crate::x509::Certificate;

impl From<Spent> for PathError {
    fn from(_: Spent) -> Self {
        Self::BudgetSpent
    }
}

impl Builder<'_> {
    pub(super) fn check_revocation(
        &mut self,
        path: &[&Certificate],
        anchor: &Anchor,
    ) -> Result<RevocationState, PathError> {
        if self.validation.revocation == RevocationMode::Off {
            return Ok(RevocationState::NotChecked);
        }
        let mut state = RevocationState::Good;
        for (at, certificate) in path.iter().enumerate() {
            let issuer = path.get(at + 1).copied().unwrap_or(&anchor.certificate);
            let own = self.status(certificate, issuer, anchor)?;
            if own != RevocationState::Good && self.validation.revocation == RevocationMode::Require {
                return Err(PathError::RevocationUnknown { subject: certificate.subject().to_string() });
            }
            state = worse(state, own);
        }
        Ok(state)
    }

    fn status(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        anchor: &Anchor,
    ) -> Result<RevocationState, PathError> {
        let validation = self.validation;
        let mut state = RevocationState::NotChecked;
        for (place, crl) in validation.crls.iter().enumerate() {
            if !crl.is_about(certificate) || crl.this_update() > validation.now {
                continue;
            }
            let usable = crl.covers(certificate) && self.is_genuine(place, crl, issuer, anchor)?;
            if !usable {
                state = better(state, RevocationState::Unknown { since: None });
                continue;
            }
            if let Some(entry) = crl.entry(certificate).filter(|entry| counts(entry, validation)) {
                return Err(PathError::Revoked {
                    subject: certificate.subject().to_string(),
                    at: entry.date,
                    reason: entry.reason,
                });
            }
            let end = last_moment(crl, validation.max_list_age);
            let own = if crl.is_current_at(validation.now) && validation.now <= end {
                RevocationState::Good
            } else {
                RevocationState::Unknown { since: Some(end) }
            };
            state = better(state, own);
        }
        Ok(state)
    }

    /// Whether the list was signed by the certificate's issuer, or by another key of the same
    /// name that leads to the same anchor (RFC 5280 §6.3.3 f and g).
    fn is_genuine(
        &mut self,
        place: usize,
        crl: &Crl,
        issuer: &Certificate,
        anchor: &Anchor,
    ) -> Result<bool, PathError> {
        if self.signed_list(crl, issuer)? {
            return Ok(true);
        }
        let validation = self.validation;
        for signer in validation.intermediates {
            if signer == issuer || !crl.may_be_signed_by(signer) || !self.signed_list(crl, signer)? {
                continue;
            }
            // A signer whose own status only this list tells is judged by this list.
            if self.open_lists.contains(&place) || self.leads_to(place, signer, anchor)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn signed_list(&mut self, crl: &Crl, signer: &Certificate) -> Result<bool, PathError> {
        let may_sign = signer.extensions().key_usage.is_none_or(crate::x509::KeyUsage::crl_sign);
        if !may_sign || !crl.may_be_signed_by(signer) {
            return Ok(false);
        }
        let Ok(key) = signer.public_key() else { return Ok(false) };
        let legacy = self.validation.danger_legacy;
        Ok(self.verifies(&key, |key| crl.verify_signed_by(key, legacy))?)
    }

    /// Validates the signer of a list with what is left of the budget.
    fn leads_to(&mut self, place: usize, signer: &Certificate, anchor: &Anchor) -> Result<bool, PathError> {
        let anchors: Anchors = [Anchor::new(anchor.certificate.clone())].into_iter().collect();
        let validation = Validation {
            anchors: &anchors,
            purpose: super::Purpose::Any,
            address: None,
            at: self.validation.now,
            ..*self.validation
        };
        let mut inner = Builder::new(&validation, self.budget);
        inner.open_lists = self.open_lists.iter().copied().chain([place]).collect();
        let found = inner.search_from(signer);
        self.budget = inner.budget;
        Ok(found?.is_some())
    }
}

/// Until when a list tells something; without nextUpdate ([`Crl::is_current_at`]) it never did.
fn last_moment(crl: &Crl, max_age: Option<i64>) -> UnixTime {
    let Some(next_update) = crl.next_update() else { return crl.this_update() };
    let oldest = max_age.map(|seconds| crl.this_update().plus_seconds(seconds));
    oldest.map_or(next_update, |oldest| oldest.min(next_update))
}

/// A revocation after the moment in question leaves what was signed before it. When the key was compromised nobody can
/// tell when the thief began, so only a proven moment stands before it, and one before the invalidityDate at that.
fn counts(entry: &RevokedEntry, validation: &Validation<'_>) -> bool {
    let since = entry.invalid_since.map_or(entry.date, |invalid| invalid.min(entry.date));
    since <= validation.at || (entry.reason.is_compromise() && !validation.proven)
}

/// Of two answers about one certificate, the one that says more.
fn better(a: RevocationState, b: RevocationState) -> RevocationState {
    use RevocationState::{Good, NotChecked, Unknown};
    match (a, b) {
        (Good, _) | (_, Good) => Good,
        (Unknown { since: x }, Unknown { since: y }) => Unknown { since: x.max(y) },
        (NotChecked, other) | (other, NotChecked) => other,
    }
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
