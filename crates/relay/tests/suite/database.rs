//! The database the suite runs on: SQLite in memory, or, where `SCEAU_TEST_POSTGRES` names a server, a new database there
//! for every world.

use std::sync::atomic::{AtomicU32, Ordering};

use sceau_relay::store::{Blobs, Store};
use tokio_postgres::NoTls;

/// Where the server is, as libpq has it: `host=… port=… user=…`, without a database.
fn server() -> Option<String> {
    std::env::var("SCEAU_TEST_POSTGRES").ok()
}

/// A new store.
pub(crate) fn store(blobs: Box<dyn Blobs>) -> Store {
    match server() {
        Some(server) => Store::postgres(&fresh(&server), blobs).unwrap(),
        None => Store::in_memory(blobs).unwrap(),
    }
}

/// A new database on the server; gives how to reach it.
fn fresh(server: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("suite_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let (command, place) = (format!("CREATE DATABASE {name}"), format!("{server} dbname=postgres"));
    let made = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&place, NoTls).await.unwrap();
            let driven = tokio::spawn(connection);
            client.batch_execute(&command).await.unwrap();
            drop(client);
            driven.await.unwrap().unwrap();
        });
    });
    made.join().unwrap();
    format!("{server} dbname={name}")
}
