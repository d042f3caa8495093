//! Paths made for one question each; the foreign suites stand in tests/keys.

mod answers;
mod asked;
#[cfg(feature = "fast")]
mod known;
mod lists;
mod names;
mod policies;
mod world;
