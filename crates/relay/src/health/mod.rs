//! Whether the relay lives, and whether it is ready: for whatever starts it, watches it, or sends it callers.

use axum::{Json, extract::State, http::StatusCode};
use sceau_api::BlobId;
use serde::Serialize;

use crate::{fault::Fault, relay::Relay};

/// How the relay is; nothing that is not everybody's to know.
#[derive(Serialize)]
pub(crate) struct Health {
    status: &'static str,
}

/// `GET /health/live`: the process answers.
pub(crate) async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// `GET /health/ready`: 200 when database and blobs answer and the relay is not about to stop; 503 otherwise, with the reason.
pub(crate) async fn ready(State(relay): State<Relay>) -> (StatusCode, Json<Health>) {
    let status = match relay.is_stopping() {
        true => "stopping",
        false => relay.blocking(|relay| Ok::<_, Fault>(probe(relay))).await.unwrap_or("failed"),
    };
    let code = if status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Health { status }))
}

fn probe(relay: &Relay) -> &'static str {
    let store = relay.store();
    let rows = store.read::<_, Fault>(relay.now(), |tx| {
        Ok(tx.query_row("SELECT count(*) FROM authority", [], |row| row.get::<i64>(0))?)
    });
    // One that nobody can have: to look for it is enough.
    let bytes = store.blobs().open_range(&BlobId("0".repeat(64)), 0, 0);
    match (rows, bytes) {
        (Ok(_), Ok(_)) => "ready",
        (Err(_), _) => "no_database",
        (_, Err(_)) => "no_blobs",
    }
}
