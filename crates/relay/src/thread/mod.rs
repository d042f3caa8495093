//! Threads (RFC 8621 §3).

pub(crate) mod get;
