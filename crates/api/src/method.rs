//! The standard methods (RFC 8620 §5), for whatever object.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::{
    core::{ResultReference, SetError},
    id::{AccountId, State},
    wire_enum::wire_enum,
};

/// Changes to a record (RFC 8620 §5.3): property names or paths, and their new values.
pub type PatchObject = Map<String, Value>;

/// `Foo/get` (RFC 8620 §5.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetRequest<I> {
    /// The account.
    pub account_id: AccountId,
    /// The records wanted; `None` for all.
    #[serde(default = "Option::default")]
    pub ids: Option<Vec<I>>,
    /// Instead of `ids`: where to take them from.
    #[serde(rename = "#ids", default, skip_serializing_if = "Option::is_none")]
    pub ids_from: Option<ResultReference>,
    /// The properties wanted; `None` for the default ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Vec<String>>,
}

impl<I> GetRequest<I> {
    /// All records.
    #[must_use]
    pub fn all(account_id: AccountId) -> Self {
        Self { account_id, ids: None, ids_from: None, properties: None }
    }

    /// The given records.
    #[must_use]
    pub fn of(account_id: AccountId, ids: Vec<I>) -> Self {
        Self { account_id, ids: Some(ids), ids_from: None, properties: None }
    }
}

/// The answer of `Foo/get` (RFC 8620 §5.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetResponse<T, I> {
    /// The account.
    pub account_id: AccountId,
    /// The state all records of this type had when read.
    pub state: State,
    /// The records found.
    pub list: Vec<T>,
    /// The ids nothing was found for.
    #[serde(default = "Vec::new")]
    pub not_found: Vec<I>,
}

/// `Foo/changes` (RFC 8620 §5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangesRequest {
    /// The account.
    pub account_id: AccountId,
    /// The state the client has.
    pub since_state: State,
    /// How many ids to return at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_changes: Option<u64>,
}

/// The answer of `Foo/changes` (RFC 8620 §5.2; `updatedProperties` of RFC 8621 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangesResponse<I> {
    /// The account.
    pub account_id: AccountId,
    /// The state asked about.
    pub old_state: State,
    /// The state after the changes listed.
    pub new_state: State,
    /// Whether to ask again from `new_state`.
    pub has_more_changes: bool,
    /// New records.
    pub created: Vec<I>,
    /// Changed records.
    pub updated: Vec<I>,
    /// Records that are gone.
    pub destroyed: Vec<I>,
    /// Of `Mailbox/changes`: the only properties that can have changed, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_properties: Option<Vec<String>>,
}

/// `Foo/set` (RFC 8620 §5.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetRequest<C, I: Ord> {
    /// The account.
    pub account_id: AccountId,
    /// Do nothing unless this is the state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_in_state: Option<State>,
    /// New records by creation id.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub create: Option<BTreeMap<String, C>>,
    /// Changes by id.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub update: Option<BTreeMap<I, PatchObject>>,
    /// Records to destroy.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub destroy: Option<Vec<I>>,
    /// Instead of `destroy`: where to take the ids from.
    #[serde(rename = "#destroy", default, skip_serializing_if = "Option::is_none")]
    pub destroy_from: Option<ResultReference>,
    /// Of `Mailbox/set` (RFC 8621 §2.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_destroy_remove_emails: Option<bool>,
    /// Of `EmailSubmission/set` (RFC 8621 §7.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_success_update_email: Option<BTreeMap<String, PatchObject>>,
    /// Of `EmailSubmission/set` (RFC 8621 §7.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_success_destroy_email: Option<Vec<String>>,
}

impl<C, I: Ord> SetRequest<C, I> {
    /// A request that changes nothing yet.
    #[must_use]
    pub fn new(account_id: AccountId) -> Self {
        Self {
            account_id,
            if_in_state: None,
            create: None,
            update: None,
            destroy: None,
            destroy_from: None,
            on_destroy_remove_emails: None,
            on_success_update_email: None,
            on_success_destroy_email: None,
        }
    }
}

/// The answer of `Foo/set` (RFC 8620 §5.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetResponse<I: Ord> {
    /// The account.
    pub account_id: AccountId,
    /// The state before.
    pub old_state: Option<State>,
    /// The state after.
    pub new_state: State,
    /// By creation id, what the server added to the record, its `id` at least.
    #[serde(default = "Option::default")]
    pub created: Option<BTreeMap<String, Map<String, Value>>>,
    /// By id, what changed beyond the request.
    #[serde(default = "Option::default")]
    pub updated: Option<BTreeMap<I, Option<Map<String, Value>>>>,
    /// The records that are gone.
    #[serde(default = "Option::default")]
    pub destroyed: Option<Vec<I>>,
    /// By creation id, why not.
    #[serde(default)]
    pub not_created: Option<BTreeMap<String, SetError>>,
    /// By id, why not.
    #[serde(default = "Option::default")]
    pub not_updated: Option<BTreeMap<I, SetError>>,
    /// By id, why not.
    #[serde(default = "Option::default")]
    pub not_destroyed: Option<BTreeMap<I, SetError>>,
}

/// `Foo/query` (RFC 8620 §5.5; `collapseThreads` of RFC 8621 §4.4, the tree arguments of §2.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "F: serde::de::DeserializeOwned"))]
pub struct QueryRequest<F> {
    /// The account.
    pub account_id: AccountId,
    /// Which records.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter<F>>,
    /// In which order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Vec<Comparator>>,
    /// Index of the first id wanted; from the end when negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// Start from this record instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// That many after (or, negative, before) the anchor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor_offset: Option<i64>,
    /// How many ids at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Whether to count all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calculate_total: Option<bool>,
    /// Of `Email/query`: the first Email of each Thread only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collapse_threads: Option<bool>,
    /// Of `Mailbox/query`: children right after their parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_as_tree: Option<bool>,
    /// Of `Mailbox/query`: leave out children whose parent is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_as_tree: Option<bool>,
}

impl<F> QueryRequest<F> {
    /// Everything, in the order the relay likes.
    #[must_use]
    pub fn new(account_id: AccountId) -> Self {
        Self {
            account_id,
            filter: None,
            sort: None,
            position: None,
            anchor: None,
            anchor_offset: None,
            limit: None,
            calculate_total: None,
            collapse_threads: None,
            sort_as_tree: None,
            filter_as_tree: None,
        }
    }
}

/// The answer of `Foo/query` (RFC 8620 §5.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryResponse<I> {
    /// The account.
    pub account_id: AccountId,
    /// The state of this query.
    pub query_state: State,
    /// Whether `queryChanges` can start from it.
    pub can_calculate_changes: bool,
    /// Index of the first id.
    pub position: u64,
    /// The ids.
    pub ids: Vec<I>,
    /// How many there are, if asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// The relay's own limit, if it was smaller than the one asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A condition, or several joined (RFC 8620 §5.5).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Filter<C> {
    /// Conditions joined.
    Operator {
        /// How.
        operator: FilterOperator,
        /// What.
        conditions: Vec<Filter<C>>,
    },
    /// One condition.
    Condition(C),
}

impl<'de, C: serde::de::DeserializeOwned> Deserialize<'de> for Filter<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        #[derive(Deserialize)]
        #[serde(bound(deserialize = "C: serde::de::DeserializeOwned"))]
        struct Joined<C> {
            operator: FilterOperator,
            conditions: Vec<Filter<C>>,
        }
        let value = Value::deserialize(deserializer)?;
        if value.get("operator").is_none() {
            return serde_json::from_value(value).map(Self::Condition).map_err(D::Error::custom);
        }
        let Joined { operator, conditions } = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Self::Operator { operator, conditions })
    }
}

wire_enum! {
    /// How conditions are joined (RFC 8620 §5.5).
    FilterOperator {
        /// All of them.
        And = "AND",
        /// One of them at least.
        Or = "OR",
        /// None of them.
        Not = "NOT",
    }
}

/// One key of a sort (RFC 8620 §5.5; `keyword` of RFC 8621 §4.4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparator {
    /// The property to compare.
    pub property: String,
    /// Smallest first.
    #[serde(default = "yes")]
    pub is_ascending: bool,
    /// The collation; the relay has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Of `hasKeyword` and its kin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
}

impl Comparator {
    /// Newest first by the time received.
    #[must_use]
    pub fn newest_first() -> Self {
        Self { property: "receivedAt".to_owned(), is_ascending: false, collation: None, keyword: None }
    }
}

fn yes() -> bool {
    true
}

/// `Foo/queryChanges` (RFC 8620 §5.6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "F: serde::de::DeserializeOwned"))]
pub struct QueryChangesRequest<F> {
    /// The account.
    pub account_id: AccountId,
    /// As in the query.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter<F>>,
    /// As in the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Vec<Comparator>>,
    /// The state the client has.
    pub since_query_state: State,
    /// How many changes at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_changes: Option<u64>,
    /// The last id the client has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to_id: Option<String>,
    /// Whether to count all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calculate_total: Option<bool>,
    /// As in the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collapse_threads: Option<bool>,
    /// As in the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_as_tree: Option<bool>,
    /// As in the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_as_tree: Option<bool>,
}

/// The answer of `Foo/queryChanges` (RFC 8620 §5.6): what to take out of the results, then what to put in, the lowest index first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryChangesResponse<I> {
    /// The account.
    pub account_id: AccountId,
    /// The state asked about.
    pub old_query_state: State,
    /// The state after these changes.
    pub new_query_state: State,
    /// How many results there are, if asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// What is there no longer, or may be elsewhere.
    pub removed: Vec<I>,
    /// What is there now.
    pub added: Vec<AddedItem<I>>,
}

/// A result and its place (RFC 8620 §5.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedItem<I> {
    /// What.
    pub id: I,
    /// Where, once everything removed is out and everything before it is in.
    pub index: u64,
}
