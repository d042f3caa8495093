//! What is measured, part by part.

mod idle;
mod inbox;
mod nodes;
mod overload;
mod stored;
mod submissions;

use std::path::PathBuf;
use std::time::Duration;

use sceau_crash::database::Database;
use sceau_crash::trouble::{Trouble, told};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use crate::report::Report;

/// What is not counted at the beginning of each measurement.
pub(crate) const WARM: Duration = Duration::from_secs(2);

/// What a run was asked for, and where it works.
pub(crate) struct Bench {
    pub(crate) folder: PathBuf,
    /// A server of PostgreSQL (`host=… port=… user=…`).
    pub(crate) postgres: Option<String>,
    /// How long each measurement goes on.
    pub(crate) time: Duration,
    /// Letters stored at last.
    pub(crate) letters: usize,
    /// The same with PostgreSQL.
    pub(crate) letters_postgres: usize,
    /// Idle push connections.
    pub(crate) connections: usize,
    pub(crate) runtime: Runtime,
}

type Part = fn(&Bench, &mut Report) -> Result<(), Trouble>;

/// The parts by their names, in their order.
pub(crate) const PARTS: [(&str, Part); 6] = [
    ("submissions", submissions::run),
    ("inbox", inbox::run),
    ("idle", idle::run),
    ("stored", stored::run),
    ("nodes", nodes::run),
    ("overload", overload::run),
];

impl Bench {
    /// A new folder for one measurement.
    pub(crate) fn place(&self, name: &str) -> Result<PathBuf, Trouble> {
        let place = self.folder.join(name);
        std::fs::create_dir_all(&place).map_err(told(place.display()))?;
        Ok(place)
    }

    /// The databases to measure with: SQLite, and PostgreSQL when there is a server.
    pub(crate) fn databases(&self) -> Result<Vec<Option<Database>>, Trouble> {
        let mut all = vec![None];
        if let Some(server) = &self.postgres {
            all.push(Some(Database::new(server)?));
        }
        Ok(all)
    }
}

/// A connection to a database.
pub(crate) async fn connect(database: &Database) -> Result<Client, Trouble> {
    let (client, connection) =
        tokio_postgres::connect(&database.url(), NoTls).await.map_err(told("PostgreSQL"))?;
    tokio::spawn(connection);
    Ok(client)
}

/// The name of a database, for a table.
pub(crate) fn name(database: Option<&Database>) -> &'static str {
    if database.is_some() { "PostgreSQL" } else { "SQLite" }
}
