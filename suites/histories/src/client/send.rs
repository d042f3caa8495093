//! What a client sends and takes back.

use sceau_api::UtcDate;
use sceau_crash::client::put;
use sceau_relay::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::Client;

/// Seconds until a letter goes that is seen to go, and until one that never does.
const SOON: i64 = 2;
/// See above.
const FAR: i64 = 3_600;

impl Client {
    /// Sends something, or takes something back.
    pub(super) async fn send(&mut self) {
        match self.chance.below(10) {
            0..5 => self.send_letter().await,
            5..7 => self.take_letter_back().await,
            7..9 => self.submit().await,
            _ => self.take_submission_back().await,
        }
    }

    /// Seconds until it goes; `None` for now.
    fn delay(&mut self) -> Option<i64> {
        match self.chance.below(6) {
            0..3 => None,
            3 => Some(SOON),
            _ => Some(FAR),
        }
    }

    /// One or two addresses, each once.
    fn recipients(&mut self, with_own: bool) -> Vec<String> {
        let others = self.addresses.iter().filter(|address| with_own || **address != self.account.address);
        let others: Vec<String> = others.cloned().collect();
        let first = self.chance.below(others.len());
        let count = (1 + self.chance.below(2)).min(others.len());
        others.iter().cycle().skip(first).take(count).cloned().collect()
    }

    /// Sends until told, by the same name: it is one letter.
    async fn send_letter(&mut self) {
        let (Some(copy), Some(blob)) = (self.upload().await, self.upload().await) else { return };
        let name = format!("{}-{}-{}", self.account.id, self.number, self.letters);
        let mut arguments = json!({
            "clientLetterId": name, "sentCopy": {"blobId": copy},
            "envelopes": [{"blobId": blob, "rcptTo": self.recipients(true)}],
        });
        if let Some(delay) = self.delay() {
            put(&mut arguments, "sendAt", UtcDate::from_unix(SystemClock.now() + delay).0);
        }
        if self.chance.one_in(4)
            && let Some(draft) = self.known.id("Email", &mut self.chance)
        {
            put(&mut arguments, "onSuccessDestroyEmail", draft);
        }
        self.ask_until_told("Letter/send", &arguments).await;
        if self.chance.one_in(4) {
            self.ask("Letter/send", arguments).await;
        }
    }

    async fn take_letter_back(&mut self) {
        if let Some(id) = self.known.id("Letter", &mut self.chance) {
            self.ask("Letter/cancel", json!({"letterId": id})).await;
        }
    }

    /// Submits a draft that is for this alone, once: without a name of its own it may not be said twice.
    async fn submit(&mut self) {
        let Some(draft) = self.import().await else { return };
        let parameters = self.delay().map_or(Value::Null, |delay| json!({"HOLDFOR": delay.to_string()}));
        let recipients =
            self.recipients(false).into_iter().map(|email| json!({"email": email, "parameters": null}));
        let envelope = json!({
            "mailFrom": {"email": self.account.address, "parameters": parameters},
            "rcptTo": recipients.collect::<Vec<_>>(),
        });
        let create = json!({"identityId": self.known.identity(), "emailId": draft, "envelope": envelope});
        self.ask("EmailSubmission/set", json!({"create": {"x": create}})).await;
    }

    async fn take_submission_back(&mut self) {
        if let Some(id) = self.known.id("EmailSubmission", &mut self.chance) {
            let update = json!({"update": {id: {"undoStatus": "canceled"}}});
            self.ask("EmailSubmission/set", update).await;
        }
    }
}
