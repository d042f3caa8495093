//! The last day, hour by hour, from its samples.

use crate::{
    limits,
    watch::{figures::Earlier, history::Sample, metrics::Buckets},
};

/// Hours of a day.
const HOURS: i64 = 24;
/// What the charts are wide, in seconds.
const DAY: i32 = 86_400;
/// Samples further apart than this have a gap between them.
const GAP: i64 = 5 * limits::SAMPLE_SECONDS;
/// What one point of the latency's line covers.
const WINDOW: i64 = 600;

/// What happened within an hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hour {
    /// When it began.
    pub(super) from: i64,
    pub(super) accepted: u64,
    pub(super) delivered: u64,
    pub(super) undelivered: u64,
    pub(super) failures: u64,
    pub(super) latency: Buckets,
    /// The longest a letter that was due had waited.
    pub(super) overdue: i64,
}

/// The day up to now: whole hours of the clock, the last one not over.
pub(super) struct Day<'a> {
    begin: i64,
    samples: &'a [Sample],
    /// Before the first of them.
    earlier: &'a [Earlier],
}

impl<'a> Day<'a> {
    pub(super) fn of(samples: &'a [Sample], earlier: &'a [Earlier], now: i64) -> Self {
        let this_hour = now.div_euclid(limits::HOUR) * limits::HOUR;
        Self { begin: this_hour - (HOURS - 1) * limits::HOUR, samples, earlier }
    }

    /// The hours, the oldest first.
    pub(super) fn hours(&self) -> Vec<Hour> {
        let mut hours: Vec<Hour> = (0..HOURS)
            .map(|hour| Hour { from: self.begin + hour * limits::HOUR, ..Hour::default() })
            .collect();
        for earlier in self.earlier {
            if let Some(hour) = hours.iter_mut().find(|hour| hour.from == earlier.from) {
                hour.delivered += earlier.delivered;
                hour.undelivered += earlier.undelivered;
            }
        }
        for (before, sample) in self.samples.iter().zip(self.samples.iter().skip(1)) {
            let at = usize::try_from((sample.at - 1 - self.begin).div_euclid(limits::HOUR)).ok();
            let Some(hour) = at.and_then(|at| hours.get_mut(at)) else { continue };
            let (now, then) = (&sample.totals, &before.totals);
            hour.accepted += now.accepted.saturating_sub(then.accepted);
            hour.delivered += now.delivered.saturating_sub(then.delivered);
            hour.undelivered += now.undelivered.saturating_sub(then.undelivered);
            hour.failures += now.failures.saturating_sub(then.failures);
            hour.latency = hour.latency.plus(&now.latency.since(&then.latency));
            hour.overdue = hour.overdue.max(sample.overdue);
        }
        hours
    }

    /// A value of each sample over the day, in runs without gaps.
    pub(super) fn runs(&self, value: impl Fn(&Sample) -> f64) -> Vec<Vec<(f64, f64)>> {
        let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut last = None;
        for sample in self.samples.iter().filter(|sample| sample.at >= self.begin) {
            if last.is_none_or(|last| sample.at - last > GAP) {
                runs.push(Vec::new());
            }
            last = Some(sample.at);
            if let Some(run) = runs.last_mut() {
                run.push((self.place(sample.at), value(sample)));
            }
        }
        runs
    }

    /// The time within which so many of 1,000 answers came, every ten minutes in which there were some.
    pub(super) fn latency(&self, parts: u64) -> Vec<Vec<(f64, f64)>> {
        let mut runs = vec![Vec::new()];
        let mut before: Option<&Sample> = None;
        for sample in self.samples.iter().filter(|sample| sample.at >= self.begin) {
            let Some(first) = before else {
                before = Some(sample);
                continue;
            };
            if sample.at - first.at < WINDOW {
                continue;
            }
            before = Some(sample);
            let within = sample.totals.latency.since(&first.totals.latency).within(parts);
            match (within, runs.last_mut()) {
                (Some(seconds), Some(run)) => run.push((self.place(sample.at), seconds)),
                _ => runs.push(Vec::new()),
            }
        }
        runs
    }

    fn place(&self, at: i64) -> f64 {
        let seconds = i32::try_from(at - self.begin).unwrap_or(i32::MAX);
        f64::from(seconds) / f64::from(DAY)
    }
}
