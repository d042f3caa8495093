//! Sessions: the bearer token, and the session resource (RFC 8620 §2).

pub(crate) mod bearer;
pub(crate) mod create;
pub(crate) mod get;
