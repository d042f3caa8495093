//! One after the other of what a member does, and now and then what the relay does by itself.

use std::sync::atomic::{AtomicU64, Ordering};

use sceau_api::UtcDate;
use sceau_relay::clock::{Clock as _, ManualClock, SystemClock};
use sceau_relay::{Relay, limits};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Act, Key, Later, MEMBERS, Mark, Marks, START, Upload};
use crate::chance::Chance;
use crate::client::{Failed, Member, at, put};
use crate::letter::letter;
use crate::trouble::Trouble;

/// Octets of a small letter, at most.
const SMALL: usize = 2_000;
/// Octets of a large one, at most: some of them lie in a file of their own.
const LARGE: usize = 150_000;
/// One in so many is large.
const LARGE_ONE_IN: usize = 5;
/// Seconds a delayed letter waits, at most.
const DELAY: usize = 3_000;
/// The clock never moves further than this: tokens end after twelve hours.
const HORIZON: i64 = 6 * 3_600;

/// A lane, and what it shares with the others.
pub struct Lane<'a> {
    /// The relay, when its clock and its housekeeping are this workload's.
    pub house: Option<(&'a Relay, &'a ManualClock)>,
    /// Everybody.
    pub members: &'a [Member],
    /// Where what is done is marked.
    pub marks: &'a Marks,
    /// Number of the next act.
    pub next: &'a AtomicU64,
    /// Unlike that of every other lane of the same relay.
    pub name: String,
    /// Whose lane it is.
    pub who: usize,
    /// What is drawn.
    pub chance: Chance,
    /// Her drafts.
    pub drafts: Vec<(String, Key)>,
    /// Sendings that had no answer, by the number of their act.
    pub unanswered: Vec<(u64, Value)>,
}

/// Why a lane ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The relay gave no answer.
    #[error("{0}")]
    Broken(String),
    /// It gave one it must not give, or a mark could not be written.
    #[error("{0}")]
    Trouble(#[from] Trouble),
}

impl From<Failed> for Ended {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Broken(_) => Self::Broken(failed.to_string()),
            Failed::Refused(_) => Self::Trouble(Trouble(failed.to_string())),
        }
    }
}

/// A letter drawn and uploaded.
struct Drawn {
    blob: String,
    card: Option<String>,
}

impl Lane<'_> {
    /// Does so many acts.
    ///
    /// # Errors
    /// As [`Ended`] says.
    pub async fn work(&mut self, acts: usize) -> Result<(), Ended> {
        for at in 0..acts {
            let name = format!("{}a{at}", self.name);
            match self.chance.below(12) {
                0 => drop(self.upload(&name).await?),
                1..=4 => self.send(&name).await?,
                5 | 6 => self.import(&name).await?,
                7 => self.destroy_received().await?,
                8 => self.destroy_draft().await?,
                9 | 10 => self.keep_house().await?,
                _ => self.look().await?,
            }
        }
        Ok(())
    }

    fn now(&self) -> i64 {
        self.house.map_or_else(|| SystemClock.now(), |(_, clock)| clock.now())
    }

    fn member(&self) -> Result<&Member, Trouble> {
        self.members.get(self.who).ok_or_else(|| Trouble::new("there is no such member"))
    }

    /// Marks an act, does it, and marks how it ended.
    async fn act(
        &self,
        act: Act,
        done: impl Future<Output = Result<Value, Failed>>,
    ) -> Result<Option<Value>, Ended> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let what = act.what.clone();
        self.marks.put(&Mark::Act(number, act))?;
        match done.await {
            Ok(value) => {
                self.marks.put(&Mark::Done(number))?;
                Ok(Some(value))
            }
            // A blob may have ended meanwhile, or another lane been quicker.
            Err(Failed::Refused(why)) if is_expected(&why) => {
                self.marks.put(&Mark::Refused(number))?;
                Ok(None)
            }
            Err(Failed::Refused(why)) => Err(Trouble(format!("{what}: refused: {why}")).into()),
            Err(failed) => Err(failed.into()),
        }
    }

    async fn upload(&mut self, name: &str) -> Result<Option<Drawn>, Ended> {
        let blob = self.put(name).await?;
        let card = if self.chance.one_in(2) { self.put(&format!("{name}-card")).await? } else { None };
        Ok(blob.map(|blob| Drawn { blob, card }))
    }

    async fn put(&mut self, name: &str) -> Result<Option<String>, Ended> {
        let most = if self.chance.one_in(LARGE_ONE_IN) { LARGE } else { SMALL };
        let size = 1 + self.chance.below(most);
        let ciphertext = self.chance.octets(size);
        let member = self.member()?;
        let octets = letter(&member.address, name, &ciphertext);
        let blob = hex::encode(Sha256::digest(&octets));
        let until = self.now() + limits::UNREFERENCED_BLOB_LIFETIME;
        let upload = Upload { member: self.who, blob: blob.clone(), until };
        let act = Act { what: format!("upload {name}"), upload: Some(upload), ..Act::default() };
        let done = async { member.upload(octets).await.map(Value::from) };
        Ok(self.act(act, done).await?.map(|_| blob))
    }

    async fn send(&mut self, name: &str) -> Result<(), Ended> {
        let Some(copy) = self.upload(&format!("{name}-copy")).await? else { return Ok(()) };
        let mut envelopes = Vec::new();
        let mut adds = Vec::new();
        for at in 0..=self.chance.below(2) {
            let Some(drawn) = self.upload(&format!("{name}-{at}")).await? else { return Ok(()) };
            let to = self.recipients();
            adds.extend(to.iter().map(|&member| key(member, &drawn)));
            let addresses: Vec<_> = to.iter().filter_map(|&member| MEMBERS.get(member)).collect();
            envelopes.push(json!({"blobId": drawn.blob, "cardBlobId": drawn.card, "rcptTo": addresses}));
        }
        let mut arguments = json!({
            "clientLetterId": name, "envelopes": envelopes,
            "sentCopy": {"blobId": copy.blob, "cardBlobId": copy.card},
        });
        let mut act = Act { what: format!("send {name}"), ..Act::default() };
        if self.chance.one_in(3) {
            let at = self.now() + 1 + i64::try_from(self.chance.below(DELAY)).unwrap_or(1);
            put(&mut arguments, "sendAt", UtcDate::from_unix(at).0);
            act.later = Some(Later { at, adds });
        } else {
            act.adds = adds;
        }
        act.adds.push(key(self.who, &copy));
        if self.chance.one_in(2)
            && let Some((id, draft)) = self.drafts.pop()
        {
            put(&mut arguments, "onSuccessDestroyEmail", id);
            act.removes.push(draft);
        }
        let number = self.next.load(Ordering::Relaxed);
        let done = self.act(act, self.member()?.call("Letter/send", arguments.clone())).await;
        if let Err(Ended::Broken(_)) = &done {
            self.unanswered.push((number, arguments));
        }
        done.map(drop)
    }

    /// One or several, the sender perhaps among them.
    fn recipients(&mut self) -> Vec<usize> {
        let first = self.chance.below(MEMBERS.len());
        let count = 1 + self.chance.below(MEMBERS.len());
        (first..first + count).map(|member| member % MEMBERS.len()).collect()
    }

    /// A draft, in the place of an earlier one when there is one.
    async fn import(&mut self, name: &str) -> Result<(), Ended> {
        let Some(drawn) = self.upload(&format!("{name}-draft")).await? else { return Ok(()) };
        let mut act = Act { what: format!("import {name}"), ..Act::default() };
        act.adds.push(key(self.who, &drawn));
        let member = self.member()?;
        let drafts = member.mailbox("drafts").await?;
        let mut email = json!({"blobId": drawn.blob, "cardBlobId": drawn.card, "mailboxIds": {drafts: true}});
        let old = if self.chance.one_in(3) { None } else { self.drafts.pop() };
        if let Some((id, old)) = old {
            put(&mut email, "replaces", id);
            act.removes.push(old);
        }
        let member = self.member()?;
        let done = async {
            let answer = member.call("Email/import", json!({"emails": {"x": email}})).await?;
            let id = at(&answer, "/created/x/id").as_str().map(Value::from);
            id.ok_or_else(|| Failed::Refused(at(&answer, "/notCreated").to_string()))
        };
        if let Some(Value::String(id)) = self.act(act, done).await? {
            self.drafts.push((id, key(self.who, &drawn)));
        }
        Ok(())
    }

    async fn destroy_draft(&mut self) -> Result<(), Ended> {
        match self.drafts.pop() {
            Some((id, key)) => self.destroy(&id, key).await,
            None => Ok(()),
        }
    }

    /// Any Email in her Inbox; another lane of hers may be about it too.
    async fn destroy_received(&mut self) -> Result<(), Ended> {
        let member = self.member()?;
        let inbox = member.mailbox("inbox").await?;
        let emails = member.emails(json!({"inMailbox": inbox})).await?;
        let Some(email) = self.chance.pick(&emails).cloned() else { return Ok(()) };
        let key = Key { member: self.who, blob: email.blob, card: email.card };
        self.destroy(&email.id, key).await
    }

    async fn destroy(&self, id: &str, key: Key) -> Result<(), Ended> {
        let act = Act { what: format!("destroy {id}"), removes: vec![key], ..Act::default() };
        let member = self.member()?;
        let done = async {
            let answer = member.call("Email/set", json!({"destroy": [id]})).await?;
            let gone = at(&answer, "/destroyed/0") == id;
            if gone { Ok(answer) } else { Err(Failed::Refused(at(&answer, "/notDestroyed").to_string())) }
        };
        self.act(act, done).await?;
        Ok(())
    }

    /// What the relay does by itself: time passes, things end, letters become due.
    async fn keep_house(&mut self) -> Result<(), Ended> {
        let Some((relay, clock)) = self.house else { return Ok(()) };
        let seconds = [0, 600, limits::UNREFERENCED_BLOB_LIFETIME + 1];
        let seconds = self.chance.pick(&seconds).copied().unwrap_or_default();
        let room = START + HORIZON - clock.now();
        if seconds > 0 && seconds < room {
            self.marks.put(&Mark::Clock(clock.now() + seconds))?;
            clock.advance(seconds);
        }
        let delivers = Some(clock.now());
        let act = Act { what: "housekeeping".to_owned(), delivers, ..Act::default() };
        let relay = relay.clone();
        let done = async {
            let kept = tokio::task::spawn_blocking(move || relay.sweep().and_then(|()| relay.deliver_due()));
            let kept = kept.await.map_err(|error| Failed::Broken(error.to_string()))?;
            kept.map(|_| Value::Null).map_err(|fault| Failed::Broken(fault.to_string()))
        };
        self.act(act, done).await?;
        Ok(())
    }

    async fn look(&self) -> Result<(), Ended> {
        let state = self.member()?.state().await?;
        Ok(self.marks.put(&Mark::State(self.who, state))?)
    }
}

fn key(member: usize, drawn: &Drawn) -> Key {
    Key { member, blob: drawn.blob.clone(), card: drawn.card.clone() }
}

/// Refusals that chance may bring about; any other is a fault.
fn is_expected(why: &str) -> bool {
    ["blobNotFound", "notFound", "invalidProperties"].iter().any(|kind| why.contains(kind))
}
