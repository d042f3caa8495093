//! JMAP over a WebSocket (RFC 8887): requests, their answers and changes over one connection.

use std::collections::BTreeMap;

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use sceau_api::{AccountId, ProblemCode, State as ObjectState, push::ObjectType};
use serde_json::{Map, Value, json};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{MissedTickBehavior, interval, timeout},
};

use super::source::{SESSION_CHECK, TYPES, all_states, session_lives};
use crate::{
    account, jmap, limits, log,
    problem::Denied,
    relay::{Busy, Relay, Work},
    session::bearer::Bearer,
    store::Changed,
    token::scope::Scopes,
};

/// The subprotocol (RFC 8887 §4.1).
const SUBPROTOCOL: &str = "jmap";

/// `GET /jmap/ws`.
pub(crate) async fn socket(
    State(relay): State<Relay>,
    bearer: Bearer,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Denied> {
    let upgrade = upgrade.map_err(|_| Denied::bad_request("a WebSocket handshake is needed"))?;
    let most = usize::try_from(limits::REQUEST_BYTES).unwrap_or(usize::MAX);
    let upgrade = upgrade.protocols([SUBPROTOCOL]).max_message_size(most).max_frame_size(most);
    if upgrade.selected_protocol().is_none() {
        return Err(Denied::bad_request("the subprotocol must be jmap"));
    }
    let busy = relay.begin(bearer.account, Work::Socket, limits::CONCURRENT_SOCKETS);
    let busy = busy.ok_or_else(|| Denied::limit("maxConcurrentSockets"))?;
    let changes = relay.store().listen();
    Ok(upgrade.on_upgrade(move |socket| {
        Connection { relay, bearer, socket, changes, wanted: None, _busy: busy }.serve()
    }))
}

struct Connection {
    relay: Relay,
    bearer: Bearer,
    socket: WebSocket,
    changes: Receiver<Changed>,
    /// The types whose changes are told; none until they are asked for.
    wanted: Option<Vec<ObjectType>>,
    _busy: Busy,
}

/// Why a connection ends.
struct Ended(u16, &'static str);

impl Connection {
    async fn serve(mut self) {
        let Ended(code, reason) = self.until_end().await;
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        // Whoever is gone already hears nothing.
        let _ = timeout(limits::BODY_IDLE, self.socket.send(close)).await;
    }

    async fn until_end(&mut self) -> Ended {
        let mut ticks = interval(SESSION_CHECK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        loop {
            let answer = tokio::select! {
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => self.answer(text.as_bytes()).await,
                    Some(Ok(Message::Binary(_))) => return Ended(close_code::UNSUPPORTED, "text frames only"),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_))) | None => return Ended(close_code::NORMAL, ""),
                    Some(Err(_)) => return Ended(close_code::SIZE, "too large, or no WebSocket message"),
                },
                change = self.changes.recv() => self.told(change).await,
                _ = ticks.tick() => Ok(None),
            };
            if !session_lives(&self.relay, &self.bearer).await {
                return Ended(close_code::POLICY, "the session has ended");
            }
            let text = match answer {
                Ok(None) => continue,
                Ok(Some(answer)) => answer.to_string(),
                Err(ended) => return ended,
            };
            if !matches!(timeout(limits::BODY_IDLE, self.socket.send(Message::text(text))).await, Ok(Ok(())))
            {
                return Ended(close_code::AWAY, "nobody reads");
            }
        }
    }

    /// The answer to one message; messages of one connection are answered in their order.
    async fn answer(&mut self, text: &[u8]) -> Result<Option<Value>, Ended> {
        if !session_lives(&self.relay, &self.bearer).await {
            return Err(Ended(close_code::POLICY, "the session has ended"));
        }
        let Ok(Value::Object(message)) = serde_json::from_slice(text) else {
            return Ok(Some(self.refused(None, Denied::new(ProblemCode::NotJson))));
        };
        let id = message.get("id").filter(|id| id.is_string()).cloned();
        Ok(match message.get("@type").and_then(Value::as_str) {
            Some("Request") => Some(match self.run(text.to_owned()).await {
                Ok(mut answer) => {
                    if let Some(id) = id {
                        answer.insert("requestId".to_owned(), id);
                    }
                    Value::Object(answer)
                }
                Err(denied) => self.refused(id, denied),
            }),
            Some("WebSocketPushEnable") => match self.enable(&message).await {
                Ok(change) => change,
                Err(denied) => Some(self.refused(id, denied)),
            },
            Some("WebSocketPushDisable") => {
                self.wanted = None;
                None
            }
            _ => Some(self.refused(id, Denied::new(ProblemCode::NotRequest))),
        })
    }

    /// Runs a request like one that comes by POST (RFC 8887 §4.3.2).
    async fn run(&mut self, text: Vec<u8>) -> Result<Map<String, Value>, Denied> {
        let busy = self.relay.begin(self.bearer.account, Work::Request, limits::CONCURRENT_REQUESTS);
        let _busy = busy.ok_or_else(|| Denied::limit("maxConcurrentRequests"))?;
        let (bearer, operation) = (self.bearer.clone(), self.relay.next_operation());
        let answer = self.relay.blocking(move |relay| {
            let request = jmap::read_request(&text)?;
            Ok::<_, Denied>(serde_json::to_value(jmap::run(relay, &bearer, &operation, request)))
        });
        let mut answer =
            answer.await?.ok().and_then(|answer| answer.as_object().cloned()).unwrap_or_default();
        answer.insert("@type".to_owned(), json!("Response"));
        Ok(answer)
    }

    /// A request as a whole refused (RFC 8887 §4.3.4), under a number that the log has too.
    fn refused(&self, id: Option<Value>, denied: Denied) -> Value {
        let operation = self.relay.next_operation();
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
        self.wanted = Some(types.clone());
        let Some(since) = since else { return Ok(None) };
        let mut states = all_states(&self.relay, self.bearer.account, types).await?;
        states.retain(|_, state| counter(state) > since);
        Ok(self.change(states))
    }

    async fn told(&mut self, change: Result<Changed, RecvError>) -> Result<Option<Value>, Ended> {
        let Some(wanted) = &self.wanted else { return Ok(None) };
        let states = match change {
            Ok(mut change) if change.account == self.bearer.account => {
                change.states.retain(|kind, _| wanted.contains(kind));
                change.states
            }
            Ok(_) => return Ok(None),
            // Too far behind to know what changed: tell everything.
            Err(RecvError::Lagged(_)) => all_states(&self.relay, self.bearer.account, wanted.clone())
                .await
                .map_err(|_| Ended(close_code::ERROR, "the relay failed"))?,
            Err(RecvError::Closed) => return Err(Ended(close_code::AWAY, "")),
        };
        Ok(self.change(states))
    }

    fn change(&self, states: BTreeMap<ObjectType, ObjectState>) -> Option<Value> {
        let push_state = states.values().map(counter).max()?;
        let account = AccountId(account::wire_id(self.bearer.account));
        let changed = BTreeMap::from([(account, states)]);
        Some(json!({"@type": "StateChange", "changed": changed, "pushState": push_state.to_string()}))
    }
}

fn counter(state: &ObjectState) -> i64 {
    state.0.parse().unwrap_or(0)
}
