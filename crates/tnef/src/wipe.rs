//! What was read is wiped from memory when it is dropped, and shows only its size in logs and panics.
//!
//! The stream itself is the caller's, and so is what he clones.

use std::fmt::{Debug, Formatter, Result};
use std::ops::{Deref, DerefMut};

use zeroize::Zeroize;

use crate::message::{Attachment, Tnef};

/// Overwrites many octets at a time, room that is not used as well. Octet by octet, which is what a `Vec` does by itself
/// over WebAssembly, takes as long as reading.
pub(crate) fn wipe(octets: &mut Vec<u8>) {
    octets.spare_capacity_mut().zeroize();
    octets.as_mut_slice().zeroize();
    octets.clear();
}

pub(crate) fn wipe_text(text: &mut String) {
    wipe(&mut std::mem::take(text).into_bytes());
}

/// Octets on their way, wiped when they are dropped.
pub(crate) struct Wiped(pub(crate) Vec<u8>);

impl Deref for Wiped {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl Drop for Tnef {
    /// Files wipe themselves.
    fn drop(&mut self) {
        [&mut self.subject, &mut self.text, &mut self.html].into_iter().flatten().for_each(wipe_text);
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        [&mut self.name, &mut self.content_type, &mut self.content_id]
            .into_iter()
            .flatten()
            .for_each(wipe_text);
        wipe(&mut self.bytes);
    }
}

impl Debug for Tnef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Tnef")
            .field("text_bytes", &self.text.as_ref().map(String::len))
            .field("html_bytes", &self.html.as_ref().map(String::len))
            .field("attachments", &self.attachments)
            .field("defects", &self.defects)
            .finish_non_exhaustive()
    }
}

impl Debug for Attachment {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Attachment({} bytes)", self.bytes.len())
    }
}
