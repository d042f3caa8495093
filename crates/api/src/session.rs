//! The session resource (RFC 8620 §2): who is signed in, what the relay can do, and all its limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, State};

/// The session resource (RFC 8620 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// What the relay can do, with its limits.
    pub capabilities: Capabilities,
    /// The accounts this session may use: its own.
    pub accounts: BTreeMap<AccountId, Account>,
    /// By capability, the account to use.
    pub primary_accounts: BTreeMap<String, AccountId>,
    /// The address of the account.
    pub username: String,
    /// Where method calls go.
    pub api_url: String,
    /// Template with `{accountId}`, `{blobId}`, `{type}` and `{name}`.
    pub download_url: String,
    /// Template with `{accountId}`.
    pub upload_url: String,
    /// Template with `{types}`, `{closeafter}` and `{ping}`.
    pub event_source_url: String,
    /// Changes when this resource does.
    pub state: State,
}

/// An account of a session (RFC 8620 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The address of the account.
    pub name: String,
    /// Whether it belongs to the person signed in.
    pub is_personal: bool,
    /// Whether nothing in it can be changed.
    pub is_read_only: bool,
    /// What this account can do, with its limits.
    pub account_capabilities: AccountCapabilities,
}

/// A capability without members of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Empty {}

/// What the relay can do (RFC 8620 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// RFC 8620 §2.
    #[serde(rename = "urn:ietf:params:jmap:core")]
    pub core: CoreCapability,
    /// RFC 8621 §1.3.1.
    #[serde(rename = "urn:ietf:params:jmap:mail", default)]
    pub mail: Empty,
    /// RFC 8621 §1.3.2.
    #[serde(rename = "urn:ietf:params:jmap:submission", default)]
    pub submission: Empty,
    /// RFC 9404 §3.
    #[serde(rename = "urn:ietf:params:jmap:blob", default)]
    pub blob: Empty,
    /// RFC 9425 §2.1.
    #[serde(rename = "urn:ietf:params:jmap:quota", default)]
    pub quota: Empty,
    /// RFC 8887 §3.
    #[serde(rename = "urn:ietf:params:jmap:websocket", default)]
    pub websocket: WebSocketCapability,
    /// RFC 9749 §3.
    #[serde(rename = "urn:ietf:params:jmap:webpush-vapid", default)]
    pub webpush_vapid: WebPushVapidCapability,
    /// `Letter/*`.
    #[serde(rename = "urn:sceau:jmap:letter")]
    pub letter: LetterCapability,
    /// `Vault/*`.
    #[serde(rename = "urn:sceau:jmap:vault")]
    pub vault: VaultCapability,
    /// `Directory/*`, `Authority/get`.
    #[serde(rename = "urn:sceau:jmap:directory")]
    pub directory: DirectoryCapability,
    /// `IndexSegment/*`.
    #[serde(rename = "urn:sceau:jmap:index")]
    pub index: IndexCapability,
}

/// Limits of requests (RFC 8620 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoreCapability {
    /// Largest upload, in bytes.
    pub max_size_upload: u64,
    /// Uploads at the same time per account.
    pub max_concurrent_upload: u64,
    /// Largest request to the API, in bytes.
    pub max_size_request: u64,
    /// Requests to the API at the same time per account.
    pub max_concurrent_requests: u64,
    /// Method calls in one request.
    pub max_calls_in_request: u64,
    /// Records in one `/get`.
    pub max_objects_in_get: u64,
    /// Creations, updates and destructions together in one `/set`.
    pub max_objects_in_set: u64,
    /// Collations for sorting; none.
    pub collation_algorithms: Vec<String>,
}

/// Limits of `Letter/send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LetterCapability {
    /// Envelopes in one sending.
    pub max_envelopes: u64,
    /// Recipients in one sending, all envelopes together.
    pub max_recipients: u64,
    /// How far ahead `sendAt` may lie, in seconds.
    pub max_delayed_send: u64,
    /// How long a `clientLetterId` is remembered, in seconds.
    pub client_letter_id_lifetime: u64,
    /// How long an upload nothing refers to is kept, in seconds.
    pub unreferenced_blob_lifetime: u64,
    /// Largest card, in bytes.
    pub max_size_card: u64,
}

/// Limits of the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultCapability {
    /// Largest blob, in bytes.
    pub max_size_item: u64,
    /// Blobs per account.
    pub max_items: u64,
}

/// Limits of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryCapability {
    /// Addresses in one look-up.
    pub max_addresses_in_lookup: u64,
    /// Entries one query returns.
    pub max_query_results: u64,
    /// Certificates one account may publish.
    pub max_certificates: u64,
}

/// Limits of the sealed index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexCapability {
    /// Largest segment, in bytes.
    pub max_size_segment: u64,
    /// Segments one `IndexSegment/get` returns.
    pub max_segments_in_get: u64,
}

/// What an account can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountCapabilities {
    /// RFC 8620 §2.
    #[serde(rename = "urn:ietf:params:jmap:core", default)]
    pub core: Empty,
    /// RFC 8621 §1.3.1.
    #[serde(rename = "urn:ietf:params:jmap:mail")]
    pub mail: MailAccountCapability,
    /// RFC 8621 §1.3.2.
    #[serde(rename = "urn:ietf:params:jmap:submission")]
    pub submission: SubmissionAccountCapability,
    /// RFC 9404 §3.1.
    #[serde(rename = "urn:ietf:params:jmap:blob", default)]
    pub blob: BlobAccountCapability,
    /// RFC 9425 §2.1.
    #[serde(rename = "urn:ietf:params:jmap:quota", default)]
    pub quota: Empty,
    /// `Letter/*`.
    #[serde(rename = "urn:sceau:jmap:letter", default)]
    pub letter: Empty,
    /// `Vault/*`.
    #[serde(rename = "urn:sceau:jmap:vault", default)]
    pub vault: Empty,
    /// `Directory/*`.
    #[serde(rename = "urn:sceau:jmap:directory", default)]
    pub directory: Empty,
    /// `IndexSegment/*`.
    #[serde(rename = "urn:sceau:jmap:index", default)]
    pub index: Empty,
}

/// Limits of mail (RFC 8621 §1.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailAccountCapability {
    /// Mailboxes one Email may be in.
    pub max_mailboxes_per_email: Option<u64>,
    /// Levels of Mailboxes.
    pub max_mailbox_depth: Option<u64>,
    /// Longest Mailbox name, in bytes of UTF-8.
    pub max_size_mailbox_name: u64,
    /// Attachments of an Email to create: the relay composes none.
    pub max_size_attachments_per_email: u64,
    /// What `Email/query` sorts by.
    pub email_query_sort_options: Vec<String>,
    /// Whether a Mailbox without parent may be created.
    pub may_create_top_level_mailbox: bool,
}

/// Limits of submission (RFC 8621 §1.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionAccountCapability {
    /// How far ahead a sending may be set, in seconds.
    pub max_delayed_send: u64,
    /// SMTP extensions a client may use in an Envelope.
    pub submission_extensions: BTreeMap<String, Vec<String>>,
}

/// Limits of blobs (RFC 9404 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobAccountCapability {
    /// Largest blob `Blob/upload` makes, in bytes.
    pub max_size_blob_set: Option<u64>,
    /// Sources one blob may be made of.
    pub max_data_sources: u64,
    /// Types `Blob/lookup` looks in.
    pub supported_type_names: Vec<String>,
    /// Digests `Blob/get` computes, in the order of preference.
    pub supported_digest_algorithms: Vec<String>,
}

/// The WebSocket (RFC 8887 §3).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebSocketCapability {
    /// Where it is.
    pub url: String,
    /// Whether changes are told over it.
    pub supports_push: bool,
}

/// How pushes are signed (RFC 9749 §3).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebPushVapidCapability {
    /// The public key of the relay's pushes: an uncompressed point of P-256 in base64url, as a browser's
    /// `PushManager.subscribe` takes it. When it changes, the subscriptions made for it are gone (RFC 9749 §5).
    pub application_server_key: String,
}
