//! Messages to bytes and back: RFC 5322 and MIME, written strictly and read leniently, with the header
//! protection of RFC 9788 and the MIME containers of S/MIME (RFC 8551 §3).
//!
//! This crate is pure: it knows no clock, no randomness, no network and nothing of CMS. Whatever it reads is
//! untrusted; [`Limits`] bound the work, and what is odd about a message is reported as [`Defect`] facts, on
//! which other crates base their verdict.

mod address;
#[cfg(feature = "fast")]
mod base64_lines;
mod base64_text;
#[cfg(feature = "guess")]
mod bodies;
#[cfg(feature = "guess")]
mod charset;
mod compose;
mod date;
mod entity;
mod error;
mod flowed;
mod given;
mod html;
#[cfg(feature = "more")]
mod legacy_display;
mod letter;
mod limits;
#[cfg(feature = "more")]
mod mail;
pub mod order;
mod outline;
mod protect;
#[cfg(feature = "more")]
mod quoted_lines;
mod redacted;
mod report;
mod structure;
mod text;
mod text_mode;
mod transfer;
#[cfg(feature = "rich")]
mod typed;
#[cfg(feature = "legacy-files")]
mod uuencode;
mod wipe;
mod wrap;

pub use address::{Address, domain_to_ascii};
pub use base64_text::{decode_base64, decode_base64_unpadded, encode_base64};
#[cfg(feature = "guess")]
pub use bodies::{Bodies, CharsetOrigin, decode_charset};
#[cfg(all(feature = "guess", feature = "multi-byte"))]
pub use charset::OneOctet;
#[cfg(feature = "guess")]
pub use charset::{Guess, MAX_GUESSED_OCTETS, guess_charset};
pub use compose::{
    Attachment, Composed, Draft, KeptInside, Outer, TransferSafety, compose, generate_message_id,
};
#[cfg(feature = "more")]
pub use compose::{Form, Policy, compose_as};
#[cfg(feature = "rich")]
pub use compose::{InlineImage, Rich};
pub use date::Date;
pub use entity::{ContentType, Entity, MultipartSigned, is_signature, multipart_signed, wrapped_message};
pub use error::{Error, Result};
#[cfg(feature = "rich")]
pub use flowed::flow;
pub use given::{Given, is_lines_of_text};
pub use html::html_to_text;
#[cfg(feature = "more")]
pub use legacy_display::with_legacy_display;
pub use letter::{Defect, Header, Letter, Part, read};
pub use limits::Limits;
#[cfg(feature = "more")]
pub use mail::{File, Mail, Named, Reader, Shown, read_fields};
pub use outline::{Encoding, Head, Outline, Place, decode_quoted_printable, read_outline};
pub use protect::{HeaderState, Hp, Layer, State, header_states, kept_inside};
pub use report::{
    MAX_DIAGNOSTIC_CHARACTERS, MAX_REPORTED_RECIPIENTS, Outcome, Report, ReportedRecipient, read_report,
};
pub use structure::{Node, structure};
#[cfg(feature = "more")]
pub use text::Text;
pub use text_mode::undo_text_mode;
#[cfg(feature = "rich")]
pub use typed::{TypedAddress, WrongAddress, read_typed};
#[cfg(feature = "legacy-files")]
pub use uuencode::{UuFile, split_uuencoded};
pub use wipe::{Wipe, Wiped};
pub use wrap::{
    Cms, WrapEncoding, around_signed, carries_cms, looks_like_cms, signed_boundary, unwrap_cms,
    unwrap_cms_from, wrap_cms, wrap_multipart_signed,
};
