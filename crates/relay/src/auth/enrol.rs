//! Enrolment: the one-time code of the letter, once, for both slots and the first vault.

use axum::{Json, extract::State};
use sceau_api::{
    ProblemCode,
    auth::{EnrolFinish, EnrolStart, InitialVaultItem, SignedIn, Slot, SlotsStarted},
};

use super::{
    SLOTS, Who,
    attempts::{self, Attempt},
    refused,
};
use crate::{
    account::{self, code},
    app::{Body, Peer},
    network::NetworkAddress,
    problem::Denied,
    relay::Relay,
    session,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
    vault,
    watch::access::Action,
};

/// `POST /auth/enrol/start`.
pub(crate) async fn start(
    State(relay): State<Relay>,
    Peer(from): Peer,
    Body(request): Body<EnrolStart>,
) -> Result<Json<SlotsStarted>, Denied> {
    relay
        .blocking(move |relay| {
            let address = account::normal_address(&request.address)?;
            let account = opened(relay, &address, from, &request.code)?;
            let slots = relay.store().read(relay.now(), |tx| {
                super::start_slots(tx, relay.opaque(), account, &address, &request.slots)
            })?;
            Ok(Json(SlotsStarted { slots }))
        })
        .await
}

/// `POST /auth/enrol/finish`.
pub(crate) async fn finish(
    State(relay): State<Relay>,
    Peer(from): Peer,
    Body(request): Body<EnrolFinish>,
) -> Result<Json<SignedIn>, Denied> {
    relay
        .blocking(move |relay| {
            let address = account::normal_address(&request.address)?;
            let account = opened(relay, &address, from, &request.code)?;
            let enrolled = relay.store().write(relay.now(), |tx| {
                let signed_in = enrol(tx, &address, &request, from)?;
                super::trace(relay, tx, Some(account), Action::Enrol, "")?;
                Ok(signed_in)
            });
            refused(relay, Action::Enrol, &Who::Account(Some(account)), enrolled).map(Json)
        })
        .await
}

fn enrol(
    tx: &Tx<'_>,
    address: &str,
    request: &EnrolFinish,
    from: NetworkAddress,
) -> Result<SignedIn, Denied> {
    account::lock(tx, address)?;
    // Again, inside this transaction: two may have come with the same code.
    let account = account_of_code(tx, address, &request.code)?.ok_or_else(wrong_code)?;
    let complete =
        SLOTS.iter().all(|slot| request.slots.iter().filter(|given| given.slot == *slot).count() == 1);
    if !complete || request.slots.len() != SLOTS.len() {
        return Err(Denied::bad_request("slots"));
    }
    super::store_slots(tx, account, &request.slots)?;
    fill_vault(tx, account, &request.vault)?;
    tx.execute("UPDATE account SET code_hash = NULL, code_expires_at = NULL WHERE id = ?", [account])?;
    session::create::signed_in(tx, account, &Slot::Passphrase, from)
}

fn fill_vault(tx: &Tx<'_>, account: i64, items: &[InitialVaultItem]) -> Result<(), Denied> {
    for item in items {
        let outcome = vault::set::put(tx, account, &item.id, 0, &item.data)?;
        outcome.map_err(|error| Denied::bad_request("vault").detail(format!("vault: {}", error.kind)))?;
    }
    Ok(())
}

/// The account of a code; a wrong one leaves its line in the access trace.
fn opened(relay: &Relay, address: &str, network: NetworkAddress, code: &str) -> Result<i64, Denied> {
    refused(relay, Action::Enrol, &Who::Address(address), with_code(relay, address, network, code))
}

/// The account of a code; a wrong one counts as an attempt, durably, before the refusal. The right one after too many
/// wrong ones waits as well: otherwise the limit would limit nothing.
fn with_code(relay: &Relay, address: &str, network: NetworkAddress, code: &str) -> Result<i64, Denied> {
    let attempt = Attempt { address, way: "enrol", network, device: None };
    relay
        .store()
        .write(relay.now(), |tx| {
            let counted = attempts::count(tx, &attempt)?;
            let found = account_of_code(tx, address, code)?;
            if found.is_some() {
                attempts::succeeded(tx, &counted)?;
            }
            Ok::<_, Denied>(found)
        })?
        .ok_or_else(wrong_code)
}

fn account_of_code(tx: &Tx<'_>, address: &str, code: &str) -> sql::Result<Option<i64>> {
    tx.prepare_cached("SELECT id FROM account WHERE address = ? AND code_hash = ? AND code_expires_at > ?")?
        .query_row(params![address, code::hash(code), tx.now], |row| row.get(0))
        .optional()
}

fn wrong_code() -> Denied {
    Denied::new(ProblemCode::BadCredentials)
}
