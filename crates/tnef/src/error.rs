//! What can be wrong with a stream. Variants describe the input.

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a stream could not be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not begin with the signature of TNEF (MS-OXTNEF §2.1.3.1).
    #[error("this is no winmail.dat: keep it as a file, under the name it came with")]
    NotTnef,
    /// There are more attributes than [`crate::Limits::attributes`].
    #[error("the file has more than {limit} attributes: ask the sender for a letter in plain text or HTML")]
    TooManyAttributes {
        /// The limit that was passed.
        limit: usize,
    },
    /// There are more properties than [`crate::Limits::properties`].
    #[error("the file has more than {limit} properties: ask the sender for a letter in plain text or HTML")]
    TooManyProperties {
        /// The limit that was passed.
        limit: usize,
    },
    /// There are more files than [`crate::Limits::attachments`].
    #[error("the letter has more than {limit} files: ask the sender to send them in several letters")]
    TooManyAttachments {
        /// The limit that was passed.
        limit: usize,
    },
    /// The RTF is longer than [`crate::Limits::rtf_octets`] when it is decompressed.
    #[error("the text of the letter takes more than {limit} octets: ask the sender to send it as a file")]
    RtfTooLong {
        /// The limit that was passed.
        limit: usize,
    },
    /// What was read is longer than [`crate::Limits::expansion`] times the stream.
    #[error(
        "what is in the file takes {found} octets, more than {limit}: ask the sender to send the files alone"
    )]
    OutputTooLong {
        /// Octets found so far.
        found: usize,
        /// The limit that was passed.
        limit: usize,
    },
}

/// What is odd about a stream that was read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// The checksum of an attribute does not fit (MS-OXTNEF §2.1.3.2). Its value was taken.
    Checksum {
        /// The attribute's identifier.
        attribute: u32,
    },
    /// The stream ends within an attribute, or goes on with something that is none. What came before was taken.
    Truncated,
    /// A list of properties ends within one, or has one of an unknown type. Those before it were taken.
    Properties,
    /// The compressed RTF is damaged, or of no known compression (MS-OXRTFCP §2.1.3.1). What was whole was taken.
    Rtf,
    /// The checksum of the compressed RTF does not fit (MS-OXRTFCP §2.1.3.2). It was taken.
    RtfChecksum,
    /// A text is not in the code page that it should be in, or in one that is unknown here.
    CodePage,
}
