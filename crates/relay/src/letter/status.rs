//! What became of a sending, per recipient (RFC 8621 §7).

use std::collections::BTreeMap;

use sceau_api::{
    UtcDate,
    push::ObjectType,
    submission::{Delivered, DeliveryStatus, Displayed},
};

use crate::{
    fault::Fault,
    store::{
        Tx,
        change::{self, What},
        sql::{self, params},
    },
};

/// Of a recipient for whom nothing was done yet.
pub(crate) const QUEUED: New<'_> = New { delivered: "queued", reply: "250 2.0.0 Queued", arrived: false };
pub(crate) const DELIVERED_REPLY: &str = "250 2.1.5 Delivered";
pub(crate) const GONE_REPLY: &str = "550 5.1.1 No such recipient any more";

pub(crate) const FULL_REPLY: &str = "552 5.2.2 The recipient's mailbox is full";

/// A new state of one recipient.
pub(crate) struct New<'a> {
    /// `queued`, `yes`, `no` or `unknown` (RFC 8621 §7).
    pub(crate) delivered: &'a str,
    /// The reply of the system that took or refused it.
    pub(crate) reply: &'a str,
    /// Whether it lies in the recipient's mailbox, since now.
    pub(crate) arrived: bool,
}

/// Writes the first state of one recipient.
pub(crate) fn insert(tx: &Tx<'_>, letter: i64, number: i64, address: &str, new: &New<'_>) -> sql::Result<()> {
    tx.prepare_cached(
        "INSERT INTO letter_recipient (letter, number, address, delivered, smtp_reply, delivered_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .put(params![letter, number, address, new.delivered, new.reply, new.arrived.then_some(tx.now)])?;
    Ok(())
}

/// Writes the state of one recipient.
pub(crate) fn set(tx: &Tx<'_>, letter: i64, number: i64, address: &str, new: &New<'_>) -> sql::Result<()> {
    tx.prepare_cached(
        "UPDATE letter_recipient SET delivered = ?, smtp_reply = ?, delivered_at = ?
         WHERE letter = ? AND number = ? AND address = ?",
    )?
    .put(params![new.delivered, new.reply, new.arrived.then_some(tx.now), letter, number, address])?;
    Ok(())
}

/// Counts a change of the sending, whatever kind it is.
pub(crate) fn changed(tx: &Tx<'_>, letter: i64) -> Result<(), Fault> {
    let (account, is_letter): (i64, bool) = tx
        .prepare_cached("SELECT account, client_letter_id IS NOT NULL FROM letter WHERE id = ?")?
        .query_row([letter], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let kind = if is_letter { ObjectType::Letter } else { ObjectType::EmailSubmission };
    Ok(change::record(tx, account, &kind, letter, What::Updated)?)
}

/// The status of every recipient; of one in several envelopes, the worst.
pub(crate) fn of_letter(tx: &Tx<'_>, letter: i64) -> sql::Result<BTreeMap<String, DeliveryStatus>> {
    let mut statement = tx.prepare_cached(
        "SELECT r.address, r.delivered, r.smtp_reply, r.delivered_at, r.displayed, q.delayed_at, q.last_attempt_at,
             q.next_attempt_at
         FROM letter_recipient AS r LEFT JOIN queue AS q
             ON q.letter = r.letter AND q.number = r.number AND q.address = r.address
         WHERE r.letter = ? ORDER BY r.number",
    )?;
    let rows = statement.query_map([letter], |row| {
        let date =
            |column: usize| -> sql::Result<_> { Ok(row.get::<Option<i64>>(column)?.map(UtcDate::from_unix)) };
        let displayed = row.get::<i64>(4)? != 0;
        let status = DeliveryStatus {
            smtp_reply: row.get(2)?,
            delivered: Delivered::from(row.get::<String>(1)?.as_str()),
            displayed: if displayed { Displayed::Yes } else { Displayed::Unknown },
            delivered_at: date(3)?,
            delayed_at: date(5)?,
            last_attempt_at: date(6)?,
            next_attempt_at: date(7)?,
        };
        Ok((row.get::<String>(0)?, status))
    })?;
    let mut merged: BTreeMap<String, DeliveryStatus> = BTreeMap::new();
    for row in rows {
        let (address, status) = row?;
        match merged.get(&address) {
            Some(known) if badness(&known.delivered) >= badness(&status.delivered) => {}
            _ => drop(merged.insert(address, status)),
        }
    }
    Ok(merged)
}

fn badness(delivered: &Delivered) -> u8 {
    match delivered {
        Delivered::Yes => 0,
        Delivered::Queued => 1,
        Delivered::Unknown | Delivered::Other(_) => 2,
        Delivered::No => 3,
    }
}
