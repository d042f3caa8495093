//! Serving: slow clients are cut off, the relay says how it is, and stops without losing what is under way.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sceau_relay::{
    Relay,
    clock::ManualClock,
    serve::serve,
    store::{Blobs, DiskBlobs, Store},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{
    storage::Folder,
    world::{ANNE, Member, NOW, World},
};

async fn start(world: &World) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    (host, tokio::spawn(serve(world.relay.clone(), listener, None)))
}

fn head(member: &Member<'_>, method: &str, path: &str, length: usize) -> String {
    let token = &member.token;
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

async fn say(host: &str, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// An upload of five octets of which two have come, and which the relay has begun to read.
async fn begin_upload(host: &str, member: &Member<'_>) -> TcpStream {
    let head = head(member, "POST", &format!("/jmap/upload/{}/", member.account), 5);
    let head = head.replacen("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", 1);
    let mut stream = say(host, &head).await;
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"be").await.unwrap();
    stream
}

/// What comes until the connection ends, which it must.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The clock of a test does not jump by itself while a thread waits, as one does for the next piece of an upload.
async fn as_time_passes<T>(work: impl Future<Output = T>) -> T {
    let passing = async {
        loop {
            tokio::time::advance(Duration::from_millis(100)).await;
            // The sockets are real: what was written comes by and by.
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        done = work => done,
        () = passing => unreachable!("time passes for ever"),
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_slow_to_ask_is_cut_off() {
    let world = World::new();
    let anne = world.member(ANNE);
    let (host, _) = start(&world).await;
    for said in ["", "GET", "GET /jmap/session HTTP/1.1\r\nHost: x\r\nX-Slow: ", "PRI * HTTP/2.0\r\n"] {
        let answer = rest(say(&host, said).await).await;
        assert!(!answer.contains(" 200 "), "{said:?}: {answer}");
    }
    let half = head(&anne, "POST", "/jmap/api", 100) + "{";
    let answer = rest(say(&host, &half).await).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("did not arrive"), "{answer}");
    let path = format!("/jmap/upload/{}/", anne.account);
    let upload = say(&host, &(head(&anne, "POST", &path, 100) + "x")).await;
    let answer = as_time_passes(rest(upload)).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("broke off"), "{answer}");
    // A line that is kept and not used ends as well.
    let answer = rest(say(&host, &head(&anne, "GET", "/jmap/session", 0)).await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_what_was_asked_for_is_cut_off() {
    let world = World::new();
    let anne = world.member(ANNE);
    let size = 40_000_000;
    let blob = anne.upload(&vec![7; size]).await;
    let (host, _) = start(&world).await;
    let path = format!("/jmap/download/{}/{blob}/x", anne.account);
    let mut stream = say(&host, &head(&anne, "GET", &path, 0)).await;
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    // Far beyond every limit, on the clock of the test.
    tokio::time::sleep(10 * sceau_relay::limits::UNREAD).await;
    assert!(rest(stream).await.len() < size, "the rest was still written");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_given_no_room_on_http_2_ends_its_line() {
    let world = World::new();
    let anne = world.member(ANNE);
    let blob = anne.upload(&vec![7; 3_000_000]).await;
    let (host, _) = start(&world).await;
    let line = TokioIo::new(TcpStream::connect(&host).await.unwrap());
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), line).await.unwrap();
    let ended = tokio::spawn(connection);
    let path = format!("http://x/jmap/download/{}/{blob}/x", anne.account);
    let request = anne.request("GET", &path).body(String::new()).unwrap();
    // It is not read: the window of the answer stays closed, while pings are answered.
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(ended.await.unwrap().is_err() || answer.into_body().collect().await.is_err());
}

#[tokio::test]
async fn heads_have_a_limit() {
    let world = World::new();
    let (host, _) = start(&world).await;
    let bomb = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Bomb: {}\r\n\r\n", "x".repeat(100_000));
    let answer = rest(say(&host, &bomb).await).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let many: String = (0..2_000).map(|at| format!("X-{at}: x\r\n")).collect();
    let answer = rest(say(&host, &format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n")).await).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn what_is_under_way_ends_before_the_relay_does() {
    let world = World::new();
    let anne = world.member(ANNE);
    let (host, served) = start(&world).await;
    let mut upload = begin_upload(&host, &anne).await;
    let source = "/jmap/eventsource/?types=*&closeafter=no&ping=0";
    let mut events = say(&host, &head(&anne, "GET", source, 0)).await;
    let mut first = [0; 12];
    events.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    assert_eq!(world.get("/health/ready").await.status, StatusCode::OK);
    world.relay.stop();
    let ready = world.get("/health/ready").await;
    assert_eq!(
        (ready.status, &ready.json),
        (StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "stopping"}))
    );
    assert_eq!(world.get("/health/live").await.json, json!({"status": "live"}));
    let said = rest(events).await;
    assert!(said.contains(": the relay stops; connect again"), "{said}");
    upload.write_all(b"gun").await.unwrap();
    let answer = rest(upload).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    served.await.unwrap();
    assert!(TcpStream::connect(&host).await.is_err(), "nobody is let in any more");
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_stops_does_not_wait_for_ever() {
    let world = World::new();
    let anne = world.member(ANNE);
    let (host, served) = start(&world).await;
    let upload = begin_upload(&host, &anne).await;
    world.relay.stop();
    as_time_passes(served).await.unwrap();
    assert_eq!(rest(upload).await, "");
}

#[tokio::test]
async fn a_relay_without_its_blobs_is_not_ready() {
    let folder = Folder::new("health");
    let blobs = DiskBlobs::open(&folder.0.join("blobs")).unwrap();
    let store = Store::in_memory(Box::new(blobs) as Box<dyn Blobs>).unwrap();
    let clock = std::sync::Arc::new(ManualClock::at(NOW));
    let world = World::over(Relay::with_store(store, clock.clone()), clock);
    let ready = world.get("/health/ready").await;
    assert_eq!((ready.status, ready.json), (StatusCode::OK, json!({"status": "ready"})));
}

/// The program, serving on a free port of its own.
struct Program {
    child: Child,
    url: String,
    _folder: Folder,
}

impl Program {
    fn start(name: &str, prepare: impl FnOnce(&mut Command, &Folder)) -> Self {
        let folder = Folder::new(name);
        std::fs::create_dir_all(&folder.0).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-relay"));
        command.arg("serve").stdout(Stdio::piped()).stderr(Stdio::piped());
        prepare(&mut command, &folder);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, url, _folder: folder }
    }

    fn get(&self, path: &str) -> String {
        let host = self.url.split_once("://").unwrap().1;
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Sends a signal; the exit code and the log.
    fn end(&mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

#[test]
fn the_program_takes_flags_variables_and_a_file_and_ends_by_signals() {
    for signal in ["-TERM", "-INT"] {
        let mut program = Program::start("program", |command, folder| {
            let file = folder.0.join("relay.toml");
            let data = folder.0.join("data");
            std::fs::write(&file, format!("data = {:?}\nlisten = [\"127.0.0.1:1\"]\n", data)).unwrap();
            command.arg("--config").arg(file).env("SCEAU_RELAY_LISTEN", "127.0.0.1:2");
            command.args(["--listen", "127.0.0.1:0"]);
        });
        assert!(program.get("/health/ready").ends_with("{\"status\":\"ready\"}"));
        let (code, log) = program.end(signal);
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("event=stopping") && log.contains("event=stopped"), "{log}");
    }
}

#[test]
fn what_makes_no_sense_ends_with_3_and_a_sentence() {
    let folder = Folder::new("nonsense");
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("relay.toml");
    std::fs::write(&file, "data = \"x\"\n\nlitsen = []\n").unwrap();
    let file = file.to_str().unwrap();
    for (arguments, word) in [
        (vec![], "--data DIR"),
        (vec!["--config", file], ":3: unknown field `litsen`"),
        (vec!["--config", "/nowhere.toml"], "/nowhere.toml"),
        (vec!["--data", "x", "--tls-cert", "y"], "go together"),
        (vec!["--data", "x", "--trusted-proxy", "example.org"], "a network is"),
        (vec!["--data", "x", "--rates", "maybe"], "maybe"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-relay"));
        let output = command.arg("serve").args(&arguments).current_dir(&folder.0).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
        assert!(!folder.0.join("x").exists(), "nothing is made");
    }
}
