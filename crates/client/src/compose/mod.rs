//! Writing: drafts, recipients, sealing and sending.

mod answer;
mod assemble;
mod draft;
mod drafts;
mod html;
mod quote;
mod recipients;
mod seal;
mod send;
mod signature;

pub(crate) use draft::first_words;
pub(crate) use drafts::read_row;
pub use drafts::{Drafts, attach, discard, read_file, remove, save, start};
pub use recipients::{accept, check, complete, read_typed};
pub use send::{send, undo};
pub use signature::signature;
