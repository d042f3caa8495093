//! A database of its own on a server of PostgreSQL.

use std::sync::atomic::{AtomicU32, Ordering};

use sceau_crash::trouble::{Trouble, told};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// Its name on its server (`host=… port=… user=…`).
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes an empty one.
    pub(crate) fn new(runtime: &Runtime, server: &str) -> Result<Self, Trouble> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("load_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let database = Self { server: server.to_owned(), name };
        runtime.block_on(async {
            let client = connect(&format!("{server} dbname=postgres")).await?;
            let made = client.batch_execute(&format!("CREATE DATABASE {}", database.name)).await;
            made.map_err(told("PostgreSQL"))
        })?;
        Ok(database)
    }

    /// How it is reached.
    pub(crate) fn url(&self) -> String {
        format!("{} dbname={}", self.server, self.name)
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<Client, Trouble> {
        connect(&self.url()).await
    }
}

async fn connect(url: &str) -> Result<Client, Trouble> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(told("PostgreSQL"))?;
    tokio::spawn(connection);
    Ok(client)
}
