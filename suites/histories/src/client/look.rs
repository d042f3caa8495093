//! What a client looks at.

use sceau_crash::client::at;
use serde_json::{Value, json};

use super::Client;

/// Types with states, the busiest more often.
const KINDS: [&str; 8] =
    ["Email", "Email", "Email", "Mailbox", "Mailbox", "Thread", "EmailSubmission", "Letter"];
/// Objects of a page of changes, at most.
const PAGE: usize = 6;
/// Pages of changes asked for at most.
const PAGES: usize = 200;

/// What is asked of an Email: what can change, and what tells it from others.
const EMAIL: [&str; 6] = ["id", "blobId", "threadId", "mailboxIds", "keywords", "receivedAt"];

/// The arguments of `/get`.
pub(crate) fn get(kind: &str, ids: &Value) -> Value {
    if kind == "Email" { json!({"ids": ids, "properties": EMAIL}) } else { json!({"ids": ids}) }
}

impl Client {
    /// Looks at something.
    pub(super) async fn look(&mut self) {
        let kind = self.chance.pick(&KINDS).copied().unwrap_or("Email");
        match self.chance.below(10) {
            0..4 => self.catch_up(kind).await,
            4..6 => self.look_at_all(kind).await,
            6 => self.look_into_mailbox().await,
            _ => self.look_at_one(kind).await,
        }
    }

    /// Everything there is of a type.
    pub async fn look_at_all(&mut self, kind: &str) {
        self.ask(&format!("{kind}/get"), get(kind, &Value::Null)).await;
    }

    /// Which Emails are in a Mailbox.
    async fn look_into_mailbox(&mut self) {
        if let Some(id) = self.known.id("Mailbox", &mut self.chance) {
            self.ask("Email/query", json!({"filter": {"inMailbox": id}})).await;
        }
    }

    async fn look_at_one(&mut self, kind: &str) {
        if let Some(id) = self.known.id(kind, &mut self.chance) {
            self.ask(&format!("{kind}/get"), get(kind, &json!([id]))).await;
        }
    }

    /// What happened since a state that somebody was told.
    async fn catch_up(&mut self, kind: &str) {
        if let Some(state) = self.known.state(kind, &mut self.chance) {
            self.changes(kind, state).await;
        }
    }

    /// All changes since a state, page by page or at once, then what they are about.
    pub async fn changes(&mut self, kind: &str, since: String) {
        let (mut since, mut changed) = (since, Vec::new());
        let max = if self.chance.one_in(2) { Value::Null } else { json!(1 + self.chance.below(PAGE)) };
        for _ in 0..PAGES {
            let arguments = json!({"sinceState": since, "maxChanges": max});
            let Some(page) = self.ask(&format!("{kind}/changes"), arguments).await else { return };
            for list in ["/created", "/updated"] {
                changed.extend(at(&page, list).as_array().into_iter().flatten().cloned());
            }
            at(&page, "/newState").as_str().unwrap_or_default().clone_into(&mut since);
            if at(&page, "/hasMoreChanges") != &Value::Bool(true) {
                break;
            }
        }
        if !changed.is_empty() {
            self.ask(&format!("{kind}/get"), get(kind, &json!(changed))).await;
        }
    }
}
