//! Uploads that end while a method is about to use them.

use std::{
    io::{self, Read},
    sync::{Arc, OnceLock},
};

use sceau_api::BlobId;
use sceau_relay::{
    Relay,
    clock::ManualClock,
    limits,
    store::{Blobs, MemoryBlobs, blobs::BlobWriter},
};
use serde_json::json;

use super::database;
use super::world::{ANNE, BRUNO, NOW, World, letter};

/// What is done once, when the next blob is opened.
type Then = Box<dyn Fn() + Send + Sync>;

/// Blobs whose opening lets an hour pass.
#[derive(Default)]
struct Slow {
    inner: MemoryBlobs,
    then: Arc<OnceLock<Then>>,
}

impl Blobs for Slow {
    fn begin(&self) -> io::Result<Box<dyn BlobWriter + '_>> {
        self.inner.begin()
    }
    fn open(&self, id: &BlobId) -> io::Result<Option<(u64, Box<dyn Read + Send>)>> {
        let opened = self.inner.open(id);
        if let Some(then) = self.then.get() {
            then();
        }
        opened
    }
    fn remove(&self, id: &BlobId) -> io::Result<()> {
        self.inner.remove(id)
    }
    fn list(&self) -> io::Result<Vec<BlobId>> {
        self.inner.list()
    }
}

/// A relay where uploads end as soon as their octets were looked at, once `slowly` is set.
fn world() -> (World, Arc<OnceLock<Then>>) {
    let blobs = Slow::default();
    let then = blobs.then.clone();
    let clock = Arc::new(ManualClock::at(NOW));
    let store = database::store(Box::new(blobs)).with_blobs_in_rows(None);
    (World::over(Relay::with_store(store, clock.clone()), clock), then)
}

fn slowly(world: &World, then: &OnceLock<Then>) {
    let (relay, clock) = (world.relay.clone(), world.clock.clone());
    let hour_passes = move || {
        clock.advance(limits::UNREFERENCED_BLOB_LIFETIME);
        relay.sweep().unwrap();
    };
    assert!(then.set(Box::new(hour_passes)).is_ok());
}

#[tokio::test]
async fn a_letter_whose_blobs_end_meanwhile_is_refused_by_name() {
    let (world, then) = world();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let request = anne.letter_to("l-1", &[BRUNO]).await;
    slowly(&world, &then);
    let error = anne.fails("Letter/send", request.clone(), "blobNotFound").await;
    assert_eq!(error["blobIds"].as_array().unwrap().len(), 3, "{error}");
    assert!(anne.emails("sent").await.is_empty() && bruno.emails("inbox").await.is_empty());
}

#[tokio::test]
async fn an_import_whose_blob_ends_meanwhile_is_refused_by_name() {
    let (world, then) = world();
    let anne = world.member(ANNE);
    let (blob, drafts) = (anne.upload(&letter(ANNE, "draft")).await, anne.mailbox("drafts").await);
    slowly(&world, &then);
    let emails = json!({"x": {"blobId": blob, "mailboxIds": {drafts: true}}});
    let answer = anne.call("Email/import", json!({"emails": emails})).await;
    let error = &answer["notCreated"]["x"];
    assert_eq!((&error["type"], &error["notFound"]), (&json!("invalidProperties"), &json!([blob])));
}
