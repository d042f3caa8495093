//! Why a command could not do its work: a code for programs, a sentence for people.

use sceau_smime::Error;

/// Exit code: the input cannot be read or opened.
pub(crate) const UNREADABLE: u8 = 2;
/// Exit code: wrong usage.
pub(crate) const USAGE: u8 = 3;

/// A failure that ends the command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: u8,
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { exit: USAGE, code: "wrong_usage", text: text.into() }
    }

    /// A flag of the contract whose capability comes with a later piece of work.
    pub(crate) fn later(flag: &str, what: &str) -> Self {
        let text = format!("{flag} not available yet: {what} come with a later version of sceau.");
        Self { exit: USAGE, code: "not_available_yet", text }
    }

    pub(crate) fn file(path: &str, error: &std::io::Error) -> Self {
        Self { exit: UNREADABLE, code: "file_error", text: format!("{path}: {error}") }
    }

    pub(crate) fn exists(path: &str) -> Self {
        let text =
            format!("{path} exists already and is not overwritten; choose another name or remove it first.");
        Self { exit: USAGE, code: "file_exists", text }
    }

    /// Says which file an error of the library is about.
    pub(crate) fn about(path: &str, error: &Error) -> Self {
        let own = Self::from(error.clone());
        Self { text: format!("{path}: {}", own.text), ..own }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { exit: UNREADABLE, code: code(&error), text: error.to_string() }
    }
}

/// The stable code of a library error; listed in docs/cli.
fn code(error: &Error) -> &'static str {
    match error {
        Error::Malformed { .. } => "malformed",
        Error::UnsupportedAlgorithm { .. } => "unsupported_algorithm",
        Error::AlgorithmParameters { .. } => "algorithm_parameters",
        Error::WrongKeyKind => "wrong_key_kind",
        Error::RsaKeySize { .. } => "rsa_key_size",
        Error::LegacyAlgorithm => "legacy_algorithm",
        Error::BadSignature => "bad_signature",
        Error::PasswordRequired => "password_required",
        Error::WrongPassword => "wrong_password",
        Error::LimitExceeded { .. } => "limit_exceeded",
        Error::Missing { .. } => "missing",
        Error::KeyMismatch => "key_mismatch",
        Error::BadAddress => "bad_address",
        Error::NotForThisKey => "not_for_this_key",
        Error::Decrypt => "cannot_open",
    }
}
