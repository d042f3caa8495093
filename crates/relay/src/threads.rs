//! Where work goes that waits for a disk, so that nothing else has to wait with it.

use tokio::sync::{mpsc, oneshot};

use crate::fault::Fault;

/// Threads for work that waits for a disk.
pub trait Threads: Send + Sync {
    /// Begins `work`, which is then done even if nobody waits for it any more.
    fn begin(&self, work: Box<dyn FnOnce() + Send>);

    /// Whether work goes on beside what feeds it. Where it does not, all it is fed with is gathered first.
    fn are_beside(&self) -> bool;
}

/// Those the runtime keeps for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pool;

impl Threads for Pool {
    fn begin(&self, work: Box<dyn FnOnce() + Send>) {
        drop(tokio::task::spawn_blocking(work));
    }

    fn are_beside(&self) -> bool {
        true
    }
}

/// Runs work and waits for it; one that panics was interrupted.
pub(crate) async fn run<T: Send + 'static>(
    threads: &dyn Threads,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let (done, outcome) = oneshot::channel();
    threads.begin(Box::new(move || {
        // Nobody may be waiting any more.
        let _ = done.send(work());
    }));
    outcome.await.map_err(|_| Fault::Interrupted)
}

/// What work is fed with, as it comes.
pub(crate) async fn pieces<P: Send + 'static>(
    threads: &dyn Threads,
    mut coming: mpsc::Receiver<P>,
) -> Box<dyn Iterator<Item = P> + Send> {
    if threads.are_beside() {
        return Box::new(std::iter::from_fn(move || coming.blocking_recv()));
    }
    let mut all = Vec::new();
    while let Some(piece) = coming.recv().await {
        all.push(piece);
    }
    Box::new(all.into_iter())
}
