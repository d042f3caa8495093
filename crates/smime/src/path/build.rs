//! Finding candidate paths, depth first, with bounded work.

use super::{Anchor, Budget, PathError, ValidPath, Validation};
use crate::key::PublicKey;
use crate::x509::Certificate;

/// Searches for a path. The budget shrinks with every step and is never given back.
pub(super) struct Builder<'a> {
    pub(super) validation: &'a Validation<'a>,
    pub(super) budget: Budget,
    /// The most telling failure so far.
    failure: Option<PathError>,
    /// Lists whose signer is being validated, by their place in the input.
    pub(super) open_lists: Vec<usize>,
}

/// The search stops altogether: the budget is spent.
pub(super) struct Spent;

impl<'a> Builder<'a> {
    pub(super) fn new(validation: &'a Validation<'a>, budget: Budget) -> Self {
        Self { validation, budget, failure: None, open_lists: Vec::new() }
    }

    pub(super) fn run(mut self, certificate: &Certificate) -> Result<ValidPath, PathError> {
        match self.search_from(certificate) {
            Err(Spent) => Err(PathError::BudgetSpent),
            Ok(Some(path)) => Ok(path),
            Ok(None) => Err(self.failure.unwrap_or_else(|| no_path(certificate))),
        }
    }

    pub(super) fn search_from(&mut self, certificate: &Certificate) -> Result<Option<ValidPath>, Spent> {
        if let Some(path) = self.trusted_directly(certificate)? {
            return Ok(Some(path));
        }
        self.search(&mut vec![certificate])
    }

    /// A certificate that is itself an anchor needs no path, only to be valid and fit.
    fn trusted_directly(&mut self, certificate: &Certificate) -> Result<Option<ValidPath>, Spent> {
        let validation = self.validation;
        for anchor in validation.anchors.iter().filter(|anchor| anchor.certificate == *certificate) {
            if let Some(path) = self.complete(&[], anchor)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    fn search<'p>(&mut self, path: &mut Vec<&'p Certificate>) -> Result<Option<ValidPath>, Spent>
    where
        'a: 'p,
    {
        let Some(last) = path.last().copied() else { return Ok(None) };
        let validation = self.validation;
        let anchors = validation.anchors.iter().filter(|anchor| is_issuer(&anchor.certificate, last));
        let mut found_issuer = false;
        for anchor in anchors {
            found_issuer = true;
            if self.signed_by(last, &anchor.certificate)?
                && let Some(valid) = self.complete(path, anchor)?
            {
                return Ok(Some(valid));
            }
        }
        for issuer in by_key_identifier(validation.intermediates, last) {
            self.step()?;
            if !is_issuer(issuer, last) || path.contains(&issuer) {
                continue;
            }
            found_issuer = true;
            if authorities(path) >= self.budget.depth && !issuer.is_self_issued() {
                self.note(PathError::PathLengthExceeded { subject: last.subject().to_string() });
                continue;
            }
            if self.signed_by(last, issuer)? {
                path.push(issuer);
                let valid = self.search(path)?;
                path.pop();
                if valid.is_some() {
                    return Ok(valid);
                }
            }
        }
        if !found_issuer {
            self.note(no_path(last));
        }
        Ok(None)
    }

    fn complete(&mut self, path: &[&Certificate], anchor: &Anchor) -> Result<Option<ValidPath>, Spent> {
        match self.check(path, anchor) {
            Ok(revocation) => {
                let below = path.iter().map(|certificate| (*certificate).clone());
                let certificates = below.chain([anchor.certificate.clone()]).collect();
                Ok(Some(ValidPath { certificates, anchor: anchor.clone(), revocation }))
            }
            Err(PathError::BudgetSpent) => Err(Spent),
            Err(error) => {
                self.note(error);
                Ok(None)
            }
        }
    }

    fn signed_by(&mut self, certificate: &Certificate, issuer: &Certificate) -> Result<bool, Spent> {
        self.spend_signature()?;
        let legacy = self.validation.danger_legacy;
        let verified = issuer.public_key().and_then(|key| certificate.verify_signed_by(&key, legacy));
        match verified {
            Ok(()) => Ok(true),
            Err(error) => {
                self.note(PathError::from_signature(&error, &certificate.subject().to_string()));
                Ok(false)
            }
        }
    }

    pub(super) fn spend_signature(&mut self) -> Result<(), Spent> {
        self.budget.signatures = self.budget.signatures.checked_sub(1).ok_or(Spent)?;
        Ok(())
    }

    fn step(&mut self) -> Result<(), Spent> {
        self.budget.steps = self.budget.steps.checked_sub(1).ok_or(Spent)?;
        Ok(())
    }

    fn note(&mut self, error: PathError) {
        if self.failure.as_ref().is_none_or(|known| known.rank() < error.rank()) {
            self.failure = Some(error);
        }
    }

    /// Whether `key` made the signature that `verify` checks, within the budget.
    pub(super) fn verifies(
        &mut self,
        key: &PublicKey,
        verify: impl FnOnce(&PublicKey) -> crate::error::Result<()>,
    ) -> Result<bool, Spent> {
        self.spend_signature()?;
        Ok(verify(key).is_ok())
    }
}

/// Authorities in a path; self-issued ones do not count, as in pathLenConstraint.
fn authorities(path: &[&Certificate]) -> usize {
    path.iter().skip(1).filter(|certificate| !certificate.is_self_issued()).count()
}

fn no_path(certificate: &Certificate) -> PathError {
    PathError::NoPath { subject: certificate.subject().to_string(), issuer: certificate.issuer().to_string() }
}

fn is_issuer(issuer: &Certificate, of: &Certificate) -> bool {
    issuer.subject() == of.issuer()
}

/// Intermediates whose key identifier is the wanted one come first. Identifiers only order:
/// RFC 5280 §4.2.1.1 gives them no other role.
fn by_key_identifier<'a>(pool: &'a [Certificate], of: &Certificate) -> Vec<&'a Certificate> {
    let wanted = of.extensions().authority_key_id.clone();
    let mut ordered: Vec<&Certificate> = pool.iter().collect();
    ordered.sort_by_key(|candidate| match (&wanted, candidate.subject_key_id()) {
        (Some(wanted), Some(found)) => u8::from(wanted != found),
        _ => 1,
    });
    ordered
}
