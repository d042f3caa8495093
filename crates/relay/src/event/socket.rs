//! The handshake of JMAP over a WebSocket (RFC 8887 §4.1).

use axum::{
    extract::{
        FromRequestParts, State, WebSocketUpgrade,
        ws::{WebSocketUpgrade as Upgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{header, request::Parts},
    response::Response,
};
use sceau_api::ProblemCode;

use super::{connection::Connection, ticket};
use crate::{
    app, limits,
    problem::Denied,
    relay::{Relay, Work},
    session::bearer::Bearer,
};

/// The subprotocol (RFC 8887 §4.1).
const SUBPROTOCOL: &str = "jmap";

/// `GET /jmap/ws`.
pub(crate) async fn socket(
    State(relay): State<Relay>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    Caller(bearer): Caller,
) -> Result<Response, Denied> {
    let upgrade = checked(upgrade)?;
    let busy = relay.begin(bearer.account, Work::Socket, limits::CONCURRENT_SOCKETS);
    let busy = busy.ok_or_else(|| Denied::limit("maxConcurrentSockets"))?;
    let changes = relay.store().follow(bearer.account);
    // Made before the line is handed over: a relay that stops in between waits for it as well.
    let connection = Connection::new(relay, bearer, changes, busy);
    Ok(upgrade.on_upgrade(move |socket| connection.serve(socket)))
}

fn checked(upgrade: Result<Upgrade, WebSocketUpgradeRejection>) -> Result<Upgrade, Denied> {
    let upgrade = upgrade.map_err(|_| Denied::bad_request("a WebSocket handshake is needed"))?;
    let most = usize::try_from(limits::REQUEST_BYTES).unwrap_or(usize::MAX);
    let upgrade = upgrade.protocols([SUBPROTOCOL]).max_message_size(most).max_frame_size(most);
    match upgrade.selected_protocol() {
        Some(_) => Ok(upgrade),
        None => Err(Denied::bad_request("the subprotocol must be jmap")),
    }
}

/// Who opens the connection: by a token in the header, as programs do, or by a ticket.
pub(crate) struct Caller(Bearer);

impl FromRequestParts<Relay> for Caller {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, relay: &Relay) -> Result<Self, Denied> {
        let presented = ticket::presented(&parts.headers);
        let Some(presented) = presented.filter(|_| !parts.headers.contains_key(header::AUTHORIZATION)) else {
            return Bearer::from_request_parts(parts, relay).await.map(Self);
        };
        let taken = relay.blocking(move |relay| {
            relay.store().write::<_, Denied>(relay.now(), |tx| Ok(ticket::take(tx, &presented)?))
        });
        let bearer = taken.await?.ok_or_else(|| Denied::new(ProblemCode::SessionEnded))?;
        bearer.asks_from(relay, app::network_of(parts)).map(Self)
    }
}
