//! What has outlived its time: uploads nothing refers to, sessions, half log-ins, old changes.

use sceau_api::BlobId;

use crate::{
    auth::login,
    fail_point::fail_point,
    fault::Fault,
    limits, push,
    relay::Relay,
    store::{Tx, change},
};

/// Ends a blob with its last reference; uploads end after their hour.
const END_UNREFERENCED: &str = "DELETE FROM blob WHERE id = ?
    AND NOT EXISTS (SELECT 1 FROM upload WHERE upload.blob = blob.id)
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
        tx.execute("DELETE FROM device WHERE used_at <= ?", [now - limits::DEVICE_LIFETIME])?;
        let forgotten = now - limits::KNOWN_NETWORK_LIFETIME;
        tx.execute("DELETE FROM known_network WHERE used_at <= ?", [forgotten])?;
        tx.execute("DELETE FROM ticket WHERE expires_at <= ?", [now])?;
        login::end_unfinished(relay, tx)?;
        tx.execute("DELETE FROM attempt WHERE at <= ?", [now - limits::DAY])?;
        let ended = now - limits::UNREFERENCED_BLOB_LIFETIME;
        super::doubt::of_uploads(tx, ended)?;
        tx.execute("DELETE FROM upload WHERE uploaded_at <= ?", [ended])?;
        push::sweep::ended(tx, relay.vapid().public())?;
        tx.execute("DELETE FROM inbound WHERE received_at <= ?", [now - limits::INBOUND_LIFETIME])?;
        change::forget_old(tx)?;
        fail_point!("sweep.expired");
        Ok(())
    })?;
    fail_point!("sweep.expired_committed");
    unreferenced(relay)
}

/// Ends blobs nothing refers to: the row first, so that a crash between the two leaves a file without a row, never a row
/// without a file. While another process copies blobs, nothing ends; the next round does it.
fn unreferenced(relay: &Relay) -> Result<(), Fault> {
    loop {
        let Some(_alone) = relay.store().end_blobs()? else { return Ok(()) };
        let (looked_at, ended) = relay.store().write(relay.now(), settle_doubts)?;
        fail_point!("sweep.rows_committed");
        // One file that cannot be removed keeps no other; it goes at the next start.
        let removed = ended.iter().map(|blob| {
            let removed = relay.store().blobs().remove(blob);
            fail_point!("sweep.file_removed");
            removed
        });
        removed.fold(Ok(()), Result::and)?;
        if looked_at < limits::DOUBTS_AT_A_TIME {
            return Ok(());
        }
    }
}

/// Looks at some of the blobs that may be unreferenced; gives how many, and those that ended.
fn settle_doubts(tx: &Tx<'_>) -> Result<(usize, Vec<BlobId>), Fault> {
    let mut statement = tx.prepare_cached("SELECT blob FROM blob_doubt ORDER BY blob LIMIT ?")?;
    let doubts: Vec<String> = statement
        .query_map([i64::try_from(limits::DOUBTS_AT_A_TIME).unwrap_or(i64::MAX)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut ended = Vec::new();
    for blob in &doubts {
        if tx.execute(END_UNREFERENCED, [blob])? > 0 {
            ended.push(BlobId(blob.clone()));
            fail_point!("sweep.row_removed");
        }
        tx.execute("DELETE FROM blob_doubt WHERE blob = ?", [blob])?;
    }
    Ok((doubts.len(), ended))
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
            fail_point!("start.orphan_removed");
        }
    }
    Ok(())
}
