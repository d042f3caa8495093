//! One entry of an archive, and what is odd about it.

use rawzip::{CompressionMethod, ZipFileHeaderRecord};

use crate::name;

/// How many times its compressed size a file may grow before it is odd. Text shrinks to a third or a tenth, images of one colour to a
/// hundredth; Deflate cannot do better than a thousandth, which is what bombs reach.
pub(crate) const ODD_RATIO: u64 = 200;
/// Below this a ratio says nothing: a short file of one repeated line is no attack.
pub(crate) const FREE_OCTETS: u64 = 1024 * 1024;
/// Endings of archives. What is in them is looked at only when somebody opens them; documents that are ZIP files inside are
/// documents.
const ARCHIVES: [&str; 12] =
    ["zip", "zipx", "7z", "rar", "gz", "tgz", "bz2", "xz", "tar", "cab", "jar", "iso"];
/// How a stored archive begins (APPNOTE §4.3.7).
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";

/// How a file is compressed (APPNOTE §4.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Not at all.
    Stored,
    /// By Deflate (RFC 1951).
    Deflated,
    /// By something that is not read here.
    Other(u16),
}

impl Method {
    fn of(found: CompressionMethod) -> Self {
        match found {
            CompressionMethod::STORE => Self::Stored,
            CompressionMethod::DEFLATE => Self::Deflated,
            other => Self::Other(other.as_u16()),
        }
    }
}

/// Something about an entry that people should know before they open it, or that programs read in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// Its name leads out of the folder that it is extracted to: `..`, an absolute path, a drive.
    LeavesFolder,
    /// Characters of its name were left out or replaced: some that cannot be seen, turn the direction of text, or mean something
    /// to an operating system.
    NameChanged,
    /// Its name is not in the charset that it should be in.
    NameDamaged,
    /// Another entry has this name, in capitals or not.
    NameRepeated,
    /// It has another name where its octets stand: other programs may show that one.
    TwoNames,
    /// Its octets are also those of another entry or of the directory.
    Overlaps,
    /// It claims to grow as only bombs do.
    GrowsTooMuch,
    /// Its octets are not where the directory says.
    NoData,
    /// It is an archive itself, which nobody has looked into.
    Archive,
    /// It is a link to another place.
    Link,
}

/// A file or a folder in an archive. Its names are wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name as it was sent, in whatever charset.
    pub raw_name: Vec<u8>,
    /// Its name to be shown and saved under: relative, folders apart by `/`, no tricks.
    pub name: String,
    /// Octets that it claims to have.
    pub size: u64,
    /// Octets that it takes in the archive, as it claims.
    pub compressed_size: u64,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Whether a pass phrase is needed.
    pub is_encrypted: bool,
    /// How it is compressed.
    pub method: Method,
    /// What is odd about it.
    pub oddities: Vec<Oddity>,
}

impl Entry {
    /// What the central directory says of it; nothing of that is believed.
    pub(crate) fn of(record: &ZipFileHeaderRecord<'_>) -> Self {
        let raw_name = record.file_path().as_bytes();
        let decoded = name::decode(record);
        let safe = name::safe(&decoded.text);
        let mut entry = Self {
            raw_name: raw_name.to_vec(),
            is_folder: is_folder(record, &decoded.text),
            name: safe.path,
            size: record.uncompressed_size_hint(),
            compressed_size: record.compressed_size_hint(),
            is_encrypted: record.flags().is_encrypted() || record.flags().is_masked(),
            method: Method::of(record.compression_method()),
            oddities: Vec::new(),
        };
        let grows = entry.size > FREE_OCTETS.max(entry.compressed_size.saturating_mul(ODD_RATIO));
        entry.note(safe.leaves_folder, Oddity::LeavesFolder);
        entry.note(safe.changed, Oddity::NameChanged);
        entry.note(decoded.damaged, Oddity::NameDamaged);
        entry.note(grows, Oddity::GrowsTooMuch);
        entry.note(record.mode().is_symlink(), Oddity::Link);
        entry.note(!entry.is_folder && has_ending(&entry.name), Oddity::Archive);
        entry
    }

    /// Looks at where its octets stand.
    pub(crate) fn compare_with(&mut self, local_name: &[u8], data: &[u8]) {
        self.note(local_name != self.raw_name, Oddity::TwoNames);
        self.note(self.method == Method::Stored && data.starts_with(LOCAL_HEADER), Oddity::Archive);
    }

    pub(crate) fn note(&mut self, is_so: bool, oddity: Oddity) {
        if is_so && !self.oddities.contains(&oddity) {
            self.oddities.push(oddity);
        }
    }

    /// Whether it has this oddity.
    #[must_use]
    pub fn is(&self, oddity: Oddity) -> bool {
        self.oddities.contains(&oddity)
    }
}

/// A folder ends in a slash (APPNOTE §4.4.17), in a backslash where old Windows programs wrote it, or says so by its mode.
fn is_folder(record: &ZipFileHeaderRecord<'_>, name: &str) -> bool {
    const KIND: u32 = 0o170_000;
    const FOLDER: u32 = 0o040_000;
    name.ends_with(['/', '\\']) || record.mode().value() & KIND == FOLDER
}

fn has_ending(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ARCHIVES.contains(&ending.to_ascii_lowercase().as_str()))
}
