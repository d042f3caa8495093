//! Someone who listens to an event source (RFC 8620 §7.3), now at one relay and now at another, and always says what was told last.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use sceau_crash::chance::Chance;
use sceau_crash::client::at;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::Client;
use crate::record::Told;

/// Events after which it goes elsewhere by itself, at most.
const EVENTS: usize = 8;
/// Before it comes back.
const PAUSE: Duration = Duration::from_millis(10);
/// Types it was told nothing of before the first event, and so asks for.
const KINDS: [&str; 6] = ["Email", "Mailbox", "Thread", "EmailSubmission", "Letter", "Quota"];

/// What was heard so far.
#[derive(Debug, Default)]
pub struct Heard(Mutex<Ear>);

#[derive(Debug, Default)]
struct Ear {
    states: BTreeMap<String, u64>,
    returns: u64,
    late: Vec<String>,
    /// The last event's id, from which is gone on.
    last: Option<u64>,
}

impl Ear {
    fn take(&mut self, kind: &str, state: u64) {
        let known = self.states.get(kind).copied().unwrap_or(0);
        if let Some(last) = self.last.filter(|last| known < state && state < *last && KINDS.contains(&kind)) {
            self.late.push(format!("state {state} of {kind} after event {last}"));
        }
        self.states.insert(kind.to_owned(), state.max(known));
    }
}

impl Heard {
    fn with<T>(&self, work: impl FnOnce(&mut Ear) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The highest state of each type.
    pub fn states(&self) -> BTreeMap<String, u64> {
        self.with(|ear| ear.states.clone())
    }

    /// Everything, for the judge.
    pub fn told(&self, account: String) -> Told {
        self.with(|ear| Told {
            account,
            states: ear.states.clone(),
            returns: ear.returns,
            late: ear.late.clone(),
        })
    }
}

/// Listens until the task is dropped.
pub async fn listen(mut client: Client, heard: Arc<Heard>) {
    loop {
        let node = client.chance.below(client.world.nodes());
        if let Some(address) = client.world.address(node) {
            // However it ends, it is come back from.
            let _ = follow(&mut client, node, address, &heard).await;
            heard.with(|ear| ear.returns += 1);
        }
        sleep(PAUSE).await;
    }
}

type Ended = Box<dyn std::error::Error + Send + Sync>;

/// One connection, until it ends or there is enough of it.
async fn follow(client: &mut Client, node: usize, address: SocketAddr, heard: &Heard) -> Result<(), Ended> {
    let last = heard.with(|ear| ear.last);
    let mut source = open(address, &client.token, last).await?;
    if last.is_none() {
        base(client, node, heard).await.ok_or("the states of the beginning were not told")?;
    }
    let enough = 1 + client.chance.below(EVENTS);
    let (mut text, mut events) = (String::new(), 0);
    while let Some(frame) = source.body_mut().frame().await {
        let piece = frame?.into_data().unwrap_or_default();
        text.push_str(&String::from_utf8_lossy(&piece));
        while let Some((event, rest)) = text.split_once("\n\n") {
            events += usize::from(hear(event, heard));
            text = rest.to_owned();
        }
        if events >= enough && is_restless(&mut client.chance) {
            break;
        }
    }
    Ok(())
}

/// Half of the connections are kept for as long as they last.
fn is_restless(chance: &mut Chance) -> bool {
    chance.one_in(2)
}

async fn open(address: SocketAddr, token: &str, last: Option<u64>) -> Result<Response<Incoming>, Ended> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/jmap/eventsource/?types=*&closeafter=no&ping=0")
        .header(header::HOST, "relay")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request =
        last.into_iter().fold(request, |request, last| request.header("Last-Event-ID", last.to_string()));
    let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
    if response.status().is_success() { Ok(response) } else { Err(response.status().to_string().into()) }
}

/// The states when it began to listen: what changes from here on it is told.
async fn base(client: &mut Client, node: usize, heard: &Heard) -> Option<()> {
    let mut base = BTreeMap::new();
    for kind in KINDS {
        let got = client.ask_at(Some(node), &format!("{kind}/get"), serde_json::json!({"ids": []})).await?;
        base.insert(kind.to_owned(), at(&got, "/state").as_str()?.parse().ok()?);
    }
    heard.with(|ear| {
        ear.states = base;
        ear.last = Some(0);
    });
    Some(())
}

/// Takes one event in; whether it told a state.
fn hear(event: &str, heard: &Heard) -> bool {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let Some(told) = field("data").and_then(|data| serde_json::from_str::<Value>(data).ok()) else {
        return false;
    };
    let changed = at(&told, "/changed").as_object().into_iter().flatten();
    let states: Vec<(&String, u64)> = changed
        .flat_map(|(_, states)| states.as_object().into_iter().flatten())
        .filter_map(|(kind, state)| Some((kind, state.as_str()?.parse().ok()?)))
        .collect();
    heard.with(|ear| {
        for (kind, state) in &states {
            ear.take(kind, *state);
        }
        ear.last = field("id").and_then(|id| id.parse().ok()).or(ear.last);
    });
    !states.is_empty()
}
