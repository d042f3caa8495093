//! Delivery between accounts: an Email appears in each recipient's Inbox, once, in the transaction that says so.

use sceau_api::{BlobId, mailbox::Role, push::ObjectType};

use super::status;
use crate::{
    account,
    blob::doubt,
    email::{insert, outer::Outer},
    fault::Fault,
    mailbox, quota,
    relay::Relay,
    store::{
        Tx,
        change::{self, What},
        sql::{OptionalExtension as _, params},
    },
};

/// Delivers every letter whose time has come, each in a transaction of its own; gives the time of the next.
pub(crate) fn all_due(relay: &Relay) -> Result<Option<i64>, Fault> {
    loop {
        let next: Option<(i64, i64)> = relay.store().read::<_, Fault>(relay.now(), |tx| {
            let sql =
                "SELECT id, send_at FROM letter WHERE undo_status = 'pending' ORDER BY send_at, id LIMIT 1";
            Ok(tx.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
        })?;
        match next {
            Some((letter, at)) if at <= relay.now() => {
                relay.store().write::<_, Fault>(relay.now(), |tx| one(tx, letter))?;
            }
            other => return Ok(other.map(|(_, at)| at)),
        }
    }
}

/// Delivers one pending letter to all its recipients; one that is not pending (any more) stays as it is.
pub(crate) fn one(tx: &Tx<'_>, letter: i64) -> Result<(), Fault> {
    tx.lock(parties(tx, letter)?)?;
    let sender: Option<(i64, bool)> = tx
        .prepare_cached(
            "UPDATE letter SET undo_status = 'final' WHERE id = ? AND undo_status = 'pending'
             RETURNING account, client_letter_id IS NOT NULL",
        )?
        .query_row([letter], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((sender, is_letter)) = sender else { return Ok(()) };
    for envelope in envelopes(tx, letter)? {
        for address in &envelope.recipients {
            let delivered = envelope.deliver_to(tx, address)?;
            let (word, reply) = match delivered {
                Delivery::Done => ("yes", status::DELIVERED_REPLY),
                Delivery::Gone => ("no", status::GONE_REPLY),
                Delivery::Full => ("no", status::FULL_REPLY),
            };
            tx.prepare_cached(
                "UPDATE letter_recipient SET delivered = ?, smtp_reply = ?, delivered_at = ?
                 WHERE letter = ? AND number = ? AND address = ?",
            )?
            .execute(params![
                word,
                reply,
                (delivered == Delivery::Done).then_some(tx.now),
                letter,
                envelope.number,
                address
            ])?;
        }
    }
    // From now on the recipients' Emails keep the blobs alive, where they got any.
    doubt::of_letter(tx, letter)?;
    tx.execute(
        "UPDATE letter_envelope SET blob = NULL, card = NULL, size = NULL, \"outer\" = NULL, header = NULL WHERE letter = ?",
        [letter],
    )?;
    let kind = if is_letter { ObjectType::Letter } else { ObjectType::EmailSubmission };
    change::record(tx, sender, &kind, letter, What::Updated)?;
    Ok(())
}

/// The accounts that a delivery changes: the sender's and those of the recipients.
fn parties(tx: &Tx<'_>, letter: i64) -> Result<Vec<i64>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT account FROM letter WHERE id = ?1
         UNION SELECT account.id FROM letter_recipient JOIN account ON account.address = letter_recipient.address
             WHERE letter = ?1",
    )?;
    Ok(statement.query_map([letter], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// What became of a letter at one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Done,
    /// Nobody answers to it any more.
    Gone,
    /// Its account is beyond its quota and the reserve above it.
    Full,
}

struct Envelope {
    number: i64,
    blob: BlobId,
    card: Option<BlobId>,
    size: i64,
    outer: Outer,
    header: Vec<u8>,
    recipients: Vec<String>,
}

fn envelopes(tx: &Tx<'_>, letter: i64) -> Result<Vec<Envelope>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT number, blob, card, size, \"outer\", header FROM letter_envelope WHERE letter = ? ORDER BY number",
    )?;
    let mut rows = statement.query([letter])?;
    let mut envelopes = Vec::new();
    while let Some(row) = rows.next()? {
        let number = row.get(0)?;
        let outer: String = row.get(4)?;
        let recipients = tx
            .prepare_cached(
                "SELECT address FROM letter_recipient WHERE letter = ? AND number = ? ORDER BY address",
            )?
            .query_map([letter, number], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        envelopes.push(Envelope {
            number,
            blob: BlobId(row.get(1)?),
            card: row.get::<Option<String>>(2)?.map(BlobId),
            size: row.get(3)?,
            outer: serde_json::from_str(&outer).map_err(|_| Fault::Damaged("outer headers"))?,
            header: row.get(5)?,
            recipients,
        });
    }
    Ok(envelopes)
}

impl Envelope {
    /// Into the Inbox of an address.
    fn deliver_to(&self, tx: &Tx<'_>, address: &str) -> Result<Delivery, Fault> {
        let Some(account) = account::find(tx, address)? else { return Ok(Delivery::Gone) };
        let inbox = mailbox::with_role(tx, account, &Role::Inbox)?;
        let new = insert::NewEmail {
            account,
            blob: &self.blob,
            card: self.card.as_ref(),
            held: &[],
            size: self.size,
            received_at: tx.now,
            outer: &self.outer,
            header: &self.header,
            mailboxes: &[inbox],
            keywords: &[],
        };
        if !quota::has_room(tx, account, new.load(tx)?, quota::By::Others)? {
            return Ok(Delivery::Full);
        }
        let inserted = insert::insert(tx, &new)?;
        change::record(tx, account, &ObjectType::EmailDelivery, inserted.email, What::Created)?;
        Ok(Delivery::Done)
    }
}
