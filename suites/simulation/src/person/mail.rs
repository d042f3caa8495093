//! What she does with what is in her mailbox.

use sceau_crash::client::{Failed, at};
use serde_json::{Value, json};

use super::Person;

impl Person {
    /// Sets a keyword nobody set before: no later answer can take it away.
    pub(super) async fn mark(&mut self) {
        let Some(id) = self.some_email() else { return };
        let keyword = format!("k{}", self.chance.draw());
        let patch = json!({ format!("keywords/{keyword}"): true });
        if self.update(&id, patch).await == Some(true) {
            self.ledger.keywords.entry(id).or_default().insert(keyword);
        }
    }

    /// Moves an Email.
    pub(super) async fn file(&mut self) {
        let Some(id) = self.some_email() else { return };
        let role = if self.chance.one_in(2) { "archive" } else { "trash" };
        let Ok(mailbox) = self.within("the Mailboxes", self.member.mailbox(role)).await else { return };
        let done = self.update(&id, json!({"mailboxIds": {mailbox.clone(): true}})).await;
        match done {
            Some(true) => drop(self.ledger.moved.insert(id, mailbox)),
            Some(false) => {}
            None => drop(self.ledger.maybe_moved.insert(id)),
        }
    }

    /// Destroys an Email.
    pub(super) async fn destroy(&mut self) {
        let Some(id) = self.some_email() else { return };
        match self.ask("Email/set", json!({"destroy": [id]})).await {
            Ok(answer) if at(&answer, "/destroyed/0") == &json!(id) => drop(self.ledger.destroyed.insert(id)),
            Ok(_) | Err(Failed::Refused(_)) => {}
            Err(Failed::Broken(_)) => drop(self.ledger.maybe_destroyed.insert(id)),
        }
    }

    /// Whether it was done; nothing when nobody knows.
    async fn update(&self, id: &str, patch: Value) -> Option<bool> {
        match self.ask("Email/set", json!({"update": {id: patch}})).await {
            Ok(answer) => Some(answer.get("updated").and_then(|updated| updated.get(id)).is_some()),
            Err(Failed::Refused(_)) => Some(false),
            Err(Failed::Broken(_)) => None,
        }
    }

    fn some_email(&mut self) -> Option<String> {
        let ids: Vec<String> = self.mirror.emails.keys().cloned().collect();
        self.chance.pick(&ids).cloned()
    }
}
