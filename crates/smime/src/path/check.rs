//! The checks of RFC 5280 §6.1 on one complete path, from the anchor downwards.

use super::build::{Builder, Signed};
use super::names::Constraints;
use super::policy::Policies;
use super::{Anchor, PathError, Purpose, RevocationState, profile};
use crate::key::{KeyKind, MIN_RSA_BITS};
use crate::oids;
use crate::time::UnixTime;
use crate::x509::{Certificate, Extensions};

/// Extensions whose meaning is honoured here or has none for us.
const UNDERSTOOD: [const_oid::ObjectIdentifier; 13] = [
    oids::KEY_USAGE,
    oids::EXT_KEY_USAGE,
    oids::BASIC_CONSTRAINTS,
    oids::SUBJECT_ALT_NAME,
    oids::NAME_CONSTRAINTS,
    oids::SUBJECT_KEY_IDENTIFIER,
    oids::AUTHORITY_KEY_IDENTIFIER,
    oids::CERTIFICATE_POLICIES,
    oids::POLICY_MAPPINGS,
    oids::POLICY_CONSTRAINTS,
    oids::INHIBIT_ANY_POLICY,
    // Other names of the issuer; paths are built by its distinguished name alone.
    oids::ISSUER_ALT_NAME,
    oids::CRL_DISTRIBUTION_POINTS,
];

/// What a path proves besides itself.
pub(super) struct Checked {
    pub(super) revocation: RevocationState,
    /// user_constrained_policy_set (RFC 9618 §5.4).
    pub(super) policies: Vec<const_oid::ObjectIdentifier>,
}

impl Builder<'_> {
    /// `path` runs from the certificate in question up to the one below the anchor; signatures
    /// between neighbours are already checked.
    pub(super) fn check(&mut self, path: &[&Certificate], anchor: &Anchor) -> Result<Checked, PathError> {
        let purpose = self.validation.purpose;
        self.check_validity(&anchor.certificate)?;
        self.check_domain(anchor)?;
        let Some((target, above)) = path.split_first() else {
            check_purpose(&anchor.certificate, purpose)?;
            self.check_profile(&anchor.certificate, false)?;
            return Ok(Checked { revocation: RevocationState::Good, policies: Vec::new() });
        };
        // A certificate that is trusted for itself, such as a colleague's own, certifies nobody.
        check_critical(&anchor.certificate)?;
        let mut remaining = below_authority(&anchor.certificate, None)?;
        let mut constraints = Constraints::default();
        constraints.enter(&anchor.certificate);
        let mut policies = Policies::new(self.validation.policies, path.len(), &anchor.certificate);
        for authority in above.iter().rev() {
            self.check_one(authority, purpose, &constraints, false)?;
            policies.enter(authority, false, &mut self.budget)?;
            remaining = below_authority(authority, remaining)?;
            policies.descend(authority, &mut self.budget)?;
            constraints.enter(authority);
        }
        self.check_one(target, purpose, &constraints, true)?;
        policies.enter(target, true, &mut self.budget)?;
        let policies = policies.finish(target)?;
        self.check_profile(&anchor.certificate, true)?;
        for certificate in path.iter().rev() {
            self.check_profile(certificate, false)?;
        }
        let revocation = self.check_revocation(path, anchor)?;
        Ok(Checked { revocation, policies })
    }

    fn check_profile(&mut self, certificate: &Certificate, is_anchor: bool) -> Result<(), PathError> {
        // The rules for servers and clients are for the command line.
        if cfg!(not(feature = "more")) || !self.validation.strict_profile {
            return Ok(());
        }
        profile::check(certificate, is_anchor)?;
        let itself = Signed::Certificate(certificate.sha256());
        let excused = !profile::needs_self_signature(certificate)
            || self.signature(itself, certificate, || certificate.signed())?.is_ok();
        if excused { Ok(()) } else { Err(profile::no_authority_key(certificate)) }
    }

    fn check_one(
        &mut self,
        certificate: &Certificate,
        purpose: Purpose,
        constraints: &Constraints<'_>,
        is_target: bool,
    ) -> Result<(), PathError> {
        self.check_validity(certificate)?;
        check_critical(certificate)?;
        // RFC 5280 §6.1.3 b: self-issued certificates on the way are not bound.
        if is_target || !certificate.is_self_issued() {
            constraints.allow(certificate, &mut self.budget)?;
        }
        if is_target {
            check_key_size(certificate, self.validation.danger_legacy)?;
        }
        check_purpose(certificate, purpose)
    }

    fn check_validity(&self, certificate: &Certificate) -> Result<(), PathError> {
        check_validity(certificate, self.validation.at)
    }

    fn check_domain(&self, anchor: &Anchor) -> Result<(), PathError> {
        match self.validation.address {
            Some(address) if !anchor.may_speak_for(address) => Err(PathError::DomainNotAllowed {
                anchor: anchor.certificate.subject().to_string(),
                address: address.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

/// Checks what a certificate says of itself, whoever issued it: the moment, its critical extensions, its key, its purpose. It
/// proves nothing about whom it belongs to; [`super::validate`] does.
///
/// # Errors
/// The first fact that speaks against using it.
pub fn check_alone(
    certificate: &Certificate,
    purpose: Purpose,
    at: UnixTime,
    danger_legacy: bool,
) -> Result<(), PathError> {
    check_validity(certificate, at)?;
    check_critical(certificate)?;
    check_key_size(certificate, danger_legacy)?;
    if let Err(error) = certificate.public_key() {
        return Err(PathError::from_signature(&error, &certificate.subject().to_string()));
    }
    check_purpose(certificate, purpose)
}

fn check_validity(certificate: &Certificate, at: UnixTime) -> Result<(), PathError> {
    let subject = || certificate.subject().to_string();
    if at < certificate.not_before() {
        return Err(PathError::NotYetValid { subject: subject(), from: certificate.not_before() });
    }
    if at > certificate.not_after() {
        return Err(PathError::Expired { subject: subject(), until: certificate.not_after() });
    }
    Ok(())
}

/// The key of whom the certificate names; those of authorities are looked at with the signatures they made.
fn check_key_size(certificate: &Certificate, danger_legacy: bool) -> Result<(), PathError> {
    match certificate.public_key().map(|key| key.kind()) {
        Ok(KeyKind::Rsa { bits }) if bits < MIN_RSA_BITS && !danger_legacy => {
            Err(PathError::LegacyAlgorithm { subject: certificate.subject().to_string() })
        }
        _ => Ok(()),
    }
}

pub(super) fn check_critical(certificate: &Certificate) -> Result<(), PathError> {
    let unknown = certificate
        .extensions()
        .list()
        .iter()
        .find(|extension| extension.critical && !UNDERSTOOD.contains(&extension.oid));
    match unknown {
        Some(extension) => Err(PathError::UnknownCriticalExtension {
            subject: certificate.subject().to_string(),
            oid: extension.oid,
        }),
        None => Ok(()),
    }
}

/// Authorities that limit their purposes limit those below them too, as all large
/// implementations hold, though RFC 5280 §4.2.1.12 leaves it open.
fn check_purpose(certificate: &Certificate, purpose: Purpose) -> Result<(), PathError> {
    match purpose.oid() {
        Some(oid) if !certificate.extensions().allows_purpose(oid) => {
            Err(PathError::Purpose { subject: certificate.subject().to_string() })
        }
        _ => Ok(()),
    }
}

/// RFC 5280 §6.1.4 k to n. Gives how many authorities may still follow.
fn below_authority(authority: &Certificate, remaining: Option<u32>) -> Result<Option<u32>, PathError> {
    let subject = || authority.subject().to_string();
    let extensions = authority.extensions();
    if authority.version() != 3 || !extensions.basic_constraints.is_some_and(|basic| basic.ca) {
        return Err(PathError::NotAnAuthority { subject: subject() });
    }
    let remaining = match remaining {
        _ if authority.is_self_issued() => remaining,
        None => None,
        Some(0) => return Err(PathError::PathLengthExceeded { subject: subject() }),
        Some(some) => Some(some - 1),
    };
    if extensions.key_usage.is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(PathError::KeyUsage { subject: subject() });
    }
    Ok(remaining_from(remaining, extensions))
}

fn remaining_from(remaining: Option<u32>, extensions: &Extensions) -> Option<u32> {
    let own = extensions.basic_constraints.and_then(|basic| basic.path_len);
    match (remaining, own) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (some, None) | (None, some) => some,
    }
}
