//! `Quota/query` (RFC 9425 §4.4).

use std::cmp::Ordering;

use sceau_api::{
    MethodErrorType,
    method::{Comparator, Filter, QueryChangesRequest},
    push::ObjectType,
    quota::{Quota, QuotaCondition, QuotaQuery},
};

use crate::{
    jmap::{
        Call, Outcome, Refusal, error,
        query::{answer_with, joined},
        query_changes::answer_changes,
    },
    limits,
    store::Tx,
};

/// `Quota/query`.
pub(crate) fn query(call: &Call<'_>) -> Outcome {
    let request: QuotaQuery = call.arguments()?;
    let sort = request.sort.as_deref().unwrap_or_default();
    check_sort(sort)?;
    call.read(|tx| {
        let ids = found(tx, call, request.filter.as_ref(), sort)?;
        answer_with(tx, call, &ObjectType::Quota, ids, &request)
    })
}

/// `Quota/queryChanges` (RFC 9425 §4.5).
pub(crate) fn query_changes(call: &Call<'_>) -> Outcome {
    let request: QueryChangesRequest<QuotaCondition> = call.arguments()?;
    let sort = request.sort.as_deref().unwrap_or_default();
    check_sort(sort)?;
    call.read(|tx| {
        let results = || found(tx, call, request.filter.as_ref(), sort).map(Some);
        answer_changes(tx, call, &ObjectType::Quota, &request, |delta| Ok(delta.updated()), results)
    })
}

/// Those that a filter wants, in their order.
fn found(
    tx: &Tx<'_>,
    call: &Call<'_>,
    filter: Option<&Filter<QuotaCondition>>,
    sort: &[Comparator],
) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    for quota in super::all(tx, call.account())? {
        let mut left = limits::FILTER_CONDITIONS;
        if filter.map_or(Ok(true), |filter| matches(filter, &quota, 0, &mut left))? {
            found.push(quota);
        }
    }
    found.sort_by(|a, b| compare(a, b, sort));
    Ok(found.into_iter().map(|quota| quota.id.0).collect())
}

fn check_sort(sort: &[Comparator]) -> Result<(), Refusal> {
    let known =
        |key: &Comparator| key.collation.is_none() && matches!(key.property.as_str(), "name" | "used");
    if sort.iter().all(known) { Ok(()) } else { Err(error(MethodErrorType::UnsupportedSort)) }
}

fn compare(a: &Quota, b: &Quota, sort: &[Comparator]) -> Ordering {
    let mut order = Ordering::Equal;
    for key in sort {
        let one = match key.property.as_str() {
            "used" => a.used.cmp(&b.used),
            _ => a.name.cmp(&b.name),
        };
        order = order.then(if key.is_ascending { one } else { one.reverse() });
    }
    order.then_with(|| a.id.cmp(&b.id))
}

fn matches(
    filter: &Filter<QuotaCondition>,
    quota: &Quota,
    depth: usize,
    left: &mut usize,
) -> Result<bool, Refusal> {
    let unsupported = || error(MethodErrorType::UnsupportedFilter);
    *left = left.checked_sub(1).filter(|_| depth <= limits::FILTER_DEPTH).ok_or_else(unsupported)?;
    let (operator, conditions) = match filter {
        Filter::Condition(condition) if condition.more.is_empty() => return Ok(holds(condition, quota)),
        Filter::Condition(_) => return Err(unsupported()),
        Filter::Operator { operator, conditions } => (operator, conditions),
    };
    let mut held = Vec::new();
    for condition in conditions {
        held.push(matches(condition, quota, depth + 1, left)?);
    }
    joined(operator, &held)
}

fn holds(condition: &QuotaCondition, quota: &Quota) -> bool {
    condition.name.as_ref().is_none_or(|name| quota.name.contains(&name.to_lowercase()))
        && condition.scope.as_ref().is_none_or(|scope| *scope == quota.scope)
        && condition.resource_type.as_ref().is_none_or(|unit| *unit == quota.resource_type)
        && condition.kind.as_ref().is_none_or(|kind| quota.types.contains(kind))
}
