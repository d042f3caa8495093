//! What the event source says (RFC 8620 §7).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, State},
    wire_enum::wire_enum,
};

/// Name of the event that carries a [`StateChange`] (RFC 8620 §7.3).
pub const STATE_EVENT: &str = "state";
/// Name of the event that carries a [`Ping`] (RFC 8620 §7.3).
pub const PING_EVENT: &str = "ping";

wire_enum! {
    /// Types of objects whose state is told.
    ObjectType {
        /// RFC 8621 §2.
        Mailbox = "Mailbox",
        /// RFC 8621 §3.
        Thread = "Thread",
        /// RFC 8621 §4.
        Email = "Email",
        /// Changes only when an Email is delivered (RFC 8621 §1.5).
        EmailDelivery = "EmailDelivery",
        /// RFC 8621 §6.
        Identity = "Identity",
        /// RFC 8621 §7.
        EmailSubmission = "EmailSubmission",
        /// RFC 9425 §4.
        Quota = "Quota",
        /// Sceau: sendings.
        Letter = "Letter",
        /// Sceau: the vault.
        Vault = "Vault",
        /// Sceau: the sealed index.
        IndexSegment = "IndexSegment",
    }
}

/// States that changed (RFC 8620 §7.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// `StateChange`.
    #[serde(rename = "@type")]
    pub kind: String,
    /// By account and type of object, the new state.
    pub changed: BTreeMap<AccountId, BTreeMap<ObjectType, State>>,
}

impl StateChange {
    /// The changes of one account.
    #[must_use]
    pub fn of(account: AccountId, states: BTreeMap<ObjectType, State>) -> Self {
        Self { kind: "StateChange".to_owned(), changed: BTreeMap::from([(account, states)]) }
    }
}

/// Sent when asked for, so that a broken line is noticed (RFC 8620 §7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// Seconds between two pings.
    pub interval: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_written_as_the_standard_says() {
        let states = BTreeMap::from([(ObjectType::Email, State::from("7"))]);
        let value = serde_json::to_value(StateChange::of("a".into(), states)).unwrap();
        assert_eq!(value, serde_json::json!({"@type": "StateChange", "changed": {"a": {"Email": "7"}}}));
    }
}
