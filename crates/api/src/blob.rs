//! Blobs within method calls (RFC 9404): made of pieces, read in part, looked up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    core::SetError,
    id::{AccountId, BlobId},
};

/// `Blob/upload` (RFC 9404 §4.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobUpload {
    /// The account.
    pub account_id: AccountId,
    /// By creation id, an [`UploadObject`]; read one by one, since one that is wrong is refused alone.
    pub create: BTreeMap<String, Map<String, Value>>,
}

/// A blob to make (RFC 9404 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadObject {
    /// What it is made of, in order; nothing makes an empty blob.
    pub data: Vec<DataSource>,
    /// Its media type, as the client says.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// One piece of a blob (RFC 9404 §4.1): exactly one of text, base64 and a range of another blob.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSource {
    /// Octets that are UTF-8.
    #[serde(rename = "data:asText", default, skip_serializing_if = "Option::is_none")]
    pub as_text: Option<String>,
    /// Any octets.
    #[serde(rename = "data:asBase64", default, skip_serializing_if = "Option::is_none")]
    pub as_base64: Option<String>,
    /// A blob of the account, or `#` and a creation id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob_id: Option<BlobId>,
    /// Where the range begins; at the first octet without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many octets; up to the end without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
}

/// The answer of `Blob/upload` (RFC 9404 §4.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobUploadResponse {
    /// The account.
    pub account_id: AccountId,
    /// By creation id, the new blob.
    pub created: Option<BTreeMap<String, CreatedBlob>>,
    /// By creation id, why not.
    pub not_created: Option<BTreeMap<String, SetError>>,
}

/// A blob just made (RFC 9404 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedBlob {
    /// Its id.
    pub id: BlobId,
    /// Its media type, as the client said.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its octets.
    pub size: u64,
}

/// `Blob/get` (RFC 9404 §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobGet {
    /// The account.
    pub account_id: AccountId,
    /// The blobs wanted; there is no way to ask for all.
    pub ids: Vec<BlobId>,
    /// The properties wanted; `data` and `size` without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Vec<String>>,
    /// Where data and digests begin; at the first octet without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many octets; up to the end without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
}

/// `Blob/lookup` (RFC 9404 §4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobLookup {
    /// The account.
    pub account_id: AccountId,
    /// Types to look in.
    pub type_names: Vec<String>,
    /// The blobs.
    pub ids: Vec<BlobId>,
}

/// The answer of `Blob/lookup` (RFC 9404 §4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobLookupResponse {
    /// The account.
    pub account_id: AccountId,
    /// What refers to each blob.
    pub list: Vec<BlobInfo>,
    /// Blobs the account cannot reach.
    pub not_found: Vec<BlobId>,
}

/// What refers to a blob (RFC 9404 §4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobInfo {
    /// The blob.
    pub id: BlobId,
    /// By type asked for, the ids of the objects.
    pub matched_ids: BTreeMap<String, Vec<String>>,
}
