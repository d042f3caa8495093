//! Everything an account does, apart from showing it: log in, unlock, list, open, compose, send.
//!
//! Pure of browser and socket: the outside comes in through the four traits of [`world`]. Keys, opened letters and
//! pass phrases live here, in memory, and end with the session.

pub mod failure;
pub mod generator;
pub mod job;
pub mod login;
pub mod opaque;
pub mod relay;
pub mod secret;
pub mod vault;
pub mod world;
