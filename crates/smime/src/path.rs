//! Path validation (RFC 5280 §6): from a certificate to an anchor that its reader trusts.
//!
//! A [`ValidPath`] is the proof: nobody downstream checks again. Anchors are the reader's own;
//! everything else is untrusted. How it is laid out, and why it is our own, stands in docs/design/paths.md.

mod answers;
#[cfg(any(test, not(feature = "reference")))]
mod asked;
#[cfg(not(any(test, not(feature = "reference"))))]
#[path = "path/at_once.rs"]
mod asked;
mod budget;
mod build;
mod check;
mod error;
#[cfg(feature = "fast")]
mod known;
mod lists;
mod names;
mod policy;
mod profile;
#[cfg(feature = "more")]
mod report;
mod revocation;
#[cfg(test)]
mod tests;

use const_oid::ObjectIdentifier;

pub use self::budget::Budget;
pub use self::check::check_alone;
pub use self::error::PathError;
pub use self::names::certificate_has_name;
pub use self::policy::PolicyInput;
#[cfg(feature = "more")]
pub use self::report::{NAME_MISMATCH, PathReport};
use crate::backend::Backend;
use crate::crl::Crl;
use crate::ocsp::OcspResponse;
use crate::oids;
use crate::time::UnixTime;
use crate::x509::Certificate;

/// A certificate that the reader trusts, with what it may speak for.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The certificate. Its own constraints apply too (RFC 5937).
    pub certificate: Certificate,
    /// The mail domains it may speak for; `None` means all. An entry `example.org` is that
    /// domain alone, `.example.org` every domain below it.
    pub domains: Option<Vec<String>>,
    /// Whether it certifies gateways and not people.
    pub gateway: bool,
}

impl Anchor {
    /// An anchor for all domains, not a gateway's.
    #[must_use]
    pub fn new(certificate: Certificate) -> Self {
        Self { certificate, domains: None, gateway: false }
    }

    /// Whether this anchor may speak for the domain of a mail address.
    #[must_use]
    pub fn may_speak_for(&self, address: &str) -> bool {
        let Some((_, domain)) = address.rsplit_once('@') else { return false };
        self.domains
            .as_ref()
            .is_none_or(|domains| domains.iter().any(|allowed| names::host_within(domain, allowed)))
    }
}

/// All anchors of a reader. The default trusts nothing.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    list: Vec<Anchor>,
    /// Who checks the signatures of paths to these anchors; clones share it.
    pub(crate) asked: asked::Asked,
    /// Signatures found right under these anchors; clones share them.
    #[cfg(feature = "fast")]
    pub(crate) known: known::Known,
}

impl Anchors {
    /// Anchors for all domains from certificates.
    #[must_use]
    pub fn from_certificates(certificates: Vec<Certificate>) -> Self {
        certificates.into_iter().map(Anchor::new).collect()
    }

    /// Adds an anchor.
    pub fn push(&mut self, anchor: Anchor) {
        self.list.push(anchor);
    }

    /// The anchors.
    pub fn iter(&self) -> impl Iterator<Item = &Anchor> {
        self.list.iter()
    }

    /// Whether nothing is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl FromIterator<Anchor> for Anchors {
    fn from_iter<T: IntoIterator<Item = Anchor>>(anchors: T) -> Self {
        Self {
            list: anchors.into_iter().collect(),
            asked: Default::default(),
            #[cfg(feature = "fast")]
            known: known::Known::default(),
        }
    }
}

/// What the certificate is to be used for (RFC 5280 §4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Letters: emailProtection.
    Email,
    /// TLS server: serverAuth.
    Server,
    /// TLS client: clientAuth.
    Client,
    /// Time-stamps: timeStamping.
    TimeStamping,
    /// Anything: extended key usage is not looked at.
    Any,
}

impl Purpose {
    fn oid(self) -> Option<ObjectIdentifier> {
        match self {
            Self::Email => Some(oids::EMAIL_PROTECTION),
            Self::Server => Some(oids::SERVER_AUTH),
            Self::Client => Some(oids::CLIENT_AUTH),
            Self::TimeStamping => Some(oids::TIME_STAMPING),
            Self::Any => None,
        }
    }
}

/// How much must be known about revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationMode {
    /// Current lists or OCSP answers must cover every certificate below the anchor.
    Require,
    /// Lists and answers that were given are heeded; what they do not tell is reported, not refused.
    IfGiven,
    /// Lists and answers are not looked at.
    Off,
}

/// What is known about revocation on a valid path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationState {
    /// Current lists or answers cover every certificate.
    Good,
    /// No list or answer was given for at least one certificate, or none was asked for.
    NotChecked,
    /// A list or answer was given for at least one certificate but cannot be used now; when it was last
    /// current, if that is known.
    Unknown {
        /// When the newest ran out: its nextUpdate, or when it reached the greatest age allowed.
        since: Option<UnixTime>,
    },
}

/// Everything a validation needs besides the certificate itself.
#[derive(Clone, Copy, Debug)]
pub struct Validation<'a> {
    /// The reader's anchors.
    pub anchors: &'a Anchors,
    /// Certificates from anywhere that may help to build a path; untrusted.
    pub intermediates: &'a [Certificate],
    /// Lists from anywhere; untrusted until their signature is checked.
    pub crls: &'a [Crl],
    /// OCSP answers from anywhere; untrusted until their signature is checked.
    pub ocsp: &'a [OcspResponse],
    /// The moment at which the certificates must have been valid.
    pub at: UnixTime,
    /// The present of the reader: lists must be current now. Equal to `at` unless an older
    /// signature is judged.
    pub now: UnixTime,
    /// What the certificate is to be used for.
    pub purpose: Purpose,
    /// How much must be known about revocation.
    pub revocation: RevocationMode,
    /// The oldest a list may be, in seconds since its thisUpdate, whatever its nextUpdate says; `None` leaves it to nextUpdate.
    pub max_list_age: Option<i64>,
    /// A mail address that the anchor must be allowed to speak for. Whether the certificate
    /// names the address is the caller's question ([`Certificate::has_email`]).
    pub address: Option<&'a str>,
    /// What is demanded of certificate policies.
    pub policies: PolicyInput<'a>,
    /// Refuses certificates and lists that break rules of RFC 5280 for issuers which no proof depends on
    /// ([`PathError::Profile`]).
    pub strict_profile: bool,
    /// Lets SHA-1 and short RSA keys pass. The result must never be shown as trustworthy.
    pub danger_legacy: bool,
    /// Whether a trusted time-stamp proves that the signature in question existed at `at`: a key that was compromised
    /// after that moment takes nothing back.
    pub proven: bool,
}

impl<'a> Validation<'a> {
    /// A validation for letters at one moment, with revocation as far as lists are given.
    #[must_use]
    pub fn for_email(anchors: &'a Anchors, now: UnixTime) -> Self {
        Self {
            anchors,
            intermediates: &[],
            crls: &[],
            ocsp: &[],
            at: now,
            now,
            purpose: Purpose::Email,
            revocation: RevocationMode::IfGiven,
            max_list_age: None,
            address: None,
            policies: PolicyInput::default(),
            strict_profile: false,
            danger_legacy: false,
            proven: false,
        }
    }
}

/// A path that was checked.
#[derive(Clone, Debug)]
pub struct ValidPath {
    /// The certificates, the validated one first, the anchor's last.
    pub certificates: Vec<Certificate>,
    /// The anchor the path ends at.
    pub anchor: Anchor,
    /// What is known about revocation.
    pub revocation: RevocationState,
    /// The policies the path is valid for (user_constrained_policy_set of RFC 9618 §5.4); anyPolicy when nothing limits them.
    pub policies: Vec<ObjectIdentifier>,
}

/// Validates a certificate.
///
/// # Errors
/// The most telling of the reasons for which no path holds.
pub fn validate(
    certificate: &Certificate,
    validation: &Validation<'_>,
    budget: Budget,
) -> Result<ValidPath, PathError> {
    validate_counted(certificate, validation, budget).0
}

/// [`validate`] over another backend than the reference, which is asked about every signature.
///
/// # Errors
/// As [`validate`].
pub async fn validate_with(
    backend: &dyn Backend,
    certificate: &Certificate,
    validation: &Validation<'_>,
    budget: Budget,
) -> Result<ValidPath, PathError> {
    let search = || validate(certificate, validation, budget);
    validation.anchors.asked.answered(backend, search).await.0
}

/// As [`validate`]; also gives what is left of the budget, which shows how much work it was.
pub fn validate_counted(
    certificate: &Certificate,
    validation: &Validation<'_>,
    budget: Budget,
) -> (Result<ValidPath, PathError>, Budget) {
    build::Builder::new(validation, budget).run(certificate)
}
