//! What never changes about certificates that were met before: how they read, and that a signature on one was right under a
//! key. Nothing else is kept: whether they hold now, and what they may be used for, is asked every time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::x509::Certificate;

/// Most signatures kept. A mailbox has some hundred correspondents with an authority or two each; above this all are
/// forgotten and computed anew.
pub(super) const MAX_KNOWN: usize = 4096;

/// SHA-256 of a whole certificate, and of the SubjectPublicKeyInfo under whose key its signature is right.
type Entry = ([u8; 32], [u8; 32]);

/// Most certificates kept as read, each of some kilobytes.
const MAX_READ: usize = 512;

/// Longest certificate kept as read; real ones have one or two kilobytes.
const MAX_READ_BYTES: usize = 8 * 1024;

/// What was met before. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Known(Arc<Mutex<Met>>);

#[derive(Default)]
struct Met {
    right: BTreeSet<Entry>,
    read: BTreeMap<Vec<u8>, Certificate>,
}

impl Known {
    /// [`Certificate::from_der`], with what was found about the same octets before.
    ///
    /// # Errors
    /// As [`Certificate::from_der`].
    pub(crate) fn read(&self, der: &[u8]) -> Result<Certificate> {
        if let Some(certificate) = self.lock().read.get(der) {
            return Ok(certificate.clone());
        }
        let certificate = Certificate::from_der(der)?;
        if der.len() <= MAX_READ_BYTES {
            let read = &mut self.lock().read;
            if read.len() >= MAX_READ {
                read.clear();
            }
            read.insert(der.to_vec(), certificate.clone());
        }
        Ok(certificate)
    }

    /// How many right signatures and how many certificates are kept.
    #[cfg(test)]
    pub(super) fn count(&self) -> (usize, usize) {
        let met = self.lock();
        (met.right.len(), met.read.len())
    }

    fn lock(&self) -> MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this was found right before.
    pub(super) fn has(&self, entry: &Entry) -> bool {
        self.lock().right.contains(entry)
    }

    /// Keeps what was found right.
    pub(super) fn add(&self, entry: Entry) {
        let right = &mut self.lock().right;
        if right.len() >= MAX_KNOWN {
            right.clear();
        }
        right.insert(entry);
    }
}

impl core::fmt::Debug for Known {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Known(..)")
    }
}
