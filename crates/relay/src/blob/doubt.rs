//! Blobs that may have lost their last reference, noted where references go: the sweep looks at these and at no others, so that
//! its work does not grow with what is stored.

use sceau_api::BlobId;

use crate::store::{Tx, sql};

/// Notes the blobs of an Email that is going.
pub(crate) fn of_email(tx: &Tx<'_>, email: i64) -> sql::Result<()> {
    note(
        tx,
        "SELECT blob FROM email WHERE id = ?1 UNION SELECT card FROM email WHERE id = ?1 AND card IS NOT NULL
         UNION SELECT blob FROM email_held WHERE email = ?1",
        email,
    )
}

/// Notes the blobs of a sending whose envelopes are going.
pub(crate) fn of_letter(tx: &Tx<'_>, letter: i64) -> sql::Result<()> {
    note(
        tx,
        "SELECT blob FROM letter_envelope WHERE letter = ?1 AND blob IS NOT NULL
         UNION SELECT card FROM letter_envelope WHERE letter = ?1 AND card IS NOT NULL",
        letter,
    )
}

/// Notes the blobs of an account that is going.
pub(crate) fn of_account(tx: &Tx<'_>, account: i64) -> sql::Result<()> {
    note(
        tx,
        "SELECT blob FROM email WHERE account = ?1
         UNION SELECT card FROM email WHERE account = ?1 AND card IS NOT NULL
         UNION SELECT email_held.blob FROM email_held JOIN email ON email.id = email_held.email WHERE account = ?1
         UNION SELECT envelope.blob FROM letter_envelope AS envelope JOIN letter ON letter.id = envelope.letter
             WHERE account = ?1 AND envelope.blob IS NOT NULL
         UNION SELECT envelope.card FROM letter_envelope AS envelope JOIN letter ON letter.id = envelope.letter
             WHERE account = ?1 AND envelope.card IS NOT NULL
         UNION SELECT blob FROM upload WHERE account = ?1",
        account,
    )
}

/// Notes the blobs of uploads made at `time` or before.
pub(crate) fn of_uploads(tx: &Tx<'_>, time: i64) -> sql::Result<()> {
    note(tx, "SELECT DISTINCT blob FROM upload WHERE uploaded_at <= ?1", time)
}

/// Notes a blob that may never get a reference.
pub(crate) fn of_blob(tx: &Tx<'_>, blob: &BlobId) -> sql::Result<()> {
    tx.execute("INSERT INTO blob_doubt (blob) VALUES (?) ON CONFLICT DO NOTHING", [blob.as_str()])?;
    Ok(())
}

fn note(tx: &Tx<'_>, which: &str, value: i64) -> sql::Result<()> {
    tx.execute(&format!("INSERT INTO blob_doubt (blob) {which} ON CONFLICT DO NOTHING"), [value])?;
    Ok(())
}
