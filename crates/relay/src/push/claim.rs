//! What is owed to whom, and who sends it. A claim is a row's, so that of several relays over one database one sends,
//! and what a relay leaves behind that ends is sent by the next.

use std::collections::BTreeSet;

use super::{
    destination::Destination,
    message::Keys,
    owed::{Stored, owed},
};
use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::{
        Tx,
        sql::{Row, params},
    },
};

/// Which subscriptions to look at.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// Those whose pause ended after this moment.
    pub(super) after: i64,
    /// All of these accounts.
    pub(super) accounts: BTreeSet<i64>,
}

/// Before every pause.
pub(super) const EVER: i64 = i64::MIN;

/// A subscription that something is owed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub(super) row: i64,
    pub(super) account: i64,
    pub(super) host: String,
}

/// One request to make.
pub(super) struct Push {
    pub(super) row: i64,
    pub(super) account: i64,
    /// By which its outcome is known as this claim's.
    pub(super) claimed_until: i64,
    pub(super) destination: Destination,
    pub(super) keys: Option<Keys>,
    /// Seconds (RFC 8030 §5.2).
    pub(super) ttl: i64,
    /// A later message takes the place of an earlier one of the same topic that has not been fetched (RFC 8030 §5.4).
    pub(super) topic: Option<String>,
    /// JSON.
    pub(super) text: Vec<u8>,
    /// The state of the account that is told by it; none of a verification.
    pub(super) told: Option<i64>,
}

/// Alive, not paused, not claimed, and owed its code or a state.
const DUE: &str =
    "SELECT p.id, p.account, p.host FROM push_subscription AS p JOIN session AS s ON s.token_hash = p.session
    WHERE s.expires_at > ?1 AND (p.expires_at IS NULL OR p.expires_at > ?1) AND p.server_key = ?2
    AND p.next_at <= ?1 AND p.claimed_until <= ?1
    AND ((p.verified = 0 AND p.code_told = 0)
        OR (p.verified = 1 AND EXISTS (SELECT 1 FROM change_floor AS f
            WHERE f.account = p.account AND f.state > p.told
            AND (p.every_type = 1
                OR EXISTS (SELECT 1 FROM push_type AS t WHERE t.subscription = p.id AND t.kind = f.kind)))))";

/// The subscriptions in `scope` that something is owed to, and when the next pause ends.
pub(super) fn due(relay: &Relay, scope: &Scope) -> Result<(Vec<Due>, Option<i64>), Fault> {
    let key = relay.vapid().public();
    relay.store().read(relay.now(), |tx| {
        let read = |row: &Row<'_>| Ok(Due { row: row.get(0)?, account: row.get(1)?, host: row.get(2)? });
        let mut found: BTreeSet<Due> = BTreeSet::new();
        let mut paused = tx.prepare_cached(&format!("{DUE} AND p.next_at > ?3"))?;
        for due in paused.query_map(params![tx.now, key, scope.after], read)? {
            found.insert(due?);
        }
        let mut of_account = tx.prepare_cached(&format!("{DUE} AND p.account = ?3"))?;
        for account in &scope.accounts {
            for due in of_account.query_map(params![tx.now, key, account], read)? {
                found.insert(due?);
            }
        }
        let next = tx
            .prepare_cached("SELECT min(next_at) FROM push_subscription WHERE next_at > ?")?
            .query_row([tx.now], |row| row.get(0))?;
        Ok((found.into_iter().collect(), next))
    })
}

/// Claims them; what another relay claimed first is left to it.
pub(super) fn claim(relay: &Relay, rows: &[i64]) -> Result<Vec<Push>, Fault> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    relay.store().write(relay.now(), |tx| {
        let mut pushes = Vec::new();
        for row in rows {
            pushes.extend(claim_one(tx, *row)?);
        }
        Ok(pushes)
    })
}

fn claim_one(tx: &Tx<'_>, row: i64) -> Result<Option<Push>, Fault> {
    let claimed_until = tx.now.saturating_add(limits::PUSH_CLAIM);
    let claimed = tx.execute(
        "UPDATE push_subscription SET claimed_until = ? WHERE id = ? AND claimed_until <= ?",
        params![claimed_until, row, tx.now],
    )?;
    let Some(stored) = Some(claimed).filter(|rows| *rows > 0).map(|_| Stored::read(tx, row)).transpose()?
    else {
        return Ok(None);
    };
    let Some((destination, keys)) = stored.destination() else {
        // Made when the relay asked for less.
        tx.execute("DELETE FROM push_subscription WHERE id = ?", [row])?;
        return Ok(None);
    };
    let (text, topic, told) = match stored.verified {
        false => (stored.verification(row)?, None, None),
        true => {
            let states = owed(tx, row, &stored)?;
            if states.is_empty() {
                tx.execute("UPDATE push_subscription SET claimed_until = 0 WHERE id = ?", [row])?;
                return Ok(None);
            }
            let topic = stored.topic(states.keys());
            (stored.change(states)?, Some(topic), Some(stored.modseq))
        }
    };
    let ends = stored.session_ends.min(stored.expires.unwrap_or(i64::MAX));
    let ttl = limits::PUSH_TTL.min(ends.saturating_sub(tx.now)).max(0);
    let account = stored.account;
    Ok(Some(Push { row, account, claimed_until, destination, keys, ttl, topic, text, told }))
}
