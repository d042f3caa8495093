//! The queue: letters for other relays, one row per recipient, each with one visible final state.
//!
//! A row is `next_attempt_at` and a lease. Whoever holds the lease tries; when it ends, whoever comes next does. See
//! `docs/design/queue.md`.

mod claim;
pub(crate) mod command;
mod host;
mod ladder;
mod operator;
mod outbound;
pub(crate) mod route;
mod settle;
mod worker;

use sceau_api::push::ObjectType;

use crate::{
    blob::doubt,
    fault::Fault,
    limits,
    random::generate_bytes,
    relay::Relay,
    store::{
        Tx,
        change::{self, What},
        sql::{self, OptionalExtension as _, params},
    },
    watch::access::Action,
};

pub use operator::Entry;
pub use outbound::{Attempt, Content, Fate, Outbound, Parcel, Pieces, Verdict};
pub use route::{Route, RouteTls};
pub use worker::Worker;

impl Relay {
    /// Adds a route, or replaces the one of its domain.
    ///
    /// # Errors
    /// When the store fails.
    pub fn add_route(&self, route: &Route) -> Result<(), Fault> {
        self.store().write(self.now(), |tx| {
            route::add(tx, route)?;
            self.administered(tx, Action::RouteAdd, &route.domain, "done")
        })
    }

    /// Pauses the route of a domain, or opens it again; false when there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub fn pause_route(&self, domain: &str, paused: bool) -> Result<bool, Fault> {
        self.store().write(self.now(), |tx| {
            let found = route::pause(tx, domain, paused)?;
            let answer = if paused { "paused" } else { "resumed" };
            self.administered_one(tx, found, Action::RoutePause, domain, answer)
        })
    }

    /// Removes the route of a domain; false when there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub fn remove_route(&self, domain: &str) -> Result<bool, Fault> {
        self.store().write(self.now(), |tx| {
            let found = route::remove(tx, domain)?;
            self.administered_one(tx, found, Action::RouteRemove, domain, "done")
        })
    }

    /// Everyone who waits for another relay, the longest first; addresses and whole replies only when asked for.
    ///
    /// # Errors
    /// When the store fails.
    pub fn queue(&self, with_addresses: bool) -> Result<Vec<Entry>, Fault> {
        self.store().read(self.now(), |tx| operator::list(tx, with_addresses))
    }

    /// Tries one of them again now, whatever is known of its host; false when it does not wait.
    ///
    /// # Errors
    /// When the store fails.
    pub fn retry_queued(&self, id: i64) -> Result<bool, Fault> {
        let found = self.store().write(self.now(), |tx| {
            let found = operator::retry(tx, id)?;
            self.administered_one(tx, found, Action::QueueRetry, &format!("q{id}"), "done")
        })?;
        self.wake();
        Ok(found)
    }

    /// Ends one of them; its sender sees it. False when it does not wait.
    ///
    /// # Errors
    /// When the store fails.
    pub fn give_up_queued(&self, id: i64) -> Result<bool, Fault> {
        self.store().write(self.now(), |tx| {
            let found = operator::give_up(tx, id)?;
            self.administered_one(tx, found, Action::QueueGiveUp, &format!("q{id}"), "done")
        })
    }

    /// Writes down what was done, if there was something to do it to.
    fn administered_one(
        &self,
        tx: &Tx<'_>,
        found: bool,
        action: Action,
        request: &str,
        answer: &str,
    ) -> Result<bool, Fault> {
        if found {
            self.administered(tx, action, request, answer)?;
        }
        Ok(found)
    }
}

/// Puts one recipient of a letter into the queue, to be tried at once.
pub(crate) fn enqueue(
    tx: &Tx<'_>,
    letter: i64,
    number: i64,
    address: &str,
    message_id: Option<&str>,
) -> Result<(), Fault> {
    let urgent: i64 =
        tx.prepare_cached("SELECT urgent FROM letter WHERE id = ?")?.query_row([letter], |row| row.get(0))?;
    let (delay, give_up) = match urgent {
        0 => (limits::DELAY_ROUTINE, limits::GIVE_UP_ROUTINE),
        _ => (limits::DELAY_URGENT, limits::GIVE_UP_URGENT),
    };
    tx.prepare_cached(
        "UPDATE letter_envelope SET envelope_id = ?, message_id = ?
         WHERE letter = ? AND number = ? AND envelope_id IS NULL",
    )?
    .execute(params![hex::encode(generate_bytes::<16>()), message_id, letter, number])?;
    tx.prepare_cached(
        "INSERT INTO queue (letter, number, address, domain, urgent, queued_at, next_attempt_at, delay_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        letter,
        number,
        address,
        route::domain(address),
        urgent,
        tx.now,
        tx.now,
        tx.now + delay,
        tx.now + give_up
    ])?;
    Ok(())
}

/// Whether another relay is still to get the letter.
pub(crate) fn is_waiting(tx: &Tx<'_>, letter: i64) -> sql::Result<bool> {
    let sql = "SELECT 1 FROM queue WHERE letter = ? AND next_attempt_at IS NOT NULL LIMIT 1";
    let found: Option<i64> = tx.prepare_cached(sql)?.query_row([letter], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}

/// Undoes a pending sending as a whole: nothing of it was or will be delivered.
pub(crate) fn take_back(tx: &Tx<'_>, letter: i64) -> sql::Result<()> {
    tx.execute("UPDATE letter SET undo_status = 'canceled' WHERE id = ?", [letter])?;
    tx.execute("DELETE FROM queue WHERE letter = ?", [letter])?;
    doubt::of_letter(tx, letter)?;
    tx.execute("UPDATE letter_envelope SET blob = NULL, card = NULL WHERE letter = ?", [letter])?;
    Ok(())
}

/// Lets go of the blobs of envelopes no recipient waits for any more.
pub(crate) fn free_envelopes(tx: &Tx<'_>, letter: i64) -> sql::Result<()> {
    doubt::of_letter(tx, letter)?;
    tx.prepare_cached(
        "UPDATE letter_envelope SET blob = NULL, card = NULL, size = NULL, \"outer\" = NULL, header = NULL
         WHERE letter = ? AND NOT EXISTS (SELECT 1 FROM queue WHERE queue.letter = letter_envelope.letter
             AND queue.number = letter_envelope.number AND queue.next_attempt_at IS NOT NULL)",
    )?
    .execute([letter])?;
    Ok(())
}

/// The account a sending is of, taken for the transaction.
fn lock_sender(tx: &Tx<'_>, letter: i64) -> sql::Result<()> {
    let sql = "SELECT account FROM letter WHERE id = ?";
    let account: Option<i64> = tx.prepare_cached(sql)?.query_row([letter], |row| row.get(0)).optional()?;
    tx.lock(account)
}

/// The accounts of all rows of the queue that `which` says, taken for the transaction, as [`Tx::lock`] wants it: at once,
/// before anything of theirs is read.
fn lock_senders(tx: &Tx<'_>, which: &str) -> sql::Result<()> {
    let text = format!(
        "SELECT DISTINCT letter.account FROM queue JOIN letter ON letter.id = queue.letter
         WHERE queue.next_attempt_at IS NOT NULL AND {which}"
    );
    let accounts: Vec<i64> =
        tx.prepare_cached(&text)?.query_map([tx.now], |row| row.get(0))?.collect::<Result<_, _>>()?;
    tx.lock(accounts)
}

/// The first attempt begins: from now on the sending cannot be undone.
fn begin(tx: &Tx<'_>, letter: i64) -> Result<(), Fault> {
    let begun: Option<(i64, bool)> = tx
        .prepare_cached(
            "UPDATE letter SET undo_status = 'final' WHERE id = ? AND undo_status = 'pending'
             RETURNING account, client_letter_id IS NOT NULL",
        )?
        .query_row([letter], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((account, is_letter)) = begun {
        let kind = if is_letter { ObjectType::Letter } else { ObjectType::EmailSubmission };
        change::record(tx, account, &kind, letter, What::Updated)?;
    }
    Ok(())
}
