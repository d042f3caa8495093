//! A folder is opened by the relay itself, and asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sceau_relay::{Relay, app, clock::ManualClock, findings};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use super::ledger::{How, Ledger};
use crate::client::{Door, Member};
use crate::workload::{Act, Key, MEMBERS, Mark};

/// One thing that is wrong, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is, for counting.
    pub kind: &'static str,
    /// What exactly.
    pub text: String,
}

/// How often each letter is in each account.
type Found = BTreeMap<(usize, String), usize>;

/// Judges the data folder a cut left, by the marks before it. `runtime` runs the relay.
pub fn judge<'a>(runtime: &Runtime, data: &Path, marks: impl Iterator<Item = &'a Mark>) -> Vec<Finding> {
    let ledger = Ledger::read(marks);
    let clock = Arc::new(ManualClock::at(ledger.now));
    let mut case = Case { ledger, clock, found: Vec::new() };
    // Nothing was told yet, and nothing is there: the folder was lost with the first steps.
    if case.ledger.members.is_none() && !data.exists() {
        return case.found;
    }
    case.open(runtime, data);
    case.found
}

struct Case<'a> {
    ledger: Ledger<'a>,
    clock: Arc<ManualClock>,
    found: Vec<Finding>,
}

impl Case<'_> {
    fn wrong(&mut self, kind: &'static str, text: impl Into<String>) {
        self.found.push(Finding { kind, text: text.into() });
    }

    fn open(&mut self, runtime: &Runtime, data: &Path) {
        let relay = match Relay::open_to_serve_at(data, None, self.clock.clone()) {
            Ok(relay) => relay,
            Err(fault) => {
                self.wrong("does not open", fault.to_string());
                return;
            }
        };
        self.check(data);
        let Some(members) = self.members(&relay) else { return };
        runtime.block_on(async {
            let Some(before) = self.read_all(&members).await else { return };
            self.letters(&before);
            self.uploads(&members).await;
            self.states(&members).await;
            self.deliver(&relay, &members, &before).await;
        });
    }

    fn check(&mut self, data: &Path) {
        match findings(data, self.ledger.now) {
            Ok(found) => found.into_iter().for_each(|text| self.wrong("dangling or damaged", text)),
            Err(text) => self.wrong("cannot be checked", text),
        }
    }

    fn members(&self, relay: &Relay) -> Option<Vec<Member>> {
        let door = Arc::new(Door::Router(app(relay.clone())));
        let member = |((account, token), address): (&(String, String), &&str)| Member {
            door: door.clone(),
            address: (*address).to_owned(),
            account: account.clone(),
            token: token.clone(),
        };
        Some(self.ledger.members?.iter().zip(&MEMBERS).map(member).collect())
    }

    /// Every Email of everybody; each blob is read and hashed.
    async fn read_all(&mut self, members: &[Member]) -> Option<Found> {
        let mut found = Found::new();
        for (number, member) in members.iter().enumerate() {
            let emails = match member.emails(json!(null)).await {
                Ok(emails) => emails,
                Err(failed) => {
                    self.wrong("an account is lost", format!("{}: {failed}", member.address));
                    return None;
                }
            };
            for email in emails {
                for blob in [Some(&email.blob), email.card.as_ref()].into_iter().flatten() {
                    self.blob(member, blob).await;
                }
                *found.entry((number, email.blob)).or_default() += 1;
            }
        }
        Some(found)
    }

    async fn blob(&mut self, member: &Member, blob: &str) {
        match member.download(blob).await {
            Ok(octets) if hex::encode(Sha256::digest(&octets)) == blob => {}
            Ok(_) => self.wrong("a blob is damaged", blob),
            Err(failed) => self.wrong("a blob is lost", format!("{blob}: {failed}")),
        }
    }

    async fn uploads(&mut self, members: &[Member]) {
        let uploads: Vec<_> = self.ledger.uploads().collect();
        for upload in uploads {
            if let Some(member) = members.get(upload.member) {
                self.blob(member, &upload.blob).await;
            }
        }
    }

    async fn states(&mut self, members: &[Member]) {
        for (member, told) in self.ledger.states.clone() {
            let now = match members.get(member) {
                Some(member) => member.state().await.unwrap_or_default(),
                None => 0,
            };
            if now < told {
                self.wrong("a state went back", format!("{told} was told, {now} is there"));
            }
        }
    }

    /// Each act altogether, once, or not at all.
    fn letters(&mut self, found: &Found) {
        if let Some(((member, blob), count)) = found.iter().find(|(_, count)| **count > 1) {
            self.wrong("a letter is there twice", format!("{blob} {count} times with member {member}"));
        }
        let removed = self.ledger.removed();
        let acts: Vec<_> = self.ledger.acts().collect();
        for (act, how) in acts {
            let there = self.there(act.adds.iter(), found, &removed);
            let gone = act.removes.iter().map(|key| count(found, key) == 0);
            match how {
                How::Done => {
                    if there.contains(&false) {
                        self.wrong("an accepted letter is lost", act.what.clone());
                    }
                    if gone.clone().any(|gone| !gone) {
                        self.wrong("a removed letter is back", act.what.clone());
                    }
                }
                How::Refused if there.contains(&true) => {
                    self.wrong("a refused act had effect", act.what.clone());
                }
                How::Open
                    if there.contains(&true)
                        && (there.contains(&false) || gone.clone().any(|gone| !gone)) =>
                {
                    self.wrong("half an act", act.what.clone());
                }
                _ => {}
            }
        }
        let later: Vec<_> = self.ledger.later().collect();
        for (act, later, how) in later {
            let there = self.there(later.adds.iter(), found, &removed);
            let wrong = match how {
                How::Done => there.contains(&false),
                How::Refused => there.contains(&true),
                How::Open => there.contains(&true) && there.contains(&false),
            };
            if wrong {
                self.wrong(
                    "a delivery is wrong",
                    format!("{} at {}: {how:?}, {there:?}", act.what, later.at),
                );
            }
        }
    }

    /// Which of these Emails are there, those aside that somebody may have removed since.
    fn there<'k>(
        &self,
        keys: impl Iterator<Item = &'k Key>,
        found: &Found,
        removed: &BTreeMap<&Key, How>,
    ) -> Vec<bool> {
        keys.filter(|key| !removed.contains_key(key)).map(|key| count(found, key) > 0).collect()
    }

    /// When their time has come, letters that wait are delivered, each once.
    async fn deliver(&mut self, relay: &Relay, members: &[Member], before: &Found) {
        let waiting: Vec<_> = self.ledger.later().collect();
        let Some(last) = waiting.iter().map(|(_, later, _)| later.at).max() else { return };
        self.clock.advance((last - self.ledger.now).max(0));
        if let Err(fault) = relay.deliver_due() {
            self.wrong("a delivery fails", fault.to_string());
            return;
        }
        let removed = self.ledger.removed();
        let Some(found) = self.read_all(members).await else { return };
        if found.values().any(|count| *count > 1) {
            self.wrong("a letter is there twice", "after its time has come");
        }
        for (act, later, _) in waiting {
            let was_sent = self.was_sent(act, before, &removed);
            let there = self.there(later.adds.iter(), &found, &removed);
            if was_sent.is_some_and(|was_sent| there.contains(&!was_sent)) {
                self.wrong("a waiting letter is lost", format!("{}: sent {was_sent:?}, {there:?}", act.what));
            }
        }
    }

    /// Whether a sending happened: what was told, or else its Sent Email; `None` when that was removed since.
    fn was_sent(&self, act: &Act, found: &Found, removed: &BTreeMap<&Key, How>) -> Option<bool> {
        let how = self.ledger.acts().find(|(other, _)| std::ptr::eq(*other, act))?.1;
        match how {
            How::Done => Some(true),
            How::Refused => Some(false),
            How::Open => self.there(act.adds.iter(), found, removed).first().copied(),
        }
    }
}

fn count(found: &Found, key: &Key) -> usize {
    found.get(&(key.member, key.blob.clone())).copied().unwrap_or_default()
}
