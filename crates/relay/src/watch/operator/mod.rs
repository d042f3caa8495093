//! The operator's port: figures for Prometheus and a page for people. It is another listener than the one the world reaches, on
//! the machine itself unless a token says who may look from elsewhere.

mod guard;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::page;
use crate::{problem::Denied, relay::Relay};

pub(crate) use guard::{Guard, listeners, read_token};

/// What OpenMetrics 1.0 calls itself.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// A page without scripts, with its own style sheet and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// The operator's port as a service. With a token, who asks must show it (Bearer, or as the pass word of Basic); without one
/// only a caller that names this machine as its host is answered.
pub fn operator(relay: Relay, token: Option<&str>) -> Router {
    let guard = Guard::new(token);
    Router::new()
        .route("/metrics", get(metrics))
        .route("/", get(page::page))
        .route("/style.css", get(page::style))
        .layer(middleware::from_fn_with_state(guard, guard::check))
        .layer(middleware::from_fn(dress))
        .with_state(relay)
}

async fn metrics(State(relay): State<Relay>) -> Result<Response, Denied> {
    let text = relay.blocking(|relay| relay.watch().metrics.text(&relay.figures()?, relay.now())).await?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

async fn dress(request: Request, next: Next) -> Response {
    let mut response = crate::problem::finish(next.run(request).await, "");
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
