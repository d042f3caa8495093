//! Delivery between accounts: an Email appears in each recipient's Inbox, once, in the transaction that says so.

use std::borrow::Cow;

use sceau_api::{BlobId, mailbox::Role, push::ObjectType};

use super::status;
use crate::{
    account,
    email::{insert, outer::Outer},
    fail_point::fail_point,
    fault::Fault,
    mailbox,
    queue::{self, route},
    quota,
    relay::Relay,
    store::{
        Tx,
        change::{self, What},
        sql::OptionalExtension as _,
    },
    watch::spans::Span,
};

/// Delivers every letter whose time has come, each in a transaction of its own; gives the time of the next.
pub(crate) fn all_due(relay: &Relay) -> Result<Option<i64>, Fault> {
    loop {
        let next: Option<(i64, i64)> = relay.store().read::<_, Fault>(relay.now(), |tx| {
            let sql = "SELECT id, send_at FROM letter WHERE undo_status = 'pending' AND released_at IS NULL
                 ORDER BY send_at, id LIMIT 1";
            Ok(tx.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
        })?;
        match next {
            Some((letter, at)) if at <= relay.now() => {
                fail_point!("deliver.due");
                let _span = Span::root(relay.watch().recorder(), "delivery");
                let tally = relay.store().write::<_, Fault>(relay.now(), |tx| one(tx, letter))?;
                fail_point!("deliver.committed");
                relay.watch().metrics.delivered(tally);
            }
            other => return Ok(other.map(|(_, at)| at)),
        }
    }
}

/// Delivers one pending letter to all its recipients here, and puts it into the queue for those elsewhere; one that is
/// not pending (any more) stays as it is.
pub(crate) fn one(tx: &Tx<'_>, letter: i64) -> Result<Tally, Fault> {
    let _span = Span::begin("delivery");
    let mut tally = Tally::default();
    tx.lock(parties(tx, letter)?)?;
    let sql =
        "UPDATE letter SET released_at = ? WHERE id = ? AND undo_status = 'pending' AND released_at IS NULL";
    if tx.prepare_cached(sql)?.execute([tx.now, letter])? == 0 {
        return Ok(tally);
    }
    fail_point!("deliver.marked");
    for envelope in envelopes(tx, letter)? {
        for address in &envelope.recipients {
            if route::is_elsewhere(tx, address)? {
                queue::enqueue(tx, letter, envelope.number, address, envelope.sealed.message_id())?;
                continue;
            }
            let state = envelope.sealed.deliver_to(tx, address)?.state();
            tally.count(state.delivered);
            status::set(tx, letter, envelope.number, address, &state)?;
            // What somebody has cannot be taken back.
            tx.prepare_cached("UPDATE letter SET undo_status = 'final' WHERE id = ?")?.put([letter])?;
            fail_point!("deliver.recipient_done");
        }
    }
    // From now on the recipients' Emails keep the blobs alive, and the queue what it still needs.
    queue::free_envelopes(tx, letter)?;
    status::changed(tx, letter)?;
    fail_point!("deliver.done");
    Ok(tally)
}

/// Recipients by what became of a letter there: counted after the commit, since a transaction may run again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) delivered: u64,
    pub(crate) undelivered: u64,
}

impl Tally {
    /// Counts a state; only what nothing follows upon.
    pub(crate) fn count(&mut self, delivered: &str) {
        match delivered {
            "yes" => self.delivered += 1,
            "no" => self.undelivered += 1,
            _ => {}
        }
    }
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
pub(crate) enum Delivery {
    Done,
    /// Nobody answers to it any more.
    Gone,
    /// Its account is beyond its quota and the reserve above it.
    Full,
}

impl Delivery {
    pub(crate) fn state(self) -> status::New<'static> {
        match self {
            Self::Done => status::New { delivered: "yes", reply: status::DELIVERED_REPLY, arrived: true },
            Self::Gone => status::New { delivered: "no", reply: status::GONE_REPLY, arrived: false },
            Self::Full => status::New { delivered: "no", reply: status::FULL_REPLY, arrived: false },
        }
    }
}

/// A letter that passed the door, as it is put into a mailbox.
pub(crate) struct Sealed<'a> {
    pub(crate) blob: Cow<'a, BlobId>,
    pub(crate) card: Option<Cow<'a, BlobId>>,
    pub(crate) size: i64,
    pub(crate) outer: Cow<'a, Outer>,
    pub(crate) header: Cow<'a, [u8]>,
}

struct Envelope {
    number: i64,
    sealed: Sealed<'static>,
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
            sealed: Sealed {
                blob: Cow::Owned(BlobId(row.get(1)?)),
                card: row.get::<Option<String>>(2)?.map(|card| Cow::Owned(BlobId(card))),
                size: row.get(3)?,
                outer: Cow::Owned(serde_json::from_str(&outer).map_err(|_| Fault::Damaged("outer headers"))?),
                header: Cow::Owned(row.get(5)?),
            },
            recipients,
        });
    }
    Ok(envelopes)
}

impl Sealed<'_> {
    /// Its Message-ID (RFC 5322 §3.6.4).
    pub(crate) fn message_id(&self) -> Option<&str> {
        self.outer.message_id.as_ref()?.first().map(String::as_str)
    }

    /// Into the Inbox of an address.
    pub(crate) fn deliver_to(&self, tx: &Tx<'_>, address: &str) -> Result<Delivery, Fault> {
        let Some(account) = account::find(tx, address)? else { return Ok(Delivery::Gone) };
        let inbox = mailbox::with_role(tx, account, &Role::Inbox)?;
        let new = insert::NewEmail {
            account,
            blob: &self.blob,
            card: self.card.as_deref(),
            held: &[],
            size: self.size,
            received_at: tx.now,
            outer: &self.outer,
            header: &self.header,
            mailboxes: &[inbox],
            keywords: &[],
        };
        let load = new.load(tx)?;
        if !quota::has_room(tx, account, load, quota::By::Others)? {
            return Ok(Delivery::Full);
        }
        let inserted = insert::insert_load(tx, &new, load)?;
        change::record(tx, account, &ObjectType::EmailDelivery, inserted.email, What::Created)?;
        Ok(Delivery::Done)
    }
}
