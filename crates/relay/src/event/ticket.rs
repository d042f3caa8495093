//! The ticket by which a browser opens a WebSocket, since a page cannot put a token into the handshake's header.
//!
//! It comes as a second subprotocol beside `jmap`, not in the address: addresses stand in the logs of proxies and in a
//! browser's history, the values of that header field in neither.

use axum::{Json, extract::State, http::HeaderMap};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sceau_api::UtcDate;
use serde::Serialize;

use crate::{
    limits,
    problem::Denied,
    random::generate_bytes,
    relay::Relay,
    session::bearer::{self, Bearer, token_hash},
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// What a ticket begins with among the subprotocols.
const PREFIX: &str = "ticket.";

/// A ticket just made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ticket {
    ticket: String,
    expires_at: UtcDate,
}

/// `POST /jmap/ws/ticket`.
pub(crate) async fn make(State(relay): State<Relay>, bearer: Bearer) -> Result<Json<Ticket>, Denied> {
    relay.blocking(move |relay| relay.store().write(relay.now(), |tx| create(tx, &bearer)).map(Json)).await
}

fn create(tx: &Tx<'_>, bearer: &Bearer) -> Result<Ticket, Denied> {
    tx.prepare_cached("DELETE FROM ticket WHERE session = ? AND expires_at <= ?")?
        .execute(params![bearer.token_hash, tx.now])?;
    let waiting: i64 = tx
        .prepare_cached("SELECT count(*) FROM ticket WHERE session = ?")?
        .query_row(params![bearer.token_hash], |row| row.get(0))?;
    if waiting >= limits::TICKETS {
        return Err(Denied::limit("maxConcurrentSockets"));
    }
    let ticket = URL_SAFE_NO_PAD.encode(generate_bytes::<32>());
    let expires_at = tx.now + limits::TICKET_LIFETIME;
    tx.prepare_cached("INSERT INTO ticket (ticket_hash, session, expires_at) VALUES (?, ?, ?)")?
        .execute(params![token_hash(&ticket), bearer.token_hash, expires_at])?;
    Ok(Ticket { ticket: format!("{PREFIX}{ticket}"), expires_at: UtcDate::from_unix(expires_at) })
}

/// The ticket among the subprotocols of a handshake.
pub(super) fn presented(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all("sec-websocket-protocol").into_iter();
    let mut names = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    names.find_map(|name| name.trim().strip_prefix(PREFIX)).map(str::to_owned)
}

/// Uses a ticket up; gives the session it stands for, if both live.
pub(super) fn take(tx: &Tx<'_>, ticket: &str) -> sql::Result<Option<Bearer>> {
    let session: Option<Vec<u8>> = tx
        .prepare_cached("DELETE FROM ticket WHERE ticket_hash = ? AND expires_at > ? RETURNING session")?
        .query_row(params![token_hash(ticket), tx.now], |row| row.get(0))
        .optional()?;
    session.map_or(Ok(None), |session| bearer::find(tx, session))
}
