//! Requests as a whole (RFC 8620 §3), the session resource, submission.

use axum::{body::Body, http::StatusCode};
use serde_json::{Value, json};

use super::world::{ANNE, Answer, BRUNO, Member, World, letter};

async fn raw(member: &Member<'_>, kind: &str, body: &str) -> Answer {
    let request = member.request("POST", "/jmap/api").header("content-type", kind);
    member.world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn the_session_names_every_limit() {
    let world = World::new();
    let anne = world.member(ANNE);
    let answer = anne.get("/jmap/session").await;
    let session: sceau_api::Session = serde_json::from_slice(&answer.bytes).unwrap();
    assert!(session.capabilities.core.max_size_upload >= 100_000_000);
    assert_eq!(session.username, ANNE);
    assert_eq!(session.primary_accounts.len(), sceau_api::capability::ALL.len());
    for name in sceau_api::capability::ALL {
        assert!(answer.json["capabilities"].get(name).is_some(), "{name}");
        assert!(answer.json["accounts"][&anne.account]["accountCapabilities"].get(name).is_some(), "{name}");
    }
    let api = raw(&anne, "application/json", r#"{"using":[],"methodCalls":[]}"#).await;
    assert_eq!(api.json["sessionState"], answer.json["state"]);
    assert_eq!(answer.json["apiUrl"], "/jmap/api");
    let request = anne.request("GET", "/jmap/session").header("host", "relay.example:8080");
    let whole = world.send(request.body(Body::empty()).unwrap()).await.json;
    assert_eq!(whole["apiUrl"], "http://relay.example:8080/jmap/api");
    assert_eq!(whole["state"], answer.json["state"]);
    let redirect = world.get("/.well-known/jmap").await;
    assert_eq!(
        (redirect.status.as_u16(), &redirect.headers["location"]),
        (308, &"/jmap/session".parse().unwrap())
    );
}

#[tokio::test]
async fn requests_that_are_none_are_told_apart() {
    let world = World::new();
    let anne = world.member(ANNE);
    let core = "urn:ietf:params:jmap:core";
    let many: Vec<Value> = (0..33).map(|at| json!(["Core/echo", {}, at.to_string()])).collect();
    for (kind, body, code, limit) in [
        ("application/json", "{".to_owned(), "notJSON", Value::Null),
        ("text/plain", r#"{"using":[],"methodCalls":[]}"#.to_owned(), "notJSON", Value::Null),
        ("application/json", "[]".to_owned(), "notRequest", Value::Null),
        ("application/json", r#"{"using":[]}"#.to_owned(), "notRequest", Value::Null),
        (
            "application/json",
            r#"{"using":[],"methodCalls":[["Core/echo",[],"0"]]}"#.to_owned(),
            "notRequest",
            Value::Null,
        ),
        (
            "application/json",
            r#"{"using":["urn:x"],"methodCalls":[]}"#.to_owned(),
            "unknownCapability",
            Value::Null,
        ),
        (
            "application/json",
            json!({"using": [core], "methodCalls": many}).to_string(),
            "limit",
            json!("maxCallsInRequest"),
        ),
        ("application/json", " ".repeat(10_000_001), "limit", json!("maxSizeRequest")),
    ] {
        let answer = raw(&anne, kind, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json["type"], format!("urn:ietf:params:jmap:error:{code}"), "{kind}");
        assert_eq!((&answer.json["limit"], &answer.json["status"]), (&limit, &json!(400)));
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn methods_belong_to_capabilities_and_accounts() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let without = json!({"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["Mailbox/get", {"accountId": anne.account}, "c"], ["Core/echo", {"a": [1]}, "d"]]});
    let answer = anne.post("/jmap/api", &without).await.json["methodResponses"].clone();
    assert_eq!(answer, json!([["error", {"type": "unknownMethod"}, "c"], ["Core/echo", {"a": [1]}, "d"]]));
    for unknown in ["Email/parse", "SearchSnippet/get", "Email/copy", "Blob/copy", "Foo/get", ""] {
        anne.fails(unknown, json!({}), "unknownMethod").await;
    }
    anne.fails("Mailbox/get", json!({"accountId": bruno.account, "ids": null}), "accountNotFound").await;
    anne.fails("Mailbox/get", json!({"accountId": 7, "ids": null}), "invalidArguments").await;
    anne.fails("Mailbox/get", json!({"ids": "m1"}), "invalidArguments").await;
    let many: Vec<String> = (0..1_001).map(|at| format!("e{at}")).collect();
    anne.fails("Email/get", json!({"ids": many}), "requestTooLarge").await;
    anne.fails("Email/set", json!({"destroy": many}), "requestTooLarge").await;
}

#[tokio::test]
async fn results_and_created_ids_are_handed_on() {
    let world = World::new();
    let anne = world.member(ANNE);
    let blob = anne.upload(&letter(ANNE, "1")).await;
    let import = json!({"emails": {"e": {"blobId": blob, "mailboxIds": {"#m": true}}}});
    let get = json!({"#ids": {"resultOf": "1", "name": "Email/import", "path": "/created/e/id"}, "properties": ["mailboxIds"]});
    let answers = anne
        .calls(&[
            ("Mailbox/set", json!({"create": {"m": {"name": "Neu"}}})),
            ("Email/import", import),
            ("Email/get", get),
        ])
        .await;
    // The reference yields one id, not a list of them.
    assert_eq!(answers[2].1["type"], "invalidArguments");
    let created = answers[0].1["created"]["m"]["id"].as_str().unwrap();
    let (id, mailbox) = (answers[1].1["created"]["e"]["id"].clone(), created);
    let email = anne.call("Email/get", json!({"ids": [id], "properties": ["mailboxIds"]})).await;
    assert_eq!(email["list"][0]["mailboxIds"], json!({mailbox: true}));
    let request = json!({"using": sceau_api::capability::ALL, "createdIds": {"old": mailbox}, "methodCalls": [
        ["Email/set", {"accountId": anne.account, "update": {id.as_str().unwrap(): {"mailboxIds": {"#old": true}}}}, "0"],
        ["Mailbox/set", {"accountId": anne.account, "create": {"new": {"name": "x", "parentId": "#old"}}}, "1"]]});
    let answer = anne.post("/jmap/api", &request).await.json;
    assert_eq!(answer["methodResponses"][0][1]["notUpdated"], json!(null));
    assert_eq!(answer["createdIds"]["old"], mailbox);
    assert_eq!(answer["createdIds"]["new"], answer["methodResponses"][1][1]["created"]["new"]["id"]);
    anne.fails(
        "Email/get",
        json!({"#ids": {"resultOf": "9", "name": "Email/get", "path": "/ids"}}),
        "invalidResultReference",
    )
    .await;
}

#[tokio::test]
async fn identities_are_the_accounts_own() {
    let world = World::new();
    world.relay.add_account(ANNE, Some("Dr Anne"), &[]).unwrap();
    let anne = world.member(ANNE);
    let got = anne.call("Identity/get", json!({"ids": null})).await;
    let id = got["list"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!((&got["list"][0]["email"], &got["list"][0]["name"]), (&json!(ANNE), &json!("Dr Anne")));
    let set = json!({"create": {"x": {"email": BRUNO}}, "update": {id.clone(): {"name": "Prof"}}, "destroy": [id, "i9"]});
    let answer = anne.call("Identity/set", set).await;
    assert_eq!(answer["notCreated"]["x"]["type"], "forbiddenFrom");
    assert_eq!(
        (&answer["notUpdated"][&id]["type"], &answer["notDestroyed"]["i9"]["type"]),
        (&json!("forbidden"), &json!("notFound"))
    );
}

#[tokio::test]
async fn a_submission_waits_is_canceled_and_moves_its_email() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
    let email = anne.import(&letter(ANNE, "1"), "drafts").await;
    let hold = |seconds: &str| {
        json!({"identityId": identity, "emailId": email, "envelope": {
        "mailFrom": {"email": ANNE, "parameters": {"HOLDFOR": seconds}}, "rcptTo": [{"email": BRUNO}]}})
    };
    let (sent, drafts) = (anne.mailbox("sent").await, anne.mailbox("drafts").await);
    let moves = json!({"#a": {format!("mailboxIds/{sent}"): true, format!("mailboxIds/{drafts}"): null, "keywords/$draft": null}});
    let set = json!({"create": {"a": hold("60")}, "onSuccessUpdateEmail": moves});
    let answers = anne.calls(&[("EmailSubmission/set", set)]).await;
    assert_eq!((answers.len(), answers[1].0.as_str()), (2, "Email/set"));
    assert_eq!(answers[1].1["updated"], json!({email.clone(): null}));
    assert_eq!(anne.emails("sent").await.len(), 1);
    let id = answers[0].1["created"]["a"]["id"].as_str().unwrap().to_owned();
    let got = anne.call("EmailSubmission/get", json!({"ids": [id]})).await["list"][0].clone();
    assert_eq!((&got["undoStatus"], &got["sendAt"]), (&json!("pending"), &json!("2026-11-23T08:31:00Z")));
    assert_eq!(got["deliveryStatus"][BRUNO]["delivered"], "queued");
    let kept = anne.call("EmailSubmission/set", json!({"destroy": [id]})).await;
    assert_eq!(kept["notDestroyed"][&id]["type"], "forbidden");
    let undo = json!({"update": {id.clone(): {"undoStatus": "canceled"}}});
    assert_eq!(anne.call("EmailSubmission/set", undo).await["updated"], json!({id.clone(): null}));
    world.clock.advance(60);
    assert_eq!(world.relay.deliver_due().unwrap(), None);
    assert!(bruno.emails("inbox").await.is_empty());
    let again = anne.call("EmailSubmission/set", json!({"create": {"a": hold("0")}})).await;
    let second = again["created"]["a"]["id"].as_str().unwrap().to_owned();
    assert_eq!(bruno.emails("inbox").await.len(), 1);
    let undo = json!({"update": {second.clone(): {"undoStatus": "canceled"}}});
    assert_eq!(anne.call("EmailSubmission/set", undo).await["notUpdated"][&second]["type"], "cannotUnsend");
    let found = anne.call("EmailSubmission/query", json!({"filter": {"undoStatus": "final"}})).await;
    assert_eq!(found["ids"], json!([second]));
}

#[tokio::test]
async fn envelopes_are_checked() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
    let email = anne.import(&letter(ANNE, "1"), "drafts").await;
    for (from, to, parameters, kind) in [
        (BRUNO, json!([{"email": BRUNO}]), json!(null), "forbiddenMailFrom"),
        (ANNE, json!([]), json!(null), "noRecipients"),
        (ANNE, json!([{"email": BRUNO}, {"email": "x@y"}]), json!(null), "invalidRecipients"),
        (ANNE, json!([{"email": BRUNO}]), json!({"HOLDFOR": "99999999"}), "invalidProperties"),
        (ANNE, json!([{"email": BRUNO}]), json!({"SIZE": "1"}), "invalidProperties"),
        (ANNE, json!(vec![json!({"email": BRUNO}); 201]), json!(null), "tooManyRecipients"),
    ] {
        let envelope = json!({"mailFrom": {"email": from, "parameters": parameters}, "rcptTo": to});
        let create = json!({"identityId": identity, "emailId": email, "envelope": envelope});
        let answer = anne.call("EmailSubmission/set", json!({"create": {"a": create}})).await;
        assert_eq!(answer["notCreated"]["a"]["type"], kind, "{envelope}");
    }
    let derived = json!({"create": {"a": {"identityId": identity, "emailId": email}}});
    let answer = anne.call("EmailSubmission/set", derived).await;
    assert_eq!(answer["created"]["a"]["undoStatus"], "final", "the envelope of the outer To");
}

#[tokio::test]
async fn equal_submissions_keep_the_order_of_the_next_key() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
    let mut sent = Vec::new();
    for number in 0..4 {
        let email = anne.import(&letter(ANNE, &number.to_string()), "drafts").await;
        let create = json!({"identityId": identity, "emailId": email,
            "envelope": {"mailFrom": {"email": ANNE}, "rcptTo": [{"email": BRUNO}]}});
        let made = anne.call("EmailSubmission/set", json!({"create": {"a": create}})).await;
        sent.push(made["created"]["a"]["id"].clone());
        if number == 1 {
            world.clock.advance(60);
        }
    }
    for (ascending, order) in [(true, [2, 3, 0, 1]), (false, [3, 2, 1, 0])] {
        let sort = json!([{"property": "sentAt", "isAscending": false}, {"property": "emailId", "isAscending": ascending}]);
        let found = anne.call("EmailSubmission/query", json!({"sort": sort})).await;
        assert_eq!(found["ids"], json!(order.map(|at: usize| sent[at].clone())), "{ascending}");
    }
}
