//! A new subscription.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sceau_api::{SetError, SetErrorType};
use serde_json::{Map, Value};

use super::{
    id_of,
    properties::Wanted,
    set::Done,
    stored::{cut, date, set_types},
};
use crate::{
    jmap::Call,
    limits,
    random::generate_bytes,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// Makes one; the code is told to its URL afterwards.
pub(super) fn create(
    tx: &Tx<'_>,
    call: &Call<'_>,
    creation_id: &str,
    members: &Map<String, Value>,
) -> Done<Map<String, Value>> {
    let wanted = match Wanted::read(members, tx.now) {
        Ok(wanted) => wanted,
        Err(error) => return Ok(Err(error)),
    };
    if let Err(error) = may_create(tx, call, &wanted.device_client_id)? {
        return Ok(Err(error));
    }
    let expires = cut(tx, &call.bearer.token_hash, wanted.expires)?;
    let row = insert(tx, call, &wanted, expires)?;
    set_types(tx, row, wanted.types.as_ref())?;
    call.remember(creation_id, id_of(row).as_str());
    // What the client did not say, or not so (RFC 8620 §5.3).
    let mut record = Map::from_iter([("id".to_owned(), Value::from(id_of(row).0))]);
    for name in ["verificationCode", "types"].into_iter().filter(|name| !members.contains_key(*name)) {
        record.insert(name.to_owned(), Value::Null);
    }
    if expires != wanted.expires || !members.contains_key("expires") {
        record.insert("expires".to_owned(), date(expires));
    }
    Ok(Ok(record))
}

/// The limits of RFC 8620 §8.6, and one name per client and device.
fn may_create(tx: &Tx<'_>, call: &Call<'_>, device_client_id: &str) -> Done<()> {
    let same: Option<i64> = tx
        .prepare_cached("SELECT id FROM push_subscription WHERE session = ? AND device_client_id = ?")?
        .query_row(params![call.bearer.token_hash, device_client_id], |row| row.get(0))
        .optional()?;
    if let Some(same) = same {
        let error = SetError::invalid_properties(&["deviceClientId"])
            .describe("This session has a subscription of that name; update or destroy it.")
            .with("existingId", id_of(same).0);
        return Ok(Err(error));
    }
    let there: i64 = tx
        .prepare_cached("SELECT count(*) FROM push_subscription WHERE account = ?")?
        .query_row([call.account()], |row| row.get(0))?;
    if there >= limits::PUSH_SUBSCRIPTIONS {
        let text = "The account has as many push subscriptions as it may; destroy one first.";
        return Ok(Err(SetError::new(SetErrorType::OverQuota).describe(text)));
    }
    Ok(match count_creation(tx, call.account())? {
        true => Ok(()),
        false => Err(SetError::new(SetErrorType::RateLimit)
            .describe("Too many push subscriptions were made lately; try again in a quarter of an hour.")),
    })
}

/// Counts a creation; false when there were too many lately.
fn count_creation(tx: &Tx<'_>, account: i64) -> sql::Result<bool> {
    let found: Option<(i64, i64)> = tx
        .prepare_cached("SELECT window_started_at, count FROM push_creation WHERE account = ?")?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let is_open = |(started, _): &(i64, i64)| {
        (*started..started.saturating_add(limits::PUSH_CREATION_WINDOW)).contains(&tx.now)
    };
    let (started, count) = found.filter(is_open).unwrap_or((tx.now, 0));
    if count >= limits::PUSH_CREATIONS {
        return Ok(false);
    }
    tx.prepare_cached(
        "INSERT INTO push_creation (account, window_started_at, count) VALUES (?, ?, ?)
         ON CONFLICT (account) DO UPDATE SET window_started_at = excluded.window_started_at, count = excluded.count",
    )?
    .execute(params![account, started, count + 1])?;
    Ok(true)
}

fn insert(tx: &Tx<'_>, call: &Call<'_>, wanted: &Wanted, expires: Option<i64>) -> sql::Result<i64> {
    // 256 bits: nobody verifies an address that is not theirs by guessing (RFC 8620 §8.6).
    let code = URL_SAFE_NO_PAD.encode(generate_bytes::<32>());
    tx.prepare_cached(
        "INSERT INTO push_subscription (session, account, device_client_id, url, host, p256dh, auth, server_key, code,
             every_type, expires_at, told)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT modseq FROM account WHERE id = ?)) RETURNING id",
    )?
    .query_row(
        params![
            call.bearer.token_hash,
            call.account(),
            wanted.device_client_id,
            wanted.destination.url,
            wanted.destination.host,
            wanted.keys.as_ref().map(|keys| keys.p256dh()),
            wanted.keys.as_ref().map(|keys| keys.auth()),
            call.relay.vapid().public(),
            code,
            wanted.types.is_none(),
            expires,
            call.account(),
        ],
        |row| row.get(0),
    )
}
