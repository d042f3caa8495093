//! What the standard methods (RFC 8620 §5) share.

use std::collections::BTreeMap;

use sceau_api::{
    MethodErrorType, SetError, State,
    method::{ChangesRequest, ChangesResponse, SetResponse},
    push::ObjectType,
};
use serde_json::{Map, Value};

use super::{Call, Outcome, Refusal, answer, error, invalid, letter_of};
use crate::{
    limits,
    store::{Tx, change},
};

/// `Foo/changes` (RFC 8620 §5.2).
pub(crate) fn changes(call: &Call<'_>, kind: &ObjectType) -> Outcome {
    let request: ChangesRequest = call.arguments()?;
    if request.max_changes == Some(0) {
        return Err(invalid("maxChanges"));
    }
    let max = request.max_changes.unwrap_or(limits::CHANGES);
    let delta = call.read(|tx| Ok(change::since(tx, call.account(), kind, &request.since_state, max)?))?;
    let delta = delta.ok_or_else(|| error(MethodErrorType::CannotCalculateChanges))?;
    let letter = letter_of(kind);
    let ids = |rows: Vec<i64>| rows.into_iter().map(|row| format!("{letter}{row}")).collect();
    let counts: Option<&[&str]> = match kind {
        ObjectType::Mailbox => Some(&["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]),
        ObjectType::Quota => Some(&["used"]),
        _ => None,
    };
    let only_counts = counts.filter(|_| delta.only_counts);
    let mut value = answer(&ChangesResponse::<String> {
        account_id: request.account_id,
        old_state: request.since_state,
        new_state: State(delta.new_state),
        has_more_changes: delta.has_more,
        created: ids(delta.created),
        updated: ids(delta.updated),
        destroyed: ids(delta.destroyed),
        updated_properties: only_counts.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
    })?;
    if let Some(members) = value.as_object_mut().filter(|_| counts.is_some()) {
        // RFC 8621 §2.2, RFC 9425 §4.3: the member is there, and null when unknown.
        members.entry("updatedProperties").or_insert(Value::Null);
    }
    Ok(value)
}

/// Refuses when `wanted` is not the state of `kind` (RFC 8620 §5.3); gives the state.
pub(crate) fn state_must_be(
    tx: &Tx<'_>,
    account: i64,
    kind: &ObjectType,
    wanted: Option<&State>,
) -> Result<State, Refusal> {
    let state = change::state(tx, account, kind)?;
    match wanted.is_none_or(|wanted| *wanted == state) {
        true => Ok(state),
        false => Err(error(MethodErrorType::StateMismatch)),
    }
}

/// What a `/set` did, record by record.
#[derive(Default)]
pub(crate) struct SetDone {
    created: BTreeMap<String, Map<String, Value>>,
    updated: BTreeMap<String, Option<Map<String, Value>>>,
    destroyed: Vec<String>,
    not_created: BTreeMap<String, SetError>,
    not_updated: BTreeMap<String, SetError>,
    not_destroyed: BTreeMap<String, SetError>,
}

impl SetDone {
    pub(crate) fn create(&mut self, creation_id: &str, outcome: Result<Map<String, Value>, SetError>) {
        match outcome {
            Ok(record) => drop(self.created.insert(creation_id.to_owned(), record)),
            Err(error) => drop(self.not_created.insert(creation_id.to_owned(), error)),
        }
    }

    pub(crate) fn update(&mut self, id: &str, outcome: Result<(), SetError>) {
        match outcome {
            Ok(()) => drop(self.updated.insert(id.to_owned(), None)),
            Err(error) => drop(self.not_updated.insert(id.to_owned(), error)),
        }
    }

    pub(crate) fn destroy(&mut self, id: &str, outcome: Result<(), SetError>) {
        match outcome {
            Ok(()) => self.destroyed.push(id.to_owned()),
            Err(error) => drop(self.not_destroyed.insert(id.to_owned(), error)),
        }
    }

    /// The ids of what was destroyed, for the access trace; none when nothing was.
    pub(crate) fn destroyed(&self) -> Option<String> {
        (!self.destroyed.is_empty()).then(|| self.destroyed.join(" "))
    }

    /// The answer (RFC 8620 §5.3): lists that are empty are null.
    pub(crate) fn answer(self, call: &Call<'_>, old_state: State, new_state: State) -> Outcome {
        answer(&SetResponse::<String> {
            account_id: crate::account::wire_id(call.account()).into(),
            old_state: Some(old_state),
            new_state,
            created: some(self.created),
            updated: some(self.updated),
            destroyed: Some(self.destroyed).filter(|list| !list.is_empty()),
            not_created: some(self.not_created),
            not_updated: some(self.not_updated),
            not_destroyed: some(self.not_destroyed),
        })
    }
}

fn some<V>(map: BTreeMap<String, V>) -> Option<BTreeMap<String, V>> {
    Some(map).filter(|map| !map.is_empty())
}

/// How many records a `/set` touches (RFC 8620 §5.3).
pub(crate) fn set_size<C, I: Ord>(request: &sceau_api::method::SetRequest<C, I>) -> usize {
    request.create.as_ref().map_or(0, BTreeMap::len)
        + request.update.as_ref().map_or(0, BTreeMap::len)
        + request.destroy.as_ref().map_or(0, Vec::len)
}

/// The members of a record a client asked for, `id` always among them; `None` asks for all.
pub(crate) fn pick(record: Value, properties: Option<&[String]>) -> Value {
    let (Value::Object(mut members), Some(properties)) = (record.clone(), properties) else { return record };
    members.retain(|name, _| name == "id" || properties.contains(name));
    Value::Object(members)
}

/// Refuses properties the type does not have (RFC 8620 §5.1).
pub(crate) fn check_properties(properties: Option<&[String]>, known: &[&str]) -> Result<(), Refusal> {
    let unknown = properties.unwrap_or_default().iter().any(|name| !known.contains(&name.as_str()));
    if unknown { Err(invalid("properties")) } else { Ok(()) }
}
