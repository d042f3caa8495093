//! What a relay's keeper sees of the queue and does to it.

use serde::Serialize;

use super::{route, settle};
use crate::{
    fault::Fault,
    store::{
        Tx,
        sql::{OptionalExtension as _, params},
    },
};

const GIVEN_UP: &str = "554 5.0.0 Given up by the keeper of the relay";

/// One recipient that waits.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// The domain of the address.
    pub domain: String,
    /// The address; only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether its sender calls it urgent.
    pub urgent: bool,
    /// Since when, in seconds since 1970.
    pub queued_at: i64,
    /// Attempts that failed.
    pub attempts: i64,
    /// When the last one was.
    pub last_attempt_at: Option<i64>,
    /// When the next one is due.
    pub next_attempt_at: i64,
    /// The last reply; its codes only, unless addresses were asked for: its words may name people.
    pub last_reply: String,
}

/// Everyone who waits, the longest first.
pub(crate) fn list(tx: &Tx<'_>, with_addresses: bool) -> Result<Vec<Entry>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT q.id, q.domain, q.address, q.urgent, q.queued_at, q.attempts, q.last_attempt_at, q.next_attempt_at,
             r.smtp_reply
         FROM queue AS q JOIN letter_recipient AS r
             ON r.letter = q.letter AND r.number = q.number AND r.address = q.address
         WHERE q.next_attempt_at IS NOT NULL ORDER BY q.queued_at, q.id",
    )?;
    let rows = statement.query_map([], |row| {
        let reply: String = row.get(8)?;
        Ok(Entry {
            id: row.get(0)?,
            domain: row.get(1)?,
            address: if with_addresses { Some(row.get(2)?) } else { None },
            urgent: row.get::<i64>(3)? != 0,
            queued_at: row.get(4)?,
            attempts: row.get(5)?,
            last_attempt_at: row.get(6)?,
            next_attempt_at: row.get(7)?,
            last_reply: if with_addresses { reply } else { codes(&reply) },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Tries a row again now, whatever is known of its host. False when it is not waiting.
pub(crate) fn retry(tx: &Tx<'_>, id: i64) -> Result<bool, Fault> {
    let domain: Option<String> = tx
        .prepare_cached(
            "UPDATE queue SET next_attempt_at = ? WHERE id = ? AND next_attempt_at IS NOT NULL RETURNING domain",
        )?
        .query_row(params![tx.now, id], |row| row.get(0))
        .optional()?;
    let Some(domain) = domain else { return Ok(false) };
    if let Some(route) = route::find(tx, &domain)? {
        super::host::is_well(tx, &route.key())?;
    }
    Ok(true)
}

/// Ends a row; its sender sees it. False when it is not waiting.
pub(crate) fn give_up(tx: &Tx<'_>, id: i64) -> Result<bool, Fault> {
    settle::give_up(tx, id, GIVEN_UP)
}

/// The words at the beginning of a reply that are codes.
fn codes(reply: &str) -> String {
    let is_code = |word: &&str| word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    reply.split(' ').take_while(is_code).take(2).collect::<Vec<_>>().join(" ")
}
