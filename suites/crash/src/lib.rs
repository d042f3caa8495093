//! What the relay promises when the power fails, when it is killed, and when connections break: `./x suites crash`.
//!
//! Three suites, described in `docs/design/crash.md`: [`states`] makes the disks a power cut may leave and judges each, [`points`]
//! kills a serving relay at named places, [`cuts`] sends over connections that are cut at random.

pub mod chance;
pub mod client;
pub mod cuts;
pub mod database;
pub mod disk;
pub mod judge;
pub mod letter;
pub mod options;
pub mod points;
pub mod process;
pub mod states;
pub mod trace;
pub mod trouble;
pub mod workload;
