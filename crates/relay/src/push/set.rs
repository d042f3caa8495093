//! `PushSubscription/set` (RFC 8620 §7.2.2).

use sceau_api::{
    SetError, SetErrorType,
    push_subscription::{PushSubscriptionSet, PushSubscriptionSetResponse},
};

use super::{create::create, get::find, sweep, update::update};
use crate::{
    fault::Fault,
    jmap::{Call, Outcome, Refusal, answer, invalid},
    limits,
    store::Tx,
};

/// What becomes of one record.
pub(super) type Done<T> = Result<Result<T, SetError>, Fault>;

/// `PushSubscription/set`. What is destroyed goes first, so that a client can put one in the place of another.
pub(crate) fn set(call: &Call<'_>) -> Outcome {
    let request: PushSubscriptionSet = call.arguments()?;
    if request.if_in_state.is_some() {
        return Err(invalid("ifInState"));
    }
    let size = request.create.as_ref().map_or(0, |all| all.len())
        + request.update.as_ref().map_or(0, |all| all.len())
        + request.destroy.as_ref().map_or(0, Vec::len);
    call.limit(size, limits::OBJECTS_IN_SET)?;
    let done = call.write(|tx| {
        // The limits of the account are looked at first and used afterwards.
        tx.lock([call.account()])?;
        sweep::ended_of(tx, call.account(), call.relay.vapid().public())?;
        Ok::<_, Refusal>(all(tx, call, &request)?)
    })?;
    // A new one is told its code, one just verified what it missed.
    call.relay.wake_push();
    answer(&done)
}

fn all(
    tx: &Tx<'_>,
    call: &Call<'_>,
    request: &PushSubscriptionSet,
) -> Result<PushSubscriptionSetResponse, Fault> {
    let mut done = PushSubscriptionSetResponse::default();
    for id in request.destroy.iter().flatten() {
        match destroy(tx, call, id.as_str())? {
            Ok(()) => done.destroyed.get_or_insert_default().push(id.clone()),
            Err(error) => drop(done.not_destroyed.get_or_insert_default().insert(id.clone(), error)),
        }
    }
    for (creation_id, members) in request.create.iter().flatten() {
        match create(tx, call, creation_id, members)? {
            Ok(record) => drop(done.created.get_or_insert_default().insert(creation_id.clone(), record)),
            Err(error) => drop(done.not_created.get_or_insert_default().insert(creation_id.clone(), error)),
        }
    }
    for (id, patch) in request.update.iter().flatten() {
        let is_going = request.destroy.iter().flatten().any(|going| going == id);
        let outcome = match is_going {
            true => Err(SetError::new(SetErrorType::WillDestroy)),
            false => update(tx, call, id.as_str(), patch)?,
        };
        match outcome {
            Ok(changed) => drop(done.updated.get_or_insert_default().insert(id.clone(), changed)),
            Err(error) => drop(done.not_updated.get_or_insert_default().insert(id.clone(), error)),
        }
    }
    Ok(done)
}

fn destroy(tx: &Tx<'_>, call: &Call<'_>, id: &str) -> Done<()> {
    let id = call.resolve_id(id);
    let row = id.map(|id| find(tx, &call.bearer.token_hash, &id)).transpose()?.flatten();
    let Some(row) = row else { return Ok(Err(SetError::new(SetErrorType::NotFound))) };
    tx.execute("DELETE FROM push_subscription WHERE id = ?", [row])?;
    Ok(Ok(()))
}
