//! A letter from another relay: its bytes made durable, the door asked, an Email in each Inbox; or a report, which becomes
//! the state of a sending. The reply follows all of it.

use std::{borrow::Cow, collections::BTreeSet};

use sceau_api::BlobId;
use sha2::{Digest as _, Sha256};

use super::{
    command::Sender,
    reply::{self, Reply},
    report,
};
use crate::{
    account,
    blob::doubt,
    email::outer::Outer,
    fault::Fault,
    letter::{
        deliver::{Delivery, Sealed},
        door::{self, Admitted},
    },
    limits,
    relay::Relay,
    store::{
        Tx,
        octets::NewBlob,
        sql::{self, params},
    },
};

/// A transaction whose letter is coming.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) sender: Sender,
    /// Addresses of accounts, each once.
    pub(super) recipients: Vec<String>,
    /// What is written above the letter (RFC 5321 §4.4).
    pub(super) trace: String,
    /// The number the log and the reply carry.
    pub(super) operation: String,
}

/// A piece of a letter, without its doubled dots.
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// All of it has come. Without this, nothing is kept.
    End,
}

/// What stops a delivery: nothing of it is kept.
enum Stop {
    Reply(Reply),
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<sql::Error> for Stop {
    fn from(error: sql::Error) -> Self {
        Self::Fault(error.into())
    }
}

/// Takes a letter and says what became of it.
pub(super) fn take(
    relay: &Relay,
    transaction: &Transaction,
    pieces: &mut dyn Iterator<Item = Piece>,
) -> Result<Reply, Fault> {
    let mut new = relay.store().begin_blob();
    new.write(transaction.trace.as_bytes())?;
    let mut hash = Sha256::new();
    loop {
        match pieces.next() {
            Some(Piece::Bytes(bytes)) => {
                hash.update(&bytes);
                new.write(&bytes)?;
            }
            Some(Piece::End) => break,
            // Broken off; nobody is there for the reply.
            None => return Ok(reply::FAILED),
        }
    }
    let coming = Coming { relay, transaction, content: hash.finalize().to_vec() };
    let taken = if new.in_memory().is_some() { coming.small(new) } else { coming.large(new) };
    match taken {
        Ok(reply) | Err(Stop::Reply(reply)) => Ok(reply),
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

/// A letter all of which has come.
struct Coming<'a> {
    relay: &'a Relay,
    transaction: &'a Transaction,
    /// SHA-256 of what was sent.
    content: Vec<u8>,
}

impl Coming<'_> {
    /// One in memory: the door is asked first, then one commit makes letter and Emails durable.
    fn small(&self, new: NewBlob<'_>) -> Result<Reply, Stop> {
        let bytes = new.in_memory().unwrap_or_default();
        let letter = match door::admit(bytes) {
            Ok(letter) => letter,
            Err(reason) => return Ok(self.not_a_letter(bytes, &reason)?),
        };
        let fingerprint = self.fingerprint(&letter.outer);
        self.relay.store().keep_blob(self.relay.now(), new, |tx, blob| {
            deliver(tx, self.transaction, &sealed(blob, &letter), &fingerprint)
        })?;
        Ok(self.delivered())
    }

    /// One that is in a file: durable first, and in doubt, so that the sweep ends what the door refuses. Is the sweep
    /// faster than the Emails, they find no blob, and the letter's sender is told to come again.
    fn large(&self, new: NewBlob<'_>) -> Result<Reply, Stop> {
        let store = self.relay.store();
        let (blob, size) =
            store.keep_blob::<Fault>(self.relay.now(), new, |tx, blob| Ok(doubt::of_blob(tx, blob)?))?;
        let letter = match door::admit_any(store, &blob)? {
            Ok(letter) => letter,
            Err(reason) if size > limits::REPORT_BYTES => return Ok(refused(&reason)),
            Err(reason) => {
                let bytes = store.read_blob(&blob)?.ok_or(Fault::Damaged("a blob is missing"))?;
                return Ok(self.not_a_letter(&bytes, &reason)?);
            }
        };
        let fingerprint = self.fingerprint(&letter.outer);
        let sealed = sealed(&blob, &letter);
        store.write(self.relay.now(), |tx| deliver(tx, self.transaction, &sealed, &fingerprint))?;
        Ok(self.delivered())
    }

    fn delivered(&self) -> Reply {
        Reply::made(format!("{}{}", reply::DELIVERED, self.transaction.operation))
    }

    /// What the door refused may be a report, when it has no return path (RFC 3464 §2, RFC 8098 §3).
    fn not_a_letter(&self, bytes: &[u8], reason: &door::Reason) -> Result<Reply, Fault> {
        let report = if self.transaction.sender.address.is_empty() { report::read(bytes) } else { None };
        let Some(report) = report else { return Ok(refused(reason)) };
        let relay = self.relay;
        let applied = relay
            .store()
            .write::<_, Fault>(relay.now(), |tx| report::apply(tx, &report, &self.transaction.recipients))?;
        let Some(tally) = applied else { return Ok(reply::NO_REPORT_OF_OURS) };
        relay.watch().metrics.delivered(tally);
        Ok(reply::OK)
    }

    /// What this transmission is known by if it comes again: by its return path, its id and every octet. The content is
    /// part of it, so that nobody who knows an id can have something else take the letter's place.
    fn fingerprint(&self, outer: &Outer) -> Vec<u8> {
        let Sender { address, envelope_id } = &self.transaction.sender;
        let message_id = outer.message_id.as_ref().and_then(|ids| ids.first());
        let id = envelope_id.as_ref().or(message_id).map_or("", String::as_str);
        let mut hash = Sha256::new();
        for part in [address.as_bytes(), id.as_bytes()] {
            hash.update(part);
            hash.update([0]);
        }
        hash.update(&self.content);
        hash.finalize().to_vec()
    }
}

fn sealed<'a>(blob: &'a BlobId, letter: &'a Admitted) -> Sealed<'a> {
    let (outer, header) = (Cow::Borrowed(&letter.outer), Cow::Borrowed(letter.header.as_slice()));
    Sealed { blob: Cow::Borrowed(blob), card: None, size: letter.size, outer, header }
}

fn refused(reason: &door::Reason) -> Reply {
    Reply::made(format!("554 5.6.0 {} ({})", reason.text(), reason.code()))
}

/// To every recipient, or to none: there is one reply for all of them.
fn deliver(tx: &Tx<'_>, transaction: &Transaction, sealed: &Sealed, fingerprint: &[u8]) -> Result<(), Stop> {
    let mut accounts = BTreeSet::new();
    for address in &transaction.recipients {
        accounts.extend(account::find(tx, address)?);
    }
    tx.lock(accounts)?;
    for address in &transaction.recipients {
        let is_new = match account::find(tx, address)? {
            Some(account) => remember(tx, account, fingerprint)?,
            None => true,
        };
        let refused = match is_new {
            // It came before, and its reply was lost.
            false => None,
            true => match sealed.deliver_to(tx, address)? {
                Delivery::Done => None,
                Delivery::Gone => Some(reply::NO_RECIPIENT),
                Delivery::Full => Some(reply::MAILBOX_FULL),
            },
        };
        if let Some(reply) = refused {
            let is_alone = transaction.recipients.len() == 1;
            return Err(Stop::Reply(if is_alone { reply } else { reply::CHANGED }));
        }
    }
    Ok(())
}

/// False when the account has that letter already.
fn remember(tx: &Tx<'_>, account: i64, fingerprint: &[u8]) -> sql::Result<bool> {
    let inserted = tx
        .prepare_cached(
            "INSERT INTO inbound (account, fingerprint, received_at) VALUES (?, ?, ?)
             ON CONFLICT (account, fingerprint) DO NOTHING",
        )?
        .execute(params![account, fingerprint, tx.now])?;
    Ok(inserted == 1)
}
