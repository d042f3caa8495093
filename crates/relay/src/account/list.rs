//! The accounts, for the relay's keeper.

use serde::Serialize;

use crate::{fault::Fault, store::Tx};

/// One account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) account_id: String,
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) enrolled: bool,
    pub(crate) certificates: i64,
}

/// All accounts, by address.
pub(crate) fn list(tx: &Tx<'_>) -> Result<Vec<Entry>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT id, address, name, EXISTS (SELECT 1 FROM slot WHERE slot.account = account.id),
             (SELECT count(*) FROM certificate WHERE certificate.account = account.id)
         FROM account ORDER BY address",
    )?;
    let entries = statement.query_map([], |row| {
        Ok(Entry {
            account_id: super::wire_id(row.get(0)?),
            address: row.get(1)?,
            name: row.get(2)?,
            enrolled: row.get(3)?,
            certificates: row.get(4)?,
        })
    })?;
    Ok(entries.collect::<Result<_, _>>()?)
}
