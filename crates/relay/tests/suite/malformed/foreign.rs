//! Somebody else's account and somebody else's ids on every method that is claimed: the right error, and not one octet of theirs.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    super::limits::methods,
    super::world::{ANNE, BRUNO, Member, World, letter_with},
    Own, everything,
};

/// Stands in everything Bruno has and shows to nobody.
const MARK: &str = "marqueur-de-bruno";

/// Bruno's, by kind.
struct His {
    account: String,
    mailbox: String,
    email: String,
    thread: String,
    blob: String,
    identity: String,
    submission: String,
    letter: String,
    push: String,
}

impl His {
    /// Fills his account with marked things of every kind.
    async fn of(bruno: &Member<'_>) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
        let made = bruno.call("Mailbox/set", json!({"create": {"a": {"name": MARK}}})).await;
        let mailbox = text(&made["created"]["a"]["id"]);
        let headers = format!(
            "From: {BRUNO}\r\nTo: {MARK}@exemple.fr, {BRUNO}\r\nSubject: [...]\r\nMessage-ID: <{MARK}@exemple.fr>\r\n"
        );
        let email = bruno.import(&letter_with(&headers, MARK), "inbox").await;
        bruno.call("Email/set", json!({"update": {email.clone(): {format!("keywords/{MARK}"): true}}})).await;
        let got = bruno.call("Email/get", json!({"ids": [email]})).await["list"][0].clone();
        let identity = text(&bruno.call("Identity/get", json!({"ids": null})).await["list"][0]["id"]);
        let envelope = json!({"mailFrom": {"email": BRUNO, "parameters": {"HOLDFOR": "600"}}, "rcptTo": [{"email": BRUNO}]});
        let create = json!({"a": {"identityId": identity, "emailId": email, "envelope": envelope}});
        let submitted = bruno.call("EmailSubmission/set", json!({"create": create})).await;
        let mut send = bruno.letter_to(MARK, &[BRUNO]).await;
        send["sendAt"] = json!("2026-11-23T10:00:00Z");
        let letter = text(&bruno.call("Letter/send", send).await["letterId"]);
        let data = STANDARD.encode(MARK);
        bruno.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": data}}})).await;
        bruno.call("IndexSegment/append", json!({"device": "d", "counter": 1, "data": data})).await;
        let push = json!({"a": {"deviceClientId": MARK, "url": format!("https://push.example/{MARK}")}});
        let push = bruno.call("PushSubscription/set", json!({"create": push})).await;
        Self {
            account: bruno.account.clone(),
            mailbox,
            thread: text(&got["threadId"]),
            blob: text(&got["blobId"]),
            email,
            identity,
            submission: text(&submitted["created"]["a"]["id"]),
            letter,
            push: text(&push["created"]["a"]["id"]),
        }
    }
}

/// Arguments with his ids, where in the answer it is said, and what must be said there.
type Try = (Value, &'static str, Value);

fn tries(method: &str, his: &His, hers: &Own) -> Vec<Try> {
    let get = |id: &str| vec![(json!({"ids": [id]}), "/notFound", json!([id]))];
    let changes = || vec![(json!({"sinceState": "0"}), "/destroyed", json!([]))];
    let finds_nothing = |filter: Value| (json!({"filter": filter}), "/ids", json!([]));
    let adds_nothing =
        |filter: Value| (json!({"sinceQueryState": "0", "filter": filter}), "/added", json!([]));
    let no_anchor = |id: &str| (json!({"anchor": id}), "/type", json!("anchorNotFound"));
    let destroys_nothing = |id: &str| (json!({"destroy": [id]}), "/notDestroyed/*/type", json!("notFound"));
    let changes_nothing =
        |id: &str, patch: Value| (json!({"update": {id: patch}}), "/notUpdated/*/type", json!("notFound"));
    let not_created =
        |record: Value, error: &str| (json!({"create": {"a": record}}), "/notCreated/a/type", json!(error));
    match method {
        "Core/echo" => vec![(json!({"accountId": his.account, "id": his.email}), "/id", json!(his.email))],
        "PushSubscription/get" => get(&his.push),
        "PushSubscription/set" => {
            vec![destroys_nothing(&his.push), changes_nothing(&his.push, json!({"types": ["Email"]}))]
        }
        "Mailbox/get" => get(&his.mailbox),
        "Mailbox/query" => vec![finds_nothing(json!({"parentId": his.mailbox})), no_anchor(&his.mailbox)],
        "Mailbox/queryChanges" => vec![adds_nothing(json!({"parentId": his.mailbox}))],
        "Mailbox/set" => vec![
            destroys_nothing(&his.mailbox),
            changes_nothing(&his.mailbox, json!({"name": "x"})),
            not_created(json!({"name": "x", "parentId": his.mailbox}), "invalidProperties"),
        ],
        "Thread/get" => get(&his.thread),
        "Email/get" => get(&his.email),
        "Email/query" => vec![
            finds_nothing(json!({"inMailbox": his.mailbox})),
            finds_nothing(json!({"hasKeyword": MARK})),
            finds_nothing(json!({"to": MARK})),
            no_anchor(&his.email),
        ],
        "Email/queryChanges" => vec![
            adds_nothing(json!({"inMailbox": his.mailbox})),
            adds_nothing(json!({"someInThreadHaveKeyword": MARK})),
            adds_nothing(json!({"to": MARK})),
        ],
        "Email/set" => vec![
            destroys_nothing(&his.email),
            changes_nothing(&his.email, json!({"keywords/$seen": true})),
            (
                json!({"update": {hers.email.clone(): {format!("mailboxIds/{}", his.mailbox): true}}}),
                "/notUpdated/*/type",
                json!("invalidProperties"),
            ),
        ],
        "Email/import" => {
            let mine = json!({hers.inbox.clone(): true});
            let wrong = |email: Value| {
                (json!({"emails": {"a": email}}), "/notCreated/a/type", json!("invalidProperties"))
            };
            vec![
                wrong(json!({"blobId": his.blob, "mailboxIds": mine})),
                wrong(json!({"blobId": hers.blob, "mailboxIds": {his.mailbox.clone(): true}})),
                wrong(json!({"blobId": hers.blob, "mailboxIds": mine, "replaces": his.email})),
            ]
        }
        "Identity/get" => get(&his.identity),
        "Identity/set" => {
            vec![destroys_nothing(&his.identity), changes_nothing(&his.identity, json!({"name": "x"}))]
        }
        "EmailSubmission/get" => get(&his.submission),
        "EmailSubmission/query" => vec![
            finds_nothing(json!({"emailIds": [his.email]})),
            finds_nothing(json!({"threadIds": [his.thread]})),
            no_anchor(&his.submission),
        ],
        "EmailSubmission/queryChanges" => vec![
            adds_nothing(json!({"emailIds": [his.email]})),
            adds_nothing(json!({"threadIds": [his.thread]})),
        ],
        "EmailSubmission/set" => vec![
            destroys_nothing(&his.submission),
            changes_nothing(&his.submission, json!({"undoStatus": "canceled"})),
            not_created(json!({"identityId": hers.identity, "emailId": his.email}), "invalidProperties"),
            not_created(json!({"identityId": his.identity, "emailId": hers.email}), "invalidProperties"),
        ],
        "Blob/upload" => vec![not_created(json!({"data": [{"blobId": his.blob}]}), "blobNotFound")],
        "Blob/get" => get(&his.blob),
        "Blob/lookup" => {
            vec![(
                json!({"ids": [his.blob], "typeNames": ["Email", "Thread", "Mailbox"]}),
                "/notFound",
                json!([his.blob]),
            )]
        }
        // Both have the same two ids; what they name is each one's own.
        "Quota/get" => vec![(json!({"ids": ["q1"], "properties": ["name"]}), "/notFound", json!([]))],
        "Quota/query" => vec![finds_nothing(json!({"name": MARK}))],
        "Quota/queryChanges" => vec![adds_nothing(json!({"name": MARK}))],
        "Letter/send" => {
            let send = json!({"clientLetterId": "c", "sentCopy": {"blobId": hers.blob}, "envelopes": [{"blobId": his.blob, "rcptTo": [ANNE]}]});
            vec![(send, "/type", json!("blobNotFound"))]
        }
        "Letter/cancel" => vec![(json!({"letterId": his.letter}), "/type", json!("notFound"))],
        "Letter/get" => get(&his.letter),
        "Vault/get" => get("keys"),
        "Vault/set" => {
            let update = json!({"update": {"keys": {"ifVersion": 1, "data": "AA=="}}});
            vec![(update, "/notUpdated/keys", json!({"type": "stateMismatch", "version": 0}))]
        }
        "Directory/lookup" => {
            vec![(json!({"addresses": [format!("{MARK}@exemple.fr")]}), "/list", json!([]))]
        }
        "Directory/query" => vec![(json!({"text": MARK}), "/list", json!([]))],
        "Directory/publish" => vec![(json!({"certificates": ["AAAA"]}), "/type", json!("invalidArguments"))],
        "Authority/get" => get(&his.account),
        "IndexSegment/append" => {
            let next = json!({"device": "d", "counter": 2, "data": "AA=="});
            vec![(next, "/next", json!(1))]
        }
        "IndexSegment/get" => vec![(json!({}), "/list", json!([]))],
        _ if method.ends_with("/changes") => changes(),
        other => panic!("{other} is claimed and not tried here"),
    }
}

/// What a pointer finds; `*` stands for the only member.
fn found(answer: &Value, pointer: &str) -> Value {
    let mut at = answer;
    for token in pointer.split('/').skip(1) {
        let next = match token {
            "*" => at.as_object().and_then(|members| members.values().next()),
            name => at.get(name),
        };
        let Some(next) = next else { return Value::Null };
        at = next;
    }
    at.clone()
}

/// Nothing that only Bruno should see, plain or as base64.
fn has_no_mark(method: &str, asked: &Value, answer: &Value) {
    // What she asked with is hers to have back.
    let mut answer = answer.clone();
    answer.as_object_mut().unwrap().remove("notFound");
    let answered = answer.to_string();
    let encoded = STANDARD.encode(MARK);
    assert!(!answered.contains(MARK) && !answered.contains(&encoded), "{method} {asked}: {answered}");
}

#[tokio::test]
async fn nobody_reads_or_changes_what_is_anothers() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let his = His::of(&bruno).await;
    let hers = Own::of(&anne).await;
    let before = everything(&bruno).await;
    for method in methods().keys() {
        for (arguments, at, expected) in tries(method, &his, &hers) {
            let (_, answer) = anne.calls(&[(method, arguments.clone())]).await.remove(0);
            assert_eq!(found(&answer, at), expected, "{method} {arguments}: {answer}");
            has_no_mark(method, &arguments, &answer);
            if ["Core/echo", "PushSubscription/get", "PushSubscription/set"].contains(&&**method) {
                continue;
            }
            let mut his_account = arguments.clone();
            his_account["accountId"] = json!(his.account);
            let answer = anne.fails(method, his_account, "accountNotFound").await;
            has_no_mark(method, &arguments, &answer);
        }
    }
    assert_eq!(everything(&bruno).await, before);
}

#[tokio::test]
async fn nobody_comes_to_anothers_blobs_and_changes_by_address() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let his = His::of(&bruno).await;
    for path in [
        format!("/jmap/download/{}/{}/x", his.account, his.blob),
        format!("/jmap/download/{}/{}/x", anne.account, his.blob),
        format!("/jmap/download/{}%2f..%2f{}/{}/x", anne.account, his.account, his.blob),
        format!("/jmap/download/{}/..%2f{}/x", anne.account, his.blob),
    ] {
        let answer = anne.get(&path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!String::from_utf8_lossy(&answer.bytes).contains(MARK), "{path}");
    }
    let session = anne.get("/jmap/session").await;
    let accounts: Vec<&String> = session.json["accounts"].as_object().unwrap().keys().collect();
    assert_eq!(accounts, [&anne.account]);
}
