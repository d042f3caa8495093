//! How long to wait before the next attempt.

use crate::limits;

/// Seconds to wait after so many attempts that failed. `jitter`, from 0 to 255 by chance, adds up to a fifth.
pub(crate) fn wait(failed: i64, jitter: u8) -> i64 {
    let step = usize::try_from(failed.saturating_sub(1)).unwrap_or(0);
    let [.., last] = limits::RETRY_LADDER;
    let base = limits::RETRY_LADDER.get(step).copied().unwrap_or(last);
    base + base * i64::from(jitter) / 256 / limits::RETRY_JITTER_PART
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_is_climbed_and_its_last_step_repeated() {
        let waits: Vec<i64> = (1..=11).map(|failed| wait(failed, 0)).collect();
        assert_eq!(waits, [10, 30, 120, 300, 600, 900, 1_800, 3_600, 7_200, 7_200, 7_200]);
        assert_eq!((wait(0, 0), wait(-1, 0), wait(i64::MAX, 0)), (10, 10, 7_200));
    }

    #[test]
    fn chance_adds_less_than_a_fifth() {
        for failed in 1..12 {
            let (least, most) = (wait(failed, 0), wait(failed, 255));
            assert!(least <= most && most < least + least / 5 + 1, "{failed}: {least} to {most}");
        }
        assert_eq!(wait(4, 128), 330);
    }
}
