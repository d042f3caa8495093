//! What can be wrong with an archive. Variants describe the input.

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an archive could not be read, or a file not be taken out of it or put into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no end of a central directory (APPNOTE §4.3.16), or none that fits.
    #[error("this is no ZIP file: keep it as a file, under the name it came with")]
    NotZip,
    /// There are more entries than [`crate::Limits::entries`].
    #[error("the archive has more than {limit} entries: ask the sender for several smaller ones")]
    TooManyEntries {
        /// The limit that was passed.
        limit: usize,
    },
    /// There is no entry at this place.
    #[error("the archive has no such file")]
    NoSuchEntry,
    /// It is a folder: it has no octets.
    #[error("this is a folder, not a file")]
    Folder,
    /// It is a link to a place on the machine of whoever extracts it.
    #[error("this is a link to a file elsewhere, not a file: ask the sender for the file itself")]
    Link,
    /// A pass phrase is needed.
    #[error("the file is locked by a pass phrase: save the archive and open it with another program")]
    Encrypted,
    /// It is compressed by something else than Deflate.
    #[error(
        "the file is compressed in a way ({method}) that is not read here: save the archive and open it with another program"
    )]
    UnknownMethod {
        /// The number of the method (APPNOTE §4.4.5).
        method: u16,
    },
    /// Its octets are also those of another file, or of the directory, as only bombs have it.
    #[error(
        "the file lies over others in the archive: do not open it, and ask the sender for the file itself"
    )]
    Overlaps,
    /// It is larger than [`crate::Limits::file_octets`], or would be.
    #[error("the file takes more than {limit} octets: save the archive and open it with another program")]
    TooLarge {
        /// The limit that was passed.
        limit: usize,
    },
    /// It is not as long as the directory says.
    #[error("the file is not as long as the archive says: it is damaged, or somebody changed it")]
    SizeDiffers,
    /// Its octets are missing or cannot be decompressed, or their checksum does not fit.
    #[error("the file is damaged: ask the sender to send it again")]
    Damaged,
    /// Whoever asked for it wants it no longer.
    #[error("the file was not taken out, as you wished")]
    Cancelled,
    /// What is to be written does not fit the format.
    #[error("the files do not fit into one ZIP file: save them one by one")]
    Unwritable,
}
