//! The last day, in samples of a minute each, for the operator's charts. It is in memory and begins with the process; of
//! deliveries the rows know more.

use std::{
    collections::VecDeque,
    sync::{Mutex, OnceLock, PoisonError},
};

use super::{figures::Earlier, metrics::Totals};
use crate::{fault::Fault, limits, relay::Relay};

/// What was true at one moment; totals count from the start of the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    pub(crate) at: i64,
    pub(crate) totals: Totals,
    pub(crate) overdue: i64,
    pub(crate) blob_bytes: i64,
    pub(crate) database: u64,
}

/// The samples of a day, the oldest first, and what the rows tell of the time before.
#[derive(Default)]
pub(crate) struct History {
    samples: Mutex<VecDeque<Sample>>,
    pub(super) earlier: OnceLock<Vec<Earlier>>,
}

impl Relay {
    /// Takes a sample for the operator's charts; while a relay serves this happens every minute.
    ///
    /// # Errors
    /// When the store fails.
    pub fn take_sample(&self) -> Result<(), Fault> {
        let (figures, now) = (self.figures()?, self.now());
        let sample = Sample {
            at: now,
            totals: self.watch().metrics.totals(),
            overdue: figures.overdue(now),
            blob_bytes: figures.stock.blob_bytes,
            database: figures.database,
        };
        let mut samples = self.watch().history.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.push_back(sample);
        while samples.front().is_some_and(|oldest| oldest.at <= now - limits::DAY - limits::SAMPLE_SECONDS) {
            samples.pop_front();
        }
        while samples.len() > limits::SAMPLES {
            samples.pop_front();
        }
        Ok(())
    }
}

impl History {
    /// The samples there are.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
