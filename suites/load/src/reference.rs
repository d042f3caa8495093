//! What the databases do by themselves: rows of 20 KB, one commit for each hundred or for each one.

use std::path::Path;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use rusqlite::Connection;
use sceau_crash::chance::Chance;
use sceau_crash::trouble::{Trouble, told};
use tokio_postgres::NoTls;

use crate::figures::{Times, rate};

/// Octets of a row.
const ROW: usize = 20_000;

/// How fast a database took rows.
pub(crate) struct Rows {
    pub(crate) rate: f64,
    /// Of each commit, its rows included.
    pub(crate) commits: Times,
}

/// SQLite with a log and `synchronous=FULL`, as the relay has it, in a file of its own.
pub(crate) fn sqlite(folder: &Path, per_commit: usize, time: Duration) -> Result<Rows, Trouble> {
    let file = tempfile::Builder::new().suffix(".sqlite").tempfile_in(folder).map_err(told("a file"))?;
    let said = told("SQLite");
    sqlite_rows(file.path(), per_commit, time).map_err(said)
}

fn sqlite_rows(file: &Path, per_commit: usize, time: Duration) -> rusqlite::Result<Rows> {
    let mut db = Connection::open(file)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute_batch("CREATE TABLE entry (id INTEGER PRIMARY KEY, octets BLOB NOT NULL)")?;
    let mut chance = Chance::new(1, 1);
    let octets = chance.octets(ROW);
    let (begun, mut commits) = (Instant::now(), Times::default());
    while begun.elapsed() < time {
        let at = Instant::now();
        let transaction = db.transaction()?;
        for _ in 0..per_commit {
            transaction.prepare_cached("INSERT INTO entry (octets) VALUES (?)")?.execute([&octets])?;
        }
        transaction.commit()?;
        commits.add(at.elapsed());
    }
    Ok(Rows { rate: rate(commits.count() * per_commit, begun.elapsed()), commits })
}

/// The same of PostgreSQL, by one connection; the rows of a commit are on their way together.
pub(crate) async fn postgres(url: &str, per_commit: usize, time: Duration) -> Result<Rows, Trouble> {
    postgres_rows(url, per_commit, time).await.map_err(told("PostgreSQL"))
}

async fn postgres_rows(url: &str, per_commit: usize, time: Duration) -> Result<Rows, tokio_postgres::Error> {
    let (mut client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("CREATE TABLE reference (id BIGSERIAL PRIMARY KEY, octets BYTEA NOT NULL)").await?;
    let insert = client.prepare("INSERT INTO reference (octets) VALUES ($1)").await?;
    let octets = Chance::new(1, 1).octets(ROW);
    let (begun, mut commits) = (Instant::now(), Times::default());
    while begun.elapsed() < time {
        let at = Instant::now();
        let transaction = client.transaction().await?;
        // All of them are sent before the first is answered.
        try_join_all((0..per_commit).map(|_| async { transaction.execute(&insert, &[&octets]).await }))
            .await?;
        transaction.commit().await?;
        commits.add(at.elapsed());
    }
    let lasted = begun.elapsed();
    client.batch_execute("DROP TABLE reference").await?;
    Ok(Rows { rate: rate(commits.count() * per_commit, lasted), commits })
}
