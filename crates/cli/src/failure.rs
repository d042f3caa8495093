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
    pub(crate) cause: Cause,
    pub(crate) text: String,
}

/// What a failure is called.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// The library failed.
    Library(Error),
    /// The command found something itself.
    Own(OwnCause),
}

/// What only the command finds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OwnCause {
    WrongUsage,
    FileExists,
    FileError,
    UnknownContent,
    NoSigningKey,
    RecipientMismatch,
    RecipientCertificateNotValid,
    RecipientCertificateUnfit,
}

sceau_mime::stable_codes! {
    pub(crate) OwnCause, "The stable code, listed in docs/cli.":
    Self::WrongUsage => "wrong_usage",
    Self::FileExists => "file_exists",
    Self::FileError => "file_error",
    Self::UnknownContent => "unknown_content",
    Self::NoSigningKey => "no_signing_key",
    Self::RecipientMismatch => "recipient_mismatch",
    Self::RecipientCertificateNotValid => "recipient_certificate_not_valid",
    Self::RecipientCertificateUnfit => "recipient_certificate_unfit",
}

impl Failure {
    /// The stable code, listed in docs/cli.
    pub(crate) fn code(&self) -> &'static str {
        match &self.cause {
            Cause::Library(error) => error.code(),
            Cause::Own(own) => own.code(),
        }
    }

    /// Something in the arguments, by its own name.
    pub(crate) fn refused(cause: OwnCause, text: String) -> Self {
        Self { exit: USAGE, cause: Cause::Own(cause), text }
    }

    /// Something that cannot be read or written, by its own name.
    pub(crate) fn unreadable(cause: OwnCause, text: String) -> Self {
        Self { exit: UNREADABLE, cause: Cause::Own(cause), text }
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::refused(OwnCause::WrongUsage, text.into())
    }

    pub(crate) fn file(path: &str, error: &std::io::Error) -> Self {
        Self::unreadable(OwnCause::FileError, format!("{path}: {error}"))
    }

    pub(crate) fn exists(path: &str) -> Self {
        let text =
            format!("{path} exists already and is not overwritten; choose another name or remove it first.");
        Self::refused(OwnCause::FileExists, text)
    }

    /// Says which file an error of the library is about.
    pub(crate) fn about(path: &str, error: &Error) -> Self {
        let own = Self::from(error.clone());
        Self { text: format!("{path}: {}", own.text), ..own }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        Self { exit: UNREADABLE, cause: Cause::Library(error), text }
    }
}
