//! `EmailSubmission/get` (RFC 8621 §7.1).

use sceau_api::{
    EmailId, SubmissionId, ThreadId, UtcDate,
    push::ObjectType,
    submission::{EmailSubmission, Envelope, EnvelopeAddress, SubmissionGet, UndoStatus},
};
use serde_json::json;

use crate::{
    fault::Fault,
    identity,
    jmap::{
        Call, Outcome, answer, row_id,
        standard::{check_properties, pick},
    },
    letter::status,
    limits,
    store::{
        Tx, change,
        sql::{self, OptionalExtension as _},
    },
};

const PROPERTIES: [&str; 10] = [
    "id",
    "identityId",
    "emailId",
    "threadId",
    "envelope",
    "sendAt",
    "undoStatus",
    "deliveryStatus",
    "dsnBlobIds",
    "mdnBlobIds",
];

/// `EmailSubmission/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: SubmissionGet = call.arguments()?;
    check_properties(request.properties.as_deref(), &PROPERTIES)?;
    call.read(|tx| {
        let ids = match &request.ids {
            Some(ids) => ids.clone(),
            None => all_ids(tx, call.account())?,
        };
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
        let (mut list, mut not_found) = (Vec::new(), Vec::new());
        for id in ids {
            match row_id('s', id.as_str()).map(|row| read(tx, call.account(), row)).transpose()?.flatten() {
                Some(submission) => list.push(pick(answer(&submission)?, request.properties.as_deref())),
                None => not_found.push(id),
            }
        }
        let state = change::state(tx, call.account(), &ObjectType::EmailSubmission)?;
        answer(&json!({"accountId": request.account_id, "state": state, "list": list, "notFound": not_found}))
    })
}

pub(super) fn all_ids(tx: &Tx<'_>, account: i64) -> Result<Vec<SubmissionId>, Fault> {
    let mut statement = tx
        .prepare_cached("SELECT id FROM letter WHERE account = ? AND client_letter_id IS NULL ORDER BY id")?;
    let rows = statement.query_map([account], |row| row.get::<i64>(0))?;
    Ok(rows.map(|row| Ok(SubmissionId(format!("s{}", row?)))).collect::<sql::Result<_>>()?)
}

/// One submission of the account.
pub(super) fn read(tx: &Tx<'_>, account: i64, row: i64) -> Result<Option<EmailSubmission>, Fault> {
    let found: Option<(i64, i64, String, i64, String)> = tx
        .prepare_cached(
            "SELECT email, thread, mail_from, send_at, undo_status FROM letter
             WHERE id = ? AND account = ? AND client_letter_id IS NULL",
        )?
        .query_row([row, account], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))
        .optional()?;
    let Some((email, thread, mail_from, send_at, undo)) = found else { return Ok(None) };
    let delivery = status::of_letter(tx, row)?;
    let address = |email: &str| EnvelopeAddress { email: email.to_owned(), parameters: None };
    Ok(Some(EmailSubmission {
        id: SubmissionId(format!("s{row}")),
        identity_id: Some(identity::id_of(account)),
        email_id: Some(EmailId(format!("e{email}"))),
        thread_id: Some(ThreadId(format!("t{thread}"))),
        envelope: Some(Envelope {
            mail_from: address(&mail_from),
            rcpt_to: delivery.keys().map(|email| address(email)).collect(),
        }),
        send_at: Some(UtcDate::from_unix(send_at)),
        undo_status: Some(UndoStatus::from(undo.as_str())),
        delivery_status: Some(delivery),
        dsn_blob_ids: Vec::new(),
        mdn_blob_ids: Vec::new(),
    }))
}
