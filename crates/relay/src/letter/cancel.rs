//! `Letter/cancel`: undoes a sending whose time has not come, or of which nothing has left this relay yet. The Sent Email
//! goes with it; nothing was delivered.

use sceau_api::{
    EmailId, MethodErrorType,
    letter::{LetterCancel, LetterCancelResponse},
    push::ObjectType,
    submission::UndoStatus,
};

use crate::{
    email::set,
    jmap::{Call, Outcome, answer, error, row_id},
    queue,
    store::{
        change::{self, What},
        sql::OptionalExtension as _,
    },
    watch::access::Action,
};

/// `Letter/cancel`.
pub(crate) fn cancel(call: &Call<'_>) -> Outcome {
    let request: LetterCancel = call.arguments()?;
    let unknown = || error(MethodErrorType::NotFound);
    let letter = row_id('l', request.letter_id.as_str()).ok_or_else(unknown)?;
    call.write(|tx| {
        let found: Option<(i64, String, i64, Option<i64>)> = tx
            .query_row(
                "SELECT email, undo_status, send_at, released_at FROM letter
                 WHERE id = ? AND account = ? AND client_letter_id IS NOT NULL",
                [letter, call.account()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .optional()?;
        let (email, undo, send_at, released) = found.ok_or_else(unknown)?;
        let email = format!("e{email}");
        match undo.as_str() {
            "pending" if tx.now < send_at || released.is_some() => {
                queue::take_back(tx, letter)?;
                // One already destroyed by the user is what is wanted.
                let _ = set::destroy_one(tx, call.account(), &email)?;
                change::record(tx, call.account(), &ObjectType::Letter, letter, What::Updated)?;
                call.trace(tx, Action::LetterCancel, request.letter_id.as_str(), "done")?;
            }
            "canceled" => {}
            _ => return Err(error(MethodErrorType::CannotUnsend)),
        }
        answer(&LetterCancelResponse {
            account_id: request.account_id.clone(),
            letter_id: request.letter_id.clone(),
            undo_status: UndoStatus::Canceled,
            destroyed_email_id: EmailId(email),
            new_state: change::state(tx, call.account(), &ObjectType::Email)?,
        })
    })
}
