//! Push subscriptions (RFC 8620 §7.2): where to POST that something changed, when no connection is open.
//!
//! They belong to the session that made them, not to an account: neither method takes or gives an `accountId` or a
//! state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{core::SetError, date::UtcDate, id::PushSubscriptionId, method::PatchObject};

/// `PushSubscription/get` (RFC 8620 §7.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PushSubscriptionGet {
    /// The records wanted; `None` for all of this session.
    #[serde(default)]
    pub ids: Option<Vec<PushSubscriptionId>>,
    /// The properties wanted; `None` for all but `url` and `keys`, which are never returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Vec<String>>,
}

/// The answer of `PushSubscription/get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushSubscriptionGetResponse<T = PushSubscription> {
    /// The records found.
    pub list: Vec<T>,
    /// The ids nothing was found for.
    #[serde(default = "Vec::new")]
    pub not_found: Vec<PushSubscriptionId>,
}

/// `PushSubscription/set` (RFC 8620 §7.2.2).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushSubscriptionSet {
    /// New records by creation id: `deviceClientId`, `url`, and perhaps `keys`, `expires` and `types`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<BTreeMap<String, Map<String, Value>>>,
    /// Changes by id: of `verificationCode`, `expires` and `types`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<BTreeMap<PushSubscriptionId, PatchObject>>,
    /// Records to destroy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destroy: Option<Vec<PushSubscriptionId>>,
    /// There is no state to compare it with: the relay refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_in_state: Option<Value>,
}

/// The answer of `PushSubscription/set`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushSubscriptionSetResponse {
    /// By creation id, what the relay added to the record, its `id` and `expires` at least.
    pub created: Option<BTreeMap<String, Map<String, Value>>>,
    /// By id, what changed beyond the request: an `expires` cut short.
    pub updated: Option<BTreeMap<PushSubscriptionId, Option<Map<String, Value>>>>,
    /// The records that are gone.
    pub destroyed: Option<Vec<PushSubscriptionId>>,
    /// By creation id, why not.
    pub not_created: Option<BTreeMap<String, SetError>>,
    /// By id, why not.
    pub not_updated: Option<BTreeMap<PushSubscriptionId, SetError>>,
    /// By id, why not.
    pub not_destroyed: Option<BTreeMap<PushSubscriptionId, SetError>>,
}

/// A push subscription (RFC 8620 §7.2), without the two properties that are never returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushSubscription {
    /// Its id.
    pub id: PushSubscriptionId,
    /// What the client names itself and the device it runs on.
    #[serde(default)]
    pub device_client_id: String,
    /// The code that was POSTed, once the client has handed it back.
    #[serde(default)]
    pub verification_code: Option<String>,
    /// When it ends, if not before with its session.
    #[serde(default)]
    pub expires: Option<UtcDate>,
    /// The types whose states are told; `None` for all.
    #[serde(default)]
    pub types: Option<Vec<String>>,
}

/// The first thing POSTed to a subscription's URL (RFC 8620 §7.2.2): nothing else is, until the client has handed the
/// code back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushVerification {
    /// `PushVerification`.
    #[serde(rename = "@type")]
    pub kind: String,
    /// Which subscription.
    pub push_subscription_id: PushSubscriptionId,
    /// What to set its `verificationCode` to.
    pub verification_code: String,
}

impl PushVerification {
    /// The code of one subscription.
    #[must_use]
    pub fn of(push_subscription_id: PushSubscriptionId, verification_code: String) -> Self {
        Self { kind: "PushVerification".to_owned(), push_subscription_id, verification_code }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verification_is_written_as_the_standard_says() {
        let value = serde_json::to_value(PushVerification::of("p1".into(), "c".to_owned())).unwrap();
        let wanted = serde_json::json!(
            {"@type": "PushVerification", "pushSubscriptionId": "p1", "verificationCode": "c"}
        );
        assert_eq!(value, wanted);
    }
}
