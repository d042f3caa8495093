//! The vault: sealed blobs, each with a version, changed by compare-and-set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Sealed,
    core::SetError,
    id::{AccountId, State, VaultId},
    method::{GetRequest, GetResponse},
};

/// `Vault/get`; without `ids` all blobs.
pub type VaultGet = GetRequest<VaultId>;
/// Its answer.
pub type VaultGetResponse = GetResponse<Item, VaultId>;

/// A blob of the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name.
    pub id: VaultId,
    /// 1 when first set, one more at each change.
    pub version: u64,
    /// Its bytes.
    pub data: Sealed,
}

/// `Vault/set`: each item by itself, all of one request in one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultSet {
    /// The account.
    pub account_id: AccountId,
    /// By name.
    pub update: BTreeMap<VaultId, Update>,
}

/// New bytes for a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// The version the client read; 0 when there is none yet.
    pub if_version: u64,
    /// The new bytes.
    pub data: Sealed,
}

/// The answer of `Vault/set`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultSetResponse {
    /// The account.
    pub account_id: AccountId,
    /// The state before.
    pub old_state: State,
    /// The state after.
    pub new_state: State,
    /// By name, the new version.
    #[serde(default)]
    pub updated: BTreeMap<VaultId, Version>,
    /// By name: `stateMismatch` (its member `version` is the current one), `tooLarge`, `overQuota`,
    /// `invalidProperties`.
    #[serde(default)]
    pub not_updated: BTreeMap<VaultId, SetError>,
}

/// A version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The version.
    pub version: u64,
}
