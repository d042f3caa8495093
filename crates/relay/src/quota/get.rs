//! `Quota/get` (RFC 9425 §4.2).

use sceau_api::{push::ObjectType, quota::QuotaGet};
use serde_json::json;

use crate::{
    jmap::{
        Call, Outcome, answer,
        standard::{check_properties, pick},
    },
    limits,
    store::change,
};

const PROPERTIES: [&str; 10] = [
    "id",
    "resourceType",
    "used",
    "hardLimit",
    "scope",
    "name",
    "types",
    "warnLimit",
    "softLimit",
    "description",
];

/// `Quota/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: QuotaGet = call.arguments()?;
    check_properties(request.properties.as_deref(), &PROPERTIES)?;
    if let Some(ids) = &request.ids {
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
    }
    call.read(|tx| {
        let all = super::all(tx, call.account())?;
        let mut list = Vec::new();
        for quota in all.iter().filter(|quota| request.ids.as_ref().is_none_or(|ids| ids.contains(&quota.id)))
        {
            list.push(pick(answer(quota)?, request.properties.as_deref()));
        }
        let unknown = |id: &&_| !all.iter().any(|quota| quota.id == **id);
        let not_found: Vec<_> = request.ids.iter().flatten().filter(unknown).collect();
        let state = change::state(tx, call.account(), &ObjectType::Quota)?;
        answer(&json!({"accountId": request.account_id, "state": state, "list": list, "notFound": not_found}))
    })
}
