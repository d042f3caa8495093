//! Six months later a row goes. The chain then begins after the last one removed, whose hash is kept.

use crate::{
    fault::Fault,
    limits,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

use super::chain;

/// The last row removed.
pub(super) struct Removed {
    pub(super) number: i64,
    pub(super) hash: Vec<u8>,
}

/// The nodes with something to link or to remove.
pub(super) fn nodes(tx: &Tx<'_>) -> Result<Vec<String>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT node FROM access_chain WHERE EXISTS (SELECT 1 FROM access_trace
             WHERE access_trace.node = access_chain.node AND number = removed + 1 AND at < ?)
         UNION SELECT node FROM access_trace WHERE number IS NULL ORDER BY 1",
    )?;
    Ok(statement.query_map([end_of_life(tx.now)], |row| row.get(0))?.collect::<sql::Result<_>>()?)
}

/// Rows from before that moment go: six months ago, at the beginning of that day.
fn end_of_life(now: i64) -> i64 {
    (now - limits::ACCESS_TRACE_LIFETIME).div_euclid(limits::DAY) * limits::DAY
}

/// Removes the head of a node's chain that is older than six months, so many rows at a time.
pub(super) fn prune(tx: &Tx<'_>, node: &str) -> Result<Option<Removed>, Fault> {
    let before = end_of_life(tx.now);
    let ends = chain::lock(tx, node)?;
    // Down the chain, and no further than the first row that stays: a gap is never made.
    let head: Vec<(i64, i64, Vec<u8>)> = tx
        .prepare_cached(
            "SELECT number, at, hash FROM access_trace WHERE node = ? AND number > ? ORDER BY number LIMIT ?",
        )?
        .query_map(params![node, ends.removed, limits::ACCESS_TRACE_LINKED], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<sql::Result<_>>()?;
    let last = head.into_iter().take_while(|(_, at, _)| *at < before).last();
    let Some((number, _, hash)) = last else { return Ok(None) };
    tx.execute("DELETE FROM access_trace WHERE node = ? AND number <= ?", params![node, number])?;
    tx.execute(
        "UPDATE access_chain SET removed = ?, removed_hash = ? WHERE node = ?",
        params![number, hash, node],
    )?;
    Ok(Some(Removed { number, hash }))
}

/// What the newest row about removing says was removed.
pub(super) fn attested(tx: &Tx<'_>, node: &str) -> sql::Result<Option<String>> {
    tx.query_row(
        "SELECT request FROM access_trace WHERE node = ? AND action = 'trace.prune' AND number IS NOT NULL
         ORDER BY number DESC LIMIT 1",
        [node],
        |row| row.get(0),
    )
    .optional()
}
