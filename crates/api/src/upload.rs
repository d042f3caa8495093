//! Uploads (RFC 8620 §6.1).

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, BlobId};

/// The answer to an upload. Until something refers to it, the blob lives one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadResponse {
    /// The account.
    pub account_id: AccountId,
    /// The blob.
    pub blob_id: BlobId,
    /// The media type as the client gave it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Bytes.
    pub size: u64,
}
