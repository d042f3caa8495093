//! JMAP over a WebSocket (RFC 8887): requests, their answers and changes over one connection.

use std::collections::BTreeMap;

use axum::extract::ws::{Message, WebSocket};
use sceau_api::{AccountId, ProblemCode, path, push::ObjectType};
use serde_json::{Map, Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use super::{
    ending::Ended,
    source::{TYPES, all_states, session_lives, states_of},
    told::{States, Told, above, highest},
};
use crate::{
    account, jmap, limits, log,
    problem::Denied,
    rate::Resource,
    relay::{Busy, Relay, Work},
    session::bearer::Bearer,
    stop::Following,
    store::{Changed, Follow},
    token::scope::Scopes,
    watch::{
        metrics::Open,
        spans::{self, Parent},
    },
};

/// One open connection.
pub(super) struct Connection {
    relay: Relay,
    bearer: Bearer,
    changes: Follow,
    /// The types whose changes are told, and up to where they are known; none until they are asked for.
    wanted: Option<(Vec<ObjectType>, Told)>,
    /// Requests under way. They run beside each other, and each is answered when it is done (RFC 8887 §4.1).
    running: JoinSet<Value>,
    /// When the other side was last heard of.
    heard: Instant,
    /// The relay waits for it when it stops.
    stop: Following,
    _busy: Busy,
    _open: Open,
}

impl Connection {
    pub(super) fn new(relay: Relay, bearer: Bearer, changes: Follow, busy: Busy) -> Self {
        let (running, heard, stop) = (JoinSet::new(), Instant::now(), relay.follow());
        let open = relay.watch().metrics.open("websocket");
        Self { relay, bearer, changes, wanted: None, running, heard, stop, _busy: busy, _open: open }
    }

    /// Serves until one side ends it, and says why.
    pub(super) async fn serve(mut self, mut socket: WebSocket) {
        let Err(ended) = self.until_end(&mut socket).await;
        // Whoever is gone already hears nothing.
        let _ = timeout(limits::UNREAD, socket.send(ended.message())).await;
    }

    async fn until_end(&mut self, socket: &mut WebSocket) -> Result<std::convert::Infallible, Ended> {
        let mut ticks = interval(limits::SOCKET_PING);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        loop {
            let answer = tokio::select! {
                // More than may run at the same time waits in the socket, not in memory.
                message = socket.recv(), if self.has_room() => self.heard(message).await?,
                Some(answer) = self.running.join_next() => self.done(answer.ok()),
                change = self.changes.next() => self.told(change).await?,
                _ = ticks.tick() => Some(self.ping()?),
                () = self.stop.begun() => return Err(Ended::STOPPING),
            };
            let Some(answer) = answer else { continue };
            if !session_lives(&self.relay, &self.bearer).await {
                return Err(Ended::SESSION);
            }
            match timeout(limits::UNREAD, socket.send(answer)).await {
                Ok(Ok(())) => {}
                _ => return Err(Ended::UNREAD),
            }
        }
    }

    fn has_room(&self) -> bool {
        self.running.len() < usize::try_from(limits::CONCURRENT_REQUESTS).unwrap_or(usize::MAX)
    }

    /// A ping, unless nothing came since so many of them.
    fn ping(&self) -> Result<Message, Ended> {
        let silent = self.running.is_empty() && self.heard.elapsed() >= limits::SOCKET_SILENCE;
        if silent { Err(Ended::SILENT) } else { Ok(Message::Ping(Default::default())) }
    }

    fn done(&mut self, answer: Option<Value>) -> Option<Message> {
        // While a request ran, its connection may not have been read.
        self.heard = Instant::now();
        let failed = || self.refused(None, Denied::new(ProblemCode::ServerFailed));
        Some(text(&answer.unwrap_or_else(failed)))
    }

    async fn heard(
        &mut self,
        message: Option<Result<Message, axum::Error>>,
    ) -> Result<Option<Message>, Ended> {
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => self.answer(text.as_bytes()).await,
            Some(Ok(Message::Binary(_))) => Err(Ended::BINARY),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Close(_))) | None => Err(Ended::BY_THEM),
            Some(Err(error)) => Err(Ended::of_error(error)),
        }
    }

    /// The answer to one message, if there is one at once: a request is answered when it is done.
    async fn answer(&mut self, message: &[u8]) -> Result<Option<Message>, Ended> {
        if !session_lives(&self.relay, &self.bearer).await {
            return Err(Ended::SESSION);
        }
        let Ok(Value::Object(members)) = serde_json::from_slice(message) else {
            return Ok(Some(text(&self.refused(None, Denied::new(ProblemCode::NotJson)))));
        };
        let id = members.get("id").filter(|id| id.is_string()).cloned();
        let answer = match members.get("@type").and_then(Value::as_str) {
            Some("Request") => {
                self.begin(id, message.to_owned());
                None
            }
            Some("WebSocketPushEnable") => match self.enable(&members).await {
                Ok(change) => change,
                Err(denied) => Some(self.refused(id, denied)),
            },
            Some("WebSocketPushDisable") => {
                self.wanted = None;
                None
            }
            _ => Some(self.refused(id, Denied::new(ProblemCode::NotRequest))),
        };
        Ok(answer.as_ref().map(text))
    }

    fn begin(&mut self, id: Option<Value>, message: Vec<u8>) {
        let (relay, bearer) = (self.relay.clone(), self.bearer.clone());
        self.running.spawn(async move {
            match run(&relay, bearer, message).await {
                Ok(mut answer) => {
                    answer.insert("@type".to_owned(), json!("Response"));
                    answer.extend(id.map(|id| ("requestId".to_owned(), id)));
                    Value::Object(answer)
                }
                Err(denied) => refused(&relay, id, denied),
            }
        });
    }

    fn refused(&self, id: Option<Value>, denied: Denied) -> Value {
        refused(&self.relay, id, denied)
    }

    /// Tells changes from now on, and what was missed since `pushState` (RFC 8887 §4.3.5.2).
    async fn enable(&mut self, message: &Map<String, Value>) -> Result<Option<Value>, Denied> {
        self.bearer.must_have(Scopes::READ)?;
        let wrong =
            || Denied::bad_request("dataTypes is null or a list of types, pushState a state told before");
        let types: Vec<ObjectType> = match message.get("dataTypes") {
            None | Some(Value::Null) => TYPES.to_vec(),
            Some(Value::Array(names)) => {
                let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
                let types = names.ok_or_else(wrong)?.into_iter().map(ObjectType::from);
                types.filter(|kind| TYPES.contains(kind)).collect()
            }
            Some(_) => return Err(wrong()),
        };
        let since = match message.get("pushState") {
            None | Some(Value::Null) => None,
            // One that was never told means that anything may have been missed.
            Some(Value::String(state)) => Some(state.parse::<i64>().unwrap_or(0)),
            Some(_) => return Err(wrong()),
        };
        let mut states = all_states(&self.relay, self.bearer.account).await?;
        let told = Told::up_to(&states);
        states.retain(|kind, _| types.contains(kind));
        self.wanted = Some((types, told));
        Ok(since.and_then(|since| self.change(above(states, since))))
    }

    async fn told(&mut self, change: Option<Changed>) -> Result<Option<Message>, Ended> {
        let change = change.ok_or(Ended::MISSED)?;
        let Some((wanted, told)) = &mut self.wanted else { return Ok(None) };
        let states = states_of(&self.relay, change).await;
        let mut states = told.newer(states.map_err(|_| Ended::FAILED)?);
        states.retain(|kind, _| wanted.contains(kind));
        Ok(self.change(states).as_ref().map(text))
    }

    fn change(&self, states: States) -> Option<Value> {
        let push_state = (!states.is_empty()).then(|| highest(&states))?;
        let account = AccountId(account::wire_id(self.bearer.account));
        let changed = BTreeMap::from([(account, states)]);
        Some(json!({"@type": "StateChange", "changed": changed, "pushState": push_state.to_string()}))
    }
}

/// Runs a request like one that comes by POST (RFC 8887 §4.3.2).
async fn run(relay: &Relay, bearer: Bearer, message: Vec<u8>) -> Result<Map<String, Value>, Denied> {
    relay.take(bearer.asking(), Resource::Requests, 1)?;
    let busy = relay.begin(bearer.account, Work::Request, limits::CONCURRENT_REQUESTS);
    let busy = busy.ok_or_else(|| Denied::limit("maxConcurrentRequests"))?;
    let place = relay.requests().place().await?;
    let operation = relay.next_operation();
    let span = spans::Request::begin(relay.watch().recorder(), &Parent::None);
    let number = operation.clone();
    let answer = span.around(relay.blocking(move |relay| {
        // The places are taken until the work is done, whoever still waits for it.
        let _taken = (busy, place);
        let request = jmap::read_request(&message)?;
        Ok::<_, Denied>(serde_json::to_value(jmap::run(relay, &bearer, &operation, request)))
    }));
    let answer = answer.await?;
    span.end(path::WEBSOCKET, "Request", 200, &number);
    Ok(answer.ok().and_then(|answer| answer.as_object().cloned()).unwrap_or_default())
}

/// A request as a whole refused (RFC 8887 §4.3.4), under a number that the log has too.
fn refused(relay: &Relay, id: Option<Value>, denied: Denied) -> Value {
    let operation = relay.next_operation();
    let (mut problem, fault) = denied.into_problem();
    problem.operation = Some(operation.clone());
    if let Some(fault) = fault {
        log::line("socket_failed", &[("op", &operation), ("fault", &fault)]);
    }
    let mut members = serde_json::to_value(problem).unwrap_or_default();
    if let Some(members) = members.as_object_mut() {
        members.insert("@type".to_owned(), json!("RequestError"));
        members.insert("requestId".to_owned(), id.unwrap_or_default());
    }
    members
}

fn text(answer: &Value) -> Message {
    Message::text(answer.to_string())
}
