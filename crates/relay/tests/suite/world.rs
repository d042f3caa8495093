//! A relay in memory with a clock of its own, and letters that pass its door.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;
use sceau_relay::{Relay, app, clock::ManualClock};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::database;

pub(crate) const NOW: i64 = 1_795_422_600;
pub(crate) const ANNE: &str = "anne@exemple.fr";
pub(crate) const BRUNO: &str = "bruno@exemple.fr";
pub(crate) const CLAIRE: &str = "claire@exemple.fr";

pub(crate) struct World {
    pub(crate) relay: Relay,
    pub(crate) clock: Arc<ManualClock>,
    /// From where requests come; from nowhere until it is said.
    pub(crate) peer: Mutex<Option<SocketAddr>>,
}

/// An answer, its body read as JSON when it is some.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) json: Value,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let relay = Relay::with_store(database::new_store(), clock.clone());
        Self::over(relay, clock)
    }

    /// Each blob is a file, however small.
    pub(crate) fn with_blobs_in_files() -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let store = database::new_store().with_blobs_in_rows(None);
        Self::over(Relay::with_store(store, clock.clone()), clock)
    }

    pub(crate) fn over(relay: Relay, clock: Arc<ManualClock>) -> Self {
        Self { relay, clock, peer: Mutex::default() }
    }

    pub(crate) fn app(&self) -> Router {
        app(self.relay.clone())
    }

    pub(crate) fn member(&self, address: &str) -> Member<'_> {
        let token = self.relay.create_token(address).unwrap();
        Member { world: self, address: address.to_owned(), account: token.account_id.0, token: token.token }
    }

    /// From now on, requests come from that address.
    pub(crate) fn come_from(&self, address: &str) {
        *self.peer.lock().unwrap() = Some(SocketAddr::new(address.parse().unwrap(), 4711));
    }

    /// A request as it comes from there.
    pub(crate) fn placed(&self, mut request: Request<Body>) -> Request<Body> {
        if let Some(peer) = *self.peer.lock().unwrap() {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        request
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let request = self.placed(request);
        let response = self.app().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, bytes, json }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

/// Someone with a session.
pub(crate) struct Member<'a> {
    pub(crate) world: &'a World,
    pub(crate) address: String,
    pub(crate) account: String,
    pub(crate) token: String,
}

impl Member<'_> {
    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.world.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header(header::CONTENT_TYPE, "application/json");
        self.world.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Calls methods with every capability; the account id is filled in.
    pub(crate) async fn calls(&self, calls: &[(&str, Value)]) -> Vec<(String, Value)> {
        let calls: Vec<Value> = calls
            .iter()
            .enumerate()
            .map(|(at, (name, arguments))| {
                let mut arguments = arguments.clone();
                let members = arguments.as_object_mut().unwrap();
                members.entry("accountId").or_insert(json!(self.account));
                json!([name, arguments, at.to_string()])
            })
            .collect();
        let using: Vec<&str> = sceau_api::capability::ALL.to_vec();
        let answer = self.post("/jmap/api", &json!({"using": using, "methodCalls": calls})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        let list = answer.json["methodResponses"].as_array().unwrap().clone();
        list.into_iter().map(|one| (one[0].as_str().unwrap().to_owned(), one[1].clone())).collect()
    }

    /// Calls one method and wants its answer.
    pub(crate) async fn call(&self, name: &str, arguments: Value) -> Value {
        let (answered, value) = self.calls(&[(name, arguments)]).await.remove(0);
        assert_eq!(answered, name, "{value}");
        value
    }

    /// Calls one method and wants an error of that kind.
    pub(crate) async fn fails(&self, name: &str, arguments: Value, kind: &str) -> Value {
        let (answered, value) = self.calls(&[(name, arguments)]).await.remove(0);
        assert_eq!((answered.as_str(), &value["type"]), ("error", &json!(kind)), "{value}");
        value
    }

    pub(crate) async fn try_upload(&self, bytes: &[u8]) -> Answer {
        let request = self.request("POST", &format!("/jmap/upload/{}/", self.account));
        self.world.send(request.body(Body::from(bytes.to_owned())).unwrap()).await
    }

    pub(crate) async fn upload(&self, bytes: &[u8]) -> String {
        let answer = self.try_upload(bytes).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        answer.json["blobId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn download(&self, blob: &str) -> Answer {
        self.get(&format!("/jmap/download/{}/{blob}/x", self.account)).await
    }

    /// The id of the Mailbox with a role.
    pub(crate) async fn mailbox(&self, role: &str) -> String {
        let list = self.call("Mailbox/get", json!({"ids": null})).await["list"].clone();
        let found = list.as_array().unwrap().iter().find(|mailbox| mailbox["role"] == role).unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    /// The Emails in the Mailbox with a role, newest first.
    pub(crate) async fn emails(&self, role: &str) -> Vec<Value> {
        let mailbox = self.mailbox(role).await;
        let reference = json!({"resultOf": "0", "name": "Email/query", "path": "/ids"});
        let calls = [
            ("Email/query", json!({"filter": {"inMailbox": mailbox}})),
            ("Email/get", json!({"#ids": reference})),
        ];
        let answers = self.calls(&calls).await;
        answers[1].1["list"].as_array().unwrap().clone()
    }

    /// Arguments of `Letter/send` for one envelope, its blobs uploaded.
    pub(crate) async fn letter_to(&self, id: &str, to: &[&str]) -> Value {
        let copy = self.upload(&letter(&self.address, &format!("{id}-copy"))).await;
        let main = self.upload(&letter(&self.address, id)).await;
        let card = self.upload(&letter(&self.address, &format!("{id}-card"))).await;
        json!({
            "clientLetterId": id,
            "sentCopy": {"blobId": copy, "cardBlobId": card},
            "envelopes": [{"blobId": main, "cardBlobId": card, "rcptTo": to}],
        })
    }

    pub(crate) async fn import(&self, bytes: &[u8], role: &str) -> String {
        let (blob, mailbox) = (self.upload(bytes).await, self.mailbox(role).await);
        let emails = json!({"x": {"blobId": blob, "mailboxIds": {mailbox: true}}});
        let answer = self.call("Email/import", json!({"emails": emails})).await;
        answer["created"]["x"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = value.len();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 128 => out.push(short),
        _ => {
            let bytes = u32::try_from(length).unwrap().to_be_bytes();
            out.push(0x84);
            out.extend(bytes);
        }
    }
    out.extend(value);
    out
}

/// CMS of one kind around bytes that look like ciphertext.
pub(crate) fn cms(kind: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let data = tlv(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]]);
    let algorithm = tlv(0x30, &[&tlv(6, &[&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46]])]);
    let sealed = tlv(0x30, &[&data, &algorithm, &tlv(0x80, &[ciphertext])]);
    let recipients = tlv(0x31, &[&tlv(0x30, &[&[2, 1, 0]])]);
    let content = tlv(0x30, &[&[2, 1, 0], &recipients, &sealed, &tlv(4, &[&[7; 16]])]);
    tlv(0x30, &[&tlv(6, &[kind]), &tlv(0xa0, &[&content])])
}

/// id-ct-authEnvelopedData.
pub(crate) const AUTH_ENVELOPED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 23];
/// id-signedData.
pub(crate) const SIGNED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

pub(crate) const WRAPPING: &str = "MIME-Version: 1.0\r\n\
    Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=\"smime.p7m\"\r\n\
    Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n";

/// A sealed letter as the relay sees one; `id` makes it unlike others.
pub(crate) fn letter(from: &str, id: &str) -> Vec<u8> {
    let headers =
        format!("From: {from}\r\nTo: {BRUNO}\r\nSubject: [...]\r\nMessage-ID: <{id}@exemple.fr>\r\n");
    letter_with(&headers, id)
}

pub(crate) fn letter_with(headers: &str, id: &str) -> Vec<u8> {
    let body = STANDARD.encode(cms(AUTH_ENVELOPED, id.as_bytes()));
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("{headers}{WRAPPING}\r\n{}\r\n", lines.join("\r\n")).into_bytes()
}
