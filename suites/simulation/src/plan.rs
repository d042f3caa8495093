//! What a seed means: how long, how much, and how bad.

use std::path::Path;

use rusqlite::Connection;
use sceau_crash::{
    chance::Chance,
    trouble::{Trouble, told},
};

/// When every run begins, in seconds since 1970.
pub(crate) const BEGIN: i64 = 1_795_422_600;
/// Relays of a run.
pub(crate) const RELAYS: usize = 2;
/// Accounts on each.
pub(crate) const PERSONS_EACH: usize = 2;

/// How much time lies between what people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Seconds.
    Busy,
    /// Minutes: uploads end, leases and retries pass.
    Slow,
    /// As slow, and then the relays are parted for days.
    Days,
}

/// What a seed draws at its beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) pace: Pace,
    /// What each person does.
    pub(crate) acts: usize,
    /// What the weather does.
    pub(crate) storms: usize,
    /// Whether people follow the event source.
    pub(crate) follows: bool,
}

impl Plan {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let pace = match chance.below(20) {
            0..13 => Pace::Busy,
            13..19 => Pace::Slow,
            _ => Pace::Days,
        };
        let follows = pace == Pace::Busy && chance.one_in(3);
        Self { pace, acts: 2 + chance.below(6), storms: chance.below(6), follows }
    }

    /// Milliseconds until somebody does the next thing.
    pub(crate) fn pause(self, chance: &mut Chance) -> u64 {
        let most = match self.pace {
            Pace::Busy => 30_000,
            Pace::Slow | Pace::Days => 1_200_000,
        };
        // Now and then at once.
        if chance.one_in(4) { 0 } else { u64::try_from(chance.below(most)).unwrap_or(0) }
    }
}

/// A defect put in on purpose, which the suite must find: what a relay loses when it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// The ids clients chose for their sendings.
    SubmissionIds,
    /// Letters that wait for another relay.
    QueueRows,
    /// What was taken from other relays, from then on.
    Inbound,
    /// All that was made durable in the last seconds.
    LastCommits,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SubmissionIds, Self::QueueRows, Self::Inbound, Self::LastCommits];

    /// The word of the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SubmissionIds => "submission-ids",
            Self::QueueRows => "queue-rows",
            Self::Inbound => "inbound",
            Self::LastCommits => "last-commits",
        }
    }

    /// Does the harm in the data folder of a relay that was just killed.
    pub(crate) fn at_a_kill(self, folder: &Path) -> Result<(), Trouble> {
        let text = match self {
            Self::SubmissionIds => {
                "UPDATE letter SET client_letter_id = client_letter_id || '-' WHERE client_letter_id IS NOT NULL"
            }
            Self::QueueRows => "DELETE FROM queue WHERE next_attempt_at IS NOT NULL",
            Self::Inbound => {
                "CREATE TRIGGER IF NOT EXISTS forget AFTER INSERT ON inbound BEGIN DELETE FROM inbound; END"
            }
            // Done before: the folder is as it was.
            Self::LastCommits => return Ok(()),
        };
        let db = Connection::open(folder.join("relay.sqlite")).map_err(told("the database"))?;
        db.pragma_update(None, "foreign_keys", "OFF").map_err(told("the database"))?;
        db.execute_batch(text).map_err(told("the plant"))
    }
}
