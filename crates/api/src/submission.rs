//! Submission of one Email (RFC 8621 §7). Letters with several envelopes go by [`crate::letter`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    date::UtcDate,
    id::{BlobId, EmailId, IdentityId, SubmissionId, ThreadId},
    method::{GetRequest, GetResponse, SetRequest},
    wire_enum::wire_enum,
};

/// `EmailSubmission/get` (RFC 8621 §7.1).
pub type SubmissionGet = GetRequest<SubmissionId>;
/// Its answer.
pub type SubmissionGetResponse = GetResponse<EmailSubmission, SubmissionId>;
/// `EmailSubmission/set` (RFC 8621 §7.5).
pub type SubmissionSet = SetRequest<SubmissionCreate, SubmissionId>;

wire_enum! {
    /// Whether a sending can still be undone (RFC 8621 §7).
    UndoStatus {
        /// It can.
        Pending = "pending",
        /// It cannot.
        Final = "final",
        /// It was.
        Canceled = "canceled",
    }
}

wire_enum! {
    /// Whether a recipient has it (RFC 8621 §7).
    Delivered {
        /// Not yet.
        Queued = "queued",
        /// In the recipient's Inbox.
        Yes = "yes",
        /// It will not be.
        No = "no",
        /// Nobody can tell.
        Unknown = "unknown",
    }
}

wire_enum! {
    /// Whether a recipient was shown it (RFC 8621 §7).
    Displayed {
        /// Nobody can tell.
        Unknown = "unknown",
        /// The recipient's program says so.
        Yes = "yes",
    }
}

/// What became of a letter for one recipient (RFC 8621 §7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryStatus {
    /// The reply of the system that took it, in SMTP's form.
    pub smtp_reply: String,
    /// Whether it arrived.
    pub delivered: Delivered,
    /// Whether it was shown.
    pub displayed: Displayed,
    /// Sceau: when it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<UtcDate>,
    /// Sceau: when the sender was told that it is late (`queued` for longer than its priority promises).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delayed_at: Option<UtcDate>,
    /// Sceau: when it was last offered to another relay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempt_at: Option<UtcDate>,
    /// Sceau: when it will be offered next; none once the state is final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<UtcDate>,
}

/// An EmailSubmission (RFC 8621 §7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailSubmission {
    /// Its id.
    pub id: SubmissionId,
    /// The Identity used.
    #[serde(default)]
    pub identity_id: Option<IdentityId>,
    /// The Email sent.
    #[serde(default)]
    pub email_id: Option<EmailId>,
    /// Its Thread.
    #[serde(default)]
    pub thread_id: Option<ThreadId>,
    /// Who it goes to.
    #[serde(default)]
    pub envelope: Option<Envelope>,
    /// When it leaves, or left.
    #[serde(default)]
    pub send_at: Option<UtcDate>,
    /// Whether it can be undone.
    #[serde(default)]
    pub undo_status: Option<UndoStatus>,
    /// By address.
    #[serde(default)]
    pub delivery_status: Option<BTreeMap<String, DeliveryStatus>>,
    /// Reports received: kept as status, never as blobs.
    #[serde(default)]
    pub dsn_blob_ids: Vec<BlobId>,
    /// Receipts received: kept as status, never as blobs.
    #[serde(default)]
    pub mdn_blob_ids: Vec<BlobId>,
}

/// The envelope (RFC 8621 §7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The return path.
    pub mail_from: EnvelopeAddress,
    /// The recipients.
    pub rcpt_to: Vec<EnvelopeAddress>,
}

/// An address of an envelope (RFC 8621 §7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeAddress {
    /// The address.
    pub email: String,
    /// SMTP parameters; `HOLDFOR` and `HOLDUNTIL` (RFC 4865) and `MT-PRIORITY` (RFC 6710) on the return path.
    #[serde(default)]
    pub parameters: Option<BTreeMap<String, Option<String>>>,
}

/// A submission to create (RFC 8621 §7.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionCreate {
    /// The Identity to use.
    pub identity_id: IdentityId,
    /// The Email to send; `#id` for one created in the same request.
    pub email_id: EmailId,
    /// Who it goes to; taken from the Email's outer headers if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Envelope>,
    /// Properties no client may set; the relay refuses them by name.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}
