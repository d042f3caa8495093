//! Clients that submit letters: as fast as they are answered, or at a pace of their own.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sceau_crash::client::{Failed, Member};
use sceau_crash::trouble::{Trouble, told};
use serde_json::json;
use tokio::task::JoinSet;

use crate::figures::Times;
use crate::letters::Letters;
use crate::practice::Person;

/// How far the first recipients of one letter and the next are apart: a prime, so that everybody's turn comes.
const STRIDE: u64 = 7_919;
/// What each letter of a run has for its own.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// One client, with a connection.
pub(crate) struct Sender {
    person: Person,
    relay: SocketAddr,
    member: Member,
    letters: Letters,
    /// Everybody's addresses, and to how many of them each letter goes.
    everybody: Arc<Vec<String>>,
    recipients: usize,
}

impl Sender {
    /// Another one like it, with a connection of its own.
    fn again(&self) -> Self {
        let (person, letters, everybody) =
            (self.person.clone(), self.letters.clone(), self.everybody.clone());
        Self { member: person.at(self.relay), person, letters, everybody, ..*self }
    }

    /// Sends a letter, whose octets go with the request, as our own client does with small ones.
    pub(crate) async fn submit(&self) -> Result<(), Failed> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let letter = String::from_utf8(self.letters.make(number)).unwrap_or_default();
        let upload = json!({"create": {"letter": {"data": [{"data:asText": letter}]}}});
        let envelopes = json!([{"blobId": "#letter", "rcptTo": self.to(number)}]);
        let send = json!({
            "clientLetterId": number.to_string(), "sentCopy": {"blobId": "#letter"}, "envelopes": envelopes,
        });
        self.member.calls(vec![("Blob/upload", upload), ("Letter/send", send)]).await.map(drop)
    }

    /// A request that carries and stores nothing: what is left of a submission when it costs nothing but being asked for.
    pub(crate) async fn ask_nothing(&self) -> Result<(), Failed> {
        self.member.call("Core/echo", json!({})).await.map(drop)
    }

    /// Others for each letter, as of a practice whose people write to all the others.
    fn to(&self, number: u64) -> Vec<&String> {
        let first =
            usize::try_from(number.wrapping_mul(STRIDE)).unwrap_or_default() % self.everybody.len().max(1);
        let others =
            self.everybody.iter().cycle().skip(first).filter(|address| **address != self.person.address);
        others.take(self.recipients).collect()
    }
}

/// Clients of all of these people in turn, who write to so many of all of them; each at the relay that `relay` names for its number.
pub(crate) fn clients(
    people: &[Person],
    relay: impl Fn(usize) -> Option<SocketAddr>,
    count: usize,
    recipients: usize,
    ciphertext: usize,
) -> Vec<Arc<Sender>> {
    let everybody = Arc::new(people.iter().map(|person| person.address.clone()).collect::<Vec<_>>());
    let client = |number: usize| {
        let (person, relay) = (people.get(number % people.len().max(1))?.clone(), relay(number)?);
        let (member, letters) = (person.at(relay), Letters::new(&person.address, ciphertext));
        Some(Arc::new(Sender { person, relay, member, letters, everybody: everybody.clone(), recipients }))
    };
    (0..count).filter_map(client).collect()
}

/// All of them at once do some work again, each as soon as it is answered, for so long; what they did in the time before it is not counted.
pub(crate) async fn flat_out(
    clients: &[Arc<Sender>],
    work: impl AsyncFn(&Sender) -> Result<(), Failed>,
    warm: Duration,
    time: Duration,
) -> Result<Measured, Trouble> {
    let begun = Instant::now() + warm;
    let end = begun + time;
    let work = &work;
    let working = clients.iter().map(|client| async move {
        let mut times = Times::default();
        while Instant::now() < end {
            let at = Instant::now();
            work(client).await.map_err(told("what a client asked for"))?;
            if at >= begun && Instant::now() <= end {
                times.add(at.elapsed());
            }
        }
        Ok::<_, Trouble>(times)
    });
    let mut times = Times::default();
    try_join_all(working).await?.into_iter().for_each(|one| times.extend(one));
    Ok(Measured { times, lasted: time })
}

/// What clients measured who went on as soon as they were answered.
pub(crate) struct Measured {
    pub(crate) times: Times,
    pub(crate) lasted: Duration,
}

/// What became of submissions that came at a pace of their own.
#[derive(Default)]
pub(crate) struct Paced {
    /// Of those that were accepted, from when each was due: waiting for a client counts.
    pub(crate) times: Times,
    /// When each was accepted, since the beginning, in the same order.
    pub(crate) at: Vec<Duration>,
    pub(crate) refused: usize,
    /// Requests without an answer.
    pub(crate) unanswered: usize,
    /// Refusals in their words, each once.
    pub(crate) words: BTreeSet<String>,
    /// How long they came.
    pub(crate) lasted: Duration,
}

/// So many submissions a second for so long, whether or not earlier ones were answered; each by a client that has nothing to do, and a
/// new one when there is none.
pub(crate) async fn paced(clients: &[Arc<Sender>], rate: f64, time: Duration) -> Result<Paced, Trouble> {
    let idle: Arc<Mutex<Vec<Arc<Sender>>>> = Arc::new(Mutex::new(clients.to_vec()));
    let begun = Instant::now();
    let (mut under_way, mut paced) = (JoinSet::new(), Paced { lasted: time, ..Paced::default() });
    let (mut number, mut models) = (0_u32, clients.iter().cycle());
    loop {
        let due = begun + Duration::from_secs_f64(f64::from(number) / rate);
        if due > begun + time {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let client = free.or_else(|| models.next().map(|model| Arc::new(model.again())));
        let client = client.ok_or_else(|| Trouble::new("there are no clients"))?;
        let idle = idle.clone();
        under_way.spawn(async move {
            let done = client.submit().await;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(client);
            (done, due.elapsed(), begun.elapsed())
        });
        number += 1;
        while let Some(done) = under_way.try_join_next() {
            paced.add(done.map_err(told("a client"))?);
        }
    }
    while let Some(done) = under_way.join_next().await {
        paced.add(done.map_err(told("a client"))?);
    }
    Ok(paced)
}

impl Paced {
    fn add(&mut self, (done, time, at): (Result<(), Failed>, Duration, Duration)) {
        match done {
            Ok(()) => {
                self.times.add(time);
                self.at.push(at);
            }
            Err(Failed::Broken(_)) => self.unanswered += 1,
            Err(Failed::Refused(why)) => {
                self.refused += 1;
                // Without the number of the operation, which differs.
                self.words.insert(why.split("\"operation\"").next().unwrap_or_default().to_owned());
            }
        }
    }
}
