//! SMTP between relays: dialogues of strangers, what cannot be smuggled, letters over real sockets, reports.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::future::BoxFuture;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use sceau_relay::{
    limits,
    queue::{Attempt, Fate, Outbound, Parcel, Route, RouteTls, Worker},
    smtp::{Door, Options, Smtp},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, DuplexStream},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;

use super::world::{ANNE, BRUNO, CLAIRE, Member, World, letter, letter_with};

const ZOE: &str = "zoe@ailleurs.fr";
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A key and a certificate for `localhost`.
struct Identity {
    server: Arc<ServerConfig>,
    roots: RootCertStore,
}

impl Identity {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate: CertificateDer<'static> = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        Self { server: Arc::new(server), roots }
    }

    fn door(&self, world: &World) -> Door {
        let tls = Some(Arc::clone(&self.server));
        Door::new(world.relay.clone(), Options { name: "mx.exemple.fr".to_owned(), tls, danger_clear: false })
    }

    fn connector(&self) -> TlsConnector {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }
}

fn clear_door(world: &World) -> Door {
    Door::new(
        world.relay.clone(),
        Options { name: "mx.exemple.fr".to_owned(), tls: None, danger_clear: true },
    )
}

/// A client that says what a test tells it to.
struct Client<S> {
    stream: BufReader<S>,
}

impl Client<DuplexStream> {
    /// Connected to a door, its greeting heard.
    async fn of(door: &Door) -> (Self, JoinHandle<()>) {
        let (here, there) = tokio::io::duplex(1 << 20);
        let door = door.clone();
        let task = tokio::spawn(async move { door.answer(there, PEER).await });
        let mut client = Self { stream: BufReader::new(here) };
        assert!(client.hear().await.unwrap().starts_with("220 mx.exemple.fr "));
        (client, task)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// The next reply, all its lines; none when the connection has ended.
    async fn hear(&mut self) -> Option<String> {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            reply.push_str(&line);
            if line.as_bytes().get(3) == Some(&b' ') {
                return Some(reply);
            }
        }
    }

    async fn say(&mut self, bytes: &[u8]) {
        // The other side may have gone; what it said before is heard all the same.
        let _ = self.stream.get_mut().write_all(bytes).await;
    }

    async fn ask(&mut self, line: &str) -> String {
        self.say(format!("{line}\r\n").as_bytes()).await;
        self.hear().await.unwrap_or_else(|| "gone".to_owned())
    }

    async fn begin(&mut self, from: &str, to: &str) {
        for line in ["EHLO mx.ailleurs.fr", &format!("MAIL FROM:<{from}>"), &format!("RCPT TO:<{to}>")] {
            let reply = self.ask(line).await;
            assert!(reply.starts_with("250"), "{line}: {reply}");
        }
        assert!(self.ask("DATA").await.starts_with("354"));
    }

    async fn send(&mut self, from: &str, to: &str, text: &[u8]) -> String {
        self.begin(from, to).await;
        self.say(&[text, b".\r\n"].concat()).await;
        self.hear().await.unwrap_or_else(|| "gone".to_owned())
    }

    /// Everything that is still said.
    async fn rest(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(reply) = self.hear().await {
            all.push(reply);
        }
        all
    }
}

#[tokio::test]
async fn a_dialogue_has_a_reply_per_command() {
    let world = World::new();
    let _members = (world.member(ANNE), world.member(BRUNO));
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    for (line, expected) in [
        ("MAIL FROM:<a@b.fr>", "503 5.5.1"),
        ("HELO x.fr", "250 mx.exemple.fr"),
        (
            "EHLO x.fr",
            "250-mx.exemple.fr\r\n250-PIPELINING\r\n250-SIZE 120000000\r\n250-8BITMIME\r\n250-X-SCEAU\r\n250 E",
        ),
        ("RCPT TO:<bruno@exemple.fr>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("MAIL FROM:<a@b.fr> SIZE=120000001", "552 5.3.4"),
        ("MAIL FROM:<a@b.fr> BODY=BINARYMIME", "555 5.5.4"),
        ("MAIL FROM:<a@b.fr> SMTPUTF8", "555 5.5.4"),
        ("MAIL FROM:<a@b.fr> SIZE=10 BODY=8BITMIME ENVID=x", "250 2.1.0"),
        ("MAIL FROM:<a@b.fr>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("RCPT TO:<nobody@exemple.fr>", "550 5.1.1"),
        ("RCPT TO:<a@elsewhere.fr>", "554 5.7.1"),
        ("RCPT TO:<a%elsewhere.fr@exemple.fr>", "550 5.1.1"),
        ("RCPT TO:<\"a b\"@exemple.fr>", "553 5.1.3"),
        ("RCPT TO:<@elsewhere.fr:Bruno@Exemple.FR>", "250 2.1.5"),
        ("RCPT TO:<bruno@exemple.fr>", "250 2.1.5"),
        ("VRFY bruno", "252 2.5.0"),
        ("EXPN all", "502 5.5.1"),
        ("NOOP", "250 2.0.0"),
        ("AUTH PLAIN AGEAYg==", "502 5.5.1"),
        ("STARTTLS", "502 5.5.1"),
        ("RSET", "250 2.0.0"),
        ("RCPT TO:<bruno@exemple.fr>", "503 5.5.1"),
        ("HELP", "502 5.5.1"),
        ("WHAT", "500 5.5.2"),
        ("QUIT", "221 2.0.0"),
    ] {
        let reply = client.ask(line).await;
        assert!(reply.starts_with(expected), "{line}: {reply}");
    }
    assert_eq!(client.hear().await, None);
}

#[tokio::test]
async fn commands_may_come_all_at_once() {
    let world = World::new();
    let bruno = world.member(BRUNO);
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    let text = letter("zoe@ailleurs.fr", "piped");
    let all = [
        b"EHLO x.fr\r\nMAIL FROM:<zoe@ailleurs.fr>\r\nRCPT TO:<bruno@exemple.fr>\r\nDATA\r\n".as_slice(),
        &text,
        b".\r\nNOOP\r\nQUIT\r\n",
    ];
    client.say(&all.concat()).await;
    let codes: Vec<String> = client.rest().await.iter().map(|reply| reply[..3].to_owned()).collect();
    assert_eq!(codes, ["250", "250", "250", "354", "250", "250", "221"]);
    assert_eq!(bruno.emails("inbox").await.len(), 1);
}

#[tokio::test]
async fn a_sealed_letter_arrives_with_its_trace_and_a_clear_one_is_refused_by_name() {
    let world = World::new();
    let bruno = world.member(BRUNO);
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    let reply = client.send(ZOE, BRUNO, b"From: zoe@ailleurs.fr\r\n\r\nBonjour\r\n").await;
    assert!(
        reply.starts_with("554 5.6.0 The letter is not sealed") && reply.ends_with("(not_sealed)\r\n"),
        "{reply}"
    );
    assert!(client.send(ZOE, BRUNO, b"no header\r\n").await.contains("(unreadable)"));
    let text = letter(ZOE, "sealed");
    assert!(client.send(ZOE, BRUNO, &text).await.starts_with("250 2.6.0 Delivered"));
    let inbox = bruno.emails("inbox").await;
    assert_eq!((inbox.len(), &inbox[0]["from"][0]["email"]), (1, &json!(ZOE)));
    let got = bruno.download(inbox[0]["blobId"].as_str().unwrap()).await.bytes;
    let got = String::from_utf8(got).unwrap();
    let (trace, rest) = got.split_at(got.len() - text.len());
    assert_eq!(rest.as_bytes(), text);
    assert!(trace.starts_with(
        "Return-Path: <zoe@ailleurs.fr>\r\nReceived: from mx.ailleurs.fr ([127.0.0.1])\r\n by "
    ));
    assert!(
        trace.contains(" with ESMTP id ") && trace.ends_with("Mon, 23 Nov 2026 08:30:00 +0000\r\n"),
        "{trace}"
    );
}

#[tokio::test]
async fn large_letters_and_reports_are_judged_like_small_ones() {
    let world = World::with_blobs_in_files();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    assert!(
        client.send(ZOE, BRUNO, b"From: zoe@ailleurs.fr\r\n\r\nBonjour\r\n").await.contains("(not_sealed)")
    );
    assert!(client.send(ZOE, BRUNO, &letter(ZOE, "sealed")).await.starts_with("250 2.6.0 Delivered"));
    assert!(client.send(ZOE, BRUNO, &letter(ZOE, "sealed")).await.starts_with("250 2.6.0 Delivered"));
    assert!(client.send("", ANNE, &dsn("", ZOE, "failed")).await.starts_with("554 5.6.0 This report"));
    assert_eq!((bruno.emails("inbox").await.len(), anne.emails("inbox").await.len()), (1, 0));
    assert_eq!(world.relay.store().blobs().list().unwrap().len(), 4);
    world.relay.sweep().unwrap();
    assert_eq!(world.relay.store().blobs().list().unwrap().len(), 1, "what was refused is not kept");
}

#[tokio::test]
async fn dots_at_the_beginning_of_lines_are_taken_off_once() {
    let world = World::new();
    let bruno = world.member(BRUNO);
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    let sealed =
        String::from_utf8(letter_with("From: zoe@ailleurs.fr\r\nX-Dots: a\r\n ..b\r\n", "dots")).unwrap();
    let stuffed = sealed.replace("\r\n.", "\r\n..");
    assert!(client.send(ZOE, BRUNO, stuffed.as_bytes()).await.starts_with("250"));
    let blob = bruno.emails("inbox").await[0]["blobId"].as_str().unwrap().to_owned();
    assert!(bruno.download(&blob).await.bytes.ends_with(sealed.as_bytes()));
}

/// Ends of data that other programs take for one (SMTP smuggling): none of them ends it, and nothing after runs.
#[tokio::test]
async fn only_one_sequence_ends_a_letter() {
    let inner = "MAIL FROM:<admin@exemple.fr>\r\nRCPT TO:<claire@exemple.fr>\r\nDATA\r\n";
    for end in [
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\n",
        "\r\n.\r",
        "\r\n\r.\r\n",
        "\n\n.\r\n",
        "\r\n.\r\r\n",
        "\r\n\n.\n",
        "\r\n.\0\r\n",
        "\r\n.\n\r\n",
    ] {
        let world = World::new();
        let (bruno, claire) = (world.member(BRUNO), world.member(CLAIRE));
        let (mut client, task) = Client::of(&clear_door(&world)).await;
        client.begin(ZOE, BRUNO).await;
        let smuggled = String::from_utf8(letter(ZOE, "second")).unwrap();
        let text = String::from_utf8(letter(ZOE, "first")).unwrap();
        let text = text.trim_end();
        client.say(format!("{text}{end}{inner}{smuggled}\r\n.\r\nQUIT\r\n").as_bytes()).await;
        let replies = client.rest().await;
        let is_nul = end.contains('\0');
        let expected = if is_nul { "554 5.6.0" } else { "554 5.5.2" };
        assert!(replies[0].starts_with(expected), "{end:?}: {replies:?}");
        assert_eq!(replies.len(), if is_nul { 2 } else { 1 }, "{end:?}: {replies:?}");
        drop(client);
        task.await.unwrap();
        assert!(claire.emails("inbox").await.is_empty() && bruno.emails("inbox").await.is_empty(), "{end:?}");
    }
}

#[tokio::test]
async fn a_bare_line_end_in_a_command_ends_the_connection() {
    for line in ["NOOP\nNOOP\r\n", "NOOP\rNOOP\r\n", "NOOP \r\r\n", "EHLO a\n", "\nNOOP\r\n"] {
        let world = World::new();
        let (mut client, task) = Client::of(&clear_door(&world)).await;
        client.say(format!("{line}NOOP\r\n").as_bytes()).await;
        let replies = client.rest().await;
        assert!(replies.len() == 1 && replies[0].starts_with("554 5.5.2"), "{line:?}: {replies:?}");
        drop(client);
        task.await.unwrap();
    }
}

#[tokio::test]
async fn without_tls_nothing_is_taken_and_nothing_is_injected_before_it() {
    let (world, identity) = (World::new(), Identity::new());
    let bruno = world.member(BRUNO);
    let door = identity.door(&world);
    let (mut client, _task) = Client::of(&door).await;
    assert!(client.ask("EHLO x").await.contains("250-STARTTLS\r\n"));
    for line in ["MAIL FROM:<a@b.fr>", "RCPT TO:<bruno@exemple.fr>", "DATA", "RSET", "VRFY a"] {
        assert!(client.ask(line).await.starts_with("530 5.7.0"), "{line}");
    }
    assert!(client.ask("NOOP").await.starts_with("250"));
    client.say(b"STARTTLS\r\nEHLO y\r\nMAIL FROM:<a@b.fr>\r\n").await;
    let replies = client.rest().await;
    assert!(replies.len() == 1 && replies[0].starts_with("554 5.5.1"), "{replies:?}");

    let (mut client, _task) = Client::of(&door).await;
    client.ask("EHLO before").await;
    assert!(client.ask("STARTTLS").await.starts_with("220"));
    let name = ServerName::try_from("localhost").unwrap();
    let stream = identity.connector().connect(name, client.stream.into_inner()).await.unwrap();
    let mut client = Client { stream: BufReader::new(stream) };
    assert!(
        client.ask("MAIL FROM:<a@b.fr>").await.starts_with("503 5.5.1"),
        "EHLO before TLS does not count"
    );
    assert!(!client.ask("EHLO after").await.contains("STARTTLS"));
    assert!(client.ask("STARTTLS").await.starts_with("503 5.5.1"));
    assert!(client.send(ZOE, BRUNO, &letter(ZOE, "tls")).await.starts_with("250 2.6.0"));
    let blob = bruno.emails("inbox").await[0]["blobId"].as_str().unwrap().to_owned();
    let got = String::from_utf8(bruno.download(&blob).await.bytes).unwrap();
    assert!(got.contains(" with ESMTPS id "), "{got}");
}

#[tokio::test]
async fn limits_have_a_reply_each() {
    let world = World::new();
    let _bruno = world.member(BRUNO);
    let door = clear_door(&world);
    let (mut client, _task) = Client::of(&door).await;
    assert!(client.ask(&format!("NOOP {}", "a".repeat(600))).await.starts_with("500 5.5.2"));
    assert!(client.ask(&"a".repeat(30_000)).await.starts_with("500 5.5.2"));
    assert!(client.ask("NOOP").await.starts_with("250"), "the next one is read");
    assert!(client.ask(&"a".repeat(200_000)).await.starts_with("500 5.5.2"));
    assert_eq!(client.hear().await, None, "a flood ends the connection");

    let (mut client, _task) = Client::of(&door).await;
    client.begin(ZOE, BRUNO).await;
    let long = [&b"From: zoe@ailleurs.fr\r\n\r\n"[..], &[b'a'; 999], b"\r\n.\r\n"].concat();
    client.say(&long).await;
    assert!(client.hear().await.unwrap().starts_with("554 5.6.0 A line"));

    let (mut client, _task) = Client::of(&door).await;
    for _ in 0..limits::SMTP_ERRORS {
        assert!(client.ask("WHAT").await.starts_with("500"));
    }
    assert!(client.ask("WHAT").await.starts_with("421 4.7.0 Too many errors"));
    assert_eq!(client.hear().await, None);

    let (mut client, _task) = Client::of(&door).await;
    for _ in 0..limits::SMTP_COMMANDS {
        assert!(client.ask("NOOP").await.starts_with("250"));
    }
    assert!(client.ask("NOOP").await.starts_with("421 4.7.0 Too many commands"));
}

#[tokio::test]
async fn addresses_cannot_be_collected() {
    let world = World::new();
    let _bruno = world.member(BRUNO);
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    client.ask("EHLO x").await;
    client.ask("MAIL FROM:<a@b.fr>").await;
    for at in 0..limits::SMTP_UNKNOWN_RECIPIENTS {
        assert!(client.ask(&format!("RCPT TO:<guess{at}@exemple.fr>")).await.starts_with("550 5.1.1"));
        assert!(client.ask("RCPT TO:<bruno@exemple.fr>").await.starts_with("250"));
    }
    assert!(client.ask("RCPT TO:<guess@exemple.fr>").await.starts_with("421 4.7.0"));
    assert_eq!(client.hear().await, None);
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let world = World::new();
    let door = clear_door(&world);
    let mut open = Vec::new();
    for _ in 0..limits::SMTP_CONNECTIONS_PER_ADDRESS {
        open.push(Client::of(&door).await);
    }
    let (here, there) = tokio::io::duplex(1_024);
    let more = door.clone();
    let task = tokio::spawn(async move { more.answer(there, PEER).await });
    let mut client = Client { stream: BufReader::new(here) };
    assert!(client.hear().await.unwrap().starts_with("421 4.3.2"));
    drop(client);
    task.await.unwrap();
    let (mut one, task) = open.pop().unwrap();
    one.ask("QUIT").await;
    drop(one);
    task.await.unwrap();
    Client::of(&door).await;
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_sent_away() {
    let world = World::new();
    let _bruno = world.member(BRUNO);
    let door = clear_door(&world);
    let (mut idle, _task) = Client::of(&door).await;
    let (mut slow, _other) = Client::of(&door).await;
    slow.say(b"NOO").await;
    assert!(idle.hear().await.unwrap().starts_with("421 4.4.2"));
    assert!(slow.hear().await.unwrap().starts_with("421 4.4.2"));
}

/// A generator of numbers from a seed (xorshift), so that a failure can be run again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

#[tokio::test]
async fn random_and_mutated_commands_get_one_reply_each() {
    const LINES: [&str; 16] = [
        "EHLO x.fr",
        "HELO x",
        "MAIL FROM:<a@b.fr> SIZE=1 ENVID=x+2By",
        "MAIL FROM:<>",
        "RCPT TO:<bruno@exemple.fr>",
        "RCPT TO:<x@y.fr> NOTIFY=NEVER ORCPT=rfc822;a+40b",
        "RSET",
        "NOOP a b",
        "VRFY x",
        "EXPN \"a b\"",
        "HELP",
        "AUTH LOGIN",
        "ETRN x",
        "BURL imap://x LAST",
        "STARTTLS",
        "MAIL FROM:<a@b.fr> BY=1;R HOLDFOR=9 MT-PRIORITY=3",
    ];
    let world = World::new();
    let _bruno = world.member(BRUNO);
    let door = clear_door(&world);
    for seed in 1..=300 {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let (mut client, task) = Client::of(&door).await;
        for _ in 0..200 {
            let mut line = LINES[numbers.below(LINES.len())].as_bytes().to_vec();
            for _ in 0..numbers.below(4) {
                let (at, octet) = (numbers.below(line.len() + 1), u8::try_from(numbers.below(256)).unwrap());
                match numbers.below(3) {
                    0 => line.insert(at, octet),
                    1 if at < line.len() => drop(line.remove(at)),
                    _ => line.truncate(at),
                }
            }
            // Those are another test's.
            line.retain(|b| !b"\r\n".contains(b));
            if line.to_ascii_uppercase().starts_with(b"DATA")
                || line.to_ascii_uppercase().starts_with(b"BDAT")
            {
                continue;
            }
            let shown = String::from_utf8_lossy(&line).into_owned();
            client.say(&[&line[..], b"\r\nNOOP\r\n"].concat()).await;
            let Some(reply) = client.hear().await else { panic!("seed {seed}: no reply to {shown:?}") };
            assert!(reply.starts_with(['2', '4', '5']), "seed {seed}: {shown:?}: {reply}");
            if reply.starts_with("421") || reply.starts_with("221") || reply.starts_with("554 5.5.1") {
                break;
            }
            let noop = client.hear().await;
            assert_eq!(noop.as_deref(), Some("250 2.0.0 Ok\r\n"), "seed {seed}: {shown:?}: {reply}");
        }
        drop(client);
        task.await.unwrap();
    }
}

/// A route to a port of this machine, whose certificate is for `localhost`.
fn local(port: u16, tls: RouteTls) -> Route {
    Route { domain: "ailleurs.fr".to_owned(), host: "localhost".to_owned(), port, tls, paused: false }
}

async fn listen(door: Door) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(door.serve(listener));
    port
}

async fn send(member: &Member<'_>, id: &str, to: &[&str]) {
    member.call("Letter/send", member.letter_to(id, to).await).await;
}

async fn status(member: &Member<'_>, address: &str) -> Value {
    let letters = member.call("Letter/get", json!({"ids": null})).await;
    letters["list"][0]["deliveryStatus"][address].clone()
}

#[tokio::test]
async fn two_relays_exchange_letters() {
    let (here, there, identity) = (World::new(), World::new(), Identity::new());
    let (anne, zoe) = (here.member(ANNE), there.member(ZOE));
    let port = listen(identity.door(&there)).await;
    here.relay.add_route(&local(port, RouteTls::Required)).unwrap();
    let worker = Worker::new(here.relay.clone(), Smtp::new("mx.exemple.fr", identity.roots.clone()).unwrap());
    send(&anne, "l-1", &[ZOE, "nobody@ailleurs.fr"]).await;
    assert_eq!(worker.round().await.unwrap(), None);
    let arrived = status(&anne, ZOE).await;
    assert_eq!(arrived["delivered"], "yes", "{arrived}");
    assert!(arrived["smtpReply"].as_str().unwrap().starts_with("250 2.6.0 Delivered"));
    let unknown = status(&anne, "nobody@ailleurs.fr").await;
    assert_eq!(unknown["delivered"], "no");
    assert!(unknown["smtpReply"].as_str().unwrap().starts_with("550 5.1.1 "));
    let inbox = zoe.emails("inbox").await;
    assert_eq!((inbox.len(), &inbox[0]["messageId"]), (1, &json!(["l-1@exemple.fr"])));
    let got = zoe.download(inbox[0]["blobId"].as_str().unwrap()).await.bytes;
    assert!(got.ends_with(&letter(ANNE, "l-1")));
}

#[tokio::test]
async fn a_host_with_another_certificate_or_without_tls_gets_nothing() {
    let (here, there, identity) = (World::new(), World::new(), Identity::new());
    let (anne, zoe) = (here.member(ANNE), there.member(ZOE));
    let stranger = Identity::new();
    let with_tls = listen(identity.door(&there)).await;
    let without = listen(clear_door(&there)).await;
    send_after_route(&here, &anne, "l-1", local(with_tls, RouteTls::Required)).await;
    let smtp = Smtp::new("mx.exemple.fr", stranger.roots.clone()).unwrap();
    let worker = Worker::new(here.relay.clone(), smtp);
    worker.round().await.unwrap();
    assert!(
        status(&anne, ZOE).await["smtpReply"].as_str().unwrap().starts_with("454 4.7.5 TLS with the host")
    );
    send_after_route(&here, &anne, "l-2", local(without, RouteTls::Required)).await;
    worker.round().await.unwrap();
    assert!(
        status(&anne, ZOE).await["smtpReply"]
            .as_str()
            .unwrap()
            .starts_with("454 4.7.5 The host offers no TLS")
    );
    assert!(zoe.emails("inbox").await.is_empty());
    for (id, port) in [("l-3", without), ("l-4", with_tls)] {
        send_after_route(&here, &anne, id, local(port, RouteTls::Opportunistic)).await;
        worker.round().await.unwrap();
        assert_eq!(status(&anne, ZOE).await["delivered"], "unknown", "nobody showed that it is the host");
    }
    assert_eq!(zoe.emails("inbox").await.len(), 2);
}

async fn send_after_route(world: &World, member: &Member<'_>, id: &str, route: Route) {
    world.relay.add_route(&route).unwrap();
    send(member, id, &[ZOE]).await;
}

/// Delivers, and the first times never tells: as if the relay had been killed between the other's 250 and its commit.
struct Forgetful {
    smtp: Smtp,
    killed: Arc<AtomicUsize>,
}

impl Outbound for Forgetful {
    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let attempt = self.smtp.deliver(parcel).await;
            if self.killed.fetch_add(1, Ordering::Relaxed) == 0 {
                std::future::pending::<()>().await;
            }
            attempt
        })
    }
}

#[tokio::test]
async fn a_letter_sent_again_after_a_crash_arrives_once() {
    let (here, there, identity) = (World::new(), World::new(), Identity::new());
    let (anne, zoe) = (here.member(ANNE), there.member(ZOE));
    let port = listen(identity.door(&there)).await;
    here.relay.add_route(&local(port, RouteTls::Required)).unwrap();
    let killed = Arc::<AtomicUsize>::default();
    let forgetful = || Forgetful {
        smtp: Smtp::new("mx.exemple.fr", identity.roots.clone()).unwrap(),
        killed: Arc::clone(&killed),
    };
    send(&anne, "l-1", &[ZOE]).await;
    let dying = tokio::spawn(Worker::new(here.relay.clone(), forgetful()).run());
    while killed.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    dying.abort();
    assert_eq!(
        (zoe.emails("inbox").await.len(), &status(&anne, ZOE).await["delivered"]),
        (1, &json!("queued"))
    );
    here.clock.advance(limits::LEASE);
    Worker::new(here.relay.clone(), forgetful()).round().await.unwrap();
    assert_eq!(killed.load(Ordering::Relaxed), 2, "sent again");
    assert_eq!(status(&anne, ZOE).await["delivered"], "yes");
    assert_eq!(zoe.emails("inbox").await.len(), 1);
    // The same words again by another sending are another letter.
    let mut again = anne.letter_to("l-1", &[ZOE]).await;
    again["clientLetterId"] = json!("l-2");
    anne.call("Letter/send", again).await;
    Worker::new(here.relay.clone(), forgetful()).round().await.unwrap();
    assert_eq!(zoe.emails("inbox").await.len(), 2);
}

#[tokio::test]
async fn an_id_somebody_knows_does_not_keep_the_true_letter_out() {
    let world = World::new();
    let bruno = world.member(BRUNO);
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    for (text, arrived) in [("false", 1), ("true", 2), ("true", 2)] {
        client.ask("EHLO x").await;
        client.ask(&format!("MAIL FROM:<{ZOE}> ENVID=known")).await;
        client.ask("RCPT TO:<bruno@exemple.fr>").await;
        client.ask("DATA").await;
        client.say(&[&letter(ZOE, text)[..], b".\r\n"].concat()).await;
        assert!(client.hear().await.unwrap().starts_with("250 2.6.0"));
        assert_eq!(bruno.emails("inbox").await.len(), arrived, "{text}");
    }
}

/// A server that says its lines, one per command heard, whatever the command.
async fn scripted(lines: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(recite(stream, lines));
        }
    });
    port
}

async fn recite(stream: TcpStream, lines: &'static [&'static str]) {
    let mut stream = BufReader::new(stream);
    let mut in_text = false;
    for line in lines {
        let _ = stream.get_mut().write_all(line.as_bytes()).await;
        loop {
            let mut heard = String::new();
            if stream.read_line(&mut heard).await.unwrap_or(0) == 0 {
                return;
            }
            if !in_text || heard == ".\r\n" {
                break;
            }
        }
        in_text = line.starts_with("354");
    }
}

#[tokio::test]
async fn replies_of_other_hosts_become_states() {
    let ok: &[&str] =
        &["220 x\r\n", "250-x\r\n250 DSN\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n"];
    for (script, delivered, reply) in [
        (ok, "unknown", "250 taken"),
        (&["220 x\r\n", "250 x\r\n", "250 ok\r\n", "550 5.1.1 No\r\n"], "no", "550 5.1.1 No"),
        (
            &["220 x\r\n", "250 x\r\n", "250 ok\r\n", "451-4.7.1 Grey\r\n451 4.7.1 list\r\n"],
            "queued",
            "451 4.7.1 Grey list",
        ),
        (&["220 x\r\n", "250 x\r\n", "553 5.1.8 Who\r\n"], "no", "553 5.1.8 Who"),
        (&["220 x\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n", "554 no\r\n"], "no", "554 no"),
        (
            &["220 x\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "554 5.6.0 spam\r\n"],
            "no",
            "554 5.6.0 spam",
        ),
        (
            &["220 x\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "452 4.3.1 full\r\n"],
            "queued",
            "452 4.3.1 full",
        ),
        (
            &["220 x\r\n", "250-x\r\n250 SIZE 10\r\n"],
            "no",
            "552 5.3.4 The host takes no letters of this size",
        ),
        (&["554 5.3.2 Go away\r\n"], "queued", "554 5.3.2 Go away"),
        (&["220 x\r\n", "421 4.3.2 Down\r\n"], "queued", "421 4.3.2 Down"),
        (&["hello\r\n"], "queued", "421 4.5.0 The host answered with something that is no reply"),
        (&["220 x\r\n", "250 x\r\n"], "queued", "421 4.4.2 The host broke off the connection"),
    ] as [(&'static [&'static str], &str, &str); 12]
    {
        let world = World::new();
        let anne = world.member(ANNE);
        let port = scripted(script).await;
        send_after_route(&world, &anne, "l-1", local(port, RouteTls::Opportunistic)).await;
        let smtp = Smtp::new("mx.exemple.fr", RootCertStore::empty()).unwrap();
        Worker::new(world.relay.clone(), smtp).round().await.unwrap();
        let state = status(&anne, ZOE).await;
        assert_eq!(
            (&state["delivered"], &state["smtpReply"]),
            (&json!(delivered), &json!(reply)),
            "{script:?}"
        );
    }
}

#[tokio::test]
async fn nobody_listens_where_the_route_leads() {
    let world = World::new();
    let anne = world.member(ANNE);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    send_after_route(&world, &anne, "l-1", local(port, RouteTls::Required)).await;
    let smtp = Smtp::new("mx.exemple.fr", RootCertStore::empty()).unwrap();
    Worker::new(world.relay.clone(), smtp).round().await.unwrap();
    assert_eq!(status(&anne, ZOE).await["smtpReply"], "421 4.4.1 The host cannot be reached");
}

#[tokio::test]
async fn what_a_host_says_before_tls_is_not_heard_within() {
    let world = World::new();
    let anne = world.member(ANNE);
    let port = scripted(&["220 x\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"]).await;
    send_after_route(&world, &anne, "l-1", local(port, RouteTls::Required)).await;
    let smtp = Smtp::new("mx.exemple.fr", RootCertStore::empty()).unwrap();
    Worker::new(world.relay.clone(), smtp).round().await.unwrap();
    let reply = status(&anne, ZOE).await["smtpReply"].clone();
    assert!(reply.as_str().unwrap().starts_with("421 4.5.0"), "{reply}");
}

/// A carrier for which every letter is taken; it remembers the envelope id.
#[derive(Clone, Default)]
struct Taker(Arc<std::sync::Mutex<String>>);

impl Outbound for Taker {
    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> BoxFuture<'a, Attempt> {
        *self.0.lock().unwrap() = parcel.envelope_id.clone();
        Box::pin(async move { Attempt::all(parcel, Fate::Taken, "250 2.0.0 Ok", true) })
    }
}

fn dsn(envelope: &str, recipient: &str, action: &str) -> Vec<u8> {
    format!(
        "From: mx@ailleurs.fr\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n{envelope}\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: 5.2.0\r\n--b\r\n\
         Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <l-1@exemple.fr>\r\n--b--\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn reports_become_states_and_never_letters() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let taker = Taker::default();
    let route = Route { domain: "*".to_owned(), ..local(25, RouteTls::Required) };
    world.relay.add_route(&route).unwrap();
    let yves = "yves@ailleurs.fr";
    send(&anne, "l-1", &[ZOE, yves]).await;
    Worker::new(world.relay.clone(), taker.clone()).round().await.unwrap();
    let id = taker.0.lock().unwrap().clone();
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    let envelope = format!("Original-Envelope-Id: {id}\r\n");
    let foreign = "Original-Envelope-Id: other\r\n";
    for (to, text, expected) in [
        (ANNE, dsn(foreign, ZOE, "failed"), "554 5.6.0 This report"),
        (BRUNO, dsn(&envelope, ZOE, "failed"), "554 5.6.0 This report"),
        (ANNE, dsn(&envelope, "somebody@else.fr", "failed"), "250"),
        (ANNE, dsn(&envelope, ZOE, "delayed"), "250"),
    ] {
        let reply = client.send("", to, &text).await;
        assert!(reply.starts_with(expected), "{reply}");
        assert_eq!(status(&anne, ZOE).await["delivered"], "unknown");
    }
    let state = anne.call("Letter/get", json!({"ids": []})).await["state"].clone();
    assert!(client.send("", ANNE, &dsn(&envelope, ZOE, "failed")).await.starts_with("250"));
    assert_ne!(anne.call("Letter/get", json!({"ids": []})).await["state"], state);
    assert_eq!(status(&anne, ZOE).await["smtpReply"], "550 5.2.0");
    assert!(client.send("", ANNE, &dsn("", yves, "delivered")).await.starts_with("250"), "by its Message-ID");
    assert_eq!(status(&anne, yves).await["delivered"], "yes");
    assert!(client.send("", ANNE, &dsn(&envelope, yves, "failed")).await.starts_with("250"));
    assert_eq!(status(&anne, yves).await["delivered"], "yes", "what is final stays");
    let with_sender = client.send(ZOE, ANNE, &dsn(&envelope, ZOE, "delivered")).await;
    assert!(with_sender.contains("(not_sealed)"), "a report has no return path: {with_sender}");
    assert!(anne.emails("inbox").await.is_empty() && bruno.emails("inbox").await.is_empty());
}

#[tokio::test]
async fn a_disposition_says_that_a_letter_was_shown() {
    let world = World::new();
    let anne = world.member(ANNE);
    world.relay.add_route(&local(25, RouteTls::Required)).unwrap();
    send(&anne, "l-1", &[ZOE]).await;
    Worker::new(world.relay.clone(), Taker::default()).round().await.unwrap();
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    let mdn = format!(
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b\r\n\
         Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822;{ZOE}\r\n\
         Original-Message-ID: <l-1@exemple.fr>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n--b--\r\n"
    );
    assert!(client.send("", ANNE, mdn.as_bytes()).await.starts_with("250"));
    let state = status(&anne, ZOE).await;
    assert_eq!((&state["displayed"], &state["delivered"]), (&json!("yes"), &json!("unknown")));
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_leaves_nothing() {
    let world = World::new();
    let bruno = world.member(BRUNO);
    let (mut client, task) = Client::of(&clear_door(&world)).await;
    client.begin(ZOE, BRUNO).await;
    client.say(&letter(ZOE, "half")).await;
    drop(client);
    task.await.unwrap();
    assert!(bruno.emails("inbox").await.is_empty());
    assert!(world.relay.store().blobs().list().unwrap().is_empty());
}

#[tokio::test]
async fn a_full_mailbox_is_told_before_the_letter_comes() {
    let world = World::new();
    let bruno = world.member(BRUNO);
    world.relay.set_quota(BRUNO, None, Some(0)).unwrap();
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    client.ask("EHLO x").await;
    client.ask("MAIL FROM:<a@b.fr>").await;
    assert!(client.ask("RCPT TO:<bruno@exemple.fr>").await.starts_with("552 5.2.2"));
    world.relay.set_quota(BRUNO, Some(10), None).unwrap();
    let (mut client, _task) = Client::of(&clear_door(&world)).await;
    assert!(client.send(ZOE, BRUNO, &letter(ZOE, "large")).await.starts_with("552 5.2.2"));
    assert!(bruno.emails("inbox").await.is_empty());
}

#[tokio::test]
async fn a_letter_in_binary_does_not_go_out() {
    let world = World::new();
    let anne = world.member(ANNE);
    world.relay.add_route(&local(25, RouteTls::Required)).unwrap();
    let mut request = anne.letter_to("l-1", &[ZOE]).await;
    let headers = format!(
        "From: {ANNE}\r\nSubject: [...]\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime\r\n\
        Content-Transfer-Encoding: binary\r\n\r\n"
    );
    let body = super::world::cms(super::world::AUTH_ENVELOPED, &[0, 13, 10, 46, 13, 10, 255]);
    let blob = anne.upload(&[headers.as_bytes(), &body].concat()).await;
    request["envelopes"][0] = json!({"blobId": blob, "rcptTo": [ZOE]});
    anne.call("Letter/send", request).await;
    let smtp = Smtp::new("mx.exemple.fr", RootCertStore::empty()).unwrap();
    Worker::new(world.relay.clone(), smtp).round().await.unwrap();
    let state = status(&anne, ZOE).await;
    assert_eq!(state["delivered"], "no");
    assert!(state["smtpReply"].as_str().unwrap().starts_with("554 5.6.1 "), "{state}");
}

#[tokio::test]
async fn tls_from_the_first_byte_is_a_route_too() {
    let (here, there, identity) = (World::new(), World::new(), Identity::new());
    let (anne, zoe) = (here.member(ANNE), there.member(ZOE));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (acceptor, door) =
        (tokio_rustls::TlsAcceptor::from(Arc::clone(&identity.server)), clear_door(&there));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        door.answer(acceptor.accept(stream).await.unwrap(), PEER).await;
    });
    send_after_route(&here, &anne, "l-1", local(port, RouteTls::Implicit)).await;
    let smtp = Smtp::new("mx.exemple.fr", identity.roots.clone()).unwrap();
    Worker::new(here.relay.clone(), smtp).round().await.unwrap();
    assert_eq!((zoe.emails("inbox").await.len(), &status(&anne, ZOE).await["delivered"]), (1, &json!("yes")));
}
