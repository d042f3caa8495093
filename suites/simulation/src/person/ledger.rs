//! What a person did, and what she was told of it.

use std::collections::{BTreeMap, BTreeSet};

/// What she knows of a sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It may have been taken or not.
    Unknown,
    /// It was taken; its id.
    Accepted(String),
    /// It was not.
    Refused,
}

/// What she knows of its undoing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undone {
    No,
    /// She asked and had no answer.
    Maybe,
    /// She was told so.
    Yes,
    /// She was told that it is too late.
    TooLate,
}

/// A sending.
#[derive(Debug, Clone)]
pub(crate) struct Sending {
    /// Her own id of it.
    pub(crate) id: String,
    /// The Message-ID of her copy.
    pub(crate) copy: String,
    /// By Message-ID, who gets it.
    pub(crate) envelopes: Vec<(String, Vec<String>)>,
    pub(crate) is_urgent: bool,
    /// When it was to leave, in seconds since 1970.
    pub(crate) send_at: Option<i64>,
    /// When she first sent it.
    pub(crate) first_sent: i64,
    /// When she knew that it was taken.
    pub(crate) told_at: Option<i64>,
    pub(crate) fate: Fate,
    pub(crate) undone: Undone,
    /// The last status she saw of each recipient.
    pub(crate) seen: BTreeMap<String, Seen>,
    /// The last undo status she saw.
    pub(crate) undo: Option<String>,
}

/// The status of a recipient, as it was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) delivered: String,
    pub(crate) reply: String,
    pub(crate) is_delayed: bool,
}

impl Sending {
    /// Whether nothing more will happen to it.
    pub(crate) fn is_settled(&self) -> bool {
        let all_final = !self.seen.is_empty() && self.seen.values().all(|seen| seen.delivered != "queued");
        match self.undo.as_deref() {
            Some("canceled") => true,
            Some("final") => all_final,
            _ => false,
        }
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) sendings: Vec<Sending>,
    /// By Email, keywords that were set.
    pub(crate) keywords: BTreeMap<String, BTreeSet<String>>,
    /// Emails that were destroyed.
    pub(crate) destroyed: BTreeSet<String>,
    /// Emails that may have been.
    pub(crate) maybe_destroyed: BTreeSet<String>,
    /// By Email, the Mailbox it was moved to last.
    pub(crate) moved: BTreeMap<String, String>,
    /// Emails a move of which had no answer.
    pub(crate) maybe_moved: BTreeSet<String>,
}
