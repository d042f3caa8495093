//! Mailboxes and the rows of a list.

use serde::{Deserialize, Serialize};

use crate::{Trust, UnixSeconds};

/// An Email's id (RFC 8620 §1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EmailId(pub String);

/// A Mailbox's id (RFC 8620 §1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MailboxId(pub String);

/// The roles in use (RFC 8621 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the roles of RFC 8621")]
pub enum MailboxRole {
    Inbox,
    Drafts,
    Sent,
    Archive,
    Trash,
}

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Its id.
    pub id: MailboxId,
    /// Its role, if it has one.
    pub role: Option<MailboxRole>,
    /// Its name; mailboxes with a role are named by the page.
    pub name: String,
    /// Letters in it.
    pub total: u32,
    /// Unread letters in it.
    pub unread: u32,
}

/// A stretch of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowPage {
    /// Rows of the whole list.
    pub total: u32,
    /// The first row's place in it.
    pub offset: u32,
    /// The rows, newest first.
    pub rows: Vec<Row>,
}

/// A letter in a list, read from its card or from the sealed index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The Email.
    pub email: EmailId,
    /// Not read yet.
    pub unread: bool,
    /// Answered by this account.
    pub answered: bool,
    /// A draft of this account.
    pub draft: bool,
    /// When it was received (or written, for drafts and sent letters).
    pub date: UnixSeconds,
    /// Size of the ciphertext, in octets.
    pub size: u64,
    /// What the letter says of itself, once opened on any device.
    pub content: RowContent,
}

/// What is known of a row's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RowContent {
    /// Opened and judged.
    Known(RowSummary),
    /// Not opened yet: it is being fetched.
    Pending,
    /// It cannot be opened with the keys of this account.
    Unreadable,
}

/// A row's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowSummary {
    /// Who it is from, or to whom for letters of this account; confirmed names where there are any.
    pub who: String,
    /// The protected subject.
    pub subject: String,
    /// The first words of the text.
    pub first_words: String,
    /// How many attachments.
    pub attachments: u32,
    /// The verdict; none for drafts.
    pub trust: Option<Trust>,
}
