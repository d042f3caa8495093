//! What can go wrong in the client, as facts, and what the page is told.

use std::time::Duration;

use sceau_api::core::{MethodError, MethodErrorType, SetError, SetErrorType};
use sceau_api::{Problem, ProblemCode};
use sceau_protocol::{Failure, FailureCode};

use crate::opaque::OpaqueError;
use crate::world::{NoRandomness, TransportError};

/// Everything that can go wrong. Data sits in fields; sentences are the page's affair.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The relay gave no answer, or a part of one.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The relay refused a request.
    #[error("the relay refused: {}", .0.code)]
    Problem(Box<Problem>),
    /// The relay refused a method call (RFC 8620 §3.6.2).
    #[error("the relay refused the call: {}", .0.kind)]
    Method(Box<MethodError>),
    /// The relay left one record as it was (RFC 8620 §5.3).
    #[error("the relay refused the change: {}", .0.kind)]
    Set(Box<SetError>),
    /// The relay's answer is not what the protocol says.
    #[error("unexpected answer: {what}")]
    Unexpected {
        /// Which answer.
        what: &'static str,
    },
    /// A fact that has a code and at most a name, and no data of its own.
    #[error("{code:?}")]
    Fact {
        /// Which.
        code: FailureCode,
        /// The address, file name or date it is about.
        about: Option<String>,
    },
    /// The machine has no randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Something sealed under the vault does not open.
    #[error("the vault is damaged: {blob}")]
    VaultDamaged {
        /// Which blob.
        blob: String,
    },
    /// An operation on one's own data that cannot fail did.
    #[error("a defect: {what}")]
    Defect {
        /// Where.
        what: &'static str,
    },
}

/// Results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A fact without further words.
    pub fn of(code: FailureCode) -> Self {
        Self::Fact { code, about: None }
    }

    /// A fact about an address, a file or a date.
    pub fn about(code: FailureCode, about: impl Into<String>) -> Self {
        Self::Fact { code, about: Some(about.into()) }
    }

    /// Whether the person ended it.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.code() == FailureCode::Cancelled
    }

    /// Whether the request may have had its effect although no answer came.
    pub fn is_lost_answer(&self) -> bool {
        matches!(self, Self::Transport(TransportError::Unreachable))
    }

    /// How long to wait before the same is asked again, when the relay has only too much to do and did nothing of it.
    pub(crate) fn comes_back_in(&self) -> Option<Duration> {
        match self {
            Self::Problem(problem) if problem.code == ProblemCode::Overloaded => {
                problem.retry_after.map(Duration::from_secs)
            }
            _ => None,
        }
    }

    /// Whether a compare-and-set found another version.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Method(error) => error.kind == MethodErrorType::StateMismatch,
            Self::Set(error) => error.kind == SetErrorType::StateMismatch,
            Self::Problem(problem) => problem.code == ProblemCode::VersionConflict,
            _ => false,
        }
    }

    /// Whether the relay ended the session.
    pub fn is_session_end(&self) -> bool {
        self.code() == FailureCode::SessionEnded
    }

    /// What the page is told.
    pub fn code(&self) -> FailureCode {
        match self {
            Self::Transport(TransportError::Unreachable) => FailureCode::RelayUnreachable,
            Self::Transport(TransportError::TooLarge | TransportError::Refused(_))
            | Self::Unexpected { .. } => FailureCode::RelayRefused,
            Self::Problem(problem) => problem_code(&problem.code),
            Self::Method(error) => method_code(&error.kind),
            Self::Set(error) => set_code(&error.kind),
            Self::Fact { code, .. } => *code,
            Self::NoRandomness(_) | Self::Defect { .. } => FailureCode::Internal,
            Self::VaultDamaged { .. } => FailureCode::VaultDamaged,
        }
    }

    fn operation(&self) -> Option<String> {
        match self {
            Self::Problem(problem) => problem.operation.clone(),
            Self::Method(error) => error.more.get("operation")?.as_str().map(str::to_owned),
            Self::Set(error) => error.more.get("operation")?.as_str().map(str::to_owned),
            Self::Transport(_)
            | Self::Unexpected { .. }
            | Self::Fact { .. }
            | Self::NoRandomness(_)
            | Self::VaultDamaged { .. }
            | Self::Defect { .. } => None,
        }
    }
}

fn problem_code(code: &ProblemCode) -> FailureCode {
    match code {
        ProblemCode::BadCredentials => FailureCode::WrongPassPhrase,
        ProblemCode::SessionEnded | ProblemCode::FreshLoginNeeded => FailureCode::SessionEnded,
        ProblemCode::TooManyAttempts => FailureCode::TooManyAttempts,
        ProblemCode::VersionConflict => FailureCode::VaultConflict,
        ProblemCode::TooLarge => FailureCode::TooLarge,
        ProblemCode::NotFound => FailureCode::Gone,
        ProblemCode::StorageFull => FailureCode::RelayFull,
        ProblemCode::TooManyRequests | ProblemCode::Overloaded => FailureCode::RelayBusy,
        ProblemCode::BadRequest
        | ProblemCode::Forbidden
        | ProblemCode::MethodNotAllowed
        | ProblemCode::ForeignOrigin
        | ProblemCode::ServerFailed
        | ProblemCode::UnknownCapability
        | ProblemCode::NotJson
        | ProblemCode::NotRequest
        | ProblemCode::Limit
        | ProblemCode::Other(_) => FailureCode::RelayRefused,
    }
}

fn method_code(kind: &MethodErrorType) -> FailureCode {
    match kind {
        MethodErrorType::OverQuota => FailureCode::RelayFull,
        MethodErrorType::RequestTooLarge => FailureCode::TooLarge,
        MethodErrorType::InvalidRecipients => FailureCode::RecipientUnknown,
        MethodErrorType::BlobNotFound | MethodErrorType::NotFound => FailureCode::Gone,
        MethodErrorType::CannotUnsend => FailureCode::CannotUnsend,
        MethodErrorType::RateLimit | MethodErrorType::ServerUnavailable => FailureCode::RelayBusy,
        MethodErrorType::ServerFail
        | MethodErrorType::ServerPartialFail
        | MethodErrorType::UnknownMethod
        | MethodErrorType::InvalidArguments
        | MethodErrorType::UnknownDataType
        | MethodErrorType::InvalidResultReference
        | MethodErrorType::Forbidden
        | MethodErrorType::AccountNotFound
        | MethodErrorType::AccountNotSupportedByMethod
        | MethodErrorType::AccountReadOnly
        | MethodErrorType::StateMismatch
        | MethodErrorType::CannotCalculateChanges
        | MethodErrorType::TooManyChanges
        | MethodErrorType::AnchorNotFound
        | MethodErrorType::UnsupportedSort
        | MethodErrorType::UnsupportedFilter
        | MethodErrorType::LetterRefused
        | MethodErrorType::ClientLetterIdReused
        | MethodErrorType::Other(_) => FailureCode::RelayRefused,
    }
}

fn set_code(kind: &SetErrorType) -> FailureCode {
    match kind {
        SetErrorType::OverQuota => FailureCode::RelayFull,
        SetErrorType::TooLarge => FailureCode::TooLarge,
        SetErrorType::NotFound | SetErrorType::BlobNotFound => FailureCode::Gone,
        SetErrorType::InvalidRecipients => FailureCode::RecipientUnknown,
        SetErrorType::NoRecipients => FailureCode::NoRecipient,
        SetErrorType::CannotUnsend => FailureCode::CannotUnsend,
        SetErrorType::RateLimit => FailureCode::RelayBusy,
        SetErrorType::StateMismatch => FailureCode::VaultConflict,
        SetErrorType::Forbidden
        | SetErrorType::InvalidPatch
        | SetErrorType::WillDestroy
        | SetErrorType::InvalidProperties
        | SetErrorType::Singleton
        | SetErrorType::AlreadyExists
        | SetErrorType::MailboxHasChild
        | SetErrorType::MailboxHasEmail
        | SetErrorType::TooManyKeywords
        | SetErrorType::TooManyMailboxes
        | SetErrorType::InvalidEmail
        | SetErrorType::TooManyRecipients
        | SetErrorType::ForbiddenMailFrom
        | SetErrorType::ForbiddenFrom
        | SetErrorType::ForbiddenToSend
        | SetErrorType::Other(_) => FailureCode::RelayRefused,
    }
}

impl From<FailureCode> for Error {
    fn from(code: FailureCode) -> Self {
        Self::of(code)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<SetError> for Error {
    fn from(error: SetError) -> Self {
        Self::Set(Box::new(error))
    }
}

impl From<OpaqueError> for Error {
    fn from(error: OpaqueError) -> Self {
        match error {
            OpaqueError::WrongSecret => Self::of(FailureCode::WrongPassPhrase),
            OpaqueError::Malformed => Self::Unexpected { what: "OPAQUE message" },
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, operation) = (error.code(), error.operation());
        let about = match error {
            Error::Fact { about, .. } => about,
            Error::Method(error) => first_recipient(&error),
            _ => None,
        };
        Self { code, about, operation }
    }
}

fn first_recipient(error: &MethodError) -> Option<String> {
    error.more.get("recipients")?.as_array()?.first()?.as_str().map(str::to_owned)
}
