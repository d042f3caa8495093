//! What was counted.

use std::fmt;

/// Figures.
#[derive(Debug, Default)]
pub struct Tally {
    /// The database.
    pub database: &'static str,
    /// Submissions told to be done.
    pub submissions: u64,
    /// Requests without an answer, each sent again.
    pub broken: u64,
    /// Requests refused because too many were under way, each sent again.
    pub limited: u64,
    /// Connections, all but the last of each client cut.
    pub connections: u64,
    /// Emails that should be in an Inbox.
    pub deliveries: u64,
    /// Emails there more often than they should be, Sent and received.
    pub duplicates: u64,
    /// Emails missing.
    pub losses: u64,
    /// Repetitions that were answered otherwise than the first time, and ids given out twice.
    pub other: u64,
}

impl Tally {
    /// Whether every submission had exactly one effect.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.duplicates == 0 && self.losses == 0 && self.other == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} submissions over {} connections cut at random; {} requests without an answer, {} put off, all sent again",
            self.database, self.submissions, self.connections, self.broken, self.limited
        )?;
        write!(
            f,
            "{} deliveries: {} duplicates, {} losses, {} answers or ids that differ",
            self.deliveries, self.duplicates, self.losses, self.other
        )
    }
}
