//! What became of a transaction that several share: told once, heard by each.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::sql;

/// Waited for apart from the writer, so that nobody who waits is in the way of those who write.
#[derive(Default)]
pub(super) struct Outcome {
    settled: Mutex<Option<sql::Result<()>>>,
    told: Condvar,
}

impl Outcome {
    /// Tells it.
    pub(super) fn settle(&self, outcome: sql::Result<()>) {
        *self.lock() = Some(outcome);
        self.told.notify_all();
    }

    /// Whether it is told.
    #[cfg(feature = "fail-points")]
    pub(super) fn is_settled(&self) -> bool {
        self.lock().is_some()
    }

    /// Waits for it.
    pub(super) fn wait(&self) -> sql::Result<()> {
        let mut settled = self.lock();
        loop {
            if let Some(outcome) = &*settled {
                return outcome.clone();
            }
            settled = self.told.wait(settled).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<sql::Result<()>>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
