//! A call while it runs: it can be cancelled, and it tells how far it has come.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use sceau_protocol::{FailureCode, Progress, Stage};

use crate::failure::{Error, Result};
use crate::world::Clock;

/// How long a job may keep the thread to itself (design section 5).
pub const SLICE: Duration = Duration::from_millis(50);

/// Whom a job tells how far it has come.
pub type OnProgress = Rc<dyn Fn(Progress)>;

/// A call while it runs; cheap to clone.
#[derive(Clone)]
pub struct Job {
    clock: Rc<dyn Clock>,
    cancelled: Rc<Cell<bool>>,
    yielded: Rc<Cell<Duration>>,
    on_progress: OnProgress,
}

impl Job {
    /// A job nobody watches yet.
    pub fn new(clock: Rc<dyn Clock>, on_progress: OnProgress) -> Self {
        let yielded = Rc::new(Cell::new(clock.monotonic()));
        Self { clock, cancelled: Rc::default(), yielded, on_progress }
    }

    /// A job of the engine's own, which tells nobody.
    pub fn silent(clock: Rc<dyn Clock>) -> Self {
        Self::new(clock, Rc::new(|_| ()))
    }

    /// The same job past the point of return: what follows must not be cut.
    #[must_use]
    pub fn committed(&self) -> Self {
        Self { cancelled: Rc::default(), ..self.clone() }
    }

    /// Asks the job to end at its next step.
    pub fn cancel(&self) {
        self.cancelled.set(true);
    }

    /// Tells how far it has come.
    pub fn tell(&self, stage: Stage, done: u64, total: u64) {
        (self.on_progress)(Progress { stage, done, total });
    }

    /// Between two steps: lets others run when the slice is used up, and ends a cancelled job.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn step(&self) -> Result<()> {
        if self.clock.monotonic().saturating_sub(self.yielded.get()) >= SLICE {
            self.rest().await?;
        }
        self.check()
    }

    /// Lets others run now: before and after work that cannot be cut.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn rest(&self) -> Result<()> {
        self.clock.sleep(Duration::ZERO).await;
        self.yielded.set(self.clock.monotonic());
        self.check()
    }

    fn check(&self) -> Result<()> {
        if self.cancelled.get() { Err(Error::of(FailureCode::Cancelled)) } else { Ok(()) }
    }

    /// Resolves once the job is cancelled; for racing against the network.
    pub async fn until_cancelled(&self) {
        while !self.cancelled.get() {
            self.clock.sleep(SLICE).await;
        }
    }
}
