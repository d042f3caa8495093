//! The task that pushes: what is owed is in rows, this only hears when to look.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::broadcast::error::RecvError,
    task::{Id, JoinError, JoinSet},
    time::{Instant, sleep_until},
};

use super::{
    Outbound,
    claim::{self, Due, EVER, Push, Scope},
    post::post,
    settle::settle,
    vapid::Contact,
};
use crate::{fault::Fault, limits, log, relay::Relay, store::Changed};

/// Tells push subscriptions (RFC 8620 §7.2) what changed.
pub struct Pusher {
    relay: Relay,
    outbound: Arc<dyn Outbound>,
    contact: Option<Contact>,
    /// Requests under way; each gives the end of the pause after it.
    running: JoinSet<Option<i64>>,
    /// For whom each of them is, and where it goes.
    places: HashMap<Id, (i64, String)>,
    scope: Scope,
}

impl Pusher {
    /// One that pushes by way of `outbound`.
    #[must_use]
    pub fn new(relay: Relay, outbound: impl Outbound) -> Self {
        let scope = Scope { after: EVER, ..Scope::default() };
        let outbound = Arc::new(outbound);
        Self { relay, outbound, contact: None, running: JoinSet::new(), places: HashMap::new(), scope }
    }

    /// The same with a contact that push services are told.
    #[must_use]
    pub fn with_contact(self, contact: Option<Contact>) -> Self {
        Self { contact, ..self }
    }

    /// Pushes everything that is due and waits for the outcomes; gives the end of the next pause.
    ///
    /// # Errors
    /// When the store fails; what was not written down is pushed again.
    pub async fn push_due(&mut self) -> Result<Option<i64>, Fault> {
        loop {
            self.scope.after = EVER;
            let next = self.look().await?;
            if self.running.is_empty() {
                return Ok(next);
            }
            while let Some(ended) = self.running.join_next_with_id().await {
                self.forget(&ended);
            }
        }
    }

    /// Pushes until the relay stops; what is under way then is made again at its next start.
    pub async fn run(mut self) {
        let mut changes = self.relay.store().listen();
        let mut look_at = Instant::now();
        let mut look_everywhere_at = look_at;
        let wanted = self.relay.clone();
        loop {
            tokio::select! {
                change = changes.recv() => {
                    if matches!(change, Err(RecvError::Closed)) {
                        changes = self.relay.store().listen();
                    }
                    self.heard(change);
                    look_at = look_at.min(after(limits::PUSH_GATHER));
                }
                () = wanted.stopping() => return,
                () = wanted.push_wanted() => {
                    self.scope.after = EVER;
                    look_at = Instant::now();
                }
                Some(ended) = self.running.join_next_with_id() => {
                    let next = self.forget(&ended);
                    look_at = look_at.min(after(self.until(next)));
                    if self.scope.after == EVER {
                        // Some had to wait for a place.
                        look_at = look_at.min(after(limits::PUSH_GATHER));
                    }
                }
                () = sleep_until(look_at) => {
                    if Instant::now() >= look_everywhere_at {
                        look_everywhere_at = after(limits::HOUSEKEEPING);
                        self.scope.after = EVER;
                    }
                    look_at = match self.look().await {
                        Ok(next) => after(self.until(next)),
                        Err(fault) => {
                            log::line("push_look_failed", &[("fault", &fault.to_string())]);
                            after(limits::HOUSEKEEPING)
                        }
                    };
                }
            }
        }
    }

    /// Remembers whose states changed.
    fn heard(&mut self, change: Result<Changed, RecvError>) {
        match change {
            Ok(change) => drop(self.scope.accounts.insert(change.account)),
            // Some changes went by unheard.
            Err(RecvError::Lagged(_) | RecvError::Closed) => self.scope.after = EVER,
        }
    }

    /// Starts what is due, as far as there are places; gives the end of the next pause.
    async fn look(&mut self) -> Result<Option<i64>, Fault> {
        let now = self.relay.now();
        let scope = std::mem::replace(&mut self.scope, Scope { after: now, ..Scope::default() });
        let looked = self.relay.blocking(move |relay| claim::due(relay, &scope)).await;
        let (due, next) = looked.inspect_err(|_| self.scope.after = EVER)?;
        let rows = self.choose(due);
        let claimed = self.relay.blocking(move |relay| claim::claim(relay, &rows)).await;
        for push in claimed.inspect_err(|_| self.scope.after = EVER)? {
            self.start(push);
        }
        Ok(next)
    }

    /// Those there is a place for; the others are looked for again.
    fn choose(&mut self, due: Vec<Due>) -> Vec<i64> {
        let (mut to_host, mut of_account) = (HashMap::<&str, usize>::new(), HashMap::<i64, usize>::new());
        for (account, host) in self.places.values() {
            *to_host.entry(host).or_default() += 1;
            *of_account.entry(*account).or_default() += 1;
        }
        let mut free = limits::PUSHES.saturating_sub(self.running.len());
        let mut rows = Vec::new();
        for due in &due {
            let there = to_host.entry(&due.host).or_default();
            let own = of_account.entry(due.account).or_default();
            if free == 0 || *there >= limits::PUSHES_TO_HOST || *own >= limits::PUSHES_OF_ACCOUNT {
                self.scope.after = EVER;
                continue;
            }
            *there += 1;
            *own += 1;
            free -= 1;
            rows.push(due.row);
        }
        rows
    }

    fn start(&mut self, push: Push) {
        let (relay, outbound) = (self.relay.clone(), self.outbound.clone());
        let place = (push.account, push.destination.host.clone());
        let contact = self.contact.clone();
        let task = self.running.spawn(async move {
            let now = relay.now();
            let authorization = relay.vapid().authorization(&push.destination.origin, now, contact.as_ref());
            let outcome = post(&*outbound, &push, &authorization, now).await;
            let settled = relay.blocking(move |relay| settle(relay, &push, &outcome)).await;
            settled.unwrap_or_else(|fault: Fault| {
                log::line("push_not_settled", &[("fault", &fault.to_string())]);
                None
            })
        });
        self.places.insert(task.id(), place);
    }

    /// A request has ended, one way or another; gives the end of the pause after it.
    fn forget(&mut self, ended: &Result<(Id, Option<i64>), JoinError>) -> Option<i64> {
        let (id, next) = match ended {
            Ok((id, next)) => (*id, *next),
            Err(error) => (error.id(), None),
        };
        self.places.remove(&id);
        next
    }

    fn until(&self, next: Option<i64>) -> Duration {
        let seconds = next.map(|at| u64::try_from(at.saturating_sub(self.relay.now())).unwrap_or(0));
        seconds.map_or(limits::HOUSEKEEPING, |s| Duration::from_secs(s).min(limits::HOUSEKEEPING))
    }
}

fn after(wait: Duration) -> Instant {
    Instant::now() + wait
}
