//! How often the database committed, and how many transactions shared each commit.

use prometheus_client::metrics::{
    counter::Counter,
    histogram::{Histogram, exponential_buckets},
};

/// Counted where it happens; a copy counts in the same place.
#[derive(Debug, Clone)]
pub(crate) struct Commits {
    pub(crate) number: Counter,
    pub(crate) members: Histogram,
}

impl Default for Commits {
    fn default() -> Self {
        // 1 to 128: beyond `COMMIT_TOGETHER` none shares one.
        let members = Histogram::new(exponential_buckets(1.0, 2.0, 8));
        Self { number: Counter::default(), members }
    }
}

impl Commits {
    /// Counts one.
    pub(super) fn count(&self, members: usize) {
        self.number.inc();
        self.members.observe(u32::try_from(members).map_or(f64::from(u32::MAX), f64::from));
    }
}
