//! `EmailSubmission/query` (RFC 8621 §7.3).

use std::cmp::Ordering;

use sceau_api::{
    MethodErrorType,
    method::{Comparator, Filter, FilterOperator, QueryChangesRequest, QueryRequest},
    push::ObjectType,
    submission::EmailSubmission,
};
use serde_json::{Map, Value};

use super::get;
use crate::{
    fault::Fault,
    jmap::{
        Call, Outcome, Refusal, error, invalid,
        query::{answer_with, joined},
        query_changes::answer_changes,
        row_id,
    },
    limits,
    store::Tx,
};

/// `EmailSubmission/query`.
pub(crate) fn query(call: &Call<'_>) -> Outcome {
    let request: QueryRequest<Map<String, Value>> = call.arguments()?;
    if let Some(filter) = &request.filter {
        check(filter, 0, &mut 0)?;
    }
    call.read(|tx| {
        let ids = found(tx, call, request.filter.as_ref(), request.sort.as_deref())?;
        answer_with(tx, call, &ObjectType::EmailSubmission, ids, &request)
    })
}

/// `EmailSubmission/queryChanges` (RFC 8621 §7.4).
pub(crate) fn query_changes(call: &Call<'_>) -> Outcome {
    let request: QueryChangesRequest<Map<String, Value>> = call.arguments()?;
    if let Some(filter) = &request.filter {
        check(filter, 0, &mut 0)?;
    }
    call.read(|tx| {
        let results = || found(tx, call, request.filter.as_ref(), request.sort.as_deref()).map(Some);
        answer_changes(tx, call, &ObjectType::EmailSubmission, &request, |delta| Ok(delta.updated()), results)
    })
}

/// Those that a filter wants, in their order.
fn found(
    tx: &Tx<'_>,
    call: &Call<'_>,
    filter: Option<&Filter<Map<String, Value>>>,
    sort: Option<&[Comparator]>,
) -> Result<Vec<String>, Refusal> {
    let mut found: Vec<EmailSubmission> = Vec::new();
    for id in get::all_ids(tx, call.account())? {
        let row = row_id('s', id.as_str()).ok_or(Fault::Damaged("a submission id"))?;
        let submission = get::read(tx, call.account(), row)?.ok_or(Fault::Damaged("a submission"))?;
        let matches = match filter {
            Some(filter) => matches(filter, &submission, 0)?,
            None => true,
        };
        if matches {
            found.push(submission);
        }
    }
    for key in sort.unwrap_or_default().iter().rev() {
        let compare: fn(&EmailSubmission, &EmailSubmission) -> Ordering = match key.property.as_str() {
            "emailId" => |a, b| a.email_id.cmp(&b.email_id),
            "threadId" => |a, b| a.thread_id.cmp(&b.thread_id),
            "sentAt" | "sendAt" => |a, b| a.send_at.cmp(&b.send_at),
            _ => return Err(error(MethodErrorType::UnsupportedSort)),
        };
        // Equal ones keep the order that the keys after this one gave them.
        found.sort_by(|a, b| if key.is_ascending { compare(a, b) } else { compare(b, a) });
    }
    Ok(found.into_iter().map(|submission| submission.id.0).collect())
}

/// A filter is refused for what it is, and not only where there is something to hold it against.
fn check(filter: &Filter<Map<String, Value>>, depth: usize, conditions: &mut usize) -> Result<(), Refusal> {
    *conditions += 1;
    if depth > limits::FILTER_DEPTH || *conditions > limits::FILTER_CONDITIONS {
        return Err(error(MethodErrorType::UnsupportedFilter));
    }
    match filter {
        Filter::Operator { operator: FilterOperator::Other(_), .. } => Err(invalid("filter")),
        Filter::Operator { conditions: inner, .. } => {
            inner.iter().try_for_each(|filter| check(filter, depth + 1, conditions))
        }
        Filter::Condition(condition) => condition.iter().try_for_each(|(name, value)| match name.as_str() {
            "identityIds" | "emailIds" | "threadIds" if value.is_array() => Ok(()),
            "undoStatus" | "before" | "after" if value.is_string() => Ok(()),
            "identityIds" | "emailIds" | "threadIds" | "undoStatus" | "before" | "after" => {
                Err(invalid("filter"))
            }
            _ => Err(error(MethodErrorType::UnsupportedFilter)),
        }),
    }
}

fn matches(
    filter: &Filter<Map<String, Value>>,
    submission: &EmailSubmission,
    depth: usize,
) -> Result<bool, Refusal> {
    if depth > limits::FILTER_DEPTH {
        return Err(error(MethodErrorType::UnsupportedFilter));
    }
    let (operator, conditions) = match filter {
        Filter::Condition(condition) => return holds(condition, submission),
        Filter::Operator { operator, conditions } => (operator, conditions),
    };
    let mut held = Vec::new();
    for condition in conditions {
        held.push(matches(condition, submission, depth + 1)?);
    }
    joined(operator, &held)
}

fn holds(condition: &Map<String, Value>, submission: &EmailSubmission) -> Result<bool, Refusal> {
    let mut all = true;
    for (name, value) in condition {
        let among = |id: Option<&str>| {
            let ids = value.as_array().ok_or_else(|| invalid("filter"))?;
            Ok::<_, Refusal>(ids.iter().any(|one| one.as_str() == id))
        };
        let text = || value.as_str().ok_or_else(|| invalid("filter"));
        let send_at = submission.send_at.as_ref().map(|date| date.0.as_str()).unwrap_or_default();
        all &= match name.as_str() {
            "identityIds" => among(submission.identity_id.as_ref().map(|id| id.as_str()))?,
            "emailIds" => among(submission.email_id.as_ref().map(|id| id.as_str()))?,
            "threadIds" => among(submission.thread_id.as_ref().map(|id| id.as_str()))?,
            "undoStatus" => submission.undo_status.as_ref().is_some_and(|status| value == status.as_str()),
            "before" => send_at < text()?,
            "after" => send_at >= text()?,
            _ => return Err(error(MethodErrorType::UnsupportedFilter)),
        };
    }
    Ok(all)
}
