//! What has outlived its time: uploads nothing refers to, sessions, half log-ins, old changes.

use sceau_api::BlobId;

use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::{change, sql::params},
};

/// Uploads end after their hour, and a blob with its last reference.
const UNREFERENCED: &str = "SELECT id FROM blob WHERE
    NOT EXISTS (SELECT 1 FROM upload WHERE blob = blob.id)
    AND NOT EXISTS (SELECT 1 FROM email WHERE email.blob = blob.id)
    AND NOT EXISTS (SELECT 1 FROM email WHERE email.card = blob.id)
    AND NOT EXISTS (SELECT 1 FROM email_held WHERE email_held.blob = blob.id)
    AND NOT EXISTS (SELECT 1 FROM letter_envelope WHERE letter_envelope.blob = blob.id)
    AND NOT EXISTS (SELECT 1 FROM letter_envelope WHERE letter_envelope.card = blob.id)";

/// Ends everything that is over.
pub(crate) fn all(relay: &Relay) -> Result<(), Fault> {
    let now = relay.now();
    relay.store().write::<_, Fault>(now, |tx| {
        tx.execute("DELETE FROM session WHERE expires_at <= ?", [now])?;
        tx.execute("DELETE FROM login WHERE expires_at <= ?", [now])?;
        tx.execute("DELETE FROM attempt WHERE window_started_at <= ?", [now - limits::LOGIN_WINDOW])?;
        tx.execute("DELETE FROM upload WHERE uploaded_at <= ?", [now - limits::UNREFERENCED_BLOB_LIFETIME])?;
        change::forget_old(tx)?;
        Ok(())
    })?;
    unreferenced(relay)
}

/// Ends blobs nothing refers to: the row first, so that a crash between the two leaves a file without a row, never a row
/// without a file. While another process copies blobs, nothing ends; the next round does it.
fn unreferenced(relay: &Relay) -> Result<(), Fault> {
    let Some(_alone) = relay.store().end_blobs()? else { return Ok(()) };
    let ended = relay.store().write::<_, Fault>(relay.now(), |tx| {
        let mut statement = tx.prepare_cached(UNREFERENCED)?;
        let rows = statement.query_map([], |row| Ok(BlobId(row.get(0)?)))?;
        let ended = rows.collect::<Result<Vec<_>, _>>()?;
        for blob in &ended {
            tx.execute("DELETE FROM blob WHERE id = ?", params![blob.as_str()])?;
        }
        Ok(ended)
    })?;
    // One file that cannot be removed keeps no other; it goes at the next start.
    let removed = ended.iter().map(|blob| relay.store().blobs().remove(blob));
    Ok(removed.fold(Ok(()), Result::and)?)
}

/// Removes files whose row was never written: a process ended between the two.
pub(crate) fn orphans(relay: &Relay) -> Result<(), Fault> {
    let Some(_alone) = relay.store().end_blobs()? else { return Ok(()) };
    for blob in relay.store().blobs().list()? {
        let known: bool = relay.store().read::<_, Fault>(relay.now(), |tx| {
            Ok(tx.query_row("SELECT EXISTS (SELECT 1 FROM blob WHERE id = ?)", [blob.as_str()], |row| {
                row.get(0)
            })?)
        })?;
        if !known {
            relay.store().blobs().remove(&blob)?;
        }
    }
    Ok(())
}
