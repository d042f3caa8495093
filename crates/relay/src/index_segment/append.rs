//! `IndexSegment/append`.

use sceau_api::{
    MethodError, MethodErrorType,
    index_segment::{SegmentAppend, SegmentAppendResponse},
    push::ObjectType,
};

use crate::{
    jmap::{Call, Outcome, answer, error, invalid},
    limits,
    store::{
        Tx,
        change::{self, What},
        sql::{self, OptionalExtension as _, params},
    },
};

/// `IndexSegment/append`.
pub(crate) fn append(call: &Call<'_>) -> Outcome {
    let request: SegmentAppend = call.arguments()?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !(1..=64).contains(&request.device.len()) || !request.device.bytes().all(allowed) {
        return Err(invalid("device"));
    }
    if request.data.0.is_empty() {
        return Err(invalid("data"));
    }
    if request.data.0.len() > limits::SEGMENT_BYTES {
        return Err(error(MethodErrorType::RequestTooLarge));
    }
    call.write(|tx| {
        let old_state = change::state(tx, call.account(), &ObjectType::IndexSegment)?;
        let last: i64 = tx
            .prepare_cached(
                "SELECT coalesce(max(counter), 0) FROM index_segment WHERE account = ? AND device = ?",
            )?
            .query_row(params![call.account(), request.device], |row| row.get(0))?;
        if !is_repeated(tx, call.account(), &request, last)? {
            if i64::try_from(request.counter) != Ok(last + 1) {
                return Err(MethodError::new(MethodErrorType::StateMismatch).with("next", last + 1).into());
            }
            insert(tx, call.account(), &request, last + 1)?;
        }
        answer(&SegmentAppendResponse {
            account_id: request.account_id.clone(),
            old_state,
            new_state: change::state(tx, call.account(), &ObjectType::IndexSegment)?,
            device: request.device.clone(),
            counter: request.counter,
        })
    })
}

/// The newest segment again, byte for byte: its first answer got lost, and the client repeats it.
fn is_repeated(tx: &Tx<'_>, account: i64, request: &SegmentAppend, last: i64) -> sql::Result<bool> {
    if i64::try_from(request.counter) != Ok(last) {
        return Ok(false);
    }
    let known: Option<Vec<u8>> = tx
        .prepare_cached("SELECT data FROM index_segment WHERE account = ? AND device = ? AND counter = ?")?
        .query_row(params![account, request.device, last], |row| row.get(0))
        .optional()?;
    Ok(known.is_some_and(|data| data == request.data.0))
}

fn insert(tx: &Tx<'_>, account: i64, request: &SegmentAppend, counter: i64) -> sql::Result<()> {
    tx.prepare_cached("INSERT INTO index_segment (account, device, counter, data) VALUES (?, ?, ?, ?)")?
        .execute(params![account, request.device, counter, request.data.0])?;
    // Their changes have no method of their own: that there is one is all that is told.
    change::record(tx, account, &ObjectType::IndexSegment, counter, What::Created)
}
