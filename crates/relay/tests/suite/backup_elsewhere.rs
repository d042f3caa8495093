//! Backups of rows in PostgreSQL, and from a data folder into PostgreSQL and back: letter by letter the same.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sceau_relay::{Relay, clock::ManualClock, store::Store};
use serde_json::{Value, json};

use super::{
    database::Shared,
    keeper::{backup, check, names, numbers, refuses, restore, run, send, serve},
    storage::Folder,
    world::{ANNE, BRUNO, Member, NOW, World, letter_with},
};

/// Folders of one test below one, some of them of relays whose rows lie in PostgreSQL.
struct Places {
    all: Folder,
    databases: Vec<Shared>,
}

impl Places {
    fn new(name: &str) -> Self {
        let all = Folder::new(name);
        fs::create_dir_all(&all.0).unwrap();
        Self { all, databases: Vec::new() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.all.0.join(name)
    }

    /// A data folder with a `store.toml` of a new database; `None` without a server.
    fn elsewhere(&mut self, name: &str) -> Option<PathBuf> {
        let (shared, data) = (Shared::new()?, self.at(name));
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("store.toml"), shared.said(&data.join("blobs"))).unwrap();
        self.databases.push(shared);
        Some(data)
    }
}

fn serve_elsewhere(data: &Path) -> World {
    drop(Relay::open(data).unwrap());
    let clock = Arc::new(ManualClock::at(NOW));
    World::over(Relay::with_store(Store::open(data).unwrap(), clock.clone()), clock)
}

/// What two members have, as clients see it: every Email with its octets, and what else is theirs.
async fn everything(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    for member in [world.member(ANNE), world.member(BRUNO)] {
        for role in ["inbox", "sent", "drafts", "archive", "trash"] {
            for email in member.emails(role).await {
                let octets = member.download(email["blobId"].as_str().unwrap()).await.bytes;
                all.push(json!([role, email, octets]));
            }
        }
        for method in ["Mailbox/get", "Vault/get", "Identity/get", "Letter/get"] {
            all.push(member.call(method, json!({"ids": null})).await["list"].clone());
        }
    }
    all
}

/// Letters small and large, sent, waiting and imported; a mailbox below another that is younger; a blob of a vault.
async fn live(world: &World) {
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    for at in 0..3 {
        send(&anne, &format!("l-{at}"), &[BRUNO]).await;
    }
    let mut later = anne.letter_to("l-9", &[BRUNO]).await;
    later["sendAt"] = json!("2026-11-23T09:00:00Z");
    anne.call("Letter/send", later).await;
    let large = format!("From: {BRUNO}\r\nTo: {ANNE}\r\nReferences: <{}@exemple.fr>\r\n", "x".repeat(900));
    bruno.import(&letter_with(&large, "large"), "archive").await;
    anne.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})).await;
    let made = json!({"create": {"a": {"name": "Older"}, "b": {"name": "Younger"}}});
    let made = anne.call("Mailbox/set", made).await["created"].clone();
    let (older, younger) = (made["a"]["id"].as_str().unwrap(), &made["b"]["id"]);
    anne.call("Mailbox/set", json!({"update": {older: {"parentId": younger}}})).await;
}

fn is_clean(place: &Path) {
    let (code, report) = check(place);
    assert_eq!((code, &report["findings"]), (0, &json!([])), "{}", place.display());
}

#[tokio::test]
async fn rows_in_postgresql_come_back_in_a_folder_and_in_another_database() {
    let mut places = Places::new("backup-elsewhere");
    let Some(data) = places.elsewhere("data") else { return };
    let world = serve_elsewhere(&data);
    live(&world).await;
    let before = everything(&world).await;
    let copy = places.at("copy");
    let said = backup(&data, &copy);
    assert!(said.contains("is complete") && !said.contains('@'), "{said}");
    is_clean(&copy);
    let lost = send(&world.member(ANNE), "l-10", &[BRUNO]).await;

    let own = places.at("own");
    restore(&copy, &own);
    is_clean(&own);
    let again = serve(&own);
    assert_eq!(everything(&again).await, before);

    let other = places.elsewhere("other").unwrap();
    // As a restore leaves it that was cut off.
    fs::create_dir_all(other.join("restoring/blobs")).unwrap();
    fs::write(other.join("opaque.seed"), "of that").unwrap();
    restore(&copy, &other);
    let mut held = names(&other);
    // Where there is no object storage.
    held.remove("blobs");
    assert_eq!(held, ["opaque.seed", "store.toml"].map(str::to_owned).into());
    is_clean(&other);
    let again = serve_elsewhere(&other);
    assert_eq!(everything(&again).await, before);
    assert_eq!(run(&["trace", "verify"], &[("--data", &other)]).0, 0, "the access trace came unbroken");
    let new = send(&again.member(ANNE), "l-11", &[BRUNO]).await;
    for id in ["emailId", "letterId"] {
        assert_ne!(new[id], lost[id], "{id} has come to mean another");
    }
    is_clean(&other);
}

#[tokio::test]
async fn a_practice_moves_from_its_folder_into_postgresql() {
    let mut places = Places::new("move-elsewhere");
    let Some(data) = places.elsewhere("shared") else { return };
    let (own, copy) = (places.at("own"), places.at("copy.tar"));
    let world = serve(&own);
    live(&world).await;
    let before = everything(&world).await;
    backup(&own, &copy);
    restore(&copy, &data);
    is_clean(&data);
    let moved = serve_elsewhere(&data);
    assert_eq!(everything(&moved).await, before);
    assert_eq!(fs::read(own.join("opaque.seed")).unwrap(), fs::read(data.join("opaque.seed")).unwrap());
    let exported = |data: &Path, to: PathBuf| {
        let (code, said) = run(&["export", BRUNO], &[("--data", data), ("--to", &to)]);
        assert_eq!(code, 0, "{said}");
        let list: Value = serde_json::from_slice(&fs::read(to.join("letters.json")).unwrap()).unwrap();
        let files = |part: &str| -> Vec<(String, Vec<u8>)> {
            let read = |name: String| (name.clone(), fs::read(to.join(part).join(name)).unwrap());
            names(&to.join(part)).into_iter().map(read).collect()
        };
        (list["mailboxes"].clone(), list["letters"].clone(), files("letters"), files("parts"))
    };
    let there = exported(&data, places.at("exported"));
    assert_eq!(there.2.len(), 4);
    assert_eq!(there, exported(&own, places.at("exported-before")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_letters_arrive_in_postgresql_is_of_one_moment() {
    let mut places = Places::new("hot-elsewhere");
    let Some(data) = places.elsewhere("data") else { return };
    let world = serve_elsewhere(&data);
    let _bruno = world.member(BRUNO);
    let over = AtomicBool::new(false);
    let write = async {
        let (anne, mut at): (Member<'_>, usize) = (world.member(ANNE), 0);
        while !over.load(Ordering::Relaxed) {
            send(&anne, &format!("l-{at}"), &[BRUNO]).await;
            at += 1;
        }
        at
    };
    let copy = places.at("copy");
    let keep = async {
        for _ in 0..3 {
            let (data, copy) = (data.clone(), copy.clone());
            tokio::task::spawn_blocking(move || backup(&data, &copy)).await.unwrap();
        }
        over.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(write, keep);
    let own = places.at("own");
    restore(&copy, &own);
    is_clean(&own);
    let again = serve(&own);
    let (anne, bruno) = (again.member(ANNE), again.member(BRUNO));
    let delivered = numbers(&bruno, "inbox", "").await;
    assert_eq!(numbers(&anne, "sent", "-copy").await, delivered, "half a sending");
    let last = *delivered.last().unwrap();
    assert!(last < sent);
    assert_eq!(delivered, (0..=last).collect(), "an earlier letter is missing");
}

#[tokio::test]
async fn a_database_with_rows_or_of_another_version_is_left_alone() {
    let mut places = Places::new("refused-elsewhere");
    let Some(data) = places.elsewhere("data") else { return };
    let world = serve_elsewhere(&data);
    send(&world.member(ANNE), "l-0", &[ANNE]).await;
    let copy = places.at("copy");
    backup(&data, &copy);
    let before = everything(&world).await;

    let full = places.at("full");
    fs::create_dir_all(&full).unwrap();
    fs::copy(data.join("store.toml"), full.join("store.toml")).unwrap();
    refuses(&["restore"], &[("--from", &copy), ("--data", &full)], "has rows already");
    refuses(&["restore"], &[("--from", &copy), ("--data", &data)], "is not empty");
    assert_eq!(names(&full), ["store.toml".to_owned()].into());
    assert_eq!(everything(&world).await, before);

    let empty = places.elsewhere("empty").unwrap();
    fs::write(empty.join("notes.txt"), "mine").unwrap();
    refuses(&["restore"], &[("--from", &copy), ("--data", &empty)], "is not empty");
    fs::remove_file(empty.join("notes.txt")).unwrap();
    for blob in fs::read_dir(&copy).unwrap().map(|entry| entry.unwrap().path()) {
        if blob.extension().is_some_and(|kind| kind == "sqlite") {
            let mut octets = fs::read(&blob).unwrap();
            octets[100] ^= 1;
            fs::write(&blob, octets).unwrap();
        }
    }
    refuses(&["restore"], &[("--from", &copy), ("--data", &empty)], "is damaged");
    let mut held = names(&empty);
    held.remove("blobs");
    assert_eq!(held, ["store.toml".to_owned()].into(), "as it was");

    places.databases[0].run("DELETE FROM schema_step WHERE number = (SELECT max(number) FROM schema_step)");
    let later = places.at("later");
    for (command, place) in [("backup", ("--to", later.as_path())), ("export", ("--to", later.as_path()))] {
        let words = if command == "export" { vec!["export", ANNE] } else { vec![command] };
        refuses(&words, &[("--data", &data), place], "another version");
    }
    let known = places.databases[0].ask("SELECT CAST(count(*) AS text) FROM schema_step");
    let (code, said) = run(&["check"], &[("--data", &data)]);
    assert_eq!(code, 2, "could not look: {said}");
    assert_eq!(places.databases[0].ask("SELECT CAST(count(*) AS text) FROM schema_step"), known);
    assert!(!later.exists());
}
