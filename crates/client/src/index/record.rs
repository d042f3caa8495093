//! What is remembered of an opened letter, sealed.

use std::collections::{BTreeMap, BTreeSet};

use sceau_protocol::{Person, Reason, RowSummary, TimeSource, Trust, UnixSeconds};
use serde::{Deserialize, Serialize};

use super::words::fold;
use crate::vault::Der;

/// What is remembered of a letter. Flags and mailboxes stay in JMAP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The main blob's name: the SHA-256 of its octets.
    pub blob: String,
    /// SHA-256 of the signature, hexadecimal; none when there is no signature.
    pub signature: Option<String>,
    /// The main blob's content key, from the card.
    pub content_key: Option<Der>,
    /// Protected From, with the confirmed name where there is one.
    pub from: Vec<Person>,
    /// Protected To, Cc and Bcc.
    pub recipients: Vec<Person>,
    /// Whether this account wrote it.
    pub mine: bool,
    /// Protected Subject.
    pub subject: String,
    /// Protected Date.
    pub date: Option<UnixSeconds>,
    /// The first words of the text.
    pub first_words: String,
    /// How many attachments.
    pub attachments: u32,
    /// Words to look for, folded.
    pub words: BTreeSet<String>,
    /// Whether the whole letter was read, not only its card.
    pub whole: bool,
    /// The verdict.
    pub verdict: Verdict,
}

/// A verdict and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The verdict.
    pub trust: Trust,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The moment it is for.
    pub at: UnixSeconds,
    /// Where that moment comes from.
    pub time_source: TimeSource,
    /// The first successful check, if there was one (design section 3).
    pub first_check: Option<UnixSeconds>,
}

impl Record {
    /// A row's words.
    pub fn summary(&self) -> RowSummary {
        RowSummary {
            who: names(if self.mine { &self.recipients } else { &self.from }),
            subject: self.subject.clone(),
            first_words: self.first_words.clone(),
            attachments: self.attachments,
            trust: Some(self.verdict.trust),
        }
    }

    /// Whether every word of a search begins a word of the letter.
    pub fn matches(&self, search: &str) -> bool {
        let search = fold(search);
        search
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .all(|word| self.has_word(word))
    }

    fn has_word(&self, start: &str) -> bool {
        self.words.range(start.to_owned()..).next().is_some_and(|word| word.starts_with(start))
    }

    /// Joins what two devices know of one letter: the earliest first check, and the whole letter before its card.
    fn join(&mut self, other: Self) {
        let first = earliest(self.verdict.first_check, other.verdict.first_check);
        if other.whole || !self.whole {
            let key = self.content_key.take();
            *self = other;
            self.content_key = self.content_key.take().or(key);
        }
        self.verdict.first_check = first;
    }
}

fn earliest(one: Option<UnixSeconds>, other: Option<UnixSeconds>) -> Option<UnixSeconds> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Names as a list shows them: the address where there is no name.
pub(crate) fn names(people: &[Person]) -> String {
    let name = |person: &Person| {
        if person.name.is_empty() { person.address.clone() } else { person.name.clone() }
    };
    people.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The records of an account, by blob.
#[derive(Default)]
pub struct Records(BTreeMap<String, Record>);

impl Records {
    /// Takes a record in; what was known of the letter is joined with it.
    pub fn add(&mut self, record: Record) {
        match self.0.get_mut(&record.blob) {
            Some(known) => known.join(record),
            None => {
                self.0.insert(record.blob.clone(), record);
            }
        }
    }

    /// What is known of a blob.
    pub fn get(&self, blob: &str) -> Option<&Record> {
        self.0.get(blob)
    }

    /// How many letters are known.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no letter is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
