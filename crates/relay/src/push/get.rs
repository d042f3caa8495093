//! `PushSubscription/get` (RFC 8620 §7.2.1).

use sceau_api::{
    MethodErrorType, PushSubscriptionId, UtcDate,
    push_subscription::{PushSubscription, PushSubscriptionGet, PushSubscriptionGetResponse},
};

use super::id_of;
use crate::{
    jmap::{
        Call, Outcome, answer, error, row_id,
        standard::{check_properties, pick},
    },
    limits,
    store::{
        Tx,
        sql::{self, params},
    },
};

const PROPERTIES: [&str; 5] = ["id", "deviceClientId", "verificationCode", "expires", "types"];
/// Who reads a session must not learn what it takes to speak to its devices.
const NEVER: [&str; 2] = ["url", "keys"];

/// `PushSubscription/get`: those of the caller's session.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: PushSubscriptionGet = call.arguments()?;
    let properties = request.properties.as_deref();
    if properties.unwrap_or_default().iter().any(|name| NEVER.contains(&name.as_str())) {
        return Err(error(MethodErrorType::Forbidden));
    }
    check_properties(properties, &PROPERTIES)?;
    if let Some(ids) = &request.ids {
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
    }
    let all = call.read(|tx| Ok(all(tx, &call.bearer.token_hash)?))?;
    let is_wanted =
        |found: &&PushSubscription| request.ids.as_ref().is_none_or(|ids| ids.contains(&found.id));
    let list = all.iter().filter(is_wanted).map(|found| answer(found).map(|found| pick(found, properties)));
    let list = list.collect::<Result<Vec<_>, _>>()?;
    let is_missing = |id: &&PushSubscriptionId| !all.iter().any(|found| found.id == **id);
    let not_found = request.ids.iter().flatten().filter(is_missing).cloned().collect();
    answer(&PushSubscriptionGetResponse { list, not_found })
}

/// The subscriptions of a session that have not ended.
fn all(tx: &Tx<'_>, session: &[u8]) -> sql::Result<Vec<PushSubscription>> {
    let mut statement = tx.prepare_cached(
        "SELECT id, device_client_id, code, verified, expires_at, every_type FROM push_subscription
         WHERE session = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id",
    )?;
    let rows = statement.query_map(params![session, tx.now], |row| {
        let (id, code, verified): (i64, String, bool) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let (expires, every_type): (Option<i64>, bool) = (row.get(4)?, row.get(5)?);
        Ok(PushSubscription {
            id: id_of(id),
            device_client_id: row.get(1)?,
            verification_code: verified.then_some(code),
            expires: expires.map(UtcDate::from_unix),
            types: if every_type { None } else { Some(types(tx, id)?) },
        })
    })?;
    rows.collect()
}

fn types(tx: &Tx<'_>, id: i64) -> sql::Result<Vec<String>> {
    let mut statement =
        tx.prepare_cached("SELECT kind FROM push_type WHERE subscription = ? ORDER BY kind")?;
    statement.query_map([id], |row| row.get(0))?.collect()
}

/// The row of an id, when it is one of the session's that has not ended.
pub(super) fn find(tx: &Tx<'_>, session: &[u8], id: &str) -> sql::Result<Option<i64>> {
    use sql::OptionalExtension as _;
    let Some(row) = row_id('p', id) else { return Ok(None) };
    tx.prepare_cached(
        "SELECT id FROM push_subscription
         WHERE id = ? AND session = ? AND (expires_at IS NULL OR expires_at > ?)",
    )?
    .query_row(params![row, session, tx.now], |row| row.get(0))
    .optional()
}
