//! What was asked and what was answered, with its order.

use std::collections::BTreeMap;

use serde_json::Value;

/// The end of what nobody was told the end of: it may have happened at any time since it began, or not at all.
pub const NEVER: u64 = u64::MAX;

/// The client that looks at everything when the others are done.
pub const AUDITOR: usize = usize::MAX;

/// One request and what became of it. Moments are numbers of one counter, so that they order what happened.
#[derive(Debug, Clone)]
pub struct Record {
    /// Who asked.
    pub client: usize,
    /// Which relay was asked.
    pub node: usize,
    /// Whose account it was about.
    pub account: String,
    /// Before it was sent.
    pub begin: u64,
    /// After the answer, or [`NEVER`].
    pub end: u64,
    /// The method (RFC 8620 §3.2).
    pub method: String,
    /// Its arguments.
    pub arguments: Value,
    /// Its answer.
    pub answer: Answer,
}

/// What a request was answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The arguments of the response.
    Done(Value),
    /// The relay says that nothing was done.
    Refused(String),
    /// Nothing came.
    Nothing,
}

/// What somebody who listens was told of an account, when everything was quiet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The account.
    pub account: String,
    /// The highest state of each type.
    pub states: BTreeMap<String, u64>,
    /// How often the listener was cut off, or went, and came back.
    pub returns: u64,
    /// States that were told after an event with a higher id: whoever goes on from that id would never be told.
    pub late: Vec<String>,
}

/// An account with its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Where letters to it go.
    pub address: String,
}

/// Everything that happened, as the clients saw it.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// All accounts.
    pub accounts: Vec<Account>,
    /// All requests.
    pub records: Vec<Record>,
    /// All listeners.
    pub told: Vec<Told>,
    /// When everything was looked at for the last time, in seconds since 1970.
    pub ended: i64,
}

impl Record {
    /// The answer, when it is a good one.
    #[must_use]
    pub fn done(&self) -> Option<&Value> {
        match &self.answer {
            Answer::Done(value) => Some(value),
            Answer::Refused(_) | Answer::Nothing => None,
        }
    }

    /// Who asked, in words.
    #[must_use]
    pub fn who(&self) -> String {
        if self.client == AUDITOR { "the auditor".to_owned() } else { format!("client {}", self.client) }
    }

    /// Whether it may have had an effect.
    #[must_use]
    pub fn may_have_effect(&self) -> bool {
        !matches!(self.answer, Answer::Refused(_))
    }
}
