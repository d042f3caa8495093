//! Path validation (RFC 5280 §6): from a certificate to an anchor that its reader trusts.
//!
//! A [`ValidPath`] is the proof: nobody downstream checks again. Anchors are the reader's own;
//! everything else is untrusted. What is not done here yet: certificate policies. A critical
//! policyConstraints, policyMappings or inhibitAnyPolicy is refused as not understood.

mod build;
mod check;
mod error;
mod names;
mod revocation;

use const_oid::ObjectIdentifier;

pub use self::check::check_alone;
pub use self::error::PathError;
pub use self::names::certificate_has_name;
use crate::crl::Crl;
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
pub struct Anchors(Vec<Anchor>);

impl Anchors {
    /// Anchors for all domains from certificates.
    #[must_use]
    pub fn from_certificates(certificates: Vec<Certificate>) -> Self {
        Self(certificates.into_iter().map(Anchor::new).collect())
    }

    /// Adds an anchor.
    pub fn push(&mut self, anchor: Anchor) {
        self.0.push(anchor);
    }

    /// The anchors.
    pub fn iter(&self) -> impl Iterator<Item = &Anchor> {
        self.0.iter()
    }

    /// Whether nothing is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Anchor> for Anchors {
    fn from_iter<T: IntoIterator<Item = Anchor>>(anchors: T) -> Self {
        Self(anchors.into_iter().collect())
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
    /// A current list must cover every certificate below the anchor.
    Require,
    /// Lists that were given are heeded; what they do not tell is reported, not refused.
    IfGiven,
    /// Lists are not looked at.
    Off,
}

/// What is known about revocation on a valid path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationState {
    /// Current lists cover every certificate.
    Good,
    /// No list was given for at least one certificate, or none was asked for.
    NotChecked,
    /// A list was given for at least one certificate but cannot be used now; when it was last
    /// current, if that is known.
    Unknown {
        /// When the newest list ran out: its nextUpdate, or when it reached the greatest age allowed.
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
            at: now,
            now,
            purpose: Purpose::Email,
            revocation: RevocationMode::IfGiven,
            max_list_age: None,
            address: None,
            danger_legacy: false,
            proven: false,
        }
    }
}

/// How much work one validation may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Signatures checked; webpki allows 100, chosen there after hostile chains.
    pub signatures: u32,
    /// Candidate certificates looked at while building; webpki allows 200,000 calls.
    pub steps: u32,
    /// Names compared with constraints; webpki allows 250,000.
    pub name_comparisons: u32,
    /// Authorities between the anchor and the certificate, self-issued ones not counted. Real
    /// paths have at most 3.
    pub depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { signatures: 100, steps: 20_000, name_comparisons: 250_000, depth: 8 }
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
    build::Builder::new(validation, budget).run(certificate)
}
