//! A relay in this process, an authority whose key it never sees, and people with accounts.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use crate::native::{NativeRandomness, now};
use crate::person::Person;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use futures::StreamExt;
use futures::channel::oneshot;
use http_body_util::BodyExt;
use sceau_client::generator::Generator;
use sceau_client::world::{Chunks, Local, OnOctets, Request, Response, Transport, TransportError};
use sceau_protocol::AccountStage;
use sceau_relay::Relay;
use sceau_smime::ca::{Authority, CertificationRequest, Issue, Usage};
use sceau_smime::{Algorithm, Identity, PrivateKey, UnixTime, pkcs12};
use tower::ServiceExt;

/// The pass phrase of everybody here.
pub(crate) const PASS_PHRASE: &str = "une phrase assez longue";
/// The pass phrase of every key file here.
pub(crate) const KEY_FILE_PASS_PHRASE: &str = "fichier de clés";
/// The mail domain of the practice.
pub(crate) const DOMAIN: &str = "cabinet.example";

/// A relay, its data folder and an authority.
pub(crate) struct Office {
    pub(crate) relay: Relay,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) authority: RefCell<Authority>,
    pub(crate) wire: Rc<Wire>,
}

impl Office {
    /// An office whose authority is proposed by its relay, with a fresh revocation list.
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::open(folder.path()).unwrap();
        let authority = authority("Autorité du cabinet", DOMAIN);
        let wire = Rc::new(Wire::to(sceau_relay::app(relay.clone())));
        let office = Self { relay, folder, authority: RefCell::new(authority), wire };
        let certificate = office.authority.borrow().identity.certificate.der().to_vec();
        office.relay.add_authority(&certificate, &[], &[DOMAIN.to_owned()]).unwrap();
        office.publish_list(UnixTime(now()));
        office
    }

    /// Hands the relay a revocation list made at a moment.
    pub(crate) fn publish_list(&self, at: UnixTime) {
        let list = self.authority.borrow_mut().crl(24, at, &mut rng()).unwrap();
        self.hand_list(&list);
    }

    /// Hands the relay any revocation list, by the keeper's command.
    pub(crate) fn hand_list(&self, list: &[u8]) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), list).unwrap();
        let (data, file) = (self.folder.path().as_os_str(), file.path().as_os_str());
        let words = ["sceau-relay", "crl", "add", "--data"].map(OsString::from);
        let words = words.into_iter().chain([data.to_owned(), file.to_owned()]);
        assert_eq!(sceau_relay::command::run(words), ExitCode::SUCCESS);
    }

    /// A client with nobody at it.
    pub(crate) fn client(&self) -> Person {
        Person::over(self.wire.clone())
    }

    /// Adds an account and enrols it with keys from a file.
    pub(crate) async fn enrol(&self, name: &str, address: &str) -> Person {
        let (signing, encryption) = self.keys(name, address, 365, UnixTime(now()));
        self.enrol_with(name, address, &[signing, encryption]).await
    }

    /// The same with keys of one's own.
    pub(crate) async fn enrol_with(&self, name: &str, address: &str, identities: &[Identity]) -> Person {
        let person = self.client();
        let code = self.add_account(name, address);
        let enrolled = person.enrol(address, &code, PASS_PHRASE).await.unwrap();
        let stage = person.pin(&enrolled.stage, &self.fingerprint()).await.unwrap();
        assert_eq!(stage, AccountStage::NeedsKeys);
        let stage = person.import(key_file(identities), KEY_FILE_PASS_PHRASE).await.unwrap();
        assert_eq!(stage, AccountStage::Ready);
        person
    }

    pub(crate) fn add_account(&self, name: &str, address: &str) -> String {
        self.relay.add_account(address, Some(name), &[]).unwrap().unwrap().enrolment_code
    }

    pub(crate) fn fingerprint(&self) -> String {
        hex::encode(self.authority.borrow().identity.certificate.sha256())
    }

    /// A signing and an encryption identity.
    pub(crate) fn keys(&self, name: &str, address: &str, days: i64, at: UnixTime) -> (Identity, Identity) {
        let mut authority = self.authority.borrow_mut();
        let mut make = |usage| identity(&mut authority, name, address, usage, days, at);
        (make(Usage::Sign), make(Usage::Encrypt))
    }
}

/// An authority for a domain.
pub(crate) fn authority(name: &str, domain: &str) -> Authority {
    let begun = UnixTime(now()).plus_seconds(-400 * UnixTime::DAY);
    Authority::generate(name, &[domain.to_owned()], begun, &mut rng()).unwrap()
}

/// A key and its certificate.
pub(crate) fn identity(
    authority: &mut Authority,
    name: &str,
    address: &str,
    usage: Usage,
    days: i64,
    at: UnixTime,
) -> Identity {
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let request = CertificationRequest::generate(&key, name, address, usage, &mut rng()).unwrap();
    let issue = Issue { email: address, usage, days };
    let certificate = authority.issue(&request, issue, at, &mut rng()).unwrap();
    Identity::new(key, certificate, vec![authority.identity.certificate.clone()]).unwrap()
}

/// Rounds of key derivation: enough to show that they are done, few enough for an unoptimised build.
const FEW_ITERATIONS: u32 = 1000;

/// A PKCS#12 file.
pub(crate) fn key_file(identities: &[Identity]) -> Vec<u8> {
    pkcs12::write_with_iterations(identities, KEY_FILE_PASS_PHRASE, FEW_ITERATIONS, &mut rng()).unwrap()
}

/// Randomness.
pub(crate) fn rng() -> Generator {
    Generator::seeded(&NativeRandomness).unwrap()
}

/// What becomes of a request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives, and so does its answer.
    Arrives,
    /// It never arrives.
    IsLost,
    /// It arrives; its answer is lost.
    LosesAnswer,
    /// Nothing ever comes back, not even the news that nothing comes.
    Hangs,
}

type Rule = Box<dyn FnMut(&Request) -> Fate>;
type Change = Box<dyn FnMut(&Request, &mut Response)>;

/// A request held before the relay.
pub(crate) struct Held {
    /// Answers once the request is there.
    pub(crate) is_there: oneshot::Receiver<()>,
    /// Lets it go on.
    pub(crate) go_on: oneshot::Sender<()>,
}

/// Where a held request waits.
struct Gate {
    path: &'static str,
    there: oneshot::Sender<()>,
    opened: oneshot::Receiver<()>,
}

/// The wire between clients and the relay: what crosses it can be kept, held, lost and changed.
pub(crate) struct Wire {
    router: RefCell<Router>,
    gate: RefCell<Option<Gate>>,
    rule: RefCell<Option<Rule>>,
    change: RefCell<Option<Change>>,
    recording: RefCell<Option<Vec<u8>>>,
    crossed: Cell<u64>,
}

impl Wire {
    fn to(router: Router) -> Self {
        Self {
            router: RefCell::new(router),
            gate: RefCell::default(),
            rule: RefCell::default(),
            change: RefCell::default(),
            recording: RefCell::default(),
            crossed: Cell::new(0),
        }
    }

    /// Holds the next request to a path.
    pub(crate) fn hold(&self, path: &'static str) -> Held {
        let ((there, is_there), (go_on, opened)) = (oneshot::channel(), oneshot::channel());
        self.gate.replace(Some(Gate { path, there, opened }));
        Held { is_there, go_on }
    }

    async fn wait_at_gate(&self, request: &Request) {
        let gate = self.gate.borrow_mut().take_if(|gate| gate.path == request.path);
        if let Some(gate) = gate {
            gate.there.send(()).unwrap();
            gate.opened.await.unwrap();
        }
    }

    /// Decides what becomes of requests from now on.
    pub(crate) fn fate(&self, rule: impl FnMut(&Request) -> Fate + 'static) {
        self.rule.replace(Some(Box::new(rule)));
    }

    /// Changes answers from now on: a hostile relay.
    pub(crate) fn change(&self, change: impl FnMut(&Request, &mut Response) + 'static) {
        self.change.replace(Some(Box::new(change)));
    }

    /// Everything arrives unchanged again.
    pub(crate) fn repair(&self) {
        self.rule.replace(None);
        self.change.replace(None);
    }

    /// Keeps every octet that crosses from now on.
    pub(crate) fn record(&self) {
        self.recording.replace(Some(Vec::new()));
    }

    /// What was kept.
    pub(crate) fn recorded(&self) -> Vec<u8> {
        self.recording.borrow().clone().unwrap_or_default()
    }

    fn keep(&self, octets: &[u8]) {
        self.crossed.set(self.crossed.get() + 1);
        if let Some(recording) = self.recording.borrow_mut().as_mut() {
            recording.extend_from_slice(octets);
            recording.push(b'\n');
        }
    }

    fn fate_of(&self, request: &Request) -> Fate {
        self.rule.borrow_mut().as_mut().map_or(Fate::Arrives, |rule| rule(request))
    }

    async fn pass(&self, request: Request) -> axum::response::Response {
        self.keep(request.path.as_bytes());
        self.keep(&request.body);
        let mut passing = axum::http::Request::builder().method(request.method.name()).uri(&request.path);
        for (name, value) in &request.headers {
            self.keep(value.as_bytes());
            passing = passing.header(name, value);
        }
        let mut passing = passing.body(Body::from(request.body)).unwrap();
        passing.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        let router = self.router.borrow().clone();
        router.oneshot(passing).await.unwrap()
    }
}

impl Transport for Wire {
    fn exchange<'a>(
        &'a self,
        request: Request,
        _sent: OnOctets<'a>,
        _received: OnOctets<'a>,
    ) -> Local<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            self.wait_at_gate(&request).await;
            let fate = self.fate_of(&request);
            match fate {
                Fate::IsLost => return Err(TransportError::Unreachable),
                Fate::Hangs => std::future::pending().await,
                Fate::Arrives | Fate::LosesAnswer => {}
            }
            let answer = self.pass(request.clone()).await;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.unwrap().to_bytes().to_vec();
            self.keep(&body);
            if fate == Fate::LosesAnswer {
                return Err(TransportError::Unreachable);
            }
            let mut response = Response { status, body };
            if let Some(change) = self.change.borrow_mut().as_mut() {
                change(&request, &mut response);
            }
            Ok(response)
        })
    }

    fn stream(&self, request: Request) -> Local<'_, Result<Chunks, TransportError>> {
        Box::pin(async move {
            let answer = self.pass(request).await;
            if !answer.status().is_success() {
                return Err(TransportError::Refused(answer.status().as_u16()));
            }
            let chunks = answer.into_body().into_data_stream();
            let chunks: Chunks = Box::pin(chunks.map(|chunk| match chunk {
                Ok(octets) => Ok(octets.to_vec()),
                Err(_) => Err(TransportError::Unreachable),
            }));
            Ok(chunks)
        })
    }
}

/// Every octet of every file below a folder.
pub(crate) fn everything_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything_below(&path));
        } else {
            all.extend(std::fs::read(&path).unwrap());
        }
    }
    all
}
