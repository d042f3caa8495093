//! Accounts, ways in and enrolment.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::UnixSeconds;

/// A pass phrase or code on its way to the worker: wiped on drop, never printed.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes what was typed.
    pub fn new(typed: String) -> Self {
        Self(typed)
    }

    /// The text itself; named so that every use can be found.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// A way into an account's vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WayIn {
    /// The pass phrase the person chose.
    PassPhrase,
    /// The recovery code printed at enrolment.
    RecoveryCode,
}

/// An account after sign-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The account's address.
    pub address: String,
    /// The confirmed name, from the signing certificate; none before certificates are there.
    pub name: Option<String>,
    /// How far its set-up has come.
    pub stage: AccountStage,
    /// The sign-in before this one, so that a stranger's shows.
    pub last_sign_in: Option<LastSignIn>,
    /// This machine's clock minus the relay's, in seconds.
    pub clock_offset_seconds: i64,
    /// Whether that offset is large enough to tell the person (above five minutes; times are corrected).
    pub clock_is_wrong: bool,
    /// The way in that was used: whoever came by the recovery code has a pass phrase to choose.
    pub way: WayIn,
    /// When the signing certificate ends, if there is one.
    pub certificate_ends: Option<UnixSeconds>,
}

/// When and whence the account was last entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSignIn {
    /// When.
    pub at: UnixSeconds,
    /// From which network address, as the relay saw it.
    pub from: String,
}

/// How far the set-up of an account has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountStage {
    /// No authority is pinned: its fingerprint must be compared with the enrolment letter first.
    NeedsAuthority(Vec<ProposedAuthority>),
    /// An authority is pinned, no keys are there.
    NeedsKeys,
    /// Keys were made; the authority's answer is awaited.
    AwaitsCertificates(CertificateRequests),
    /// Letters can be written and read.
    Ready,
}

/// An authority as the relay proposes it: trusted only once a person has compared the fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedAuthority {
    /// Names it in [`PinAuthority`](crate::PinAuthority).
    pub id: String,
    /// The certificate's common name.
    pub name: String,
    /// SHA-256 of the certificate, upper-case hexadecimal in groups of four.
    pub fingerprint: String,
    /// The mail domains it would speak for.
    pub domains: Vec<String>,
}

/// What a first log-in brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The account's address.
    pub address: String,
    /// Shown once, to be printed: opens the vault when the pass phrase is forgotten.
    pub recovery_code: String,
    /// What remains to be done.
    pub stage: AccountStage,
}

/// What a change of pass phrase brings: the old recovery code opens nothing any more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRecoveryCode {
    /// Shown once, to be printed.
    pub recovery_code: String,
}

impl fmt::Debug for NewRecoveryCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("NewRecoveryCode(…)")
    }
}

/// PKCS#10 requests (RFC 2986) in PEM, to be handed to the authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRequests {
    /// For the signing key.
    pub signing: String,
    /// For the encryption key.
    pub encryption: String,
}
