//! TLS by the relay itself: what it speaks, and certificates that change while it serves.

use std::{fs, path::PathBuf, sync::Arc};

use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use sceau_relay::serve::{serve, tls::Tls};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    storage::Folder,
    world::{ANNE, World},
};

struct Files {
    _folder: Folder,
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        fs::create_dir_all(&folder.0).unwrap();
        let files =
            Self { certificate: folder.0.join("tls.crt"), key: folder.0.join("tls.key"), _folder: folder };
        files.renew();
        files
    }

    /// A new certificate in place of the one before.
    fn renew(&self) {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&self.certificate, cert.pem()).unwrap();
        fs::write(&self.key, signing_key.serialize_pem()).unwrap();
    }

    fn shown(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(&self.certificate).unwrap()
    }

    fn open(&self) -> Arc<Tls> {
        Arc::new(Tls::open(&self.certificate, &self.key).unwrap())
    }
}

async fn start(world: &World, tls: &Arc<Tls>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(world.relay.clone(), listener, Some(tls.clone())));
    host
}

/// Shakes hands with whoever shows this certificate, and speaks one of these protocols.
async fn connect(
    host: &str,
    trusted: &CertificateDer<'static>,
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(host).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// One request over a line that is kept; the head and body of its answer.
async fn ask(line: &mut TlsStream<TcpStream>, token: &str) -> String {
    let request =
        format!("GET /jmap/session HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    line.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(line.read_u8().await.unwrap());
    }
    let head = String::from_utf8(answer).unwrap();
    let (_, length) = head.split_once("content-length: ").unwrap();
    let mut body = vec![0; length.split_once("\r\n").unwrap().0.parse().unwrap()];
    line.read_exact(&mut body).await.unwrap();
    head + std::str::from_utf8(&body).unwrap()
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_and_addresses_are_https() {
    let world = World::new();
    let doors = sceau_relay::Doors { tls: true, ..sceau_relay::Doors::default() };
    let world = World { relay: world.relay.clone().behind(doors), ..world };
    let anne = world.member(ANNE);
    let files = Files::new("tls-versions");
    let host = start(&world, &files.open()).await;
    let mut first = connect(&host, &files.shown(), &["http/1.1"]).await.unwrap();
    let answer = ask(&mut first, &anne.token).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("https://localhost/jmap/api"), "{answer}");
    let second = connect(&host, &files.shown(), &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(second.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(second)).await;
    let (mut sender, connection) = handshake.unwrap();
    tokio::spawn(connection);
    let request = anne.request("GET", "https://localhost/jmap/session").body(String::new()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, hyper::Version::HTTP_2));
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains("https://localhost/jmap/api"));
    // A page says where it is from, and there is no Host to compare with but the one in the address.
    for (origin, status) in [("https://localhost", 200), ("https://elsewhere.example", 403)] {
        let request = anne.request("POST", "https://localhost/jmap/api").header("origin", origin);
        let request = request.header("content-type", "application/json");
        let call = json!({"using": [], "methodCalls": []}).to_string();
        let answer = sender.send_request(request.body(call).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{origin}");
    }
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_new_connections_and_the_old_ones_go_on() {
    let world = World::new();
    let anne = world.member(ANNE);
    let files = Files::new("tls-renewed");
    let tls = files.open();
    let host = start(&world, &tls).await;
    let before = files.shown();
    let mut old = connect(&host, &before, &["http/1.1"]).await.unwrap();
    ask(&mut old, &anne.token).await;
    files.renew();
    tls.reload().unwrap();
    assert!(connect(&host, &before, &["http/1.1"]).await.is_err(), "the old one is not shown any more");
    let mut new = connect(&host, &files.shown(), &["http/1.1"]).await.unwrap();
    assert!(ask(&mut new, &anne.token).await.starts_with("HTTP/1.1 200"));
    assert!(ask(&mut old, &anne.token).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_wrong_new_file_keeps_the_old_and_says_what_is_wrong() {
    let world = World::new();
    let anne = world.member(ANNE);
    let (files, other) = (Files::new("tls-wrong"), Files::new("tls-other"));
    let tls = files.open();
    let host = start(&world, &tls).await;
    let (before, key) = (files.shown(), fs::read(&files.key).unwrap());
    let wrong: [(&str, &dyn Fn(), &str); 5] = [
        (
            "another's key",
            &|| fs::write(&files.key, fs::read(&other.key).unwrap()).unwrap(),
            "does not go with",
        ),
        ("no key", &|| fs::write(&files.key, "").unwrap(), "tls.key"),
        ("no certificate", &|| fs::write(&files.certificate, "x").unwrap(), "no certificate in it"),
        (
            "half a certificate",
            &|| fs::write(&files.certificate, "-----BEGIN CERTIFICATE-----\nAA").unwrap(),
            "PEM",
        ),
        ("nothing there", &|| fs::remove_file(&files.certificate).unwrap(), "tls.crt"),
    ];
    for (name, spoil, word) in wrong {
        fs::write(&files.certificate, pem(&before)).unwrap();
        fs::write(&files.key, &key).unwrap();
        spoil();
        let error = tls.reload().unwrap_err().to_string();
        assert!(error.contains(word), "{name}: {error}");
        let mut line = connect(&host, &before, &["http/1.1"]).await.unwrap();
        assert!(ask(&mut line, &anne.token).await.starts_with("HTTP/1.1 200"), "{name}");
    }
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(certificate))
}

#[tokio::test(start_paused = true)]
async fn files_that_change_are_found_by_looking() {
    let world = World::new();
    let files = Files::new("tls-found");
    let tls = files.open();
    let host = start(&world, &tls).await;
    tokio::spawn(tls.follow());
    // The clock of the test stands while there is work, and jumps when there is none.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    files.renew();
    while connect(&host, &files.shown(), &["http/1.1"]).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_shakes_hands_for_ever_or_speaks_plainly_is_cut_off() {
    let world = World::new();
    let files = Files::new("tls-slow");
    let host = start(&world, &files.open()).await;
    for said in [&b""[..], b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP"), "{said:?}");
    }
    assert_eq!(world.member(ANNE).post("/jmap/api", &json!({})).await.status, 400);
}
