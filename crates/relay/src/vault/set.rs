//! `Vault/set`: each item by itself, all of one request in one step.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};
use sceau_api::{
    Sealed, SetError, SetErrorType, VaultId,
    push::ObjectType,
    vault::{VaultSet, VaultSetResponse, Version},
};

use crate::{
    fault::Fault,
    jmap::{Call, Outcome, answer},
    limits,
    store::{
        Tx,
        change::{self, What},
    },
};

/// `Vault/set`.
pub(crate) fn set(call: &Call<'_>) -> Outcome {
    let request: VaultSet = call.arguments()?;
    call.limit(request.update.len(), limits::OBJECTS_IN_SET)?;
    call.write(|tx| {
        let old_state = change::state(tx, call.account(), &ObjectType::Vault)?;
        let (mut updated, mut not_updated) = (BTreeMap::new(), BTreeMap::new());
        for (id, update) in &request.update {
            match put(tx, call.account(), id, update.if_version, &update.data)? {
                Ok(version) => drop(updated.insert(id.clone(), Version { version })),
                Err(error) => drop(not_updated.insert(id.clone(), error)),
            }
        }
        let new_state = change::state(tx, call.account(), &ObjectType::Vault)?;
        let account_id = request.account_id.clone();
        answer(&VaultSetResponse { account_id, old_state, new_state, updated, not_updated })
    })
}

/// Stores `data` as the version after `if_version`, or says why not.
pub(crate) fn put(
    tx: &Tx<'_>,
    account: i64,
    id: &VaultId,
    if_version: u64,
    data: &Sealed,
) -> Result<Result<u64, SetError>, Fault> {
    if !id.is_valid() {
        return Ok(Err(SetError::invalid_properties(&["id"])));
    }
    if data.0.len() > limits::VAULT_ITEM_BYTES {
        return Ok(Err(SetError::new(SetErrorType::TooLarge)));
    }
    let row: Option<(i64, i64)> = tx
        .prepare_cached("SELECT rowid, version FROM vault WHERE account = ? AND id = ?")?
        .query_row(params![account, id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let current = row.map_or(0, |(_, version)| version);
    if i64::try_from(if_version) != Ok(current) {
        return Ok(Err(SetError::new(SetErrorType::StateMismatch).with("version", current)));
    }
    if row.is_none() && is_full(tx, account)? {
        return Ok(Err(SetError::new(SetErrorType::OverQuota)));
    }
    let row_id: i64 = tx
        .prepare_cached(
            "INSERT INTO vault (account, id, version, data) VALUES (?1, ?2, 1, ?3)
             ON CONFLICT DO UPDATE SET version = version + 1, data = ?3 RETURNING rowid",
        )?
        .query_row(params![account, id.as_str(), data.0], |row| row.get(0))?;
    let what = if row.is_none() { What::Created } else { What::Updated };
    change::record(tx, account, &ObjectType::Vault, row_id, what)?;
    Ok(Ok(if_version + 1))
}

fn is_full(tx: &Tx<'_>, account: i64) -> rusqlite::Result<bool> {
    tx.query_row(
        "SELECT count(*) >= ? FROM vault WHERE account = ?",
        params![limits::VAULT_ITEMS, account],
        |row| row.get(0),
    )
}
