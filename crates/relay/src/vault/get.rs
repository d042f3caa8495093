//! `Vault/get`.

use sceau_api::{
    VaultId,
    push::ObjectType,
    vault::{Item, VaultGet, VaultGetResponse},
};

use crate::{
    fault::Fault,
    jmap::{Call, Outcome, answer},
    limits,
    store::{change, sql::params},
};

/// `Vault/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: VaultGet = call.arguments()?;
    if let Some(ids) = &request.ids {
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
    }
    call.read(|tx| {
        let mut statement =
            tx.prepare_cached("SELECT id, version, data FROM vault WHERE account = ? ORDER BY id")?;
        let rows = statement.query_map(params![call.account()], |row| {
            Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<Vec<u8>>(2)?))
        })?;
        let mut list = Vec::new();
        for row in rows {
            let (id, version, data) = row?;
            let version = u64::try_from(version).map_err(|_| Fault::Damaged("vault version"))?;
            list.push(Item { id: VaultId(id), version, data: data.into() });
        }
        let wanted = request.ids.as_ref();
        list.retain(|item| wanted.is_none_or(|ids| ids.contains(&item.id)));
        let missing = |id: &&VaultId| !list.iter().any(|item| item.id == **id);
        let not_found = wanted.map(|ids| ids.iter().filter(missing).cloned().collect()).unwrap_or_default();
        let state = change::state(tx, call.account(), &ObjectType::Vault)?;
        answer(&VaultGetResponse { account_id: request.account_id.clone(), state, list, not_found })
    })
}
