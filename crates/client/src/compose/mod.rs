//! Writing: drafts, recipients, sealing and sending.

mod answer;
mod draft;
mod drafts;
mod recipients;
mod seal;
mod send;

pub(crate) use draft::first_words;
pub(crate) use drafts::read_row;
pub use drafts::{Drafts, attach, discard, remove, save, start};
pub use recipients::{accept, check, complete};
pub use send::{send, undo};
