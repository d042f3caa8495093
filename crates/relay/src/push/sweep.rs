//! Subscriptions that are over. Those of a session end with its row.

use crate::{
    limits,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// Ends what has outlived its time, and what was made for another key than the relay's (RFC 9749 §5).
pub(crate) fn ended(tx: &Tx<'_>, server_key: &str) -> sql::Result<()> {
    tx.execute(
        "DELETE FROM push_subscription WHERE expires_at <= ? OR server_key <> ?",
        params![tx.now, server_key],
    )?;
    let before = tx.now.saturating_sub(limits::PUSH_CREATION_WINDOW);
    tx.execute("DELETE FROM push_creation WHERE window_started_at <= ?", [before])?;
    Ok(())
}

/// The same for one account, before it makes others: what is over takes no place and no name.
pub(super) fn ended_of(tx: &Tx<'_>, account: i64, server_key: &str) -> sql::Result<()> {
    tx.execute(
        "DELETE FROM push_subscription WHERE account = ? AND (expires_at <= ? OR server_key <> ?)",
        params![account, tx.now, server_key],
    )?;
    Ok(())
}
