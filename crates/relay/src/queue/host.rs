//! A breaker per host: one that failed several times in a row is left alone, then probed with one letter.

use super::ladder;
use crate::{
    limits,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// Whether letters may go to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// Go.
    Closed,
    /// One may, to see how the host is.
    Probe,
    /// None.
    Open,
}

/// How a host is.
pub(crate) fn breaker(tx: &Tx<'_>, host: &str) -> sql::Result<Breaker> {
    let found: Option<(i64, i64)> = tx
        .prepare_cached("SELECT failures, open_until FROM queue_host WHERE host = ?")?
        .query_row([host], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(match found {
        Some((_, until)) if until > tx.now => Breaker::Open,
        Some((failures, _)) if failures >= limits::HOST_FAILURES => Breaker::Probe,
        _ => Breaker::Closed,
    })
}

/// One letter goes to see: nobody else until it is back, or its lease has ended.
pub(crate) fn begin_probe(tx: &Tx<'_>, host: &str) -> sql::Result<()> {
    tx.prepare_cached("UPDATE queue_host SET open_until = ? WHERE host = ?")?
        .execute(params![tx.now + limits::LEASE, host])?;
    Ok(())
}

/// The host spoke: what was before is forgotten.
pub(crate) fn is_well(tx: &Tx<'_>, host: &str) -> sql::Result<()> {
    tx.prepare_cached("DELETE FROM queue_host WHERE host = ?")?.execute([host])?;
    Ok(())
}

/// The host failed; after several times in a row it is left alone, each time longer.
pub(crate) fn failed(tx: &Tx<'_>, host: &str, jitter: u8) -> sql::Result<()> {
    let failures: i64 = tx
        .prepare_cached(
            "INSERT INTO queue_host (host, failures, open_until) VALUES (?, 1, 0)
             ON CONFLICT (host) DO UPDATE SET failures = queue_host.failures + 1 RETURNING failures",
        )?
        .query_row([host], |row| row.get(0))?;
    if failures >= limits::HOST_FAILURES {
        let rest = ladder::wait(failures - limits::HOST_FAILURES + limits::HOST_REST_STEP, jitter);
        tx.prepare_cached("UPDATE queue_host SET open_until = ? WHERE host = ?")?
            .execute(params![tx.now + rest, host])?;
    }
    Ok(())
}
