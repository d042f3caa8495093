//! Spans that ended, until they are sent.

use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use prometheus_client::metrics::counter::Counter;

use super::{Endpoint, Parent};
use crate::{clock, limits, random::generate_bytes};

/// Whose span it is (OpenTelemetry's SpanKind).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Internal,
    Server,
}

/// A span, whole when it has an end.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    /// Zero for none.
    pub(super) parent: [u8; 8],
    /// Nanoseconds since 1970.
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) failed: bool,
}

/// Takes spans and keeps them for the one who sends them.
pub(crate) struct Recorder {
    pub(super) endpoint: Endpoint,
    /// Of 2^64 traces, those whose number is below this are recorded.
    below: u64,
    /// When counting began, on the machine's clock and on one that never jumps.
    origin: (u64, Instant),
    ended: Mutex<Vec<Done>>,
    /// Spans there was no room for, or nobody to take.
    pub(super) lost: Counter,
}

impl Recorder {
    /// Records so many of a million traces.
    pub(crate) fn new(endpoint: Endpoint, millionths: u32) -> Self {
        let share = u128::from(u64::MAX) * u128::from(millionths.min(1_000_000)) / 1_000_000;
        Self {
            endpoint,
            below: u64::try_from(share).unwrap_or(u64::MAX),
            origin: (clock::nanoseconds(), Instant::now()),
            ended: Mutex::default(),
            lost: Counter::default(),
        }
    }

    /// Counts those that were lost.
    pub(crate) fn lost(&self) -> Counter {
        self.lost.clone()
    }

    /// Whether a trace is recorded: by its number, so that every service with the same share decides alike; never one its caller
    /// does not record.
    pub(super) fn samples(&self, parent: &Parent) -> bool {
        let number = match parent {
            Parent::None => u64::from_be_bytes(generate_bytes()),
            Parent::Some { sampled: false, .. } => return false,
            Parent::Some { trace, .. } => {
                trace.iter().skip(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
        };
        number < self.below || self.below == u64::MAX
    }

    pub(super) fn start(
        &self,
        name: &'static str,
        kind: Kind,
        trace: [u8; 16],
        span: [u8; 8],
        parent: [u8; 8],
    ) -> Done {
        let from = self.now();
        Done { name, kind, trace, span, parent, from, to: from, attributes: Vec::new(), failed: false }
    }

    pub(super) fn end(&self, mut done: Done) {
        done.to = self.now();
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match ended.len() < limits::SPANS_WAITING {
            true => ended.push(done),
            false => drop(self.lost.inc()),
        }
    }

    /// What ended since the last time.
    pub(super) fn take(&self) -> Vec<Done> {
        mem::take(&mut *self.ended.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn now(&self) -> u64 {
        let (origin, since) = self.origin;
        origin.saturating_add(u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_recorded_whole_or_not_at_all() {
        let endpoint = || "http://127.0.0.1:4318".parse().unwrap();
        let caller = |byte: u8, sampled| Parent::Some { trace: [byte; 16], span: [1; 8], sampled };
        let (all, half, none) = (
            Recorder::new(endpoint(), 1_000_000),
            Recorder::new(endpoint(), 500_000),
            Recorder::new(endpoint(), 0),
        );
        assert!(all.samples(&caller(0xff, true)) && all.samples(&Parent::None));
        assert!(!all.samples(&caller(1, false)));
        assert!(half.samples(&caller(0x7f, true)) && !half.samples(&caller(0x80, true)));
        assert!(!none.samples(&Parent::None) && !none.samples(&caller(0, true)));
    }
}
