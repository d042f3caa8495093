//! One account's letters as the ciphertext they are, for moving elsewhere (RGPD article 20). Nothing is decrypted: the
//! relay has no key.

use std::{collections::BTreeSet, path::Path};

use sceau_api::{BlobId, UtcDate};
use serde::Serialize;

use super::{Error, about, files, manifest::Blobs, origin::Origin, progress::Progress};
use crate::{
    account,
    store::{Tx, sql},
};

/// The list beside the letters.
const LIST: &str = "letters.json";
/// The letters.
const LETTERS: &str = "letters";
/// What belongs to letters and is none: cards, attachments of drafts.
const PARTS: &str = "parts";

/// What was taken out.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) letters: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    address: String,
    account_id: String,
    exported_at: UtcDate,
    mailboxes: Vec<Mailbox>,
    letters: Vec<Letter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mailbox {
    id: String,
    name: String,
    role: Option<String>,
    parent_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Letter {
    id: String,
    file: String,
    sha256: BlobId,
    size: i64,
    received_at: UtcDate,
    mailbox_ids: Vec<String>,
    keywords: Vec<String>,
    /// Files in the other folder, by their SHA-256.
    card: Option<BlobId>,
    held: Vec<BlobId>,
}

/// Writes the letters of the account of a normalised address into the new or empty folder `to`.
///
/// # Errors
/// When there is no such account, `to` is not empty, or a letter is damaged: those are named, all others are there.
pub(crate) fn export(
    origin: &Origin,
    address: &str,
    to: &Path,
    now: i64,
    progress: &mut Progress,
) -> Result<Done, Error> {
    // Nothing the list names ends before it is copied.
    let _kept = origin.keep_blobs()?;
    let list = read(origin, address, now)?;
    if to.exists() && !to.is_dir() {
        return Err(Error::NotAFolder(to.to_owned()));
    }
    if !files::is_empty(to).map_err(about(to))? {
        return Err(Error::NotEmpty(to.to_owned()));
    }
    for sub in [LETTERS, PARTS] {
        files::create_folder(&to.join(sub)).map_err(about(to))?;
    }
    let bytes = list.letters.iter().fold(0, |sum: i64, letter| sum.saturating_add(letter.size));
    let count = u64::try_from(list.letters.len()).unwrap_or(u64::MAX);
    progress.of(Blobs { count, bytes: u64::try_from(bytes).unwrap_or(0) });
    let mut damaged = Vec::new();
    for letter in &list.letters {
        copy(origin, &letter.sha256, &to.join(&letter.file), &mut damaged)?;
        progress.blob(u64::try_from(letter.size).unwrap_or(0));
    }
    let parts = list.letters.iter().flat_map(|letter| letter.card.iter().chain(&letter.held));
    for part in parts.collect::<BTreeSet<_>>() {
        copy(origin, part, &to.join(PARTS).join(&part.0), &mut damaged)?;
    }
    let path = to.join(LIST);
    let json = serde_json::to_vec_pretty(&list).map_err(|error| about(&path)(error.into()))?;
    for sub in [LETTERS, PARTS] {
        files::sync_folder(&to.join(sub)).map_err(about(to))?;
    }
    files::write(&path, &json).map_err(about(&path))?;
    damaged.is_empty().then_some(Done { letters: list.letters.len() }).ok_or(Error::Damaged(damaged))
}

/// Copies a blob whose bytes are what its name says; otherwise names it.
fn copy(origin: &Origin, id: &BlobId, to: &Path, damaged: &mut Vec<String>) -> Result<(), Error> {
    let whole = match origin.octets_in_row(id)? {
        Some(octets) => files::keep(&mut octets.as_slice(), to, id.as_str()).map_err(about(to))?,
        None => origin.copy_blob(id, to)?,
    };
    if !whole {
        damaged.push(format!("blob {id}"));
    }
    Ok(())
}

/// The list, of one moment.
fn read(origin: &Origin, address: &str, now: i64) -> Result<List, Error> {
    origin.view(|tx| {
        let account = account::find(tx, address)?.ok_or(Error::NoAccount)?;
        Ok(List {
            address: address.to_owned(),
            account_id: account::wire_id(account),
            exported_at: UtcDate::from_unix(now),
            mailboxes: mailboxes(tx, account)?,
            letters: letters(tx, account)?,
        })
    })
}

fn mailbox_id(id: i64) -> String {
    format!("m{id}")
}

fn mailboxes(tx: &Tx<'_>, account: i64) -> sql::Result<Vec<Mailbox>> {
    let mut statement = tx.prepare_cached(
        "SELECT id, name, role, parent FROM mailbox WHERE account = ? ORDER BY sort_order, name, id",
    )?;
    let rows = statement.query_map([account], |row| {
        Ok(Mailbox {
            id: mailbox_id(row.get(0)?),
            name: row.get(1)?,
            role: row.get(2)?,
            parent_id: row.get::<Option<i64>>(3)?.map(mailbox_id),
        })
    })?;
    rows.collect()
}

fn letters(tx: &Tx<'_>, account: i64) -> sql::Result<Vec<Letter>> {
    let mut statement = tx.prepare_cached(
        "SELECT id, blob, size, received_at, card FROM email WHERE account = ? ORDER BY received_at, id",
    )?;
    let rows = statement.query_map([account], |row| {
        let email: i64 = row.get(0)?;
        let of = |sql| texts(tx, sql, email);
        Ok(Letter {
            id: format!("e{email}"),
            file: format!("{LETTERS}/e{email}.eml"),
            sha256: BlobId(row.get(1)?),
            size: row.get(2)?,
            received_at: UtcDate::from_unix(row.get(3)?),
            mailbox_ids: of("SELECT 'm' || mailbox FROM email_mailbox WHERE email = ? ORDER BY mailbox")?,
            keywords: of("SELECT keyword FROM email_keyword WHERE email = ? ORDER BY keyword")?,
            card: row.get::<Option<String>>(4)?.map(BlobId),
            held: of("SELECT blob FROM email_held WHERE email = ? ORDER BY blob")?
                .into_iter()
                .map(BlobId)
                .collect(),
        })
    })?;
    rows.collect()
}

fn texts(tx: &Tx<'_>, sql: &str, email: i64) -> sql::Result<Vec<String>> {
    tx.prepare_cached(sql)?.query_map([email], |row| row.get(0))?.collect()
}
