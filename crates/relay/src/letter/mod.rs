//! Letters: several envelopes, one Sent Email, one status, one undo.

pub(crate) mod cancel;
pub(crate) mod deliver;
pub(crate) mod door;
pub(crate) mod get;
pub(crate) mod send;
pub(crate) mod shell;
pub(crate) mod status;

use sceau_api::BlobId;

use crate::{
    fault::Fault,
    letter::door::Admitted,
    store::{Tx, sql::params},
};

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

/// Records a sending, queued for every recipient; gives its row.
pub(crate) fn record(tx: &Tx<'_>, new: &NewLetter<'_>) -> Result<i64, Fault> {
    let letter: i64 = tx
        .prepare_cached(
            "INSERT INTO letter (account, client_letter_id, arguments_hash, email, thread, mail_from, send_at, urgent,
                 undo_status, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) RETURNING id",
        )?
        .query_row(
            params![
                new.account,
                new.client_letter_id,
                new.arguments_hash,
                new.email,
                new.thread,
                new.mail_from,
                new.send_at,
                i64::from(new.urgent),
                tx.now
            ],
            |row| row.get(0),
        )?;
    for (number, envelope) in (0_i64..).zip(&new.envelopes) {
        let outer =
            serde_json::to_string(&envelope.letter.outer).map_err(|_| Fault::Damaged("outer headers"))?;
        tx.prepare_cached(
            "INSERT INTO letter_envelope (letter, number, blob, card, size, \"outer\", header) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            letter,
            number,
            envelope.blob.as_str(),
            envelope.card.map(BlobId::as_str),
            envelope.letter.size,
            outer,
            envelope.letter.header
        ])?;
        for address in &envelope.recipients {
            tx.prepare_cached(
                "INSERT INTO letter_recipient (letter, number, address, delivered, smtp_reply)
                 VALUES (?, ?, ?, 'queued', ?)",
            )?
            .execute(params![letter, number, address, status::QUEUED_REPLY])?;
        }
    }
    Ok(letter)
}
