//! What the page and its worker say to each other.
//!
//! The page owns what is seen, the worker owns what is secret. Neither links the other: both link this crate,
//! which knows no cryptography, no relay and no browser. A message is a small serialisable value; large content
//! (a file to attach, a part to save) never goes through it but crosses beside it as transferred buffers, in the
//! order the call's documentation gives.
//!
//! - [`calls`]: what the page can ask for, each with the type of its answer;
//! - [`account`], [`mailbox`], [`letter`], [`compose`]: the values that cross;
//! - [`reading`]: what the worker asks of another that reads what letters bring;
//! - [`rich`]: text with formatting;
//! - [`wire`]: all of them as octets;
//! - [`failure`]: what can go wrong, as facts the page has a sentence for.

pub mod account;
pub mod calls;
pub mod compose;
pub mod failure;
pub mod letter;
pub mod mailbox;
pub mod reading;
pub mod rich;
pub mod wire;

pub use account::*;
pub use calls::*;
pub use compose::*;
pub use failure::*;
pub use letter::*;
pub use mailbox::*;
pub use reading::*;
pub use rich::*;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
pub type UnixSeconds = i64;
