//! Layers that neither seal nor sign, as the report tells them.

use serde::Serialize;

/// Content that was compressed (RFC 3274).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompressedLayer {
    /// `zlib`.
    pub algorithm: &'static str,
    /// Octets that came out.
    pub bytes: usize,
}

/// Content with its digest (RFC 5652 §7): shows accidents, proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DigestedLayer {
    /// The hash function.
    pub digest: &'static str,
    /// Whether the digest fits.
    pub intact: bool,
}

/// Content with a message authentication code that was right (RFC 5652 §9): made by somebody who has the key, which all
/// its recipients have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthenticatedLayer {
    /// The algorithm of the code, such as `hmac-sha256`.
    pub mac: &'static str,
    /// How its key came, as in an envelope.
    pub key: String,
}
