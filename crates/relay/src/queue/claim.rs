//! Taking work from the queue: a lease on rows of one envelope behind one route.

use std::collections::HashMap;

use sceau_api::BlobId;

use super::{
    Content, Parcel, Route, begin,
    host::{self, Breaker},
    lock_senders, route, settle,
};
use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// Rows leased, and the letter to send for them.
#[derive(Debug)]
pub(crate) struct Claim {
    /// The rows, in the order of the parcel's recipients.
    pub(crate) rows: Vec<i64>,
    pub(crate) letter: i64,
    pub(crate) parcel: Parcel,
}

/// How many connections each host has already.
pub(crate) type Active = HashMap<String, usize>;

/// Whether anything is due; asked before a lock for writing is taken.
pub(crate) fn is_due(tx: &Tx<'_>) -> sql::Result<bool> {
    let sql = "SELECT 1 FROM queue WHERE next_attempt_at <= ?1 AND lease_until <= ?1 LIMIT 1";
    let found: Option<i64> = tx.prepare_cached(sql)?.query_row([tx.now], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}

/// Leases to `owner` what is due, as far as hosts and limits allow. No host takes another's places.
pub(crate) fn claim(tx: &Tx<'_>, relay: &Relay, owner: &str, active: &Active) -> Result<Vec<Claim>, Fault> {
    lock_senders(tx, "queue.next_attempt_at <= ?1 AND queue.lease_until <= ?1")?;
    let mut claims: Vec<Claim> = Vec::new();
    let mut active = active.clone();
    for domain in due_domains(tx)? {
        let Some(route) = route::find(tx, &domain)? else {
            settle::no_route(tx, &domain)?;
            continue;
        };
        let key = route.key();
        let breaker = host::breaker(tx, &key)?;
        if route.paused || breaker == Breaker::Open {
            continue;
        }
        let busy = active.values().sum::<usize>();
        let taken = active.entry(key.clone()).or_default();
        let mut room = limits::HOST_CONNECTIONS.saturating_sub(*taken);
        room = room.min(limits::OUTBOUND_CONNECTIONS.saturating_sub(busy));
        if breaker == Breaker::Probe && room > 0 {
            host::begin_probe(tx, &key)?;
            room = 1;
        }
        for (letter, number) in due_envelopes(tx, &domain, room)? {
            if let Some(claim) = lease(tx, relay, owner, &route, &domain, (letter, number))? {
                *taken += 1;
                claims.push(claim);
            }
        }
    }
    Ok(claims)
}

/// Renews a lease; rows whose lease another has by now stay with that one.
pub(crate) fn renew(tx: &Tx<'_>, owner: &str, rows: &[i64]) -> sql::Result<()> {
    let mut statement =
        tx.prepare_cached("UPDATE queue SET lease_until = ? WHERE id = ? AND lease_owner = ?")?;
    for row in rows {
        statement.execute(params![tx.now + limits::LEASE, row, owner])?;
    }
    Ok(())
}

fn due_domains(tx: &Tx<'_>) -> sql::Result<Vec<String>> {
    let sql = "SELECT DISTINCT domain FROM queue WHERE next_attempt_at <= ?1 AND lease_until <= ?1";
    tx.prepare_cached(sql)?.query_map([tx.now], |row| row.get(0))?.collect()
}

/// Envelopes of a domain, urgent ones first, then by time.
fn due_envelopes(tx: &Tx<'_>, domain: &str, room: usize) -> sql::Result<Vec<(i64, i64)>> {
    let mut statement = tx.prepare_cached(
        "SELECT letter, number FROM queue WHERE domain = ?1 AND next_attempt_at <= ?2 AND lease_until <= ?2
         GROUP BY letter, number ORDER BY max(urgent) DESC, min(next_attempt_at), letter, number LIMIT ?3",
    )?;
    let room = i64::try_from(room).unwrap_or(0);
    statement.query_map(params![domain, tx.now, room], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn lease(
    tx: &Tx<'_>,
    relay: &Relay,
    owner: &str,
    route: &Route,
    domain: &str,
    (letter, number): (i64, i64),
) -> Result<Option<Claim>, Fault> {
    let (mut rows, mut recipients) = (Vec::new(), Vec::new());
    for (row, address) in due_rows(tx, domain, letter, number)? {
        // Another node may have been faster between the look and this.
        let leased = tx
            .prepare_cached(
                "UPDATE queue SET lease_owner = ?, lease_until = ? WHERE id = ? AND lease_until <= ?
                     AND next_attempt_at IS NOT NULL",
            )?
            .execute(params![owner, tx.now + limits::LEASE, row, tx.now])?;
        if leased == 1 {
            rows.push(row);
            recipients.push(address);
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    begin(tx, letter)?;
    let (blob, envelope_id, mail_from, urgent): (String, String, String, i64) = tx
        .prepare_cached(
            "SELECT e.blob, e.envelope_id, l.mail_from, l.urgent FROM letter_envelope AS e
                 JOIN letter AS l ON l.id = e.letter WHERE e.letter = ? AND e.number = ?",
        )?
        .query_row([letter, number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let content = Content::new(relay.clone(), BlobId(blob));
    let parcel =
        Parcel { route: route.clone(), envelope_id, mail_from, recipients, urgent: urgent != 0, content };
    Ok(Some(Claim { rows, letter, parcel }))
}

fn due_rows(tx: &Tx<'_>, domain: &str, letter: i64, number: i64) -> sql::Result<Vec<(i64, String)>> {
    let mut statement = tx.prepare_cached(
        "SELECT id, address FROM queue WHERE letter = ?1 AND number = ?2 AND domain = ?3
             AND next_attempt_at <= ?4 AND lease_until <= ?4 ORDER BY address LIMIT ?5",
    )?;
    let most = i64::try_from(limits::OUTBOUND_RECIPIENTS).unwrap_or(1);
    let values = params![letter, number, domain, tx.now, most];
    statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
