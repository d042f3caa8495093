//! How long answers took, in buckets: for Prometheus, and for the operator's page, which reads them itself.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use prometheus_client::metrics::histogram::Histogram;

/// Upper bounds of the buckets, in seconds: from a cached answer to a slow disk; the last one has none.
const BOUNDS: [f64; 13] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// A histogram of seconds.
pub(super) fn histogram() -> Histogram {
    Histogram::new(BOUNDS)
}

/// Numbers per bucket, and of what is beyond all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Buckets([u64; BOUNDS.len() + 1]);

/// The same, while they are counted.
#[derive(Debug, Default)]
pub(super) struct Latency([AtomicU64; BOUNDS.len() + 1]);

impl Latency {
    pub(super) fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let at = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(bucket) = self.0.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn buckets(&self) -> Buckets {
        Buckets(self.0.each_ref().map(|bucket| bucket.load(Ordering::Relaxed)))
    }
}

impl Buckets {
    /// What came since `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let mut since = *self;
        for (bucket, before) in since.0.iter_mut().zip(before.0) {
            *bucket = bucket.saturating_sub(before);
        }
        since
    }

    /// Both together.
    pub(crate) fn plus(&self, more: &Self) -> Self {
        let mut sum = *self;
        for (bucket, more) in sum.0.iter_mut().zip(more.0) {
            *bucket = bucket.saturating_add(more);
        }
        sum
    }

    /// The time, in seconds, within which `parts` of 1,000 answers were given; none without answers. It is the upper bound of a
    /// bucket, and of those beyond the last one that last bound.
    pub(crate) fn within(&self, parts: u64) -> Option<f64> {
        let all: u64 = self.0.iter().sum();
        let wanted = all.saturating_mul(parts).div_ceil(1_000);
        if all == 0 {
            return None;
        }
        let mut seen = 0_u64;
        let at = self.0.iter().position(|bucket| {
            seen += bucket;
            seen >= wanted
        });
        at.and_then(|at| BOUNDS.get(at)).or(BOUNDS.last()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_and_nearly_all_are_told_apart() {
        let latency = Latency::default();
        assert_eq!(latency.buckets().within(500), None);
        let before = latency.buckets();
        for _ in 0..98 {
            latency.observe(Duration::from_micros(1_500));
        }
        latency.observe(Duration::from_millis(400));
        latency.observe(Duration::from_secs(60));
        let since = latency.buckets().since(&before);
        assert_eq!((since.within(500), since.within(990)), (Some(0.002), Some(0.5)));
        assert_eq!(since.within(1_000), Some(10.0));
    }
}
