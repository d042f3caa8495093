//! The router: every address the relay answers, and what every answer carries.

use axum::{
    Router,
    body::to_bytes,
    extract::{ConnectInfo, DefaultBodyLimit, FromRequest, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use sceau_api::{ProblemCode, path};
use serde::de::DeserializeOwned;
use std::{convert::Infallible, net::SocketAddr, time::Instant};
use tokio::time::timeout;

use crate::{
    auth, blob, event, health, jmap, limits, log,
    network::NetworkAddress,
    page,
    problem::{self, Denied, Unfinished},
    rate::{Asking, Resource},
    relay::Relay,
    session,
    watch::spans::{self, Parent},
};

/// What the page may do: run its own scripts and its own wasm, talk to its own origin, nothing else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src blob:; frame-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Nothing of the machine beyond the page itself; the clipboard may be written, for "copy".
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), \
    encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), \
    idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), usb=(), \
    xr-spatial-tracking=(), clipboard-read=(), clipboard-write=(self)";

/// The headers of every answer; one that a handler set itself stays.
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", PAGE_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", PERMISSIONS),
    ("cache-control", "no-store"),
];

/// The relay as a service: tests call it directly, the program serves it.
pub fn app(relay: Relay) -> Router {
    Router::new()
        .route(path::WELL_KNOWN, get(session::get::well_known))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route(path::SESSION, get(session::get::get))
        .route(path::API, post(jmap::api))
        .route("/jmap/upload/{account}/", post(blob::upload::upload))
        .route("/jmap/download/{account}/{blob}/{name}", get(blob::download::download))
        .route(path::EVENT_SOURCE, get(event::source::source))
        .route(path::WEBSOCKET, get(event::socket::socket))
        .route(path::WEBSOCKET_TICKET, post(event::ticket::make))
        .route(path::ENROL_START, post(auth::enrol::start))
        .route(path::ENROL_FINISH, post(auth::enrol::finish))
        .route(path::LOGIN_START, post(auth::login::start))
        .route(path::LOGIN_FINISH, post(auth::login::finish))
        .route(path::CHANGE_START, post(auth::change::start))
        .route(path::CHANGE_FINISH, post(auth::change::finish))
        .route(path::LOGOUT, post(auth::logout::logout))
        .method_not_allowed_fallback(wrong_method)
        .fallback(page::serve::serve)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(relay.clone(), around))
        .with_state(relay)
}

async fn wrong_method() -> Denied {
    Denied::new(ProblemCode::MethodNotAllowed)
}

/// Numbers, checks, answers, dresses and logs one request.
async fn around(State(relay): State<Relay>, mut request: Request, next: Next) -> Response {
    name_host(&mut request);
    let operation = relay.next_operation();
    let begun = Instant::now();
    let method = request.method().clone();
    let route = route_of(request.uri().path());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let network = relay.doors().caller(peer, request.headers());
    let refused = relay.take(Asking { account: None, network }, Resource::Requests, 1).err();
    let refused = refused.or_else(|| swamped(&relay, route));
    let is_foreign = || foreign(&method, request.headers()).then(|| Denied::new(ProblemCode::ForeignOrigin));
    let span = spans::Request::begin(relay.watch().recorder(), &Parent::of(request.headers()));
    let response = match refused.or_else(is_foreign) {
        Some(denied) => denied.into_response(),
        None => {
            request = request.with_operation(&operation);
            request.extensions_mut().insert(network);
            span.around(next.run(request)).await
        }
    };
    let fault = response.extensions().get::<Unfinished>().and_then(|unfinished| unfinished.fault.clone());
    let mut response = problem::finish(response, &operation);
    dress(response.headers_mut(), &operation);
    let status = response.status();
    span.end(route, method.as_str(), status.as_u16(), &operation);
    relay.watch().metrics.request(route, method.as_str(), status.as_u16(), begun.elapsed());
    let mut members = vec![("op", operation.as_str()), ("method", method.as_str()), ("route", route)];
    let status_text = status.as_str().to_owned();
    members.push(("status", &status_text));
    if let Some(fault) = &fault {
        members.push(("fault", fault));
    }
    log::line("request", &members);
    response
}

/// Refuses what there is no place for before anything is read or looked up.
fn swamped(relay: &Relay, route: &str) -> Option<Denied> {
    match route {
        path::API => relay.requests().look().err(),
        path::UPLOAD => relay.uploads().look().err(),
        _ => None,
    }
}

/// HTTP/2 says the host in `:authority`, not in a field (RFC 9113 §8.3.1); from here on it is in the field either way.
fn name_host(request: &mut Request) {
    let host = request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
}

/// The operation number, for handlers that put it into answers of their own.
#[derive(Debug, Clone)]
pub(crate) struct Operation(pub(crate) String);

trait WithOperation {
    fn with_operation(self, operation: &str) -> Self;
}

impl WithOperation for Request {
    fn with_operation(mut self, operation: &str) -> Self {
        self.extensions_mut().insert(Operation(operation.to_owned()));
        self
    }
}

impl<S: Sync> FromRequestParts<S> for Operation {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self(String::new())))
    }
}

/// The first words of a path, so that ids and names stay out of the log.
fn route_of(path: &str) -> &'static str {
    const ROUTES: &[&str] = &[
        "/health/",
        path::SESSION,
        path::WELL_KNOWN,
        path::API,
        path::UPLOAD,
        path::DOWNLOAD,
        path::EVENT_SOURCE,
        path::WEBSOCKET_TICKET,
        path::WEBSOCKET,
        path::ENROL_START,
        path::ENROL_FINISH,
        path::LOGIN_START,
        path::LOGIN_FINISH,
        path::CHANGE_START,
        path::CHANGE_FINISH,
        path::LOGOUT,
    ];
    ROUTES.iter().find(|route| path.starts_with(**route)).copied().unwrap_or("page")
}

/// Whether another site's page sends this. There are no cookies to ride on; this is a second wall.
fn foreign(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // A handshake is a GET that a page of any site can send; its ticket is the first wall.
    if matches!(*method, Method::GET | Method::HEAD) && !headers.contains_key(header::UPGRADE) {
        return false;
    }
    if text(HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| !matches!(site, "same-origin" | "none"))
    {
        return true;
    }
    let Some(origin) = text(header::ORIGIN) else { return false };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_none() || host != text(header::HOST)
}

fn dress(headers: &mut HeaderMap, operation: &str) {
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(operation) {
        headers.insert(HeaderName::from_static("x-operation"), value);
    }
}

/// A JSON body of a log-in route.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Relay> for Body<T> {
    type Rejection = Denied;

    async fn from_request(request: Request, _: &Relay) -> Result<Self, Denied> {
        let bytes = read_body(request, limits::AUTH_REQUEST_BYTES).await?;
        // What exactly is wrong may quote the body; it stays unsaid.
        let value = serde_json::from_slice(&bytes).map_err(|_| Denied::bad_request("body"))?;
        Ok(Self(value))
    }
}

/// The whole of a JSON body, within `limit` bytes.
pub(crate) async fn read_body(request: Request, limit: usize) -> Result<Vec<u8>, Denied> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = kind.is_some_and(|kind| kind.split(';').next().map(str::trim) == Some("application/json"));
    if !is_json {
        return Err(Denied::new(ProblemCode::NotJson).detail("Content-Type must be application/json"));
    }
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large());
    }
    let reading = timeout(limits::BODY_IDLE, to_bytes(request.into_body(), limit));
    let bytes = reading.await.map_err(|_| Denied::bad_request("the body did not arrive"))?;
    Ok(bytes.map_err(|_| too_large())?.to_vec())
}

fn too_large() -> Denied {
    Denied { limit: Some("maxSizeRequest"), ..Denied::new(ProblemCode::Limit) }
}

/// Where a request comes from, as [`around`] found it.
pub(crate) fn network_of(parts: &Parts) -> NetworkAddress {
    parts.extensions.get::<NetworkAddress>().copied().unwrap_or_default()
}

/// The network address of the caller.
pub(crate) struct Peer(pub(crate) NetworkAddress);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(network_of(parts)))
    }
}
