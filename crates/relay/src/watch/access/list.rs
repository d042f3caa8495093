//! The trace, as its keeper reads it.

use jiff::{Timestamp, tz::Offset};
use serde::Serialize;

use super::chain::{COLUMNS, Row};
use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::sql::{self, params},
};

/// Which rows are wanted.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// An author as it is written.
    pub(super) author: Option<String>,
    /// From that second on.
    pub(super) since: Option<i64>,
    /// Up to that second, without it.
    pub(super) until: Option<i64>,
}

/// One row, as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    /// Local time with its zone (RFC 3339).
    at: String,
    author: String,
    action: String,
    request: String,
    answer: String,
    times: i64,
    node: String,
    number: Option<i64>,
    hash: Option<String>,
}

impl Relay {
    /// The rows of the access trace, one line each, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn access_trace(&self) -> Result<Vec<String>, Fault> {
        self.write_access_trace()?;
        let mut lines = Vec::new();
        list::<Fault>(self, &Wanted::default(), |line| {
            lines.push(line.text());
            Ok(())
        })?;
        Ok(lines)
    }
}

/// Gives every row that is wanted to `show`, in the order they were written.
pub(super) fn list<E: From<Fault>>(
    relay: &Relay,
    wanted: &Wanted,
    mut show: impl FnMut(&Line) -> Result<(), E>,
) -> Result<(), E> {
    let sql = format!(
        "SELECT {COLUMNS} FROM access_trace WHERE id > ?1 AND author = coalesce(?2, author)
             AND at >= ?3 AND at < ?4 ORDER BY id LIMIT ?5"
    );
    let mut after = 0_i64;
    loop {
        let page = relay.store().read::<_, Fault>(relay.now(), |tx| {
            let (since, until) = (wanted.since.unwrap_or(i64::MIN), wanted.until.unwrap_or(i64::MAX));
            let values = params![after, wanted.author, since, until, limits::ACCESS_TRACE_LINKED];
            let rows = tx.prepare_cached(&sql)?.query_map(values, Row::read)?;
            Ok(rows.collect::<sql::Result<Vec<_>>>()?)
        })?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for row in page {
            show(&Line::of(row))?;
        }
    }
}

impl Line {
    fn of(row: Row) -> Self {
        Self {
            at: local(row.at, row.zone),
            author: row.author,
            action: row.action,
            request: row.request,
            answer: row.answer,
            times: row.times,
            node: row.node,
            number: row.number,
            hash: row.hash.map(hex::encode),
        }
    }

    /// One line of text, its fields between tabs.
    pub(super) fn text(&self) -> String {
        let times = if self.times > 1 { format!(" ×{}", self.times) } else { String::new() };
        let place = self.number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let (request, answer) = (&self.request, &self.answer);
        format!(
            "{}\t{}\t{}{times}\t{request}\t{answer}\t{} {place}",
            self.at, self.author, self.action, self.node
        )
    }
}

/// A second in the local time of whoever wrote it down.
fn local(at: i64, ahead: i64) -> String {
    let offset = i32::try_from(ahead).ok().and_then(|ahead| Offset::from_seconds(ahead).ok());
    let time = Timestamp::from_second(at).unwrap_or_default();
    time.display_with_offset(offset.unwrap_or(Offset::UTC)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_with_their_zone() {
        assert_eq!(local(1_795_422_600, 3_600), "2026-11-23T09:30:00+01:00");
        assert_eq!(local(1_795_422_600, 0), "2026-11-23T08:30:00+00:00");
    }
}
