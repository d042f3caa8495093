//! Whom this account believes: anchors from its vault, and nothing the relay says (design section 3).
//!
//! The relay hands on intermediates and revocation lists; they are checked against the anchors like anything else.

use std::rc::Rc;

use sceau_api::authority::{Authority, AuthorityGet, AuthorityGetResponse};
use sceau_protocol::{FailureCode, UnixSeconds};
use sceau_smime::backend::Backend;
use sceau_smime::crl::Crl;
use sceau_smime::path::{self, Anchor, Budget, PathError, Purpose, RevocationMode, ValidPath, Validation};
use sceau_smime::{Certificate, UnixTime};

use crate::failure::{Error, Result};
use crate::job::Job;
use crate::unlocked::Unlocked;
use crate::vault::{Anchors, PinnedAnchor, Vault};

/// A list older than this blocks sealing and confirms nobody for the first time (design section 3).
pub const MAX_LIST_AGE_SECONDS: i64 = 24 * 60 * 60;
/// How long what the relay handed on is used before it is asked for again.
const REFRESH_SECONDS: i64 = 10 * 60;

/// What the relay hands on about authorities; untrusted.
pub struct Authorities {
    /// Certificates between anchors and people.
    pub intermediates: Vec<Certificate>,
    /// Revocation lists.
    pub lists: Vec<Crl>,
    fetched_at: UnixSeconds,
}

/// What the relay proposes and hands on, read anew when it is old.
///
/// # Errors
/// That the relay does not answer.
pub async fn authorities(unlocked: &Unlocked, job: &Job) -> Result<Rc<Authorities>> {
    let now = unlocked.now_seconds();
    let held = unlocked.authorities.borrow().clone();
    if let Some(held) = held.filter(|held| now.saturating_sub(held.fetched_at) < REFRESH_SECONDS) {
        return Ok(held);
    }
    let fresh = Rc::new(read(&proposals(unlocked, job).await?, now));
    unlocked.authorities.replace(Some(Rc::clone(&fresh)));
    Ok(fresh)
}

/// The same, but what was read before serves when the relay does not answer now.
pub(crate) async fn authorities_if_reachable(unlocked: &Unlocked, job: &Job) -> Result<Rc<Authorities>> {
    let held = unlocked.authorities.borrow().clone();
    match (authorities(unlocked, job).await, held) {
        (Err(error), Some(held)) if error.is_lost_answer() => Ok(held),
        (fresh, _) => fresh,
    }
}

/// The authorities the relay proposes.
pub(crate) async fn proposals(unlocked: &Unlocked, job: &Job) -> Result<Vec<Authority>> {
    let all = AuthorityGet::all(unlocked.account.clone());
    let answer: AuthorityGetResponse = unlocked.relay.call_again(job, "Authority/get", &all).await?;
    Ok(answer.list)
}

fn read(proposed: &[Authority], now: UnixSeconds) -> Authorities {
    let intermediates = proposed.iter().flat_map(|authority| &authority.intermediates);
    let lists = proposed.iter().filter_map(|authority| authority.crl.as_ref());
    Authorities {
        intermediates: intermediates.filter_map(|der| Certificate::from_der(&der.0).ok()).collect(),
        lists: lists.filter_map(|der| Crl::from_der(&der.0).ok()).collect(),
        fetched_at: now,
    }
}

/// The anchors of the vault.
///
/// # Errors
/// `VaultDamaged`.
pub fn anchors(vault: &Vault) -> Result<path::Anchors> {
    let pinned: Anchors = vault.get()?;
    pinned.pinned.iter().map(anchor).collect()
}

fn anchor(pinned: &PinnedAnchor) -> Result<Anchor> {
    let damaged = |_| Error::VaultDamaged { blob: "anchors".to_owned() };
    let certificate = Certificate::from_der(&pinned.certificate.0).map_err(damaged)?;
    Ok(Anchor { certificate, domains: Some(pinned.domains.clone()), gateway: false })
}

/// Everything a check of certificates needs, at one moment.
pub(crate) struct Judge {
    /// The vault's anchors.
    pub(crate) anchors: path::Anchors,
    /// What the relay handed on.
    pub(crate) authorities: Rc<Authorities>,
    /// The time, corrected.
    pub(crate) now: UnixTime,
    /// Who computes.
    crypto: Rc<dyn Backend>,
}

impl Judge {
    /// Ready to judge now.
    pub(crate) async fn ready(unlocked: &Unlocked, job: &Job) -> Result<Self> {
        let authorities = authorities_if_reachable(unlocked, job).await?;
        let crypto = Rc::clone(&unlocked.relay.world().crypto);
        Ok(Self { anchors: anchors(&unlocked.vault)?, authorities, now: unlocked.now(), crypto })
    }

    /// Checks a certificate for sealing to an address: fresh revocation lists are required.
    pub(crate) async fn for_sealing(
        &self,
        certificate: &Certificate,
        address: &str,
    ) -> Result<ValidPath, PathError> {
        let validation = self.validation(&self.authorities.lists, address, RevocationMode::Require, self.now);
        path::validate_with(&*self.crypto, certificate, &validation, Budget::default()).await
    }

    /// Checks one's own certificate: that it comes from an anchor, whether or not it has ended.
    pub(crate) async fn for_own(
        &self,
        certificate: &Certificate,
        address: &str,
    ) -> Result<ValidPath, PathError> {
        let at = self.now.min(certificate.not_after()).max(certificate.not_before());
        let validation = self.validation(&[], address, RevocationMode::Off, at);
        path::validate_with(&*self.crypto, certificate, &validation, Budget::default()).await
    }

    fn validation<'a>(
        &'a self,
        crls: &'a [Crl],
        address: &'a str,
        revocation: RevocationMode,
        at: UnixTime,
    ) -> Validation<'a> {
        Validation {
            intermediates: &self.authorities.intermediates,
            crls,
            at,
            purpose: Purpose::Email,
            revocation,
            max_list_age: Some(MAX_LIST_AGE_SECONDS),
            address: Some(address),
            ..Validation::for_email(&self.anchors, self.now)
        }
    }
}

/// What a recipient's certificate that does not hold is called.
pub(crate) fn recipient_obstacle(error: &PathError) -> FailureCode {
    match error {
        PathError::Expired { .. } | PathError::NotYetValid { .. } => FailureCode::RecipientCertificateExpired,
        PathError::Revoked { .. } => FailureCode::RecipientRevoked,
        PathError::RevocationUnknown { .. } => FailureCode::RevocationStale,
        PathError::NoPath { .. }
        | PathError::BadSignature { .. }
        | PathError::LegacyAlgorithm { .. }
        | PathError::UnsupportedAlgorithm { .. }
        | PathError::NotAnAuthority { .. }
        | PathError::PathLengthExceeded { .. }
        | PathError::KeyUsage { .. }
        | PathError::Purpose { .. }
        | PathError::UnknownCriticalExtension { .. }
        | PathError::NameConstraint { .. }
        | PathError::UnsupportedNameConstraint { .. }
        | PathError::Policy { .. }
        | PathError::PolicyMapping { .. }
        | PathError::Profile { .. }
        | PathError::DomainNotAllowed { .. }
        | PathError::BudgetSpent => FailureCode::RecipientUntrusted,
    }
}

/// The SHA-256 of a certificate, hexadecimal.
pub(crate) fn fingerprint(certificate: &Certificate) -> String {
    hex::encode(certificate.sha256())
}
