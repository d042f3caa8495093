//! The sealed index: segments that only grow, counted per device.

pub(crate) mod append;
pub(crate) mod get;
