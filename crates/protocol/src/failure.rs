//! What can go wrong, as facts.

use serde::{Deserialize, Serialize};

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What happened.
    pub code: FailureCode,
    /// The address, file name or date the sentence needs; shown to the person, never logged.
    pub about: Option<String>,
    /// The relay's operation number, for support.
    pub operation: Option<String>,
}

impl Failure {
    /// A failure that needs no further words.
    pub fn of(code: FailureCode) -> Self {
        Self { code, about: None, operation: None }
    }

    /// A failure about an address, a file or a date.
    pub fn about(code: FailureCode, about: impl Into<String>) -> Self {
        Self { code, about: Some(about.into()), operation: None }
    }
}

impl From<FailureCode> for Failure {
    fn from(code: FailureCode) -> Self {
        Self::of(code)
    }
}

macro_rules! failure_codes {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// The facts the page has a sentence for, in both languages; its match is exhaustive.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum FailureCode { $($(#[$doc])* $name),* }

        impl FailureCode {
            /// Every code, so that tests can ask for every sentence.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

failure_codes! {
    /// Address or pass phrase is wrong; the relay does not say which.
    WrongPassPhrase,
    /// The enrolment code is unknown, used or out of date.
    WrongEnrolmentCode,
    /// The new pass phrase is too short.
    WeakPassPhrase,
    /// Too many attempts; wait.
    TooManyAttempts,
    /// The session ended; nothing unsaved was lost from the page.
    SessionEnded,
    /// Nobody is signed in.
    SignedOut,
    /// The relay does not answer.
    RelayUnreachable,
    /// The relay answered something unexpected.
    RelayRefused,
    /// The relay has too much to do, or was asked for too much in a short time; it did nothing of what was asked.
    RelayBusy,
    /// The relay has no room left.
    RelayFull,
    /// The vault at the relay was changed from elsewhere meanwhile.
    VaultConflict,
    /// The vault does not open although the pass phrase is right.
    VaultDamaged,
    /// The authority's fingerprint is not the one that was shown.
    FingerprintChanged,
    /// The set-up of this account is not finished.
    NotReady,
    /// The key file's pass phrase is wrong.
    WrongKeyFilePassPhrase,
    /// The key file is damaged or of an unknown kind.
    KeyFileDamaged,
    /// The key file lacks a signing or an encryption key with its certificate.
    KeyFileIncomplete,
    /// The certificate names another person or key.
    CertificateNotYours,
    /// The certificate does not come from a pinned authority.
    CertificateUntrusted,
    /// One's own certificate has ended.
    OwnCertificateExpired,
    /// No recipient is named.
    NoRecipient,
    /// What was typed is no address.
    BadAddress,
    /// The directory does not know the recipient.
    RecipientUnknown,
    /// The recipient's certificate names somebody else.
    RecipientCertificateWrong,
    /// The recipient's certificate has ended.
    RecipientCertificateExpired,
    /// The recipient's certificate comes from no pinned authority.
    RecipientUntrusted,
    /// The recipient's certificate was revoked.
    RecipientRevoked,
    /// The recipient's certificate changed in a way that must be confirmed.
    RecipientChanged,
    /// The revocation list is too old to seal.
    RevocationStale,
    /// The letter is larger than the relay takes.
    TooLarge,
    /// Another device changed this draft.
    DraftConflict,
    /// It can no longer be undone: it has been delivered.
    CannotUnsend,
    /// The letter, draft or attachment is no longer there.
    Gone,
    /// The letter is not for any key at hand.
    NotForThisKey,
    /// The letter cannot be opened: damaged, or not for this key.
    CannotOpen,
    /// The file is not a letter.
    NotALetter,
    /// What the letter brings asks for too much, or is damaged: it is not shown, and can be saved as it is.
    CannotShow,
    /// The file is under a pass phrase of its own.
    Locked,
    /// The person cancelled.
    Cancelled,
    /// The worker stopped; it was started again.
    WorkerStopped,
    /// A defect of ours.
    Internal,
}
