//! Who follows an account hears what changed.

use std::sync::{PoisonError, RwLock};

use tokio::sync::broadcast::{self, Receiver, Sender};

use super::Changed;

/// How many unread changes a slow event source may be behind before it is told all states again.
const CHANGES_BUFFERED: usize = 256;

/// The channel of changes.
pub(super) struct Tell {
    sender: RwLock<Sender<Changed>>,
}

impl Default for Tell {
    fn default() -> Self {
        Self { sender: RwLock::new(broadcast::channel(CHANGES_BUFFERED).0) }
    }
}

impl Tell {
    /// Tells one change to whoever listens.
    pub(super) fn change(&self, change: Changed) {
        // Nobody listening is no error.
        let _ = self.sender.read().unwrap_or_else(PoisonError::into_inner).send(change);
    }

    /// Hears of every change from now on.
    pub(super) fn listen(&self) -> Receiver<Changed> {
        self.sender.read().unwrap_or_else(PoisonError::into_inner).subscribe()
    }

    /// Changes may have been missed: whoever listens is cut off and has to ask anew.
    pub(super) fn cut_off(&self) {
        *self.sender.write().unwrap_or_else(PoisonError::into_inner) = broadcast::channel(CHANGES_BUFFERED).0;
    }
}
