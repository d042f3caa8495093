//! The relay: stores and forwards ciphertext (design section 6).
//!
//! It has no code that could open a letter: of our crates it links only `sceau-api`. [`app`] gives the router, so that
//! tests need no socket; the program `sceau-relay` serves it.

mod account;
mod app;
mod auth;
mod authority;
mod blob;
pub mod clock;
pub mod command;
mod desk;
mod directory;
mod doors;
mod email;
mod event;
mod fail_point;
mod fault;
mod folder;
mod health;
mod identity;
mod index_segment;
mod jmap;
mod letter;
pub mod limits;
mod log;
mod mailbox;
mod network;
mod page;
mod problem;
mod push;
pub mod queue;
mod quota;
mod random;
mod rate;
mod relay;
mod secret_file;
pub mod serve;
mod session;
#[cfg(feature = "simulation")]
pub mod simulated;
pub mod smtp;
mod stop;
pub mod store;
mod submission;
mod surroundings;
mod thread;
mod threads;
mod token;
mod vault;
mod watch;

pub use crate::{
    app::app,
    auth::opaque::RelaySuite,
    doors::Doors,
    fault::Fault,
    folder::findings,
    network::proxy::{ForwardedField, Network, TrustedProxies},
    push::{Contact, Internet, Outbound, Pusher, Unreachable, Wire},
    relay::{NewAccount, Relay},
    surroundings::Surroundings,
    threads::{Pool, Threads},
    token::{
        create::{NewToken, TokenWish},
        list::TokenEntry,
        scope::Scopes,
    },
    watch::operator::operator,
};
