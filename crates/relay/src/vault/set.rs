//! `Vault/set`: each item by itself, all of one request in one step.

use std::collections::BTreeMap;

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
        sql::{self, OptionalExtension as _, params},
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
    let known: Option<i64> = tx
        .prepare_cached("SELECT version FROM vault WHERE account = ? AND id = ?")?
        .query_row(params![account, id.as_str()], |row| row.get(0))
        .optional()?;
    let current = known.unwrap_or(0);
    if i64::try_from(if_version) != Ok(current) {
        return Ok(Err(SetError::new(SetErrorType::StateMismatch).with("version", current)));
    }
    if known.is_none() && is_full(tx, account)? {
        return Ok(Err(SetError::new(SetErrorType::OverQuota)));
    }
    let next = current + 1;
    tx.prepare_cached(
        "INSERT INTO vault (account, id, version, data) VALUES (?, ?, ?, ?)
         ON CONFLICT (account, id) DO UPDATE SET version = excluded.version, data = excluded.data",
    )?
    .execute(params![account, id.as_str(), next, data.0])?;
    let what = if known.is_none() { What::Created } else { What::Updated };
    // Their changes have no method of their own: that there is one is all that is told.
    change::record(tx, account, &ObjectType::Vault, next, what)?;
    Ok(Ok(if_version + 1))
}

fn is_full(tx: &Tx<'_>, account: i64) -> sql::Result<bool> {
    tx.query_row(
        "SELECT count(*) >= ? FROM vault WHERE account = ?",
        params![limits::VAULT_ITEMS, account],
        |row| row.get(0),
    )
}
