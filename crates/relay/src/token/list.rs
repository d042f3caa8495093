//! The tokens of programs that live, for the relay's keeper.

use sceau_api::UtcDate;
use serde::Serialize;

use super::scope::Scopes;
use crate::{account, fault::Fault, relay::Relay, store::sql::params};

/// A token without itself.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenEntry {
    /// By which it is revoked.
    pub id: String,
    /// Whose it is.
    pub address: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<&'static str>,
    /// When it was made.
    pub created_at: UtcDate,
    /// When it ends.
    pub expires_at: UtcDate,
    /// The day of its last use, at midnight UTC; nothing more exact is kept.
    pub last_used_on: Option<UtcDate>,
}

impl Relay {
    /// The tokens of programs, of one address or of all.
    ///
    /// # Errors
    /// When the address is none, or the store fails.
    pub fn tokens(&self, address: Option<&str>) -> Result<Vec<TokenEntry>, Fault> {
        let address = address.map(|address| account::normalise(address).ok_or(Fault::Address)).transpose()?;
        self.store().read(self.now(), |tx| {
            let mut statement = tx.prepare_cached(
                "SELECT token_id, address, session.name, scopes, session.created_at, expires_at, last_used_on
                 FROM session JOIN account ON account.id = session.account
                 WHERE token_id IS NOT NULL AND expires_at > ?1 ORDER BY address, session.created_at, token_id",
            )?;
            let entries = statement.query_map(params![tx.now], |row| {
                let used: Option<i64> = row.get(6)?;
                Ok(TokenEntry {
                    id: row.get(0)?,
                    address: row.get(1)?,
                    name: row.get(2)?,
                    scopes: Scopes::stored(&row.get::<String>(3)?).names(),
                    created_at: UtcDate::from_unix(row.get(4)?),
                    expires_at: UtcDate::from_unix(row.get(5)?),
                    last_used_on: used.map(UtcDate::from_unix),
                })
            })?;
            let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
            entries.retain(|entry| address.as_ref().is_none_or(|address| *address == entry.address));
            Ok(entries)
        })
    }
}
