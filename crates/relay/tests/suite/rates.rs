//! How much an account and a network may ask for in a time, and what the answer is beyond it.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use sceau_relay::{Doors, TrustedProxies, limits};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::world::{ANNE, Answer, BRUNO, Member, World};

fn counted() -> World {
    let world = World::new();
    let proxies = TrustedProxies { networks: vec!["10.0.0.1".parse().unwrap()], ..TrustedProxies::default() };
    let relay = world.relay.clone().behind(Doors { rates: true, proxies, ..Doors::default() });
    World { relay, ..world }
}

/// Spends a bucket by asking until it is empty; what the first refusal says.
async fn spend(member: &Member<'_>, most: u64) -> Answer {
    let app = member.world.app();
    for _ in 0..most {
        let request = member.request("GET", "/jmap/session").body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    member.get("/jmap/session").await
}

fn is_refused(answer: &Answer, wait: u64) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.json);
    assert_eq!(answer.json["type"], "urn:sceau:problem:too_many_requests");
    assert_eq!(answer.json["retryAfter"], wait);
    assert_eq!(answer.headers[header::RETRY_AFTER], *wait.to_string());
    assert!(answer.json["operation"].is_string());
}

#[tokio::test]
async fn an_account_that_asks_too_much_waits_and_no_other_does() {
    let world = counted();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let burst = limits::ACCOUNT_REQUESTS.burst;
    is_refused(&spend(&anne, burst).await, 1);
    let call = json!({"using": [], "methodCalls": []});
    is_refused(&anne.post("/jmap/api", &call).await, 1);
    is_refused(&anne.try_upload(b"x").await, 1);
    is_refused(&anne.get("/jmap/eventsource/?types=*&closeafter=no&ping=0").await, 1);
    assert_eq!(bruno.get("/jmap/session").await.status, StatusCode::OK);
    world.clock.advance(1);
    assert_eq!(anne.post("/jmap/api", &call).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_network_that_asks_too_much_waits_behind_a_proxy_too() {
    let world = counted();
    let ask = async |from: &str| {
        let request = Request::get("/jmap/session").header("x-forwarded-for", from);
        world.send(request.body(Body::empty()).unwrap()).await
    };
    world.come_from("10.0.0.1");
    let app = world.app();
    for at in 0..limits::NETWORK_REQUESTS.burst {
        // What a caller puts before the proxy's word changes nothing.
        let said = format!("192.0.2.{}, 203.0.113.5", at % 250);
        let request = Request::get("/health/live").header("x-forwarded-for", said);
        let request = world.placed(request.body(Body::empty()).unwrap());
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
    }
    is_refused(&ask("203.0.113.5").await, 1);
    assert_eq!(ask("203.0.113.6").await.status, StatusCode::UNAUTHORIZED);
    world.come_from("203.0.113.5");
    is_refused(&ask("192.0.2.1").await, 1);
    world.come_from("203.0.113.7");
    assert_eq!(ask("203.0.113.5").await.status, StatusCode::UNAUTHORIZED, "a stranger is not believed");
}

#[tokio::test]
async fn the_machine_itself_is_counted_by_account_only() {
    let world = counted();
    world.come_from("127.0.0.1");
    let app = world.app();
    for _ in 0..=limits::NETWORK_REQUESTS.burst {
        let request = world.placed(Request::get("/health/live").body(Body::empty()).unwrap());
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn uploads_are_counted_by_their_octets_before_they_are_read() {
    let world = counted();
    let anne = world.member(ANNE);
    let upload = |length: u64, body: Body| {
        let path = format!("/jmap/upload/{}/", anne.account);
        let request = anne.request("POST", &path).header(header::CONTENT_LENGTH, length);
        world.send(request.body(body).unwrap())
    };
    let most = limits::UPLOAD_BYTES;
    for _ in 0..limits::ACCOUNT_OCTETS.burst / most {
        // Announced and not sent: it counts, since it was let in.
        upload(most, Body::from("x")).await;
    }
    // Nothing was read: a body that never comes would otherwise keep it waiting.
    let never = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let refused = upload(most, never).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait = refused.json["retryAfter"].as_i64().unwrap();
    world.clock.advance(wait);
    assert_eq!(upload(1, Body::from("x")).await.status, StatusCode::CREATED);
    assert_eq!(anne.try_upload(&vec![7; 100_000]).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn recipients_are_counted_and_a_letter_that_comes_again_is_not() {
    let world = counted();
    let anne = world.member(ANNE);
    let many: Vec<String> = (0..limits::RECIPIENTS).map(|at| format!("r{at}@exemple.fr")).collect();
    for address in &many {
        world.member(address);
    }
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let first = anne.letter_to("l-0", &many).await;
    let letter = |id: u64| {
        let mut letter = first.clone();
        letter["clientLetterId"] = json!(format!("l-{id}"));
        letter
    };
    let fit = limits::ACCOUNT_RECIPIENTS.burst / limits::RECIPIENTS;
    let mut sent = Vec::new();
    for id in 0..fit {
        sent.push(anne.call("Letter/send", letter(id)).await["letterId"].clone());
    }
    let refused = anne.fails("Letter/send", letter(fit), "rateLimit").await;
    assert_eq!(refused["retryAfter"], limits::RECIPIENTS);
    assert_eq!(anne.call("Letter/send", letter(0)).await["letterId"], sent[0], "sent before, answered again");
    let submission = submission(&anne).await;
    let answer = anne.call("EmailSubmission/set", submission.clone()).await;
    assert_eq!(answer["notCreated"]["s"]["type"], "rateLimit", "{answer}");
    assert!(answer["notCreated"]["s"]["retryAfter"].is_u64());
    world.clock.advance(i64::try_from(limits::RECIPIENTS).unwrap());
    assert!(anne.call("EmailSubmission/set", submission).await["created"]["s"].is_object());
    let answer = anne.call("Email/query", json!({})).await;
    assert_eq!(
        answer["ids"].as_array().unwrap().len(),
        usize::try_from(fit).unwrap() + 1,
        "nothing half done"
    );
}

async fn submission(anne: &Member<'_>) -> Value {
    let email = anne.import(&super::world::letter(ANNE, "s"), "drafts").await;
    anne.world.member(BRUNO);
    let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
    json!({"create": {"s": {"emailId": email, "identityId": identity}}})
}
