//! Why a letter's HTML is not shown. Whoever gets one of these shows the letter's plain text.

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// What about the HTML asks for its text to be shown instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The HTML is longer than [`crate::Limits::input_bytes`].
    #[error("the formatted letter has {found} bytes, more than {limit}: read its plain text instead")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// The limit that was passed.
        limit: usize,
    },
    /// Elements are nested deeper than [`crate::Limits::nesting`].
    #[error("the formatted letter is nested deeper than {limit} levels: read its plain text instead")]
    TooDeep {
        /// The limit that was passed.
        limit: usize,
    },
    /// There are more elements than [`crate::Limits::elements`].
    #[error("the formatted letter has more than {limit} elements: read its plain text instead")]
    TooManyElements {
        /// The limit that was passed.
        limit: usize,
    },
    /// Tags carry so many attributes that comparing them takes more than [`crate::Limits::comparisons`].
    #[error("the formatted letter's tags have too many attributes: read its plain text instead")]
    TooManyAttributes,
    /// There are more character references than [`crate::Limits::references`], or what is written would need as many.
    #[error("the formatted letter has more than {limit} special characters: read its plain text instead")]
    TooManyReferences {
        /// The limit that was passed.
        limit: usize,
    },
    /// There are more links than [`crate::Limits::links`].
    #[error("the formatted letter has more than {limit} links: read its plain text instead")]
    TooManyLinks {
        /// The limit that was passed.
        limit: usize,
    },
    /// What would be shown grew beyond [`crate::Limits::growth`].
    #[error("the formatted letter grew to {found} bytes, more than {limit}: read its plain text instead")]
    Grew {
        /// Bytes found.
        found: usize,
        /// The limit that was passed.
        limit: usize,
    },
    /// Reading what was written gave something else each time ([`crate::Limits::rounds`]).
    #[error("the formatted letter reads differently each time: read its plain text instead")]
    Unstable,
    /// Something was about to be shown that is not on the list. It should not happen, and is not shown.
    #[error("the formatted letter holds something that is not shown here: read its plain text instead")]
    NotAllowed,
}
