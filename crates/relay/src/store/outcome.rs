//! What became of a transaction that several share: told once, heard by each.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::sql;

/// What became of it.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// It is durable.
    Committed,
    /// It was undone because of another of those who shared it: whoever did nothing wrong does its part again.
    Undone,
    /// It failed, for all of them.
    Failed(sql::Error),
}

/// Waited for apart from the writer, so that nobody who waits is in the way of those who write.
#[derive(Default)]
pub(super) struct Outcome {
    settled: Mutex<Option<End>>,
    told: Condvar,
}

impl Outcome {
    /// Tells it.
    pub(super) fn settle(&self, end: End) {
        *self.lock() = Some(end);
        self.told.notify_all();
    }

    /// Whether it is told.
    #[cfg(feature = "fail-points")]
    pub(super) fn is_settled(&self) -> bool {
        self.lock().is_some()
    }

    /// Waits for it.
    pub(super) fn wait(&self) -> End {
        let mut settled = self.lock();
        loop {
            if let Some(end) = &*settled {
                return end.clone();
            }
            settled = self.told.wait(settled).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<End>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
