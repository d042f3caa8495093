//! What follows from an attempt, or from time: a final state, a wait, a word to the sender.

use std::collections::BTreeSet;

use super::{Fate, Verdict, free_envelopes, ladder, lock_sender, lock_senders};
use crate::{
    fault::Fault,
    letter::{deliver::Tally, status},
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// There was a route when the letter was taken; its keeper removed it.
const NO_ROUTE: &str = "451 4.4.4 No route leads to this domain at the moment";
/// The queue's own last word (RFC 3463 §3.5: delivery time expired).
const EXPIRED: &str = "550 5.4.7 Given up; no attempt succeeded in the time a letter has. Last: ";

/// One row of the queue.
#[derive(Debug)]
struct Row {
    id: i64,
    letter: i64,
    number: i64,
    address: String,
    attempts: i64,
}

const ROW: &str = "SELECT id, letter, number, address, attempts FROM queue";

fn read(row: &sql::Row<'_>) -> sql::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        letter: row.get(1)?,
        number: row.get(2)?,
        address: row.get(3)?,
        attempts: row.get(4)?,
    })
}

impl Row {
    /// A state nothing follows upon.
    fn finish(&self, tx: &Tx<'_>, new: &status::New<'_>) -> sql::Result<()> {
        status::set(tx, self.letter, self.number, &self.address, new)?;
        tx.prepare_cached(
            "UPDATE queue SET next_attempt_at = NULL, delay_at = NULL, lease_owner = NULL, lease_until = 0 WHERE id = ?",
        )?
        .execute([self.id])?;
        Ok(())
    }

    /// Waits for the next attempt; one that would come after the letter's time never does.
    fn wait(&self, tx: &Tx<'_>, reply: &str, jitter: u8) -> sql::Result<()> {
        let attempts = self.attempts.saturating_add(1);
        let next = tx.now + ladder::wait(attempts, jitter);
        let state = status::New { delivered: "queued", reply, arrived: false };
        status::set(tx, self.letter, self.number, &self.address, &state)?;
        tx.prepare_cached(
            "UPDATE queue SET attempts = ?, next_attempt_at = ?, lease_owner = NULL, lease_until = 0 WHERE id = ?",
        )?
        .execute(params![attempts, next, self.id])?;
        Ok(())
    }
}

/// Writes what an attempt came to for one row, and counts it. Of a row another node holds by now only a success counts: the letter is
/// there, whoever sent it.
pub(crate) fn settle(
    tx: &Tx<'_>,
    owner: &str,
    id: i64,
    verdict: &Verdict,
    jitter: u8,
    tally: &mut Tally,
) -> Result<(), Fault> {
    let succeeded = matches!(verdict.fate, Fate::Delivered | Fate::Taken);
    let sql = format!("{ROW} WHERE id = ? AND next_attempt_at IS NOT NULL AND (lease_owner = ? OR ? = 1)");
    let found =
        tx.prepare_cached(&sql)?.query_row(params![id, owner, i64::from(succeeded)], read).optional()?;
    let Some(row) = found else { return Ok(()) };
    tx.prepare_cached("UPDATE queue SET last_attempt_at = ? WHERE id = ?")?.execute([tx.now, id])?;
    let reply = verdict.reply.as_str();
    let state = match verdict.fate {
        Fate::Delivered => status::New { delivered: "yes", reply, arrived: true },
        Fate::Taken => status::New { delivered: "unknown", reply, arrived: false },
        Fate::Never => status::New { delivered: "no", reply, arrived: false },
        Fate::Later => return Ok(row.wait(tx, reply, jitter)?),
    };
    tally.count(state.delivered);
    Ok(row.finish(tx, &state)?)
}

/// Rows whose domain has no route any more wait like after an attempt.
pub(crate) fn no_route(tx: &Tx<'_>, domain: &str) -> Result<(), Fault> {
    let sql = format!("{ROW} WHERE domain = ?1 AND next_attempt_at <= ?2 AND lease_until <= ?2");
    let rows: Vec<Row> =
        tx.prepare_cached(&sql)?.query_map(params![domain, tx.now], read)?.collect::<Result<_, _>>()?;
    let letters: BTreeSet<i64> = rows.iter().map(|row| row.letter).collect();
    for row in rows {
        row.wait(tx, NO_ROUTE, 0)?;
    }
    letters.into_iter().try_for_each(|letter| status::changed(tx, letter))
}

/// Tells the senders of late letters, and gives up those whose time has ended, which it counts.
pub(crate) fn pass_time(tx: &Tx<'_>) -> Result<Tally, Fault> {
    let mut tally = Tally::default();
    lock_senders(tx, "(queue.delay_at <= ?1 OR queue.expires_at <= ?1)")?;
    let mut letters = BTreeSet::new();
    let sql = "UPDATE queue SET delay_at = NULL, delayed_at = ?1 WHERE delay_at <= ?1 AND next_attempt_at IS NOT NULL
         RETURNING letter";
    let late: Vec<i64> =
        tx.prepare_cached(sql)?.query_map([tx.now], |row| row.get(0))?.collect::<Result<_, _>>()?;
    letters.extend(late);
    let sql = format!("{ROW} WHERE next_attempt_at IS NOT NULL AND expires_at <= ?1 AND lease_until <= ?1");
    let over: Vec<Row> = tx.prepare_cached(&sql)?.query_map([tx.now], read)?.collect::<Result<_, _>>()?;
    for row in over {
        let reply = format!("{EXPIRED}{}", last_reply(tx, &row)?);
        let state = status::New { delivered: "no", reply: &reply, arrived: false };
        tally.count(state.delivered);
        row.finish(tx, &state)?;
        free_envelopes(tx, row.letter)?;
        letters.insert(row.letter);
    }
    letters.into_iter().try_for_each(|letter| status::changed(tx, letter))?;
    Ok(tally)
}

/// Whether [`pass_time`] has something to do; asked before a lock for writing is taken.
pub(crate) fn is_time_over(tx: &Tx<'_>) -> sql::Result<bool> {
    let sql = "SELECT 1 FROM queue WHERE next_attempt_at IS NOT NULL
         AND (delay_at <= ?1 OR (expires_at <= ?1 AND lease_until <= ?1)) LIMIT 1";
    let found: Option<i64> = tx.prepare_cached(sql)?.query_row([tx.now], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}

/// Ends a row by its keeper's word. False when it is not waiting.
pub(crate) fn give_up(tx: &Tx<'_>, id: i64, reply: &str) -> Result<bool, Fault> {
    let sql = format!("{ROW} WHERE id = ? AND next_attempt_at IS NOT NULL");
    let Some(row) = tx.prepare_cached(&sql)?.query_row([id], read).optional()? else { return Ok(false) };
    lock_sender(tx, row.letter)?;
    row.finish(tx, &status::New { delivered: "no", reply, arrived: false })?;
    tx.execute("UPDATE letter SET undo_status = 'final' WHERE id = ?", [row.letter])?;
    free_envelopes(tx, row.letter)?;
    status::changed(tx, row.letter)?;
    Ok(true)
}

/// The next moment something is to be done, after now.
pub(crate) fn next_moment(tx: &Tx<'_>) -> sql::Result<Option<i64>> {
    let mut next: Option<i64> = None;
    for sql in [
        "SELECT min(next_attempt_at) FROM queue WHERE next_attempt_at > ?",
        "SELECT min(lease_until) FROM queue WHERE next_attempt_at IS NOT NULL AND lease_until > ?",
        "SELECT min(delay_at) FROM queue WHERE next_attempt_at IS NOT NULL AND delay_at > ?",
        "SELECT min(expires_at) FROM queue WHERE next_attempt_at IS NOT NULL AND expires_at > ?",
        "SELECT min(open_until) FROM queue_host WHERE open_until > ?",
    ] {
        let found: Option<i64> = tx.prepare_cached(sql)?.query_row([tx.now], |row| row.get(0))?;
        next = [next, found].into_iter().flatten().min();
    }
    Ok(next)
}

fn last_reply(tx: &Tx<'_>, row: &Row) -> sql::Result<String> {
    tx.prepare_cached(
        "SELECT smtp_reply FROM letter_recipient WHERE letter = ? AND number = ? AND address = ?",
    )?
    .query_row(params![row.letter, row.number, row.address], |row| row.get(0))
}
