//! A runtime of the store's own: what it waits for goes on whichever thread waits.

use std::future::Future;

use futures::executor::block_on;
use tokio::runtime::{Builder, Runtime};

use crate::{fault::Fault, limits};

/// Threads that move octets; ended without waiting, since the relay may end on a thread that must not.
pub(super) struct Background(Option<Runtime>);

impl Background {
    pub(super) fn new(name: &str) -> Result<Self, Fault> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(limits::STORE_THREADS).thread_name(name).enable_all();
        Ok(Self(Some(builder.build()?)))
    }

    /// Begins something that nobody waits for.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(work);
        }
    }

    /// Waits for something.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Fault> {
        let runtime = self.0.as_ref().ok_or(Fault::Interrupted)?;
        block_on(runtime.spawn(work)).map_err(|_| Fault::Interrupted)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
