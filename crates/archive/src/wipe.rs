//! What was taken out of an archive is wiped from memory when it is dropped, and shows only its size in logs and panics.
//!
//! The archive itself is the caller's, and so is what he clones.

use std::fmt::{Debug, Formatter, Result};

use zeroize::{Zeroize, Zeroizing};

use crate::entry::Entry;
use crate::listing::Archive;

impl Drop for Entry {
    fn drop(&mut self) {
        self.raw_name.zeroize();
        self.name.zeroize();
    }
}

impl Debug for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Entry")
            .field("size", &self.size)
            .field("compressed_size", &self.compressed_size)
            .field("method", &self.method)
            .field("oddities", &self.oddities)
            .finish_non_exhaustive()
    }
}

impl Debug for Archive<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Archive")
            .field("entries", &self.entries)
            .field("defects", &self.defects)
            .finish_non_exhaustive()
    }
}

/// Room that grows by doubling, and leaves nothing behind where it was.
#[derive(Default)]
pub(crate) struct Room(Zeroizing<Vec<u8>>);

impl Room {
    /// Its first `end` octets; those that are new are zero.
    pub(crate) fn of(&mut self, end: usize) -> &mut [u8] {
        if end > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(end.max(self.0.len().saturating_mul(2))));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        if end > self.0.len() {
            self.0.resize(end, 0);
        }
        self.0.get_mut(..end).unwrap_or_default()
    }

    /// The first octets.
    pub(crate) fn cut(mut self, length: usize) -> Zeroizing<Vec<u8>> {
        self.0.truncate(length);
        self.0
    }
}
