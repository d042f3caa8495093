//! The directory of the relay's own accounts: addresses, names, certificates. It proposes; the client checks.

use serde::{Deserialize, Serialize};

use crate::{bytes::Base64, id::AccountId};

/// `Directory/lookup`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryLookup {
    /// The account.
    pub account_id: AccountId,
    /// The addresses, in any case.
    pub addresses: Vec<String>,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryLookupResponse {
    /// The account.
    pub account_id: AccountId,
    /// The entries found.
    pub list: Vec<DirectoryEntry>,
    /// The addresses nobody here answers to, as they were given.
    pub not_found: Vec<String>,
}

/// A correspondent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryEntry {
    /// The address.
    pub address: String,
    /// The name, as the relay's keeper wrote it.
    pub name: String,
    /// The certificates published, DER.
    pub certificates: Vec<Base64>,
}

/// `Directory/query`: names and addresses that contain a text, accents and case aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryQuery {
    /// The account.
    pub account_id: AccountId,
    /// The text.
    pub text: String,
    /// How many at most.
    #[serde(default)]
    pub limit: Option<u64>,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryQueryResponse {
    /// The account.
    pub account_id: AccountId,
    /// The entries found, by name.
    pub list: Vec<DirectoryEntry>,
}

/// `Directory/publish`: replaces the certificates of one's own entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryPublish {
    /// The account.
    pub account_id: AccountId,
    /// DER; each must name the account's own address, otherwise `invalidArguments`.
    pub certificates: Vec<Base64>,
}

/// Its answer: the entry as others see it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryPublishResponse {
    /// The account.
    pub account_id: AccountId,
    /// The entry.
    pub entry: DirectoryEntry,
}
