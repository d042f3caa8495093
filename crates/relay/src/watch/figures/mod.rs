//! What the database and the disk say, read when somebody looks and kept for seconds; what needs a walk through a table, for
//! minutes.

mod earlier;
mod expiry;

use std::sync::{Mutex, PoisonError};

use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::{Tx, sql},
};

pub(crate) use earlier::Earlier;
pub(crate) use expiry::Certificates;

/// What is true now, or was seconds ago.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    read_at: i64,
    /// Letters accepted and not delivered yet.
    pub(crate) waiting: i64,
    /// When the first of them is due.
    pub(crate) next_due: Option<i64>,
    /// Recipients that wait for another relay.
    pub(crate) queued: i64,
    /// Since when the first of them waits.
    pub(crate) queued_since: Option<i64>,
    pub(crate) database: u64,
    /// Where the blobs are, if that is a disk.
    pub(crate) free: Option<u64>,
    pub(crate) stock: Stock,
}

/// What is there, minutes ago.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stock {
    read_at: i64,
    pub(crate) accounts: i64,
    pub(crate) emails: i64,
    pub(crate) blobs: i64,
    pub(crate) blob_bytes: i64,
    pub(crate) expiring: Certificates,
}

/// The last ones read. Whoever looks meanwhile waits for the one who reads.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Option<Figures>>);

impl Figures {
    /// How many seconds the oldest letter that is due has waited.
    pub(crate) fn overdue(&self, now: i64) -> i64 {
        self.next_due.map_or(0, |due| now.saturating_sub(due).max(0))
    }

    /// How many seconds the first of those for other relays has waited.
    pub(crate) fn queued_for(&self, now: i64) -> i64 {
        self.queued_since.map_or(0, |since| now.saturating_sub(since).max(0))
    }

    fn read(relay: &Relay, stock: Option<Stock>) -> Result<Self, Fault> {
        let (now, store) = (relay.now(), relay.store());
        let is_fresh = |stock: &Stock| now.saturating_sub(stock.read_at) < limits::STOCK_LIFETIME;
        let stock = match stock.filter(is_fresh) {
            Some(stock) => stock,
            None => Stock::read(relay)?,
        };
        let (waiting, next_due) = store.read::<_, Fault>(now, waiting)?;
        let (queued, queued_since) = store.read::<_, Fault>(now, queue)?;
        let (database, free) = (store.size()?, store.blobs().free()?);
        Ok(Self { read_at: now, waiting, next_due, queued, queued_since, database, free, stock })
    }
}

/// By the index of what waits alone.
fn waiting(tx: &Tx<'_>) -> Result<(i64, Option<i64>), Fault> {
    let sql =
        "SELECT count(*), min(send_at) FROM letter WHERE undo_status = 'pending' AND released_at IS NULL";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The same of the queue.
fn queue(tx: &Tx<'_>) -> Result<(i64, Option<i64>), Fault> {
    let sql = "SELECT count(*), min(queued_at) FROM queue WHERE next_attempt_at IS NOT NULL";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

impl Stock {
    fn read(relay: &Relay) -> Result<Self, Fault> {
        let now = relay.now();
        let (accounts, emails) = relay.store().read::<_, Fault>(now, |tx| {
            two(tx, "SELECT count(*), CAST(coalesce(sum(used_letters), 0) AS BIGINT) FROM account")
        })?;
        let (blobs, blob_bytes) = relay.store().read::<_, Fault>(now, |tx| {
            two(tx, "SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM blob")
        })?;
        let expiring = Certificates::read(relay)?;
        Ok(Self { read_at: now, accounts, emails, blobs, blob_bytes, expiring })
    }
}

fn two(tx: &Tx<'_>, sql: &str) -> Result<(i64, i64), Fault> {
    Ok(tx.query_row(sql, [], |row: &sql::Row<'_>| Ok((row.get(0)?, row.get(1)?)))?)
}

impl Relay {
    /// The figures of now, or of seconds ago.
    pub(crate) fn figures(&self) -> Result<Figures, Fault> {
        let mut last = self.watch().figures.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh =
            |figures: &Figures| self.now().saturating_sub(figures.read_at) < limits::FIGURES_LIFETIME;
        if let Some(fresh) = last.as_ref().filter(|figures| is_fresh(figures)) {
            return Ok(fresh.clone());
        }
        let read = Figures::read(self, last.take().map(|last| last.stock))?;
        *last = Some(read.clone());
        Ok(read)
    }
}
