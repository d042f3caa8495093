//! What creating and changing a subscription share.

use std::collections::BTreeSet;

use sceau_api::UtcDate;
use serde_json::Value;

use crate::{
    limits,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// When it ends. One of a session that ends soon ends with it, and keeps what the client asked for; one of a token that
/// lives on is given an end (RFC 8620 §7.2).
pub(super) fn cut(tx: &Tx<'_>, session: &[u8], asked: Option<i64>) -> sql::Result<Option<i64>> {
    let session_ends: i64 = tx
        .prepare_cached("SELECT expires_at FROM session WHERE token_hash = ?")?
        .query_row([session], |row| row.get(0))?;
    let latest = tx.now.saturating_add(limits::PUSH_LIFETIME);
    if session_ends <= latest {
        return Ok(asked);
    }
    Ok(Some(asked.map_or(latest, |asked| asked.min(latest))))
}

/// Sets the types that are told; `None` is every type.
pub(super) fn set_types(tx: &Tx<'_>, row: i64, types: Option<&BTreeSet<String>>) -> sql::Result<()> {
    tx.execute("DELETE FROM push_type WHERE subscription = ?", [row])?;
    let mut statement = tx.prepare_cached("INSERT INTO push_type (subscription, kind) VALUES (?, ?)")?;
    for kind in types.into_iter().flatten() {
        statement.execute(params![row, kind])?;
    }
    Ok(())
}

/// As `expires` shows it.
pub(super) fn date(at: Option<i64>) -> Value {
    at.map_or(Value::Null, |at| Value::from(UtcDate::from_unix(at).0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fault::Fault,
        store::{MemoryBlobs, Store},
    };

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
