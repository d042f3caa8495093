//! An account is removed with everything in it. Its letters in other accounts stay.

use crate::{blob::doubt, fault::Fault, store::Tx};

/// Removes the account of a normalised address; false when there is none.
pub(crate) fn remove(tx: &Tx<'_>, address: &str) -> Result<bool, Fault> {
    let Some(account) = super::find(tx, address)? else { return Ok(false) };
    tx.lock([account])?;
    doubt::of_account(tx, account)?;
    // In the order of the references: what points first, what is pointed at last.
    for statement in [
        "DELETE FROM email WHERE account = ?",
        "DELETE FROM thread_message_id WHERE account = ?",
        "DELETE FROM thread WHERE account = ?",
        "UPDATE mailbox SET parent = NULL WHERE account = ?",
        "DELETE FROM mailbox WHERE account = ?",
        "DELETE FROM account WHERE id = ?",
    ] {
        tx.execute(statement, [account])?;
    }
    Ok(true)
}
