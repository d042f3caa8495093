//! Change of pass phrase or recovery code: new records, wraps and re-sealed vault blobs, all or nothing.

use axum::{Json, extract::State};
use sceau_api::{
    ProblemCode,
    auth::{ChangeFinish, ChangeStart, Changed, SlotVersion, SlotsStarted},
};

use super::Who;
use crate::{
    app::Body,
    problem::Denied,
    relay::Relay,
    session::bearer::Bearer,
    store::{Tx, sql::params},
    vault,
    watch::access::Action,
};

/// `POST /auth/change/start`.
pub(crate) async fn start(
    State(relay): State<Relay>,
    bearer: Bearer,
    Body(request): Body<ChangeStart>,
) -> Result<Json<SlotsStarted>, Denied> {
    relay
        .blocking(move |relay| {
            must_be_fresh(&bearer, relay.now())?;
            let (setup, address) = (relay.opaque(), &bearer.address);
            let slots = relay.store().read(relay.now(), |tx| {
                super::start_slots(tx, setup, bearer.account, address, &request.slots)
            })?;
            Ok(Json(SlotsStarted { slots }))
        })
        .await
}

/// `POST /auth/change/finish`.
pub(crate) async fn finish(
    State(relay): State<Relay>,
    bearer: Bearer,
    Body(request): Body<ChangeFinish>,
) -> Result<Json<Changed>, Denied> {
    relay
        .blocking(move |relay| {
            let changed = must_be_fresh(&bearer, relay.now()).and_then(|()| {
                relay.store().write(relay.now(), |tx| {
                    let changed = change(tx, &bearer, &request)?;
                    super::trace(relay, tx, Some(bearer.account), Action::Change, "")?;
                    Ok(changed)
                })
            });
            super::refused(relay, Action::Change, &Who::Account(Some(bearer.account)), changed).map(Json)
        })
        .await
}

fn change(tx: &Tx<'_>, bearer: &Bearer, request: &ChangeFinish) -> Result<Changed, Denied> {
    if request.slots.is_empty() {
        return Err(Denied::bad_request("slots"));
    }
    tx.lock([bearer.account])?;
    super::store_slots(tx, bearer.account, &request.slots)?;
    for item in &request.vault {
        let outcome =
            vault::set::put(tx, bearer.account, &item.id, item.update.if_version, &item.update.data)?;
        outcome.map_err(|error| {
            Denied::new(ProblemCode::VersionConflict).detail(format!("vault {}: {}", item.id, error.kind))
        })?;
    }
    // Tokens of programs are the keeper's: nobody who had the pass phrase could make one.
    let ended = tx.execute(
        "DELETE FROM session WHERE account = ? AND token_hash <> ? AND token_id IS NULL",
        params![bearer.account, bearer.token_hash],
    )?;
    tx.execute("DELETE FROM login WHERE account = ?", [bearer.account])?;
    super::known::forget_devices(tx, bearer.account)?;
    let version =
        |slot: &sceau_api::auth::SlotRecord| SlotVersion { slot: slot.slot.clone(), version: slot.version };
    let slots = request.slots.iter().map(version).collect();
    Ok(Changed { sessions_ended: u64::try_from(ended).unwrap_or(u64::MAX), slots })
}

/// A token alone, stolen from a machine left open, must not be enough to lock its owner out.
fn must_be_fresh(bearer: &Bearer, now: i64) -> Result<(), Denied> {
    let fresh = now < bearer.fresh_until;
    fresh.then_some(()).ok_or_else(|| Denied::new(ProblemCode::FreshLoginNeeded))
}
