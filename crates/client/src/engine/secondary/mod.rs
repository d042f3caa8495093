//! What the first list of letters does not need.
//!
//! In a browser its code is a module of its own, fetched after that list: `./x build` takes out of the worker's module what only
//! the functions of [`Loaded`] reach, whom it knows by their names (docs/design/loading.md).

mod calls;

use sceau_protocol::Ask;

use super::calls::Answered;
use super::{Buffers, Engine};
use crate::failure::Result;
use crate::job::Job;
use crate::reader;
use crate::unlocked::Unlocked;
use crate::world::Local;

/// Proof that the code is there: nothing of it can be called without.
pub(super) struct Loaded(());

impl Engine {
    /// Returns once the code is there.
    ///
    /// # Errors
    /// That the relay does not answer; it is asked again the next time.
    pub(super) async fn secondary(&self) -> Result<Loaded> {
        self.world.secondary.load().await?;
        Ok(Loaded(()))
    }
}

// Boxed here, so that even what polls and drops these futures is taken out.
impl Loaded {
    /// Runs any call but those of the first list.
    #[inline(never)]
    pub(super) fn answer<'a>(
        &self,
        engine: &'a Engine,
        job: &'a Job,
        ask: Ask,
        buffers: Buffers,
    ) -> Local<'a, Answered> {
        Box::pin(async move { calls::run(engine, job, ask, buffers).await })
    }

    /// Reads all letters not in the index: [`reader::catch_up`].
    #[inline(never)]
    pub(super) fn catch_up<'a>(
        &self,
        unlocked: &'a Unlocked,
        job: &'a Job,
        tell: impl Fn(u64, u64) + 'a,
    ) -> Local<'a, Result<()>> {
        Box::pin(async move { reader::catch_up(unlocked, job, tell).await })
    }
}
