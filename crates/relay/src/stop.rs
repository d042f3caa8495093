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

    /// Waits until it is so.
    pub(crate) async fn begun(&self) {
        // The sender is here: it cannot be gone.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}
