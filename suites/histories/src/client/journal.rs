//! Where clients write down what happens, in its order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::record::Record;

/// Records, and the counter of moments.
#[derive(Debug, Default)]
pub struct Journal {
    moment: AtomicU64,
    records: Mutex<Vec<Record>>,
}

impl Journal {
    /// A moment after all that were asked for before.
    pub fn moment(&self) -> u64 {
        self.moment.fetch_add(1, Ordering::SeqCst)
    }

    /// How many moments there were.
    pub fn moments(&self) -> u64 {
        self.moment.load(Ordering::SeqCst)
    }

    /// Writes one down.
    pub fn put(&self, record: Record) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    /// Everything, and nothing is left.
    pub fn take(&self) -> Vec<Record> {
        std::mem::take(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
