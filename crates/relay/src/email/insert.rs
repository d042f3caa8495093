//! An Email appears in an account: by delivery, by import, as the sender's copy.

use sceau_api::{BlobId, push::ObjectType};

use super::outer::{Outer, text_of};
use crate::{
    blob::doubt,
    fault::Fault,
    limits,
    mailbox::tally::Tally,
    quota,
    store::{
        Tx,
        change::{self, What},
        sql::{self, OptionalExtension as _, params},
    },
};

/// An Email to insert; blobs, Mailboxes and keywords are checked by the caller.
pub(crate) struct NewEmail<'a> {
    pub(crate) account: i64,
    pub(crate) blob: &'a BlobId,
    pub(crate) card: Option<&'a BlobId>,
    pub(crate) held: &'a [BlobId],
    pub(crate) size: i64,
    pub(crate) received_at: i64,
    pub(crate) outer: &'a Outer,
    pub(crate) header: &'a [u8],
    pub(crate) mailboxes: &'a [i64],
    pub(crate) keywords: &'a [String],
}

impl NewEmail<'_> {
    /// What it takes of the account's quota.
    pub(crate) fn load(&self, tx: &Tx<'_>) -> Result<quota::Load, Fault> {
        quota::load_of(tx, self.blob, self.card, self.held)
    }
}

/// The rows of an Email and its Thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inserted {
    pub(crate) email: i64,
    pub(crate) thread: i64,
}

/// Inserts it, finds its Thread, and counts every change this makes.
pub(crate) fn insert(tx: &Tx<'_>, new: &NewEmail<'_>) -> Result<Inserted, Fault> {
    insert_load(tx, new, new.load(tx)?)
}

/// The same for one whose load ([`NewEmail::load`]) is known.
pub(crate) fn insert_load(tx: &Tx<'_>, new: &NewEmail<'_>, load: quota::Load) -> Result<Inserted, Fault> {
    let thread = find_thread(tx, new.account, new.outer)?;
    let (tally, what) = match thread {
        Some(thread) => (Tally::before(tx, thread)?, What::Updated),
        None => (Tally::of_new(create_thread(tx, new.account)?), What::Created),
    };
    let thread = tally.thread();
    for id in new.outer.thread_ids() {
        tx.prepare_cached(
            "INSERT INTO thread_message_id (account, message_id, thread) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )?
        .put(params![new.account, id, thread])?;
    }
    let email = insert_row(tx, new, thread)?;
    for mailbox in new.mailboxes {
        tx.prepare_cached("INSERT INTO email_mailbox (email, mailbox, received_at) VALUES (?, ?, ?)")?
            .put([email, *mailbox, new.received_at])?;
    }
    for keyword in new.keywords {
        tx.prepare_cached("INSERT INTO email_keyword (email, keyword) VALUES (?, ?) ON CONFLICT DO NOTHING")?
            .put(params![email, keyword])?;
    }
    for blob in new.held {
        tx.prepare_cached("INSERT INTO email_held (email, blob) VALUES (?, ?) ON CONFLICT DO NOTHING")?
            .put(params![email, blob.as_str()])?;
    }
    quota::add(tx, new.account, load)?;
    change::record(tx, new.account, &ObjectType::Email, email, What::Created)?;
    change::record(tx, new.account, &ObjectType::Thread, thread, what)?;
    match what {
        What::Created => tally.settle_first(tx, new.account, new.mailboxes, new.keywords)?,
        _ => tally.settle(tx, new.account)?,
    }
    Ok(Inserted { email, thread })
}

/// Removes an Email, and its Thread when that is empty.
pub(crate) fn remove(tx: &Tx<'_>, account: i64, email: i64) -> Result<(), Fault> {
    let thread: i64 = tx.query_row("SELECT thread FROM email WHERE id = ?", [email], |row| row.get(0))?;
    let tally = Tally::before(tx, thread)?;
    doubt::of_email(tx, email)?;
    quota::subtract(tx, account, quota::load_of_email(tx, email)?)?;
    tx.execute("DELETE FROM email WHERE id = ?", [email])?;
    change::record(tx, account, &ObjectType::Email, email, What::Destroyed)?;
    tally.settle(tx, account)?;
    let rest: bool =
        tx.query_row("SELECT EXISTS (SELECT 1 FROM email WHERE thread = ?)", [thread], |row| row.get(0))?;
    if rest {
        change::record(tx, account, &ObjectType::Thread, thread, What::Updated)?;
        return Ok(());
    }
    tx.execute("DELETE FROM thread WHERE id = ?", [thread])?;
    change::record(tx, account, &ObjectType::Thread, thread, What::Destroyed)?;
    Ok(())
}

fn find_thread(tx: &Tx<'_>, account: i64, outer: &Outer) -> Result<Option<i64>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT thread FROM thread_message_id WHERE account = ? AND message_id = ? ORDER BY thread DESC LIMIT 1",
    )?;
    for id in outer.thread_ids() {
        let found = statement.query_row(params![account, id], |row| row.get(0)).optional()?;
        if let Some(thread) = found {
            // What answers a Thread that is full begins the next one.
            return Ok(has_room(tx, thread)?.then_some(thread));
        }
    }
    Ok(None)
}

/// Whether a Thread takes one more Email: its work is done again with each of them.
fn has_room(tx: &Tx<'_>, thread: i64) -> sql::Result<bool> {
    let mut statement =
        tx.prepare_cached("SELECT count(*) FROM (SELECT 1 FROM email WHERE thread = ? LIMIT ?) AS few")?;
    let emails: i64 = statement.query_row([thread, limits::THREAD_EMAILS], |row| row.get(0))?;
    Ok(emails < limits::THREAD_EMAILS)
}

fn create_thread(tx: &Tx<'_>, account: i64) -> Result<i64, Fault> {
    let mut statement = tx.prepare_cached("INSERT INTO thread (account) VALUES (?) RETURNING id")?;
    Ok(statement.query_row([account], |row| row.get(0))?)
}

fn insert_row(tx: &Tx<'_>, new: &NewEmail<'_>, thread: i64) -> Result<i64, Fault> {
    let outer = serde_json::to_string(new.outer).map_err(|_| Fault::Damaged("outer headers"))?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO email (account, thread, blob, card, size, received_at, sent_at, from_text, to_text, cc_text,
             bcc_text, subject_text, \"outer\", header)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )?;
    let values = params![
        new.account,
        thread,
        new.blob.as_str(),
        new.card.map(BlobId::as_str),
        new.size,
        new.received_at,
        new.outer.sent_at_unix,
        text_of(new.outer.from.as_ref()),
        text_of(new.outer.to.as_ref()),
        text_of(new.outer.cc.as_ref()),
        text_of(new.outer.bcc.as_ref()),
        new.outer.subject.as_deref().unwrap_or_default().to_lowercase(),
        outer,
        new.header,
    ];
    Ok(statement.query_row(values, |row| row.get(0))?)
}
