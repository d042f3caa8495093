//! Emails (RFC 8621 §4) over opaque CMS: what the outer headers say, and no more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    core::{ResultReference, SetError},
    date::UtcDate,
    id::{AccountId, BlobId, EmailId, MailboxId, State, ThreadId},
    method::{GetResponse, QueryRequest, SetRequest},
};

/// The answer of `Email/get`.
pub type EmailGetResponse = GetResponse<Email, EmailId>;
/// `Email/query` (RFC 8621 §4.4).
pub type EmailQuery = QueryRequest<EmailCondition>;
/// `Email/set` (RFC 8621 §4.6). Creating needs body parts, which the relay cannot compose: `invalidProperties`.
pub type EmailSet = SetRequest<Map<String, Value>, EmailId>;

/// The keywords the web-mail uses (RFC 8621 §4.1.1).
pub mod keyword {
    /// Read.
    pub const SEEN: &str = "$seen";
    /// Being written.
    pub const DRAFT: &str = "$draft";
    /// Marked.
    pub const FLAGGED: &str = "$flagged";
    /// Replied to.
    pub const ANSWERED: &str = "$answered";
    /// Forwarded.
    pub const FORWARDED: &str = "$forwarded";
}

/// `Email/get` (RFC 8621 §4.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailGet {
    /// The account.
    pub account_id: AccountId,
    /// The Emails wanted; `None` for all, up to the limit.
    #[serde(default)]
    pub ids: Option<Vec<EmailId>>,
    /// Instead of `ids`: where to take them from.
    #[serde(rename = "#ids", default, skip_serializing_if = "Option::is_none")]
    pub ids_from: Option<ResultReference>,
    /// The properties wanted, `header:…` forms included (RFC 8621 §4.1.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Vec<String>>,
    /// The properties wanted of the one body part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_properties: Option<Vec<String>>,
    /// Accepted; `bodyValues` is always empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_text_body_values: Option<bool>,
    /// Accepted; `bodyValues` is always empty.
    #[serde(rename = "fetchHTMLBodyValues", default, skip_serializing_if = "Option::is_none")]
    pub fetch_html_body_values: Option<bool>,
    /// Accepted; `bodyValues` is always empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_all_body_values: Option<bool>,
    /// Accepted; `bodyValues` is always empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_body_value_bytes: Option<u64>,
}

impl EmailGet {
    /// The given Emails with their default properties.
    #[must_use]
    pub fn of(account_id: AccountId, ids: Vec<EmailId>) -> Self {
        Self { ids: Some(ids), ..Self::all(account_id) }
    }

    /// The Emails an earlier answer of the same request names.
    #[must_use]
    pub fn from_result(account_id: AccountId, ids_from: ResultReference) -> Self {
        Self { ids_from: Some(ids_from), ..Self::all(account_id) }
    }

    /// All Emails of the account.
    #[must_use]
    pub fn all(account_id: AccountId) -> Self {
        Self {
            account_id,
            ids: None,
            ids_from: None,
            properties: None,
            body_properties: None,
            fetch_text_body_values: None,
            fetch_html_body_values: None,
            fetch_all_body_values: None,
            max_body_value_bytes: None,
        }
    }
}

/// An Email (RFC 8621 §4.1). Properties not asked for are `None`, or empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Email {
    /// Its id.
    pub id: EmailId,
    /// The whole message as stored.
    #[serde(default)]
    pub blob_id: Option<BlobId>,
    /// Sceau: the card beside it, a small sealed letter for lists; `None` when there is none.
    #[serde(default)]
    pub card_blob_id: Option<BlobId>,
    /// Sceau: blobs kept alive with this Email (a draft's attachments).
    #[serde(default)]
    pub held_blob_ids: Vec<BlobId>,
    /// Its Thread.
    #[serde(default)]
    pub thread_id: Option<ThreadId>,
    /// The Mailboxes it is in; the values are `true`.
    #[serde(default)]
    pub mailbox_ids: BTreeMap<MailboxId, bool>,
    /// Its keywords; the values are `true`.
    #[serde(default)]
    pub keywords: BTreeMap<String, bool>,
    /// Bytes of the message as stored.
    #[serde(default)]
    pub size: u64,
    /// When the relay took it.
    #[serde(default)]
    pub received_at: Option<UtcDate>,
    /// Outer `Message-ID`, without angle brackets.
    #[serde(default)]
    pub message_id: Option<Vec<String>>,
    /// Outer `In-Reply-To`.
    #[serde(default)]
    pub in_reply_to: Option<Vec<String>>,
    /// Outer `References`.
    #[serde(default)]
    pub references: Option<Vec<String>>,
    /// Outer `Sender`.
    #[serde(default)]
    pub sender: Option<Vec<EmailAddress>>,
    /// Outer `From`.
    #[serde(default)]
    pub from: Option<Vec<EmailAddress>>,
    /// Outer `To`.
    #[serde(default)]
    pub to: Option<Vec<EmailAddress>>,
    /// Outer `Cc`.
    #[serde(default)]
    pub cc: Option<Vec<EmailAddress>>,
    /// Outer `Bcc`.
    #[serde(default)]
    pub bcc: Option<Vec<EmailAddress>>,
    /// Outer `Reply-To`.
    #[serde(default)]
    pub reply_to: Option<Vec<EmailAddress>>,
    /// Outer `Subject`: `[...]` for our own letters.
    #[serde(default)]
    pub subject: Option<String>,
    /// Outer `Date`, with its own offset (RFC 8620 §1.4).
    #[serde(default)]
    pub sent_at: Option<String>,
    /// Whether it has attachments, as far as the relay can tell: never.
    #[serde(default)]
    pub has_attachment: bool,
    /// Always empty.
    #[serde(default)]
    pub preview: String,
    /// The one part there is.
    #[serde(default)]
    pub body_structure: Option<EmailBodyPart>,
    /// Always empty.
    #[serde(default)]
    pub body_values: Map<String, Value>,
    /// Always empty.
    #[serde(default)]
    pub text_body: Vec<EmailBodyPart>,
    /// Always empty.
    #[serde(default)]
    pub html_body: Vec<EmailBodyPart>,
    /// The one part there is.
    #[serde(default)]
    pub attachments: Vec<EmailBodyPart>,
    /// All outer headers in order, when asked for.
    #[serde(default)]
    pub headers: Vec<EmailHeader>,
}

/// A name and an address (RFC 8621 §4.1.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailAddress {
    /// The display name, decoded.
    #[serde(default)]
    pub name: Option<String>,
    /// The address.
    #[serde(default)]
    pub email: String,
}

/// A header field as it stands (RFC 8621 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailHeader {
    /// Its name.
    pub name: String,
    /// Its raw value.
    pub value: String,
}

/// A part of the body (RFC 8621 §4.1.4): for the relay always the one sealed part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailBodyPart {
    /// Its number.
    #[serde(default)]
    pub part_id: Option<String>,
    /// Its bytes; the whole message, since the relay takes nothing apart.
    #[serde(default)]
    pub blob_id: Option<BlobId>,
    /// Its size in bytes.
    #[serde(default)]
    pub size: u64,
    /// Its headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<EmailHeader>>,
    /// Its file name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its media type.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Its charset.
    #[serde(default)]
    pub charset: Option<String>,
    /// Its disposition.
    #[serde(default)]
    pub disposition: Option<String>,
    /// Its content id.
    #[serde(default)]
    pub cid: Option<String>,
    /// Its languages.
    #[serde(default)]
    pub language: Option<Vec<String>>,
    /// Its location.
    #[serde(default)]
    pub location: Option<String>,
    /// Its parts: none.
    #[serde(default)]
    pub sub_parts: Option<Vec<EmailBodyPart>>,
}

/// Which Emails (RFC 8621 §4.4.1).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailCondition {
    /// In this Mailbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_mailbox: Option<MailboxId>,
    /// In a Mailbox that is none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_mailbox_other_than: Option<Vec<MailboxId>>,
    /// Received before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<UtcDate>,
    /// Received then or after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<UtcDate>,
    /// At least so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_size: Option<u64>,
    /// Fewer bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_size: Option<u64>,
    /// Every Email of the Thread has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_in_thread_have_keyword: Option<String>,
    /// One Email of the Thread has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub some_in_thread_have_keyword: Option<String>,
    /// No Email of the Thread has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none_in_thread_have_keyword: Option<String>,
    /// Has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_keyword: Option<String>,
    /// Has it not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_keyword: Option<String>,
    /// Whether it has attachments, as far as the relay can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_attachment: Option<bool>,
    /// Outer From contains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Outer To contains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Outer Cc contains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cc: Option<String>,
    /// Outer Bcc contains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bcc: Option<String>,
    /// An outer header is there, or contains a text: one or two strings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Vec<String>>,
    /// Conditions the relay cannot check (`text`, `subject`, `body`, …); it answers `unsupportedFilter`.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

impl EmailCondition {
    /// Everything in one Mailbox.
    #[must_use]
    pub fn in_mailbox(id: MailboxId) -> Self {
        Self { in_mailbox: Some(id), ..Self::default() }
    }
}

/// `Email/import` (RFC 8621 §4.8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailImportRequest {
    /// The account.
    pub account_id: AccountId,
    /// Do nothing unless this is the state of Emails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_in_state: Option<State>,
    /// By creation id.
    pub emails: BTreeMap<String, EmailImport>,
}

/// One Email to import (RFC 8621 §4.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailImport {
    /// The message, uploaded before.
    pub blob_id: BlobId,
    /// Where it goes.
    pub mailbox_ids: BTreeMap<MailboxId, bool>,
    /// Its keywords.
    #[serde(default)]
    pub keywords: BTreeMap<String, bool>,
    /// When it was received; now if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<UtcDate>,
    /// Sceau: its card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_blob_id: Option<BlobId>,
    /// Sceau: blobs kept alive with it (a draft's attachments).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_blob_ids: Vec<BlobId>,
    /// Sceau: the Email that it replaces, destroyed by the same change; both happen or neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<EmailId>,
}

/// The answer of `Email/import` (RFC 8621 §4.8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailImportResponse {
    /// The account.
    pub account_id: AccountId,
    /// The state before.
    pub old_state: Option<State>,
    /// The state after.
    pub new_state: State,
    /// By creation id.
    #[serde(default)]
    pub created: Option<BTreeMap<String, ImportedEmail>>,
    /// By creation id, why not.
    #[serde(default)]
    pub not_created: Option<BTreeMap<String, SetError>>,
}

/// What the relay says about an imported Email.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedEmail {
    /// Its id.
    pub id: EmailId,
    /// Its bytes.
    pub blob_id: BlobId,
    /// Its Thread.
    pub thread_id: ThreadId,
    /// Its size in bytes.
    pub size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::{Filter, FilterOperator};

    #[test]
    fn a_filter_reads_as_condition_or_operator() {
        let text =
            r#"{"accountId":"a","filter":{"operator":"AND","conditions":[{"inMailbox":"m"},{"text":"x"}]}}"#;
        let query: EmailQuery = serde_json::from_str(text).unwrap();
        let Some(Filter::Operator { operator, conditions }) = query.filter else { panic!("no operator") };
        assert_eq!(operator, FilterOperator::And);
        assert_eq!(conditions[0], Filter::Condition(EmailCondition::in_mailbox("m".into())));
        let Filter::Condition(second) = &conditions[1] else { panic!("no condition") };
        assert!(second.more.contains_key("text"));
    }

    #[test]
    fn an_email_with_few_properties_reads() {
        let email: Email = serde_json::from_str(r#"{"id":"e1","subject":null,"size":7}"#).unwrap();
        assert_eq!((email.size, email.subject, email.card_blob_id), (7, None, None));
    }
}
