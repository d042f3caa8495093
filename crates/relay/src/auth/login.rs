//! Log-in: KE1, KE2, KE3 (RFC 9807 §6). An address nobody has is answered like any other.

use axum::{Json, extract::State};
use sceau_api::{
    LoginId, ProblemCode,
    auth::{LoginFinish, LoginStart, LoginStarted, SignedIn, Slot, Stretching},
};
use sha2::{Digest as _, Sha256};

use super::{
    Who,
    attempts::{self, Attempt, Counted},
    known, known_slot, opaque, refused,
};
use crate::{
    account,
    app::{Body, Peer},
    fault::Fault,
    limits,
    network::NetworkAddress,
    problem::Denied,
    random::generate_bytes,
    relay::Relay,
    session,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
    watch::access::{Action, Entry},
};

/// `POST /auth/login/start`.
pub(crate) async fn start(
    State(relay): State<Relay>,
    Peer(from): Peer,
    Body(request): Body<LoginStart>,
) -> Result<Json<LoginStarted>, Denied> {
    relay
        .blocking(move |relay| {
            known_slot(&request.slot)?;
            let address = account::normal_address(&request.address)?;
            let begun =
                relay.store().write(relay.now(), |tx| begin(tx, relay.opaque(), &address, from, &request));
            refused(relay, Action::Login, &Who::Address(&address), begun).map(Json)
        })
        .await
}

struct Record {
    account: i64,
    version: i64,
    record: Vec<u8>,
    stretching: Stretching,
}

fn begin(
    tx: &Tx<'_>,
    setup: &opaque::Setup,
    address: &str,
    network: NetworkAddress,
    request: &LoginStart,
) -> Result<LoginStarted, Denied> {
    let (way, device) = (request.slot.as_str(), request.device_token.as_deref());
    let counted = attempts::count(tx, &Attempt { address, way, network, device })?;
    let found = find(tx, address, &request.slot)?;
    let record = found.as_ref().map(|found| found.record.as_slice());
    let stretching = found.as_ref().map_or(Stretching::RECOMMENDED, |found| found.stretching);
    let (response, state) = setup.login(&request.request.0, record, address, &request.slot)?;
    let login_id = LoginId(hex::encode(generate_bytes::<16>()));
    let (account, version) = found.map_or((None, 0), |found| (Some(found.account), found.version));
    tx.prepare_cached(
        "INSERT INTO login (id_hash, account, slot, slot_version, attempt_key, network_key, account_key, state, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        hash(&login_id),
        account,
        request.slot.as_str(),
        version,
        counted.own,
        counted.network,
        counted.account,
        state,
        tx.now + limits::LOGIN_PENDING
    ])?;
    Ok(LoginStarted { login_id, response: response.into(), stretching })
}

fn find(tx: &Tx<'_>, address: &str, slot: &Slot) -> sql::Result<Option<Record>> {
    tx.prepare_cached(
        "SELECT account.id, slot.version, slot.record, slot.memory_kib, slot.passes, slot.lanes
         FROM account JOIN slot ON slot.account = account.id
         WHERE account.address = ? AND slot.slot = ?",
    )?
    .query_row(params![address, slot.as_str()], |row| {
        let stretching = Stretching { memory_kib: row.get(3)?, passes: row.get(4)?, lanes: row.get(5)? };
        Ok(Record { account: row.get(0)?, version: row.get(1)?, record: row.get(2)?, stretching })
    })
    .optional()
}

/// `POST /auth/login/finish`.
pub(crate) async fn finish(
    State(relay): State<Relay>,
    Peer(from): Peer,
    Body(request): Body<LoginFinish>,
) -> Result<Json<SignedIn>, Denied> {
    relay
        .blocking(move |relay| {
            // Taken in a transaction of its own: a log-in is used once, even when it fails.
            let pending =
                relay.store().write::<_, Denied>(relay.now(), |tx| Ok(take(tx, &request.login_id)?))?;
            let account = pending.as_ref().and_then(|pending| pending.account);
            let finished = finish_one(relay, pending, &request, from);
            refused(relay, Action::Login, &Who::Account(account), finished).map(Json)
        })
        .await
}

fn finish_one(
    relay: &Relay,
    pending: Option<Pending>,
    request: &LoginFinish,
    from: NetworkAddress,
) -> Result<SignedIn, Denied> {
    let pending = pending.ok_or_else(|| Denied::new(ProblemCode::BadCredentials))?;
    opaque::finish_login(&pending.state, &request.finalization.0)?;
    relay.store().write(relay.now(), |tx| {
        let signed_in = end(tx, &pending, from, request.remember_device)?;
        super::trace(relay, tx, pending.account, Action::Login, pending.slot.as_str())?;
        Ok(signed_in)
    })
}

struct Pending {
    account: Option<i64>,
    slot: Slot,
    slot_version: i64,
    counted: Counted,
    state: Vec<u8>,
}

fn take(tx: &Tx<'_>, id: &LoginId) -> sql::Result<Option<Pending>> {
    tx.prepare_cached(
        "DELETE FROM login WHERE id_hash = ? AND expires_at > ?
         RETURNING account, slot, slot_version, attempt_key, network_key, account_key, state",
    )?
    .query_row(params![hash(id), tx.now], |row| {
        Ok(Pending {
            account: row.get(0)?,
            slot: Slot::from(row.get::<String>(1)?.as_str()),
            slot_version: row.get(2)?,
            counted: Counted { own: row.get(3)?, network: row.get(4)?, account: row.get(5)? },
            state: row.get(6)?,
        })
    })
    .optional()
}

fn end(tx: &Tx<'_>, pending: &Pending, from: NetworkAddress, remember: bool) -> Result<SignedIn, Denied> {
    let wrong = || Denied::new(ProblemCode::BadCredentials);
    let account = pending.account.ok_or_else(wrong)?;
    if super::version(tx, account, &pending.slot)? != pending.slot_version {
        // The pass phrase changed between the two messages.
        return Err(wrong());
    }
    attempts::succeeded(tx, &pending.counted)?;
    let signed_in = session::create::signed_in(tx, account, &pending.slot, from)?;
    let device_token = remember.then(|| known::remember_device(tx, account)).transpose()?;
    Ok(SignedIn { device_token, ..signed_in })
}

/// Ends log-ins that were begun and not finished in time, which is what a wrong pass phrase looks like from here: the client
/// sees that it is wrong before the relay could.
pub(crate) fn end_unfinished(relay: &Relay, tx: &Tx<'_>) -> Result<(), Fault> {
    let ended: Vec<(Option<i64>, String)> = tx
        .prepare_cached("DELETE FROM login WHERE expires_at <= ? RETURNING account, slot")?
        .query_map([tx.now], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<sql::Result<_>>()?;
    for (account, slot) in ended {
        relay.trace(tx, &Entry::new(super::author(account), Action::Login, slot, "not finished"))?;
    }
    Ok(())
}

fn hash(id: &LoginId) -> Vec<u8> {
    Sha256::digest(&id.0).to_vec()
}
