//! A bucket that fills with what is asked for and empties with time.

/// How fast a bucket empties, and how much it holds.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// What may come at once.
    pub burst: u64,
    /// What may go on coming, in a second.
    pub per_second: u64,
}

impl Rate {
    /// So many at once, then one in so many seconds; each costs so many.
    pub(crate) const fn of_attempts(at_once: u64, seconds: u64) -> Self {
        Self { burst: at_once * seconds, per_second: 1 }
    }
}

/// What was taken and has not run out again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) taken: u64,
    /// When that was true, in seconds since 1970.
    pub(crate) at: i64,
}

impl Bucket {
    /// Takes `cost`, or says in how many seconds there will be room. What is larger than the whole bucket is taken when
    /// the bucket is empty: otherwise it could never be.
    pub(crate) fn take(&mut self, rate: Rate, cost: u64, now: i64) -> Result<(), u64> {
        self.run_out(rate, now);
        let all = self.taken.saturating_add(cost);
        if self.taken > 0 && all > rate.burst {
            let over = (all - rate.burst).min(self.taken);
            return Err(over.div_ceil(rate.per_second.max(1)).max(1));
        }
        self.taken = all;
        Ok(())
    }

    /// Gives back what turned out not to count.
    pub(crate) fn give_back(&mut self, rate: Rate, cost: u64, now: i64) {
        self.run_out(rate, now);
        self.taken = self.taken.saturating_sub(cost);
    }

    pub(crate) fn is_empty(mut self, rate: Rate, now: i64) -> bool {
        self.run_out(rate, now);
        self.taken == 0
    }

    fn run_out(&mut self, rate: Rate, now: i64) {
        // A clock set back empties nothing, and holds nobody up until it is where it was.
        let elapsed = u64::try_from(now.saturating_sub(self.at)).unwrap_or(0);
        self.taken = self.taken.saturating_sub(elapsed.saturating_mul(rate.per_second));
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 10, per_second: 2 };

    #[test]
    fn a_bucket_holds_its_burst_and_empties_with_time() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take(RATE, 10, 100), Ok(()));
        assert_eq!(bucket.take(RATE, 1, 100), Err(1));
        assert_eq!(bucket.take(RATE, 5, 100), Err(3));
        assert_eq!(bucket.take(RATE, 2, 101), Ok(()));
        assert_eq!(bucket.take(RATE, 1, 101), Err(1));
        bucket.give_back(RATE, 1, 101);
        assert_eq!(bucket.take(RATE, 1, 101), Ok(()));
        assert!(!bucket.is_empty(RATE, 105) && bucket.is_empty(RATE, 106));
    }

    #[test]
    fn what_is_larger_than_the_bucket_waits_until_it_is_empty() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take(RATE, 30, 0), Ok(()));
        assert_eq!(bucket.take(RATE, 30, 0), Err(15));
        assert_eq!(bucket.take(RATE, 30, 15), Ok(()));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take(RATE, 10, 1_000_000), Ok(()));
        assert_eq!(bucket.take(RATE, 1, 5), Err(1));
        assert_eq!(bucket.take(RATE, 1, 6), Ok(()));
    }
}
