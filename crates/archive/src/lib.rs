//! Reads ZIP files that come with letters, and writes one (PKWARE's APPNOTE 6.3).
//!
//! [`Archive::read`] lists what is there, under names that are safe to show and to save; [`Archive::extract`] gives the octets
//! of one file; [`write`] puts files together for "save all".
//!
//! This crate is pure, and every octet it reads is untrusted: [`Limits`] bound the work whatever a header claims, archives within
//! archives are files like others, and what is odd is reported as [`Defect`] and [`Oddity`] facts.

mod entry;
mod error;
mod extract;
mod limits;
mod listing;
mod name;
mod wipe;
mod write;

pub use entry::{Entry, Method, Oddity};
pub use error::{Error, Result};
pub use limits::Limits;
pub use listing::{Archive, Defect};
pub use name::{MAX_FOLDERS, MAX_NAME_OCTETS, safe_path};
pub use write::write;
