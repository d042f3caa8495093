//! What the suite runs on: SQLite and blobs in memory, or, where `SCEAU_TEST_POSTGRES` names a server, a new database there
//! for every world; where `SCEAU_TEST_S3` names a bucket (`s3://bucket`), every blob of a world in a new folder of it.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sceau_relay::store::{Blobs, MemoryBlobs, ObjectBlobs, Store};
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Where the server is, as libpq has it: `host=… port=… user=…`, without a database.
fn server() -> Option<String> {
    std::env::var("SCEAU_TEST_POSTGRES").ok()
}

/// Two stores over one database, as two relays have them; `None` where the suite's database has one user only.
pub(crate) fn two_stores(blobs: [Box<dyn Blobs>; 2]) -> Option<[Store; 2]> {
    let url = fresh(&server()?);
    Some(blobs.map(|blobs| Store::postgres(&url, blobs).unwrap()))
}

/// A new folder of object storage.
fn new_folder() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let bucket = std::env::var("SCEAU_TEST_S3").ok()?;
    Some(format!("{bucket}/suite/{}/{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// A store with its blobs in that folder; otherwise they are in memory, and small ones in the database.
fn with_blobs_at(folder: Option<&str>, store: impl FnOnce(Box<dyn Blobs>) -> Store) -> Store {
    match folder {
        Some(folder) => store(Box::new(ObjectBlobs::open(folder).unwrap())).with_blobs_in_rows(None),
        None => store(Box::new(MemoryBlobs::default())),
    }
}

/// A new store.
pub(crate) fn new_store() -> Store {
    with_blobs_at(new_folder().as_deref(), store)
}

/// A new store with these blobs.
pub(crate) fn store(blobs: Box<dyn Blobs>) -> Store {
    match server() {
        Some(server) => Store::postgres(&fresh(&server), blobs).unwrap(),
        None => Store::in_memory(blobs).unwrap(),
    }
}

/// A new database that several relays share, and where they share blobs that do not lie in it.
pub(crate) struct Shared {
    database: String,
    blobs: Option<String>,
}

impl Shared {
    /// `None`, loudly, without a server.
    pub(crate) fn new() -> Option<Self> {
        let Some(server) = server() else {
            eprintln!("skipped: SCEAU_TEST_POSTGRES names no server");
            return None;
        };
        Some(Self { database: fresh(&server), blobs: new_folder() })
    }

    /// Another relay's store over it. Without object storage, blobs lie in the database.
    pub(crate) fn store(&self) -> Store {
        with_blobs_at(self.blobs.as_deref(), |blobs| Store::postgres(&self.database, blobs).unwrap())
    }

    /// What a data folder says of it in its `store.toml`; without object storage, blobs lie in `folder`.
    pub(crate) fn said(&self, folder: &Path) -> String {
        let blobs = self.blobs.clone().unwrap_or_else(|| folder.display().to_string());
        format!("database = \"{}\"\nblobs = \"{blobs}\"\nblobs_in_database = 600\n", self.database)
    }

    /// How to reach it.
    pub(crate) fn place(&self) -> &str {
        &self.database
    }

    /// Runs a command in it, as the server's keeper could.
    pub(crate) fn run(&self, command: &str) {
        run(&self.database, command);
    }

    /// What a query says there: the first column of its first row.
    pub(crate) fn ask(&self, query: &str) -> String {
        run(&self.database, query).unwrap()
    }
}

/// A new database on the server; gives how to reach it.
fn fresh(server: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("suite_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    run(&format!("{server} dbname=postgres"), &format!("CREATE DATABASE {name}"));
    format!("{server} dbname={name}")
}

/// Runs a command on a thread of its own: tests are within a runtime already. Gives the first value it says.
fn run(place: &str, command: &str) -> Option<String> {
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(place, NoTls).await.unwrap();
                let driven = tokio::spawn(connection);
                let said = client.simple_query(command).await.unwrap();
                drop(client);
                driven.await.unwrap().unwrap();
                said.iter().find_map(|message| match message {
                    SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                    _ => None,
                })
            })
        });
        work.join().unwrap()
    })
}
