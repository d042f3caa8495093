//! Readings: whose octets were taken, told by the Emails that hold them.

use sceau_api::BlobId;

use super::{Action, Author, Entry};
use crate::store::{
    Tx,
    sql::{self, params},
};

/// The line about taking a blob's octets: of a letter and what it holds, by the Emails they belong to; of a card, which
/// every list takes, only that it was one. An upload no Email refers to yet is no letter.
pub(crate) fn of(tx: &Tx<'_>, account: i64, blob: &BlobId) -> sql::Result<Option<Entry>> {
    let emails: Vec<i64> = tx
        .prepare_cached(
            "SELECT id FROM email WHERE account = ?1 AND blob = ?2
             UNION SELECT email.id FROM email_held JOIN email ON email.id = email_held.email
                 WHERE account = ?1 AND email_held.blob = ?2
             ORDER BY 1",
        )?
        .query_map(params![account, blob.as_str()], |row| row.get(0))?
        .collect::<sql::Result<_>>()?;
    let author = Author::Account(account);
    if !emails.is_empty() {
        let ids: Vec<String> = emails.iter().map(|email| format!("e{email}")).collect();
        return Ok(Some(Entry::new(author, Action::LetterRead, ids.join(" "), "done")));
    }
    let is_card: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM email WHERE account = ? AND card = ?)")?
        .query_row(params![account, blob.as_str()], |row| row.get(0))?;
    Ok(is_card.then(|| Entry::new(author, Action::CardRead, "", "done")))
}
