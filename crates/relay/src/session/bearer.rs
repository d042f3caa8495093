//! Who calls: the bearer token (RFC 6750), stored as its SHA-256 only.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use rusqlite::{OptionalExtension as _, params};
use sceau_api::ProblemCode;
use sha2::{Digest as _, Sha256};

use crate::{problem::Denied, relay::Relay, store::Tx};

/// A caller with a session that lives.
#[derive(Clone)]
pub(crate) struct Bearer {
    pub(crate) account: i64,
    pub(crate) address: String,
    pub(crate) token_hash: Vec<u8>,
    pub(crate) fresh_until: i64,
}

/// How a token is stored and found.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

impl FromRequestParts<Relay> for Bearer {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, relay: &Relay) -> Result<Self, Denied> {
        let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let token_hash = token.map(|(_, token)| token_hash(token.trim())).ok_or_else(ended)?;
        relay
            .blocking(move |relay| {
                let found = relay.store().read::<_, Denied>(relay.now(), |tx| Ok(find(tx, token_hash)?))?;
                found.ok_or_else(ended)
            })
            .await
    }
}

/// The session of a token, if it lives.
pub(crate) fn find(tx: &Tx<'_>, token_hash: Vec<u8>) -> rusqlite::Result<Option<Bearer>> {
    tx.prepare_cached(
        "SELECT account.id, address, fresh_until FROM session JOIN account ON account.id = session.account
         WHERE token_hash = ? AND expires_at > ?",
    )?
    .query_row(params![token_hash, tx.now], |row| {
        let (account, address, fresh_until) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Bearer { account, address, token_hash: token_hash.clone(), fresh_until })
    })
    .optional()
}

fn ended() -> Denied {
    Denied::new(ProblemCode::SessionEnded)
}
