//! What the runs found, in figures.

use std::collections::BTreeMap;
use std::fmt;

/// Figures of runs.
#[derive(Debug, Default)]
pub struct Tally {
    /// Places with a run.
    pub points: usize,
    /// Runs.
    pub runs: u64,
    /// Those in which the relay ended itself at the place.
    pub ended: u64,
    /// Acts told to be done.
    pub told: u64,
    /// Submissions without an answer that were sent again.
    pub again: u64,
    /// What was wrong, by kind: how often, and the first case.
    pub wrong: BTreeMap<String, (u64, String)>,
}

impl Tally {
    /// Whether nothing was wrong, and every place was reached in every run.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty() && self.ended == self.runs
    }

    /// Counts one thing that is wrong.
    pub fn found(&mut self, kind: &str, case: String) {
        self.wrong.entry(kind.to_owned()).or_insert((0, case)).0 += 1;
    }

    /// Adds another; its places are counted by whoever knows them.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.ended += other.ended;
        self.told += other.told;
        self.again += other.again;
        for (kind, (count, first)) in other.wrong {
            self.wrong.entry(kind).or_insert((0, first)).0 += count;
        }
    }

    fn count(&self, kinds: &[&str]) -> u64 {
        kinds.iter().filter_map(|kind| self.wrong.get(*kind)).map(|(count, _)| count).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} runs at {} places, {} ended there; {} acts told to be done, {} submissions without an answer sent again",
            self.runs, self.points, self.ended, self.told, self.again
        )?;
        let lost =
            self.count(&["an accepted letter is lost", "a waiting letter is lost", "an account is lost"]);
        let dangling = self.count(&["dangling or damaged", "a blob is lost", "a blob is damaged"]);
        let twice = self.count(&["a letter is there twice"]);
        write!(f, "{lost} accepted letters lost, {dangling} dangling references, {twice} duplicates")?;
        for (kind, (count, first)) in &self.wrong {
            write!(f, "\nwrong, {count} times: {kind}; the first: {first}")?;
        }
        Ok(())
    }
}
