//! A client that sends again until it is told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::client::{Failed, Member, at};
use crate::letter::letter;
use crate::trouble::{Trouble, told};

/// Submissions that have the same blobs, on average: those of one blob are one Thread.
const PER_BLOB: usize = 40;
/// A submission that was answered is sent once more, one in so many.
const ONCE_MORE: usize = 8;
/// Times one submission is sent at most; beyond that something else is wrong.
const TIMES: u64 = 1_000;

/// How long a client waits that was told to come later.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// One client.
pub(super) struct Sender {
    /// Her number among the members.
    pub(super) who: usize,
    /// Unlike that of every other client.
    pub(super) name: String,
    /// By way of the proxy.
    pub(super) member: Member,
    /// Without it.
    pub(super) direct: Member,
    pub(super) chance: Chance,
}

/// What she was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The ids of her Sent Emails, and those of her sendings.
    pub(super) sent: Vec<(String, String)>,
    /// How often each blob went to each member.
    pub(super) delivered: BTreeMap<(usize, String), u64>,
    /// Requests without an answer.
    pub(super) broken: u64,
    /// Requests refused because too many were under way.
    pub(super) limited: u64,
    /// Answers to a repetition that were not the first one.
    pub(super) other: u64,
}

impl Sender {
    /// Sends so many letters to members of these addresses.
    pub(super) async fn work(mut self, count: usize, addresses: &[String]) -> Result<Told, Trouble> {
        let blobs = self.upload(1 + count / PER_BLOB).await?;
        let mut told = Told::default();
        for number in 0..count {
            let blob = self.chance.pick(&blobs).cloned().unwrap_or_default();
            let first = self.chance.below(addresses.len());
            let to: Vec<usize> =
                (0..=self.chance.below(2)).map(|next| (first + next) % addresses.len()).collect();
            let names: Vec<&String> = to.iter().filter_map(|&at| addresses.get(at)).collect();
            let arguments = json!({
                "clientLetterId": format!("{}-{number}", self.name), "sentCopy": {"blobId": blob},
                "envelopes": [{"blobId": blob, "rcptTo": names}],
            });
            let answer = self.until_told(&arguments, &mut told).await?;
            if self.chance.one_in(ONCE_MORE) {
                let again = self.until_told(&arguments, &mut told).await?;
                told.other += u64::from(again != answer);
            }
            let text = |pointer: &str| at(&answer, pointer).as_str().unwrap_or_default().to_owned();
            told.sent.push((text("/emailId"), text("/letterId")));
            for member in to {
                *told.delivered.entry((member, blob.clone())).or_default() += 1;
            }
        }
        Ok(told)
    }

    async fn upload(&mut self, count: usize) -> Result<Vec<String>, Trouble> {
        let mut blobs = Vec::new();
        for number in 0..count {
            let octets =
                letter(&self.direct.address, &format!("{}-{number}", self.name), &self.chance.octets(600));
            blobs.push(self.upload_one(&octets).await?);
        }
        Ok(blobs)
    }

    async fn upload_one(&self, octets: &[u8]) -> Result<String, Trouble> {
        for _ in 0..TIMES {
            match self.direct.upload(octets.to_vec()).await {
                Err(Failed::Refused(why)) if is_for_later(&why) => tokio::time::sleep(PAUSE).await,
                uploaded => return uploaded.map_err(told("an upload")),
            }
        }
        Err(Trouble(format!("{}: an upload put off {TIMES} times", self.name)))
    }

    async fn until_told(&self, arguments: &Value, told: &mut Told) -> Result<Value, Trouble> {
        for _ in 0..TIMES {
            match self.member.call("Letter/send", arguments.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(Failed::Broken(_)) => told.broken += 1,
                // Requests that were cut may still be under way.
                Err(Failed::Refused(why)) if is_for_later(&why) => {
                    told.limited += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(failed) => return Err(Trouble(format!("{}: {failed}", self.name))),
            }
        }
        Err(Trouble(format!("{}: no answer after {TIMES} times", self.name)))
    }
}

/// Whether the relay asks to come again.
fn is_for_later(why: &str) -> bool {
    why.contains(":limit") || why.starts_with("429") || why.starts_with("503")
}
