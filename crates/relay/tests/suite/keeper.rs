//! The keeper's commands: what is backed up is of one moment and comes back whole, what is damaged is found and named.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rusqlite::Connection;
use sceau_api::BlobId;
use sceau_relay::{Relay, clock::ManualClock, limits, store::Store};
use serde_json::{Value, json};

use super::{
    storage::Folder,
    world::{ANNE, BRUNO, CLAIRE, Member, NOW, World, letter},
};

/// A relay over a folder, with the clock of the tests: it serves while commands run beside it. Each blob is a file, however
/// small.
pub(super) fn serve(folder: &Path) -> World {
    serve_with(folder, |store| store.with_blobs_in_rows(None))
}

fn serve_with(folder: &Path, set: impl FnOnce(Store) -> Store) -> World {
    fs::create_dir_all(folder).unwrap();
    // The seed is made by opening; the clock is then ours.
    drop(Relay::open(folder).unwrap());
    let clock = Arc::new(ManualClock::at(NOW));
    World::over(Relay::with_store(set(Store::open(folder).unwrap()), clock.clone()), clock)
}

fn program(arguments: &[&str], folders: &[(&str, &Path)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-relay"));
    command.args(arguments);
    for (name, folder) in folders {
        command.arg(name).arg(folder);
    }
    command
}

/// Exit code and everything that was said.
pub(super) fn run(arguments: &[&str], folders: &[(&str, &Path)]) -> (i32, String) {
    let Output { status, stdout, stderr } = program(arguments, folders).output().unwrap();
    let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    (status.code().unwrap(), said)
}

pub(super) fn check(folder: &Path) -> (i32, Value) {
    let output = program(&["check", "--json"], &[("--data", folder)]).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

pub(super) fn backup(data: &Path, to: &Path) -> String {
    let (code, said) = run(&["backup"], &[("--data", data), ("--to", to)]);
    assert_eq!(code, 0, "{said}");
    said
}

pub(super) fn restore(from: &Path, data: &Path) -> String {
    let (code, said) = run(&["restore"], &[("--from", from), ("--data", data)]);
    assert_eq!(code, 0, "{said}");
    said
}

/// The command fails with a sentence that has these words in it.
pub(super) fn refuses(arguments: &[&str], folders: &[(&str, &Path)], words: &str) {
    let (code, said) = run(arguments, folders);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(words), "{words:?} is not in {said:?}");
}

/// Every file of a folder of blobs, by its name.
fn blobs(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut all = BTreeMap::new();
    for shard in fs::read_dir(folder.join("blobs")).unwrap() {
        for entry in fs::read_dir(shard.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            all.insert(path.file_name().unwrap().to_string_lossy().into_owned(), path);
        }
    }
    all
}

pub(super) fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

pub(super) async fn send(from: &Member<'_>, id: &str, to: &[&str]) -> Value {
    let request = from.letter_to(id, to).await;
    from.call("Letter/send", request).await
}

/// The numbers of the letters `l-N` in a Mailbox, each compared with what was sent.
pub(super) async fn numbers(member: &Member<'_>, role: &str, suffix: &str) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for email in member.emails(role).await {
        let id = email["messageId"][0].as_str().unwrap().split('@').next().unwrap().to_owned();
        let bytes = member.download(email["blobId"].as_str().unwrap()).await.bytes;
        assert_eq!(bytes, letter(ANNE, &id), "{id} came back as another");
        found.insert(id.strip_prefix("l-").unwrap().strip_suffix(suffix).unwrap().parse().unwrap());
    }
    found
}

/// Folders of one test: the relay's, the backup's, the restored one's.
struct Places {
    all: Folder,
    data: PathBuf,
    backup: PathBuf,
    restored: PathBuf,
}

impl Places {
    fn new(name: &str) -> Self {
        let all = Folder::new(name);
        let at = |name| all.0.join(name);
        let (data, backup, restored) = (at("data"), at("backup"), at("restored"));
        Self { all, data, backup, restored }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.all.0.join(name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_letters_arrive_is_of_one_moment() {
    let places = Places::new("hot");
    let world = serve(&places.data);
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    const BEFORE: usize = 12;
    for at in 0..BEFORE {
        send(&anne, &format!("l-{at}"), &[BRUNO]).await;
    }
    let over = AtomicBool::new(false);
    let write = async {
        let mut at = BEFORE;
        while !over.load(Ordering::Relaxed) {
            // A new session each time: the hours fly.
            send(&world.member(ANNE), &format!("l-{at}"), &[BRUNO]).await;
            at += 1;
        }
        at
    };
    // Blobs end while others are copied: each goes with its last Email and its hour.
    let churn = async {
        let (mut at, mut ended) = (0, 0);
        let mut blobs = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let claire = world.member(CLAIRE);
            let id = claire.import(&letter(CLAIRE, &format!("gone-{at}")), "archive").await;
            let got = claire.call("Email/get", json!({"ids": [id]})).await;
            blobs.push(BlobId(got["list"][0]["blobId"].as_str().unwrap().to_owned()));
            claire.call("Email/set", json!({"destroy": [id]})).await;
            world.clock.advance(limits::UNREFERENCED_BLOB_LIFETIME / 8);
            let before = blobs.len();
            world.relay.sweep().unwrap();
            blobs.retain(|blob| world.relay.store().blobs().open(blob).unwrap().is_some());
            ended += before - blobs.len();
            at += 1;
        }
        ended
    };
    let (data, to) = (places.data.clone(), places.backup.clone());
    let keep = async {
        for round in 0..3 {
            let (data, to) = (data.clone(), to.clone());
            tokio::task::spawn_blocking(move || backup(&data, &to)).await.unwrap();
            let copy = places.at(&format!("restored-{round}"));
            let from = places.backup.clone();
            tokio::task::spawn_blocking(move || restore(&from, &copy)).await.unwrap();
        }
        over.store(true, Ordering::Relaxed);
    };
    let (sent, ended, ()) = tokio::join!(write, churn, keep);
    assert!(sent > BEFORE && ended > 0, "nothing arrived or ended meanwhile: {sent}, {ended}");
    for round in 0..3 {
        let restored = places.at(&format!("restored-{round}"));
        let (code, report) = check(&restored);
        assert_eq!((code, &report["findings"]), (0, &json!([])), "round {round}");
        let again = serve(&restored);
        let (anne, bruno) = (again.member(ANNE), again.member(BRUNO));
        let (copies, delivered) = (numbers(&anne, "sent", "-copy").await, numbers(&bruno, "inbox", "").await);
        assert_eq!(copies, delivered, "half a sending");
        let last = *delivered.last().unwrap();
        assert!(last + 1 >= BEFORE && last < sent);
        assert_eq!(delivered, (0..=last).collect(), "an earlier letter is missing");
    }
    assert_eq!(check(&places.data).0, 0, "and the relay itself is clean beside its work");
}

#[tokio::test]
async fn a_restored_relay_is_the_same_letter_by_letter_and_blob_by_blob() {
    let places = Places::new("same");
    let world = serve(&places.data);
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    for at in 0..3 {
        send(&anne, &format!("l-{at}"), &[BRUNO]).await;
    }
    anne.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})).await;
    let before = (anne.emails("sent").await, bruno.emails("inbox").await);
    let said = backup(&places.data, &places.backup);
    assert!(said.contains("is complete") && said.contains("the seed is not in it"), "{said}");
    assert!(!said.contains('@'), "{said}");
    restore(&places.backup, &places.restored);
    for copy in [&places.backup, &places.restored] {
        let (ours, theirs) = (blobs(&places.data), blobs(copy));
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        assert!(ours.iter().all(|(name, path)| fs::read(path).unwrap() == fs::read(&theirs[name]).unwrap()));
    }
    let seed = |folder: &Path| fs::read(folder.join("opaque.seed")).unwrap();
    assert_eq!(seed(&places.data), seed(&places.restored));
    assert_eq!(names(&places.restored), ["blobs", "opaque.seed", "relay.sqlite"].map(str::to_owned).into());
    let again = serve(&places.restored);
    let (anne, bruno) = (again.member(ANNE), again.member(BRUNO));
    assert_eq!((anne.emails("sent").await, bruno.emails("inbox").await), before);
    assert_eq!(anne.call("Vault/get", json!({"ids": null})).await["list"][0]["version"], 1);
    for places in [&places.backup, &places.restored] {
        assert_eq!(fs::metadata(places).unwrap().mode() & 0o777, 0o700, "for its owner only");
    }
    send(&anne, "l-9", &[BRUNO]).await;
    assert_eq!(check(&places.restored).0, 0);
}

#[tokio::test]
async fn after_restoring_nothing_given_out_since_the_backup_means_another_thing() {
    let places = Places::new("anew");
    let world = serve(&places.data);
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    send(&anne, "l-1", &[BRUNO]).await;
    backup(&places.data, &places.backup);
    let lost = send(&anne, "l-2", &[BRUNO]).await;
    let state = |answer: &Value| answer["state"].as_str().unwrap().to_owned();
    let mut states = Vec::new();
    for kind in ["Email", "Thread", "Mailbox", "Identity", "Letter", "EmailSubmission"] {
        states.push((kind, state(&anne.call(&format!("{kind}/get"), json!({"ids": []})).await)));
    }
    restore(&places.backup, &places.restored);
    let again = serve(&places.restored);
    let old =
        Member { world: &again, address: ANNE.to_owned(), account: anne.account.clone(), token: anne.token };
    assert_eq!(old.get("/jmap/session").await.status, 401, "sessions have ended");
    let anne = again.member(ANNE);
    let new = send(&anne, "l-3", &[BRUNO]).await;
    for id in ["emailId", "letterId"] {
        assert_ne!(new[id], lost[id], "{id} has come to mean another");
    }
    anne.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})).await;
    for (kind, state) in states {
        let since = json!({"sinceState": state});
        anne.fails(&format!("{kind}/changes"), since, "cannotCalculateChanges").await;
        let now = anne.call(&format!("{kind}/get"), json!({"ids": []})).await;
        anne.call(&format!("{kind}/changes"), json!({"sinceState": now["state"]})).await;
    }
}

#[tokio::test]
async fn a_second_backup_copies_only_what_is_new_and_drops_what_is_gone() {
    let places = Places::new("again");
    let world = serve(&places.data);
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    send(&anne, "l-1", &[BRUNO]).await;
    backup(&places.data, &places.backup);
    let inodes = |folder: &Path| -> BTreeMap<String, u64> {
        blobs(folder).into_iter().map(|(name, path)| (name, fs::metadata(path).unwrap().ino())).collect()
    };
    let first = inodes(&places.backup);
    let gone = bruno.emails("inbox").await.remove(0);
    bruno.call("Email/set", json!({"destroy": [gone["id"]]})).await;
    world.clock.advance(limits::UNREFERENCED_BLOB_LIFETIME);
    world.relay.sweep().unwrap();
    let new = anne.upload(b"new").await;
    let said = backup(&places.data, &places.backup);
    assert!(said.contains(" 1 of them new"), "{said}");
    let second = inodes(&places.backup);
    assert!(!second.contains_key(gone["blobId"].as_str().unwrap()) && second.contains_key(&new));
    assert!(second.iter().all(|(name, inode)| *name == new || first[name] == *inode), "copied again");
    let databases = names(&places.backup).into_iter().filter(|name| name.ends_with(".sqlite")).count();
    assert_eq!(databases, 1, "{:?}", names(&places.backup));
    restore(&places.backup, &places.restored);
    assert_eq!(check(&places.restored).0, 0);
}

#[tokio::test]
async fn a_flipped_byte_in_any_blob_is_found_and_named() {
    let places = Places::new("flip");
    let world = serve(&places.data);
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    send(&anne, "l-1", &[BRUNO]).await;
    anne.upload(&[7; 160_000]).await;
    let inbox = bruno.emails("inbox").await.remove(0)["blobId"].clone();
    backup(&places.data, &places.backup);
    assert_eq!(check(&places.data).1["blobs"], blobs(&places.data).len());
    for (id, path) in blobs(&places.data) {
        let sound = fs::read(&path).unwrap();
        for at in [0, 1, sound.len() / 2, sound.len() - 1] {
            let mut flipped = sound.clone();
            flipped[at] ^= 0x10;
            fs::write(&path, &flipped).unwrap();
            let (code, report) = check(&places.data);
            assert_eq!((code, report["findings"].as_array().unwrap().len()), (1, 1), "byte {at}: {report}");
            let finding = &report["findings"][0];
            assert_eq!((&finding["kind"], &finding["blob"]), (&json!("blobDamaged"), &json!(id)));
            let accounts =
                if json!(id) == inbox { [anne.account.as_str(), &bruno.account].to_vec() } else { vec![] };
            assert!(accounts.iter().all(|one| finding["accounts"].as_array().unwrap().contains(&json!(one))));
            let fresh = places.at("fresh");
            refuses(&["backup"], &[("--data", &places.data), ("--to", &fresh)], &format!("blob {id}"));
            refuses(&["restore"], &[("--from", &fresh), ("--data", &places.restored)], "cut off");
            fs::remove_dir_all(&fresh).unwrap();
        }
        fs::write(&path, &sound).unwrap();
        flipped_in_a_backup(&places, &id);
    }
    assert_eq!(check(&places.data).0, 0);
}

fn flipped_in_a_backup(places: &Places, id: &str) {
    let path = &blobs(&places.backup)[id];
    let sound = fs::read(path).unwrap();
    let refused = || {
        let folders = [("--from", &*places.backup), ("--data", &*places.restored)];
        refuses(&["restore"], &folders, &format!("blob {id}"));
        assert!(!places.restored.exists(), "something was left");
        let (code, report) = check(&places.backup);
        assert_eq!((code, &report["findings"][0]["blob"]), (1, &json!(id)), "{report}");
    };
    for at in [0, sound.len() / 2, sound.len() - 1] {
        let mut flipped = sound.clone();
        flipped[at] ^= 1;
        fs::write(path, &flipped).unwrap();
        refused();
    }
    fs::write(path, &sound[1..]).unwrap();
    refused();
    fs::remove_file(path).unwrap();
    refused();
    fs::write(path, &sound).unwrap();
}

/// Changes one octet of a blob that lies in a database.
fn flip_in_row(database: &Path, id: &str, at: usize) {
    let db = Connection::open(database).unwrap();
    let mut octets: Vec<u8> =
        db.query_row("SELECT octets FROM blob_octets WHERE id = ?", [id], |row| row.get(0)).unwrap();
    octets[at] ^= 0x10;
    db.execute("UPDATE blob_octets SET octets = ? WHERE id = ?", rusqlite::params![octets, id]).unwrap();
}

#[tokio::test]
async fn small_blobs_in_the_database_are_checked_backed_up_and_exported_like_others() {
    let places = Places::new("octets");
    let world = serve_with(&places.data, |store| store);
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    send(&anne, "l-1", &[BRUNO]).await;
    let large = anne.upload(&[7; 160_000]).await;
    assert_eq!(blobs(&places.data).into_keys().collect::<Vec<_>>(), [large], "the others lie in rows");
    let inbox = bruno.emails("inbox").await.remove(0)["blobId"].as_str().unwrap().to_owned();
    let letter = bruno.download(&inbox).await.bytes;
    backup(&places.data, &places.backup);
    let (code, report) = check(&places.data);
    assert_eq!((code, &report["blobs"]), (0, &json!(4)), "{report}");
    for at in [0, letter.len() / 2, letter.len() - 1] {
        flip_in_row(&places.data.join("relay.sqlite"), &inbox, at);
        let (code, report) = check(&places.data);
        let finding = &report["findings"][0];
        assert_eq!((code, report["findings"].as_array().unwrap().len()), (1, 1), "octet {at}: {report}");
        assert_eq!((&finding["kind"], &finding["blob"]), (&json!("blobDamaged"), &json!(inbox)));
        // Hers, since her upload has not ended its hour.
        assert_eq!(finding["accounts"], json!([anne.account, bruno.account]));
        let out = places.at("damaged");
        refuses(&["export", BRUNO], &[("--data", &places.data), ("--to", &out)], &format!("blob {inbox}"));
        fs::remove_dir_all(out).unwrap();
        flip_in_row(&places.data.join("relay.sqlite"), &inbox, at);
    }
    let out = places.at("out");
    assert_eq!(run(&["export", BRUNO], &[("--data", &places.data), ("--to", &out)]).0, 0);
    let exported = fs::read_dir(out.join("letters")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read(exported).unwrap(), letter);
    restore(&places.backup, &places.restored);
    assert_eq!(check(&places.restored).1["blobs"], 4);
    let again = serve_with(&places.restored, |store| store);
    assert_eq!(again.member(BRUNO).download(&inbox).await.bytes, letter);
}

#[tokio::test]
async fn a_backup_in_one_file_is_as_good_as_a_folder() {
    let places = Places::new("single");
    let world = serve(&places.data);
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    send(&anne, "l-1", &[BRUNO]).await;
    let file = places.at("backup.tar");
    for _ in 0..2 {
        let said = backup(&places.data, &file);
        assert!(said.contains("backup.tar.opaque.seed"), "{said}");
        assert_eq!(names(&places.all.0).len(), 3, "something is left: {:?}", names(&places.all.0));
    }
    restore(&file, &places.restored);
    assert_eq!(check(&places.restored).0, 0);
    assert_eq!(
        blobs(&places.restored).keys().collect::<Vec<_>>(),
        blobs(&places.data).keys().collect::<Vec<_>>()
    );
    assert_eq!(names(&places.restored), ["blobs", "opaque.seed", "relay.sqlite"].map(str::to_owned).into());
    let again = serve(&places.restored);
    assert_eq!(again.member(BRUNO).emails("inbox").await, bruno.emails("inbox").await);
    let sound = fs::read(&file).unwrap();
    let other = places.at("other");
    let refused = |words: &str| {
        refuses(&["restore"], &[("--from", &file), ("--data", &other)], words);
        assert!(!other.exists());
    };
    // Every blob flipped, then the file cut at many places.
    for (id, path) in blobs(&places.data) {
        let bytes = fs::read(path).unwrap();
        let at = sound.windows(bytes.len()).position(|window| window == bytes).unwrap();
        let mut flipped = sound.clone();
        flipped[at + bytes.len() / 2] ^= 1;
        fs::write(&file, flipped).unwrap();
        refused(&format!("blob {id}"));
    }
    for length in (0..sound.len() - 2_048).step_by(sound.len() / 12) {
        fs::write(&file, &sound[..length]).unwrap();
        refused("backup");
    }
    for strange in [&b"all I have"[..], b"", &[0; 10_240]] {
        fs::write(&file, strange).unwrap();
        refuses(&["backup"], &[("--data", &places.data), ("--to", &file)], "neither empty nor a backup");
        assert_eq!(fs::read(&file).unwrap(), strange);
        refused("is no backup");
    }
    fs::write(&file, &sound).unwrap();
    let _other = serve(&places.at("relay"));
    refuses(&["backup"], &[("--data", &places.at("relay")), ("--to", &file)], "of another relay");
    refuses(
        &["backup"],
        &[("--data", &places.data), ("--to", &places.data.join("b.tar"))],
        "within the data folder",
    );
}

#[tokio::test]
async fn nothing_outside_the_new_folder_is_made_by_unpacking() {
    let places = Places::new("tar");
    let world = serve(&places.data);
    world.member(ANNE).upload(b"a").await;
    let file = places.at("backup.tar");
    backup(&places.data, &file);
    let mut archive = tar::Builder::new(Vec::new());
    for entry in tar::Archive::new(&*fs::read(&file).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let (mut header, path) = (entry.header().clone(), entry.path().unwrap().into_owned());
        archive.append_data(&mut header, path, &mut entry).unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o644);
    let loose = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
    for name in [
        "../escaped",
        "/tmp/sceau-escaped",
        "stray",
        &format!("blobs/0e/../../../{loose}"),
        &format!("blobs/ff/{loose}"),
    ] {
        let field = &mut header.as_gnu_mut().unwrap().name;
        field.fill(0);
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, &b"x"[..]).unwrap();
    }
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    archive.append_link(&mut header, format!("blobs/0e/{loose}"), "/etc/passwd").unwrap();
    fs::write(&file, archive.into_inner().unwrap()).unwrap();
    let before = names(&places.all.0);
    restore(&file, &places.restored);
    let mut after = names(&places.all.0);
    assert!(after.remove("restored"));
    assert_eq!(after, before);
    assert_eq!(names(&places.restored), ["blobs", "opaque.seed", "relay.sqlite"].map(str::to_owned).into());
    assert_eq!(
        check(&places.restored),
        (0, json!({"clean": true, "blobs": 1, "bytes": 1, "findings": [], "notes": []}))
    );
}

#[tokio::test]
async fn a_backup_of_an_older_version_is_restored_by_this_one() {
    let places = Places::new("older");
    drop(serve(&places.data));
    let database = places.data.join("relay.sqlite");
    for left in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(places.data.join(format!("relay.sqlite{left}")));
    }
    let db = Connection::open(&database).unwrap();
    db.execute_batch(include_str!("../../src/store/schema/1.sql")).unwrap();
    db.execute_batch(
        "PRAGMA user_version = 1;
         INSERT INTO account (address, name, created_at) VALUES ('anne@exemple.fr', 'Anne', 5);
         INSERT INTO mailbox (account, name, role, sort_order, subscribed) VALUES
            (1, 'Inbox', 'inbox', 1, 1), (1, 'Drafts', 'drafts', 2, 1), (1, 'Sent', 'sent', 3, 1);",
    )
    .unwrap();
    assert_eq!(check(&places.data).0, 0);
    backup(&places.data, &places.backup);
    assert_eq!(check(&places.backup).0, 0);
    restore(&places.backup, &places.restored);
    assert_eq!(check(&places.restored).0, 0);
    let again = serve(&places.restored);
    let anne = again.member(ANNE);
    anne.import(&letter(ANNE, "1"), "sent").await;
    assert_eq!(anne.emails("sent").await.len(), 1);
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1, "reading changed the folder");
}

#[tokio::test]
async fn a_backup_whose_database_or_list_was_changed_is_refused() {
    let places = Places::new("altered");
    let world = serve(&places.data);
    world.member(ANNE).upload(b"a").await;
    backup(&places.data, &places.backup);
    let restored = [("--from", &*places.backup), ("--data", &*places.restored)];
    for name in names(&places.backup).into_iter().filter(|name| name.ends_with(".sqlite")) {
        let path = places.backup.join(name);
        let sound = fs::read(&path).unwrap();
        for at in [0, 24, sound.len() / 2, sound.len() - 1] {
            let mut flipped = sound.clone();
            flipped[at] ^= 1;
            fs::write(&path, flipped).unwrap();
            refuses(&["restore"], &restored, "is not what the backup was made of");
            refuses(&["check"], &[("--data", &places.backup)], "not what the backup was made of");
        }
        fs::write(&path, &sound).unwrap();
    }
    let list = places.backup.join("sceau-backup.json");
    let sound = fs::read_to_string(&list).unwrap();
    for wrong in [
        "",
        "{}",
        "[",
        &sound.replace("\"format\": 1", "\"format\": 2"),
        &sound.replace("\"sha256\": \"", "\"sha256\": \"../"),
    ] {
        fs::write(&list, wrong).unwrap();
        refuses(&["restore"], &restored, "the backup is damaged");
        assert_eq!(run(&["check"], &[("--data", &places.backup)]).0, 2);
        refuses(&["backup"], &[("--data", &places.data), ("--to", &places.backup)], "the backup is damaged");
    }
    fs::write(&list, &sound).unwrap();
    restore(&places.backup, &places.restored);
}

#[tokio::test]
async fn a_backup_that_was_cut_off_is_refused_and_the_next_completes_it() {
    let places = Places::new("cut");
    let world = serve(&places.data);
    let anne = world.member(ANNE);
    for at in 0..8_u8 {
        anne.upload(&[at; 150_000]).await;
    }
    let restored = [("--from", &*places.backup), ("--data", &*places.restored)];
    // What a first backup leaves that ended between its third blob and its list.
    backup(&places.data, &places.backup);
    let begun: Value =
        serde_json::from_slice(&fs::read(places.backup.join("sceau-backup.json")).unwrap()).unwrap();
    fs::write(places.backup.join("sceau-backup.begun"), begun["relay"].as_str().unwrap()).unwrap();
    fs::remove_file(places.backup.join("sceau-backup.json")).unwrap();
    for (name, path) in blobs(&places.backup).into_iter().skip(3) {
        fs::write(path.with_extension("part"), name).unwrap();
        fs::remove_file(path).unwrap();
    }
    fs::write(places.backup.join("incoming.sqlite"), "half").unwrap();
    refuses(&["restore"], &restored, "cut off");
    let (code, said) = run(&["check"], &[("--data", &places.backup)]);
    assert!(code == 2 && said.contains("cut off"), "{said}");
    let said = backup(&places.data, &places.backup);
    assert!(said.contains(" 5 of them new"), "{said}");
    assert_eq!(
        blobs(&places.backup).keys().collect::<Vec<_>>(),
        blobs(&places.data).keys().collect::<Vec<_>>()
    );
    restore(&places.backup, &places.restored);
    assert_eq!(check(&places.restored).0, 0);
    // And killed for real, at different moments: an earlier backup stays what it was.
    for round in 0..8_u8 {
        anne.upload(&vec![100 + round; 1_500_000]).await;
        let folders = [("--data", &*places.data), ("--to", &*places.backup)];
        let mut child =
            program(&["backup"], &folders).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(u64::from(round) * 4));
        child.kill().unwrap();
        child.wait().unwrap();
        let copy = places.at(&format!("killed-{round}"));
        assert_eq!(check(&places.backup).0, 0, "round {round}");
        restore(&places.backup, &copy);
        assert_eq!(check(&copy).0, 0, "round {round}");
    }
}

/// A real file system of 4 MB, when this process may mount one.
#[tokio::test]
async fn a_backup_onto_a_full_disk_is_none_until_there_is_room() {
    let places = Places::new("full");
    let world = serve(&places.data);
    let anne = world.member(ANNE);
    for at in 0..8 {
        anne.upload(&[at; 700_000]).await;
    }
    let disk = places.at("disk");
    fs::create_dir_all(&disk).unwrap();
    let mount = |options: &str| {
        let mut command = Command::new("mount");
        let done = command.args(["-t", "tmpfs", "-o", options, "sceau"]).arg(&disk).output();
        done.is_ok_and(|output| output.status.success())
    };
    if !mount("size=4m") {
        println!("SKIPPED: no right to mount a file system, 1 case not run");
        return;
    }
    let to = disk.join("backup");
    let outcome = [
        run(&["backup"], &[("--data", &places.data), ("--to", &to)]),
        run(&["restore"], &[("--from", &to), ("--data", &places.restored)]),
        (i32::from(!mount("remount,size=16m")), String::new()),
        run(&["backup"], &[("--data", &places.data), ("--to", &to)]),
        run(&["restore"], &[("--from", &to), ("--data", &places.restored)]),
    ];
    assert!(Command::new("umount").arg("--lazy").arg(&disk).status().unwrap().success());
    assert_eq!(outcome.clone().map(|(code, _)| code), [1, 1, 0, 0, 0], "{outcome:?}");
    assert!(outcome[0].1.contains("No space left") && outcome[1].1.contains("cut off"), "{outcome:?}");
    assert_eq!(check(&places.restored).0, 0);
}

#[tokio::test]
async fn a_restore_that_was_cut_off_begins_anew() {
    let places = Places::new("half");
    let world = serve(&places.data);
    world.member(ANNE).import(&letter(ANNE, "1"), "archive").await;
    backup(&places.data, &places.backup);
    fs::create_dir_all(places.restored.join("restoring/blobs")).unwrap();
    fs::create_dir_all(places.restored.join("blobs/ab")).unwrap();
    fs::write(places.restored.join("opaque.seed"), "half").unwrap();
    restore(&places.backup, &places.restored);
    assert_eq!(check(&places.restored).0, 0);
    assert!(!places.restored.join("restoring").exists());
    // Somebody's folder that happens to have one of that name.
    let strange = places.at("strange");
    fs::create_dir_all(strange.join("restoring")).unwrap();
    fs::write(strange.join("thesis.txt"), "all I have").unwrap();
    refuses(&["restore"], &[("--from", &places.backup), ("--data", &strange)], "is not empty");
    assert_eq!(names(&strange).len(), 2);
}

#[tokio::test]
async fn a_backup_never_goes_over_what_is_not_its_own() {
    let places = Places::new("own");
    let _world = serve(&places.data);
    let (data, other) = (&*places.data, places.at("other"));
    let _other = serve(&other);
    let strange = places.at("strange");
    fs::create_dir_all(strange.join("blobs/ab")).unwrap();
    fs::write(strange.join("thesis.txt"), "all I have").unwrap();
    refuses(&["backup"], &[("--data", data), ("--to", &strange)], "neither empty nor a backup");
    assert_eq!(names(&strange), ["blobs", "thesis.txt"].map(str::to_owned).into());
    refuses(&["backup"], &[("--data", data), ("--to", &strange.join("thesis.txt"))], "is a file");
    refuses(&["backup"], &[("--data", data), ("--to", data)], "within the data folder");
    refuses(&["backup"], &[("--data", data), ("--to", &data.join("deep/er"))], "within the data folder");
    assert!(!data.join("deep").exists());
    let inside = places.backup.join("seed");
    refuses(
        &["backup"],
        &[("--data", data), ("--to", &places.backup), ("--seed", &inside)],
        "must lie elsewhere",
    );
    backup(data, &places.backup);
    refuses(&["backup"], &[("--data", &other), ("--to", &places.backup)], "of another relay");
    let lock = File::open(&places.backup).unwrap();
    lock.lock().unwrap();
    refuses(&["backup"], &[("--data", data), ("--to", &places.backup)], "another command");
    refuses(&["restore"], &[("--from", &places.backup), ("--data", &places.restored)], "another command");
    // Closing would not do: a child another test just began may hold the same file for a moment.
    lock.unlock().unwrap();
    refuses(&["backup"], &[("--data", &strange), ("--to", &places.backup)], "holds no relay.sqlite");
    let restored =
        |from: &Path, to: &Path, words| refuses(&["restore"], &[("--from", from), ("--data", to)], words);
    restored(&places.backup, &strange, "is not empty");
    restored(&places.backup, data, "is not empty");
    restored(&places.backup, &strange.join("thesis.txt"), "is a file");
    restored(&strange, &places.restored, "is no backup");
    restored(&places.at("nowhere"), &places.restored, "is no backup");
    assert_eq!(fs::read_to_string(strange.join("thesis.txt")).unwrap(), "all I have");
    assert!(!places.restored.exists());
}

#[tokio::test]
async fn the_seed_lies_beside_the_backup_and_restoring_wants_it() {
    let places = Places::new("seed");
    let world = serve(&places.data);
    world.member(ANNE);
    let seed = fs::read(places.data.join("opaque.seed")).unwrap();
    backup(&places.data, &places.backup);
    let beside = places.at("backup.opaque.seed");
    assert_eq!(
        (fs::read(&beside).unwrap(), fs::metadata(&beside).unwrap().mode() & 0o777),
        (seed.clone(), 0o600)
    );
    let mut files = blobs(&places.backup).into_values().collect::<Vec<_>>();
    files.extend(
        names(&places.backup).into_iter().map(|name| places.backup.join(name)).filter(|p| p.is_file()),
    );
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(32).any(|window| window == &seed[..32]), "the seed is in {}", file.display());
    }
    let elsewhere = places.at("safe");
    fs::rename(&beside, &elsewhere).unwrap();
    // Nobody enrolled: any seed will do.
    assert!(restore(&places.backup, &places.at("nobody")).contains("no seed was found"));
    let row =
        "INSERT INTO slot (account, slot, version, record, wrap) VALUES (1, 'passphrase', 1, x'00', x'00')";
    Connection::open(places.data.join("relay.sqlite")).unwrap().execute(row, []).unwrap();
    let (code, said) =
        run(&["backup"], &[("--data", &places.data), ("--to", &places.backup), ("--seed", &elsewhere)]);
    assert_eq!((code, beside.exists()), (0, false), "{said}");
    let folders = [("--from", &*places.backup), ("--data", &*places.restored)];
    refuses(&["restore"], &folders, "nobody who enrolled can sign in");
    let with = |seed| [folders[0], folders[1], ("--seed", seed)];
    let wrong = places.at("wrong");
    fs::write(&wrong, "another").unwrap();
    refuses(&["restore"], &with(&wrong), "is not the seed");
    refuses(
        &["backup"],
        &[("--data", &places.data), ("--to", &places.backup), ("--seed", &wrong)],
        "another seed",
    );
    assert!(!places.restored.exists());
    assert_eq!(run(&["restore"], &with(&elsewhere)).0, 0);
    assert_eq!(fs::read(places.restored.join("opaque.seed")).unwrap(), seed);
}

/// A change no relay makes, the row that is wrong after it, and words of the sentence.
fn broken_rows(email: &str, inbox: &str) -> Vec<(String, &'static str, String)> {
    let unused = "ab".repeat(32);
    let cases = [
        (format!("UPDATE email SET thread = 999 WHERE id = {email}"), "email ", "which names thread 999"),
        (format!("UPDATE email SET blob = '{unused}' WHERE id = {email}"), "email ", unused.as_str()),
        (format!("UPDATE email SET card = '{ANNE}' WHERE id = {email}"), "email ", "which names a blob"),
        (
            format!("UPDATE email_mailbox SET mailbox = 998 WHERE email = {email}"),
            "email_mailbox email ",
            "names mailbox 998",
        ),
        ("UPDATE mailbox SET parent = 997 WHERE id = 2".to_owned(), "mailbox 2", "mailbox 997"),
        ("UPDATE mailbox SET unread_emails = 7 WHERE id = 2".to_owned(), "mailbox 2", "other counts"),
        ("UPDATE mailbox SET unread_threads = 7 WHERE id = 2".to_owned(), "mailbox 2", "other counts"),
        (
            format!("UPDATE email_mailbox SET received_at = 1 WHERE email = {email}"),
            "email ",
            "at another time in a mailbox",
        ),
        ("UPDATE upload SET account = 996".to_owned(), "upload account 996", "account 996"),
        (
            "UPDATE letter_recipient SET letter = 995 WHERE letter = 1".to_owned(),
            "letter_recipient letter 995 number",
            "letter 995",
        ),
        (format!("DELETE FROM email_mailbox WHERE email = {email}"), "email ", "is in no mailbox"),
        (
            format!("UPDATE email_mailbox SET mailbox = 1 WHERE email = {email}"),
            "email ",
            "another account's mailbox",
        ),
        (format!("UPDATE email SET thread = 1 WHERE id = {email}"), "email ", "another account's thread"),
        (format!("UPDATE email SET outer = 'x' WHERE id = {email}"), "email ", "outer headers"),
        (
            format!("UPDATE mailbox SET parent = {inbox} WHERE id = 2"),
            "mailbox 2",
            "another account's mailbox",
        ),
        ("UPDATE mailbox SET parent = 5 - id WHERE id IN (2, 3)".to_owned(), "mailbox 2", "below itself"),
        (format!("UPDATE mailbox SET role = NULL WHERE id = {inbox}"), "account ", "lacks its inbox"),
        ("UPDATE account SET modseq = 1".to_owned(), "account 1", "beyond its counter"),
        ("UPDATE letter_envelope SET blob = NULL".to_owned(), "letter 1", "without the envelope"),
        ("UPDATE blob SET size = 7".to_owned(), "blob ", "7"),
        ("INSERT INTO blob VALUES ('../../etc/passwd', 1)".to_owned(), "a row of a blob", "16 bytes"),
        (format!("INSERT INTO blob VALUES ('{unused}', 1)"), "blob ", "is missing; no account"),
    ];
    cases.map(|(sql, row, words)| (sql, row, words.to_owned())).into()
}

#[tokio::test]
async fn every_broken_row_is_named_by_numbers_and_never_by_an_address() {
    let places = Places::new("rows");
    let world = serve(&places.data);
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let mut waiting = anne.letter_to("l-1", &[BRUNO]).await;
    waiting["sendAt"] = json!("2026-11-23T10:30:00Z");
    anne.call("Letter/send", waiting).await;
    send(&anne, "l-2", &[BRUNO]).await;
    let email = bruno.emails("inbox").await.remove(0)["id"].as_str().unwrap()[1..].to_owned();
    let inbox = bruno.mailbox("inbox").await[1..].to_owned();
    assert_eq!(check(&places.data).0, 0);
    let database = places.data.join("relay.sqlite");
    for (sql, row, words) in broken_rows(&email, &inbox) {
        let broken = places.at("broken");
        let _ = fs::remove_dir_all(&broken);
        fs::create_dir_all(&broken).unwrap();
        Connection::open(&database)
            .unwrap()
            .execute("VACUUM INTO ?", [broken.join("relay.sqlite").to_str().unwrap()])
            .unwrap();
        std::os::unix::fs::symlink(places.data.join("blobs"), broken.join("blobs")).unwrap();
        let db = Connection::open(broken.join("relay.sqlite")).unwrap();
        db.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
        drop(db);
        let (code, said) = run(&["check"], &[("--data", &broken)]);
        assert_eq!(code, 1, "{sql}: {said}");
        let named =
            said.lines().any(|line| line.starts_with(&format!("wrong: {row}")) && line.contains(&words));
        assert!(named, "{sql}: {said}");
        assert!(!said.contains('@'), "{sql}: {said}");
        assert!(
            !said.contains("name rows that are not there"),
            "a dangling row was not named; {sql}: {said}"
        );
    }
}

#[tokio::test]
async fn strangers_in_the_blob_folder_are_told_and_old_loose_files_do_no_harm() {
    let places = Places::new("strange");
    let world = serve(&places.data);
    let anne = world.member(ANNE);
    anne.import(&letter(ANNE, "1"), "archive").await;
    let blobs = places.data.join("blobs");
    let loose = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
    let path = blobs.join("0e").join(loose);
    fs::create_dir_all(blobs.join("0e")).unwrap();
    fs::write(&path, "").unwrap();
    let old = |path: &Path| {
        let hours = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000);
        File::options().write(true).open(path).unwrap().set_modified(hours).unwrap();
    };
    let half = blobs.join("incoming/half");
    fs::write(&half, "half").unwrap();
    let (code, report) = check(&places.data);
    assert_eq!((code, &report["findings"][0]["kind"]), (1, &json!("blobDamaged")), "{report}");
    fs::remove_file(&path).unwrap();
    let sound = blobs.join("e3/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    fs::create_dir_all(blobs.join("e3")).unwrap();
    fs::write(&sound, "").unwrap();
    let (code, report) = check(&places.data);
    assert_eq!((code, &report["notes"]), (0, &json!([])), "just written: its row may follow; {report}");
    old(&sound);
    old(&half);
    let (code, report) = check(&places.data);
    let kinds: Vec<&Value> = report["notes"].as_array().unwrap().iter().map(|note| &note["kind"]).collect();
    assert_eq!((code, kinds), (0, vec![&json!("halfWritten"), &json!("unnamed")]), "{report}");
    for stranger in
        ["thumbs.db", "e3/thumbs.db", "e3/0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"]
    {
        fs::write(blobs.join(stranger), "").unwrap();
        let (code, report) = check(&places.data);
        assert_eq!((code, &report["findings"]), (1, &json!([{"kind": "noBlob", "path": stranger}])));
        fs::remove_file(blobs.join(stranger)).unwrap();
    }
    fs::write(blobs.join("thumbs.db"), "").unwrap();
    drop(Relay::open_to_serve(&places.data, None).unwrap());
    assert!(!sound.exists() && !half.exists() && blobs.join("thumbs.db").exists());
}

#[tokio::test]
async fn a_damaged_database_is_wrong_and_no_database_cannot_be_checked() {
    let places = Places::new("damaged");
    let world = serve(&places.data);
    let anne = world.member(ANNE);
    for at in 0..40 {
        anne.import(&letter(ANNE, &format!("{at}")), "archive").await;
    }
    refuses(
        &["check"],
        &[("--data", &{
            let broken = places.at("broken");
            fs::create_dir_all(&broken).unwrap();
            fs::write(broken.join("relay.sqlite"), "no database at all".repeat(100)).unwrap();
            broken
        })],
        "wrong: database: ",
    );
    let copy = places.at("copy");
    fs::create_dir_all(&copy).unwrap();
    let whole = copy.join("relay.sqlite");
    Connection::open(places.data.join("relay.sqlite"))
        .unwrap()
        .execute("VACUUM INTO ?", [whole.to_str().unwrap()])
        .unwrap();
    let sound = fs::read(&whole).unwrap();
    for page in [4, sound.len() / 4_096 / 2] {
        let mut torn = sound.clone();
        torn[page * 4_096..(page + 1) * 4_096].fill(0xff);
        fs::write(&whole, torn).unwrap();
        refuses(&["check"], &[("--data", &copy)], "wrong: ");
    }
    for (folder, words) in
        [(places.at("nowhere"), "holds no relay.sqlite"), (places.at("newer"), "newer version")]
    {
        if words.starts_with("newer") {
            fs::create_dir_all(&folder).unwrap();
            let db = Connection::open(folder.join("relay.sqlite")).unwrap();
            db.pragma_update(None, "user_version", 4_000).unwrap();
        }
        let (code, said) = run(&["check"], &[("--data", &folder)]);
        assert!(code == 2 && said.contains(words), "{code}: {said}");
    }
    assert_eq!(run(&["check"], &[]).0, 3);
}

#[tokio::test]
async fn an_account_is_exported_as_the_ciphertext_it_is() {
    let places = Places::new("export");
    let world = serve(&places.data);
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let sent = send(&anne, "l-1", &[BRUNO]).await;
    bruno.import(&letter(BRUNO, "his own"), "archive").await;
    let email = sent["emailId"].as_str().unwrap();
    anne.call("Email/set", json!({"update": {email: {"keywords/$flagged": true}}})).await;
    let to = places.at("export");
    let (code, said) = run(&["export", " Anne@Exemple.FR "], &[("--data", &places.data), ("--to", &to)]);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("1 letters are in "), "{said}");
    let list: Value = serde_json::from_slice(&fs::read(to.join("letters.json")).unwrap()).unwrap();
    assert_eq!((&list["address"], &list["accountId"]), (&json!(ANNE), &json!(anne.account)));
    assert_eq!(list["mailboxes"].as_array().unwrap().len(), 5);
    let (mailbox, letters) = (anne.mailbox("sent").await, list["letters"].as_array().unwrap());
    assert_eq!(letters.len(), 1);
    let one = &letters[0];
    assert_eq!((&one["id"], &one["mailboxIds"]), (&json!(email), &json!([mailbox])));
    assert!(one["keywords"].as_array().unwrap().contains(&json!("$flagged")), "{one}");
    assert_eq!(fs::read(to.join(one["file"].as_str().unwrap())).unwrap(), letter(ANNE, "l-1-copy"));
    assert_eq!(
        fs::read(to.join("parts").join(one["card"].as_str().unwrap())).unwrap(),
        letter(ANNE, "l-1-card")
    );
    assert_eq!((names(&to.join("letters")).len(), names(&to.join("parts")).len()), (1, 1));
    let again = |address, to: &Path, words| {
        refuses(&["export", address], &[("--data", &places.data), ("--to", to)], words)
    };
    again(ANNE, &to, "is not empty");
    again(CLAIRE, &places.at("claire"), "no such account");
    again("' OR 1 --@x", &places.at("claire"), "is no mail address");
    again("'OR(1)--@x", &places.at("claire"), "no such account");
    assert!(!places.at("claire").exists());
    let blob = &blobs(&places.data)[one["sha256"].as_str().unwrap()];
    fs::write(blob, "flipped").unwrap();
    again(ANNE, &places.at("partly"), one["sha256"].as_str().unwrap());
    assert_eq!(names(&places.at("partly/letters")).len(), 0, "a damaged letter is not passed on as sound");
    assert_eq!(names(&places.at("partly/parts")).len(), 1);
}
