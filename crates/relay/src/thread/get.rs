//! `Thread/get` (RFC 8621 §3.1).

use sceau_api::{
    EmailId, ThreadId,
    push::ObjectType,
    thread::{Thread, ThreadGet},
};
use serde_json::{Value, json};

use crate::{
    fault::Fault,
    jmap::{
        Call, Outcome, answer, row_id,
        standard::{check_properties, pick},
    },
    limits,
    store::{Tx, change, sql},
};

/// `Thread/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: ThreadGet = call.arguments()?;
    check_properties(request.properties.as_deref(), &["id", "emailIds"])?;
    call.read(|tx| {
        let ids = match &request.ids {
            Some(ids) => ids.clone(),
            None => all_ids(tx, call.account())?,
        };
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
        let (mut list, mut not_found): (Vec<Value>, Vec<ThreadId>) = (Vec::new(), Vec::new());
        for id in ids {
            let emails = row_id('t', id.as_str()).map(|row| emails(tx, call.account(), row)).transpose()?;
            match emails.filter(|emails| !emails.is_empty()) {
                Some(email_ids) => {
                    list.push(pick(answer(&Thread { id, email_ids })?, request.properties.as_deref()));
                }
                None => not_found.push(id),
            }
        }
        let state = change::state(tx, call.account(), &ObjectType::Thread)?;
        answer(&json!({"accountId": request.account_id, "state": state, "list": list, "notFound": not_found}))
    })
}

fn all_ids(tx: &Tx<'_>, account: i64) -> Result<Vec<ThreadId>, Fault> {
    let mut statement = tx.prepare_cached("SELECT id FROM thread WHERE account = ? ORDER BY id")?;
    let rows = statement.query_map([account], |row| row.get::<i64>(0))?;
    Ok(rows.map(|row| Ok(ThreadId(format!("t{}", row?)))).collect::<sql::Result<_>>()?)
}

fn emails(tx: &Tx<'_>, account: i64, thread: i64) -> Result<Vec<EmailId>, Fault> {
    let mut statement =
        tx.prepare_cached("SELECT id FROM email WHERE account = ? AND thread = ? ORDER BY received_at, id")?;
    let rows = statement.query_map([account, thread], |row| row.get::<i64>(0))?;
    Ok(rows.map(|row| Ok(EmailId(format!("e{}", row?)))).collect::<sql::Result<_>>()?)
}
