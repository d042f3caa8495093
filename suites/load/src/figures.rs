//! What was measured: times, rates, ratios.

use std::time::Duration;

/// How long each of many things took.
#[derive(Debug, Default, Clone)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds those of another.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Each of them, in the order they came.
    pub(crate) fn each(&self) -> impl Iterator<Item = Duration> {
        self.0.iter().copied()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that so many in a thousand of them do not exceed (nearest rank); nothing without any.
    pub(crate) fn of_thousand(&self, part: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * part).div_ceil(1_000).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }

    /// The median.
    pub(crate) fn p50(&self) -> Duration {
        self.of_thousand(500)
    }

    /// What one in a hundred exceeds.
    pub(crate) fn p99(&self) -> Duration {
        self.of_thousand(990)
    }
}

/// So many in a second.
pub(crate) fn rate(count: usize, time: Duration) -> f64 {
    number(count) / time.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// A count as a number with a fraction; beyond 2^32 it would be none of ours.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Octets as a number with a fraction.
#[expect(clippy::cast_precision_loss, reason = "what this machine holds is far below 2^52 octets")]
pub(crate) fn octets(count: u64) -> f64 {
    count as f64
}

/// A time in milliseconds, as people write it.
pub(crate) fn ms(time: Duration) -> String {
    let time = time.as_secs_f64() * 1_000.0;
    match time {
        ..10.0 => format!("{time:.2} ms"),
        ..100.0 => format!("{time:.1} ms"),
        _ => format!("{time:.0} ms"),
    }
}

/// Octets in KB of 1,000.
pub(crate) fn kb(octets: f64) -> String {
    format!("{:.1} KB", octets / 1_000.0)
}

/// How many times another.
pub(crate) fn ratio(one: f64, other: f64) -> f64 {
    one / other.max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut times = Times::default();
        assert_eq!(times.p99(), Duration::ZERO);
        for millisecond in (1..=200).rev() {
            times.add(Duration::from_millis(millisecond));
        }
        let (p50, p99) = (Duration::from_millis(100), Duration::from_millis(198));
        assert_eq!((times.p50(), times.p99(), times.count()), (p50, p99, 200));
    }

    #[test]
    fn figures_are_written_as_people_do() {
        assert_eq!(ms(Duration::from_micros(1_234)), "1.23 ms");
        assert_eq!(ms(Duration::from_millis(1_234)), "1234 ms");
        assert_eq!(kb(40_960.0), "41.0 KB");
    }
}
