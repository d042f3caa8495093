//! The access trace: every action leaves its row, no row says more than it may, and no row changes unseen.

use std::{
    fs,
    io::{BufRead, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use rusqlite::Connection;
use sceau_relay::{
    Relay,
    clock::ManualClock,
    limits,
    store::{MemoryBlobs, Store},
};
use serde_json::{Value, json};

use super::{
    database,
    opaque::{SLOTS, enrol, log_in},
    storage::Folder,
    world::{ANNE, BRUNO, CLAIRE, Member, NOW, World, letter},
};

const PASS: &str = "correct horse battery staple";

/// The rows as `author action request answer`; times, where more than one, with the action.
fn rows(world: &World) -> Vec<[String; 4]> {
    let lines = world.relay.access_trace().unwrap();
    let fields = |line: &String| {
        let fields: Vec<&str> = line.split('\t').collect();
        [fields[1], fields[2], fields[3], fields[4]].map(str::to_owned)
    };
    lines.iter().map(fields).collect()
}

fn has(rows: &[[String; 4]], author: &str, action: &str, request: &str, answer: &str) {
    let found = rows.iter().any(|row| row.iter().eq([author, action, request, answer]));
    assert!(found, "{author} {action} {request} {answer}: {rows:#?}");
}

fn operator() -> String {
    let world = World::new();
    world.member(ANNE);
    rows(&world)[0][0].clone()
}

#[tokio::test]
async fn ways_in_leave_their_rows() {
    let world = World::new();
    let code = world.relay.add_account(ANNE, None, &[]).unwrap().unwrap().enrolment_code;
    assert_eq!(enrol(&world, ANNE, "0000-0000-0000-0000", PASS).await.status, 401);
    let signed_in = enrol(&world, ANNE, &code, PASS).await.json;
    let id = signed_in["accountId"].as_str().unwrap();
    assert!(log_in(&world, ANNE, SLOTS[0], PASS).await.is_ok());
    assert!(log_in(&world, ANNE, SLOTS[0], "another").await.is_err());
    assert!(log_in(&world, "nobody@exemple.fr", SLOTS[0], PASS).await.is_err());
    world.clock.advance(limits::LOGIN_PENDING);
    world.relay.sweep().unwrap();
    let token = signed_in["token"].as_str().unwrap().to_owned();
    let anne = Member { world: &world, address: ANNE.to_owned(), account: id.to_owned(), token };
    world.clock.advance(limits::FRESH_LOGIN);
    assert_eq!(anne.post("/auth/change/finish", &json!({"slots": [], "vault": []})).await.status, 403);
    assert_eq!(anne.post("/auth/logout", &json!({})).await.status, 204);
    let rows = rows(&world);
    has(&rows, &operator(), "account.add", id, "done");
    has(&rows, id, "enrol", "", "refused: urn:sceau:problem:bad_credentials");
    has(&rows, id, "enrol", "", "done");
    has(&rows, id, "login", "passphrase", "done");
    has(&rows, id, "login", "passphrase", "not finished");
    has(&rows, "nobody", "login", "passphrase", "not finished");
    has(&rows, id, "change", "", "refused: urn:sceau:problem:fresh_login_needed");
    has(&rows, id, "logout", "", "done");
}

/// Somebody who does with letters what can be done with them.
async fn at_work(world: &World) -> (Member<'_>, Member<'_>, [String; 4]) {
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let request = anne.letter_to("l-1", &[BRUNO]).await;
    let sent = anne.call("Letter/send", request).await;
    let mut later = anne.letter_to("l-2", &[BRUNO]).await;
    later["sendAt"] = json!("2026-11-24T08:30:00Z");
    let later = anne.call("Letter/send", later).await["letterId"].as_str().unwrap().to_owned();
    anne.call("Letter/cancel", json!({"letterId": later})).await;
    let mut to_nobody = anne.letter_to("l-3", &[CLAIRE]).await;
    to_nobody["envelopes"][0]["rcptTo"] = json!(["nobody@exemple.fr"]);
    anne.fails("Letter/send", to_nobody, "invalidRecipients").await;
    let inbox = bruno.emails("inbox").await.remove(0);
    let (blob, card) = (inbox["blobId"].as_str().unwrap(), inbox["cardBlobId"].as_str().unwrap());
    for _ in 0..3 {
        assert_eq!(bruno.download(blob).await.status, 200);
    }
    bruno.call("Blob/get", json!({"ids": [card], "properties": ["data:asBase64"]})).await;
    let imported = bruno.import(&letter(CLAIRE, "old"), "inbox").await;
    bruno.call("Email/set", json!({"destroy": [imported, "someone@exemple.fr"]})).await;
    let made = bruno.call("Mailbox/set", json!({"create": {"x": {"name": "Patients"}}})).await;
    let mailbox = made["created"]["x"]["id"].as_str().unwrap().to_owned();
    bruno.call("Mailbox/set", json!({"destroy": [mailbox]})).await;
    anne.call("Directory/publish", json!({"certificates": []})).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sent = format!("{} {}", text(&sent["letterId"]), text(&sent["emailId"]));
    (anne, bruno, [sent, later, text(&inbox["id"]), imported])
}

#[tokio::test]
async fn what_is_done_with_letters_leaves_its_rows() {
    let world = World::new();
    let (anne, bruno, [sent, later, read, imported]) = at_work(&world).await;
    let rows = rows(&world);
    let made = rows.iter().find(|row| row[1] == "token.create").unwrap();
    assert_eq!(made[0], operator());
    assert!(made[2].starts_with(&format!("{} ", anne.account)), "{made:?}");
    has(&rows, &anne.account, "letter.send", &sent, "accepted, recipients: 1");
    has(&rows, &anne.account, "letter.send", "", "refused: invalidRecipients");
    has(&rows, &anne.account, "letter.cancel", &later, "done");
    has(&rows, &anne.account, "certificate.publish", "", "0 certificates");
    has(&rows, &bruno.account, "letter.read ×3", &read, "done");
    has(&rows, &bruno.account, "card.read", "", "done");
    has(&rows, &bruno.account, "email.import", &imported, "done");
    has(&rows, &bruno.account, "email.destroy", &imported, "done");
    assert!(rows.iter().any(|row| row[1] == "mailbox.destroy" && row[0] == bruno.account));
    assert_eq!(world.relay.verify_access_trace().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn no_row_names_a_correspondent_or_a_letter() {
    let world = World::new();
    at_work(&world).await;
    assert!(log_in(&world, "nobody@exemple.fr", SLOTS[0], PASS).await.is_err());
    world.clock.advance(limits::LOGIN_PENDING);
    world.relay.sweep().unwrap();
    for line in world.relay.access_trace().unwrap() {
        for word in ["@", "exemple", "[...]", "l-1", "Patients"] {
            assert!(!line.contains(word), "{line}");
        }
    }
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_row_of_success() {
    let world = World::new();
    let anne = world.member(ANNE);
    let mut letter = anne.letter_to("l-1", &[ANNE]).await;
    world.relay.set_quota(ANNE, Some(1), None).unwrap();
    letter["clientLetterId"] = json!("l-2");
    anne.fails("Letter/send", letter, "overQuota").await;
    let sends: Vec<_> = rows(&world).into_iter().filter(|row| row[1] == "letter.send").collect();
    assert_eq!(sends.len(), 1);
    assert_eq!(sends[0][3], "refused: overQuota");
}

/// A relay over a folder, with the clock of the tests and a name.
fn node(folder: &Path, name: &str) -> World {
    fs::create_dir_all(folder).unwrap();
    drop(Relay::open(folder).unwrap());
    let clock = Arc::new(ManualClock::at(NOW));
    let relay = Relay::with_store(Store::open(folder).unwrap(), clock.clone()).named(name);
    World::over(relay, clock)
}

/// A trace of five rows, changed by `sql`; gives what verifying says.
fn tampered(sql: &str) -> Vec<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = Folder::new(&format!("access-tampered-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let world = node(&folder.0, "one");
    for name in ["a", "b", "c", "d", "e"] {
        world.member(&format!("{name}@exemple.fr"));
    }
    world.relay.write_access_trace().unwrap();
    assert_eq!(world.relay.verify_access_trace().unwrap(), Vec::<String>::new());
    let database = Connection::open(folder.0.join("relay.sqlite")).unwrap();
    database.execute_batch(sql).unwrap();
    world.relay.verify_access_trace().unwrap()
}

#[test]
fn a_row_that_was_changed_is_found() {
    for (column, value) in [
        ("author", "'a9'"),
        ("action", "'login'"),
        ("request", "'a9'"),
        ("answer", "'refused'"),
        ("at", "at + 1"),
        ("zone", "zone + 60"),
        ("times", "2"),
    ] {
        let found = tampered(&format!("UPDATE access_trace SET {column} = {value} WHERE number = 3"));
        assert_eq!(found, ["row 3 of one: it was changed"], "{column}");
    }
    let found = tampered("UPDATE access_trace SET hash = previous WHERE number = 3");
    assert_eq!(found, ["row 3 of one: it was changed"]);
}

#[test]
fn a_row_that_was_removed_or_put_in_is_found() {
    assert_eq!(tampered("DELETE FROM access_trace WHERE number = 3"), ["row 3 of one: a row was removed"]);
    let hidden = "DELETE FROM access_trace WHERE number = 3;
         UPDATE access_trace SET number = number - 1 WHERE number > 3;
         UPDATE access_chain SET linked = 4";
    assert_eq!(tampered(hidden), ["row 3 of one: it does not follow the row before"]);
    let put_in = "UPDATE access_trace SET number = -number WHERE number > 2;
         UPDATE access_trace SET number = 1 - number WHERE number < 0;
         INSERT INTO access_trace (node, at, zone, author, action, request, answer, times, number, previous, hash)
         SELECT node, at, zone, author, action, request, answer, times, 3, hash, hash FROM access_trace
             WHERE number = 2;
         UPDATE access_chain SET linked = 6";
    assert_eq!(tampered(put_in), ["row 3 of one: it was changed"]);
    let cut = "DELETE FROM access_trace WHERE number = 5";
    assert_eq!(tampered(cut), ["row 5 of one: the end of the chain was removed"]);
    let all = "DELETE FROM access_trace; DELETE FROM access_chain";
    assert_eq!(tampered(all), Vec::<String>::new(), "no trace at all is for the log's anchors");
}

#[test]
fn after_six_months_rows_go_and_the_chain_still_holds() {
    let folder = Folder::new("access-pruned");
    let world = node(&folder.0, "one");
    for name in ["a", "b", "c"] {
        world.member(&format!("{name}@exemple.fr"));
    }
    world.clock.advance(limits::ACCESS_TRACE_LIFETIME - 86_400);
    world.member("d@exemple.fr");
    world.relay.sweep().unwrap();
    assert_eq!(rows(&world).len(), 4);
    world.clock.advance(2 * 86_400);
    world.relay.sweep().unwrap();
    world.relay.sweep().unwrap();
    let left: Vec<String> = rows(&world).into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(left, ["token.create", "trace.prune"]);
    assert_eq!(world.relay.verify_access_trace().unwrap(), Vec::<String>::new());
    let database = Connection::open(folder.0.join("relay.sqlite")).unwrap();
    database
        .execute_batch(
            "UPDATE access_chain SET removed = 4,
                 removed_hash = (SELECT hash FROM access_trace WHERE number = 4);
             DELETE FROM access_trace WHERE number = 4",
        )
        .unwrap();
    let found = world.relay.verify_access_trace().unwrap();
    assert_eq!(found, ["row 5 of one: no row says that those before it were removed after six months"]);
}

#[test]
fn each_relay_over_one_database_has_a_chain_of_its_own() {
    let folder = Folder::new("access-nodes");
    let (one, two) = (node(&folder.0, "one"), node(&folder.0, "two"));
    for name in ["a", "b", "c"] {
        one.member(&format!("{name}@exemple.fr"));
        two.member(&format!("{name}@exemple.fr"));
    }
    two.relay.write_access_trace().unwrap();
    let lines = one.relay.access_trace().unwrap();
    let places: Vec<&str> = lines.iter().filter_map(|line| line.rsplit('\t').next()).collect();
    assert_eq!(places, ["one 1", "two 1", "one 2", "two 2", "one 3", "two 3"]);
    assert_eq!(one.relay.verify_access_trace().unwrap(), Vec::<String>::new());
    // One that ended before it linked its last row.
    drop(two);
    let gone = node(&folder.0, "gone");
    gone.member("d@exemple.fr");
    drop(gone);
    one.relay.sweep().unwrap();
    assert!(one.relay.access_trace().unwrap().last().unwrap().ends_with("\tgone 1"));
}

#[test]
fn two_relays_over_one_server_write_at_once_and_both_chains_hold() {
    let Some(stores) =
        database::two_stores([Box::new(MemoryBlobs::default()), Box::new(MemoryBlobs::default())])
    else {
        return;
    };
    let [one, two] = stores.map(|store| Relay::with_store(store, ManualClock::at(NOW)));
    let (one, two) = (one.named("one"), two.named("two"));
    std::thread::scope(|scope| {
        for (name, relay) in [("one", &one), ("two", &two)] {
            scope.spawn(move || {
                for number in 0..20 {
                    relay.create_token(&format!("{name}-{number}@exemple.fr")).unwrap();
                    relay.sweep().unwrap();
                }
            });
        }
    });
    let lines = two.access_trace().unwrap();
    for (name, relay) in [("one", &one), ("two", &two)] {
        assert!(lines.iter().any(|line| line.ends_with(&format!("\t{name} 20"))), "{lines:#?}");
        assert_eq!(relay.verify_access_trace().unwrap(), Vec::<String>::new());
    }
}

/// Waits for a line of a program that serves.
fn said(out: &mut impl BufRead, wanted: &str) -> String {
    let mut line = String::new();
    while !line.starts_with(wanted) {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it never said {wanted}");
    }
    line.trim_end().strip_prefix(wanted).unwrap().to_owned()
}

/// Serves a folder for one log-in that is refused, and ends it.
fn serve_for_a_refusal(folder: &Folder, more: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-relay"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&folder.0).args(more);
    let mut relay = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(relay.stdout.take().unwrap());
    let address = said(&mut out, "listening on http://");
    let body = "{\"loginId\":\"x\",\"finalization\":\"AA==\"}";
    let mut stream = TcpStream::connect(&address).unwrap();
    let head =
        format!("POST /auth/login/finish HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n");
    write!(stream, "{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let stopped = Command::new("kill").arg(relay.id().to_string()).status().unwrap();
    assert!(stopped.success() && relay.wait().unwrap().success());
}

#[test]
fn a_refusal_is_written_down_when_the_relay_is_stopped() {
    let folder = Folder::new("access-stopped");
    serve_for_a_refusal(&folder, &[]);
    let (_, said) = trace(&["list"], &folder.0);
    assert!(said.contains("\tnobody\tlogin\t\trefused: "), "{said}");
    let (code, said) = trace(&["verify"], &folder.0);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_relay_writes_under_the_name_it_is_started_with() {
    let folder = Folder::new("access-named");
    for name in ["north", "south"] {
        serve_for_a_refusal(&folder, &["--node", name]);
    }
    let (_, said) = trace(&["list", "--json"], &folder.0);
    let rows: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_log_ins = rows.iter().filter(|row| row["action"] == "login");
    let nodes: Vec<&str> = of_log_ins.map(|row| row["node"].as_str().unwrap()).collect();
    assert_eq!(nodes, ["north", "south"], "{said}");
    let (code, said) = trace(&["verify"], &folder.0);
    assert_eq!(code, 0, "{said}");
}

fn trace(arguments: &[&str], folder: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-relay"));
    let output = command
        .arg("trace")
        .args(arguments)
        .arg("--data")
        .arg(folder)
        .env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn its_keeper_lists_it_by_account_and_day_and_verifies_it() {
    let folder = Folder::new("access-command");
    let world = node(&folder.0, "one");
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    world.relay.write_access_trace().unwrap();
    let (code, said) = trace(&["list", "--json", "--account", ANNE], &folder.0);
    assert_eq!(code, 0, "{said}");
    assert_eq!(said, "", "what an account did, not what was done to it");
    let (_, said) = trace(&["list", "--json", "--until", "2026-11-23"], &folder.0);
    let first: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((&first["action"], &first["number"]), (&json!("token.create"), &json!(1)));
    assert!(first["request"].as_str().unwrap().starts_with(&format!("{} ", anne.account)));
    assert!(first["author"].as_str().unwrap().starts_with("operator:"));
    let (_, said) = trace(&["list", "--since", "2026-11-24", "--until", "2026-11-24"], &folder.0);
    assert_eq!(said, "");
    let (code, said) = trace(&["list", "--account", "nobody@exemple.fr"], &folder.0);
    assert_eq!(code, 2, "{said}");
    let (_, said) = trace(&["list"], &folder.0);
    assert!(said.contains("\ttrace.read\t"), "{said}");
    assert!(said.contains("+01:00\t") || said.contains("+02:00\t"), "{said}");
    let (code, said) = trace(&["verify"], &folder.0);
    assert_eq!(code, 0, "{said}");
    let database = Connection::open(folder.0.join("relay.sqlite")).unwrap();
    database.execute("UPDATE access_trace SET request = 'a7' WHERE number = 2 AND node = 'one'", []).unwrap();
    let (code, said) = trace(&["verify"], &folder.0);
    assert_eq!(code, 1);
    assert!(said.starts_with("broken: row 2 of one: it was changed\n"), "{said}");
}
