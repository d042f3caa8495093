//! The client's outside on a real machine.

use std::time::{Duration, Instant};

use sceau_client::world::{Clock, Local, NoRandomness, Randomness, Read, Reading};
use sceau_protocol::{ReadingAsk, UnixSeconds};

/// The machine's clock, perhaps set wrong.
pub(crate) struct NativeClock {
    begun: Instant,
    wrong_by: i64,
}

impl NativeClock {
    /// The clock as it is.
    pub(crate) fn right() -> Self {
        Self::wrong_by(0)
    }

    /// A clock that is so many seconds ahead.
    pub(crate) fn wrong_by(seconds: i64) -> Self {
        Self { begun: Instant::now(), wrong_by: seconds }
    }
}

impl Clock for NativeClock {
    fn now(&self) -> UnixSeconds {
        now().saturating_add(self.wrong_by)
    }

    fn monotonic(&self) -> Duration {
        self.begun.elapsed()
    }

    fn sleep(&self, pause: Duration) -> Local<'_, ()> {
        if pause.is_zero() {
            return Box::pin(tokio::task::yield_now());
        }
        Box::pin(tokio::time::sleep(pause))
    }
}

/// The time of this machine.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the native outside")]
pub(crate) fn now() -> UnixSeconds {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The machine's random number generator.
pub(crate) struct NativeRandomness;

impl Randomness for NativeRandomness {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(out).map_err(|_| NoRandomness)
    }
}

/// What reads hostile files, without a worker of its own.
pub(crate) struct NativeReading;

impl Reading for NativeReading {
    fn ask(&self, ask: ReadingAsk, buffers: Vec<Vec<u8>>) -> Local<'_, Read> {
        Box::pin(async { Ok(sceau_reading::answer(ask, buffers)) })
    }

    fn forget(&self) {}
}
