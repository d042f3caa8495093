//! What a client changes of Emails and Mailboxes.

use sceau_crash::client::at;
use serde_json::{Map, Value, json};

use super::{Client, look};

/// Keywords that clients set and take away.
const KEYWORDS: [&str; 4] = ["$seen", "$flagged", "a", "b"];

impl Client {
    /// Changes something.
    pub(super) async fn change(&mut self) {
        match self.chance.below(20) {
            0..11 => self.change_email().await,
            11..14 => self.compare_and_change().await,
            14..16 => drop(self.import().await),
            16 => self.destroy_email().await,
            17 => self.make_mailbox().await,
            18 => self.rename_mailbox().await,
            _ => self.destroy_mailbox().await,
        }
    }

    async fn change_email(&mut self) {
        let Some(id) = self.known.id("Email", &mut self.chance) else { return };
        let mut update = Map::from_iter([(id, self.patch())]);
        // Two in one request, sometimes.
        if self.chance.one_in(6)
            && let Some(other) = self.known.id("Email", &mut self.chance)
        {
            update.insert(other, self.patch());
        }
        self.ask("Email/set", json!({"update": update})).await;
    }

    /// One keyword or Mailbox, or all of them.
    fn patch(&mut self) -> Value {
        let is_on = self.chance.one_in(2);
        let value = if is_on { Value::Bool(true) } else { Value::Null };
        match self.chance.below(10) {
            0..5 => json!({format!("keywords/{}", self.keyword()): value}),
            5 => json!({"keywords": {self.keyword(): true}}),
            6 => json!({"keywords": {}}),
            7..9 => json!({"mailboxIds": {self.mailbox(): true}}),
            _ => json!({format!("mailboxIds/{}", self.mailbox()): value}),
        }
    }

    fn keyword(&mut self) -> &'static str {
        self.chance.pick(&KEYWORDS).copied().unwrap_or("a")
    }

    fn mailbox(&mut self) -> String {
        self.known.id("Mailbox", &mut self.chance).unwrap_or_default()
    }

    /// Looks at an Email and changes it if nothing happened since.
    async fn compare_and_change(&mut self) {
        let Some(id) = self.known.id("Email", &mut self.chance) else { return };
        let got = self.ask("Email/get", look::get("Email", &json!([id]))).await;
        let Some(state) = got.map(|got| at(&got, "/state").clone()) else { return };
        let patch = self.patch();
        self.ask("Email/set", json!({"ifInState": state, "update": {id: patch}})).await;
    }

    /// A draft, by its blob; gives its id when somebody was told.
    pub(super) async fn import(&mut self) -> Option<String> {
        let blob = self.upload().await?;
        let drafts = self.known.role("drafts");
        let email = json!({"blobId": blob, "mailboxIds": {drafts: true}, "keywords": {"$draft": true}});
        let answer = self.ask("Email/import", json!({"emails": {"x": email}})).await?;
        at(&answer, "/created/x/id").as_str().map(str::to_owned)
    }

    async fn destroy_email(&mut self) {
        if let Some(id) = self.known.id("Email", &mut self.chance) {
            self.ask("Email/set", json!({"destroy": [id]})).await;
        }
    }

    /// A name that no Mailbox of the account ever had.
    fn name(&mut self) -> String {
        format!("{}-{}", self.number, self.chance.draw())
    }

    async fn make_mailbox(&mut self) {
        let name = self.name();
        self.ask("Mailbox/set", json!({"create": {"x": {"name": name, "parentId": null}}})).await;
    }

    async fn rename_mailbox(&mut self) {
        let Some(id) = self.known.made_mailbox(&mut self.chance) else { return };
        let name = self.name();
        self.ask("Mailbox/set", json!({"update": {id: {"name": name}}})).await;
    }

    async fn destroy_mailbox(&mut self) {
        let Some(id) = self.known.made_mailbox(&mut self.chance) else { return };
        let with_emails = self.chance.one_in(2);
        self.ask("Mailbox/set", json!({"destroy": [id], "onDestroyRemoveEmails": with_emails})).await;
    }
}
