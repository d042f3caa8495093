//! What was delivered before this process began, told by the rows, so that a restart does not empty a chart.

use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// Deliveries within an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// When the hour began.
    pub(crate) from: i64,
    pub(crate) delivered: u64,
    pub(crate) undelivered: u64,
}

/// Deliveries of the day before `until`, by the hour: among so many of the newest letters, which are found by their numbers.
fn read(tx: &Tx<'_>, until: i64) -> Result<Vec<Earlier>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT coalesce(delivered_at, send_at) / 3600, delivered, count(*)
         FROM letter JOIN letter_recipient ON letter_recipient.letter = letter.id
         WHERE letter.id > (SELECT coalesce(max(id), 0) FROM letter) - ?1 AND undo_status = 'final'
             AND coalesce(delivered_at, send_at) >= ?2 AND coalesce(delivered_at, send_at) < ?3
         GROUP BY 1, 2",
    )?;
    let rows = statement
        .query_map(params![limits::EARLIER_LETTERS, until - limits::DAY, until], |row| {
            Ok((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?))
        })?
        .collect::<sql::Result<Vec<_>>>()?;
    let hours = rows.into_iter().map(|(hour, word, number)| {
        let number = u64::try_from(number).unwrap_or(0);
        let (delivered, undelivered) = match word.as_str() {
            "yes" => (number, 0),
            "no" => (0, number),
            _ => (0, 0),
        };
        Earlier { from: hour * limits::HOUR, delivered, undelivered }
    });
    Ok(hours.collect())
}

impl Relay {
    /// Deliveries before the first sample; read once.
    pub(crate) fn earlier(&self) -> Result<&[Earlier], Fault> {
        let history = &self.watch().history;
        if let Some(known) = history.earlier.get() {
            return Ok(known);
        }
        let until = history.samples().first().map_or(self.now(), |first| first.at);
        let found = self.store().read::<_, Fault>(self.now(), |tx| read(tx, until))?;
        Ok(history.earlier.get_or_init(|| found))
    }
}
