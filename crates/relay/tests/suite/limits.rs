//! Every limit and every error of requests and method calls (RFC 8620 §3.6), on every method where it can occur.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use sceau_api::{BlobId, capability};
use sceau_relay::limits;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::world::{ANNE, Answer, BRUNO, Member, World, letter};

/// What the protocol page claims, which a test of its own compares with the code.
pub(crate) fn methods() -> Map<String, Value> {
    let page = include_str!("../../../../docs/protocol.md");
    let (block, _) = page.split_once("```json\n").unwrap().1.split_once("\n```").unwrap();
    serde_json::from_str::<Value>(block).unwrap()["methods"].as_object().unwrap().clone()
}

fn named(end: &str) -> Vec<String> {
    methods().keys().filter(|name| name.ends_with(end)).cloned().collect()
}

async fn raw(member: &Member<'_>, kind: &str, body: Body) -> Answer {
    let request = member.request("POST", "/jmap/api").header("content-type", kind);
    member.world.send(request.body(body).unwrap()).await
}

fn is_error(answer: &Answer, code: &str, limit: &Value) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.json);
    assert_eq!(answer.json["type"], format!("urn:ietf:params:jmap:error:{code}"));
    assert_eq!(&answer.json["limit"], limit);
}

#[tokio::test]
async fn every_method_needs_its_capability_and_the_callers_account() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    for (name, own) in methods() {
        let others: Vec<&str> = capability::ALL.into_iter().filter(|other| own != *other).collect();
        let request = json!({"using": others, "methodCalls": [[name, {"accountId": anne.account}, "c"]]});
        let answer = anne.post("/jmap/api", &request).await.json["methodResponses"].clone();
        assert_eq!(answer, json!([["error", {"type": "unknownMethod"}, "c"]]), "{name} without {own}");
        // RFC 8620 §4, §7.2: they are about no account.
        if name == "Core/echo" || name.starts_with("PushSubscription/") {
            continue;
        }
        for (account, kind) in [
            (json!(bruno.account), "accountNotFound"),
            (json!("a99"), "accountNotFound"),
            (json!(""), "accountNotFound"),
            (json!(7), "invalidArguments"),
            (json!(null), "invalidArguments"),
            (json!([anne.account]), "invalidArguments"),
        ] {
            anne.fails(&name, json!({"accountId": account}), kind).await;
        }
        let request = json!({"using": capability::ALL, "methodCalls": [[name, {}, "c"]]});
        let answer = anne.post("/jmap/api", &request).await.json["methodResponses"][0].clone();
        assert_eq!((&answer[0], &answer[1]["type"]), (&json!("error"), &json!("invalidArguments")), "{name}");
    }
}

#[tokio::test]
async fn every_get_and_every_set_has_its_limit() {
    let world = World::new();
    let anne = world.member(ANNE);
    let ids: Vec<String> = (0..=limits::OBJECTS_IN_GET).map(|at| format!("x{at}")).collect();
    for name in named("/get").iter().filter(|name| *name != "IndexSegment/get") {
        anne.fails(name, json!({"ids": ids}), "requestTooLarge").await;
        let most = json!({"ids": ids[1..], "properties": ["id"]});
        let (answered, answer) = anne.calls(&[(name, most)]).await.remove(0);
        assert_eq!(&answered, name, "{answer}");
        assert_eq!(answer["notFound"].as_array().unwrap().len(), ids.len() - 1, "{name}");
    }
    let patch = |count: u64| -> Map<String, Value> {
        (0..count).map(|at| (format!("x{at}"), json!({"ifVersion": 9, "data": ""}))).collect()
    };
    for name in named("/set") {
        anne.fails(&name, json!({"update": patch(limits::OBJECTS_IN_SET + 1)}), "requestTooLarge").await;
        let most = json!({"update": patch(limits::OBJECTS_IN_SET)});
        let answer = anne.call(&name, most).await;
        assert_eq!(answer["notUpdated"].as_object().unwrap().len(), 500, "{name}");
        if name != "Vault/set" {
            let together = json!({"update": patch(limits::OBJECTS_IN_SET), "destroy": ["x"]});
            anne.fails(&name, together, "requestTooLarge").await;
            let kind = if name == "PushSubscription/set" { "invalidArguments" } else { "stateMismatch" };
            anne.fails(&name, json!({"ifInState": "x"}), kind).await;
        }
    }
    let item = json!({"blobId": "x", "mailboxIds": {"m1": true}});
    let many: Map<String, Value> = (0..501).map(|at| (format!("x{at}"), item.clone())).collect();
    anne.fails("Email/import", json!({"emails": many}), "requestTooLarge").await;
}

#[tokio::test]
async fn every_changes_and_every_query_refuses_what_it_cannot_do() {
    let world = World::new();
    let anne = world.member(ANNE);
    for name in named("/changes") {
        for state in ["x", "-1", "1000000", "01", ""] {
            anne.fails(&name, json!({"sinceState": state}), "cannotCalculateChanges").await;
        }
        anne.fails(&name, json!({"sinceState": "0", "maxChanges": 0}), "invalidArguments").await;
        anne.fails(&name, json!({"sinceState": 0}), "invalidArguments").await;
        anne.fails(&name, json!({}), "invalidArguments").await;
        assert!(anne.call(&name, json!({"sinceState": "0"})).await["newState"].is_string(), "{name}");
    }
    for name in named("/queryChanges") {
        for state in ["x", "-1", "1000000", "01", ""] {
            anne.fails(&name, json!({"sinceQueryState": state}), "cannotCalculateChanges").await;
        }
        anne.fails(&name, json!({}), "invalidArguments").await;
    }
    for name in named("/query").iter().filter(|name| *name != "Directory/query") {
        anne.fails(name, json!({"anchor": "x"}), "anchorNotFound").await;
        anne.fails(name, json!({"sort": [{"property": "x"}]}), "unsupportedSort").await;
        anne.fails(name, json!({"filter": {"x": 1}}), "unsupportedFilter").await;
        anne.fails(name, json!({"filter": {"operator": "XOR", "conditions": []}}), "invalidArguments").await;
        anne.fails(name, json!({"limit": -1}), "invalidArguments").await;
        anne.fails(name, json!({"position": "1"}), "invalidArguments").await;
    }
}

#[tokio::test]
async fn a_request_is_one_object_of_i_json() {
    let world = World::new();
    let anne = world.member(ANNE);
    let null = Value::Null;
    for body in [
        &b"\xff"[..],
        b"",
        br#"{"using":[],"methodCalls":[],"methodCalls":[]}"#,
        br#"{"using":[],"methodCalls":[["Core/echo",{"a":1,"a":2},"0"]]}"#,
        br#"{"using":[],"methodCalls":[]} {}"#,
        br#"{"using":[],"methodCalls":[["Core/echo",{"a":"\ud800"},"0"]]}"#,
    ] {
        is_error(&raw(&anne, "application/json", Body::from(body)).await, "notJSON", &null);
    }
    for body in [
        r#"[["urn:ietf:params:jmap:core"],[],null]"#,
        r#"{"using":"urn:ietf:params:jmap:core","methodCalls":[]}"#,
        r#"{"using":[1],"methodCalls":[]}"#,
        r#"{"using":[],"methodCalls":{}}"#,
        r#"{"using":[],"methodCalls":[["Core/echo",{}]]}"#,
        r#"{"using":[],"methodCalls":[["Core/echo",{},"0",1]]}"#,
        r#"{"using":[],"methodCalls":[{"name":"Core/echo","arguments":{},"callId":"0"}]}"#,
        r#"{"using":[],"methodCalls":[["Core/echo",{},0]]}"#,
        r#"{"using":[],"methodCalls":[],"createdIds":{"a":1}}"#,
        "null",
        "7",
    ] {
        is_error(&raw(&anne, "application/json", Body::from(body)).await, "notRequest", &null);
    }
    let fine = r#"{"using":[],"methodCalls":[],"more":{"x":[]}}"#;
    assert_eq!(raw(&anne, "application/json; charset=utf-8", Body::from(fine)).await.status, 200);
    for kind in ["application/jsonp", "text/json", "application/x-www-form-urlencoded", ""] {
        is_error(&raw(&anne, kind, Body::from(fine)).await, "notJSON", &null);
    }
}

#[tokio::test]
async fn a_request_is_as_large_as_the_session_says_and_no_larger() {
    let world = World::new();
    let anne = world.member(ANNE);
    let core = anne.get("/jmap/session").await.json["capabilities"][capability::CORE].clone();
    let most = usize::try_from(core["maxSizeRequest"].as_u64().unwrap()).unwrap();
    let request = r#"{"using":[],"methodCalls":[]}"#;
    let padded = |size: usize| format!("{request}{}", " ".repeat(size - request.len()));
    assert_eq!(raw(&anne, "application/json", Body::from(padded(most))).await.status, 200);
    let limit = json!("maxSizeRequest");
    is_error(&raw(&anne, "application/json", Body::from(padded(most + 1))).await, "limit", &limit);
    // In pieces, nobody says beforehand how many.
    let pieces = (0..10).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 20]));
    let stream = Body::from_stream(futures::stream::iter(pieces));
    is_error(&raw(&anne, "application/json", stream).await, "limit", &limit);
    let calls = |count: u64| {
        let calls: Vec<Value> = (0..count).map(|at| json!(["Core/echo", {}, at.to_string()])).collect();
        json!({"using": [capability::CORE], "methodCalls": calls})
    };
    let most = core["maxCallsInRequest"].as_u64().unwrap();
    let answer = anne.post("/jmap/api", &calls(most)).await;
    assert_eq!(answer.json["methodResponses"].as_array().unwrap().len(), 32);
    is_error(&anne.post("/jmap/api", &calls(most + 1)).await, "limit", &json!("maxCallsInRequest"));
}

/// Opens `count` requests whose bodies never come.
fn open_without_end(member: &Member<'_>, path: &str, count: u64) -> JoinSet<()> {
    let mut open = JoinSet::new();
    for _ in 0..count {
        let never = Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>());
        let request = member.request("POST", path).header("content-type", "application/json");
        let (app, request) = (member.world.app(), request.body(never).unwrap());
        open.spawn(async move { drop(app.oneshot(request).await) });
    }
    open
}

async fn small(member: &Member<'_>, path: &str) -> Answer {
    let body = Body::from(r#"{"using":[],"methodCalls":[]}"#);
    let request: Request<Body> =
        member.request("POST", path).header("content-type", "application/json").body(body).unwrap();
    member.world.send(request).await
}

#[tokio::test]
async fn an_accounts_requests_at_the_same_time_are_counted_and_given_back() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let path = |kind: &str, member: &Member<'_>| match kind {
        "maxConcurrentRequests" => "/jmap/api".to_owned(),
        _ => format!("/jmap/upload/{}/", member.account),
    };
    for (kind, most) in [
        ("maxConcurrentRequests", limits::CONCURRENT_REQUESTS),
        ("maxConcurrentUpload", limits::CONCURRENT_UPLOADS),
    ] {
        let mut open = open_without_end(&anne, &path(kind, &anne), most - 1);
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            assert!(small(&anne, &path(kind, &anne)).await.status.is_success(), "{kind}: one place is left");
        }
        let mut last = open_without_end(&anne, &path(kind, &anne), 1);
        // The last one takes its place as soon as its token is looked up, or comes again when the small one had it.
        let mut refused = None;
        for _ in 0..1_000 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if last.try_join_next().is_some() {
                last = open_without_end(&anne, &path(kind, &anne), 1);
                continue;
            }
            let answer = small(&anne, &path(kind, &anne)).await;
            if !answer.status.is_success() {
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("never refused");
        is_error(&refused, "limit", &json!(kind));
        assert!(small(&bruno, &path(kind, &bruno)).await.status.is_success(), "{kind}: of one account only");
        last.shutdown().await;
        open.shutdown().await;
        let again = small(&anne, &path(kind, &anne)).await;
        assert!(again.status.is_success(), "{kind}: the places are given back");
    }
}

#[tokio::test]
async fn one_failing_call_leaves_the_others() {
    let world = World::with_blobs_in_files();
    let anne = world.member(ANNE);
    let blob = anne.upload(&letter(ANNE, "1")).await;
    let inbox = anne.mailbox("inbox").await;
    world.relay.store().blobs().remove(&BlobId(blob.clone())).unwrap();
    let import = json!({"emails": {"x": {"blobId": blob, "mailboxIds": {inbox: true}}}});
    let reference = |result_of: &str, name: &str, path: &str| json!({"#ids": {"resultOf": result_of, "name": name, "path": path}});
    let answers = anne
        .calls(&[
            ("Email/import", import),
            ("Core/echo", json!({"list": [{"id": "m1"}, {"id": "m2"}], "n": 1})),
            ("Mailbox/get", reference("1", "Core/echo", "/list/*/id")),
            ("Email/get", reference("0", "Email/import", "/created/x/id")),
            ("Email/get", reference("0", "error", "/type")),
            ("Email/get", reference("7", "Core/echo", "/list/*/id")),
            ("Email/get", reference("1", "Email/get", "/list/*/id")),
            ("Email/get", reference("1", "Core/echo", "/list/*/name")),
            ("Email/get", reference("1", "Core/echo", "list/*/id")),
            ("Email/get", json!({"#ids": "/list/*/id"})),
            (
                "Email/get",
                json!({"ids": [], "#ids": {"resultOf": "1", "name": "Core/echo", "path": "/list"}}),
            ),
            ("Core/echo", json!({"#all": {"resultOf": "1", "name": "Core/echo", "path": "/list/1"}})),
        ])
        .await;
    assert_eq!(answers[0].1["type"], "serverFail");
    assert!(answers[0].1["operation"].is_string(), "the number that the log has: {:?}", answers[0]);
    assert_eq!(answers[2].1["list"].as_array().unwrap().len(), 2);
    for at in [3, 5, 6, 7, 8, 9] {
        assert_eq!(answers[at].1["type"], "invalidResultReference", "{at}: {:?}", answers[at]);
    }
    assert_eq!(answers[4].1["type"], "invalidArguments", "an error is an answer, but no list of ids");
    assert_eq!(answers[10].1["type"], "invalidArguments", "given twice");
    assert_eq!((&*answers[11].0, &answers[11].1["all"]), ("Core/echo", &json!({"id": "m2"})));
}

#[tokio::test]
async fn echo_gives_back_whatever_it_gets() {
    let world = World::new();
    let anne = world.member(ANNE);
    let odd = json!({"accountId": [7], "é": {"": null}, "n": [1.5, -3, u64::MAX], "type": "error", "": []});
    let request =
        json!({"using": [capability::CORE], "methodCalls": [["Core/echo", odd, ""], ["Core/echo", {}, ""]]});
    let answer = anne.post("/jmap/api", &request).await.json;
    assert_eq!(answer["methodResponses"], json!([["Core/echo", odd, ""], ["Core/echo", {}, ""]]));
    assert!(answer.get("createdIds").is_none(), "only when the request had some");
    let with = json!({"using": [], "methodCalls": [], "createdIds": {}});
    assert_eq!(anne.post("/jmap/api", &with).await.json["createdIds"], json!({}));
}
