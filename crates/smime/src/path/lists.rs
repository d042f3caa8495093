//! Revocation lists: which are about a certificate, who signed them, what they tell (RFC 5280 §6.3.3).

use sceau_mime::order;

use super::build::{Builder, Signed};
use super::revocation::{Finding, Subject};
use super::{Anchor, Anchors, PathError, PolicyInput, Purpose, Validation};
use crate::crl::{Crl, RevocationReason, RevokedEntry};
use crate::x509::distribution::{self, DistributionPoint, Reasons};
use crate::x509::{Certificate, KeyUsage};

impl<'a> Builder<'a> {
    /// What the lists say, the newest first.
    pub(super) fn ask_lists(&mut self, subject: Subject<'_>) -> Result<Vec<Finding>, PathError> {
        let validation = self.validation;
        let points = distribution::points(subject.certificate);
        let mut lists: Vec<(usize, &'a Crl)> = validation.crls.iter().enumerate().collect();
        lists.retain(|(_, crl)| crl.this_update() <= validation.now && is_about(crl, subject, &points));
        order::sort_by(&mut lists, |(_, one), (_, other)| other.this_update().cmp(&one.this_update()));
        let mut findings = Vec::new();
        for (place, crl) in lists {
            self.budget.spend_step()?;
            let covers = points.iter().fold(Reasons::NONE, |sum, point| {
                sum.or(crl.scope().reasons_for(crl.issuer(), subject.certificate, point))
            });
            let found = if crl.is_delta() {
                self.ask_delta_alone(place, crl, covers, subject)?
            } else {
                self.ask_complete(place, crl, covers, subject, &findings)?
            };
            findings.push(found);
        }
        Ok(findings)
    }

    fn ask_complete(
        &mut self,
        place: usize,
        crl: &'a Crl,
        covers: Reasons,
        subject: Subject<'_>,
        known: &[Finding],
    ) -> Result<Finding, PathError> {
        let useless = Finding::useless(crl.this_update());
        if covers == Reasons::NONE || crl.is_unusable() {
            return Ok(useless);
        }
        // An older list that does not name the certificate cannot change what a newer one of its scope has said.
        let entry = crl.entry(subject.certificate);
        if entry.is_none() && self.says_nothing_new(covers, known) && !self.has_delta(crl) {
            return Ok(useless);
        }
        let Some(signer) = self.signer(place, crl, subject)? else { return Ok(useless) };
        let delta = self.newest_delta(crl, signer)?;
        let entry = match delta.and_then(|delta| delta.entry(subject.certificate)) {
            Some(changed) => Some(changed).filter(|entry| entry.reason != RevocationReason::RemoveFromCrl),
            None => entry,
        };
        let ends = [Some(crl), delta].into_iter().flatten().filter_map(|list| self.end(list));
        Ok(Finding {
            produced: delta.map_or(crl.this_update(), Crl::this_update),
            end: ends.max().filter(|_| !self.validation.strict_profile || crl.is_well_numbered()),
            covers,
            revoked: entry.map(told),
        })
    }

    /// A delta list without its complete one confirms nobody, but what it revokes is revoked.
    fn ask_delta_alone(
        &mut self,
        place: usize,
        crl: &'a Crl,
        covers: Reasons,
        subject: Subject<'_>,
    ) -> Result<Finding, PathError> {
        let useless = Finding::useless(crl.this_update());
        let entry = crl.entry(subject.certificate);
        let entry = entry.filter(|entry| entry.reason != RevocationReason::RemoveFromCrl);
        let Some(entry) = entry.filter(|_| covers != Reasons::NONE && !crl.is_unusable()) else {
            return Ok(useless);
        };
        let genuine = self.signer(place, crl, subject)?.is_some();
        Ok(if genuine { Finding { revoked: Some(told(entry)), ..useless } } else { useless })
    }

    fn says_nothing_new(&self, covers: Reasons, known: &[Finding]) -> bool {
        let now = self.validation.now;
        let current = known.iter().filter(|finding| finding.end.is_some_and(|end| now <= end));
        current.fold(Reasons::NONE, |sum, finding| sum.or(finding.covers)).contains(covers)
    }

    fn has_delta(&self, complete: &Crl) -> bool {
        self.validation.crls.iter().any(|delta| delta.updates(complete))
    }

    /// The newest delta list for a complete one, signed by the same key (RFC 5280 §6.3.3 c and h).
    fn newest_delta(&mut self, complete: &Crl, signer: &Certificate) -> Result<Option<&'a Crl>, PathError> {
        let validation = self.validation;
        let mut newest: Option<&'a Crl> = None;
        for (place, delta) in validation.crls.iter().enumerate() {
            let fits =
                delta.this_update() <= validation.now && !delta.is_unusable() && delta.updates(complete);
            let later = newest.is_none_or(|known| delta.is_later_than(known));
            if fits && later && self.signed_list(place, delta, signer)? {
                newest = Some(delta);
            }
        }
        Ok(newest)
    }

    fn end(&self, crl: &Crl) -> Option<crate::time::UnixTime> {
        // RFC 5280 §5.1.2.5 requires nextUpdate; a list without it never was current.
        Some(self.last_moment(crl.this_update(), crl.next_update().unwrap_or(crl.this_update())))
    }

    /// Who signed a list: an authority of the path itself, or somebody of the list's name whose certificate leads to the same
    /// anchor (RFC 5280 §6.3.3 f and g).
    fn signer<'p>(
        &mut self,
        place: usize,
        crl: &Crl,
        subject: Subject<'p>,
    ) -> Result<Option<&'p Certificate>, PathError>
    where
        'a: 'p,
    {
        let authorities = [subject.issuer]
            .into_iter()
            .chain(subject.above.iter().copied())
            .chain([&subject.anchor.certificate]);
        for authority in authorities {
            if self.signed_list(place, crl, authority)? {
                return Ok(Some(authority));
            }
        }
        let validation = self.validation;
        for signer in validation.intermediates {
            self.budget.spend_step()?;
            if !self.signed_list(place, crl, signer)? {
                continue;
            }
            // A signer whose own status only this list tells is judged by this list.
            if self.open.contains(&Signed::List(place)) || self.leads_to(place, signer, subject.anchor)? {
                return Ok(Some(signer));
            }
        }
        Ok(None)
    }

    fn signed_list(&mut self, place: usize, crl: &Crl, signer: &Certificate) -> Result<bool, PathError> {
        let may_sign = signer.extensions().key_usage.is_none_or(KeyUsage::crl_sign);
        if !may_sign || !crl.may_be_signed_by(signer) {
            return Ok(false);
        }
        Ok(self.signature(Signed::List(place), signer, || crl.signed())?.is_ok())
    }

    /// Validates the signer of a list with what is left of the budget.
    fn leads_to(&mut self, place: usize, signer: &Certificate, anchor: &Anchor) -> Result<bool, PathError> {
        let mut anchors: Anchors = [Anchor::new(anchor.certificate.clone())].into_iter().collect();
        anchors.asked = self.validation.anchors.asked.clone();
        let validation = Validation {
            anchors: &anchors,
            purpose: Purpose::Any,
            address: None,
            policies: PolicyInput::default(),
            at: self.validation.now,
            ..*self.validation
        };
        self.search_within(&validation, Signed::List(place), signer)
    }
}

/// Whether a list could be about the certificate at all; tells "no list given" from "the list given cannot be used".
fn is_about(crl: &Crl, subject: Subject<'_>, points: &[DistributionPoint]) -> bool {
    crl.issuer() == subject.certificate.issuer()
        || points.iter().any(|point| point.issuers.contains(crl.issuer()))
}

fn told(entry: &RevokedEntry) -> (crate::time::UnixTime, RevocationReason) {
    (entry.since(), entry.reason)
}
