//! The directory of the relay's own accounts.

pub(crate) mod certificate;
pub(crate) mod lookup;
pub(crate) mod publish;
pub(crate) mod query;

use sceau_api::{Base64, directory::DirectoryEntry};

use crate::{fault::Fault, store::Tx};

/// What the directory says of an account.
pub(crate) fn entry(tx: &Tx<'_>, account: i64) -> Result<DirectoryEntry, Fault> {
    let (address, name) = tx
        .prepare_cached("SELECT address, name FROM account WHERE id = ?")?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let certificates = tx
        .prepare_cached("SELECT der FROM certificate WHERE account = ? ORDER BY number")?
        .query_map([account], |row| Ok(Base64(row.get(0)?)))?
        .collect::<Result<_, _>>()?;
    Ok(DirectoryEntry { address, name, certificates })
}
