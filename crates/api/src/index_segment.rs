//! The sealed index: segments that only grow, counted per device.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Sealed,
    id::{AccountId, State},
};

/// `IndexSegment/append`. A counter that is not the next one is refused with `stateMismatch`, whose member `next`
/// is the one expected. The newest segment again, byte for byte, is answered as the first time: repeating is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentAppend {
    /// The account.
    pub account_id: AccountId,
    /// The device, 1 to 64 of `A-Za-z0-9_-`.
    pub device: String,
    /// One more than this device's last; the first is 1.
    pub counter: u64,
    /// The segment.
    pub data: Sealed,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentAppendResponse {
    /// The account.
    pub account_id: AccountId,
    /// The state before.
    pub old_state: State,
    /// The state after.
    pub new_state: State,
    /// The device.
    pub device: String,
    /// The counter it now has.
    pub counter: u64,
}

/// `IndexSegment/get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentGet {
    /// The account.
    pub account_id: AccountId,
    /// By device, the last counter the client has; devices not named are sent from the start.
    #[serde(default)]
    pub after: BTreeMap<String, u64>,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentGetResponse {
    /// The account.
    pub account_id: AccountId,
    /// The state when read.
    pub state: State,
    /// By device, then counter.
    pub list: Vec<IndexSegment>,
    /// Whether to ask again with what is now held.
    pub has_more: bool,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexSegment {
    /// The device that wrote it.
    pub device: String,
    /// Its place.
    pub counter: u64,
    /// Its bytes.
    pub data: Sealed,
}
