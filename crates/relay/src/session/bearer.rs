//! Who calls: a token, as Bearer (RFC 6750) or as the pass word of Basic (RFC 7617), stored as its SHA-256 only.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sceau_api::{ProblemCode, path};
use sha2::{Digest as _, Sha256};

use crate::{
    account, app,
    network::NetworkAddress,
    problem::Denied,
    rate::{Asking, Resource},
    relay::Relay,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
    token::{
        scope::{self, Scopes},
        used,
    },
};

/// A caller with a session that lives.
#[derive(Clone)]
pub(crate) struct Bearer {
    pub(crate) account: i64,
    pub(crate) address: String,
    pub(crate) token_hash: Vec<u8>,
    pub(crate) fresh_until: i64,
    pub(crate) scopes: Scopes,
    /// Whether the keeper made the token for a program, which nobody logged in for.
    pub(crate) is_program: bool,
    /// The day a program's token was last used.
    pub(crate) last_used_on: Option<i64>,
    pub(crate) network: NetworkAddress,
}

impl Bearer {
    /// Who is asking, as far as it is counted.
    pub(crate) fn asking(&self) -> Asking {
        Asking { account: Some(self.account), network: self.network }
    }

    /// The same caller, who asks from there; counts the request.
    pub(crate) fn asks_from(self, relay: &Relay, network: NetworkAddress) -> Result<Self, Denied> {
        // That of the network was counted when the request came.
        let asking = Asking { account: Some(self.account), network: NetworkAddress::default() };
        relay.take(asking, Resource::Requests, 1)?;
        Ok(Self { network, ..self })
    }

    /// Refuses a token that has none of these scopes.
    pub(crate) fn must_have(&self, wanted: Scopes) -> Result<(), Denied> {
        scope::must_have(self.scopes, wanted)
    }
}

/// How a token is stored and found.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

impl FromRequestParts<Relay> for Bearer {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, relay: &Relay) -> Result<Self, Denied> {
        let Presented { user, token } = Presented::in_headers(&parts.headers).ok_or_else(ended)?;
        let token_hash = token_hash(&token);
        let found = relay.blocking(move |relay| {
            let found = relay.store().read::<_, Denied>(relay.now(), |tx| Ok(find(tx, token_hash)?))?;
            let found = found.ok_or_else(ended)?;
            // A full disk must not keep anybody from reading and destroying.
            let _ = used::note(relay, &found);
            Ok::<_, Denied>(found)
        });
        let found = found.await?;
        match user.is_none_or(|user| user == found.address) {
            true => found.asks_from(relay, app::network_of(parts)),
            false => Err(ended()),
        }
    }
}

/// What a request shows of who sends it.
struct Presented {
    /// With Basic, the address whose token it is.
    user: Option<String>,
    token: String,
}

impl Presented {
    /// Basic is for programs only: a browser keeps a name and pass word that it was once given and sends them along with whatever any
    /// page has it ask for, so that nothing a browser sends may come with them.
    fn in_headers(headers: &HeaderMap) -> Option<Self> {
        let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Self { user: None, token: rest.trim().to_owned() });
        }
        if !scheme.eq_ignore_ascii_case("basic") || are_a_browsers(headers) {
            return None;
        }
        let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        let (user, token) = pair.split_once(':')?;
        Some(Self { user: Some(account::normalise(user)?), token: token.to_owned() })
    }
}

/// Header fields that browsers send and programs do not.
const BROWSERS_OWN: [&str; 4] = ["cookie", "origin", "sec-fetch-mode", "sec-fetch-site"];

/// Whether a browser sends this. A program that was sent on from the well-known address to the session resource may say so in
/// `Referer`; no page of anybody's is there.
fn are_a_browsers(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let was_sent_on = |referer: &HeaderValue| {
        let place = referer.to_str().ok().and_then(|referer| referer.split_once("://"));
        place
            .and_then(|(_, place)| place.strip_suffix(path::WELL_KNOWN))
            .is_some_and(|host| Some(host) == text(header::HOST))
    };
    BROWSERS_OWN.iter().any(|name| headers.contains_key(*name))
        || headers.get(header::REFERER).is_some_and(|referer| !was_sent_on(referer))
}

/// The session of a token, if it lives.
pub(crate) fn find(tx: &Tx<'_>, token_hash: Vec<u8>) -> sql::Result<Option<Bearer>> {
    tx.prepare_cached(
        "SELECT account.id, address, fresh_until, scopes, token_id, last_used_on
         FROM session JOIN account ON account.id = session.account
         WHERE token_hash = ? AND expires_at > ?",
    )?
    .query_row(params![token_hash, tx.now], |row| {
        Ok(Bearer {
            account: row.get(0)?,
            address: row.get(1)?,
            token_hash: token_hash.clone(),
            fresh_until: row.get(2)?,
            scopes: Scopes::stored(&row.get::<String>(3)?),
            is_program: row.get::<Option<String>>(4)?.is_some(),
            last_used_on: row.get(5)?,
            network: NetworkAddress::default(),
        })
    })
    .optional()
}

fn ended() -> Denied {
    Denied::new(ProblemCode::SessionEnded)
}
