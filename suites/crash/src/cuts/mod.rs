//! Exactly one effect: submissions over connections that are cut at random, sent again until there is an answer.

mod proxy;
mod relay;
mod run;
mod sender;
mod tally;

pub use run::{Options, run};
pub use tally::Tally;
