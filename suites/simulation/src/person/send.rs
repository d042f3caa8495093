//! Sending, again until there is an answer, and undoing.

use std::{collections::BTreeMap, time::Duration};

use sceau_api::UtcDate;
use sceau_crash::{
    client::{Failed, at},
    letter::letter,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Fate, Person, Sending, Undone};

/// How often she sends the same again when there was no answer.
const TRIES: u64 = 10;
/// Octets above which a letter is a file.
const LARGE: usize = 60_000;

/// A sending that is ready: octets by Message-ID.
struct Draft {
    letters: BTreeMap<String, Vec<u8>>,
    sending: Sending,
}

impl Person {
    /// Sends a letter to some of those who are there.
    pub(super) async fn send(&mut self) {
        let draft = self.draft();
        let is_repeated = self.chance.one_in(8);
        let at = self.ledger.sendings.len();
        self.ledger.sendings.push(draft.sending.clone());
        let mut was_broken = false;
        for attempt in 1..=TRIES {
            match self.offer(&draft).await {
                Ok(answer) => {
                    self.accepted(at, &answer);
                    if is_repeated && let Ok(again) = self.offer(&draft).await {
                        self.accepted(at, &again);
                    }
                    return;
                }
                Err(Failed::Refused(text)) if text.contains("\"overQuota\"") => {
                    // A request without an answer may still be under way.
                    let fate = if was_broken { Fate::Unknown } else { Fate::Refused };
                    return self.sending(at, |sending| sending.fate = fate);
                }
                Err(Failed::Refused(_)) => {}
                Err(Failed::Broken(_)) => was_broken = true,
            }
            let wait = self.chance.below(20_000);
            sleep(Duration::from_millis(attempt * u64::try_from(wait).unwrap_or(0))).await;
        }
    }

    fn draft(&mut self) -> Draft {
        let number = self.ledger.sendings.len();
        let id = format!("p{}-{number}", self.number);
        let size = if self.chance.one_in(10) { LARGE } else { 200 };
        let mut letters = BTreeMap::new();
        let mut write = |name: &str, octets: Vec<u8>| {
            letters.insert(name.to_owned(), letter(&self.address, name, &octets));
            name.to_owned()
        };
        let copy = write(&format!("{id}-copy"), self.chance.octets(100));
        let mut left: Vec<String> = self.world.residents.iter().map(|one| one.address.clone()).collect();
        let mut envelopes = Vec::new();
        for envelope in 0..1 + self.chance.below(2) {
            let count = 1 + self.chance.below(2);
            let to: Vec<String> =
                (0..count.min(left.len())).map(|_| left.swap_remove(self.chance.below(left.len()))).collect();
            let octets = 1 + self.chance.below(size);
            envelopes.push((write(&format!("{id}-e{envelope}"), self.chance.octets(octets)), to));
        }
        let later = self.chance.one_in(4).then(|| i64::try_from(1 + self.chance.below(7_200)).unwrap_or(1));
        let now = self.now();
        let sending = Sending {
            id,
            copy,
            envelopes,
            is_urgent: self.chance.one_in(3),
            send_at: later.map(|seconds| now + seconds),
            first_sent: now,
            told_at: None,
            fate: Fate::Unknown,
            undone: Undone::No,
            seen: BTreeMap::new(),
            undo: None,
        };
        Draft { letters, sending }
    }

    /// Uploads what it is made of, which an hour may have ended, and sends it.
    async fn offer(&self, draft: &Draft) -> Result<Value, Failed> {
        let mut blobs = BTreeMap::new();
        for (name, octets) in &draft.letters {
            let blob = self.within("an upload", self.member.upload(octets.clone())).await;
            let outcome = blob.as_ref().map_or_else(ToString::to_string, |_| "done".to_owned());
            self.world.trace.line(&format!("person {} uploads: {outcome}", self.number));
            // Nothing was sent, whatever became of it.
            blobs.insert(name.as_str(), blob.map_err(|failed| Failed::Refused(failed.to_string()))?);
        }
        let sending = &draft.sending;
        let blob = |name: &String| blobs.get(name.as_str()).cloned().unwrap_or_default();
        let envelopes: Vec<Value> =
            sending.envelopes.iter().map(|(name, to)| json!({"blobId": blob(name), "rcptTo": to})).collect();
        let mut arguments = json!({
            "clientLetterId": sending.id,
            "sentCopy": {"blobId": blob(&sending.copy)},
            "envelopes": envelopes,
            "priority": if sending.is_urgent { "urgent" } else { "routine" },
        });
        if let Some(at) = sending.send_at {
            sceau_crash::client::put(&mut arguments, "sendAt", json!(UtcDate::from_unix(at)));
        }
        self.ask("Letter/send", arguments).await
    }

    fn accepted(&mut self, at_index: usize, answer: &Value) {
        let id = at(answer, "/letterId").as_str().unwrap_or_default().to_owned();
        let now = self.now();
        let mut other = None;
        self.sending(at_index, |sending| {
            if let Fate::Accepted(known) = &sending.fate
                && *known != id
            {
                other = Some(format!("{} was {known} and is {id}", sending.id));
            }
            sending.fate = Fate::Accepted(id);
            sending.told_at.get_or_insert(now);
        });
        if let Some(text) = other {
            self.world.wrong("answered otherwise", text);
        }
    }

    /// Undoes one of her sendings.
    pub(super) async fn cancel(&mut self) {
        let taken: Vec<(usize, String)> = self
            .ledger
            .sendings
            .iter()
            .enumerate()
            .filter_map(|(at, sending)| match &sending.fate {
                Fate::Accepted(id) if sending.undone != Undone::Yes => Some((at, id.clone())),
                _ => None,
            })
            .collect();
        // The last ones are those that can be undone.
        let Some((index, id)) = taken.get(taken.len().saturating_sub(1 + self.chance.below(2))).cloned()
        else {
            return;
        };
        let undone = match self.ask("Letter/cancel", json!({"letterId": id})).await {
            Ok(_) => Undone::Yes,
            Err(Failed::Refused(text)) if text.contains("\"cannotUnsend\"") => Undone::TooLate,
            Err(Failed::Refused(_)) => return,
            Err(Failed::Broken(_)) => Undone::Maybe,
        };
        let mut wrong = None;
        self.sending(index, |sending| {
            if undone == Undone::Yes && sending.undone == Undone::TooLate {
                wrong = Some(format!("{} was undone after it was too late", sending.id));
            }
            sending.undone = if sending.undone == Undone::TooLate { Undone::TooLate } else { undone };
        });
        if let Some(text) = wrong {
            self.world.wrong("goes back", text);
        }
    }

    fn sending(&mut self, at: usize, change: impl FnOnce(&mut Sending)) {
        if let Some(sending) = self.ledger.sendings.get_mut(at) {
            change(sending);
        }
    }
}
