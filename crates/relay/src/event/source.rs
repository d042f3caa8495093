//! The event source (RFC 8620 §7.3), read by `fetch` with the bearer token.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
};
use futures::stream;
use sceau_api::{
    AccountId, State as ObjectState,
    push::{ObjectType, PING_EVENT, Ping, STATE_EVENT, StateChange},
};
use serde::Deserialize;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::told::{States, Told, above, highest};
use crate::{
    account,
    fault::Fault,
    limits,
    problem::Denied,
    relay::Relay,
    session::bearer::{self, Bearer},
    store::{Changed, Follow, change},
    token::scope::Scopes,
    watch::metrics::Open,
};

/// Every type whose state is told.
pub(super) const TYPES: [ObjectType; 10] = [
    ObjectType::Mailbox,
    ObjectType::Thread,
    ObjectType::Email,
    ObjectType::EmailDelivery,
    ObjectType::Identity,
    ObjectType::EmailSubmission,
    ObjectType::Quota,
    ObjectType::Letter,
    ObjectType::Vault,
    ObjectType::IndexSegment,
];
/// How often a silent stream looks whether its session still lives.
const SESSION_CHECK: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
pub(crate) struct Parameters {
    types: String,
    closeafter: String,
    ping: u64,
}

/// `GET /jmap/eventsource/?types=…&closeafter=…&ping=…`.
pub(crate) async fn source(
    State(relay): State<Relay>,
    bearer: Bearer,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, axum::extract::rejection::QueryRejection>,
) -> Result<impl IntoResponse, Denied> {
    bearer.must_have(Scopes::READ)?;
    let Query(parameters) =
        parameters.map_err(|_| Denied::bad_request("types, closeafter and ping are needed"))?;
    let close_after_state = match parameters.closeafter.as_str() {
        "state" => true,
        "no" => false,
        _ => return Err(Denied::bad_request("closeafter")),
    };
    let types = match parameters.types.as_str() {
        "*" => TYPES.to_vec(),
        list => list.split(',').map(ObjectType::from).collect(),
    };
    // Heard from before the states are read: nothing can fall between.
    let changes = relay.store().follow(bearer.account);
    let last_event = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let ping =
        (parameters.ping > 0).then(|| parameters.ping.clamp(limits::PING_MINIMUM, limits::PING_MAXIMUM));
    let pings = ticks(ping.map_or(SESSION_CHECK, Duration::from_secs));
    let checks = ticks(SESSION_CHECK);
    let open = relay.watch().metrics.open("event_source");
    let states = all_states(&relay, bearer.account).await?;
    let told = Told::up_to(&states);
    let missed = last_event.map(|last| above(states, last.parse().unwrap_or(0)));
    let follower = Follower {
        _open: open,
        relay,
        bearer,
        types,
        changes,
        pings,
        checks,
        ping,
        close_after_state,
        missed,
        told,
        done: false,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(Sse::new(events))
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.reset();
    ticks
}

/// One open event source.
struct Follower {
    relay: Relay,
    bearer: Bearer,
    types: Vec<ObjectType>,
    changes: Follow,
    pings: Interval,
    /// How often a silent stream looks whether its session still lives.
    checks: Interval,
    ping: Option<u64>,
    close_after_state: bool,
    /// What happened before this stream began.
    missed: Option<States>,
    /// Changes up to here are not told again.
    told: Told,
    done: bool,
    _open: Open,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        if self.done {
            return None;
        }
        if let Some(states) = self.missed.take().map(|states| self.of_interest(states))
            && !states.is_empty()
        {
            return self.state_event(states).await;
        }
        loop {
            let states = tokio::select! {
                biased;
                () = self.relay.stopping() => {
                    self.done = true;
                    return Some(Event::default().comment("the relay stops; connect again"));
                }
                _ = self.checks.tick() => match self.session_lives().await {
                    true => continue,
                    false => return None,
                },
                _ = self.pings.tick() => {
                    if !self.session_lives().await {
                        return None;
                    }
                    let Some(interval) = self.ping else { continue };
                    return Event::default().event(PING_EVENT).json_data(Ping { interval }).ok();
                }
                change = self.changes.next() => states_of(&self.relay, change?).await.ok()?,
            };
            let newer = self.told.newer(states);
            let states = self.of_interest(newer);
            if !states.is_empty() {
                return self.state_event(states).await;
            }
        }
    }

    fn of_interest(&self, mut states: States) -> States {
        states.retain(|kind, _| self.types.contains(kind));
        states
    }

    async fn state_event(&mut self, states: States) -> Option<Event> {
        if !self.session_lives().await {
            return None;
        }
        self.done = self.close_after_state;
        // Where to go on from: the highest counter told.
        let id = highest(&states);
        let change = StateChange::of(AccountId(account::wire_id(self.bearer.account)), states);
        Event::default().event(STATE_EVENT).id(id.to_string()).json_data(change).ok()
    }

    async fn session_lives(&self) -> bool {
        session_lives(&self.relay, &self.bearer).await
    }
}

/// The states that a change brought about, and perhaps others: those known already are not told again.
pub(super) async fn states_of(relay: &Relay, change: Changed) -> Result<States, Fault> {
    match change.states {
        Some(states) => Ok(states),
        None => all_states(relay, change.account).await,
    }
}

/// The states of all types that are told.
pub(super) async fn all_states(relay: &Relay, account: i64) -> Result<States, Fault> {
    let states = relay.blocking(move |relay| {
        relay.store().read::<_, Fault>(relay.now(), |tx| {
            let mut written = change::states(tx, account)?;
            let mut state =
                |kind: &ObjectType| written.remove(kind).unwrap_or_else(|| ObjectState::from("0"));
            Ok(TYPES.iter().map(|kind| (kind.clone(), state(kind))).collect())
        })
    });
    states.await
}

/// Whether the token still opens.
pub(super) async fn session_lives(relay: &Relay, bearer: &Bearer) -> bool {
    let token_hash = bearer.token_hash.clone();
    let found = relay.blocking(move |relay| {
        relay.store().read::<_, Fault>(relay.now(), |tx| Ok(bearer::find(tx, token_hash)?.is_some()))
    });
    found.await.unwrap_or(false)
}
