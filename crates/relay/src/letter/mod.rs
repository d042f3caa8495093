//! Letters: several envelopes, one Sent Email, one status, one undo.

pub(crate) mod cancel;
pub(crate) mod deliver;
pub(crate) mod door;
pub(crate) mod get;
pub(crate) mod send;
pub(crate) mod shell;
pub(crate) mod status;

use std::borrow::Cow;

use sceau_api::BlobId;

use crate::{
    account,
    fail_point::fail_point,
    fault::Fault,
    letter::door::Admitted,
    store::{Tx, sql::params},
    watch::spans::Span,
};
use deliver::{Sealed, Tally};

/// A sending to record: by `Letter/send` or by `EmailSubmission/set`.
pub(crate) struct NewLetter<'a> {
    pub(crate) account: i64,
    pub(crate) client_letter_id: Option<&'a str>,
    pub(crate) arguments_hash: Option<&'a [u8]>,
    pub(crate) email: i64,
    pub(crate) thread: i64,
    pub(crate) mail_from: &'a str,
    pub(crate) send_at: i64,
    pub(crate) urgent: bool,
    pub(crate) envelopes: Vec<NewEnvelope<'a>>,
}

/// One envelope of it.
pub(crate) struct NewEnvelope<'a> {
    pub(crate) blob: &'a BlobId,
    pub(crate) card: Option<&'a BlobId>,
    pub(crate) letter: &'a Admitted,
    pub(crate) recipients: Vec<String>,
}

/// What is written of a sending at first.
struct First {
    undo_status: &'static str,
    /// When local recipients had it.
    released_at: Option<i64>,
}

/// Records a sending, queued for every recipient; gives its row.
fn record(tx: &Tx<'_>, new: &NewLetter<'_>) -> Result<i64, Fault> {
    let letter = insert_letter(tx, new, &First { undo_status: "pending", released_at: None })?;
    for (number, envelope) in (0_i64..).zip(&new.envelopes) {
        insert_envelope(tx, letter, number, Some(envelope))?;
        for address in &envelope.recipients {
            status::insert(tx, letter, number, address, &status::QUEUED)?;
        }
    }
    Ok(letter)
}

/// Records a sending, and delivers it when its time has come; gives its row. Where nobody is another relay's, nothing is written that the
/// delivery would change again.
pub(crate) fn accept(tx: &Tx<'_>, new: &NewLetter<'_>) -> Result<(i64, Tally), Fault> {
    if new.send_at > tx.now {
        return Ok((record(tx, new)?, Tally::default()));
    }
    let mut parties = vec![new.account];
    for address in new.envelopes.iter().flat_map(|envelope| &envelope.recipients) {
        let Some(account) = account::find(tx, address)? else {
            let letter = record(tx, new)?;
            return Ok((letter, deliver::one(tx, letter)?));
        };
        parties.push(account);
    }
    tx.lock(parties)?;
    let _span = Span::begin("delivery");
    let letter = insert_letter(tx, new, &First { undo_status: "final", released_at: Some(tx.now) })?;
    fail_point!("record.letter_written");
    let mut tally = Tally::default();
    for (number, envelope) in (0_i64..).zip(&new.envelopes) {
        insert_envelope(tx, letter, number, None)?;
        let sealed = envelope.sealed();
        for address in &envelope.recipients {
            let state = sealed.deliver_to(tx, address)?.state();
            tally.count(state.delivered);
            status::insert(tx, letter, number, address, &state)?;
            fail_point!("record.recipient_done");
        }
    }
    Ok((letter, tally))
}

fn insert_letter(tx: &Tx<'_>, new: &NewLetter<'_>, first: &First) -> Result<i64, Fault> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO letter (account, client_letter_id, arguments_hash, email, thread, mail_from, send_at, urgent,
             undo_status, released_at, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )?;
    let values = params![
        new.account,
        new.client_letter_id,
        new.arguments_hash,
        new.email,
        new.thread,
        new.mail_from,
        new.send_at,
        i64::from(new.urgent),
        first.undo_status,
        first.released_at,
        tx.now
    ];
    Ok(statement.query_row(values, |row| row.get(0))?)
}

/// An envelope, with what there is to deliver as long as somebody waits for it.
fn insert_envelope(
    tx: &Tx<'_>,
    letter: i64,
    number: i64,
    contents: Option<&NewEnvelope<'_>>,
) -> Result<(), Fault> {
    let outer = contents.map(|envelope| serde_json::to_string(&envelope.letter.outer)).transpose();
    let outer = outer.map_err(|_| Fault::Damaged("outer headers"))?;
    tx.prepare_cached(
        "INSERT INTO letter_envelope (letter, number, blob, card, size, \"outer\", header) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?
    .put(params![
        letter,
        number,
        contents.map(|envelope| envelope.blob.as_str()),
        contents.and_then(|envelope| envelope.card).map(BlobId::as_str),
        contents.map(|envelope| envelope.letter.size),
        outer,
        contents.map(|envelope| &envelope.letter.header)
    ])?;
    Ok(())
}

impl NewEnvelope<'_> {
    fn sealed(&self) -> Sealed<'_> {
        Sealed {
            blob: Cow::Borrowed(self.blob),
            card: self.card.map(Cow::Borrowed),
            size: self.letter.size,
            outer: Cow::Borrowed(&self.letter.outer),
            header: Cow::Borrowed(&self.letter.header),
        }
    }
}
