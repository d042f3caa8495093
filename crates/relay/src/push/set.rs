//! `PushSubscription/set` (RFC 8620 §7.2.2).

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sceau_api::{
    SetError, SetErrorType, UtcDate,
    method::PatchObject,
    push_subscription::{PushSubscriptionSet, PushSubscriptionSetResponse},
};
use serde_json::{Map, Value};

use super::{
    get::find,
    id_of,
    properties::{self, Wanted},
};
use crate::{
    fault::Fault,
    jmap::{Call, Outcome, Refusal, answer, invalid},
    limits,
    random::generate_bytes,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

type Done<T> = Result<Result<T, SetError>, Fault>;

/// `PushSubscription/set`. What is destroyed goes first, so that a client can put one in the place of another.
pub(crate) fn set(call: &Call<'_>) -> Outcome {
    let request: PushSubscriptionSet = call.arguments()?;
    if request.if_in_state.is_some() {
        return Err(invalid("ifInState"));
    }
    let size = request.create.as_ref().map_or(0, |all| all.len())
        + request.update.as_ref().map_or(0, |all| all.len())
        + request.destroy.as_ref().map_or(0, Vec::len);
    call.limit(size, limits::OBJECTS_IN_SET)?;
    let done = call.write(|tx| {
        // The limits of the account are looked at first and used afterwards.
        tx.lock([call.account()])?;
        Ok::<_, Refusal>(all(tx, call, &request)?)
    })?;
    // A new one is told its code, one just verified what it missed.
    call.relay.wake_push();
    answer(&done)
}

fn all(
    tx: &Tx<'_>,
    call: &Call<'_>,
    request: &PushSubscriptionSet,
) -> Result<PushSubscriptionSetResponse, Fault> {
    let mut done = PushSubscriptionSetResponse::default();
    for id in request.destroy.iter().flatten() {
        match destroy_one(tx, call, id.as_str())? {
            Ok(()) => done.destroyed.get_or_insert_default().push(id.clone()),
            Err(error) => drop(done.not_destroyed.get_or_insert_default().insert(id.clone(), error)),
        }
    }
    for (creation_id, members) in request.create.iter().flatten() {
        match create_one(tx, call, creation_id, members)? {
            Ok(record) => drop(done.created.get_or_insert_default().insert(creation_id.clone(), record)),
            Err(error) => drop(done.not_created.get_or_insert_default().insert(creation_id.clone(), error)),
        }
    }
    for (id, patch) in request.update.iter().flatten() {
        let is_going = request.destroy.iter().flatten().any(|going| going == id);
        let outcome = match is_going {
            true => Err(SetError::new(SetErrorType::WillDestroy)),
            false => update_one(tx, call, id.as_str(), patch)?,
        };
        match outcome {
            Ok(changed) => drop(done.updated.get_or_insert_default().insert(id.clone(), changed)),
            Err(error) => drop(done.not_updated.get_or_insert_default().insert(id.clone(), error)),
        }
    }
    Ok(done)
}

fn destroy_one(tx: &Tx<'_>, call: &Call<'_>, id: &str) -> Done<()> {
    let id = call.resolve_id(id);
    let row = id.map(|id| find(tx, &call.bearer.token_hash, &id)).transpose()?.flatten();
    let Some(row) = row else { return Ok(Err(SetError::new(SetErrorType::NotFound))) };
    tx.execute("DELETE FROM push_subscription WHERE id = ?", [row])?;
    Ok(Ok(()))
}

fn create_one(
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

/// When it ends. One of a session that ends soon ends with it, and keeps what the client asked for; one of a token that
/// lives on is given an end (RFC 8620 §7.2).
fn cut(tx: &Tx<'_>, session: &[u8], asked: Option<i64>) -> sql::Result<Option<i64>> {
    let session_ends: i64 = tx
        .prepare_cached("SELECT expires_at FROM session WHERE token_hash = ?")?
        .query_row([session], |row| row.get(0))?;
    let latest = tx.now.saturating_add(limits::PUSH_LIFETIME);
    if session_ends <= latest {
        return Ok(asked);
    }
    Ok(Some(asked.map_or(latest, |asked| asked.min(latest))))
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

fn set_types(tx: &Tx<'_>, row: i64, types: Option<&BTreeSet<String>>) -> sql::Result<()> {
    tx.execute("DELETE FROM push_type WHERE subscription = ?", [row])?;
    let mut statement = tx.prepare_cached("INSERT INTO push_type (subscription, kind) VALUES (?, ?)")?;
    for kind in types.into_iter().flatten() {
        statement.execute(params![row, kind])?;
    }
    Ok(())
}

/// What of a record changed beyond the request.
type Changed = Option<Map<String, Value>>;

fn update_one(tx: &Tx<'_>, call: &Call<'_>, id: &str, patch: &PatchObject) -> Done<Changed> {
    let session = &call.bearer.token_hash;
    let id = call.resolve_id(id);
    let row = id.map(|id| find(tx, session, &id)).transpose()?.flatten();
    let Some(row) = row else { return Ok(Err(SetError::new(SetErrorType::NotFound))) };
    if patch.keys().any(|name| name.contains('/')) {
        return Ok(Err(SetError::new(SetErrorType::InvalidPatch)));
    }
    let mut new = match New::read(tx, row, patch)? {
        Ok(new) => new,
        Err(error) => return Ok(Err(error)),
    };
    let mut changed = None;
    if let Some(asked) = new.expires {
        let expires = cut(tx, session, asked)?;
        if expires != asked {
            changed = Some(Map::from_iter([("expires".to_owned(), date(expires))]));
        }
        new.expires = Some(expires);
    }
    new.write(tx, row)?;
    Ok(Ok(changed))
}

/// What an update sets.
#[derive(Default)]
struct New {
    verified: bool,
    expires: Option<Option<i64>>,
    types: Option<Option<BTreeSet<String>>>,
}

impl New {
    /// Reads a patch; the error names every property that is wrong.
    fn read(tx: &Tx<'_>, row: i64, patch: &PatchObject) -> Done<Self> {
        let (device_client_id, code, verified): (String, String, bool) = tx
            .prepare_cached("SELECT device_client_id, code, verified FROM push_subscription WHERE id = ?")?
            .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let (mut new, mut wrong) = (Self::default(), Vec::new());
        for (name, value) in patch {
            let sound = match name.as_str() {
                "id" => *value == id_of(row).0,
                "deviceClientId" => *value == device_client_id,
                "verificationCode" if value.is_null() => !verified,
                "verificationCode" => {
                    new.verified = *value == code;
                    new.verified
                }
                "expires" => {
                    new.expires = properties::expires(value, tx.now);
                    new.expires.is_some()
                }
                "types" => {
                    new.types = properties::types(value);
                    new.types.is_some()
                }
                // `url` and `keys` never change (RFC 8620 §7.2.2).
                _ => false,
            };
            if !sound {
                wrong.push(name.as_str());
            }
        }
        Ok(if wrong.is_empty() { Ok(new) } else { Err(SetError::invalid_properties(&wrong)) })
    }

    fn write(&self, tx: &Tx<'_>, row: i64) -> sql::Result<()> {
        if self.verified {
            tx.execute("UPDATE push_subscription SET verified = 1 WHERE id = ?", [row])?;
        }
        if let Some(expires) = self.expires {
            let sql = "UPDATE push_subscription SET expires_at = ? WHERE id = ?";
            tx.execute(sql, params![expires, row])?;
        }
        if let Some(types) = &self.types {
            let sql = "UPDATE push_subscription SET every_type = ? WHERE id = ?";
            tx.execute(sql, params![types.is_none(), row])?;
            set_types(tx, row, types.as_ref())?;
        }
        Ok(())
    }
}

fn date(at: Option<i64>) -> Value {
    at.map_or(Value::Null, |at| Value::from(UtcDate::from_unix(at).0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MemoryBlobs, Store};

    /// RFC 8620 §7.2: a session with an end of its own is not outlived, and one without is given an end.
    #[test]
    fn only_of_a_session_that_lives_long_the_end_is_cut() {
        let store = Store::in_memory(Box::new(MemoryBlobs::default())).unwrap();
        let now = 1_000;
        let latest = now + limits::PUSH_LIFETIME;
        const { assert!(limits::PUSH_LIFETIME >= 7 * 86_400) };
        for (session_ends, asked, wanted) in [
            (now + 60, None, None),
            (now + 60, Some(i64::MAX), Some(i64::MAX)),
            (latest, Some(latest + 1), Some(latest + 1)),
            (latest + 1, None, Some(latest)),
            (latest + 1, Some(latest + 1), Some(latest)),
            (i64::MAX, Some(now + 9), Some(now + 9)),
        ] {
            let ends = store.write::<_, Fault>(now, |tx| {
                tx.execute("DELETE FROM session", [])?;
                tx.execute(
                    "INSERT INTO account (id, address, name, created_at) VALUES (1, 'a@b', '', 0)
                     ON CONFLICT (id) DO NOTHING",
                    [],
                )?;
                tx.execute(
                    "INSERT INTO session (token_hash, account, created_at, fresh_until, expires_at)
                     VALUES (?, 1, 0, 0, ?)",
                    params![[7_u8; 32], session_ends],
                )?;
                Ok(cut(tx, &[7; 32], asked)?)
            });
            assert_eq!(ends.unwrap(), wanted, "{session_ends} {asked:?}");
        }
    }
}
