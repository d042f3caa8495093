//! Input no client of ours would send: refused or harmless, never a failure of the relay.

use axum::body::Body;
use serde_json::{Value, json};

use super::world::{ANNE, BRUNO, Member, World, letter};

/// A small generator with a fixed start, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

fn odd_value(dice: &mut Dice) -> Value {
    match dice.roll(12) {
        0 => json!(null),
        1 => json!(-1),
        2 => json!(u64::MAX),
        3 => json!(1e300),
        4 => json!("m1\u{0}é'\"--"),
        5 => json!([]),
        6 => json!({}),
        7 => json!({"#": [null, {}], "operator": "AND", "conditions": [{}]}),
        8 => json!(["e1", "e1", 7]),
        9 => json!(true),
        10 => json!("e9223372036854775808"),
        _ => json!({"e1": {"keywords/": true, "mailboxIds/": null, "/": 1, "~": 2}}),
    }
}

/// Replaces one value, anywhere in the arguments, by an odd one.
fn spoil(value: &mut Value, dice: &mut Dice) {
    let inner = match value {
        Value::Object(members) if !members.is_empty() && dice.roll(4) > 0 => {
            let at = dice.roll(members.len());
            members.values_mut().nth(at)
        }
        Value::Array(items) if !items.is_empty() && dice.roll(4) > 0 => {
            let at = dice.roll(items.len());
            items.get_mut(at)
        }
        _ => None,
    };
    match inner {
        Some(inner) => spoil(inner, dice),
        None => *value = odd_value(dice),
    }
}

async fn samples(anne: &Member<'_>) -> Vec<(&'static str, Value)> {
    let (inbox, letter_request) = (anne.mailbox("inbox").await, anne.letter_to("l-1", &[BRUNO]).await);
    let blob = anne.upload(&letter(ANNE, "1")).await;
    let id = anne.import(&letter(ANNE, "2"), "inbox").await;
    let filter = json!({"operator": "OR", "conditions": [{"inMailbox": inbox, "hasKeyword": "$seen"}, {"before": "2026-01-01T00:00:00Z", "minSize": 1}]});
    vec![
        ("Mailbox/get", json!({"ids": [inbox], "properties": ["name"]})),
        (
            "Mailbox/query",
            json!({"filter": {"name": "x"}, "sort": [{"property": "name"}], "position": 1, "limit": 2}),
        ),
        (
            "Mailbox/set",
            json!({"create": {"a": {"name": "x", "parentId": inbox}}, "update": {inbox.clone(): {"name": "y"}}}),
        ),
        ("Mailbox/changes", json!({"sinceState": "1", "maxChanges": 5})),
        ("Thread/get", json!({"ids": ["t1"]})),
        (
            "Email/get",
            json!({"ids": [id], "properties": ["header:To:asAddresses", "size"], "bodyProperties": ["type"]}),
        ),
        (
            "Email/query",
            json!({"filter": filter, "sort": [{"property": "hasKeyword", "keyword": "$seen"}], "anchor": id, "anchorOffset": -1}),
        ),
        (
            "Email/set",
            json!({"update": {id.clone(): {"keywords/$seen": true, format!("mailboxIds/{inbox}"): true}}, "destroy": ["e77"]}),
        ),
        (
            "Email/import",
            json!({"emails": {"x": {"blobId": blob, "mailboxIds": {inbox.clone(): true}, "keywords": {"$draft": true}, "heldBlobIds": [blob]}}}),
        ),
        (
            "EmailSubmission/set",
            json!({"create": {"a": {"identityId": "i1", "emailId": id, "envelope": {"mailFrom": {"email": ANNE, "parameters": {"HOLDFOR": "1"}}, "rcptTo": [{"email": BRUNO}]}}}, "onSuccessUpdateEmail": {"#a": {"keywords/$draft": null}}}),
        ),
        (
            "Blob/upload",
            json!({"create": {"a": {"data": [{"data:asText": "x"}, {"data:asBase64": "AA=="}, {"blobId": blob, "offset": 1, "length": 2}], "type": "x/y"}}}),
        ),
        (
            "Blob/get",
            json!({"ids": [blob], "properties": ["data", "digest:sha", "size"], "offset": 1, "length": 2}),
        ),
        ("PushSubscription/get", json!({"ids": ["p1"], "properties": ["types"]})),
        (
            "PushSubscription/set",
            json!({"create": {"a": {"deviceClientId": "d", "url": "https://push.example/", "keys": {"p256dh": "AA", "auth": "AA"}, "expires": "2026-12-01T00:00:00Z", "types": ["Email"]}}, "update": {"p1": {"verificationCode": "x", "types": null}}, "destroy": ["p1", "p2"]}),
        ),
        ("Blob/lookup", json!({"typeNames": ["Email", "Mailbox"], "ids": [blob]})),
        ("Quota/get", json!({"ids": ["q1"], "properties": ["used"]})),
        (
            "Quota/query",
            json!({"filter": {"operator": "NOT", "conditions": [{"scope": "account", "name": "x"}]}, "sort": [{"property": "used"}]}),
        ),
        ("Quota/changes", json!({"sinceState": "1", "maxChanges": 1})),
        ("Letter/send", letter_request),
        ("Letter/cancel", json!({"letterId": "l1"})),
        ("Letter/get", json!({"ids": ["l1"]})),
        ("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})),
        ("Directory/lookup", json!({"addresses": [ANNE]})),
        ("Directory/query", json!({"text": "a", "limit": 1})),
        ("Directory/publish", json!({"certificates": ["AA=="]})),
        ("IndexSegment/append", json!({"device": "d", "counter": 1, "data": "AA=="})),
        ("IndexSegment/get", json!({"after": {"d": 1}})),
    ]
}

#[tokio::test]
async fn spoilt_arguments_never_make_the_relay_fail() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let samples = samples(&anne).await;
    let mut dice = Dice(7);
    for round in 0..60 {
        for (name, sound) in &samples {
            let mut arguments = sound.clone();
            spoil(&mut arguments, &mut dice);
            if !arguments.is_object() {
                continue;
            }
            let (_, answer) = anne.calls(&[(name, arguments.clone())]).await.remove(0);
            let failed =
                ["serverFail", "serverUnavailable", "overQuota"].iter().any(|kind| answer["type"] == *kind);
            assert!(!failed, "round {round}: {name} {arguments} gave {answer}");
        }
    }
}

#[tokio::test]
async fn spoilt_letters_never_make_the_relay_fail() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let sound = anne.letter_to("l-1", &[BRUNO]).await;
    let mut dice = Dice(11);
    for round in 0..150 {
        let mut message = letter(ANNE, "x");
        for _ in 0..=dice.roll(4) {
            let at = dice.roll(message.len());
            message[at] = u8::try_from(dice.roll(256)).unwrap();
        }
        message.truncate(message.len() - dice.roll(3) * dice.roll(50));
        let mut request = sound.clone();
        request["clientLetterId"] = json!(format!("r-{round}"));
        request["envelopes"][0]["blobId"] = json!(anne.upload(&message).await);
        let (name, answer) = anne.calls(&[("Letter/send", request)]).await.remove(0);
        assert!(name == "Letter/send" || answer["type"] == "letterRefused", "round {round}: {answer}");
    }
}

#[tokio::test]
async fn deep_and_wide_requests_are_refused() {
    let world = World::new();
    let anne = world.member(ANNE);
    let mut filter = json!({"hasKeyword": "$seen"});
    for _ in 0..40 {
        filter = json!({"operator": "NOT", "conditions": [filter]});
    }
    anne.fails("Email/query", json!({"filter": filter}), "unsupportedFilter").await;
    anne.fails("Mailbox/query", json!({"filter": filter}), "unsupportedFilter").await;
    let wide = json!({"operator": "OR", "conditions": vec![json!({"hasKeyword": "$seen"}); 101]});
    anne.fails("Email/query", json!({"filter": wide}), "unsupportedFilter").await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let request = anne.request("POST", "/jmap/api").header("content-type", "application/json");
    let answer = world.send(request.body(Body::from(deep)).unwrap()).await;
    assert_eq!(answer.json["type"], "urn:ietf:params:jmap:error:notJSON");
}

#[tokio::test]
async fn auth_bodies_are_checked() {
    let world = World::new();
    let sound = |name: &str| match name {
        "enrol" => {
            json!({"address": ANNE, "code": "x", "slots": [{"slot": "passphrase", "request": "AA=="}]})
        }
        _ => json!({"address": ANNE, "slot": "passphrase", "request": "AA=="}),
    };
    for (path, body) in [
        ("/auth/login/start", json!({})),
        ("/auth/login/start", json!({"address": "x", "slot": "passphrase", "request": "AA=="})),
        ("/auth/login/start", json!({"address": ANNE, "slot": "other", "request": "AA=="})),
        ("/auth/login/start", sound("login")),
        ("/auth/login/start", json!({"address": ANNE, "slot": "passphrase", "request": "A".repeat(4_000)})),
        ("/auth/login/finish", json!({"loginId": 7})),
    ] {
        let answer = world.post(path, &body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json["type"]),
            (400, &json!("urn:sceau:problem:bad_request")),
            "{path} {body}"
        );
    }
    assert_eq!(world.post("/auth/enrol/start", &sound("enrol")).await.status, 401);
    for header in ["Bearer", "Bearer ", "Basic eDp5", "Bearer é"] {
        let request = axum::http::Request::get("/jmap/session").header("authorization", header.as_bytes());
        assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, 401, "{header}");
    }
    assert_eq!(world.get("/auth/login/start").await.status, 405);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_comes_is_given_up() {
    let world = World::new();
    let anne = world.member(ANNE);
    for (path, kind) in
        [("/jmap/api".to_owned(), "application/json"), (format!("/jmap/upload/{}/", anne.account), "x/y")]
    {
        let never = Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>());
        let request = anne.request("POST", &path).header("content-type", kind).body(never).unwrap();
        let mut sending = std::pin::pin!(world.send(request));
        // Time does not pass by itself while a thread waits for the body; a second at a time, by hand.
        let answer = loop {
            tokio::select! {
                biased;
                answer = &mut sending => break answer,
                () = tokio::time::advance(std::time::Duration::from_secs(1)) => {}
            }
        };
        assert_eq!(
            (answer.status.as_u16(), &answer.json["type"]),
            (400, &json!("urn:sceau:problem:bad_request")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn ones_own_folder_is_the_only_one() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let blob = anne.upload(b"hers").await;
    assert_eq!(bruno.download(&blob).await.status, 404);
    assert_eq!(bruno.get(&format!("/jmap/download/{}/{blob}/x", anne.account)).await.status, 404);
    let request = bruno.request("POST", &format!("/jmap/upload/{}/", anne.account));
    assert_eq!(world.send(request.body(Body::from("x")).unwrap()).await.status, 404);
    for path in ["..%2f..%2fetc%2fpasswd", "%00", &"0".repeat(64), &blob.to_uppercase()] {
        assert_eq!(
            anne.get(&format!("/jmap/download/{}/{path}/x", anne.account)).await.status,
            404,
            "{path}"
        );
    }
    let answer = anne.get(&format!("/jmap/download/{}/{blob}/page.html", anne.account)).await;
    assert_eq!(answer.bytes, b"hers");
    assert_eq!(answer.headers["content-security-policy"], "sandbox; default-src 'none'");
    assert_eq!(answer.headers["content-type"], "application/octet-stream");
    assert!(answer.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(
        (&answer.headers["x-content-type-options"], &answer.headers["cache-control"]),
        (&"nosniff".parse().unwrap(), &"no-store".parse().unwrap())
    );
}
