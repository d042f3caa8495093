//! Random work against a relay in this process, with a mark for everything begun and everything told.
//!
//! A workload has rounds; in each, several lanes work at once, and between two rounds the relay may be closed and opened again.

mod act;
mod lane;
mod mark;
mod run;

pub use act::{Act, Key, Later, Upload};
pub use lane::{Ended, Lane};
pub use mark::{Mark, Marks};
pub use run::{MEMBERS, START, admit, run};
