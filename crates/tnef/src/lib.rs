//! Reads winmail.dat: what Outlook and Exchange send to people who have neither (MS-OXTNEF).
//!
//! A TNEF stream is a list of attributes; two of them hold lists of MAPI properties, one of those compressed RTF
//! (MS-OXRTFCP), in which the HTML that somebody wrote is encapsulated (MS-OXRTFEX). [`read`] gives the subject, the text,
//! the HTML and the files.
//!
//! This crate is pure, and every octet it reads is untrusted: [`Limits`] bound the work, what is odd is reported as
//! [`Defect`] facts, and a stream that ends too early gives what was whole. Names and HTML are as hostile as the stream:
//! the caller cleans them as he does those of any letter.

mod attributes;
mod code_page;
mod cursor;
mod error;
mod limits;
mod message;
mod properties;
mod rtf;
mod wipe;

pub use error::{Defect, Error, Result};
pub use limits::Limits;
pub use message::{Attachment, NESTED, Tnef, read};
pub use rtf::{Encapsulated, de_encapsulate, decompress_rtf};
