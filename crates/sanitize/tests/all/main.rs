//! What a hostile letter may not do, and what a good one may.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod benign;
mod hostile;
mod judge;
mod limits;
