//! The judge of all suites: it must be able to say no.

use std::sync::{Arc, atomic::AtomicU64};

use sceau_crash::{
    chance::Chance,
    client::{Door, Member},
    judge::judge,
    letter::letter,
    workload::{Act, Key, Lane, Later, Mark, Marks, START, Upload, admit},
};
use sceau_relay::{Relay, app, clock::ManualClock};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

struct Case {
    folder: tempfile::TempDir,
    runtime: Runtime,
    marks: Vec<Mark>,
}

/// A folder with a little work in it, and its marks.
fn case() -> Case {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let marks = Marks::new(folder.path()).unwrap();
    let clock = Arc::new(ManualClock::at(START));
    let relay = Relay::open_to_serve_at(&folder.path().join("data"), None, clock.clone()).unwrap();
    let members = admit(&relay, &marks).unwrap();
    let door = Arc::new(Door::Router(app(relay.clone())));
    let members: Vec<Member> =
        members.into_iter().map(|member| Member { door: door.clone(), ..member }).collect();
    let (house, next) = (Some((&relay, &*clock)), AtomicU64::new(1));
    let (name, who, chance) = ("lane".to_owned(), 0, Chance::new(1, 1));
    let (drafts, unanswered) = (Vec::new(), Vec::new());
    let mut lane =
        Lane { house, members: &members, marks: &marks, next: &next, name, who, chance, drafts, unanswered };
    runtime.block_on(lane.work(30)).unwrap();
    let text = std::fs::read_to_string(folder.path().join("marks")).unwrap();
    let marks = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Case { folder, runtime, marks }
}

impl Case {
    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn kinds(&self, more: &[Mark]) -> Vec<&'static str> {
        let marks = self.marks.iter().chain(more);
        judge(&self.runtime, &self.data(), marks).into_iter().map(|finding| finding.kind).collect()
    }

    /// A blob of an Email that is there, and the member who has it.
    fn some(&self) -> Key {
        let done = |number: &u64| self.marks.contains(&Mark::Done(*number));
        let removed = |key: &Key| {
            self.marks.iter().any(|mark| matches!(mark, Mark::Act(_, act) if act.removes.contains(key)))
        };
        let mut acts = self.marks.iter().filter_map(|mark| match mark {
            Mark::Act(number, act) if done(number) => act.adds.iter().find(|key| !removed(key)),
            _ => None,
        });
        acts.next().cloned().unwrap()
    }
}

fn act(act: Act) -> Mark {
    Mark::Act(1_000, act)
}

fn nowhere() -> Key {
    Key { member: 0, blob: "ab".repeat(32), card: None }
}

#[test]
fn nothing_is_wrong_with_a_folder_nothing_happened_to() {
    assert_eq!(case().kinds(&[]), Vec::<&str>::new());
}

#[test]
fn a_letter_that_was_told_and_is_not_there_is_found() {
    let case = case();
    let lost = act(Act { adds: vec![nowhere()], ..Act::default() });
    assert_eq!(case.kinds(&[lost.clone(), Mark::Done(1_000)]), ["an accepted letter is lost"]);
    assert_eq!(case.kinds(&[lost]), Vec::<&str>::new(), "nobody was told");
    let half = act(Act { adds: vec![nowhere(), case.some()], ..Act::default() });
    assert_eq!(case.kinds(&[half]), ["half an act"]);
}

#[test]
fn what_was_refused_or_removed_and_is_there_is_found() {
    let case = case();
    let adds = act(Act { adds: vec![case.some()], ..Act::default() });
    assert_eq!(case.kinds(&[adds, Mark::Refused(1_000)]), ["a refused act had effect"]);
    let removes = act(Act { removes: vec![case.some()], ..Act::default() });
    assert_eq!(case.kinds(&[removes, Mark::Done(1_000)]), ["a removed letter is back"]);
}

#[test]
fn a_waiting_letter_that_never_comes_is_found() {
    let case = case();
    let later = Some(Later { at: START + 20 * 3_600, adds: vec![nowhere()] });
    let waits = act(Act { later, ..Act::default() });
    // By then the tokens have ended; what is asked for is found before.
    let found = case.kinds(&[Mark::Clock(START + 20 * 3_600), waits, Mark::Done(1_000)]);
    assert_eq!(found, ["an account is lost"]);
    let later = Some(Later { at: START + 6 * 3_600, adds: vec![nowhere()] });
    let waits = act(Act { later, ..Act::default() });
    assert_eq!(case.kinds(&[waits, Mark::Done(1_000)]), ["a waiting letter is lost"]);
}

#[test]
fn a_state_above_what_is_there_and_an_upload_that_is_not_are_found() {
    let case = case();
    assert_eq!(case.kinds(&[Mark::State(0, 1 << 40)]), ["a state went back"]);
    let upload = Some(Upload { member: 0, blob: "ab".repeat(32), until: START + 20 * 3_600 });
    let uploaded = act(Act { upload, ..Act::default() });
    assert_eq!(case.kinds(&[uploaded, Mark::Done(1_000)]), ["a blob is lost"]);
}

#[test]
fn a_blob_without_its_file_and_one_that_is_damaged_are_found() {
    let case = case();
    // Large enough to lie in a file of its own.
    let blob = import(&case, &[7; 100_000], &["x"]);
    let path = case.data().join("blobs").join(&blob[..2]).join(&blob);
    let mut octets = std::fs::read(&path).unwrap();
    octets[7] ^= 1;
    std::fs::write(&path, octets).unwrap();
    assert_eq!(kinds_once(&case), ["a blob is damaged", "dangling or damaged"]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(kinds_once(&case), ["a blob is lost", "dangling or damaged"]);
}

fn kinds_once(case: &Case) -> Vec<&'static str> {
    let mut kinds = case.kinds(&[]);
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[test]
fn a_letter_that_is_there_twice_is_found() {
    let case = case();
    import(&case, b"sealed", &["x", "y"]);
    assert!(case.kinds(&[]).contains(&"a letter is there twice"));
}

/// Puts a letter into an account, as often as there are names; gives its blob.
fn import(case: &Case, ciphertext: &[u8], names: &[&str]) -> String {
    let relay = Relay::open_to_serve_at(&case.data(), None, ManualClock::at(START)).unwrap();
    let new = relay.create_token("anne@exemple.fr").unwrap();
    let door = Arc::new(Door::Router(app(relay)));
    let (address, account) = ("anne@exemple.fr".to_owned(), new.account_id.0);
    let anne = Member { door, address, account, token: new.token };
    case.runtime.block_on(async {
        let blob = anne.upload(letter("anne@exemple.fr", "more", ciphertext)).await.unwrap();
        let drafts = anne.mailbox("drafts").await.unwrap();
        let email = json!({"blobId": blob, "mailboxIds": {drafts: true}});
        let emails: Value = names.iter().map(|name| ((*name).to_owned(), email.clone())).collect();
        anne.call("Email/import", json!({"emails": emails})).await.unwrap();
        blob
    })
}
