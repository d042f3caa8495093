//! Guessing is slow: so many attempts per way in and window, whether the address exists or not.

use sceau_api::ProblemCode;
use sha2::{Digest as _, Sha256};

use crate::{
    limits,
    problem::Denied,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// Under which an attempt is counted: hashed, so that addresses never tried to enrol leave no list.
pub(crate) fn key(address: &str, way: &str) -> Vec<u8> {
    Sha256::new().chain_update(address).chain_update([0]).chain_update(way).finalize().to_vec()
}

/// Counts an attempt, or refuses it. A guess is already a guess when the first message is answered, since the client
/// learns from that answer whether the pass phrase was right.
pub(crate) fn count(tx: &Tx<'_>, key: &[u8]) -> Result<(), Denied> {
    let found: Option<(i64, i64)> = tx
        .prepare_cached("SELECT window_started_at, count FROM attempt WHERE key = ?")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let open = found.filter(|(started, _)| (*started..*started + limits::LOGIN_WINDOW).contains(&tx.now));
    let (started, count) = open.unwrap_or((tx.now, 0));
    if count >= limits::LOGIN_ATTEMPTS {
        let wait = u64::try_from(started + limits::LOGIN_WINDOW - tx.now).unwrap_or(1);
        return Err(Denied { retry_after: Some(wait), ..Denied::new(ProblemCode::TooManyAttempts) });
    }
    tx.prepare_cached(
        "INSERT INTO attempt (key, window_started_at, count) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET window_started_at = excluded.window_started_at, count = excluded.count",
    )?
    .execute(params![key, started, count + 1])?;
    Ok(())
}

/// Forgets the attempts of a way in that was opened.
pub(crate) fn forget(tx: &Tx<'_>, key: &[u8]) -> sql::Result<()> {
    tx.prepare_cached("DELETE FROM attempt WHERE key = ?")?.execute([key])?;
    Ok(())
}
