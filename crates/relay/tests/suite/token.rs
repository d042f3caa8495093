//! Tokens of programs: what each may do, how it is made, listed and ended.

use std::process::Command;

use axum::http::StatusCode;
use sceau_relay::{Scopes, TokenWish, limits};
use serde_json::{Map, Value, json};

use super::{
    storage::Folder,
    world::{ANNE, BRUNO, Member, World, letter},
};

const YEAR: i64 = 365 * 86_400;

fn program<'a>(world: &'a World, scopes: Scopes) -> Member<'a> {
    let wish = TokenWish { name: "practice".to_owned(), scopes, lifetime: YEAR };
    let made = world.relay.create_token_of(ANNE, &wish).unwrap();
    Member { world, address: ANNE.to_owned(), account: made.account_id.0, token: made.token }
}

fn claims() -> Value {
    let page = include_str!("../../../../docs/protocol.md");
    let (block, _) = page.split_once("```json\n").unwrap().1.split_once("\n```").unwrap();
    serde_json::from_str(block).unwrap()
}

const SINGLE: [(&str, Scopes); 5] = [
    ("read", Scopes::READ),
    ("change", Scopes::CHANGE),
    ("send", Scopes::SEND),
    ("directory", Scopes::DIRECTORY),
    ("keys", Scopes::KEYS),
];

#[tokio::test]
async fn every_method_is_forbidden_without_its_scope_and_known_with_it() {
    let world = World::new();
    let claims = claims();
    let listed: &Map<String, Value> = claims["scopes"].as_object().unwrap();
    for (name, scopes) in SINGLE {
        let program = program(&world, scopes);
        for method in claims["methods"].as_object().unwrap().keys() {
            let may = method == "Core/echo" || listed[name].as_array().unwrap().contains(&json!(method));
            let (answered, answer) = program.calls(&[(method, json!({}))]).await.remove(0);
            let forbidden = answered == "error" && answer["type"] == "forbidden";
            assert_eq!(!forbidden, may, "{method} with {name}: {answer}");
        }
    }
    for method in claims["methods"].as_object().unwrap().keys().filter(|name| *name != "Core/echo") {
        let scoped = listed.values().any(|names| names.as_array().unwrap().contains(&json!(method)));
        assert!(scoped, "{method} belongs to no scope");
    }
}

#[tokio::test]
async fn doors_beside_the_methods_have_their_scope_too() {
    let world = World::new();
    let anne = world.member(ANNE);
    let blob = anne.upload(b"x").await;
    for (name, scopes) in SINGLE {
        let program = program(&world, scopes);
        let expected = |open: bool, status: StatusCode| if open { status } else { StatusCode::FORBIDDEN };
        let (reads, uploads) = (name == "read", matches!(name, "change" | "send"));
        assert_eq!(program.download(&blob).await.status, expected(reads, StatusCode::OK), "{name}");
        assert_eq!(program.try_upload(b"y").await.status, expected(uploads, StatusCode::CREATED), "{name}");
        let source = "/jmap/eventsource/?types=*&closeafter=x&ping=0";
        assert_eq!(program.get(source).await.status, expected(reads, StatusCode::BAD_REQUEST), "{name}");
        let session = program.get("/jmap/session").await;
        assert_eq!(session.json["accounts"][&program.account]["isReadOnly"], !uploads, "{name}");
        let refused = program.post("/auth/change/start", &json!({"slots": []})).await;
        assert_eq!(refused.json["type"], "urn:sceau:problem:fresh_login_needed", "{name}");
    }
    let refused = program(&world, Scopes::SEND).download(&blob).await.json;
    assert_eq!(refused["type"], "urn:sceau:problem:forbidden");
}

#[tokio::test]
async fn who_may_only_send_changes_no_letter_on_the_way() {
    let world = World::new();
    let anne = world.member(ANNE);
    world.member(BRUNO);
    let draft = anne.import(&letter(ANNE, "draft"), "drafts").await;
    let sender = program(&world, Scopes::SEND);
    let mut arguments = anne.letter_to("1", &[BRUNO]).await;
    arguments["onSuccessDestroyEmail"] = json!(draft);
    sender.fails("Letter/send", arguments.clone(), "forbidden").await;
    for name in ["onSuccessDestroyEmail", "onSuccessUpdateEmail"] {
        sender.fails("EmailSubmission/set", json!({"create": {}, name: {}}), "forbidden").await;
    }
    // A reference to an earlier answer counts as what it becomes.
    let reference = json!({"resultOf": "0", "name": "Core/echo", "path": "/id"});
    let echo = ("Core/echo", json!({"id": draft}));
    let mut hidden = arguments.clone();
    hidden.as_object_mut().unwrap().remove("onSuccessDestroyEmail");
    hidden["#onSuccessDestroyEmail"] = reference;
    let answers = sender.calls(&[echo, ("Letter/send", hidden)]).await;
    assert_eq!(answers[1].1["type"], "forbidden");
    assert_eq!(anne.emails("drafts").await.len(), 1);
    let both = program(&world, Scopes::SEND.and(Scopes::CHANGE));
    assert!(both.call("Letter/send", arguments).await["emailId"].is_string());
    assert_eq!(anne.emails("drafts").await.len(), 0);
}

#[tokio::test]
async fn a_token_lives_until_its_end_and_its_last_day_of_use_is_known() {
    let world = World::new();
    let program = program(&world, Scopes::READ);
    let used = || world.relay.tokens(Some(ANNE)).unwrap()[0].last_used_on.clone().map(|day| day.0);
    assert_eq!(used(), None);
    program.get("/jmap/session").await;
    assert_eq!(used().as_deref(), Some("2026-11-23T00:00:00Z"));
    world.clock.advance(YEAR - 1);
    assert_eq!(program.get("/jmap/session").await.status, StatusCode::OK);
    assert_eq!(used().as_deref(), Some("2027-11-23T00:00:00Z"));
    world.clock.advance(1);
    assert_eq!(program.get("/jmap/session").await.status, StatusCode::UNAUTHORIZED);
    assert!(world.relay.tokens(None).unwrap().is_empty());
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_and_only_it() {
    let world = World::new();
    let (one, other) = (program(&world, Scopes::ALL), world.member(BRUNO));
    assert!(!world.relay.revoke_token("'; DELETE FROM session; --").unwrap());
    let id = world.relay.tokens(Some(ANNE)).unwrap()[0].id.clone();
    assert!(world.relay.revoke_token(&id).unwrap());
    assert!(!world.relay.revoke_token(&id).unwrap());
    assert_eq!(one.get("/jmap/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(other.get("/jmap/session").await.status, StatusCode::OK);
}

fn token(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-relay"));
    let output = command.arg("token").args(arguments).arg("--data").arg(&folder.0).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn the_keeper_makes_lists_and_revokes_tokens() {
    let folder = Folder::new("tokens");
    let (code, made) = token(&folder, &["create", ANNE, "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!((code, &made["address"], &made["scopes"]), (0, &json!(ANNE), &json!(["all"])));
    for member in ["accountId", "token", "expiresAt", "id"] {
        assert!(made[member].is_string(), "{member}");
    }
    let scoped = ["create", BRUNO, "--name", "import", "--scope", "change,send", "--scope", "read", "--json"];
    let made: Value = serde_json::from_str(&token(&folder, &scoped).1).unwrap();
    assert_eq!(made["scopes"], json!(["read", "change", "send"]));
    let (_, listed) = token(&folder, &["list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let entry = &listed[1];
    assert_eq!((&entry["name"], &entry["lastUsedOn"]), (&json!("import"), &Value::Null));
    assert!(entry.get("token").is_none(), "a token is shown once");
    let id = made["id"].as_str().unwrap();
    let (_, shown) = token(&folder, &["list", BRUNO]);
    assert!(
        shown.starts_with(id) && shown.contains("read change send") && shown.lines().count() == 1,
        "{shown}"
    );
    assert_eq!(token(&folder, &["revoke", id]).0, 0);
    assert_eq!(token(&folder, &["revoke", id]).0, 1);
    for wrong in [["--scope", "write"], ["--days", "0"], ["--days", "1097"]] {
        assert_eq!(token(&folder, &[&["create", ANNE], wrong.as_slice()].concat()).0, 3, "{wrong:?}");
    }
    let long = "x".repeat(limits::TOKEN_NAME_BYTES + 1);
    assert_eq!(token(&folder, &["create", ANNE, "--name", &long]).0, 1);
}
