//! What the relay finds around it: the program has the machine's, tests and the simulation have their own.

use std::time::Duration;

use crate::{
    clock::{Clock, SystemClock},
    limits,
    threads::{Pool, Threads},
};

/// A clock, threads, and how often to look around without being woken.
pub struct Surroundings {
    /// Tells the time.
    pub clock: Box<dyn Clock>,
    /// Where work goes that waits for a disk.
    pub threads: Box<dyn Threads>,
    /// The longest the relay waits before it looks for work nobody woke it up for.
    pub housekeeping: Duration,
}

impl Surroundings {
    /// The machine's, by a clock of one's own.
    #[must_use]
    pub fn with_clock(clock: impl Clock + 'static) -> Self {
        Self { clock: Box::new(clock), threads: Box::new(Pool), housekeeping: limits::HOUSEKEEPING }
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self::with_clock(SystemClock)
    }
}
