//! From where, and with what, an account was opened before: what an attempt from there need not wait for.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    limits,
    network::NetworkAddress,
    random::generate_bytes,
    session::bearer::token_hash,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// The hash of a device's token, if it is one of that address's and not forgotten.
pub(super) fn device(tx: &Tx<'_>, address: &str, token: &str) -> sql::Result<Option<Vec<u8>>> {
    tx.prepare_cached(
        "SELECT token_hash FROM device JOIN account ON account.id = device.account
         WHERE token_hash = ? AND address = ? AND used_at > ?",
    )?
    .query_row(params![token_hash(token), address, tx.now - limits::DEVICE_LIFETIME], |row| row.get(0))
    .optional()
}

/// Whether the account of an address was opened from there.
pub(super) fn is_known(tx: &Tx<'_>, address: &str, network: NetworkAddress) -> sql::Result<bool> {
    let Some(account) = crate::account::find(tx, address)? else { return Ok(false) };
    let Some(network) = hash(account, network) else { return Ok(false) };
    let found: Option<i64> = tx
        .prepare_cached(
            "SELECT used_at FROM known_network WHERE account = ? AND network = ? AND used_at > ?",
        )?
        .query_row(params![account, network, tx.now - limits::KNOWN_NETWORK_LIFETIME], |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}

/// Remembers from where an account was opened.
pub(crate) fn note_network(tx: &Tx<'_>, account: i64, network: NetworkAddress) -> sql::Result<()> {
    let Some(network) = hash(account, network) else { return Ok(()) };
    tx.prepare_cached(
        "INSERT INTO known_network (account, network, used_at) VALUES (?, ?, ?)
         ON CONFLICT (account, network) DO UPDATE SET used_at = excluded.used_at",
    )?
    .execute(params![account, network, tx.now])?;
    tx.prepare_cached(
        "DELETE FROM known_network WHERE account = ?1 AND network NOT IN
             (SELECT network FROM known_network WHERE account = ?1 ORDER BY used_at DESC, network LIMIT ?2)",
    )?
    .execute(params![account, limits::KNOWN_NETWORKS])?;
    Ok(())
}

/// A token for the device an account was just opened with.
pub(super) fn remember_device(tx: &Tx<'_>, account: i64) -> sql::Result<String> {
    let token = URL_SAFE_NO_PAD.encode(generate_bytes::<32>());
    tx.prepare_cached("INSERT INTO device (token_hash, account, used_at) VALUES (?, ?, ?)")?
        .execute(params![token_hash(&token), account, tx.now])?;
    tx.prepare_cached(
        "DELETE FROM device WHERE account = ?1 AND token_hash NOT IN
             (SELECT token_hash FROM device WHERE account = ?1 ORDER BY used_at DESC, token_hash LIMIT ?2)",
    )?
    .execute(params![account, limits::DEVICES])?;
    Ok(token)
}

/// Forgets the devices of an account: whoever had the old pass phrase may have made one.
pub(super) fn forget_devices(tx: &Tx<'_>, account: i64) -> sql::Result<()> {
    tx.prepare_cached("DELETE FROM device WHERE account = ?")?.execute([account])?;
    Ok(())
}

fn hash(account: i64, network: NetworkAddress) -> Option<Vec<u8>> {
    let network = network.neighbourhood()?;
    Some(Sha256::digest(format!("{account} {network}")).to_vec())
}
