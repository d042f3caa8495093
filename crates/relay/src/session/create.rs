//! A session begins.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sceau_api::{
    AccountId, Sealed, UtcDate,
    auth::{LastSignIn, SignedIn, Slot},
};

use super::bearer::token_hash;
use crate::{
    account,
    auth::known,
    fault::Fault,
    limits,
    network::NetworkAddress,
    problem::Denied,
    random::generate_bytes,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// A new token for `account`, and what a client needs to go on.
pub(crate) fn signed_in(
    tx: &Tx<'_>,
    account: i64,
    slot: &Slot,
    from: NetworkAddress,
) -> Result<SignedIn, Denied> {
    let (token, expires_at) = token(tx, account, true)?;
    let (address, last_sign_in) = last_sign_in(tx, account)?;
    tx.execute(
        "UPDATE account SET last_sign_in_at = ?, last_sign_in_from = ? WHERE id = ?",
        params![tx.now, from.to_string(), account],
    )?;
    known::note_network(tx, account, from)?;
    let (version, wrap): (i64, Vec<u8>) = tx.query_row(
        "SELECT version, wrap FROM slot WHERE account = ? AND slot = ?",
        params![account, slot.as_str()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(SignedIn {
        token,
        account_id: AccountId(account::wire_id(account)),
        address,
        expires_at: UtcDate::from_unix(expires_at),
        slot: slot.clone(),
        slot_version: u64::try_from(version).map_err(|_| Fault::Damaged("slot version"))?,
        wrap: Sealed(wrap),
        last_sign_in,
        server_time: UtcDate::from_unix(tx.now),
        device_token: None,
    })
}

/// A new token; only a real log-in makes it fresh.
pub(crate) fn token(tx: &Tx<'_>, account: i64, fresh: bool) -> sql::Result<(String, i64)> {
    let token = URL_SAFE_NO_PAD.encode(generate_bytes::<32>());
    let expires_at = tx.now + limits::SESSION_LIFETIME;
    let fresh_until = if fresh { tx.now + limits::FRESH_LOGIN } else { 0 };
    tx.execute(
        "INSERT INTO session (token_hash, account, created_at, fresh_until, expires_at) VALUES (?, ?, ?, ?, ?)",
        params![token_hash(&token), account, tx.now, fresh_until, expires_at],
    )?;
    Ok((token, expires_at))
}

fn last_sign_in(tx: &Tx<'_>, account: i64) -> sql::Result<(String, Option<LastSignIn>)> {
    tx.query_row(
        "SELECT address, last_sign_in_at, last_sign_in_from FROM account WHERE id = ?",
        [account],
        |row| {
            let at: Option<i64> = row.get(1)?;
            let from: Option<String> = row.get(2)?;
            let last = at.zip(from).map(|(at, from)| LastSignIn { at: UtcDate::from_unix(at), from });
            Ok((row.get(0)?, last))
        },
    )
}
