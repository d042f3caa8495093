//! Push (RFC 8620 §7).

pub(crate) mod socket;
pub(crate) mod source;
