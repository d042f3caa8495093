//! What happened, in its order: every octet count, answer and line of the relays' logs, in one digest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// FNV-1a's two numbers, 64 bits: a digest that tells runs apart, not one that withstands anybody.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A trace. Cloning shares.
#[derive(Clone)]
pub(crate) struct Trace(Arc<Mutex<Inner>>);

struct Inner {
    digest: u64,
    lines: u64,
    is_shown: bool,
    begun: Option<Instant>,
}

impl Trace {
    /// One that begins with its first line. When `is_shown`, its lines are printed as well.
    pub(crate) fn new(is_shown: bool) -> Self {
        Self(Arc::new(Mutex::new(Inner { digest: OFFSET, lines: 0, is_shown, begun: None })))
    }

    /// Adds a line, with the time.
    pub(crate) fn line(&self, text: &str) {
        let now = Instant::now();
        let mut inner = self.lock();
        let begun = *inner.begun.get_or_insert(now);
        let millis = u64::try_from(now.duration_since(begun).as_millis()).unwrap_or(u64::MAX);
        for octet in millis.to_le_bytes().into_iter().chain(text.bytes()) {
            inner.digest = (inner.digest ^ u64::from(octet)).wrapping_mul(PRIME);
        }
        inner.lines += 1;
        if inner.is_shown {
            show(millis, text);
        }
    }

    /// The digest of all lines, and how many there were.
    pub(crate) fn digest(&self) -> (u64, u64) {
        let inner = self.lock();
        (inner.digest, inner.lines)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::print_stdout, reason = "this is what the seed was run again for")]
fn show(millis: u64, text: &str) {
    println!("{:>12}.{:03} {text}", millis / 1_000, millis % 1_000);
}
