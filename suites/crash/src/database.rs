//! Databases of PostgreSQL that a run has for itself.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

use crate::trouble::{Trouble, told};

/// A database of its own on a server (`host=… port=… user=…`).
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes it; `server` is where the server is, as libpq has it, from the command line.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub fn new(server: &str) -> Result<Self, Trouble> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("suites_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let database = Self { server: server.to_owned(), name };
        database.command("CREATE DATABASE", "")?;
        Ok(database)
    }

    /// How it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{} dbname={}", self.server, self.name)
    }

    /// Removes it, whoever uses it.
    ///
    /// # Errors
    /// As [`Database::new`].
    pub fn remove(&self) -> Result<(), Trouble> {
        self.command("DROP DATABASE", " WITH (FORCE)")
    }

    fn command(&self, command: &str, how: &str) -> Result<(), Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let place = format!("{} dbname=postgres", self.server);
        runtime.map_err(told("no runtime"))?.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&place, NoTls).await.map_err(told("PostgreSQL"))?;
            let driven = tokio::spawn(connection);
            let done = client.batch_execute(&format!("{command} {}{how}", self.name)).await;
            drop(client);
            // The server has answered by then.
            let _ = driven.await;
            done.map_err(told("PostgreSQL"))
        })
    }
}
