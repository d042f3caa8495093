//! How much work a stream may ask for.

/// Bounds on one stream. Each default is a named constant with its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Attributes of the stream.
    pub attributes: usize,
    /// MAPI properties of all lists together, values of those with several counted each.
    pub properties: usize,
    /// Files.
    pub attachments: usize,
    /// Octets of the decompressed RTF.
    pub rtf_octets: usize,
    /// Octets of everything that is given back, as a multiple of the stream's.
    pub expansion: usize,
}

impl Limits {
    /// Most files: as many as `sceau-mime` reads parts; a delivery of laboratory results can carry some hundreds.
    pub const ATTACHMENTS: usize = 2_000;
    /// Most attributes: a file takes about six, a message some thirty.
    pub const ATTRIBUTES: usize = 10 * Self::ATTACHMENTS;
    /// Most properties: Outlook writes about thirty for a file and a hundred for a message.
    pub const PROPERTIES: usize = 50 * Self::ATTACHMENTS;
    /// Longest RTF: a letter of a thousand pages takes some 5 MB, and pictures within RTF a few more.
    pub const RTF_OCTETS: usize = 64 * 1024 * 1024;
    /// Largest growth: RTF grows eight times at most when it is decompressed (two octets and a bit stand for 17), and
    /// an octet of it becomes three of UTF-8 at most (`\~`, two octets, becomes `&nbsp;`). More is an error of ours.
    pub const EXPANSION: usize = 24;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attributes: Self::ATTRIBUTES,
            properties: Self::PROPERTIES,
            attachments: Self::ATTACHMENTS,
            rtf_octets: Self::RTF_OCTETS,
            expansion: Self::EXPANSION,
        }
    }
}
