//! Finding candidate paths, depth first, with bounded work.

use super::{Anchor, Budget, PathError, ValidPath, Validation};
use crate::error::Error;
use crate::key::PublicKey;
use crate::x509::signed::Signed as SignedParts;
use crate::x509::{Certificate, inherited};

/// Searches for a path. The budget shrinks with every step and is never given back.
pub(super) struct Builder<'a> {
    pub(super) validation: &'a Validation<'a>,
    pub(super) budget: Budget,
    /// The most telling failure so far.
    failure: Option<PathError>,
    /// Signatures that were checked, so that a second path over the same certificates costs no second check. Never more
    /// than the budget has signatures.
    checked: Vec<(Check, Option<Error>)>,
    /// Lists and answers whose signer is being validated.
    pub(super) open: Vec<Signed>,
}

/// Something signed: a certificate by its fingerprint, a list or an answer by its place in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Signed {
    Certificate([u8; 32]),
    List(usize),
    Answer(usize),
}

/// What was signed, and by which key: the SHA-256 of its SubjectPublicKeyInfo.
type Check = (Signed, [u8; 32]);

/// The search stops altogether with this reason: the budget is spent.
pub(super) type Spent = PathError;

impl<'a> Builder<'a> {
    pub(super) fn new(validation: &'a Validation<'a>, budget: Budget) -> Self {
        Self { validation, budget, failure: None, checked: Vec::new(), open: Vec::new() }
    }

    pub(super) fn run(mut self, certificate: &Certificate) -> (Result<ValidPath, PathError>, Budget) {
        let found = match self.search_from(certificate) {
            Err(spent) => Err(spent),
            Ok(Some(path)) => Ok(path),
            Ok(None) => Err(self.failure.take().unwrap_or_else(|| no_path(certificate))),
        };
        (found, self.budget)
    }

    /// Searches under other settings, on this search's budget and with what it has checked. `open` is the list whose signer
    /// is looked for.
    pub(super) fn search_within(
        &mut self,
        validation: &Validation<'_>,
        open: Signed,
        certificate: &Certificate,
    ) -> Result<bool, Spent> {
        let mut inner = Builder::new(validation, self.budget);
        inner.open = self.open.iter().copied().chain([open]).collect();
        inner.checked = std::mem::take(&mut self.checked);
        let found = inner.search_from(certificate);
        self.budget = inner.budget;
        self.checked = inner.checked;
        Ok(found?.is_some())
    }

    fn search_from(&mut self, certificate: &Certificate) -> Result<Option<ValidPath>, Spent> {
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
            self.budget.spend_step()?;
            found_issuer = true;
            if self.signed_by(last, &anchor.certificate)?
                && let Some(valid) = self.complete(path, anchor)?
            {
                return Ok(Some(valid));
            }
        }
        for issuer in self.candidates(last) {
            self.budget.spend_step()?;
            if !is_issuer(issuer, last) || is_loop(path, issuer) {
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
            Ok(checked) => {
                let below = path.iter().map(|certificate| (*certificate).clone());
                Ok(Some(ValidPath {
                    certificates: below.chain([anchor.certificate.clone()]).collect(),
                    anchor: anchor.clone(),
                    revocation: checked.revocation,
                    policies: checked.policies,
                }))
            }
            Err(PathError::BudgetSpent) => Err(PathError::BudgetSpent),
            Err(error) => {
                self.note(error);
                Ok(None)
            }
        }
    }

    /// Likely issuers first: those whose key identifier is the wanted one, then those that are valid at the moment.
    /// Identifiers only order: RFC 5280 §4.2.1.1 gives them no other role.
    fn candidates(&self, of: &Certificate) -> Vec<&'a Certificate> {
        let wanted = of.extensions().authority_key_id.as_deref();
        let validation = self.validation;
        let rank = |candidate: &'a Certificate| {
            let by_key = match (wanted, candidate.subject_key_id()) {
                (Some(wanted), Some(found)) => wanted == found,
                _ => false,
            };
            ((!by_key, !candidate.is_valid_at(validation.at)), candidate)
        };
        let ranked: Vec<_> = validation.intermediates.iter().map(rank).collect();
        let ranks = [(false, false), (false, true), (true, false), (true, true)];
        let of_rank = |wanted| ranked.iter().filter(move |(rank, _)| *rank == wanted);
        ranks.into_iter().flat_map(of_rank).map(|(_, candidate)| *candidate).collect()
    }

    /// Whether the issuer's key made the signature on a certificate.
    pub(super) fn signed_by(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<bool, Spent> {
        let signed = Signed::Certificate(certificate.sha256());
        let found = self.signature(signed, issuer, || certificate.signed())?;
        if let Err(error) = &found {
            self.note(PathError::from_signature(error, &certificate.subject().to_string()));
        }
        Ok(found.is_ok())
    }

    /// Checks a signature once, whatever the number of paths that need it.
    pub(super) fn signature<'s>(
        &mut self,
        signed: Signed,
        signer: &Certificate,
        parts: impl FnOnce() -> crate::error::Result<SignedParts<'s>>,
    ) -> Result<crate::error::Result<()>, Spent> {
        let entry = (signed, signer.spki_sha256());
        if let Some(known) = self.checked.iter().find(|(known, _)| *known == entry).map(|(_, found)| found) {
            return Ok(known.clone().map_or(Ok(()), Err));
        }
        // What is known costs as much: a verdict must not depend on what was met before.
        self.budget.spend_signature()?;
        let known = self.is_known(entry);
        let verify = |key: PublicKey| {
            self.validation.anchors.asked.verify(&key, &parts()?, self.validation.danger_legacy)
        };
        let found = if known { Ok(()) } else { self.key_of(signer).and_then(verify) };
        self.validation.anchors.asked.note(&found);
        self.checked.push((entry, found.clone().err()));
        if !known && found.is_ok() {
            self.keep(entry);
        }
        Ok(found)
    }

    /// Whether a certificate's signature was right before, under these anchors.
    fn is_known(&self, entry: Check) -> bool {
        #[cfg(feature = "fast")]
        if let (Signed::Certificate(certificate), signer) = entry {
            return self.validation.anchors.known.has(&(certificate, signer));
        }
        let _ = entry;
        false
    }

    /// Keeps a certificate's right signature, unless it may be by an algorithm that is right only for who lets it pass. Among
    /// those are all keys whose parameters come from elsewhere.
    fn keep(&self, entry: Check) {
        #[cfg(feature = "fast")]
        if let (Signed::Certificate(certificate), signer) = entry
            && !self.validation.danger_legacy
        {
            self.validation.anchors.known.add((certificate, signer));
        }
        let _ = entry;
    }

    /// A key with the parameters that the path hands down to it (RFC 5280 §6.1.4 e).
    fn key_of(&self, signer: &Certificate) -> crate::error::Result<PublicKey> {
        let validation = self.validation;
        inherited::public_key(signer, || {
            let roots = validation.anchors.iter().map(|anchor| &anchor.certificate);
            Box::new(validation.intermediates.iter().chain(roots))
        })
    }

    fn note(&mut self, error: PathError) {
        if self.failure.as_ref().is_none_or(|known| known.rank() < error.rank()) {
            self.failure = Some(error);
        }
    }
}

/// Authorities in a path; self-issued ones do not count, as in pathLenConstraint.
fn authorities(path: &[&Certificate]) -> usize {
    path.iter().skip(1).filter(|certificate| !certificate.is_self_issued()).count()
}

/// Whether the authority with this name and key stands in the path already (RFC 4158 §2.4.2): going round again proves
/// nothing. The certificate in question may itself be another certificate of the authority.
fn is_loop(path: &[&Certificate], issuer: &Certificate) -> bool {
    path.contains(&issuer)
        || path
            .iter()
            .skip(1)
            .any(|earlier| earlier.subject() == issuer.subject() && earlier.spki_der() == issuer.spki_der())
}

fn no_path(certificate: &Certificate) -> PathError {
    PathError::NoPath { subject: certificate.subject().to_string(), issuer: certificate.issuer().to_string() }
}

fn is_issuer(issuer: &Certificate, of: &Certificate) -> bool {
    issuer.subject() == of.issuer()
}
