//! A client: asks one relay or another, waits as long as it likes, and writes down what it was told.

mod change;
mod journal;
mod known;
mod listen;
mod look;
mod send;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sceau_crash::chance::Chance;
use sceau_crash::client::{Door, Failed, Member};
use sceau_crash::letter::letter;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::record::{Account, Answer, NEVER, Record};
use crate::world::World;

pub use journal::Journal;
pub use known::Known;
pub use listen::{Heard, listen};
pub(crate) use look::get;

/// How long a client waits: sometimes less than a relay is paused, mostly longer.
const IMPATIENT: Duration = Duration::from_millis(250);
/// See above.
const PATIENT: Duration = Duration::from_secs(20);
/// Before asking again a relay that is down or busy.
const PAUSE: Duration = Duration::from_millis(10);
/// Tries of what must succeed.
const TIMES: usize = 1_000;
/// A client goes to another relay than its own, one time in so many.
const ELSEWHERE: usize = 4;
/// Threads that the letters of one account belong to.
const THREADS: usize = 6;

/// One client of an account.
pub struct Client {
    /// Unlike that of every other client of the history.
    pub number: usize,
    /// Its account.
    pub account: Account,
    /// Its token.
    pub token: String,
    /// Addresses it may write to, its own among them.
    pub addresses: Arc<Vec<String>>,
    /// The relay it mostly asks.
    pub home: usize,
    /// Whether it waits for every answer.
    pub is_patient: bool,
    /// What the account's clients know.
    pub known: Arc<Known>,
    /// The relays.
    pub world: Arc<World>,
    /// Where it writes.
    pub journal: Arc<Journal>,
    /// What it does next.
    pub chance: Chance,
    /// Its connection to each relay, with the address it leads to.
    pub lines: Vec<Option<(SocketAddr, Member)>>,
    /// Letters it has made.
    pub letters: usize,
}

impl Client {
    /// Does so many things.
    pub async fn work(&mut self, acts: usize) {
        for _ in 0..acts {
            match self.chance.below(100) {
                0..45 => self.change().await,
                45..57 => self.send().await,
                _ => self.look().await,
            }
        }
    }

    /// A relay: its own, mostly; one that is down is not asked.
    fn choose(&mut self) -> Option<usize> {
        let nodes = self.world.nodes();
        let away = usize::from(self.chance.one_in(ELSEWHERE));
        let order = (0..nodes).map(|next| (self.home + away + next) % nodes);
        order.into_iter().find(|node| self.world.address(*node).is_some())
    }

    /// The way to a relay.
    fn line(&mut self, node: usize) -> Option<Member> {
        let now = self.world.address(node)?;
        let line = self.lines.get_mut(node)?;
        if line.as_ref().is_none_or(|(address, _)| *address != now) {
            let door = Arc::new(Door::net(now));
            let (address, account) = (self.account.address.clone(), self.account.id.clone());
            *line = Some((now, Member { door, address, account, token: self.token.clone() }));
        }
        line.as_ref().map(|(_, member)| member.clone())
    }

    fn hang_up(&mut self, node: usize) {
        if let Some(line) = self.lines.get_mut(node) {
            *line = None;
        }
    }

    /// Calls a method at some relay; gives the answer, when it is a good one.
    pub async fn ask(&mut self, method: &str, arguments: Value) -> Option<Value> {
        let node = self.choose();
        self.ask_at(node, method, arguments).await
    }

    /// Calls a method at a relay.
    pub async fn ask_at(&mut self, node: Option<usize>, method: &str, arguments: Value) -> Option<Value> {
        let Some((node, member)) = node.and_then(|node| Some((node, self.line(node)?))) else {
            sleep(PAUSE).await;
            return None;
        };
        let patience = if self.is_patient || self.chance.one_in(2) { PATIENT } else { IMPATIENT };
        let begin = self.journal.moment();
        let answered = timeout(patience, member.call(method, arguments.clone())).await;
        let answer = match answered {
            Ok(Ok(value)) => Answer::Done(value),
            Ok(Err(Failed::Refused(why))) => Answer::Refused(why),
            Ok(Err(Failed::Broken(_))) | Err(_) => Answer::Nothing,
        };
        if answer == Answer::Nothing {
            self.hang_up(node);
        }
        let end = if answer == Answer::Nothing { NEVER } else { self.journal.moment() };
        let (client, account, method) = (self.number, self.account.id.clone(), method.to_owned());
        let record = Record { client, node, account, begin, end, method, arguments, answer };
        let good = record.done().cloned();
        if let Some(answer) = &good {
            self.known.learn(&record.method, answer);
        }
        self.journal.put(record);
        good
    }

    /// Calls a method until there is an answer. For what changes nothing, and for what may be said twice.
    pub async fn ask_until_told(&mut self, method: &str, arguments: &Value) -> Option<Value> {
        for _ in 0..TIMES {
            if let Some(answer) = self.ask(method, arguments.clone()).await {
                return Some(answer);
            }
            sleep(PAUSE).await;
        }
        None
    }

    /// Uploads a letter unlike all others; gives its blob. `None` when no relay takes it.
    async fn upload(&mut self) -> Option<String> {
        self.letters += 1;
        let thread = format!("{}-{}", self.account.id, self.chance.below(THREADS));
        let ciphertext = [self.number, self.letters].map(usize::to_be_bytes).concat();
        let octets = letter(&self.account.address, &thread, &[ciphertext, self.chance.octets(40)].concat());
        for _ in 0..TIMES {
            let node = self.choose();
            if let Some((node, member)) = node.and_then(|node| Some((node, self.line(node)?))) {
                match timeout(PATIENT, member.upload(octets.clone())).await {
                    Ok(Ok(blob)) => return Some(blob),
                    _ => self.hang_up(node),
                }
            }
            sleep(PAUSE).await;
        }
        None
    }
}
