//! Flows across client and relay, without a socket: two and more people, one relay, sometimes a hostile one.

// Sealing and opening are futures within futures; a test holds all of them.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test, a panic with its reason is the report"
)]

mod forged;
mod letters_brought;
mod letters_compat;
mod letters_exchange;
mod letters_formatted;
mod letters_from_files;
mod letters_handed_over;
mod letters_hostile;
mod letters_kept;
mod letters_refused;
mod native;
mod office;
mod person;
mod secondary;
