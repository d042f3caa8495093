//! OTLP over HTTP with JSON (OpenTelemetry Protocol 1.x): a batch of spans as one POST.

use std::{str::FromStr, sync::Arc};

use axum::{
    body::Bytes,
    http::{Method, Request, Uri, header},
};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};

use super::{Kind, Recorder, recorder::Done};
use crate::{limits, log};

/// Where a collector listens, in clear: one on this machine, or behind something that adds TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    host: String,
    port: u16,
    path: String,
}

impl FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str =
            "write http://HOST:PORT of a collector that takes OTLP over HTTP; the path /v1/traces is added";
        let uri: Uri = text.parse().map_err(|_| FORM)?;
        if uri.scheme_str() == Some("https") {
            return Err("spans are sent in clear: give the http:// address of a collector on this machine");
        }
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http")).ok_or(FORM)?;
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(FORM);
        }
        let base = uri.path().trim_end_matches('/');
        let path = if base.ends_with("/v1/traces") { base.to_owned() } else { format!("{base}/v1/traces") };
        let port = authority.port_u16().unwrap_or(4318);
        Ok(Self { host: authority.host().to_owned(), port, path })
    }
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the collector cannot be reached: {0}")]
    Connect(#[from] std::io::Error),
    #[error("the collector broke off: {0}")]
    Http(#[from] hyper::Error),
    #[error("the collector answered {0}")]
    Status(u16),
    #[error("no request could be made")]
    Request,
    #[error("the collector took too long")]
    Late,
}

/// Sends what ended. What cannot be sent is lost and counted: spans are never worth a relay's memory.
pub(crate) async fn send(recorder: &Arc<Recorder>, node: &str) {
    let spans = recorder.take();
    for batch in spans.chunks(limits::SPANS_SENT) {
        let body = body(batch, node);
        let sending = timeout(limits::SPANS_PATIENCE, post(&recorder.endpoint, &body));
        if let Err(failure) = sending.await.unwrap_or(Err(Failure::Late)) {
            recorder.lost.inc_by(u64::try_from(batch.len()).unwrap_or(u64::MAX));
            log::line("spans_lost", &[("fault", &failure.to_string())]);
        }
    }
}

async fn post(endpoint: &Endpoint, body: &Value) -> Result<(), Failure> {
    let host = endpoint.host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, endpoint.port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driven = tokio::spawn(connection);
    let request = Request::builder()
        .method(Method::POST)
        .uri(&endpoint.path)
        .header(header::HOST, format!("{}:{}", endpoint.host, endpoint.port))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
        .map_err(|_| Failure::Request)?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    // Read to its end, within limits, so that the collector is not cut off while it writes.
    let rest = http_body_util::Limited::new(answer.into_body(), limits::SPANS_ANSWER).collect().await;
    drop((rest, sender));
    driven.abort();
    if status.is_success() { Ok(()) } else { Err(Failure::Status(status.as_u16())) }
}

/// ExportTraceServiceRequest, as JSON.
fn body(spans: &[Done], node: &str) -> Value {
    let spans: Vec<Value> = spans.iter().map(span).collect();
    json!({"resourceSpans": [{
        "resource": {"attributes": [
            attribute("service.name", "sceau-relay"),
            attribute("service.version", env!("CARGO_PKG_VERSION")),
            attribute("service.instance.id", node),
        ]},
        "scopeSpans": [{"scope": {"name": "sceau-relay"}, "spans": spans}],
    }]})
}

fn span(done: &Done) -> Value {
    let attributes: Vec<Value> = done.attributes.iter().map(|(name, value)| attribute(name, value)).collect();
    let mut span = json!({
        "traceId": hex::encode(done.trace),
        "spanId": hex::encode(done.span),
        "name": done.name,
        "kind": match done.kind { Kind::Internal => 1, Kind::Server => 2 },
        "startTimeUnixNano": done.from.to_string(),
        "endTimeUnixNano": done.to.to_string(),
        "attributes": attributes,
        "status": if done.failed { json!({"code": 2}) } else { json!({}) },
    });
    if done.parent != [0; 8]
        && let Some(members) = span.as_object_mut()
    {
        members.insert("parentSpanId".to_owned(), json!(hex::encode(done.parent)));
    }
    span
}

fn attribute(name: &str, value: &str) -> Value {
    let value = match value.parse::<u16>() {
        Ok(number) if name == "http.response.status_code" => json!({"intValue": number.to_string()}),
        _ => json!({"stringValue": value}),
    };
    json!({"key": name, "value": value})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_named_by_its_address() {
        let endpoint: Endpoint = "http://[::1]:4318".parse().unwrap();
        let (host, path) = ("[::1]".to_owned(), "/v1/traces".to_owned());
        assert_eq!(endpoint, Endpoint { host, port: 4318, path });
        let below: Endpoint = "http://collector/otlp/".parse().unwrap();
        assert_eq!((below.port, below.path.as_str()), (4318, "/otlp/v1/traces"));
        for wrong in
            ["", "collector:4318", "https://collector", "http://a:b@collector", "ftp://x", "http://x/?y"]
        {
            assert!(wrong.parse::<Endpoint>().is_err(), "{wrong}");
        }
    }
}
