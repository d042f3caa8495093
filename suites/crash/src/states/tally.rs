//! What a run found, in figures.

use std::collections::BTreeMap;
use std::fmt;

/// Figures of one or several workloads.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Workloads recorded.
    pub workloads: u64,
    /// Steps of their disks, each a place where the power may fail.
    pub steps: u64,
    /// Writes and syncs among them.
    pub writes: u64,
    /// See above.
    pub syncs: u64,
    /// Acts told to be done.
    pub told: u64,
    /// Commits that several acts shared are not seen here; acts begun while another was under way are.
    pub overlapping: u64,
    /// States made and judged, no two of a workload alike.
    pub states: u64,
    /// What was wrong, by kind: how often, and the first case.
    pub wrong: BTreeMap<&'static str, (u64, String)>,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.workloads += other.workloads;
        self.steps += other.steps;
        self.writes += other.writes;
        self.syncs += other.syncs;
        self.told += other.told;
        self.overlapping += other.overlapping;
        self.states += other.states;
        for (kind, (count, first)) in other.wrong {
            self.wrong.entry(kind).or_insert((0, first)).0 += count;
        }
    }

    /// Counts one thing that is wrong.
    pub fn found(&mut self, kind: &'static str, case: impl FnOnce() -> String) {
        self.wrong.entry(kind).or_insert_with(|| (0, case())).0 += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} workloads, {} acts told to be done, {} begun while another was under way",
            self.workloads, self.told, self.overlapping
        )?;
        writeln!(f, "{} steps, of them {} writes and {} syncs", self.steps, self.writes, self.syncs)?;
        write!(f, "{} states of the disk judged", self.states)?;
        for (kind, (count, first)) in &self.wrong {
            write!(f, "\nwrong, {count} times: {kind}; the first: {first}")?;
        }
        if self.wrong.is_empty() {
            write!(f, ": 0 accepted letters lost, 0 dangling references, 0 duplicates")?;
        }
        Ok(())
    }
}
