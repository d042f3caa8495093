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
