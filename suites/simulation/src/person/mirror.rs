//! A copy of the mailbox that follows `/changes`.

use std::collections::{BTreeMap, BTreeSet};

use sceau_crash::client::{Failed, at};
use serde_json::{Value, json};

use super::Person;

const PROPERTIES: [&str; 4] = ["id", "mailboxIds", "keywords", "messageId"];

/// An Email as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) message_id: String,
    pub(crate) mailboxes: BTreeSet<String>,
    pub(crate) keywords: BTreeSet<String>,
}

impl Known {
    fn read(value: &Value) -> Option<(String, Self)> {
        let names = |name: &str| -> BTreeSet<String> {
            let members = value.get(name).and_then(Value::as_object);
            members.into_iter().flat_map(|members| members.keys().cloned()).collect()
        };
        let message_id = at(value, "/messageId/0").as_str().unwrap_or_default().to_owned();
        let known = Self { message_id, mailboxes: names("mailboxIds"), keywords: names("keywords") };
        Some((at(value, "/id").as_str()?.to_owned(), known))
    }
}

/// The copy.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    /// None until the first look.
    state: Option<String>,
    pub(crate) emails: BTreeMap<String, Known>,
    /// The Message-ID of every Email there ever was.
    pub(crate) ever: BTreeMap<String, String>,
}

impl Mirror {
    fn put(&mut self, list: &Value) {
        for (id, known) in list.as_array().into_iter().flatten().filter_map(Known::read) {
            self.ever.insert(id.clone(), known.message_id.clone());
            self.emails.insert(id, known);
        }
    }
}

impl Person {
    /// Brings the copy up to date, as far as the network lets her.
    pub(crate) async fn sync(&mut self) -> Result<(), Failed> {
        let state = match &self.mirror.state {
            Some(state) => state.clone(),
            None => return self.look().await,
        };
        let mut since = state;
        loop {
            let most = 1 + self.chance.below(5);
            let changes = json!({"sinceState": since, "maxChanges": most});
            let changes = self.ask("Email/changes", changes).await?;
            let ids: Vec<Value> = ["/created", "/updated"]
                .iter()
                .flat_map(|list| at(&changes, list).as_array().cloned().unwrap_or_default())
                .collect();
            if !ids.is_empty() {
                let got = self.ask("Email/get", json!({"ids": ids, "properties": PROPERTIES})).await?;
                let gone = at(&got, "/notFound").as_array().cloned().unwrap_or_default();
                self.forget(&gone);
                self.mirror.put(at(&got, "/list"));
            }
            self.forget(at(&changes, "/destroyed").as_array().map_or(&[], Vec::as_slice));
            since = at(&changes, "/newState").as_str().unwrap_or_default().to_owned();
            self.mirror.state = Some(since.clone());
            if at(&changes, "/hasMoreChanges") != &json!(true) {
                return Ok(());
            }
        }
    }

    /// The first look at everything, taken again when something changed meanwhile: of what came after the state and is gone again,
    /// `/changes` need not tell (RFC 8620 §5.2).
    async fn look(&mut self) -> Result<(), Failed> {
        loop {
            let before = self.ask("Email/get", json!({"ids": []})).await?;
            let got = self.everything().await?;
            if at(&got, "/state") == at(&before, "/state") {
                self.mirror.put(at(&got, "/list"));
                self.mirror.state = at(&got, "/state").as_str().map(str::to_owned);
                return Ok(());
            }
        }
    }

    async fn everything(&self) -> Result<Value, Failed> {
        let all = self.ask("Email/query", json!({})).await?;
        self.ask("Email/get", json!({"ids": at(&all, "/ids"), "properties": PROPERTIES})).await
    }

    /// Every Email, read anew.
    pub(crate) async fn read_all(&self) -> Option<BTreeMap<String, Known>> {
        let all = self.surely("Email/query", json!({})).await?;
        let got =
            self.surely("Email/get", json!({"ids": at(&all, "/ids"), "properties": PROPERTIES})).await?;
        Some(at(&got, "/list").as_array()?.iter().filter_map(Known::read).collect())
    }

    fn forget(&mut self, ids: &[Value]) {
        for id in ids.iter().filter_map(Value::as_str) {
            self.mirror.emails.remove(id);
        }
    }
}
