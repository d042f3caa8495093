//! Sending a letter as a whole: several envelopes, one Sent Email, one status, one undo.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    date::UtcDate,
    id::{AccountId, BlobId, EmailId, LetterId, State},
    method::{GetRequest, GetResponse},
    submission::{DeliveryStatus, UndoStatus},
    wire_enum::wire_enum,
};

/// `Letter/get`.
pub type LetterGet = GetRequest<LetterId>;
/// Its answer.
pub type LetterGetResponse = GetResponse<Letter, LetterId>;

wire_enum! {
    /// How a letter's sender wants it treated while it waits for another relay.
    Priority {
        /// Told of after four hours, given up after five days.
        Routine = "routine",
        /// Told of after half an hour, given up after a day.
        Urgent = "urgent",
    }
}

/// `Letter/send`: all of it happens, or nothing.
///
/// Refused with `invalidRecipients` (names them), `blobNotFound`, `letterRefused` (the door), `overQuota`,
/// `clientLetterIdReused`. The same `clientLetterId` with the same arguments gives the same answer for 30 days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LetterSend {
    /// The account.
    pub account_id: AccountId,
    /// Chosen by the client, 1 to 64 of `A-Za-z0-9_-`; makes repeating harmless.
    pub client_letter_id: String,
    /// The sender's own copy, which becomes the Email in Sent.
    pub sent_copy: SealedBlob,
    /// One per class of recipients and one per Bcc.
    pub envelopes: Vec<LetterEnvelope>,
    /// When to deliver; at once if not given.
    #[serde(default)]
    pub send_at: Option<UtcDate>,
    /// How soon a letter that cannot be delivered is told of and given up; `routine` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// The draft this letter came from, destroyed with the sending.
    #[serde(default)]
    pub on_success_destroy_email: Option<EmailId>,
}

/// A sealed letter and its card, both uploaded before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedBlob {
    /// The letter.
    pub blob_id: BlobId,
    /// Its card.
    #[serde(default)]
    pub card_blob_id: Option<BlobId>,
}

/// A sealed letter and who gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LetterEnvelope {
    /// The letter.
    pub blob_id: BlobId,
    /// Its card.
    #[serde(default)]
    pub card_blob_id: Option<BlobId>,
    /// The addresses.
    pub rcpt_to: Vec<String>,
}

/// The answer of `Letter/send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LetterSendResponse {
    /// The account.
    pub account_id: AccountId,
    /// The sending.
    pub letter_id: LetterId,
    /// The Email in Sent.
    pub email_id: EmailId,
    /// When it leaves, or left.
    pub send_at: UtcDate,
    /// Whether it can be undone.
    pub undo_status: UndoStatus,
    /// By address.
    pub delivery_status: BTreeMap<String, DeliveryStatus>,
}

/// `Letter/cancel`: undoes all of it, or answers `cannotUnsend`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LetterCancel {
    /// The account.
    pub account_id: AccountId,
    /// The sending.
    pub letter_id: LetterId,
}

/// The answer of `Letter/cancel`: the Sent Email is destroyed, nothing was or will be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LetterCancelResponse {
    /// The account.
    pub account_id: AccountId,
    /// The sending.
    pub letter_id: LetterId,
    /// `canceled`.
    pub undo_status: UndoStatus,
    /// The Email that was in Sent.
    pub destroyed_email_id: EmailId,
    /// The state of Emails after.
    pub new_state: State,
}

/// One sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    /// Its id.
    pub id: LetterId,
    /// The client's own id for it.
    #[serde(default)]
    pub client_letter_id: String,
    /// The Email in Sent.
    #[serde(default)]
    pub email_id: Option<EmailId>,
    /// When it leaves, or left.
    #[serde(default)]
    pub send_at: Option<UtcDate>,
    /// Whether it can be undone.
    #[serde(default)]
    pub undo_status: Option<UndoStatus>,
    /// By address.
    #[serde(default)]
    pub delivery_status: BTreeMap<String, DeliveryStatus>,
}
