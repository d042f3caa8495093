//! Whether the trace is what was written: every row hashed anew, every chain walked from its first row to its last.

use serde::Serialize;

use super::{
    chain::{COLUMNS, Ends, Row, START},
    prune,
};
use crate::{
    fault::Fault,
    limits,
    relay::Relay,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// What was found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Rows that were hashed.
    pub(crate) rows: u64,
    /// Rows written less than a second ago, or by a relay that ended just then.
    pub(crate) unlinked: u64,
    /// The first broken link of each node's chain.
    pub(crate) broken: Vec<Broken>,
}

/// A chain that is not what was written.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Broken {
    pub(crate) node: String,
    pub(crate) number: i64,
    pub(crate) why: &'static str,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {} of {}: {}", self.number, self.node, self.why)
    }
}

impl Relay {
    /// Hashes every row of the access trace anew; names the first broken link of each chain.
    ///
    /// # Errors
    /// When the store fails.
    pub fn verify_access_trace(&self) -> Result<Vec<String>, Fault> {
        Ok(verify(self)?.broken.iter().map(ToString::to_string).collect())
    }
}

/// Looks at every row, page by page, beside a serving relay.
pub(crate) fn verify(relay: &Relay) -> Result<Report, Fault> {
    let mut report = Report::default();
    let chains = relay.store().read::<_, Fault>(relay.now(), |tx| {
        let unlinked: i64 =
            tx.query_row("SELECT count(*) FROM access_trace WHERE number IS NULL", [], |row| row.get(0))?;
        Ok((chains(tx)?, unlinked))
    })?;
    let (chains, unlinked) = chains;
    report.unlinked = u64::try_from(unlinked).unwrap_or(0);
    for node in chains {
        let broken = one(relay, &node, &mut report.rows)?;
        report.broken.extend(broken.map(|(number, why)| Broken { node, number, why }));
    }
    Ok(report)
}

fn chains(tx: &Tx<'_>) -> Result<Vec<String>, Fault> {
    let sql = "SELECT node FROM access_chain UNION SELECT node FROM access_trace WHERE number IS NOT NULL ORDER BY 1";
    Ok(tx.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect::<sql::Result<_>>()?)
}

/// Where a walk down a chain is.
struct Walk {
    number: i64,
    hash: Vec<u8>,
    end: i64,
    end_hash: Vec<u8>,
}

type Break = (i64, &'static str);

fn one(relay: &Relay, node: &str, rows: &mut u64) -> Result<Option<Break>, Fault> {
    let begun = relay.store().read::<_, Fault>(relay.now(), |tx| begin(tx, node))?;
    let mut walk = match begun {
        Ok(walk) => walk,
        Err(broken) => return Ok(Some(broken)),
    };
    loop {
        let page = relay.store().read::<_, Fault>(relay.now(), |tx| page(tx, node, walk.number))?;
        for row in &page {
            if row.number.is_none_or(|number| number > walk.end) {
                // Written since this look began.
                break;
            }
            if let Err(broken) = walk.step(row) {
                return Ok(Some(broken));
            }
            *rows += 1;
        }
        if page.is_empty() || walk.number >= walk.end {
            return Ok(walk.ended());
        }
    }
}

/// Where the chain begins: at nothing, or after rows whose removal a row that is there attests.
fn begin(tx: &Tx<'_>, node: &str) -> Result<Result<Walk, Break>, Fault> {
    let ends = sql::OptionalExtension::optional(tx.query_row(
        "SELECT removed, removed_hash, linked, linked_hash FROM access_chain WHERE node = ?",
        [node],
        Ends::read,
    ))?;
    let Some(ends) = ends else { return Ok(Err((1, "the row that says where the chain ends is gone"))) };
    if ends.removed == 0 && ends.removed_hash != START {
        return Ok(Err((1, "the chain does not begin at nothing")));
    }
    let said = format!("{node} 1-{} {}", ends.removed, hex::encode(&ends.removed_hash));
    if ends.removed > 0 && prune::attested(tx, node)? != Some(said) {
        return Ok(Err((ends.removed + 1, "no row says that those before it were removed after six months")));
    }
    Ok(Ok(Walk {
        number: ends.removed,
        hash: ends.removed_hash,
        end: ends.linked,
        end_hash: ends.linked_hash,
    }))
}

fn page(tx: &Tx<'_>, node: &str, after: i64) -> Result<Vec<Row>, Fault> {
    let sql =
        format!("SELECT {COLUMNS} FROM access_trace WHERE node = ? AND number > ? ORDER BY number LIMIT ?");
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map(params![node, after, limits::ACCESS_TRACE_LINKED], Row::read)?;
    Ok(rows.collect::<sql::Result<_>>()?)
}

impl Walk {
    fn step(&mut self, row: &Row) -> Result<(), Break> {
        let number = self.number + 1;
        if row.number != Some(number) {
            return Err((number, "a row was removed"));
        }
        if row.previous.as_deref() != Some(&self.hash) {
            return Err((number, "it does not follow the row before"));
        }
        let hash = row.digest(number, &self.hash);
        if row.hash.as_deref() != Some(&hash) {
            return Err((number, "it was changed"));
        }
        (self.number, self.hash) = (number, hash);
        Ok(())
    }

    fn ended(&self) -> Option<Break> {
        if self.number < self.end {
            return Some((self.number + 1, "the end of the chain was removed"));
        }
        (self.hash != self.end_hash).then_some((self.number, "the chain does not end where it is said to"))
    }
}
