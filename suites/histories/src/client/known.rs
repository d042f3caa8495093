//! What the clients of one account have learnt together: ids they can name, states they can start from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sceau_crash::chance::Chance;
use sceau_crash::client::at;
use serde_json::Value;

/// What is known of an account.
#[derive(Debug, Default)]
pub struct Known(Mutex<Facts>);

#[derive(Debug, Default)]
struct Facts {
    /// By type.
    states: BTreeMap<String, Vec<String>>,
    ids: BTreeMap<String, BTreeSet<String>>,
    /// Mailboxes that have a role, by it.
    roles: BTreeMap<String, String>,
    identity: String,
}

impl Known {
    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from an answer of a method.
    pub fn learn(&self, method: &str, answer: &Value) {
        let Some((kind, verb)) = method.split_once('/') else { return };
        let mut facts = self.facts();
        let state =
            ["/newState", "/state", "/queryState"].into_iter().find_map(|name| at(answer, name).as_str());
        // Cancelling a letter is answered with the state of Emails.
        if let Some(state) = state.filter(|_| verb != "cancel") {
            facts.states.entry(kind.to_owned()).or_default().push(state.to_owned());
        }
        for object in at(answer, "/list").as_array().into_iter().flatten() {
            facts.object(kind, object);
        }
        for (_, object) in at(answer, "/created").as_object().into_iter().flatten() {
            facts.object(kind, object);
        }
        if verb == "send" {
            facts.id("Letter", at(answer, "/letterId"));
            facts.id("Email", at(answer, "/emailId"));
        }
        for id in at(answer, "/destroyed").as_array().into_iter().flatten().filter_map(Value::as_str) {
            facts.ids.entry(kind.to_owned()).or_default().remove(id);
        }
    }

    /// A state of a type that somebody was told.
    pub fn state(&self, kind: &str, chance: &mut Chance) -> Option<String> {
        chance.pick(self.facts().states.get(kind)?).cloned()
    }

    /// An object of a type.
    pub fn id(&self, kind: &str, chance: &mut Chance) -> Option<String> {
        let facts = self.facts();
        let ids: Vec<&String> = facts.ids.get(kind)?.iter().collect();
        chance.pick(&ids).map(|id| (*id).clone())
    }

    /// A Mailbox that a client made.
    pub fn made_mailbox(&self, chance: &mut Chance) -> Option<String> {
        let facts = self.facts();
        let has_role = |id: &&String| facts.roles.values().any(|with_role| with_role == *id);
        let ids: Vec<&String> = facts.ids.get("Mailbox")?.iter().filter(|id| !has_role(id)).collect();
        chance.pick(&ids).map(|id| (*id).clone())
    }

    /// The Mailbox with a role.
    pub fn role(&self, role: &str) -> String {
        self.facts().roles.get(role).cloned().unwrap_or_default()
    }

    /// The identity letters are sent with.
    pub fn identity(&self) -> String {
        self.facts().identity.clone()
    }
}

impl Facts {
    fn object(&mut self, kind: &str, object: &Value) {
        self.id(kind, at(object, "/id"));
        let Some(id) = at(object, "/id").as_str() else { return };
        if let Some(role) = at(object, "/role").as_str() {
            self.roles.insert(role.to_owned(), id.to_owned());
        }
        if kind == "Identity" {
            id.clone_into(&mut self.identity);
        }
    }

    fn id(&mut self, kind: &str, id: &Value) {
        if let Some(id) = id.as_str() {
            self.ids.entry(kind.to_owned()).or_default().insert(id.to_owned());
        }
    }
}
