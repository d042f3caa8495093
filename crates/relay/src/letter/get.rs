//! `Letter/get`.

use sceau_api::{
    EmailId, LetterId, UtcDate,
    letter::{Letter, LetterGet, LetterGetResponse},
    push::ObjectType,
    submission::UndoStatus,
};

use super::status;
use crate::{
    fault::Fault,
    jmap::{Call, Outcome, answer, row_id},
    limits,
    store::{
        Tx, change,
        sql::{self, OptionalExtension as _},
    },
};

/// `Letter/get`; without ids the newest, up to the limit.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: LetterGet = call.arguments()?;
    if let Some(ids) = &request.ids {
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
    }
    call.read(|tx| {
        let ids = match &request.ids {
            Some(ids) => ids.clone(),
            None => newest(tx, call.account())?,
        };
        let (mut list, mut not_found) = (Vec::new(), Vec::new());
        for id in ids {
            match row_id('l', id.as_str()).map(|row| read(tx, call.account(), row)).transpose()?.flatten() {
                Some(letter) => list.push(letter),
                None => not_found.push(id),
            }
        }
        let state = change::state(tx, call.account(), &ObjectType::Letter)?;
        answer(&LetterGetResponse { account_id: request.account_id.clone(), state, list, not_found })
    })
}

fn newest(tx: &Tx<'_>, account: i64) -> Result<Vec<LetterId>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM letter WHERE account = ? AND client_letter_id IS NOT NULL ORDER BY id DESC LIMIT ?",
    )?;
    let limit = i64::try_from(limits::OBJECTS_IN_GET).unwrap_or(i64::MAX);
    let rows = statement.query_map([account, limit], |row| row.get::<i64>(0))?;
    Ok(rows.map(|row| Ok(LetterId(format!("l{}", row?)))).collect::<sql::Result<_>>()?)
}

fn read(tx: &Tx<'_>, account: i64, row: i64) -> Result<Option<Letter>, Fault> {
    let found: Option<(String, i64, i64, String)> = tx
        .prepare_cached(
            "SELECT client_letter_id, email, send_at, undo_status FROM letter
             WHERE id = ? AND account = ? AND client_letter_id IS NOT NULL",
        )?
        .query_row([row, account], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .optional()?;
    let Some((client_letter_id, email, send_at, undo)) = found else { return Ok(None) };
    Ok(Some(Letter {
        id: LetterId(format!("l{row}")),
        client_letter_id,
        email_id: Some(EmailId(format!("e{email}"))),
        send_at: Some(UtcDate::from_unix(send_at)),
        undo_status: Some(UndoStatus::from(undo.as_str())),
        delivery_status: status::of_letter(tx, row)?,
    }))
}
