//! A relay that serves within this process, over either database.

use std::net::SocketAddr;
use std::path::Path;

use sceau_relay::clock::SystemClock;
use sceau_relay::store::{DiskBlobs, Store};
use sceau_relay::{Relay, app};
use tokio::net::TcpListener;

use crate::trouble::{Trouble, told};

/// A relay and where it listens.
pub(super) struct Serving {
    pub(super) relay: Relay,
    pub(super) address: SocketAddr,
    runtime: tokio::runtime::Runtime,
}

impl Serving {
    /// Starts one over `data`, or over a database of PostgreSQL with its blobs there.
    pub(super) fn start(data: &Path, database: Option<&str>) -> Result<Self, Trouble> {
        let relay = match database {
            None => Relay::open_to_serve(data, None).map_err(told("the relay does not open"))?,
            Some(url) => {
                let blobs = DiskBlobs::open(data).map_err(told("the blob folder"))?;
                let store = Store::postgres(url, Box::new(blobs)).map_err(told("PostgreSQL"))?;
                Relay::with_store(store, SystemClock)
            }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(told("no runtime"))?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(told("no address"))?;
        let address = listener.local_addr().map_err(told("no address"))?;
        let service = app(relay.clone()).into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async move { axum::serve(listener, service).await });
        Ok(Self { relay, address, runtime })
    }

    /// Ends it; what it was about is done first.
    pub(super) fn end(self) {
        drop(self.relay);
        self.runtime.shutdown_timeout(std::time::Duration::from_secs(10));
    }
}
