//! How much work a message may ask for.

/// Bounds on one message. Each default is a named constant with its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nested containers (multiparts and messages), the message itself included.
    pub nesting: usize,
    /// Parts, containers and the message itself included.
    pub parts: usize,
    /// Bytes of any one header section (of the message or of a part).
    pub header_bytes: usize,
    /// Bytes of all leaf parts together, after transfer decoding.
    pub decoded_bytes: usize,
}

impl Limits {
    /// Deepest nesting: ten times what forwarding chains of real mail show, half of what the parser allows.
    pub const NESTING: usize = 32;
    /// Most parts: a delivery of laboratory results can carry some hundreds of documents.
    pub const PARTS: usize = 2_000;
    /// Longest header section: Postfix cuts at 100 KiB (`header_size_limit`); long recipient lists get some more.
    pub const HEADER_BYTES: usize = 256 * 1024;
    /// Largest decoded content: what a 32-bit WebAssembly memory holds beside two copies of itself.
    pub const DECODED_BYTES: usize = 512 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            nesting: Self::NESTING,
            parts: Self::PARTS,
            header_bytes: Self::HEADER_BYTES,
            decoded_bytes: Self::DECODED_BYTES,
        }
    }
}
