//! The worker: claims what is due, offers it, writes down what became of it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use super::{
    Attempt, Fate, Outbound, Verdict,
    claim::{self, Active, Claim},
    free_envelopes, host, lock_sender, settle,
};
use crate::{
    fault::Fault,
    letter::{deliver::Tally, status},
    limits, log,
    random::generate_bytes,
    relay::Relay,
};

/// Works on the queue; any number of them may, in any number of processes, over the same store.
pub struct Worker {
    shared: Arc<Shared>,
}

struct Shared {
    relay: Relay,
    outbound: Box<dyn Outbound>,
    owner: String,
    jitter: fn() -> u8,
    active: Mutex<Active>,
}

impl Worker {
    /// A worker that sends by `outbound`.
    pub fn new(relay: Relay, outbound: impl Outbound + 'static) -> Self {
        Self::with_jitter(relay, outbound, || u8::from_be_bytes(generate_bytes::<1>()))
    }

    /// The same with a chance of one's own, for tests.
    pub fn with_jitter(relay: Relay, outbound: impl Outbound + 'static, jitter: fn() -> u8) -> Self {
        let owner = hex::encode(generate_bytes::<8>());
        let outbound = Box::new(outbound);
        Self { shared: Arc::new(Shared { relay, outbound, owner, jitter, active: Mutex::default() }) }
    }

    /// Does all that is due, and gives the time of what comes next.
    ///
    /// # Errors
    /// When the store fails; what was not done stays due.
    pub async fn round(&self) -> Result<Option<i64>, Fault> {
        let mut tasks = JoinSet::new();
        loop {
            for claim in self.shared.claim().await? {
                tasks.spawn(self.shared.clone().work(claim));
            }
            if tasks.join_next().await.is_none() {
                return self.shared.next_moment().await;
            }
        }
    }

    /// Works until the relay stops; attempts under way are waited for, within [`limits::STOP_GRACE`]. What is not done by
    /// then is another's when its lease ends.
    pub async fn run(self) {
        let mut tasks = JoinSet::new();
        loop {
            let next = match self.shared.claim().await {
                Ok(claims) => {
                    claims.into_iter().for_each(|claim| drop(tasks.spawn(self.shared.clone().work(claim))));
                    self.shared.next_moment().await
                }
                Err(fault) => Err(fault),
            };
            let next = next.unwrap_or_else(|fault| {
                log::line("queue_failed", &[("fault", &fault.to_string())]);
                None
            });
            tokio::select! {
                biased;
                () = self.shared.relay.stopping() => break,
                Some(_) = tasks.join_next() => {}
                () = self.shared.relay.queued() => {}
                () = tokio::time::sleep(self.shared.relay.until(next)) => {}
            }
        }
        let ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(limits::STOP_GRACE, ended).await.is_err() {
            log::line("cut_off", &[("limit", "stop_grace")]);
        }
    }
}

impl Shared {
    /// What is due now, leased and counted.
    async fn claim(self: &Arc<Self>) -> Result<Vec<Claim>, Fault> {
        let this = self.clone();
        self.relay
            .blocking(move |relay| {
                if relay.store().read::<_, Fault>(relay.now(), |tx| Ok(settle::is_time_over(tx)?))? {
                    let tally = relay.store().write(relay.now(), settle::pass_time)?;
                    relay.watch().metrics.delivered(tally);
                }
                if !relay.store().read::<_, Fault>(relay.now(), |tx| Ok(claim::is_due(tx)?))? {
                    return Ok(Vec::new());
                }
                let mut active = this.active.lock().unwrap_or_else(PoisonError::into_inner);
                let claims =
                    relay.store().write(relay.now(), |tx| claim::claim(tx, relay, &this.owner, &active))?;
                for claim in &claims {
                    *active.entry(claim.parcel.route.key()).or_default() += 1;
                }
                Ok(claims)
            })
            .await
    }

    async fn work(self: Arc<Self>, claim: Claim) {
        let attempt = self.attempt(&claim).await;
        let key = claim.parcel.route.key();
        let (this, letter) = (self.clone(), claim.letter);
        let settled = self.relay.blocking(move |relay| this.settle(relay, &claim, &attempt)).await;
        if let Err(fault) = settled {
            // The lease ends, and the letter is offered again.
            log::line(
                "queue_settle_failed",
                &[("letter", &letter.to_string()), ("fault", &fault.to_string())],
            );
        }
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = active.get_mut(&key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                active.remove(&key);
            }
        }
    }

    /// Offers the letter, and renews the lease meanwhile.
    async fn attempt(self: &Arc<Self>, claim: &Claim) -> Attempt {
        let mut attempt = self.outbound.deliver(&claim.parcel);
        loop {
            tokio::select! {
                biased;
                done = &mut attempt => return done,
                () = tokio::time::sleep(limits::LEASE_RENEWAL) => {
                    if let Err(fault) = self.renew(claim.rows.clone()).await {
                        log::line("queue_renew_failed", &[("fault", &fault.to_string())]);
                    }
                }
            }
        }
    }

    async fn renew(self: &Arc<Self>, rows: Vec<i64>) -> Result<(), Fault> {
        let this = self.clone();
        self.relay
            .blocking(move |relay| {
                relay.store().write::<_, Fault>(relay.now(), |tx| Ok(claim::renew(tx, &this.owner, &rows)?))
            })
            .await
    }

    fn settle(&self, relay: &Relay, claim: &Claim, attempt: &Attempt) -> Result<(), Fault> {
        let unsaid =
            Verdict { fate: Fate::Later, reply: "451 4.3.0 Nothing was said of this recipient".to_owned() };
        let tally = relay.store().write::<_, Fault>(relay.now(), |tx| {
            lock_sender(tx, claim.letter)?;
            let mut tally = Tally::default();
            for (at, row) in claim.rows.iter().enumerate() {
                let verdict = attempt.verdicts.get(at).unwrap_or(&unsaid);
                settle::settle(tx, &self.owner, *row, verdict, (self.jitter)(), &mut tally)?;
            }
            let host = claim.parcel.route.key();
            match attempt.is_host_well {
                true => host::is_well(tx, &host)?,
                false => host::failed(tx, &host, (self.jitter)())?,
            }
            free_envelopes(tx, claim.letter)?;
            status::changed(tx, claim.letter)?;
            Ok(tally)
        })?;
        relay.watch().metrics.delivered(tally);
        Ok(())
    }

    async fn next_moment(&self) -> Result<Option<i64>, Fault> {
        self.relay.blocking(|relay| relay.store().read(relay.now(), |tx| Ok(settle::next_moment(tx)?))).await
    }
}
