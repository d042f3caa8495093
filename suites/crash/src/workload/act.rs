//! One thing done, by what it changes: a judge needs to know no more.

use serde::{Deserialize, Serialize};

/// An Email of a member: which one, and the blob of the letter. No letter is put twice into an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Her number.
    pub member: usize,
    /// Its blob.
    pub blob: String,
    /// The card beside it.
    pub card: Option<String>,
}

/// A delivery that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// When it is due, in seconds.
    pub at: i64,
    /// The Emails it makes.
    pub adds: Vec<Key>,
}

/// A blob uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// By whom.
    pub member: usize,
    /// Its id.
    pub blob: String,
    /// Before when it must not end, in seconds.
    pub until: i64,
}

/// All or nothing of this happens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// What it is, for people.
    pub what: String,
    /// Emails that are there afterwards.
    pub adds: Vec<Key>,
    /// Emails that are gone.
    pub removes: Vec<Key>,
    /// Deliveries that wait.
    pub later: Option<Later>,
    /// A blob that can be read.
    pub upload: Option<Upload>,
    /// Deliveries due by then are done.
    pub delivers: Option<i64>,
}
