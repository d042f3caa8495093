//! The end of serving, told to whatever would go on for ever.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Notify, watch};

/// Whether the relay is about to stop.
#[derive(Debug)]
pub(crate) struct Stop {
    word: Arc<Word>,
    /// Counts those who follow.
    followers: watch::Sender<()>,
}

/// The word to stop, heard in the order in which it was waited for.
#[derive(Debug, Default)]
struct Word {
    is_said: AtomicBool,
    said: Notify,
}

impl Stop {
    pub(crate) fn new() -> Self {
        Self { word: Arc::default(), followers: watch::Sender::new(()) }
    }

    /// Says so.
    pub(crate) fn begin(&self) {
        self.word.is_said.store(true, Ordering::Release);
        self.word.said.notify_waiters();
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.word.is_said.load(Ordering::Acquire)
    }

    /// Waits until it is so.
    pub(crate) async fn begun(&self) {
        self.word.heard().await;
    }

    /// One that goes on for ever, and is waited for at the end.
    pub(crate) fn follow(&self) -> Following {
        Following { word: Arc::clone(&self.word), _counted: self.followers.subscribe() }
    }

    /// Waits until nobody follows any more.
    pub(crate) async fn all_gone(&self) {
        self.followers.closed().await;
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        // Without it there is no relay any more.
        self.begin();
    }
}

impl Word {
    async fn heard(&self) {
        let said = self.said.notified();
        // Made before it is looked: what is said in between is heard.
        if !self.is_said.load(Ordering::Acquire) {
            said.await;
        }
    }
}

/// Held by whatever goes on until it is told to stop.
#[derive(Debug, Clone)]
pub(crate) struct Following {
    word: Arc<Word>,
    _counted: watch::Receiver<()>,
}

impl Following {
    /// Waits until the relay is about to stop.
    pub(crate) async fn begun(&mut self) {
        self.word.heard().await;
    }
}
