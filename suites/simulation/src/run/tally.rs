//! The figures of many runs.

use std::{collections::BTreeMap, fmt};

use super::{Counts, Outcome};

/// What all seeds came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Seeds run.
    pub seeds: u64,
    /// Seconds that passed on the relays' clocks.
    pub seconds: u64,
    /// Lines of all traces.
    pub lines: u64,
    /// What happened.
    pub counts: Counts,
    /// By kind, how often it was found.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Seeds in which something was.
    pub wrong: Vec<u64>,
}

impl Tally {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.seconds += outcome.seconds;
        self.lines += outcome.trace.1;
        let (all, one) = (&mut self.counts, outcome.counts);
        for (sum, number) in [
            (&mut all.letters, one.letters),
            (&mut all.delivered, one.delivered),
            (&mut all.failed, one.failed),
            (&mut all.undone, one.undone),
            (&mut all.uncertain, one.uncertain),
            (&mut all.lines, one.lines),
            (&mut all.cuts, one.cuts),
            (&mut all.stalls, one.stalls),
            (&mut all.kills, one.kills),
            (&mut all.stops, one.stops),
            (&mut all.disks, one.disks),
        ] {
            *sum += number;
        }
        for finding in &outcome.findings {
            *self.kinds.entry(finding.kind).or_default() += 1;
        }
        if !outcome.findings.is_empty() {
            self.wrong.push(outcome.seed);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        writeln!(f, "seeds                          {:>12}", self.seeds)?;
        writeln!(f, "days on the relays' clocks     {:>12}", self.seconds / 86_400)?;
        writeln!(f, "events                         {:>12}", self.lines)?;
        writeln!(f, "letters taken                  {:>12}", counts.letters)?;
        writeln!(f, "  recipients who have one      {:>12}", counts.delivered)?;
        writeln!(f, "  recipients who do not        {:>12}", counts.failed)?;
        writeln!(f, "  told 'no' and there          {:>12}", counts.uncertain)?;
        writeln!(f, "  letters undone               {:>12}", counts.undone)?;
        writeln!(f, "connections                    {:>12}", counts.lines)?;
        writeln!(f, "  cut                          {:>12}", counts.cuts)?;
        writeln!(f, "  stalls and partitions        {:>12}", counts.stalls)?;
        writeln!(f, "relays killed                  {:>12}", counts.kills)?;
        writeln!(f, "relays stopped                 {:>12}", counts.stops)?;
        writeln!(f, "disks full or failing          {:>12}", counts.disks)?;
        write!(f, "seeds with findings            {:>12}", self.wrong.len())?;
        self.kinds.iter().try_for_each(|(kind, count)| write!(f, "\n  {kind:<28} {count:>12}"))
    }
}
