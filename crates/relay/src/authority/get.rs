//! `Authority/get`.

use sceau_api::{
    Base64, State,
    authority::{Authority, AuthorityGet, AuthorityGetResponse},
};
use sha2::{Digest as _, Sha256};

use crate::{
    fault::Fault,
    jmap::{Call, Outcome, answer},
    limits,
    store::Tx,
};

/// `Authority/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: AuthorityGet = call.arguments()?;
    call.limit(request.ids.as_ref().map_or(0, Vec::len), limits::OBJECTS_IN_GET)?;
    call.read(|tx| {
        let all = all(tx)?;
        let text = serde_json::to_vec(&all).map_err(|_| Fault::Damaged("authorities"))?;
        let state = State(hex::encode(Sha256::digest(text)).chars().take(16).collect());
        let missing = |id: &&_| !all.iter().any(|authority| authority.id == **id);
        let not_found = request.ids.iter().flatten().filter(missing).cloned().collect();
        let wanted =
            |authority: &Authority| request.ids.as_ref().is_none_or(|ids| ids.contains(&authority.id));
        let list = all.iter().filter(|authority| wanted(authority)).cloned().collect();
        answer(&AuthorityGetResponse { account_id: request.account_id.clone(), state, list, not_found })
    })
}

/// All authorities, by id.
pub(crate) fn all(tx: &Tx<'_>) -> Result<Vec<Authority>, Fault> {
    let mut statement =
        tx.prepare_cached("SELECT id, certificate, intermediates, domains, crl FROM authority ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (intermediates, domains): (String, String) = (row.get(2)?, row.get(3)?);
        all.push(Authority {
            id: row.get::<String>(0)?.into(),
            certificate: Base64(row.get(1)?),
            intermediates: serde_json::from_str(&intermediates)
                .map_err(|_| Fault::Damaged("intermediates"))?,
            domains: serde_json::from_str(&domains).map_err(|_| Fault::Damaged("domains"))?,
            crl: row.get::<Option<Vec<u8>>>(4)?.map(Base64),
        });
    }
    Ok(all)
}
