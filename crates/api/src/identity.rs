//! Identities (RFC 8621 §6): one per account, its own address.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    email::EmailAddress,
    id::IdentityId,
    method::{GetRequest, GetResponse, SetRequest},
};

/// `Identity/get` (RFC 8621 §6.1).
pub type IdentityGet = GetRequest<IdentityId>;
/// Its answer.
pub type IdentityGetResponse = GetResponse<Identity, IdentityId>;
/// `Identity/set` (RFC 8621 §6.3); only the name can change.
pub type IdentitySet = SetRequest<Map<String, Value>, IdentityId>;

/// An Identity (RFC 8621 §6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// The name to write in From.
    #[serde(default)]
    pub name: String,
    /// The address to write in From.
    #[serde(default)]
    pub email: String,
    /// None.
    #[serde(default)]
    pub reply_to: Option<Vec<EmailAddress>>,
    /// None.
    #[serde(default)]
    pub bcc: Option<Vec<EmailAddress>>,
    /// Empty: signatures under letters live in the vault.
    #[serde(default)]
    pub text_signature: String,
    /// Empty.
    #[serde(default)]
    pub html_signature: String,
    /// No.
    #[serde(default)]
    pub may_delete: bool,
}
