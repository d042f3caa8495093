//! The relay as the client sees it: log-in routes, JMAP calls (RFC 8620), uploads and downloads.
//!
//! Nothing it answers is believed: blobs are checked against their name, which is their hash, and everything else is
//! either signed, sealed under the vault, or of no consequence.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::{Either, select};
use sceau_api::answer;
use sceau_api::blob::{BlobUpload, BlobUploadResponse, DataSource, UploadObject};
use sceau_api::core::{CallError, Invocation};
use sceau_api::upload::UploadResponse;
use sceau_api::{AccountId, BlobId, Problem, Request as JmapRequest, Response as JmapResponse, path};
use sceau_protocol::{FailureCode, Stage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::failure::{Error, Result};
use crate::job::Job;
use crate::world::{Chunks, Local, Method, Request, Response, TransportError, World};

/// How often a request that is safe to repeat is tried when no answer comes.
const ATTEMPTS: u32 = 3;
/// Pause before the first repetition; doubled each time.
const PAUSE: Duration = Duration::from_millis(300);

/// The longest the relay can have a request wait before it is sent again.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Octets of a request that is kept to be sent again; a larger one is the person's to repeat.
const KEPT_FOR_AGAIN: usize = 1 << 20;

/// Octets of blobs that go with the call about them, in one request: a second on a slow line. Above it, uploads of their own tell how far they
/// are, and can be cancelled.
pub const BLOBS_WITH_CALL: usize = 1 << 16;

/// A bearer token (RFC 6750), in memory only.
type Token = Zeroizing<String>;

/// The way to the relay.
pub struct Relay {
    world: World,
    token: RefCell<Option<Token>>,
    answers: Cell<u64>,
}

impl Relay {
    /// A relay nobody is signed in to.
    pub fn new(world: World) -> Self {
        Self { world, token: RefCell::new(None), answers: Cell::new(0) }
    }

    /// The outside.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// How often it has answered, whatever it said: who compares two counts knows whether it did between them.
    pub fn answers(&self) -> u64 {
        self.answers.get()
    }

    /// Takes up a session.
    pub fn sign_in(&self, token: String) {
        self.token.replace(Some(Zeroizing::new(token)));
    }

    /// Forgets the session.
    pub fn forget(&self) {
        self.token.replace(None);
    }

    /// Posts JSON to a log-in route.
    ///
    /// # Errors
    /// What the relay answered instead, or that it did not.
    pub async fn post<A: Serialize, R: DeserializeOwned>(&self, job: &Job, path: &str, ask: &A) -> Result<R> {
        let body = serde_json::to_vec(ask).map_err(|_| Error::Defect { what: "JSON" })?;
        let answer = self.exchange(job, self.json(path, body)).await?;
        answer::read_octets(&answer).ok_or(Error::Unexpected { what: "log-in answer" })
    }

    /// Ends the session at the relay.
    ///
    /// # Errors
    /// When the relay does not answer; the token is forgotten all the same.
    pub async fn log_out(&self, job: &Job) -> Result<()> {
        let request = self.json(path::LOGOUT, b"{}".to_vec());
        self.forget();
        self.exchange(job, request).await.map(drop)
    }

    /// One JMAP call.
    ///
    /// # Errors
    /// What the relay answered instead, or that it did not.
    pub async fn call<A: Serialize, R: DeserializeOwned>(
        &self,
        job: &Job,
        method: &'static str,
        arguments: &A,
    ) -> Result<R> {
        let mut answers = self.answers_to(job, jmap(method, arguments)?, 1).await?;
        read_answer(take(&mut answers, "0")?, method)
    }

    /// One JMAP call that may be repeated without harm, so it is when no answer comes.
    ///
    /// # Errors
    /// As [`Relay::call`], after the last attempt.
    pub async fn call_again<A: Serialize, R: DeserializeOwned>(
        &self,
        job: &Job,
        method: &'static str,
        arguments: &A,
    ) -> Result<R> {
        let mut answers = self.answers_to(job, jmap(method, arguments)?, ATTEMPTS).await?;
        read_answer(take(&mut answers, "0")?, method)
    }

    /// One JMAP call about blobs that go with it (RFC 9404 §4.1), where there are any; it may be repeated without harm. When the relay
    /// does not take them all this way they are uploaded, which says why not.
    ///
    /// # Errors
    /// As [`Relay::upload`] and [`Relay::call_again`].
    pub async fn call_with_blobs<A: Serialize, R: DeserializeOwned>(
        &self,
        job: &Job,
        account: &AccountId,
        blobs: Vec<Vec<u8>>,
        (method, arguments): (&'static str, &A),
    ) -> Result<R> {
        if !blobs.is_empty() {
            let mut answers =
                self.answers_to(job, with_blobs(account, &blobs, method, arguments)?, ATTEMPTS).await?;
            if take(&mut answers, "0").is_ok_and(|answer| are_made(answer, blobs.len())) {
                return read_answer(take(&mut answers, "1")?, method);
            }
            for blob in blobs {
                self.upload(job, account, blob).await?;
            }
        }
        self.call_again(job, method, arguments).await
    }

    /// The answers to JMAP calls. Apart from what is asked, so that a page carries it once and not once per method.
    fn answers_to<'a>(
        &'a self,
        job: &'a Job,
        body: Vec<u8>,
        attempts: u32,
    ) -> Local<'a, Result<JmapResponse>> {
        Box::pin(async move {
            let mut pause = PAUSE;
            for _ in 1..attempts {
                match self.exchange(job, self.json(path::API, body.clone())).await {
                    Err(error) if error.is_lost_answer() => self.world.clock.sleep(pause).await,
                    done => return read_answers(&done?),
                }
                pause *= 2;
            }
            read_answers(&self.exchange(job, self.json(path::API, body)).await?)
        })
    }

    /// Uploads ciphertext (RFC 8620 §6.1). The name the relay gives must be the content's hash.
    ///
    /// # Errors
    /// `TooLarge`, `RelayFull`, or that the relay does not answer.
    pub async fn upload(&self, job: &Job, account: &AccountId, sealed: Vec<u8>) -> Result<BlobId> {
        let name = blob_name(&sealed);
        let size = octets(sealed.len());
        let mut request =
            self.request(Method::Post, format!("{}{}/", path::UPLOAD, escape(account.as_str())));
        request.headers.push(("content-type".into(), "application/octet-stream".into()));
        request.body = sealed;
        job.tell(Stage::Uploading, 0, size);
        let sent = |done, total| job.tell(Stage::Uploading, done, total);
        let body = self.watched(job, request, &sent, &|_, _| ()).await?;
        let answer: UploadResponse =
            answer::read_octets(&body).ok_or(Error::Unexpected { what: "upload answer" })?;
        if answer.blob_id != name {
            return Err(Error::Unexpected { what: "upload name" });
        }
        Ok(name)
    }

    /// The largest upload the relay takes (RFC 8620 §2).
    ///
    /// # Errors
    /// That the relay does not answer, or does not say.
    pub async fn most_octets(&self, job: &Job) -> Result<u64> {
        let answer = self.exchange(job, self.request(Method::Get, path::SESSION.to_owned())).await?;
        let session: Value = answer::read_octets(&answer).ok_or(Error::Unexpected { what: "session" })?;
        let most = session.pointer("/capabilities/urn:ietf:params:jmap:core/maxSizeUpload");
        most.and_then(Value::as_u64).ok_or(Error::Unexpected { what: "session" })
    }

    /// Downloads ciphertext (RFC 8620 §6.2) and checks it against its name.
    ///
    /// # Errors
    /// `Gone`, or that the relay does not answer, or answers with something else.
    pub async fn download(&self, job: &Job, account: &AccountId, blob: &BlobId) -> Result<Vec<u8>> {
        let path = format!("{}{}/{}/blob", path::DOWNLOAD, escape(account.as_str()), escape(blob.as_str()));
        let received = |done, total| job.tell(Stage::Downloading, done, total);
        let body = self.watched(job, self.request(Method::Get, path), &|_, _| (), &received).await?;
        if blob_name(&body) != *blob {
            return Err(Error::Unexpected { what: "download" });
        }
        Ok(body)
    }

    /// The event source (RFC 8620 §7.3), as raw chunks.
    ///
    /// # Errors
    /// That the relay does not answer.
    pub async fn events(&self) -> Result<Chunks> {
        let path = format!("{}?types=*&closeafter=no&ping={PING_SECONDS}", path::EVENT_SOURCE);
        let mut request = self.request(Method::Get, path);
        request.headers.push(("accept".into(), "text/event-stream".into()));
        self.world.transport.stream(request).await.map_err(|error| match error {
            TransportError::Refused(UNAUTHORIZED) => Error::of(FailureCode::SessionEnded),
            other => other.into(),
        })
    }

    fn json(&self, path: &str, body: Vec<u8>) -> Request {
        let mut request = self.request(Method::Post, path.to_owned());
        request.headers.push(("content-type".into(), "application/json".into()));
        request.body = body;
        request
    }

    fn request(&self, method: Method, path: String) -> Request {
        let token = self.token.borrow();
        let headers =
            token.iter().map(|token| ("authorization".to_owned(), format!("Bearer {}", token.as_str())));
        Request { method, path, headers: headers.collect(), body: Vec::new() }
    }

    async fn exchange(&self, job: &Job, request: Request) -> Result<Vec<u8>> {
        self.watched(job, request, &|_, _| (), &|_, _| ()).await
    }

    /// Sends a request, and again when the relay has too much to do, unless the job is cancelled first.
    async fn watched(
        &self,
        job: &Job,
        request: Request,
        sent: &dyn Fn(u64, u64),
        received: &dyn Fn(u64, u64),
    ) -> Result<Vec<u8>> {
        if request.body.len() <= KEPT_FOR_AGAIN {
            for _ in 1..ATTEMPTS {
                match self.once(job, request.clone(), sent, received).await {
                    Err(error) => match error.comes_back_in() {
                        Some(wait) => self.world.clock.sleep(wait.min(LONGEST_WAIT)).await,
                        None => return Err(error),
                    },
                    done => return done,
                }
            }
        }
        self.once(job, request, sent, received).await
    }

    /// Sends a request, unless the job is cancelled first.
    async fn once(
        &self,
        job: &Job,
        request: Request,
        sent: &dyn Fn(u64, u64),
        received: &dyn Fn(u64, u64),
    ) -> Result<Vec<u8>> {
        job.step().await?;
        let exchange = self.world.transport.exchange(request, sent, received);
        let cancelled = std::pin::pin!(job.until_cancelled());
        match select(exchange, cancelled).await {
            Either::Left((answer, _)) => {
                let answer = answer?;
                self.answers.set(self.answers.get().wrapping_add(1));
                accept(answer)
            }
            Either::Right(_) => Err(Error::of(FailureCode::Cancelled)),
        }
    }
}

/// Seconds between two signs of life of the event source.
const PING_SECONDS: u32 = 30;
/// RFC 9110 §15.5.2.
const UNAUTHORIZED: u16 = 401;

fn accept(response: Response) -> Result<Vec<u8>> {
    if (200..300).contains(&response.status) {
        return Ok(response.body);
    }
    match answer::read_octets::<Problem>(&response.body) {
        Some(problem) => Err(problem.into()),
        None if response.status == UNAUTHORIZED => Err(Error::of(FailureCode::SessionEnded)),
        None => Err(Error::Unexpected { what: "status" }),
    }
}

const NO_ANSWER: Error = Error::Unexpected { what: "method answer" };

fn jmap<A: Serialize>(method: &str, arguments: &A) -> Result<Vec<u8>> {
    request_body(JmapRequest::new().call_with(method, value(arguments)?))
}

/// A call after the upload of blobs, which it names by their hashes.
fn with_blobs<A: Serialize>(
    account: &AccountId,
    blobs: &[Vec<u8>],
    method: &str,
    arguments: &A,
) -> Result<Vec<u8>> {
    let upload = value(&blob_upload(account, blobs)?)?;
    request_body(JmapRequest::new().call_with("Blob/upload", upload).call_with(method, value(arguments)?))
}

fn blob_upload(account: &AccountId, blobs: &[Vec<u8>]) -> Result<BlobUpload> {
    let object = |octets: &Vec<u8>| {
        let source = match str::from_utf8(octets) {
            Ok(text) => DataSource { as_text: Some(text.to_owned()), ..DataSource::default() },
            Err(_) => DataSource { as_base64: Some(STANDARD.encode(octets)), ..DataSource::default() },
        };
        match value(&UploadObject { data: vec![source], kind: None })? {
            Value::Object(object) => Ok(object),
            _ => Err(Error::Defect { what: "JSON" }),
        }
    };
    let named = |(place, octets)| Ok((format!("b{place}"), object(octets)?));
    let create = blobs.iter().enumerate().map(named).collect::<Result<_>>()?;
    Ok(BlobUpload { account_id: account.clone(), create })
}

/// Whether so many blobs were made.
fn are_made(answer: Invocation, count: usize) -> bool {
    let answer: Result<BlobUploadResponse> = read_answer(answer, "Blob/upload");
    answer.is_ok_and(|answer| answer.created.is_some_and(|created| created.len() == count))
}

fn value<A: Serialize>(arguments: &A) -> Result<Value> {
    serde_json::to_value(arguments).map_err(|_| Error::Defect { what: "JSON" })
}

fn request_body(request: JmapRequest) -> Result<Vec<u8>> {
    serde_json::to_vec(&request).map_err(|_| Error::Defect { what: "JSON" })
}

fn read_answers(body: &[u8]) -> Result<JmapResponse> {
    answer::read_octets(body).ok_or(NO_ANSWER)
}

fn take(answers: &mut JmapResponse, call: &str) -> Result<Invocation> {
    answers.take(call).ok_or(NO_ANSWER)
}

fn read_answer<R: DeserializeOwned>(answer: Invocation, method: &str) -> Result<R> {
    answer.read(method).map_err(|error| match error {
        CallError::Method(error) => Error::Method(Box::new(error)),
        CallError::Unreadable => NO_ANSWER,
    })
}

/// A blob's name: the SHA-256 of its octets, in hexadecimal.
pub fn blob_name(octets: &[u8]) -> BlobId {
    BlobId(hex::encode(Sha256::digest(octets)))
}

/// A length as it is told.
pub(crate) fn octets(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Percent-encodes one path segment (RFC 3986 §2.1): ids come from the relay and go into an address.
fn escape(segment: &str) -> String {
    segment
        .bytes()
        .map(|octet| match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(octet).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_path_segment() {
        assert_eq!(escape("a/../b?c#é"), "a%2F%2E%2E%2Fb%3Fc%23%C3%A9");
    }

    #[test]
    fn a_problem_is_read_and_a_bare_401_is_the_end_of_the_session() {
        let problem = br#"{"type":"urn:sceau:problem:storage_full","status":507,"operation":"7"}"#.to_vec();
        let full = accept(Response { status: 507, body: problem }).unwrap_err();
        assert_eq!(full.code(), FailureCode::RelayFull);
        assert_eq!(sceau_protocol::Failure::from(full).operation.as_deref(), Some("7"));
        assert!(accept(Response { status: 401, body: Vec::new() }).unwrap_err().is_session_end());
    }
}
