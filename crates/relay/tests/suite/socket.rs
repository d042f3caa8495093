//! JMAP over a WebSocket (RFC 8887), by a client of its own over a real socket.

use std::{
    io,
    sync::{Arc, Mutex},
};

use futures::{SinkExt as _, StreamExt as _};
use sceau_api::{BlobId, capability};
use sceau_relay::{
    Relay,
    clock::ManualClock,
    limits,
    store::{Blobs, MemoryBlobs, blobs::BlobWriter},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use super::{
    database,
    world::{ANNE, BRUNO, Member, NOW, World, letter},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Serves a world on loopback; gives host and port.
pub(crate) async fn serve(world: &World) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let app = world.app();
    tokio::spawn(async move { axum::serve(listener, app).await });
    host
}

async fn connect(host: &str, token: &str, protocol: Option<&str>) -> Result<Socket, u16> {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(protocol.map(|protocol| ("sec-websocket-protocol", protocol)));
    connect_with(host, &headers).await
}

async fn connect_with(host: &str, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
    let mut request = format!("ws://{host}/jmap/ws").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The next message, or the code the connection closes with.
async fn hear(socket: &mut Socket) -> Result<Value, u16> {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
        Some(Ok(Message::Close(Some(frame)))) => Err(frame.code.into()),
        other => panic!("{other:?}"),
    }
}

async fn ask(socket: &mut Socket, message: Value) -> Value {
    say(socket, message).await;
    hear(socket).await.unwrap()
}

fn echo(id: &str) -> Value {
    json!({"@type": "Request", "id": id, "using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:websocket"],
        "methodCalls": [["Core/echo", {"a": 1}, "c"]]})
}

#[tokio::test]
async fn requests_are_answered_with_their_ids() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let session = anne.get("/jmap/session").await.json;
    let told = &session["capabilities"]["urn:ietf:params:jmap:websocket"];
    assert_eq!(told, &json!({"url": "/jmap/ws", "supportsPush": true}));
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    say(&mut socket, echo("R1")).await;
    say(&mut socket, echo("R2")).await;
    let mut answered = Vec::new();
    for _ in 0..2 {
        let answer = hear(&mut socket).await.unwrap();
        assert_eq!(answer["@type"], "Response");
        assert_eq!(answer["methodResponses"], json!([["Core/echo", {"a": 1}, "c"]]));
        assert_eq!(answer["sessionState"], session["state"]);
        answered.push(answer["requestId"].as_str().unwrap().to_owned());
    }
    answered.sort();
    assert_eq!(answered, ["R1", "R2"]);
    let mut without = echo("");
    without.as_object_mut().unwrap().remove("id");
    assert!(ask(&mut socket, without).await.get("requestId").is_none());
}

#[tokio::test]
async fn what_is_no_request_is_told_and_the_next_is_answered() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    let mut unknown = echo("R");
    unknown["using"] = json!(["urn:x"]);
    let mut many = echo("R");
    many["methodCalls"] = json!(vec![json!(["Core/echo", {}, "c"]); 33]);
    let twice = r#"{"@type":"Request","id":"R","using":[],"methodCalls":[],"methodCalls":[]}"#;
    for (text, code, id) in [
        ("{".to_owned(), "notJSON", json!(null)),
        ("[]".to_owned(), "notJSON", json!(null)),
        (twice.to_owned(), "notJSON", json!("R")),
        (json!({"id": "R"}).to_string(), "notRequest", json!("R")),
        (json!({"@type": "Answer", "id": "R"}).to_string(), "notRequest", json!("R")),
        (json!({"@type": "Request", "id": 7, "using": 1}).to_string(), "notRequest", json!(null)),
        (unknown.to_string(), "unknownCapability", json!("R")),
        (many.to_string(), "limit", json!("R")),
    ] {
        socket.send(Message::text(text.clone())).await.unwrap();
        let error = hear(&mut socket).await.unwrap();
        assert_eq!((&error["@type"], &error["requestId"]), (&json!("RequestError"), &id), "{text}");
        assert_eq!(error["type"], format!("urn:ietf:params:jmap:error:{code}"), "{text}");
        assert!(error["operation"].is_string() && error["status"] == 400, "{error}");
    }
    assert_eq!(ask(&mut socket, echo("R")).await["@type"], "Response");
}

#[tokio::test]
async fn changes_are_told_once_they_are_asked_for() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let host = serve(&world).await;
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    anne.import(&letter(ANNE, "1"), "inbox").await;
    ask(&mut socket, echo("R")).await;
    say(&mut socket, json!({"@type": "WebSocketPushEnable", "dataTypes": ["Email", "Nothing"]})).await;
    ask(&mut socket, echo("R")).await;
    bruno.import(&letter(BRUNO, "0"), "inbox").await;
    anne.import(&letter(ANNE, "2"), "inbox").await;
    let change = hear(&mut socket).await.unwrap();
    let state = anne.call("Email/get", json!({"ids": []})).await["state"].clone();
    assert_eq!((&change["@type"], &change["pushState"]), (&json!("StateChange"), &state));
    assert_eq!(change["changed"], json!({anne.account.clone(): {"Email": state}}));
    say(&mut socket, json!({"@type": "WebSocketPushDisable"})).await;
    ask(&mut socket, echo("R")).await;
    anne.import(&letter(ANNE, "3"), "inbox").await;
    assert_eq!(ask(&mut socket, echo("R")).await["@type"], "Response", "nothing is told any more");
    let again = json!({"@type": "WebSocketPushEnable", "dataTypes": ["Email"], "pushState": state});
    let missed = ask(&mut socket, again).await;
    assert_ne!(missed["changed"][&anne.account]["Email"], state);
    for mut wrong in
        [json!({"dataTypes": "Email"}), json!({"dataTypes": [1]}), json!({"dataTypes": null, "pushState": 1})]
    {
        wrong["@type"] = json!("WebSocketPushEnable");
        assert_eq!(ask(&mut socket, wrong).await["@type"], "RequestError");
    }
}

#[tokio::test]
async fn hostile_frames_and_ended_sessions_close_the_connection() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let mut binary = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    binary.send(Message::binary(b"{}".to_vec())).await.unwrap();
    assert_eq!(hear(&mut binary).await, Err(1003));
    let mut large = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    // The relay may close while this is still being written.
    let _ = large.send(Message::text(" ".repeat(10_000_001))).await;
    let ended = large.next().await;
    assert!(!matches!(ended, Some(Ok(Message::Text(_)))), "{ended:?}");
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    ask(&mut socket, echo("R")).await;
    assert_eq!(anne.post("/auth/logout", &json!({})).await.status, 204);
    say(&mut socket, echo("R")).await;
    assert_eq!(hear(&mut socket).await, Err(1008));
    assert_eq!(connect(&host, &anne.token, Some("jmap")).await.err(), Some(401));
}

#[tokio::test]
async fn a_connection_needs_the_subprotocol_a_token_and_a_place() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let host = serve(&world).await;
    for protocol in [None, Some("xmpp")] {
        assert_eq!(connect(&host, &anne.token, protocol).await.err(), Some(400), "{protocol:?}");
    }
    assert_eq!(connect(&host, "nobody", Some("jmap")).await.err(), Some(401));
    assert_eq!(anne.get("/jmap/ws").await.status, 400, "no handshake");
    let mut open = Vec::new();
    for _ in 0..limits::CONCURRENT_SOCKETS {
        open.push(connect(&host, &anne.token, Some("jmap")).await.unwrap());
    }
    assert_eq!(connect(&host, &anne.token, Some("jmap")).await.err(), Some(400));
    assert!(connect(&host, &bruno.token, Some("jmap")).await.is_ok(), "places are an account's");
}

async fn ticket(member: &Member<'_>) -> String {
    let made = member.post("/jmap/ws/ticket", &json!({})).await;
    assert_eq!(made.status, 200, "{}", made.json);
    made.json["ticket"].as_str().unwrap().to_owned()
}

async fn connect_by(host: &str, ticket: &str) -> Result<Socket, u16> {
    connect_with(host, &[("sec-websocket-protocol", &format!("jmap, {ticket}"))]).await
}

#[tokio::test]
async fn a_ticket_opens_one_connection_within_its_minute() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let made = anne.post("/jmap/ws/ticket", &json!({})).await.json;
    assert_eq!(made["expiresAt"], "2026-11-23T08:31:00Z");
    let first = made["ticket"].as_str().unwrap();
    let mut socket = connect_by(&host, first).await.unwrap();
    assert_eq!(ask(&mut socket, echo("R")).await["@type"], "Response");
    assert_eq!(connect_by(&host, first).await.err(), Some(401), "a ticket is used once");
    let late = ticket(&anne).await;
    world.clock.advance(limits::TICKET_LIFETIME);
    assert_eq!(connect_by(&host, &late).await.err(), Some(401));
    for wrong in ["ticket.", "ticket.x", "ticket.'", "ticket"] {
        assert_eq!(connect_by(&host, wrong).await.err(), Some(401), "{wrong}");
    }
    assert_eq!(world.post("/jmap/ws/ticket", &json!({})).await.status, 401);
}

#[tokio::test]
async fn a_ticket_ends_with_its_session_and_is_no_token() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let made = ticket(&anne).await;
    let thief = Member { token: made.clone(), ..world.member(BRUNO) };
    assert_eq!(thief.get("/jmap/session").await.status, 401);
    assert_eq!(connect(&host, "nobody", Some(&format!("jmap, {made}"))).await.err(), Some(401));
    let from_elsewhere =
        [("sec-websocket-protocol", &*format!("jmap, {made}")), ("origin", "https://elsewhere.example")];
    assert_eq!(connect_with(&host, &from_elsewhere).await.err(), Some(403));
    for _ in 1..limits::TICKETS {
        ticket(&anne).await;
    }
    let refused = anne.post("/jmap/ws/ticket", &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.json["limit"]), (400, &json!("maxConcurrentSockets")));
    anne.post("/auth/logout", &json!({})).await;
    assert_eq!(connect_by(&host, &made).await.err(), Some(401));
}

/// Shakes hands, then writes octets as they are; what comes back until the connection ends.
async fn raw(host: &str, token: &str, frames: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "GET /jmap/ws HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: jmap\r\n\
         Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream.write_all(frames).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

/// A frame of a client, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = 0x80 | u8::try_from(payload.len()).unwrap();
    [&[first, length, 0, 0, 0, 0], payload].concat()
}

#[tokio::test]
async fn broken_frames_close_with_the_code_that_names_them() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let too_long = [&[0x81, 0xff][..], &10_000_001_u64.to_be_bytes(), &[0; 4]].concat();
    for (name, frames, code) in [
        ("text that is no UTF-8", frame(0x81, &[0xc3, 0x28]), 1007_u16),
        ("no mask", vec![0x81, 0x02, b'{', b'}'], 1002),
        ("a reserved bit", frame(0xc1, b"{}"), 1002),
        ("an operation nobody knows", frame(0x83, b"{}"), 1002),
        ("a continuation of nothing", frame(0x80, b"{}"), 1002),
        ("a ping in parts", frame(0x09, b""), 1002),
        ("a close with half a code", frame(0x88, &[3]), 1002),
        ("more than a request may have", too_long, 1009),
    ] {
        let answer = raw(&host, &anne.token, &frames).await;
        assert_eq!(answer.first(), Some(&0x88), "{name}: {answer:?}");
        assert_eq!(&answer[2..4], code.to_be_bytes(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_answers_no_ping_is_closed() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let answer = raw(&host, &anne.token, &[]).await;
    let pings = answer.chunks(2).take_while(|frame| *frame == [0x89, 0]).count();
    assert!(pings >= 2, "{answer:?}");
    assert_eq!(&answer[2 * pings..][..1], [0x88], "{answer:?}");
    assert_eq!(&answer[2 * pings + 2..][..2], 1001_u16.to_be_bytes());
}

/// Blobs of which one is not given out until the lock is free.
struct Held(MemoryBlobs, Arc<Mutex<()>>);

impl Blobs for Held {
    fn begin(&self) -> io::Result<Box<dyn BlobWriter + '_>> {
        self.0.begin()
    }
    fn open(&self, id: &BlobId) -> io::Result<Option<(u64, Box<dyn io::Read + Send>)>> {
        let _free = self.1.lock().unwrap();
        self.0.open(id)
    }
    fn remove(&self, id: &BlobId) -> io::Result<()> {
        self.0.remove(id)
    }
    fn list(&self) -> io::Result<Vec<BlobId>> {
        self.0.list()
    }
}

#[tokio::test]
async fn a_slow_request_holds_no_other_up() {
    let (clock, held) = (Arc::new(ManualClock::at(NOW)), Arc::new(Mutex::new(())));
    let blobs = Held(MemoryBlobs::default(), held.clone());
    let store = database::store(Box::new(blobs)).with_blobs_in_rows(None);
    let world = World::over(Relay::with_store(store, clock.clone()), clock);
    let anne = world.member(ANNE);
    let blob = anne.upload(b"slow").await;
    let host = serve(&world).await;
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let (told, begun) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        let _held = held.lock().unwrap();
        told.send(()).unwrap();
        // Until the other end is dropped.
        let _ = wait.recv();
    });
    begun.recv().unwrap();
    let mut slow = echo("slow");
    slow["using"] = json!(capability::ALL);
    slow["methodCalls"] = json!([["Blob/get", {"accountId": anne.account, "ids": [blob]}, "c"]]);
    say(&mut socket, slow).await;
    assert_eq!(ask(&mut socket, echo("quick")).await["requestId"], "quick");
    drop(release);
    holder.join().unwrap();
    let answer = hear(&mut socket).await.unwrap();
    assert_eq!(
        (&answer["requestId"], &answer["methodResponses"][0][0]),
        (&json!("slow"), &json!("Blob/get"))
    );
}

#[tokio::test]
async fn more_requests_than_may_run_at_once_wait_their_turn() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    // Far more than may run at the same time: none is refused, since the connection waits until it has room.
    let count = 5 * limits::CONCURRENT_REQUESTS;
    for at in 0..count {
        say(&mut socket, echo(&at.to_string())).await;
    }
    let mut answered = std::collections::BTreeSet::new();
    for _ in 0..count {
        let answer = hear(&mut socket).await.unwrap();
        assert_eq!(answer["@type"], "Response", "{answer}");
        answered.insert(answer["requestId"].as_str().unwrap().to_owned());
    }
    assert_eq!(answered.len(), usize::try_from(count).unwrap());
}

#[tokio::test]
async fn a_revoked_token_and_a_relay_that_stops_close_the_connection_with_a_word() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    let mut other = connect(&host, &world.member(ANNE).token, Some("jmap")).await.unwrap();
    say(&mut socket, json!({"@type": "WebSocketPushEnable", "dataTypes": null})).await;
    ask(&mut socket, echo("R")).await;
    for entry in world.relay.tokens(Some(ANNE)).unwrap() {
        world.relay.revoke_token(&entry.id).unwrap();
    }
    let again = world.member(ANNE);
    again.import(&letter(ANNE, "1"), "inbox").await;
    assert_eq!(hear(&mut socket).await, Err(1008), "nothing is told to an ended session");
    say(&mut other, echo("R")).await;
    assert_eq!(hear(&mut other).await, Err(1008));
    let mut last = connect(&host, &again.token, Some("jmap")).await.unwrap();
    ask(&mut last, echo("R")).await;
    world.relay.stop();
    assert_eq!(hear(&mut last).await, Err(1012));
}
