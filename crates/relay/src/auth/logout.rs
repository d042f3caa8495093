//! Log-out: the token ends now.

use axum::{extract::State, http::StatusCode};

use crate::{problem::Denied, relay::Relay, session::bearer::Bearer, watch::access::Action};

/// `POST /auth/logout`.
pub(crate) async fn logout(State(relay): State<Relay>, bearer: Bearer) -> Result<StatusCode, Denied> {
    relay
        .blocking(move |relay| {
            relay.store().write::<_, Denied>(relay.now(), |tx| {
                tx.execute("DELETE FROM session WHERE token_hash = ?", [&bearer.token_hash])?;
                super::trace(relay, tx, Some(bearer.account), Action::Logout, "")?;
                Ok(StatusCode::NO_CONTENT)
            })
        })
        .await
}
