//! EmailSubmission (RFC 8621 §7): one Email, one envelope. It shares its rows and its delivery with letters.

pub(crate) mod get;
pub(crate) mod query;
pub(crate) mod set;
