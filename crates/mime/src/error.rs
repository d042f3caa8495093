//! What can be wrong with a message. Variants describe the input and carry no prose.

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a message could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is neither a header field nor an empty line: this is no message.
    #[error("not a message")]
    NotAMessage,
    /// Containers are nested deeper than [`crate::Limits::nesting`].
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit that was reached.
        limit: usize,
    },
    /// There are more parts than [`crate::Limits::parts`].
    #[error("more than {limit} parts")]
    TooManyParts {
        /// The limit that was passed.
        limit: usize,
    },
    /// A header section is longer than [`crate::Limits::header_bytes`].
    #[error("header section of {found} bytes, more than {limit}")]
    HeaderTooLong {
        /// Bytes found.
        found: usize,
        /// The limit that was passed.
        limit: usize,
    },
    /// The decoded parts together are longer than [`crate::Limits::decoded_bytes`].
    #[error("decoded content of {found} bytes, more than {limit}")]
    DecodedTooLong {
        /// Bytes found so far.
        found: usize,
        /// The limit that was passed.
        limit: usize,
    },
    /// An address cannot be written: no `@`, an empty side, a space or a control character.
    #[error("not an e-mail address: {0:?}")]
    BadAddress(String),
    /// A message identifier cannot be written (RFC 5322 §3.6.4).
    #[error("not a message identifier: {0:?}")]
    BadMessageId(String),
    /// A header field name or value that would break the header section.
    #[error("header field {0:?} cannot be written")]
    BadHeader(String),
    /// No CMS object was found in a mail, PEM or DER file.
    #[error("no CMS object")]
    NotCms,
    /// The base64 around a CMS object is damaged.
    #[error("damaged base64")]
    BadBase64,
    /// A `multipart/signed` that does not have exactly a signed part and a signature (RFC 1847 §2.1).
    #[error("malformed multipart/signed")]
    BadMultipartSigned,
}

/// Gives an enum its stable codes from one exhaustive match: a new variant does not compile without a code, and no
/// code is listed that the match does not give. Shared by the crates above this one.
#[macro_export]
macro_rules! stable_codes {
    ($visible:vis $error:ty, $doc:literal: $($(#[$meta:meta])* $pattern:pat => $code:literal,)*) => {
        impl $error {
            /// Every code, for the documentation and its tests.
            $visible const CODES: &'static [&'static str] = &[$($(#[$meta])* $code,)*];

            #[doc = $doc]
            #[must_use]
            $visible fn code(&self) -> &'static str {
                match self { $($(#[$meta])* $pattern => $code,)* }
            }
        }
    };
}

stable_codes! {
    pub Error, "The stable code of this failure, as JavaScript sees it; listed in docs/cli and never renamed.":
    Self::NotAMessage => "not_a_message",
    Self::TooDeep { .. } => "too_deep",
    Self::TooManyParts { .. } => "too_many_parts",
    Self::HeaderTooLong { .. } => "header_too_long",
    Self::DecodedTooLong { .. } => "decoded_too_long",
    Self::BadAddress(_) => "bad_address",
    Self::BadMessageId(_) => "bad_message_id",
    Self::BadHeader(_) => "bad_header",
    Self::NotCms => "not_cms",
    Self::BadBase64 => "bad_base64",
    Self::BadMultipartSigned => "bad_multipart_signed",
}
