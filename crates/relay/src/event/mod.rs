//! Push (RFC 8620 §7).

pub(crate) mod source;
