//! The scrub of a relay whose rows lie in PostgreSQL: the same questions, asked through its store, wherever its blobs are.
//!
//! PostgreSQL looks after references itself; they are asked for nonetheless, for what came past it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use sceau_api::BlobId;

use super::{
    Error,
    check::{Finding, Report},
    files,
    manifest::Blobs,
    origin::open_shared,
    progress::Progress,
    rows::{RULES, account_of},
};
use crate::{
    account::wire_id,
    fault::Fault,
    store::{
        Store, Tx,
        sql::{self, params},
    },
};

/// Blobs in rows that are read at a time.
const ROWS_AT_A_TIME: i64 = 100;

const LINKS: &str = "SELECT CAST(CAST(c.conrelid AS regclass) AS text), CAST(a.attname AS text),
        CAST(CAST(c.confrelid AS regclass) AS text), CAST(k.attname AS text)
    FROM pg_constraint AS c
    JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute AS k ON k.attrelid = c.confrelid AND k.attnum = c.confkey[1]
    WHERE c.contype = 'f' ORDER BY 1, 2";

/// A reference of one table to another.
struct Link {
    table: String,
    column: String,
    parent: String,
    key: String,
    /// SQL for the account of a row.
    account: &'static str,
}

/// Checks everything a data folder speaks of.
///
/// # Errors
/// When it cannot be looked at; what is wrong is in the report.
pub(super) fn check(data: &Path, progress: &mut Progress) -> Result<Report, Error> {
    let about = |fault: Fault| Error::Open { path: data.to_owned(), fault };
    let store = open_shared(data)?;
    let mut scrub = Scrub { store: &store, links: Vec::new(), report: Report::default() };
    let named = scrub.rows(progress).map_err(about)?;
    scrub.blobs_in_rows(progress).map_err(about)?;
    for (blob, size) in named {
        scrub.blob_elsewhere(blob, size, progress).map_err(about)?;
    }
    let mut report = scrub.report;
    report.clean = report.findings.is_empty();
    Ok(report)
}

struct Scrub<'a> {
    store: &'a Store,
    links: Vec<Link>,
    report: Report,
}

impl Scrub<'_> {
    fn found(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    /// Everything the rows alone can tell, of one moment; gives the blobs that lie elsewhere, with their sizes.
    fn rows(&mut self, progress: &mut Progress) -> Result<BTreeMap<BlobId, u64>, Fault> {
        let (links, findings, all, named) = self.store.read::<_, Fault>(0, |tx| {
            let links = links(tx)?;
            let mut findings = Vec::new();
            for link in &links {
                findings.extend(link.dangling(tx)?);
            }
            for rule in RULES {
                let rows = rule.broken_in(tx)?.into_iter();
                findings.extend(rows.map(|row| Finding::Row {
                    row: row.name,
                    wrong: rule.wrong,
                    account: row.account,
                }));
            }
            Ok((links, findings, all(tx)?, named(tx)?))
        })?;
        progress.of(all);
        self.links = links;
        self.report.findings.extend(findings);
        Ok(named)
    }

    /// Every blob that lies in the database, a few at a time.
    fn blobs_in_rows(&mut self, progress: &mut Progress) -> Result<(), Fault> {
        let mut last = String::new();
        loop {
            let some: Vec<(BlobId, Vec<u8>, i64)> = self.store.read::<_, Fault>(0, |tx| {
                let mut statement = tx.prepare_cached(
                    "SELECT blob_octets.id, octets, size FROM blob_octets JOIN blob ON blob.id = blob_octets.id
                     WHERE blob_octets.id > ? ORDER BY blob_octets.id LIMIT ?",
                )?;
                let rows = statement.query_map(params![last, ROWS_AT_A_TIME], |row| {
                    Ok((BlobId(row.get(0)?), row.get(1)?, row.get(2)?))
                })?;
                Ok(rows.collect::<sql::Result<_>>()?)
            })?;
            let Some((id, ..)) = some.last() else { return Ok(()) };
            last.clone_from(&id.0);
            for (id, octets, size) in some {
                let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
                let row = u64::try_from(size).unwrap_or(0);
                self.was_read(id, files::sha256(&octets), length, row, progress)?;
            }
        }
    }

    /// A blob in the folder or the bucket.
    fn blob_elsewhere(&mut self, id: BlobId, row: u64, progress: &mut Progress) -> Result<(), Fault> {
        let read =
            self.store.blobs().open(&id).and_then(|found| {
                found.map(|(_, mut octets)| files::hash(&mut octets, |_| Ok(()))).transpose()
            });
        match read {
            Ok(Some((hash, length))) => self.was_read(id, hash, length, row, progress),
            Ok(None) => self.missing(id),
            Err(error) => {
                let (error, accounts) = (error.to_string(), self.accounts(&id)?);
                self.found(Finding::BlobUnreadable { blob: id, error, accounts });
                Ok(())
            }
        }
    }

    fn was_read(
        &mut self,
        id: BlobId,
        hash: String,
        length: u64,
        row: u64,
        progress: &mut Progress,
    ) -> Result<(), Fault> {
        self.report.blobs += 1;
        self.report.bytes = self.report.bytes.saturating_add(length);
        progress.blob(length);
        if hash != id.0 {
            let accounts = self.accounts(&id)?;
            self.found(Finding::BlobDamaged { blob: id, accounts });
        } else if length != row {
            self.found(Finding::BlobSize { blob: id, row, file: length });
        }
        Ok(())
    }

    /// A blob that was not there: lost, unless a relay ended it meanwhile, which takes its row first.
    fn missing(&mut self, id: BlobId) -> Result<(), Fault> {
        let has_row = self.store.read::<_, Fault>(0, |tx| {
            let sql = "SELECT EXISTS (SELECT 1 FROM blob WHERE id = ?)";
            Ok(tx.query_row(sql, [id.as_str()], |row| row.get::<bool>(0))?)
        })?;
        if has_row {
            let accounts = self.accounts(&id)?;
            self.found(Finding::BlobMissing { blob: id, accounts });
        }
        Ok(())
    }

    /// The accounts whose rows refer to a blob now.
    fn accounts(&self, blob: &BlobId) -> Result<Vec<String>, Fault> {
        let accounts = self.store.read::<_, Fault>(0, |tx| {
            let mut accounts = BTreeSet::new();
            for link in self.links.iter().filter(|link| link.parent == "blob") {
                let Link { table, column, account, .. } = link;
                let sql = format!("SELECT DISTINCT {account} FROM \"{table}\" AS t WHERE t.\"{column}\" = ?");
                let mut statement = tx.prepare_cached(&sql)?;
                for found in statement.query_map([blob.as_str()], |row| row.get::<Option<i64>>(0))? {
                    accounts.extend(found?);
                }
            }
            Ok(accounts)
        })?;
        Ok(accounts.into_iter().map(wire_id).collect())
    }
}

impl Link {
    /// What leads nowhere, once for each account.
    fn dangling(&self, tx: &Tx<'_>) -> sql::Result<Vec<Finding>> {
        let Self { table, column, parent, key, account } = self;
        let mut statement = tx.prepare_cached(&format!(
            "SELECT DISTINCT {account} FROM \"{table}\" AS t WHERE t.\"{column}\" IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM \"{parent}\" AS p WHERE p.\"{key}\" = t.\"{column}\")"
        ))?;
        let rows = statement.query_map([], |row| {
            let account = row.get::<Option<i64>>(0)?.map(wire_id);
            Ok(Finding::Dangling { row: format!("a row of {table}, which names a {parent}"), account })
        })?;
        rows.collect()
    }
}

/// Every reference the schema declares.
fn links(tx: &Tx<'_>) -> sql::Result<Vec<Link>> {
    let mut statement = tx.prepare_cached(LINKS)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let declared: Vec<(String, String, String, String)> = rows.collect::<sql::Result<_>>()?;
    let mut links = Vec::new();
    for (table, column, parent, key) in declared {
        let columns = columns(tx, &table)?;
        let account = account_of(|name| columns.contains(name));
        links.push(Link { table, column, parent, key, account });
    }
    Ok(links)
}

fn columns(tx: &Tx<'_>, table: &str) -> sql::Result<BTreeSet<String>> {
    let sql = "SELECT CAST(column_name AS text) FROM information_schema.columns
        WHERE CAST(table_name AS text) = ?";
    tx.prepare_cached(sql)?.query_map([table], |row| row.get(0))?.collect()
}

/// Number and size of all blobs, as the rows have it.
fn all(tx: &Tx<'_>) -> sql::Result<Blobs> {
    let sql = "SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM blob";
    tx.query_row(sql, [], |row| {
        let number = |at| Ok::<_, sql::Error>(u64::try_from(row.get::<i64>(at)?).unwrap_or(0));
        Ok(Blobs { count: number(0)?, bytes: number(1)? })
    })
}

/// The blobs that lie not in the database, with their sizes.
fn named(tx: &Tx<'_>) -> sql::Result<BTreeMap<BlobId, u64>> {
    let mut statement = tx.prepare_cached(
        "SELECT id, size FROM blob WHERE NOT EXISTS (SELECT 1 FROM blob_octets WHERE blob_octets.id = blob.id)",
    )?;
    let rows = statement
        .query_map([], |row| Ok((BlobId(row.get(0)?), u64::try_from(row.get::<i64>(1)?).unwrap_or(0))))?;
    rows.collect()
}
