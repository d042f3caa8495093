//! Mailboxes (RFC 8621 §2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    id::MailboxId,
    method::{GetRequest, GetResponse, QueryRequest, SetRequest},
    wire_enum::wire_enum,
};

/// `Mailbox/get` (RFC 8621 §2.1).
pub type MailboxGet = GetRequest<MailboxId>;
/// Its answer.
pub type MailboxGetResponse = GetResponse<Mailbox, MailboxId>;
/// `Mailbox/set` (RFC 8621 §2.5).
pub type MailboxSet = SetRequest<MailboxCreate, MailboxId>;
/// `Mailbox/query` (RFC 8621 §2.3).
pub type MailboxQuery = QueryRequest<MailboxCondition>;

wire_enum! {
    /// What a Mailbox is for (RFC 8621 §2, the IANA registry of mailbox name attributes).
    Role {
        /// New letters.
        Inbox = "inbox",
        /// Letters sent.
        Sent = "sent",
        /// Letters being written.
        Drafts = "drafts",
        /// Letters kept.
        Archive = "archive",
        /// Letters to be destroyed.
        Trash = "trash",
    }
}

/// A Mailbox (RFC 8621 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mailbox {
    /// Its id.
    pub id: MailboxId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// The Mailbox it is in.
    #[serde(default)]
    pub parent_id: Option<MailboxId>,
    /// What it is for.
    #[serde(default)]
    pub role: Option<Role>,
    /// Its place among its siblings.
    #[serde(default)]
    pub sort_order: u64,
    /// Emails in it.
    #[serde(default)]
    pub total_emails: u64,
    /// Of these, those without `$seen` and `$draft`.
    #[serde(default)]
    pub unread_emails: u64,
    /// Threads with an Email in it.
    #[serde(default)]
    pub total_threads: u64,
    /// Of these, those with an unread Email.
    #[serde(default)]
    pub unread_threads: u64,
    /// What the account may do with it.
    #[serde(default)]
    pub my_rights: MailboxRights,
    /// Whether it is shown.
    #[serde(default)]
    pub is_subscribed: bool,
}

/// Rights on a Mailbox (RFC 8621 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "RFC 8621 §2 defines them so")]
pub struct MailboxRights {
    /// Read what is in it.
    pub may_read_items: bool,
    /// Put Emails in.
    pub may_add_items: bool,
    /// Take Emails out.
    pub may_remove_items: bool,
    /// Change `$seen`.
    pub may_set_seen: bool,
    /// Change other keywords.
    pub may_set_keywords: bool,
    /// Make Mailboxes in it.
    pub may_create_child: bool,
    /// Rename or move it.
    pub may_rename: bool,
    /// Destroy it.
    pub may_delete: bool,
    /// Submit Emails in it.
    pub may_submit: bool,
}

impl Default for MailboxRights {
    fn default() -> Self {
        Self {
            may_read_items: true,
            may_add_items: true,
            may_remove_items: true,
            may_set_seen: true,
            may_set_keywords: true,
            may_create_child: true,
            may_rename: true,
            may_delete: true,
            may_submit: true,
        }
    }
}

/// A Mailbox to create (RFC 8621 §2.5).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailboxCreate {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// The Mailbox it goes into; `#id` for one created in the same request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<MailboxId>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Its place among its siblings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_order: Option<u64>,
    /// Whether it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_subscribed: Option<bool>,
    /// Properties no client may set; the relay refuses them by name.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// Which Mailboxes (RFC 8621 §2.3).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailboxCondition {
    /// In this Mailbox; `Some(None)` for those at the top.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Option<MailboxId>>,
    /// The name contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The role is this; `Some(None)` for those without.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub role: Option<Option<Role>>,
    /// Whether it has a role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_any_role: Option<bool>,
    /// Whether it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_subscribed: Option<bool>,
    /// Conditions the relay does not know; it answers `unsupportedFilter`.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// Tells a member that is null from one that is not there.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_condition_is_not_a_missing_one() {
        let top: MailboxCondition = serde_json::from_str(r#"{"parentId":null}"#).unwrap();
        assert_eq!(top.parent_id, Some(None));
        let any: MailboxCondition = serde_json::from_str("{}").unwrap();
        assert_eq!(any.parent_id, None);
    }
}
