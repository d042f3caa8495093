//! The API endpoint (RFC 8620 §3): reads a request, runs its calls in order, collects the answers.

mod i_json;
mod methods;
pub(crate) mod query;
pub(crate) mod query_changes;
mod reference;
pub(crate) mod standard;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use axum::{Json, extract::State};
use sceau_api::{
    BlobId, Invocation, MethodError, MethodErrorType, ProblemCode, Request, Response, capability,
    push::ObjectType,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    account,
    app::{Operation, read_body},
    fault::Fault,
    limits, log,
    problem::Denied,
    relay::{Relay, Work},
    session::{self, bearer::Bearer},
    store::{Tx, sql},
    token::scope,
    watch::{
        access::{self, Action, Author, Entry},
        spans::Span,
    },
};

/// What a method answers: its arguments, or why not.
pub(crate) type Outcome = Result<Value, Refusal>;

/// Why a method call fails as a whole.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The caller's doing.
    Method(Box<MethodError>),
    /// The relay's.
    Fault(Fault),
}

impl Refusal {
    /// Its name, for figures and the access trace.
    pub(crate) fn word(&self) -> &str {
        match self {
            Self::Method(error) => error.kind.as_str(),
            Self::Fault(Fault::Full) => "overQuota",
            Self::Fault(_) => "serverFail",
        }
    }
}

impl From<MethodError> for Refusal {
    fn from(error: MethodError) -> Self {
        Self::Method(Box::new(error))
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<sql::Error> for Refusal {
    fn from(error: sql::Error) -> Self {
        Self::Fault(error.into())
    }
}

/// `POST /jmap/api`.
pub(crate) async fn api(
    State(relay): State<Relay>,
    bearer: Bearer,
    Operation(operation): Operation,
    request: axum::extract::Request,
) -> Result<Json<Response>, Denied> {
    let busy = relay.begin(bearer.account, Work::Request, limits::CONCURRENT_REQUESTS);
    let busy = busy.ok_or_else(|| Denied::limit("maxConcurrentRequests"))?;
    let limit = usize::try_from(limits::REQUEST_BYTES).unwrap_or(usize::MAX);
    let bytes = read_body(request, limit).await?;
    let request = read_request(&bytes)?;
    let place = relay.requests().place().await?;
    relay
        .blocking(move |relay| {
            // The places are taken until the work is done, whoever still waits for it.
            let _taken = (busy, place);
            Ok(Json(run(relay, &bearer, &operation, request)))
        })
        .await
}

/// The errors of a request as a whole (RFC 8620 §3.6.1).
pub(crate) fn read_request(bytes: &[u8]) -> Result<Request, Denied> {
    let value = i_json::read(bytes).ok_or_else(|| Denied::new(ProblemCode::NotJson))?;
    // serde would read the members of an array as those of the object.
    let request = Some(value).filter(Value::is_object).and_then(|value| serde_json::from_value(value).ok());
    let request: Request = request.ok_or_else(|| Denied::new(ProblemCode::NotRequest))?;
    if let Some(unknown) = request.using.iter().find(|name| !is_known(name)) {
        let shown: String = unknown.chars().take(100).collect();
        return Err(Denied::new(ProblemCode::UnknownCapability).detail(shown));
    }
    if count(request.method_calls.len()) > limits::CALLS_IN_REQUEST {
        return Err(Denied::limit("maxCallsInRequest"));
    }
    Ok(request)
}

/// Whether the session resource names the capability.
fn is_known(name: &str) -> bool {
    [capability::WEBSOCKET, capability::WEBPUSH_VAPID].contains(&name) || capability::ALL.contains(&name)
}

pub(crate) fn run(relay: &Relay, bearer: &Bearer, operation: &str, request: Request) -> Response {
    let created = RefCell::new(request.created_ids.clone().unwrap_or_default());
    let budget = Budget::default();
    let mut answers: Vec<Invocation> = Vec::with_capacity(request.method_calls.len());
    for Invocation { name, arguments, call_id } in request.method_calls {
        let (using, known) = (&request.using, methods::known(&name));
        let span = Span::begin(known);
        let extra = RefCell::default();
        let outcome = reference::resolve(arguments, &answers).and_then(|arguments| {
            let method = methods::find(&name, using).ok_or_else(|| error(MethodErrorType::UnknownMethod))?;
            let call =
                Call { relay, bearer, using, created: &created, extra: &extra, budget: &budget, arguments };
            call.check_scope(&name)?;
            call.check_account(&name)?;
            method(&call)
        });
        let word = outcome.as_ref().map_or_else(Refusal::word, |_| "done");
        span.ended(word, matches!(outcome, Err(Refusal::Fault(_))));
        relay.watch().metrics.call(known, word);
        let (name, arguments) = match outcome {
            Ok(arguments) => (name, arguments),
            Err(refusal) => {
                access::refused(relay, bearer.account, &name, &refusal);
                (Invocation::ERROR.to_owned(), explain(refusal, operation))
            }
        };
        answers.push(Invocation { name, arguments, call_id: call_id.clone() });
        let implicit = extra.into_inner();
        answers.extend(implicit.into_iter().map(|(name, arguments)| {
            let call_id = call_id.clone();
            Invocation { name, arguments, call_id }
        }));
    }
    Response {
        method_responses: answers,
        created_ids: request.created_ids.map(|_| created.into_inner()),
        session_state: session::get::state(relay, bearer),
    }
}

/// The error answer of a refusal; a fault is logged under the operation number the answer carries.
fn explain(refusal: Refusal, operation: &str) -> Value {
    let error = match refusal {
        Refusal::Method(error) => *error,
        Refusal::Fault(fault) => {
            log::line("method_failed", &[("op", operation), ("fault", &fault.to_string())]);
            let (kind, text) = match fault {
                Fault::Full => (MethodErrorType::OverQuota, "The relay has no room left; nothing was kept."),
                _ => (MethodErrorType::ServerFail, "The relay failed; nothing was kept."),
            };
            MethodError::new(kind).describe(text).with("operation", operation)
        }
    };
    serde_json::to_value(error).unwrap_or_default()
}

/// One method call: who calls, with which arguments, in which request.
pub(crate) struct Call<'a> {
    pub(crate) relay: &'a Relay,
    pub(crate) bearer: &'a Bearer,
    /// The capabilities the request uses (RFC 8620 §3.3).
    pub(crate) using: &'a [String],
    /// Ids of what this request created (RFC 8620 §3.3).
    pub(crate) created: &'a RefCell<BTreeMap<String, String>>,
    /// Answers of calls this one implies (RFC 8620 §5.4, RFC 8621 §7.5).
    pub(crate) extra: &'a RefCell<Vec<(String, Value)>>,
    /// What this request may still make the relay do.
    pub(crate) budget: &'a Budget,
    arguments: Value,
}

/// Octets of blobs one request may still work through, in all its calls together.
pub(crate) struct Budget {
    /// To copy or to hash.
    worked: Cell<u64>,
    /// To carry in the answer.
    answered: Cell<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        let worked = Cell::new(limits::BLOB_BYTES_IN_REQUEST);
        Self { worked, answered: Cell::new(limits::BLOB_BYTES_IN_ANSWER) }
    }
}

impl Budget {
    /// Takes octets to copy or to hash.
    pub(crate) fn work(&self, octets: u64) -> Result<(), Refusal> {
        Self::take(&self.worked, octets)
    }

    /// Takes octets to carry in the answer.
    pub(crate) fn answer(&self, octets: u64) -> Result<(), Refusal> {
        Self::take(&self.answered, octets)
    }

    fn take(left: &Cell<u64>, octets: u64) -> Result<(), Refusal> {
        let rest = left.get().checked_sub(octets).ok_or_else(|| {
            MethodError::new(MethodErrorType::RequestTooLarge)
                .describe("More octets of blobs than one request may ask for; use upload and download.")
        })?;
        left.set(rest);
        Ok(())
    }
}

impl Call<'_> {
    /// The account of the caller.
    pub(crate) fn account(&self) -> i64 {
        self.bearer.account
    }

    /// The arguments as the method wants them.
    pub(crate) fn arguments<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(&self.arguments).map_err(|error| {
            // serde names the member; what it quotes of its value stays unsaid.
            let text = error.to_string();
            let described = if text.starts_with("missing field") || text.starts_with("unknown field") {
                text
            } else {
                "An argument has the wrong type.".to_owned()
            };
            MethodError::new(MethodErrorType::InvalidArguments).describe(described).into()
        })
    }

    /// Refuses more than `limit` records at once (RFC 8620 §5.1, §5.3).
    pub(crate) fn limit(&self, records: usize, limit: u64) -> Result<(), Refusal> {
        match count(records) > limit {
            true => Err(error(MethodErrorType::RequestTooLarge)),
            false => Ok(()),
        }
    }

    /// Reads from one consistent view.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.relay.store().read(self.relay.now(), work)
    }

    /// Changes things, all or nothing.
    pub(crate) fn write<T>(&self, work: impl Fn(&Tx<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.write_with(|| [], work)
    }

    /// Changes things of others as well, all or nothing: of the accounts of those addresses, where there are any.
    pub(crate) fn write_with<'a, T, A: IntoIterator<Item = &'a str>>(
        &self,
        others: impl Fn() -> A,
        work: impl Fn(&Tx<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.relay.store().write(self.relay.now(), |tx| {
            let mut accounts = vec![self.account()];
            for address in others() {
                accounts.extend(account::find(tx, address)?);
            }
            tx.lock(accounts)?;
            work(tx)
        })
    }

    /// Writes what the call does into the access trace.
    pub(crate) fn trace(&self, tx: &Tx<'_>, action: Action, request: &str, answer: &str) -> sql::Result<()> {
        let author = Author::Account(self.account());
        self.relay.trace(tx, &Entry::new(author, action, request, answer))
    }

    /// An id a client wrote as `#creationId` (RFC 8620 §5.3); others as they are.
    pub(crate) fn resolve_id(&self, id: &str) -> Option<String> {
        match id.strip_prefix('#') {
            Some(creation_id) => self.created.borrow().get(creation_id).cloned(),
            None => Some(id.to_owned()),
        }
    }

    /// A blob a client may have written as `#creationId` (RFC 9404 §4.1); one not known stays, and nobody has it.
    pub(crate) fn resolve_blob(&self, blob: &mut BlobId) {
        if let Some(id) = self.resolve_id(blob.as_str()) {
            blob.0 = id;
        }
    }

    /// Remembers what a creation id became.
    pub(crate) fn remember(&self, creation_id: &str, id: &str) {
        self.created.borrow_mut().insert(creation_id.to_owned(), id.to_owned());
    }

    /// Refuses what the token may not do (RFC 8620 §3.6.2).
    fn check_scope(&self, method: &str) -> Result<(), Refusal> {
        if scope::may_call(self.bearer.scopes, method, &self.arguments) {
            return Ok(());
        }
        let text = "The token may not do this; the relay's keeper makes one that may.";
        Err(MethodError::new(MethodErrorType::Forbidden).describe(text).into())
    }

    /// Every method but these is about the caller's own account.
    fn check_account(&self, method: &str) -> Result<(), Refusal> {
        if methods::WITHOUT_ACCOUNT.contains(&method) {
            return Ok(());
        }
        match self.arguments.get("accountId").and_then(Value::as_str) {
            None => Err(invalid("accountId")),
            Some(id) if id == account::wire_id(self.account()) => Ok(()),
            Some(_) => Err(error(MethodErrorType::AccountNotFound)),
        }
    }
}

/// `Core/echo` (RFC 8620 §4).
pub(crate) fn echo(call: &Call<'_>) -> Outcome {
    Ok(call.arguments.clone())
}

/// An answer as JSON.
pub(crate) fn answer<T: Serialize>(value: &T) -> Outcome {
    serde_json::to_value(value).map_err(|_| Refusal::Fault(Fault::Damaged("an answer is no JSON")))
}

/// A refusal that says no more than its kind.
pub(crate) fn error(kind: MethodErrorType) -> Refusal {
    MethodError::new(kind).into()
}

/// `invalidArguments`, naming one.
pub(crate) fn invalid(name: &str) -> Refusal {
    MethodError::new(MethodErrorType::InvalidArguments)
        .describe(format!("The argument {name} is wrong."))
        .into()
}

/// A number of things as the limits count.
pub(crate) fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}

/// Reads ids of one kind: the kind's letter, then a number without leading zeros.
pub(crate) fn row_id(kind: char, id: &str) -> Option<i64> {
    let digits = id.strip_prefix(kind)?;
    let number = digits.parse::<i64>().ok()?;
    (number >= 0 && number.to_string() == digits).then_some(number)
}

/// The types whose states are told, with the letter of their ids.
pub(crate) fn letter_of(kind: &ObjectType) -> char {
    match kind {
        ObjectType::Mailbox => 'm',
        ObjectType::Thread => 't',
        ObjectType::Letter => 'l',
        ObjectType::EmailSubmission => 's',
        ObjectType::Identity => 'i',
        ObjectType::Quota => 'q',
        _ => 'e',
    }
}
