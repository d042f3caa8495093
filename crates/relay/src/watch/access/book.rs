//! What a relay holds of its trace between two writings.

use std::{
    collections::BTreeMap,
    mem,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::{Timestamp, tz::TimeZone};

use super::{Action, Author, Entry, chain, prune};
use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// Lines that wait, and what is needed to write them.
pub(crate) struct Book {
    zone: TimeZone,
    /// With the time of the first and how many there were: one reading in ten pieces is one line.
    waiting: Mutex<BTreeMap<Entry, (i64, i64)>>,
    /// Held while lines are written, so that who finds none waiting knows that all are there: the end of the process is next.
    writing: Mutex<()>,
    /// Rows were written that have no hash yet.
    unlinked: AtomicBool,
}

impl Book {
    pub(crate) fn new() -> Self {
        // Rows another process left without a hash: the first round looks.
        Self {
            zone: TimeZone::system(),
            waiting: Mutex::default(),
            writing: Mutex::default(),
            unlinked: AtomicBool::new(true),
        }
    }

    /// Seconds that local time was ahead of UTC.
    pub(crate) fn ahead(&self, at: i64) -> i64 {
        let time = Timestamp::from_second(at).unwrap_or_default();
        self.zone.to_offset(time).seconds().into()
    }
}

impl Relay {
    /// Writes a line, in the transaction of what it records.
    pub(crate) fn trace(&self, tx: &Tx<'_>, entry: &Entry) -> sql::Result<()> {
        write(self, tx, entry, tx.now, 1)
    }

    /// Writes a line about something that changes nothing, within a second.
    pub(crate) fn trace_later(&self, entry: Entry) {
        let now = self.now();
        let mut waiting = self.watch().access.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = waiting.entry(entry).or_insert((now, 0));
        seen.1 += 1;
        let is_full = waiting.len() >= limits::ACCESS_TRACE_WAITING;
        drop(waiting);
        if is_full && let Err(fault) = self.write_access_trace() {
            crate::log::line("access_trace_failed", &[("fault", &fault.to_string())]);
        }
    }

    /// Writes the lines that wait and links what has no hash yet; while a relay serves this happens every second, and
    /// once more when it stops.
    ///
    /// # Errors
    /// When the store fails; what was not written waits on.
    pub fn write_access_trace(&self) -> Result<(), Fault> {
        let book = &self.watch().access;
        let _alone = book.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = mem::take(&mut *book.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if !taken.is_empty() {
            let written = self.store().write::<_, Fault>(self.now(), |tx| {
                for (entry, (at, times)) in &taken {
                    write(self, tx, entry, *at, *times)?;
                }
                Ok(())
            });
            if let Err(fault) = written {
                book.put_back(taken);
                return Err(fault);
            }
        }
        if book.unlinked.swap(false, Ordering::AcqRel)
            && let Err(fault) = self.link()
        {
            book.unlinked.store(true, Ordering::Release);
            return Err(fault);
        }
        Ok(())
    }

    /// Says in the log where the chain ends: who could rewrite the table cannot rewrite what is kept elsewhere.
    pub(crate) fn anchor_access_trace(&self) -> Result<(), Fault> {
        let node = self.watch().node();
        let Some((number, hash)) =
            self.store().read::<_, Fault>(self.now(), |tx| Ok(chain::end(tx, node)?))?
        else {
            return Ok(());
        };
        let (number, hash) = (number.to_string(), hex::encode(hash));
        crate::log::line("access_trace", &[("node", node), ("number", &number), ("hash", &hash)]);
        Ok(())
    }

    fn link(&self) -> Result<(), Fault> {
        let node = self.watch().node();
        loop {
            let linked = self.store().write::<_, Fault>(self.now(), |tx| chain::link(tx, node))?;
            if i64::try_from(linked).unwrap_or(i64::MAX) < limits::ACCESS_TRACE_LINKED {
                return Ok(());
            }
        }
    }

    /// Links what relays left that are no more, and removes what is older than six months.
    pub(crate) fn sweep_access_trace(&self) -> Result<(), Fault> {
        self.write_access_trace()?;
        let nodes = self.store().read::<_, Fault>(self.now(), prune::nodes)?;
        for node in nodes {
            self.store().write::<_, Fault>(self.now(), |tx| {
                chain::link(tx, &node)?;
                let Some(removed) = prune::prune(tx, &node)? else { return Ok(()) };
                let request = format!("{node} 1-{} {}", removed.number, hex::encode(&removed.hash));
                // In the chain it shortens, whichever relay does it: what is gone is attested by what is there.
                let entry = Entry::new(Author::Nobody, Action::TracePrune, request, "done");
                write_as(self, tx, &node, &entry, tx.now, 1)?;
                chain::link(tx, &node)?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

impl Book {
    fn put_back(&self, taken: BTreeMap<Entry, (i64, i64)>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (entry, (at, times)) in taken {
            let seen = waiting.entry(entry).or_insert((at, 0));
            *seen = (seen.0.min(at), seen.1.saturating_add(times));
        }
    }
}

fn write(relay: &Relay, tx: &Tx<'_>, entry: &Entry, at: i64, times: i64) -> sql::Result<()> {
    write_as(relay, tx, relay.watch().node(), entry, at, times)
}

fn write_as(relay: &Relay, tx: &Tx<'_>, node: &str, entry: &Entry, at: i64, times: i64) -> sql::Result<()> {
    let book = &relay.watch().access;
    let (author, action) = (entry.author.to_string(), entry.action.as_str());
    tx.prepare_cached(
        "INSERT INTO access_trace (node, at, zone, author, action, request, answer, times)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .put(params![node, at, book.ahead(at), author, action, entry.request, entry.answer, times])?;
    book.unlinked.store(true, Ordering::Release);
    Ok(())
}
