//! Durability: what was accepted is there after a restart, a kill, a full disk; what was not leaves nothing.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::body::Body;
use sceau_api::BlobId;
use sceau_relay::{
    Relay,
    clock::ManualClock,
    limits,
    store::{Blobs, MemoryBlobs, Store, blobs::BlobWriter},
};
use serde_json::{Value, json};

use super::database;
use super::world::{ANNE, BRUNO, Member, NOW, World, letter, letter_with};

pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sceau-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn open(folder: &Path) -> World {
    World::over(Relay::open(folder).unwrap(), Arc::new(ManualClock::at(NOW)))
}

#[tokio::test]
async fn unreferenced_uploads_end_after_an_hour_and_referenced_ones_stay() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let loose = anne.upload(b"nobody wants this").await;
    let mut request = anne.letter_to("l-1", &[BRUNO]).await;
    request["sendAt"] = json!("2026-11-23T10:30:00Z");
    anne.call("Letter/send", request.clone()).await;
    world.clock.advance(limits::UNREFERENCED_BLOB_LIFETIME - 1);
    world.relay.sweep().unwrap();
    assert_eq!(anne.download(&loose).await.status, 200);
    world.clock.advance(1);
    assert_eq!(anne.download(&loose).await.status, 404, "not even before it is swept");
    world.relay.sweep().unwrap();
    assert!(world.relay.store().blobs().open(&BlobId(loose)).unwrap().is_none());
    world.clock.advance(3_600);
    world.relay.deliver_due().unwrap();
    let email = bruno.emails("inbox").await.remove(0);
    assert_eq!(bruno.download(email["blobId"].as_str().unwrap()).await.bytes, letter(ANNE, "l-1"));
    bruno.call("Email/set", json!({"destroy": [email["id"]]})).await;
    world.relay.sweep().unwrap();
    let main = BlobId(request["envelopes"][0]["blobId"].as_str().unwrap().to_owned());
    assert!(world.relay.store().blobs().open(&main).unwrap().is_none(), "its last Email is gone");
    let copy = request["sentCopy"]["blobId"].as_str().unwrap();
    assert_eq!(anne.download(copy).await.status, 200);
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = Folder::new("restart");
    let (token, account, letter_id) = {
        let world = open(&folder.0);
        let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
        let mut request = anne.letter_to("l-1", &[BRUNO]).await;
        request["sendAt"] = json!(sceau_api::UtcDate::from_unix(real_now() + 3_600).0);
        let answer = anne.call("Letter/send", request).await;
        anne.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})).await;
        anne.upload(b"loose").await;
        (anne.token.clone(), anne.account.clone(), answer["letterId"].clone())
    };
    fs::write(folder.0.join("blobs/incoming/half"), "half").unwrap();
    let orphan = "ab".repeat(32);
    fs::create_dir_all(folder.0.join("blobs/ab")).unwrap();
    fs::write(folder.0.join("blobs/ab").join(&orphan), "no row").unwrap();
    let relay = Relay::open_to_serve(&folder.0, None).unwrap();
    let world = World::over(relay, Arc::new(ManualClock::at(NOW)));
    let anne = Member { world: &world, address: ANNE.to_owned(), account, token };
    let letters = anne.call("Letter/get", json!({"ids": [letter_id]})).await;
    assert_eq!(letters["list"][0]["undoStatus"], "pending");
    assert_eq!(anne.call("Vault/get", json!({"ids": null})).await["list"][0]["version"], 1);
    let sent = anne.emails("sent").await.remove(0);
    assert_eq!(anne.download(sent["blobId"].as_str().unwrap()).await.bytes, letter(ANNE, "l-1-copy"));
    assert!(
        !folder.0.join("blobs/incoming/half").exists() && !folder.0.join("blobs/ab").join(&orphan).exists()
    );
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let folder = Folder::new("log");
    let mut serving = Served::start_with(&folder.0, Stdio::piped());
    drop(serving.child.stderr.take());
    for _ in 0..3 {
        let answer = serving.post("/jmap/api", "nobody", b"{}").expect("no answer");
        assert_eq!(answer["status"], 401, "{answer}");
    }
}

#[test]
fn a_seed_that_was_half_made_stops_no_start() {
    let folder = Folder::new("seed");
    fs::create_dir_all(&folder.0).unwrap();
    // In a container the process has the same number every time.
    fs::write(folder.0.join(format!("opaque.new-{}", std::process::id())), "cut off").unwrap();
    Relay::open(&folder.0).unwrap();
    Relay::open(&folder.0).unwrap();
}

#[tokio::test]
async fn a_letter_waiting_for_its_time_survives_a_restart() {
    let folder = Folder::new("waiting");
    let clock = Arc::new(ManualClock::at(NOW));
    let start = || {
        fs::create_dir_all(&folder.0).unwrap();
        World::over(Relay::with_store(Store::open(&folder.0).unwrap(), clock.clone()), clock.clone())
    };
    let world = start();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let mut request = anne.letter_to("l-1", &[BRUNO]).await;
    request["sendAt"] = json!("2026-11-23T08:30:10Z");
    anne.call("Letter/send", request).await;
    drop(world);
    clock.advance(60);
    let world = start();
    assert_eq!(world.relay.deliver_due().unwrap(), None);
    let bruno = world.member(BRUNO);
    let inbox = bruno.emails("inbox").await;
    assert_eq!((inbox.len(), &inbox[0]["receivedAt"]), (1, &json!("2026-11-23T08:31:00Z")));
}

#[tokio::test]
async fn no_blob_ends_while_another_process_copies_blobs() {
    let folder = Folder::new("hold");
    fs::create_dir_all(&folder.0).unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let store = Store::open(&folder.0).unwrap().with_blobs_in_rows(None);
    let relay = Relay::with_store(store, clock.clone());
    let world = World::over(relay, clock);
    let blob = BlobId(world.member(ANNE).upload(b"loose").await);
    world.clock.advance(limits::UNREFERENCED_BLOB_LIFETIME);
    let there = || world.relay.store().blobs().open(&blob).unwrap().is_some();
    let lock = fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.0.join("blobs.lock"))
        .unwrap();
    lock.lock_shared().unwrap();
    world.relay.sweep().unwrap();
    assert!(there(), "it ended under the hands of a copy");
    // Closing would not do: a child another test just began may hold the same file for a moment.
    lock.unlock().unwrap();
    world.relay.sweep().unwrap();
    assert!(!there());
}

fn real_now() -> i64 {
    use sceau_relay::clock::{Clock as _, SystemClock};
    SystemClock.now()
}

/// Blobs on a disk that fills when told to.
#[derive(Default)]
struct Filling {
    inner: MemoryBlobs,
    full: Arc<AtomicBool>,
}

struct FillingWriter<'a>(Box<dyn BlobWriter + 'a>, Arc<AtomicBool>);

impl Blobs for Filling {
    fn begin(&self) -> io::Result<Box<dyn BlobWriter + '_>> {
        Ok(Box::new(FillingWriter(self.inner.begin()?, self.full.clone())))
    }
    fn open(&self, id: &BlobId) -> io::Result<Option<(u64, Box<dyn Read + Send>)>> {
        self.inner.open(id)
    }
    fn remove(&self, id: &BlobId) -> io::Result<()> {
        self.inner.remove(id)
    }
    fn list(&self) -> io::Result<Vec<BlobId>> {
        self.inner.list()
    }
}

impl BlobWriter for FillingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.1.load(Ordering::Relaxed) {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            self.0.write(bytes)
        }
    }
    fn finish(self: Box<Self>) -> io::Result<(BlobId, u64)> {
        self.0.finish()
    }
}

#[tokio::test]
async fn a_full_blob_folder_refuses_and_loses_nothing() {
    let blobs = Filling::default();
    let full = blobs.full.clone();
    let clock = Arc::new(ManualClock::at(NOW));
    let store = database::store(Box::new(blobs)).with_blobs_in_rows(None);
    let world = World::over(Relay::with_store(store, clock.clone()), clock);
    let anne = world.member(ANNE);
    let before = anne.upload(b"before").await;
    full.store(true, Ordering::Relaxed);
    let refused = anne.try_upload(b"after").await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json["type"]),
        (507, &json!("urn:sceau:problem:storage_full"))
    );
    assert!(refused.json["operation"].is_string());
    full.store(false, Ordering::Relaxed);
    assert_eq!(anne.download(&before).await.bytes, b"before");
    anne.upload(b"after").await;
}

#[tokio::test]
async fn a_full_database_refuses_and_loses_nothing() {
    let clock = Arc::new(ManualClock::at(NOW));
    let world = World::over(Relay::in_memory(clock.clone()).unwrap(), clock);
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let store = world.relay.store();
    let mut refused = None;
    store.limit_pages(store.pages().unwrap() + 12).unwrap();
    for at in 0..2_000 {
        let put = json!({"device": "d", "counter": at + 1, "data": "A".repeat(4_000)});
        let (name, answer) = anne.calls(&[("IndexSegment/append", put)]).await.remove(0);
        if name == "error" {
            refused = Some((at, answer));
            break;
        }
    }
    let (kept, error) = refused.expect("the database never filled");
    assert_eq!(error["type"], "overQuota");
    assert!(error["operation"].is_string());
    store.limit_pages(1 << 20).unwrap();
    let segments = anne.call("IndexSegment/get", json!({})).await["list"].as_array().unwrap().len();
    assert_eq!(segments, kept, "what was accepted is there, what was refused is not");
    // A header of 200 KB needs more pages than the eight allowed, in the middle of the transaction.
    let references = "<0123456789abcdef0123456789abcdef@exemple.fr>\r\n ".repeat(4_000);
    let long = letter_with(&format!("From: {ANNE}\r\nReferences: {references}<1@x>\r\n"), "long");
    let mut request = anne.letter_to("l-1", &[BRUNO]).await;
    request["envelopes"][0]["blobId"] = json!(anne.upload(&long).await);
    store.limit_pages(store.pages().unwrap() + 8).unwrap();
    anne.fails("Letter/send", request.clone(), "overQuota").await;
    assert!(anne.emails("sent").await.is_empty() && bruno.emails("inbox").await.is_empty());
    store.limit_pages(1 << 20).unwrap();
    anne.call("Letter/send", request).await;
    assert_eq!((anne.emails("sent").await.len(), bruno.emails("inbox").await.len()), (1, 1));
}

#[tokio::test]
async fn a_broken_upload_leaves_nothing() {
    let folder = Folder::new("broken");
    let world = open(&folder.0);
    let anne = world.member(ANNE);
    let pieces =
        futures::stream::iter([Ok("first".as_bytes()), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    let request = anne
        .request("POST", &format!("/jmap/upload/{}/", anne.account))
        .body(Body::from_stream(pieces))
        .unwrap();
    assert_eq!(world.send(request).await.status, 400);
    assert_eq!(fs::read_dir(folder.0.join("blobs/incoming")).unwrap().count(), 0);
    let too_large = anne
        .request("POST", &format!("/jmap/upload/{}/", anne.account))
        .header("content-length", "120000001");
    let answer = world.send(too_large.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), &answer.json["limit"]), (413, &json!("maxSizeUpload")));
}

/// A real file system little larger than what no blob may take, when this process may mount one.
#[tokio::test]
async fn a_real_full_disk_refuses_and_loses_nothing() {
    let folder = Folder::new("tmpfs");
    fs::create_dir_all(&folder.0).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=20m", "sceau"]).arg(&folder.0).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no right to mount a file system, 1 case not run");
        return;
    }
    let outcome = fill_the_disk(&folder.0).await;
    let unmounted = Command::new("umount").arg("--lazy").arg(&folder.0).status().unwrap();
    assert!(unmounted.success());
    let Filled { refused, before, destroyed, after } = outcome;
    for (status, kind) in refused {
        assert_eq!((status, kind), (507, json!("urn:sceau:problem:storage_full")));
    }
    assert_eq!(before, b"before");
    assert!(destroyed, "what makes room works on a disk that is full for letters");
    assert_eq!(after, 201, "after the space is back");
}

struct Filled {
    /// Of one blob that is larger than the disk, and of the last of many small ones.
    refused: [(u16, Value); 2],
    before: Vec<u8>,
    destroyed: bool,
    after: u16,
}

async fn fill_the_disk(folder: &Path) -> Filled {
    let world = open(folder);
    let anne = world.member(ANNE);
    let before = anne.upload(b"before").await;
    let letter = anne.import(&letter(ANNE, "goes"), "archive").await;
    let large = anne.try_upload(&vec![7; 30_000_000]).await;
    // Somebody else's files.
    let ballast = folder.join("ballast");
    fs::create_dir(&ballast).unwrap();
    let mut small = anne.try_upload(b"small").await;
    for at in 0_u32..2_000 {
        fs::write(ballast.join(at.to_string()), vec![0; 100_000]).unwrap();
        small = anne.try_upload(&at.to_be_bytes()).await;
        if small.status != 201 {
            break;
        }
    }
    let destroyed = anne.call("Email/set", json!({"destroy": [letter]})).await;
    let before = anne.download(&before).await.bytes;
    fs::remove_dir_all(ballast).unwrap();
    Filled {
        refused: [large, small].map(|answer| (answer.status.as_u16(), answer.json["type"].clone())),
        before,
        destroyed: destroyed["destroyed"].as_array().is_some_and(|all| all.len() == 1),
        after: anne.try_upload(b"after").await.status.as_u16(),
    }
}

/// The program itself, serving a folder until it is killed.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, Stdio::null())
    }

    fn start_with(folder: &Path, log: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sceau-relay"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    /// Sends a request and reads the answer to the end; `None` when the relay died before it was complete.
    fn post(&self, path: &str, token: &str, body: &[u8]) -> Option<Value> {
        let mut stream = self.begin(path, token, body).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        serde_json::from_str(body).ok()
    }

    fn begin(&self, path: &str, token: &str, body: &[u8]) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address)?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        Ok(stream)
    }

    /// Kills it.
    fn kill(self) {}
}

impl Drop for Served {
    fn drop(&mut self) {
        // A test that fails leaves none behind either.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_sceau-relay"))
        .args(arguments)
        .args(["--json", "--data"])
        .arg(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn api(account: &str, name: &str, mut arguments: Value) -> Vec<u8> {
    arguments["accountId"] = json!(account);
    json!({"using": sceau_api::capability::ALL, "methodCalls": [[name, arguments, "0"]]})
        .to_string()
        .into_bytes()
}

/// Killed at different moments of a sending: afterwards the letter is there once and whole, or not at all, and saying
/// it again ends with one.
#[test]
fn killed_in_the_middle_of_a_sending() {
    let folder = Folder::new("kill");
    let token = |address| {
        let made = command(&folder.0, &["token", "create", address]);
        (made["token"].as_str().unwrap().to_owned(), made["accountId"].as_str().unwrap().to_owned())
    };
    let ((anne, anne_id), (bruno, bruno_id)) = (token(ANNE), token(BRUNO));
    for round in 0..6_u64 {
        let served = Served::start(&folder.0);
        let upload = |bytes: &[u8]| {
            served.post(&format!("/jmap/upload/{anne_id}/"), &anne, bytes).unwrap()["blobId"].clone()
        };
        let id = format!("kill-{round}");
        let blob = upload(&letter(ANNE, &id));
        let request = json!({"clientLetterId": id, "sentCopy": {"blobId": blob}, "envelopes": [{"blobId": blob, "rcptTo": [BRUNO]}]});
        let request = api(&anne_id, "Letter/send", request);
        let sending = served.begin("/jmap/api", &anne, &request).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 3));
        served.kill();
        drop(sending);
        assert_eq!(command(&folder.0, &["check"])["clean"], true, "round {round}");

        let served = Served::start(&folder.0);
        let count = |token: &str, account: &str| {
            let answer = served.post("/jmap/api", token, &api(account, "Email/query", json!({}))).unwrap();
            answer["methodResponses"][0][1]["ids"].as_array().unwrap().len()
        };
        let (sent, delivered) = (count(&anne, &anne_id), count(&bruno, &bruno_id));
        assert_eq!(sent, delivered, "round {round}: half a sending");
        let again = served.post("/jmap/api", &anne, &request).unwrap();
        assert_eq!(again["methodResponses"][0][0], "Letter/send", "round {round}: {again}");
        let once = usize::try_from(round).unwrap() + 1;
        assert_eq!((count(&anne, &anne_id), count(&bruno, &bruno_id)), (once, once), "round {round}");
        served.kill();
    }
}

#[test]
fn the_program_keeps_accounts_while_it_serves() {
    let folder = Folder::new("program");
    let served = Served::start(&folder.0);
    let added = command(&folder.0, &["account", "add", "Anne@Exemple.fr", "--name", "Dr Anne"]);
    assert_eq!((&added["address"], &added["accountId"]), (&json!(ANNE), &json!("a1")));
    assert_eq!(added["enrolmentCode"].as_str().unwrap().len(), 19);
    let token = command(&folder.0, &["token", "create", ANNE]);
    let answer = served
        .post("/jmap/api", token["token"].as_str().unwrap(), &api("a1", "Identity/get", json!({})))
        .unwrap();
    assert_eq!(answer["methodResponses"][0][1]["list"][0]["name"], "Dr Anne");
    let list = command(&folder.0, &["account", "list"]);
    assert_eq!(
        list,
        json!([{"accountId": "a1", "address": ANNE, "name": "Dr Anne", "enrolled": false, "certificates": 0}])
    );
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_sceau-relay"))
            .args(arguments)
            .arg("--data")
            .arg(&folder.0)
            .output()
            .unwrap();
        output.status.code().unwrap()
    };
    let der = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/anne.der");
    assert_eq!(run(&["account", "add", ANNE, "--cert", der]), 0);
    assert_eq!(run(&["account", "add", BRUNO, "--cert", der]), 1, "another person's certificate");
    assert_eq!(run(&["account", "add", "no address"]), 1);
    assert_eq!(run(&["account", "quota", ANNE, "--octets", "1000000"]), 0);
    assert_eq!(run(&["account", "quota", BRUNO]), 1);
    assert_eq!(run(&["account", "quota", ANNE, "--letters", "-1"]), 3);
    let quotas = api("a1", "Quota/get", json!({"ids": null, "properties": ["softLimit"]}));
    let quotas = served.post("/jmap/api", token["token"].as_str().unwrap(), &quotas).unwrap();
    let quotas = quotas["methodResponses"][0][1]["list"].clone();
    assert_eq!(
        quotas,
        json!([{"id": "q1", "softLimit": 1_000_000}, {"id": "q2", "softLimit": limits::QUOTA_LETTERS}])
    );
    assert_eq!(run(&["authority", "add", der, "--domain", "exemple.fr"]), 0);
    assert_eq!(run(&["authority", "add", der]), 3, "an authority without a domain");
    assert_eq!(run(&["crl", "add", der]), 1, "a certificate is no revocation list");
    assert_eq!(run(&["account", "remove", ANNE]), 0);
    assert_eq!(run(&["account", "remove", ANNE]), 1);
    let refused = served.post("/jmap/api", token["token"].as_str().unwrap(), b"{}").unwrap();
    assert_eq!(refused["type"], "urn:sceau:problem:session_ended");
    served.kill();
}
