//! What relays over one database tell each other: of which accounts something changed. What it was is looked up, so that neither
//! the order nor the number of the words matters.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::random::generate_bytes;

/// Accounts in one word, so that it stays below the 8,000 octets that PostgreSQL has for it.
const ACCOUNTS: usize = 300;

/// One word.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct Heard {
    /// Who says it.
    by: String,
    pub(super) accounts: BTreeSet<i64>,
}

/// Accounts that others are still to be told of.
pub(super) struct Word {
    by: String,
    accounts: Mutex<BTreeSet<i64>>,
    wanted: Notify,
}

impl Default for Word {
    fn default() -> Self {
        Self { by: hex::encode(generate_bytes::<8>()), accounts: Mutex::default(), wanted: Notify::new() }
    }
}

impl Word {
    /// Something of an account changed.
    pub(super) fn add(&self, account: i64) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).insert(account);
        self.wanted.notify_one();
    }

    /// Waits for something to say, and takes it.
    pub(super) async fn next(&self) -> Heard {
        loop {
            let accounts = self.take();
            if !accounts.is_empty() {
                return Heard { by: self.by.clone(), accounts };
            }
            self.wanted.notified().await;
        }
    }

    fn take(&self) -> BTreeSet<i64> {
        let mut all = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = all.iter().nth(ACCOUNTS).copied().map(|first| all.split_off(&first));
        std::mem::replace(&mut *all, rest.unwrap_or_default())
    }

    /// It could not be said: it will be.
    pub(super) fn put_back(&self, heard: Heard) {
        heard.accounts.into_iter().for_each(|account| self.add(account));
    }

    /// Somebody else's word; none is this relay's own, or somebody's who uses the channel for something else.
    pub(super) fn of_others(&self, text: &str) -> Option<Heard> {
        serde_json::from_str(text).ok().filter(|heard: &Heard| heard.by != self.by)
    }
}

impl Heard {
    /// As it crosses the database.
    pub(super) fn text(&self) -> String {
        // Numbers and names can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_is_said_once_and_by_pieces() {
        let (word, other) = (Word::default(), Word::default());
        (1..=700).chain(1..=700).for_each(|account| word.add(i64::MAX - account));
        let mut heard = BTreeSet::new();
        for count in [300, 300, 100] {
            let text = word.next().await.text();
            assert!(text.len() < 8_000, "{}", text.len());
            assert_eq!(word.of_others(&text), None, "its own");
            let accounts = other.of_others(&text).unwrap().accounts;
            assert_eq!(accounts.len(), count);
            heard.extend(accounts);
        }
        assert_eq!(heard.len(), 700);
        assert!(word.take().is_empty());
        assert_eq!(word.of_others("{\"account\":5}"), None);
    }

    #[tokio::test]
    async fn what_could_not_be_said_is_said_later() {
        let word = Word::default();
        word.add(1);
        let heard = word.next().await;
        word.add(2);
        word.put_back(heard);
        assert_eq!(word.next().await.accounts, BTreeSet::from([1, 2]));
    }
}
