//! `Identity/get` (RFC 8621 §6.1).

use sceau_api::{
    identity::{Identity, IdentityGet},
    push::ObjectType,
};
use serde_json::json;

use super::id_of;
use crate::{
    jmap::{
        Call, Outcome, answer,
        standard::{check_properties, pick},
    },
    limits,
    store::change,
};

const PROPERTIES: [&str; 8] =
    ["id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature", "mayDelete"];

/// `Identity/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: IdentityGet = call.arguments()?;
    check_properties(request.properties.as_deref(), &PROPERTIES)?;
    if let Some(ids) = &request.ids {
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
    }
    let own = id_of(call.account());
    call.read(|tx| {
        let name =
            tx.query_row("SELECT name FROM account WHERE id = ?", [call.account()], |row| row.get(0))?;
        let identity = Identity {
            id: own.clone(),
            name,
            email: call.bearer.address.clone(),
            reply_to: None,
            bcc: None,
            text_signature: String::new(),
            html_signature: String::new(),
            may_delete: false,
        };
        let wanted = request.ids.as_ref().is_none_or(|ids| ids.contains(&own));
        let list = match wanted {
            true => vec![pick(answer(&identity)?, request.properties.as_deref())],
            false => Vec::new(),
        };
        let not_found: Vec<_> = request.ids.iter().flatten().filter(|id| **id != own).collect();
        let state = change::state(tx, call.account(), &ObjectType::Identity)?;
        answer(&json!({"accountId": request.account_id, "state": state, "list": list, "notFound": not_found}))
    })
}
