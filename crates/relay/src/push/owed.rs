//! What is owed to a subscription, and how it is said.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sceau_api::{
    AccountId, State,
    push::{ObjectType, StateChange},
    push_subscription::PushVerification,
};
use sha2::{Digest as _, Sha256};

use super::{destination::Destination, id_of, message::Keys};
use crate::{
    account::wire_id,
    fault::Fault,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// The states of a subscription's types that it has not been told.
pub(super) fn owed(tx: &Tx<'_>, row: i64, stored: &Stored) -> sql::Result<BTreeMap<ObjectType, State>> {
    let mut statement = tx.prepare_cached(
        "SELECT kind, state FROM change_floor WHERE account = ?1 AND state > ?2
         AND (?3 = 1 OR kind IN (SELECT kind FROM push_type WHERE subscription = ?4))",
    )?;
    let values = params![stored.account, stored.told, stored.every_type, row];
    let rows = statement.query_map(values, |row| {
        let (kind, state): (String, i64) = (row.get(0)?, row.get(1)?);
        Ok((ObjectType::from(kind.as_str()), State(state.to_string())))
    })?;
    rows.collect()
}

/// A row, as far as a message is made of it.
pub(super) struct Stored {
    pub(super) account: i64,
    pub(super) modseq: i64,
    url: String,
    p256dh: Option<Vec<u8>>,
    auth: Option<Vec<u8>>,
    code: String,
    pub(super) verified: bool,
    every_type: bool,
    told: i64,
    pub(super) expires: Option<i64>,
    pub(super) session_ends: i64,
}

impl Stored {
    pub(super) fn read(tx: &Tx<'_>, row: i64) -> Result<Self, Fault> {
        let found = tx
            .prepare_cached(
                "SELECT p.account, a.modseq, p.url, p.p256dh, p.auth, p.code, p.verified, p.every_type, p.told,
                     p.expires_at, s.expires_at
                 FROM push_subscription AS p JOIN account AS a ON a.id = p.account
                 JOIN session AS s ON s.token_hash = p.session WHERE p.id = ?",
            )?
            .query_row([row], |row| {
                Ok(Self {
                    account: row.get(0)?,
                    modseq: row.get(1)?,
                    url: row.get(2)?,
                    p256dh: row.get(3)?,
                    auth: row.get(4)?,
                    code: row.get(5)?,
                    verified: row.get(6)?,
                    every_type: row.get(7)?,
                    told: row.get(8)?,
                    expires: row.get(9)?,
                    session_ends: row.get(10)?,
                })
            })
            .optional()?;
        found.ok_or(Fault::Damaged("a push subscription of no session"))
    }

    pub(super) fn destination(&self) -> Option<(Destination, Option<Keys>)> {
        let destination = Destination::read(&self.url)?;
        match self.p256dh.as_ref().zip(self.auth.as_ref()) {
            Some((p256dh, auth)) => Some((destination, Some(Keys::read(p256dh, auth)?))),
            None => Some((destination, None)),
        }
    }

    pub(super) fn verification(&self, row: i64) -> Result<Vec<u8>, Fault> {
        json(&PushVerification::of(id_of(row), self.code.clone()))
    }

    pub(super) fn change(&self, states: BTreeMap<ObjectType, State>) -> Result<Vec<u8>, Fault> {
        json(&StateChange::of(AccountId(wire_id(self.account)), states))
    }

    /// The same for the same types, so that nothing takes the place of a message that says more; and nothing a push
    /// service could read the types from, since the code is in it.
    pub(super) fn topic<'a>(&self, kinds: impl Iterator<Item = &'a ObjectType>) -> String {
        let mut hash = Sha256::new().chain_update(&self.code);
        for kind in kinds {
            hash = hash.chain_update([0]).chain_update(kind.as_str());
        }
        let hash: [u8; 32] = hash.finalize().into();
        let (short, _) = hash.split_at(TOPIC_BYTES);
        URL_SAFE_NO_PAD.encode(short)
    }
}

/// A topic has at most 32 characters (RFC 8030 §5.4).
const TOPIC_BYTES: usize = 24;

fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|_| Fault::Damaged("a push message is no JSON"))
}
