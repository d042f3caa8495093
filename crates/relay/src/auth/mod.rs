//! Ways in (OPAQUE, RFC 9807): enrolment, log-in, change, log-out.

pub(crate) mod attempts;
pub(crate) mod change;
pub(crate) mod enrol;
pub(crate) mod known;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod opaque;

use sceau_api::{
    ProblemCode,
    auth::{Slot, SlotRecord, SlotRequest, SlotResponse},
};

use crate::{
    account,
    fault::Fault,
    limits,
    problem::Denied,
    relay::Relay,
    store::{
        Tx,
        sql::{self, params},
    },
    watch::access::{Action, Author, Entry},
};

/// The slots an account can have.
pub(crate) const SLOTS: [Slot; 2] = [Slot::Passphrase, Slot::Recovery];

/// A slot's name from outside, if the relay knows it.
pub(crate) fn known_slot(slot: &Slot) -> Result<(), Denied> {
    SLOTS.contains(slot).then_some(()).ok_or_else(|| Denied::bad_request("slot"))
}

/// Answers the registration requests of an account's slots.
pub(crate) fn start_slots(
    tx: &Tx<'_>,
    setup: &opaque::Setup,
    account: i64,
    address: &str,
    requests: &[SlotRequest],
) -> Result<Vec<SlotResponse>, Denied> {
    if requests.is_empty() || requests.len() > SLOTS.len() {
        return Err(Denied::bad_request("slots"));
    }
    let start = |request: &SlotRequest| {
        known_slot(&request.slot)?;
        let response = setup.register(&request.request.0, address, &request.slot)?;
        let version = version(tx, account, &request.slot)? + 1;
        let version = u64::try_from(version).unwrap_or(0);
        Ok(SlotResponse { slot: request.slot.clone(), response: response.into(), version })
    };
    requests.iter().map(start).collect()
}

/// Stores new records; each must be exactly one version above what is there.
pub(crate) fn store_slots(tx: &Tx<'_>, account: i64, records: &[SlotRecord]) -> Result<(), Denied> {
    for slot in records {
        known_slot(&slot.slot)?;
        opaque::check_record(&slot.record.0)?;
        if !slot.stretching.is_acceptable() {
            return Err(Denied::bad_request("stretching"));
        }
        if slot.wrap.0.is_empty() || slot.wrap.0.len() > limits::WRAP_BYTES {
            return Err(Denied::bad_request("wrap"));
        }
        let next = version(tx, account, &slot.slot)? + 1;
        if i64::try_from(slot.version) != Ok(next) {
            return Err(Denied::new(ProblemCode::VersionConflict).detail(slot.slot.as_str()));
        }
        tx.prepare_cached(
            "INSERT INTO slot (account, slot, version, record, wrap, memory_kib, passes, lanes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (account, slot) DO UPDATE
             SET version = ?3, record = ?4, wrap = ?5, memory_kib = ?6, passes = ?7, lanes = ?8",
        )?
        .execute(params![
            account,
            slot.slot.as_str(),
            next,
            slot.record.0,
            slot.wrap.0,
            slot.stretching.memory_kib,
            slot.stretching.passes,
            slot.stretching.lanes
        ])?;
    }
    Ok(())
}

/// The version of a slot; 0 when it was never set.
pub(crate) fn version(tx: &Tx<'_>, account: i64, slot: &Slot) -> sql::Result<i64> {
    tx.prepare_cached("SELECT coalesce(max(version), 0) FROM slot WHERE account = ? AND slot = ?")?
        .query_row(params![account, slot.as_str()], |row| row.get(0))
}

fn author(account: Option<i64>) -> Author {
    account.map_or(Author::Nobody, Author::Account)
}

/// Writes a way in that was opened into the access trace.
fn trace(relay: &Relay, tx: &Tx<'_>, account: Option<i64>, action: Action, request: &str) -> sql::Result<()> {
    relay.trace(tx, &Entry::new(author(account), action, request, "done"))
}

/// Who was refused: what is known of them.
enum Who<'a> {
    Account(Option<i64>),
    /// Looked up, and never written down.
    Address(&'a str),
}

/// Writes one that stayed shut, and gives on what there is.
fn refused<T>(relay: &Relay, action: Action, who: &Who<'_>, outcome: Result<T, Denied>) -> Result<T, Denied> {
    if let Err(denied) = &outcome {
        let account = match who {
            Who::Account(account) => *account,
            Who::Address(address) => {
                relay.store().read::<_, Fault>(relay.now(), |tx| Ok(account::find(tx, address)?))?
            }
        };
        let answer = format!("refused: {}", denied.code.as_str());
        relay.trace_later(Entry::new(author(account), action, "", &answer));
    }
    outcome
}
