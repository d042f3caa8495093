//! Changes of a subscription: the code handed back, its end, its types.

use std::collections::BTreeSet;

use sceau_api::{SetError, SetErrorType, method::PatchObject};
use serde_json::{Map, Value};

use super::{
    get::find,
    id_of, properties,
    set::Done,
    stored::{cut, date, set_types},
};
use crate::{
    jmap::Call,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// What of a record changed beyond the request.
pub(super) type Changed = Option<Map<String, Value>>;

/// Changes one, all of the patch or nothing.
pub(super) fn update(tx: &Tx<'_>, call: &Call<'_>, id: &str, patch: &PatchObject) -> Done<Changed> {
    let session = &call.bearer.token_hash;
    let id = call.resolve_id(id);
    let row = id.map(|id| find(tx, session, &id)).transpose()?.flatten();
    let Some(row) = row else { return Ok(Err(SetError::new(SetErrorType::NotFound))) };
    if patch.keys().any(|name| name.contains('/')) {
        return Ok(Err(SetError::new(SetErrorType::InvalidPatch)));
    }
    let mut new = match New::read(tx, row, patch)? {
        Ok(new) => new,
        Err(error) => return Ok(Err(error)),
    };
    let mut changed = None;
    if let Some(asked) = new.expires {
        let expires = cut(tx, session, asked)?;
        if expires != asked {
            changed = Some(Map::from_iter([("expires".to_owned(), date(expires))]));
        }
        new.expires = Some(expires);
    }
    new.write(tx, row)?;
    Ok(Ok(changed))
}

/// What an update sets.
#[derive(Default)]
struct New {
    verified: bool,
    expires: Option<Option<i64>>,
    types: Option<Option<BTreeSet<String>>>,
}

impl New {
    /// Reads a patch; the error names every property that is wrong.
    fn read(tx: &Tx<'_>, row: i64, patch: &PatchObject) -> Done<Self> {
        let (device_client_id, code, verified): (String, String, bool) = tx
            .prepare_cached("SELECT device_client_id, code, verified FROM push_subscription WHERE id = ?")?
            .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let (mut new, mut wrong) = (Self::default(), Vec::new());
        for (name, value) in patch {
            let sound = match name.as_str() {
                "id" => *value == id_of(row).0,
                "deviceClientId" => *value == device_client_id,
                "verificationCode" if value.is_null() => !verified,
                "verificationCode" => {
                    new.verified = *value == code;
                    new.verified
                }
                "expires" => {
                    new.expires = properties::expires(value, tx.now);
                    new.expires.is_some()
                }
                "types" => {
                    new.types = properties::types(value);
                    new.types.is_some()
                }
                // `url` and `keys` never change (RFC 8620 §7.2.2).
                _ => false,
            };
            if !sound {
                wrong.push(name.as_str());
            }
        }
        Ok(if wrong.is_empty() { Ok(new) } else { Err(SetError::invalid_properties(&wrong)) })
    }

    fn write(&self, tx: &Tx<'_>, row: i64) -> sql::Result<()> {
        if self.verified {
            tx.execute("UPDATE push_subscription SET verified = 1 WHERE id = ?", [row])?;
        }
        if let Some(expires) = self.expires {
            let sql = "UPDATE push_subscription SET expires_at = ? WHERE id = ?";
            tx.execute(sql, params![expires, row])?;
        }
        if let Some(types) = &self.types {
            let sql = "UPDATE push_subscription SET every_type = ? WHERE id = ?";
            tx.execute(sql, params![types.is_none(), row])?;
            set_types(tx, row, types.as_ref())?;
        }
        Ok(())
    }
}
