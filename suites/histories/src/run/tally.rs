//! What was counted.

use std::collections::BTreeMap;
use std::fmt;

use super::faults::Done;
use crate::judge::{Finding, Kind};
use crate::record::{Answer, History};

/// Figures.
#[derive(Debug, Default)]
pub struct Tally {
    /// Histories.
    pub histories: u64,
    /// Requests.
    pub requests: u64,
    /// Requests without an answer.
    pub unanswered: u64,
    /// Requests that compared with a state and were refused.
    pub mismatches: u64,
    /// Kills.
    pub kills: u64,
    /// Pauses.
    pub pauses: u64,
    /// How often those who listen came back.
    pub returns: u64,
    /// Findings, by their kind.
    pub findings: BTreeMap<Kind, u64>,
}

impl Tally {
    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many findings there are of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> u64 {
        self.findings.get(&kind).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, history: &History, done: Done, findings: &[Finding]) {
        let count = |is: &dyn Fn(&Answer) -> bool| {
            u64::try_from(history.records.iter().filter(|record| is(&record.answer)).count())
                .unwrap_or(u64::MAX)
        };
        self.histories += 1;
        self.requests += count(&|_| true);
        self.unanswered += count(&|answer| *answer == Answer::Nothing);
        self.mismatches +=
            count(&|answer| matches!(answer, Answer::Refused(why) if why.contains("stateMismatch")));
        self.kills += done.kills;
        self.pauses += done.pauses;
        self.returns += history.told.iter().map(|told| told.returns).sum::<u64>();
        for finding in findings {
            *self.findings.entry(finding.kind).or_default() += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} histories, {} requests, {} of them without an answer, {} refused because the state was another",
            self.histories, self.requests, self.unanswered, self.mismatches
        )?;
        writeln!(
            f,
            "{} kills, {} pauses; whoever listened came back {} times",
            self.kills, self.pauses, self.returns
        )?;
        write!(
            f,
            "{} lost updates, {} hidden changes, {} duplicates, {} lost letters, {} changes untold, {} failures, {} undecided",
            self.count(Kind::LostUpdate),
            self.count(Kind::HiddenChange),
            self.count(Kind::Duplicate),
            self.count(Kind::LostLetter),
            self.count(Kind::Untold),
            self.count(Kind::Failure),
            self.count(Kind::Undecided),
        )
    }
}
