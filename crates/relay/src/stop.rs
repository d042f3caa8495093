//! The end of serving, told to whatever would go on for ever.

use tokio::sync::watch;

/// Whether the relay is about to stop.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Says so.
    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is so.
    pub(crate) async fn begun(&self) {
        self.follow().begun().await;
    }

    /// One that goes on for ever, and is waited for at the end.
    pub(crate) fn follow(&self) -> Following {
        Following(self.0.subscribe())
    }

    /// Waits until nobody follows any more.
    pub(crate) async fn all_gone(&self) {
        self.0.closed().await;
    }
}

/// Held by whatever goes on until it is told to stop.
#[derive(Debug, Clone)]
pub(crate) struct Following(watch::Receiver<bool>);

impl Following {
    /// Waits until the relay is about to stop.
    pub(crate) async fn begun(&mut self) {
        // Without a sender there is no relay any more.
        let _ = self.0.wait_for(|begun| *begun).await;
    }
}
