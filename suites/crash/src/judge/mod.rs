//! Whether a disk holds what was promised before the power was cut.

mod ledger;
mod look;

pub use look::{Finding, judge};
