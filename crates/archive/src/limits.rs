//! How much work an archive may ask for.

/// Bounds on one archive. Each default is a named constant with its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries, folders included.
    pub entries: usize,
    /// Octets of one file that is taken out.
    pub file_octets: usize,
}

impl Limits {
    /// Most entries: a year of a practice's results has some thousands; one of them takes 46 octets at least and costs
    /// about ten times as much as it is listed.
    pub const ENTRIES: usize = 10_000;
    /// Largest file: what a 32-bit WebAssembly memory holds beside a copy of itself and the archive, and more than any letter
    /// brings uncompressed.
    pub const FILE_OCTETS: usize = 256 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: Self::ENTRIES, file_octets: Self::FILE_OCTETS }
    }
}
