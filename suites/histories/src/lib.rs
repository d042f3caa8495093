//! What clients that work at the same time may rely on: `./x suites histories`, described in `docs/design/histories.md`.
//!
//! [`run`] lets clients loose on one relay, or on two over one database, kills and pauses them, and writes down what was asked and
//! answered; [`judge`] says whether a relay that keeps its word could have answered so.

pub mod client;
pub mod judge;
pub mod plant;
pub mod record;
pub mod run;
pub mod world;
