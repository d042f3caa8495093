//! Log-in (OPAQUE, RFC 9807). The relay never sees a pass phrase, nor anything it could be checked against without
//! guessing through the relay's own secret seed.
//!
//! Every way in is a *slot* with an OPAQUE record of its own, whose credential identifier is
//! [`credential_identifier`]. Beside the record lies the `wrap`: the vault key sealed under the slot's export key,
//! with address, slot and version as associated data. All messages are JSON; bytes are base64.
//!
//! The suite: OPRF and 3DH over ristretto255, SHA-512; neither identifiers nor a context are given to OPAQUE. The key
//! stretching is the client's alone and does not show on the wire.

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
pub struct LoginStart {
    /// The account's address.
    pub address: String,
    /// Which way in.
    pub slot: Slot,
    /// `CredentialRequest` and `AuthRequest` (KE1, RFC 9807 §6.1).
    pub request: Base64,
}

/// Its answer. An unknown address gets one too, of the same form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginStarted {
    /// To be repeated in the last message.
    pub login_id: LoginId,
    /// KE2 (RFC 9807 §6.1).
    pub response: Base64,
}

/// `POST /auth/login/finish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginFinish {
    /// From the answer to the first message.
    pub login_id: LoginId,
    /// KE3 (RFC 9807 §6.1).
    pub finalization: Base64,
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
    fn a_token_does_not_print() {
        let text = r#"{"token":"t0psecret","accountId":"a1","address":"a@b","expiresAt":"2026-01-01T00:00:00Z",
            "slot":"passphrase","slotVersion":1,"wrap":"AA==","lastSignIn":null,"serverTime":"2026-01-01T00:00:00Z"}"#;
        let signed_in: SignedIn = serde_json::from_str(text).unwrap();
        assert!(!format!("{signed_in:?}").contains("t0psecret"));
    }
}
