//! Crash states: random workloads are recorded, and the disks a power cut may leave are made and judged.

mod batch;
mod sample;
mod tally;

pub(crate) use batch::folder;
pub use batch::{Options, run};
pub use tally::Tally;
