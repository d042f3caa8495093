//! A stand-in for push services (RFC 8030): every name leads to it, without a network, and it does as it is told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aes_gcm::{Aes128Gcm, KeyInit as _, Nonce, aead::Aead as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::{FutureExt as _, future::BoxFuture};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey, elliptic_curve::sec1::ToSec1Point as _};
use sceau_relay::{Outbound, Unreachable, Wire};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// What a push service answers.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A status line and headers, as they stand.
    Head(&'static str),
    /// Nothing, with the line held.
    Silence,
    /// There is nobody.
    Nobody,
    /// A head that never ends.
    Endless,
}

pub(crate) const CREATED: Reply = Reply::Head("201 Created\r\ncontent-length: 0");

/// A request that came in.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The services of all hosts.
#[derive(Clone)]
pub(crate) struct PushService {
    seen: UnboundedSender<Seen>,
    replies: Arc<Mutex<HashMap<String, Reply>>>,
}

impl PushService {
    /// The services, and what they see.
    pub(crate) fn new() -> (Self, UnboundedReceiver<Seen>) {
        let (seen, sees) = unbounded_channel();
        (Self { seen, replies: Arc::default() }, sees)
    }

    /// What the service at `host` answers from now on.
    pub(crate) fn reply(&self, host: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(host.to_owned(), reply);
    }

    async fn serve(self, host: String, port: u16, mut stream: DuplexStream) {
        let seen = read(host, port, &mut stream).await;
        let reply = self.replies.lock().unwrap().get(&seen.host).cloned().unwrap_or(CREATED);
        let _ = self.seen.send(seen);
        match reply {
            Reply::Head(head) => {
                // Whoever has read the head may be gone.
                let _ = stream.write_all(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes()).await;
            }
            Reply::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 201 Created\r\n").await;
                while stream.write_all(b"x: 0123456789\r\n").await.is_ok() {}
            }
            Reply::Silence => std::future::pending().await,
            Reply::Nobody => {}
        }
    }
}

impl Outbound for PushService {
    fn connect(&self, host: &str, port: u16) -> BoxFuture<'static, Result<Box<dyn Wire>, Unreachable>> {
        if let Some(Reply::Nobody) = self.replies.lock().unwrap().get(host) {
            return async { Err(Unreachable::NotGlobal) }.boxed();
        }
        let (ours, theirs) = duplex(65_536);
        tokio::spawn(self.clone().serve(host.to_owned(), port, ours));
        async { Ok(Box::new(theirs) as Box<dyn Wire>) }.boxed()
    }
}

async fn read(host: String, port: u16, stream: &mut DuplexStream) -> Seen {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().lines();
    let line = lines.next().unwrap().to_owned();
    let headers: HashMap<String, String> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(n, v)| (n.to_lowercase(), v.to_owned()))
        .collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    Seen { host, port, line, headers, body }
}

/// The receiving side of RFC 8291, as a browser has it.
pub(crate) struct UserAgent {
    key: SecretKey,
    auth: [u8; 16],
}

impl UserAgent {
    pub(crate) fn new() -> Self {
        Self { key: SecretKey::from_slice(&[7; 32]).unwrap(), auth: [9; 16] }
    }

    fn point(&self) -> Vec<u8> {
        self.key.public_key().to_sec1_point(false).as_bytes().to_vec()
    }

    /// `keys` of a subscription (RFC 8620 §7.2).
    pub(crate) fn keys(&self) -> Value {
        json!({"p256dh": URL_SAFE_NO_PAD.encode(self.point()), "auth": URL_SAFE_NO_PAD.encode(self.auth)})
    }

    /// Opens a message (RFC 8291 §3.4, RFC 8188 §2).
    pub(crate) fn open(&self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (header, rest) = rest.split_at(5);
        assert_eq!(header, [0, 0, 16, 0, 65], "records of 4096 octets, a key of 65");
        let (sender, record) = rest.split_at(65);
        let theirs = PublicKey::from_sec1_bytes(sender).unwrap();
        let shared = p256::ecdh::diffie_hellman(self.key.to_nonzero_scalar(), theirs.as_affine());
        let info = [b"WebPush: info\0".as_slice(), &self.point(), sender].concat();
        let material: [u8; 32] = derive(&self.auth, shared.raw_secret_bytes(), &info);
        let key: [u8; 16] = derive(salt, &material, b"Content-Encoding: aes128gcm\0");
        let nonce: [u8; 12] = derive(salt, &material, b"Content-Encoding: nonce\0");
        let opened = Aes128Gcm::new(&key.into()).decrypt(&Nonce::from(nonce), record).unwrap();
        let end = opened.iter().rposition(|octet| *octet != 0).unwrap();
        assert_eq!(opened[end], 2, "the last record");
        serde_json::from_slice(&opened[..end]).unwrap()
    }
}

fn derive<const N: usize>(salt: &[u8], material: &[u8], info: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(Some(salt), material).expand(info, &mut out).unwrap();
    out
}
