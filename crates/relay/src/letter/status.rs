//! What became of a sending, per recipient (RFC 8621 §7).

use std::collections::BTreeMap;

use sceau_api::{
    UtcDate,
    submission::{Delivered, DeliveryStatus, Displayed},
};

use crate::{store::Tx, store::sql};

pub(crate) const QUEUED_REPLY: &str = "250 2.0.0 Queued";
pub(crate) const DELIVERED_REPLY: &str = "250 2.1.5 Delivered";
pub(crate) const GONE_REPLY: &str = "550 5.1.1 No such recipient any more";

pub(crate) const FULL_REPLY: &str = "552 5.2.2 The recipient's mailbox is full";

/// The status of every recipient; of one in several envelopes, the worst.
pub(crate) fn of_letter(tx: &Tx<'_>, letter: i64) -> sql::Result<BTreeMap<String, DeliveryStatus>> {
    let mut statement = tx.prepare_cached(
        "SELECT address, delivered, smtp_reply, delivered_at FROM letter_recipient WHERE letter = ? ORDER BY number",
    )?;
    let rows = statement.query_map([letter], |row| {
        let delivered_at: Option<i64> = row.get(3)?;
        let status = DeliveryStatus {
            smtp_reply: row.get(2)?,
            delivered: Delivered::from(row.get::<String>(1)?.as_str()),
            displayed: Displayed::Unknown,
            delivered_at: delivered_at.map(UtcDate::from_unix),
        };
        Ok((row.get::<String>(0)?, status))
    })?;
    let mut merged: BTreeMap<String, DeliveryStatus> = BTreeMap::new();
    for row in rows {
        let (address, status) = row?;
        match merged.get(&address) {
            Some(known) if badness(&known.delivered) >= badness(&status.delivered) => {}
            _ => drop(merged.insert(address, status)),
        }
    }
    Ok(merged)
}

fn badness(delivered: &Delivered) -> u8 {
    match delivered {
        Delivered::Yes => 0,
        Delivered::Queued => 1,
        Delivered::Unknown | Delivered::Other(_) => 2,
        Delivered::No => 3,
    }
}
