//! Mailboxes (RFC 8621 §2).

pub(crate) mod get;
pub(crate) mod query;
pub(crate) mod set;
pub(crate) mod tally;

use sceau_api::mailbox::Role;

use crate::{
    fault::Fault,
    jmap::row_id,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// The row of a Mailbox of the account.
pub(crate) fn find(tx: &Tx<'_>, account: i64, id: &str) -> sql::Result<Option<i64>> {
    let Some(row) = row_id('m', id) else { return Ok(None) };
    tx.prepare_cached("SELECT id FROM mailbox WHERE id = ? AND account = ?")?
        .query_row([row, account], |row| row.get(0))
        .optional()
}

/// The Mailbox with a role every account has.
pub(crate) fn with_role(tx: &Tx<'_>, account: i64, role: &Role) -> Result<i64, Fault> {
    tx.prepare_cached("SELECT id FROM mailbox WHERE account = ? AND role = ?")?
        .query_row(params![account, role.as_str()], |row| row.get(0))
        .optional()?
        .ok_or(Fault::Damaged("an account without its mailboxes"))
}
