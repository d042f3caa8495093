//! Everything an account does, apart from showing it: log in, unlock, list, open, compose, send.
//!
//! Pure of browser and socket: the outside comes in through the traits of [`world`]. Keys, opened letters and
//! pass phrases live here, in memory, and end with the session.

pub mod compose;
pub mod engine;
pub mod events;
pub mod failure;
pub mod generator;
pub mod identity;
pub mod index;
pub mod job;
pub mod login;
pub mod mailbox;
pub mod opaque;
pub mod opened;
mod own;
pub mod reader;
mod reading;
mod reasons;
pub mod relay;
mod reports;
pub mod secret;
pub mod trust;
pub mod unlocked;
pub mod vault;
pub mod world;
