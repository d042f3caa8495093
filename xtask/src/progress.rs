//! Numbered steps with their times.

use std::time::{Duration, Instant};

use crate::trouble::Trouble;

/// How a step ended when nothing failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, checked.
    Done,
    /// Not done, and why; said again at the end so that nobody overlooks it.
    Skipped(String),
}

/// A run of steps.
#[derive(Debug)]
pub(crate) struct Steps {
    total: usize,
    begun: usize,
    skipped: Vec<String>,
    start: Instant,
}

impl Steps {
    /// A run of `total` steps, which begins now.
    pub(crate) fn new(total: usize) -> Self {
        Self { total, begun: 0, skipped: Vec::new(), start: Instant::now() }
    }

    /// Does one step and says how long it took; its failure ends the run.
    pub(crate) fn step(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<Outcome, Trouble>,
    ) -> Result<(), Trouble> {
        self.begun += 1;
        let label = format!("[{}/{}] {name}", self.begun, self.total);
        println!("{label} …");
        let start = Instant::now();
        match work() {
            Ok(Outcome::Done) => println!("{label}: {}", span(start.elapsed())),
            Ok(Outcome::Skipped(why)) => {
                println!("{label}: SKIPPED: {why}");
                self.skipped.push(format!("{name}: {why}"));
            }
            Err(trouble) => {
                self.close(1);
                return Err(trouble);
            }
        }
        Ok(())
    }

    /// Says what the whole run came to.
    pub(crate) fn finish(&self) {
        self.close(0);
    }

    fn close(&self, failed: usize) {
        let skipped = self.skipped.len();
        let passed = self.begun.saturating_sub(skipped + failed);
        for line in &self.skipped {
            println!("SKIPPED {line}");
        }
        println!("{} in all", span(self.start.elapsed()));
        println!("steps: {passed} passed, {failed} failed, {skipped} skipped");
    }
}

/// A time as people say it.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds / 60 {
        0 => format!("{:.1} s", time.as_secs_f32()),
        minutes => format!("{minutes} min {} s", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::trouble;

    #[test]
    fn a_failing_step_ends_the_run_and_is_counted() {
        let mut steps = Steps::new(2);
        let failed = steps.step("first", || Err(trouble("broken", "mend it")));
        assert!(failed.is_err());
        assert_eq!(steps.begun, 1);
    }

    #[test]
    fn a_skipped_step_is_remembered() {
        let mut steps = Steps::new(1);
        steps.step("first", || Ok(Outcome::Skipped("no browser".into()))).unwrap();
        assert_eq!(steps.skipped, ["first: no browser"]);
    }

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(span(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(span(Duration::from_secs(125)), "2 min 5 s");
    }
}
