//! Malformed requests by the hundred, each with the error it must get (RFC 8620 §3.6, §5; RFC 8621; RFC 9404), and somebody else's
//! ids on every method.

mod arguments;
mod foreign;
mod records;
mod references;
mod requests;
mod types;

use std::collections::BTreeSet;

use axum::body::Body;
use serde_json::{Value, json};

use super::world::{ANNE, BRUNO, Member, World, letter};

/// What a case sends and what must come back.
enum Case {
    /// A body to the API, with its media type, and the error of the request as a whole.
    Whole { kind: &'static str, body: Vec<u8>, code: &'static str },
    /// A method with its arguments, and the error of the method.
    Method { name: &'static str, arguments: Value, error: &'static str },
    /// Several methods, and the error of the last.
    Last { calls: Vec<(&'static str, Value)>, error: &'static str },
    /// A method with its arguments, where in its answer the error of a record lies, and the error.
    Record { name: &'static str, arguments: Value, at: String, error: &'static str },
}

impl Case {
    /// What makes it another than the others, for people.
    fn shown(&self) -> String {
        match self {
            Self::Whole { kind, body, .. } => format!("{kind} {}", String::from_utf8_lossy(body)),
            Self::Method { name, arguments, .. } => format!("{name} {arguments}"),
            Self::Last { calls, .. } => format!("{calls:?}"),
            Self::Record { name, arguments, at, .. } => format!("{name} {arguments} {at}"),
        }
    }

    async fn run(&self, anne: &Member<'_>) -> Result<(), String> {
        let (got, expected) = match self {
            Self::Whole { kind, body, code } => {
                let request = anne.request("POST", "/jmap/api").header("content-type", *kind);
                let answer = anne.world.send(request.body(Body::from(body.clone())).unwrap()).await;
                let expected = format!("urn:ietf:params:jmap:error:{code}");
                (json!([answer.status.as_u16(), answer.json["type"]]), json!([400, expected]))
            }
            Self::Method { name, arguments, error } => {
                let answer = anne.calls(&[(name, arguments.clone())]).await.remove(0);
                (json!([answer.0, answer.1["type"]]), json!(["error", error]))
            }
            Self::Last { calls, error } => {
                let answer = anne.calls(calls).await.pop().unwrap();
                (json!([answer.0, answer.1["type"]]), json!(["error", error]))
            }
            Self::Record { name, arguments, at, error } => {
                let answer = anne.calls(&[(name, arguments.clone())]).await.remove(0);
                let found = answer.1.pointer(at).map_or(answer.1.clone(), |found| found["type"].clone());
                (json!([answer.0, found]), json!([name, error]))
            }
        };
        let shown: String = self.shown().chars().take(400).collect();
        if got == expected { Ok(()) } else { Err(format!("{shown}\n  gave {got}, not {expected}")) }
    }
}

/// Things of Anne's that cases are about.
struct Own {
    inbox: String,
    email: String,
    blob: String,
    identity: String,
}

impl Own {
    async fn of(anne: &Member<'_>) -> Self {
        let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
        Self {
            inbox: anne.mailbox("inbox").await,
            email: anne.import(&letter(ANNE, "1"), "inbox").await,
            blob: anne.upload(&letter(ANNE, "2")).await,
            identity: identity.as_str().unwrap().to_owned(),
        }
    }
}

/// Everything a member has, as its own client would read it.
async fn everything(member: &Member<'_>) -> Vec<(String, Value)> {
    let all = json!({"ids": null});
    let calls = [
        ("Mailbox/get", all.clone()),
        ("Email/query", json!({"calculateTotal": true})),
        ("Email/get", all.clone()),
        ("Identity/get", all.clone()),
        ("EmailSubmission/get", all.clone()),
        ("Letter/get", all.clone()),
        ("Quota/get", all.clone()),
        ("Vault/get", all),
        ("IndexSegment/get", json!({})),
        ("PushSubscription/get", json!({"ids": null})),
    ];
    member.calls(&calls).await
}

#[tokio::test]
async fn every_malformed_request_gets_its_error_and_changes_nothing() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    bruno.import(&letter(BRUNO, "his"), "inbox").await;
    let own = Own::of(&anne).await;
    let groups =
        [requests::cases(), types::cases(), arguments::cases(), references::cases(), records::cases(&own)];
    let cases: Vec<Case> = groups.into_iter().flatten().collect();
    let distinct: BTreeSet<String> = cases.iter().map(Case::shown).collect();
    assert_eq!(distinct.len(), cases.len(), "each case is another");
    assert!(cases.len() >= 200, "{} cases", cases.len());
    let before = (everything(&anne).await, everything(&bruno).await);
    let mut wrong = Vec::new();
    for case in &cases {
        wrong.extend(case.run(&anne).await.err());
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(everything(&anne).await, before.0);
    assert_eq!(everything(&bruno).await, before.1);
    eprintln!("{} malformed requests", cases.len());
}
