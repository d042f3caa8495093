//! The event source (RFC 8620 §7.3).

use axum::body::{Body, BodyDataStream};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::world::{ANNE, BRUNO, Member, World, letter};

/// An open stream, read event by event.
pub(crate) struct Events {
    stream: BodyDataStream,
    rest: String,
}

pub(crate) async fn listen(member: &Member<'_>, query: &str, last: Option<&str>) -> Events {
    let mut request = member.request("GET", &format!("/jmap/eventsource/?{query}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response = member.world.app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Events { stream: response.into_body().into_data_stream(), rest: String::new() }
}

impl Events {
    /// Name, id and data of the next event; `None` when the stream ends.
    pub(crate) async fn next(&mut self) -> Option<(String, String, Value)> {
        while !self.rest.contains("\n\n") {
            self.rest.push_str(std::str::from_utf8(&self.stream.next().await?.unwrap()).unwrap());
        }
        let (event, rest) =
            self.rest.split_once("\n\n").map(|(event, rest)| (event.to_owned(), rest.to_owned())).unwrap();
        self.rest = rest;
        let field = |name: &str| {
            event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
        };
        Some((field("event:"), field("id:"), serde_json::from_str(&field("data:")).unwrap()))
    }
}

#[tokio::test]
async fn a_delivery_is_told_to_its_recipient() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let mut all = listen(&bruno, "types=*&closeafter=no&ping=0", None).await;
    let mut some = listen(&bruno, "types=EmailDelivery,Vault&closeafter=state&ping=0", None).await;
    let request = anne.letter_to("l-1", &[BRUNO]).await;
    anne.call("Letter/send", request).await;
    let (name, _, change) = all.next().await.unwrap();
    assert_eq!((name.as_str(), &change["@type"]), ("state", &json!("StateChange")));
    let states = change["changed"][&bruno.account].as_object().unwrap().clone();
    assert_eq!(states.keys().collect::<Vec<_>>(), ["Email", "EmailDelivery", "Mailbox", "Quota", "Thread"]);
    let state = bruno.call("Email/get", json!({"ids": []})).await["state"].clone();
    assert_eq!(states["Email"], state);
    let (_, _, change) = some.next().await.unwrap();
    assert_eq!(
        change["changed"][&bruno.account].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["EmailDelivery"]
    );
    assert!(some.next().await.is_none(), "closeafter=state");
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed() {
    let world = World::new();
    let anne = world.member(ANNE);
    let mut before = listen(&anne, "types=*&closeafter=no&ping=0", None).await;
    anne.import(&letter(ANNE, "1"), "inbox").await;
    let (_, id, _) = before.next().await.unwrap();
    drop(before);
    anne.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})).await;
    let mut after = listen(&anne, "types=*&closeafter=no&ping=0", Some(&id)).await;
    let (_, _, change) = after.next().await.unwrap();
    assert_eq!(change["changed"][&anne.account].as_object().unwrap().keys().collect::<Vec<_>>(), ["Vault"]);
}

#[tokio::test(start_paused = true)]
async fn pings_come_when_asked_for_and_stop_with_the_session() {
    let world = World::new();
    let anne = world.member(ANNE);
    let mut events = listen(&anne, "types=*&closeafter=no&ping=1", None).await;
    // Shorter than the relay's minimum: it says the interval it keeps.
    assert_eq!(events.next().await.unwrap(), ("ping".to_owned(), String::new(), json!({"interval": 5})));
    assert_eq!(anne.post("/auth/logout", &json!({})).await.status, 204);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn parameters_are_needed() {
    let world = World::new();
    let anne = world.member(ANNE);
    for query in ["", "?types=*", "?types=*&closeafter=maybe&ping=0", "?types=*&closeafter=no&ping=-1"] {
        let answer = anne.get(&format!("/jmap/eventsource/{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json["type"]),
            (400, &json!("urn:sceau:problem:bad_request")),
            "{query}"
        );
    }
}
