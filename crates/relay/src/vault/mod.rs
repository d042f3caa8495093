//! The vault: sealed blobs, changed by compare-and-set.

pub(crate) mod get;
pub(crate) mod set;
