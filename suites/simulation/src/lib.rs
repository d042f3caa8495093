//! Two relays, their clients and a bad network in one thread, by a clock that jumps: `./x suites simulation`.
//!
//! Whatever happens is drawn from a seed, so that what a seed finds it finds again. `docs/design/simulation.md` describes it.

#![cfg(feature = "simulation")]

mod judge;
mod machine;
mod net;
mod person;
pub mod plan;
mod run;
mod template;
mod trace;
mod weather;

pub use judge::Finding;
pub use run::{Options, Outcome, Tally, all, one};
