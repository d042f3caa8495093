//! Uploads and downloads (RFC 8620 §6), blobs within method calls (RFC 9404), and what keeps a blob alive.

pub(crate) mod doubt;
pub(crate) mod download;
pub(crate) mod get;
pub(crate) mod lookup;
mod selection;
pub(crate) mod set;
pub(crate) mod sweep;
pub(crate) mod upload;

use sceau_api::BlobId;

use crate::{
    limits,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// The size of a blob the account may reach: it uploaded it within the hour, or one of its Emails refers to it.
pub(crate) fn reachable(tx: &Tx<'_>, account: i64, blob: &BlobId) -> sql::Result<Option<i64>> {
    tx.prepare_cached(
        "SELECT size FROM blob WHERE id = ?1 AND (
             EXISTS (SELECT 1 FROM upload WHERE account = ?2 AND blob = ?1 AND uploaded_at > ?3)
             OR EXISTS (SELECT 1 FROM email WHERE account = ?2 AND blob = ?1)
             OR EXISTS (SELECT 1 FROM email WHERE account = ?2 AND card = ?1)
             OR EXISTS (SELECT 1 FROM email_held JOIN email ON email.id = email_held.email
                 WHERE account = ?2 AND email_held.blob = ?1))",
    )?
    .query_row(params![blob.as_str(), account, tx.now - limits::UNREFERENCED_BLOB_LIFETIME], |row| row.get(0))
    .optional()
}

/// Which of the blobs the account cannot reach.
pub(crate) fn unreachable<'a>(
    tx: &Tx<'_>,
    account: i64,
    blobs: &[&'a BlobId],
) -> sql::Result<Vec<&'a BlobId>> {
    let mut missing = Vec::new();
    for blob in blobs {
        if !missing.contains(blob) && reachable(tx, account, blob)?.is_none() {
            missing.push(*blob);
        }
    }
    Ok(missing)
}
