//! Traces: what a collector gets, and that nothing of it says who wrote to whom.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{Json, Router, body::Body, extract::State, http::StatusCode, routing::post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::world::{ANNE, BRUNO, World};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

type Messages = Arc<Mutex<Vec<Value>>>;

async fn take(State(messages): State<Messages>, Json(message): Json<Value>) -> StatusCode {
    messages.lock().unwrap().push(message);
    StatusCode::OK
}

/// A collector on a port of its own; gives its address and what it gets.
async fn collector() -> (String, Messages) {
    let messages = Messages::default();
    let app = Router::new().route("/v1/traces", post(take)).with_state(messages.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (address, messages)
}

/// Every span of every message, by its id.
fn spans(messages: &Messages) -> BTreeMap<String, Value> {
    let messages = messages.lock().unwrap();
    let lists = messages.iter().map(|message| &message["resourceSpans"][0]["scopeSpans"][0]["spans"]);
    let all = lists.flat_map(|list| list.as_array().unwrap().clone());
    all.map(|span| (span["spanId"].as_str().unwrap().to_owned(), span)).collect()
}

fn named<'a>(spans: &'a BTreeMap<String, Value>, name: &str) -> &'a Value {
    spans.values().find(|span| span["name"] == name).unwrap_or_else(|| panic!("{name}: {spans:#?}"))
}

async fn sent(world: &World, flags: &str) -> StatusCode {
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let letter = anne.letter_to("l-1", &[BRUNO]).await;
    let mut arguments = letter.clone();
    arguments["accountId"] = json!(anne.account);
    let body = json!({
        "using": sceau_api::capability::ALL,
        "methodCalls": [["Letter/send", arguments, "0"], ["Patient/secret", {}, "1"]],
    });
    let request = anne
        .request("POST", "/jmap/api")
        .header("content-type", "application/json")
        .header("traceparent", format!("00-{TRACE}-{CALLER}-{flags}"));
    world.send(request.body(Body::from(body.to_string())).unwrap()).await.status
}

#[tokio::test]
async fn a_request_is_told_with_its_methods_transactions_and_deliveries() {
    let (world, (address, messages)) = (World::new(), collector().await);
    world.relay.record_spans(&address, 1_000_000).unwrap();
    assert_eq!(sent(&world, "01").await, StatusCode::OK);
    world.relay.send_spans().await;
    let mut spans = spans(&messages);
    assert!(spans.values().any(|span| span["name"] == "blob"), "of the uploads before");
    spans.retain(|_, span| span["traceId"] == TRACE);
    let request = named(&spans, "request");
    assert_eq!((&request["parentSpanId"], &request["kind"]), (&json!(CALLER), &json!(2)));
    let attributes = request["attributes"].as_array().unwrap();
    assert!(attributes.contains(&json!({"key": "http.route", "value": {"stringValue": "/jmap/api"}})));
    assert!(attributes.contains(&json!({"key": "http.response.status_code", "value": {"intValue": "200"}})));
    let method = named(&spans, "Letter/send");
    assert_eq!(method["parentSpanId"], request["spanId"]);
    let delivery = named(&spans, "delivery");
    let transaction = &spans[delivery["parentSpanId"].as_str().unwrap()];
    assert_eq!(
        (&transaction["name"], &transaction["parentSpanId"]),
        (&json!("transaction"), &method["spanId"])
    );
    let unknown = named(&spans, "unknown");
    assert_eq!(unknown["attributes"][0]["value"]["stringValue"], "unknownMethod");
    let time = |span: &Value, name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
    for inner in [method, transaction, delivery] {
        assert!(time(inner, "startTimeUnixNano") >= time(request, "startTimeUnixNano"));
        assert!(time(inner, "endTimeUnixNano") <= time(request, "endTimeUnixNano"));
    }
}

#[tokio::test]
async fn no_span_names_an_account_a_correspondent_or_a_letter() {
    let (world, (address, messages)) = (World::new(), collector().await);
    world.relay.record_spans(&address, 1_000_000).unwrap();
    sent(&world, "01").await;
    world.relay.send_spans().await;
    let said = messages.lock().unwrap().iter().map(Value::to_string).collect::<String>();
    assert!(said.contains("Letter/send"));
    for word in ["@", "exemple", "bruno", "[...]", "l-1", "secret", "\"a1\"", "\"e1\""] {
        assert!(!said.contains(word), "{word} is in {said}");
    }
}

#[tokio::test]
async fn what_its_caller_or_the_share_leaves_out_is_not_recorded() {
    let (address, messages) = collector().await;
    let unsampled = World::new();
    unsampled.relay.record_spans(&address, 1_000_000).unwrap();
    sent(&unsampled, "00").await;
    unsampled.relay.send_spans().await;
    assert!(spans(&messages).values().all(|span| span["traceId"] != TRACE));
    messages.lock().unwrap().clear();
    let none = World::new();
    none.relay.record_spans(&address, 0).unwrap();
    sent(&none, "01").await;
    none.relay.send_spans().await;
    assert!(messages.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_collector_that_is_gone_costs_its_spans_and_nothing_else() {
    let world = World::new();
    // Nothing listens on a port that was just given back.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    world.relay.record_spans(&format!("http://{gone}"), 1_000_000).unwrap();
    assert_eq!(sent(&world, "01").await, StatusCode::OK);
    world.relay.send_spans().await;
    let request = axum::http::Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(sceau_relay::operator(world.relay.clone(), None), request).await;
    let body = http_body_util::BodyExt::collect(answer.unwrap().into_body()).await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let lost = text.lines().find_map(|line| line.strip_prefix("sceau_spans_lost_total ")).unwrap();
    assert!(lost.parse::<u64>().unwrap() > 0, "{text}");
}
