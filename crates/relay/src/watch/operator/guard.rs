//! Who may look.

use std::{
    fs,
    net::{SocketAddr, ToSocketAddrs as _},
    path::Path,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::{command::Failure, fault::Fault};

/// Shortest token: what 128 random bits take in base64.
const TOKEN_BYTES: usize = 22;

/// The token's hash, if there is one: hashes are compared, so that the time it takes tells nothing.
#[derive(Clone)]
pub(crate) struct Guard(Option<Vec<u8>>);

impl Guard {
    pub(crate) fn new(token: Option<&str>) -> Self {
        Self(token.map(|token| Sha256::digest(token).to_vec()))
    }

    fn admits(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let Some(wanted) = &self.0 else {
            return if names_this_machine(headers) { Ok(()) } else { Err(StatusCode::FORBIDDEN) };
        };
        let shown = shown(headers).map(|token| Sha256::digest(token).to_vec());
        if shown.as_ref() == Some(wanted) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
    }
}

/// Answers only those who may look.
pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match guard.admits(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(status @ StatusCode::UNAUTHORIZED) => {
            let ask = HeaderValue::from_static("Basic realm=\"operator\", charset=\"UTF-8\"");
            let text = "The operator's token is needed, as Bearer or as the pass word of Basic.\n";
            (status, [(header::WWW_AUTHENTICATE, ask)], text).into_response()
        }
        Err(status) => {
            let text = "Without a token this port answers to localhost, 127.0.0.1 and [::1] only.\n";
            (status, text).into_response()
        }
    }
}

/// A page of somebody else's, whose name was made to lead here, names itself.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn shown(headers: &HeaderMap) -> Option<String> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    let pair = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(rest.trim()).ok()).flatten()?;
    let pair = String::from_utf8(pair).ok()?;
    pair.split_once(':').map(|(_, word)| word.to_owned())
}

/// Reads a token from its file.
pub(crate) fn read_token(file: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let token = text.trim();
    let is_sound = token.len() >= TOKEN_BYTES && token.bytes().all(|byte| byte.is_ascii_graphic());
    is_sound.then(|| token.to_owned()).ok_or_else(|| {
        let advice = "one line of at least 22 letters and digits, as `openssl rand -base64 24` makes them";
        format!("{} holds no token: {advice}", file.display()).into()
    })
}

/// The addresses to listen on: of this machine alone, unless there is a token.
pub(crate) fn listeners(address: &str, has_token: bool) -> Result<Vec<SocketAddr>, Failure> {
    let found: Vec<SocketAddr> =
        address.to_socket_addrs().map_err(|error| format!("{address}: {error}"))?.collect();
    if !has_token && found.iter().any(|address| !address.ip().is_loopback()) {
        return Err(Fault::Setting(
            "the operator's port is for this machine (127.0.0.1); another address needs --operator-token-file",
        )
        .into());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_without_a_token() {
        assert!(listeners("127.0.0.1:0", false).is_ok());
        assert!(listeners("[::1]:0", false).is_ok());
        for open in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            assert!(listeners(open, false).is_err(), "{open}");
            assert!(listeners(open, true).is_ok(), "{open}");
        }
    }
}
