//! Quotas (RFC 9425): what an account's letters take, and what they may.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    id::QuotaId,
    method::{GetRequest, QueryRequest},
    wire_enum::wire_enum,
};

/// `Quota/get` (RFC 9425 §4.2).
pub type QuotaGet = GetRequest<QuotaId>;
/// `Quota/query` (RFC 9425 §4.4).
pub type QuotaQuery = QueryRequest<QuotaCondition>;

wire_enum! {
    /// The unit of a Quota (RFC 9425 §3.2).
    ResourceType {
        /// Objects.
        Count = "count",
        /// Bytes.
        Octets = "octets",
    }
}

wire_enum! {
    /// Whose use a Quota counts (RFC 9425 §3.1).
    Scope {
        /// The account's.
        Account = "account",
        /// The domain's.
        Domain = "domain",
        /// The relay's.
        Global = "global",
    }
}

/// A Quota (RFC 9425 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// Its id.
    pub id: QuotaId,
    /// What is counted.
    pub resource_type: ResourceType,
    /// How much there is.
    pub used: u64,
    /// From here on nothing more is taken, whoever sends it.
    pub hard_limit: u64,
    /// Whose use it counts.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// The types of objects it counts.
    pub types: Vec<String>,
    /// From here on the account should be warned.
    pub warn_limit: Option<u64>,
    /// From here on the account itself can add nothing.
    pub soft_limit: Option<u64>,
    /// One English sentence.
    pub description: Option<String>,
}

/// Which Quotas (RFC 9425 §4.4).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaCondition {
    /// The name contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The scope is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The unit is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// Objects of this type are counted.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Conditions the relay does not know; it answers `unsupportedFilter`.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}
