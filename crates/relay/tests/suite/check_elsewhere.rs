//! `check` where rows lie in PostgreSQL and blobs in a folder that relays share.

use std::{fs, path::PathBuf, sync::Arc};

use sceau_api::BlobId;
use sceau_relay::{Relay, clock::ManualClock, findings};
use serde_json::json;

use super::{
    database::Shared,
    storage::Folder,
    world::{ANNE, BRUNO, NOW, World, letter, letter_with},
};

/// Blobs up to this size lie in the database; of the two letters one does.
const IN_DATABASE: usize = 600;

struct Practice {
    shared: Shared,
    folder: Folder,
    world: World,
}

impl Practice {
    fn new(name: &str) -> Option<Self> {
        let (shared, folder) = (Shared::new()?, Folder::new(name));
        fs::create_dir_all(&folder.0).unwrap();
        let blobs = folder.0.join("shared-blobs");
        let place = shared.place();
        let text = format!(
            "database = \"{place}\"\nblobs = \"{}\"\nblobs_in_database = {IN_DATABASE}\n",
            blobs.display()
        );
        fs::write(folder.0.join("store.toml"), text).unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let world = World::over(Relay::open(&folder.0).unwrap(), clock);
        Some(Self { shared, folder, world })
    }

    fn findings(&self) -> Vec<String> {
        findings(&self.folder.0, NOW).unwrap()
    }

    fn file(&self, blob: &BlobId) -> PathBuf {
        self.folder.0.join("shared-blobs").join(&blob.0[..2]).join(&blob.0)
    }
}

fn large() -> Vec<u8> {
    let before = "x".repeat(IN_DATABASE);
    let headers = format!(
        "From: {ANNE}\r\nTo: {BRUNO}\r\nMessage-ID: <large@exemple.fr>\r\nReferences: <{before}@exemple.fr>\r\n"
    );
    letter_with(&headers, "large")
}

#[tokio::test]
async fn a_flipped_octet_and_a_lost_blob_are_named_wherever_they_lie() {
    let Some(practice) = Practice::new("check-blobs") else { return };
    let anne = practice.world.member(ANNE);
    let mut blobs = Vec::new();
    for message in [letter(ANNE, "small"), large()] {
        blobs.push(BlobId(anne.upload(&message).await));
        anne.import(&message, "inbox").await;
    }
    assert_eq!(practice.findings(), Vec::<String>::new());
    let whose = &anne.account;
    let (small, large) = (&blobs[0], &blobs[1]);
    practice
        .shared
        .run(&format!("UPDATE blob_octets SET octets = set_byte(octets, 3, 0) WHERE id = '{small}'"));
    let mut octets = fs::read(practice.file(large)).unwrap();
    octets[7] ^= 1;
    fs::write(practice.file(large), &octets).unwrap();
    let damaged = |blob| format!("blob {blob} is damaged; of account {whose}");
    assert_eq!(practice.findings(), [damaged(small), damaged(large)]);
    fs::remove_file(practice.file(large)).unwrap();
    let missing = format!("blob {large} is missing; of account {whose}");
    assert_eq!(practice.findings(), [damaged(small), missing]);
}

#[tokio::test]
async fn rows_that_do_not_go_together_are_named_without_a_word_of_people() {
    let Some(practice) = Practice::new("check-rows") else { return };
    let (anne, _bruno) = (practice.world.member(ANNE), practice.world.member(BRUNO));
    let mut ids = Vec::new();
    for name in ["1", "2", "3"] {
        ids.push(anne.import(&letter(ANNE, name), "inbox").await);
    }
    let held = anne.letter_to("l-1", &[BRUNO]).await;
    let mut later = held.clone();
    later["sendAt"] = json!("2026-11-23T09:00:00Z");
    anne.call("Letter/send", later).await;
    assert_eq!(practice.findings(), Vec::<String>::new());
    let number = |id: &String| id[1..].to_owned();
    let past = "SET session_replication_role = replica";
    for command in [
        format!("DELETE FROM email_mailbox WHERE email = {}", number(&ids[0])),
        format!("UPDATE email SET \"outer\" = '{{' WHERE id = {}", number(&ids[1])),
        format!(
            "{past}; DELETE FROM thread WHERE id = (SELECT thread FROM email WHERE id = {})",
            number(&ids[2])
        ),
    ] {
        practice.shared.run(&command);
    }
    let found = practice.findings();
    let whose = format!("(account {})", anne.account);
    for expected in [
        format!("a row of email, which names a thread, is not there {whose}"),
        format!("email {} is in no mailbox {whose}", number(&ids[0])),
        format!("email {} has outer headers that cannot be read {whose}", number(&ids[1])),
    ] {
        assert!(found.contains(&expected), "{expected}: {found:?}");
    }
    let all = found.join("\n");
    assert!(!all.contains("exemple.fr"), "{all}");
}
