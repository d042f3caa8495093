//! Log-in (OPAQUE, RFC 9807). The relay never sees a pass phrase, nor anything it could be checked against without
//! guessing through the relay's own secret seed.
//!
//! Every way in is a *slot* with an OPAQUE record of its own, whose credential identifier is
//! [`credential_identifier`]. Beside the record lies the `wrap`: the vault key sealed under the slot's export key,
//! with address, slot and version as associated data. All messages are JSON; bytes are base64.
//!
//! The suite: OPRF and 3DH over ristretto255, SHA-512; neither identifiers nor a context are given to OPAQUE. The key
//! stretching is the client's alone; the relay only keeps its [`Stretching`] parameters, per way in, and gives them back
//! at log-in.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::{Base64, Sealed},
    date::UtcDate,
    id::{AccountId, LoginId, VaultId},
    vault,
    wire_enum::wire_enum,
};

wire_enum! {
    /// A way in.
    Slot {
        /// The pass phrase.
        Passphrase = "passphrase",
        /// The printed recovery code.
        Recovery = "recovery",
    }
}

/// The OPAQUE credential identifier of a slot: the address in lower case, a zero byte, the slot.
#[must_use]
pub fn credential_identifier(address: &str, slot: &Slot) -> Vec<u8> {
    let mut identifier = address.to_lowercase().into_bytes();
    identifier.push(0);
    identifier.extend_from_slice(slot.as_str().as_bytes());
    identifier
}

/// Parameters of Argon2id (RFC 9106), which stretches the OPRF's output in the client (RFC 9807 §7). Chosen by the client
/// when it makes a record and kept beside it, so that they can grow without locking anybody out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stretching {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Stretching {
    /// What new records are made with: 64 MiB, three passes, one lane (RFC 9106 §4 names 64 MiB and three passes its
    /// second choice). Also what the relay answers for an address nobody has.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// Most memory a client spends because a relay says so: a browser on a small machine must survive it.
    pub const MAX_MEMORY_KIB: u32 = 256 * 1024;
    /// Most passes a client spends because a relay says so.
    pub const MAX_PASSES: u32 = 16;
    /// Most lanes a client spends because a relay says so.
    pub const MAX_LANES: u32 = 4;

    /// Whether both sides accept these: never weaker than [`Self::RECOMMENDED`] was when records began, never beyond
    /// the limits above.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        let least = Self::RECOMMENDED;
        (least.memory_kib..=Self::MAX_MEMORY_KIB).contains(&self.memory_kib)
            && (least.passes..=Self::MAX_PASSES).contains(&self.passes)
            && (least.lanes..=Self::MAX_LANES).contains(&self.lanes)
    }
}

impl Default for Stretching {
    fn default() -> Self {
        Self::RECOMMENDED
    }
}

/// One slot's `RegistrationRequest` (RFC 9807 §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRequest {
    /// Which way in.
    pub slot: Slot,
    /// The OPAQUE message.
    pub request: Base64,
}

/// One slot's `RegistrationResponse` (RFC 9807 §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotResponse {
    /// Which way in.
    pub slot: Slot,
    /// The OPAQUE message.
    pub response: Base64,
    /// The version the new record will have; part of the wrap's associated data.
    pub version: u64,
}

/// One slot's `RegistrationRecord` and wrap (RFC 9807 §5.1); both are stored together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRecord {
    /// Which way in.
    pub slot: Slot,
    /// The version the start message announced; another one is refused.
    pub version: u64,
    /// The OPAQUE record.
    pub record: Base64,
    /// What the record was made with.
    #[serde(default)]
    pub stretching: Stretching,
    /// The vault key, sealed.
    pub wrap: Sealed,
}

/// `POST /auth/enrol/start`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolStart {
    /// The account's address.
    pub address: String,
    /// The one-time code of the enrolment letter.
    pub code: String,
    /// One message per slot.
    pub slots: Vec<SlotRequest>,
}

/// Its answer; also of `POST /auth/change/start`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotsStarted {
    /// One message per slot asked.
    pub slots: Vec<SlotResponse>,
}

/// `POST /auth/enrol/finish`; uses the code up and signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolFinish {
    /// The account's address.
    pub address: String,
    /// The code again.
    pub code: String,
    /// One record per slot; both slots are needed.
    pub slots: Vec<SlotRecord>,
    /// The first blobs of the vault.
    #[serde(default)]
    pub vault: Vec<InitialVaultItem>,
}

/// A first blob of the vault; its version becomes 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialVaultItem {
    /// Its name.
    pub id: VaultId,
    /// Its bytes.
    pub data: Sealed,
}

/// `POST /auth/login/start`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginStart {
    /// The account's address.
    pub address: String,
    /// Which way in.
    pub slot: Slot,
    /// `CredentialRequest` and `AuthRequest` (KE1, RFC 9807 §6.1).
    pub request: Base64,
    /// The token this device got at an earlier log-in, if it kept one: with it nobody else's wrong guesses make it wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

/// Its answer. An unknown address gets one too, of the same form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginStarted {
    /// To be repeated in the last message.
    pub login_id: LoginId,
    /// KE2 (RFC 9807 §6.1).
    pub response: Base64,
    /// What the slot's record was made with; from the relay, so to be checked ([`Stretching::is_acceptable`]).
    #[serde(default)]
    pub stretching: Stretching,
}

/// `POST /auth/login/finish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginFinish {
    /// From the answer to the first message.
    pub login_id: LoginId,
    /// KE3 (RFC 9807 §6.1).
    pub finalization: Base64,
    /// Whether to give this device a token for later log-ins. Only a machine of one's own keeps one.
    #[serde(default)]
    pub remember_device: bool,
}

/// A session begins: the answer to the last message of a log-in or an enrolment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// The bearer token (RFC 6750); keep it in memory only.
    pub token: String,
    /// The account.
    pub account_id: AccountId,
    /// The address as the relay writes it.
    pub address: String,
    /// When the token ends.
    pub expires_at: UtcDate,
    /// Which way in was used.
    pub slot: Slot,
    /// Its version; part of the wrap's associated data.
    pub slot_version: u64,
    /// The vault key, sealed for that way in.
    pub wrap: Sealed,
    /// The sign-in before this one.
    pub last_sign_in: Option<LastSignIn>,
    /// The relay's clock, to measure one's own.
    pub server_time: UtcDate,
    /// What was asked for by [`LoginFinish::remember_device`]. It opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("account_id", &self.account_id).finish_non_exhaustive()
    }
}

/// The sign-in before this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSignIn {
    /// When.
    pub at: UtcDate,
    /// From which network address, as the relay saw it.
    pub from: String,
}

/// `POST /auth/change/start` (bearer; the log-in must be fresh).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeStart {
    /// The slots to change.
    pub slots: Vec<SlotRequest>,
}

/// `POST /auth/change/finish` (bearer): new records, wraps and re-sealed vault blobs, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFinish {
    /// The new records.
    pub slots: Vec<SlotRecord>,
    /// Vault blobs sealed anew, when the vault key changes.
    #[serde(default)]
    pub vault: Vec<ChangedVaultItem>,
}

/// A vault blob sealed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedVaultItem {
    /// Its name.
    pub id: VaultId,
    /// The change itself.
    #[serde(flatten)]
    pub update: vault::Update,
}

/// The answer: every other session of the account has ended, this one goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// How many other sessions ended.
    pub sessions_ended: u64,
    /// The versions of the slots now.
    pub slots: Vec<SlotVersion>,
}

/// A slot and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotVersion {
    /// Which way in.
    pub slot: Slot,
    /// Its version.
    pub version: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_separates_address_and_slot() {
        assert_eq!(credential_identifier("A@B.fr", &Slot::Recovery), b"a@b.fr\0recovery");
    }

    #[test]
    fn stretching_is_neither_too_weak_nor_endless() {
        let best = Stretching::RECOMMENDED;
        assert!(best.is_acceptable());
        assert!(Stretching { memory_kib: Stretching::MAX_MEMORY_KIB, passes: 16, lanes: 4 }.is_acceptable());
        for wrong in [
            Stretching { memory_kib: best.memory_kib - 1, ..best },
            Stretching { memory_kib: Stretching::MAX_MEMORY_KIB + 1, ..best },
            Stretching { passes: best.passes - 1, ..best },
            Stretching { passes: Stretching::MAX_PASSES + 1, ..best },
            Stretching { lanes: 0, ..best },
            Stretching { lanes: Stretching::MAX_LANES + 1, ..best },
        ] {
            assert!(!wrong.is_acceptable(), "{wrong:?}");
        }
    }

    #[test]
    fn a_token_does_not_print() {
        let text = r#"{"token":"t0psecret","accountId":"a1","address":"a@b","expiresAt":"2026-01-01T00:00:00Z",
            "slot":"passphrase","slotVersion":1,"wrap":"AA==","lastSignIn":null,"serverTime":"2026-01-01T00:00:00Z"}"#;
        let signed_in: SignedIn = serde_json::from_str(text).unwrap();
        assert!(!format!("{signed_in:?}").contains("t0psecret"));
    }
}
