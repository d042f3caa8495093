//! Why a path does not hold: facts about public data, so they are precise.

use const_oid::ObjectIdentifier;

use crate::crl::RevocationReason;
use crate::error::Error;
use crate::time::UnixTime;

/// Why a certificate was not accepted. `subject` is always the certificate the reason is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No anchor and no intermediate certificate has this name.
    #[error("no trusted issuer \"{issuer}\" was found for \"{subject}\"")]
    NoPath {
        /// The certificate whose issuer is missing.
        subject: String,
        /// The name that was looked for.
        issuer: String,
    },
    /// An issuer of the right name was found, but its key did not make the signature.
    #[error("the signature on the certificate of \"{subject}\" is not valid")]
    BadSignature {
        /// See the enum.
        subject: String,
    },
    /// SHA-1 or a short RSA key.
    #[error(
        "the certificate of \"{subject}\" is signed with a legacy algorithm, or is for a key that is too short"
    )]
    LegacyAlgorithm {
        /// See the enum.
        subject: String,
    },
    /// A key or signature algorithm that is not implemented.
    #[error("the certificate of \"{subject}\" uses the unsupported algorithm {oid}")]
    UnsupportedAlgorithm {
        /// See the enum.
        subject: String,
        /// The algorithm.
        oid: ObjectIdentifier,
    },
    /// The certificate is not valid yet.
    #[error("the certificate of \"{subject}\" is valid only from {} on", from.to_rfc3339())]
    NotYetValid {
        /// See the enum.
        subject: String,
        /// notBefore.
        from: UnixTime,
    },
    /// The certificate has expired.
    #[error("the certificate of \"{subject}\" expired at {}", until.to_rfc3339())]
    Expired {
        /// See the enum.
        subject: String,
        /// notAfter.
        until: UnixTime,
    },
    /// An issuing certificate is not that of an authority (RFC 5280 §6.1.4 k).
    #[error("\"{subject}\" is not a certification authority")]
    NotAnAuthority {
        /// See the enum.
        subject: String,
    },
    /// Too many authorities below one with a pathLenConstraint (RFC 5280 §6.1.4 l, m).
    #[error("too many authorities stand below the one that issued to \"{subject}\"")]
    PathLengthExceeded {
        /// See the enum.
        subject: String,
    },
    /// An issuing certificate may not sign certificates (RFC 5280 §6.1.4 n).
    #[error("\"{subject}\" may not sign certificates")]
    KeyUsage {
        /// See the enum.
        subject: String,
    },
    /// extKeyUsage does not allow the purpose.
    #[error("the certificate of \"{subject}\" is not for this purpose")]
    Purpose {
        /// See the enum.
        subject: String,
    },
    /// A critical extension is not understood (RFC 5280 §4.2).
    #[error("the certificate of \"{subject}\" has the critical extension {oid}, which is not supported")]
    UnknownCriticalExtension {
        /// See the enum.
        subject: String,
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// A name lies outside what an authority may certify (RFC 5280 §4.2.1.10).
    #[error("the name \"{name}\" of \"{subject}\" is outside what its authority may certify")]
    NameConstraint {
        /// See the enum.
        subject: String,
        /// The offending name.
        name: String,
    },
    /// No acceptable policy covers the path, and one is demanded (RFC 9618).
    #[error("no acceptable certificate policy covers the path down to \"{subject}\"")]
    Policy {
        /// See the enum.
        subject: String,
    },
    /// An authority maps anyPolicy (RFC 5280 §6.1.4 a).
    #[error("\"{subject}\" maps any policy to another, which nobody may")]
    PolicyMapping {
        /// See the enum.
        subject: String,
    },
    /// The certificate is not formed as RFC 5280 demands of its issuer; asked for with `strict_profile` only.
    #[error("the certificate of \"{subject}\" breaks a rule for issuers: {rule}")]
    Profile {
        /// See the enum.
        subject: String,
        /// The rule.
        rule: &'static str,
    },
    /// A name constraint has a form that is not supported.
    #[error("\"{subject}\" constrains a form of name that is not supported")]
    UnsupportedNameConstraint {
        /// See the enum.
        subject: String,
    },
    /// The anchor may not speak for the address's domain.
    #[error("the authority \"{anchor}\" may not speak for {address}")]
    DomainNotAllowed {
        /// The anchor's name.
        anchor: String,
        /// The address.
        address: String,
    },
    /// The certificate was revoked.
    #[error("the certificate of \"{subject}\" was revoked at {} ({})", at.to_rfc3339(), reason.name())]
    Revoked {
        /// See the enum.
        subject: String,
        /// When.
        at: UnixTime,
        /// Why.
        reason: RevocationReason,
    },
    /// No usable list covers the certificate.
    #[error("whether the certificate of \"{subject}\" was revoked is unknown")]
    RevocationUnknown {
        /// See the enum.
        subject: String,
    },
    /// The certificates ask for more work than we allow.
    #[error("the certificates ask for more work than is allowed")]
    BudgetSpent,
}

sceau_mime::stable_codes! {
    pub PathError, "The stable code of this reason, as listed in docs/cli.":
    Self::NoPath { .. } => "no_path_to_anchor",
    Self::BadSignature { .. } => "certificate_signature_invalid",
    Self::LegacyAlgorithm { .. } => "certificate_legacy_algorithm",
    Self::UnsupportedAlgorithm { .. } => "certificate_unsupported_algorithm",
    Self::NotYetValid { .. } => "certificate_not_yet_valid",
    Self::Expired { .. } => "certificate_expired",
    Self::NotAnAuthority { .. } => "issuer_not_an_authority",
    Self::PathLengthExceeded { .. } => "path_length_exceeded",
    Self::KeyUsage { .. } => "issuer_key_usage",
    Self::Purpose { .. } => "certificate_purpose",
    Self::UnknownCriticalExtension { .. } => "unknown_critical_extension",
    Self::NameConstraint { .. } => "name_constraint_violated",
    Self::UnsupportedNameConstraint { .. } => "name_constraint_unsupported",
    Self::Policy { .. } => "certificate_policy",
    Self::PolicyMapping { .. } => "policy_mapping_invalid",
    Self::Profile { .. } => "certificate_profile",
    Self::DomainNotAllowed { .. } => "anchor_domain_not_allowed",
    Self::Revoked { .. } => "certificate_revoked",
    Self::RevocationUnknown { .. } => "revocation_unknown",
    Self::BudgetSpent => "path_budget_spent",
}

impl PathError {
    /// Of several failed paths the reason with the highest rank is reported: how far the
    /// path got, and how much it says.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::NoPath { .. } => 0,
            Self::BadSignature { .. } => 1,
            Self::UnsupportedAlgorithm { .. } => 2,
            Self::LegacyAlgorithm { .. } => 3,
            Self::RevocationUnknown { .. } => 5,
            Self::Revoked { .. } => 6,
            Self::BudgetSpent => 7,
            _ => 4,
        }
    }

    /// What a failed signature check of the certificate of `subject` means.
    pub(super) fn from_signature(error: &Error, subject: &str) -> Self {
        let subject = subject.to_owned();
        match error {
            Error::LegacyAlgorithm | Error::RsaKeySize { .. } => Self::LegacyAlgorithm { subject },
            Error::UnsupportedAlgorithm { oid } | Error::AlgorithmParameters { oid } => {
                Self::UnsupportedAlgorithm { subject, oid: *oid }
            }
            _ => Self::BadSignature { subject },
        }
    }
}
