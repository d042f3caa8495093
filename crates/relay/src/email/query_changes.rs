//! `Email/queryChanges` (RFC 8621 §4.5).

use std::collections::BTreeSet;

use sceau_api::{
    MethodErrorType, State, email::EmailCondition, method::QueryChangesRequest, push::ObjectType,
};

use super::query::{Builder, Reach};
use crate::{
    jmap::{Call, Outcome, Refusal, error, query_changes::answer_changes},
    limits,
    store::{
        Tx,
        change::{self, Delta},
        sql,
    },
};

/// `Email/queryChanges`.
pub(crate) fn query_changes(call: &Call<'_>) -> Outcome {
    let request: QueryChangesRequest<EmailCondition> = call.arguments()?;
    let builder =
        Builder::filtered(call.account(), request.filter.as_ref())?.sorted(request.sort.as_deref())?;
    let collapse = request.collapse_threads == Some(true);
    let reach = if collapse { Reach::Thread } else { builder.reach() };
    call.read(|tx| {
        let moved = |delta: &Delta| match reach {
            Reach::Nothing => Ok(BTreeSet::new()),
            Reach::Itself => Ok(delta.updated()),
            Reach::Thread => in_changed_threads(tx, call, delta, &request.since_query_state),
        };
        let results = || builder.all(tx, collapse, Some(limits::QUERY_CHANGES_RESULTS));
        answer_changes(tx, call, &ObjectType::Email, &request, moved, results)
    })
}

/// Every Email of a Thread that has one that changed, or had.
fn in_changed_threads(
    tx: &Tx<'_>,
    call: &Call<'_>,
    delta: &Delta,
    since: &State,
) -> Result<BTreeSet<i64>, Refusal> {
    // An Email that is gone was in a Thread that has changed by that.
    let changed = change::threads_since(tx, call.account(), since)?;
    let changed = changed.ok_or_else(|| error(MethodErrorType::CannotCalculateChanges))?;
    let mut threads: BTreeSet<i64> = changed.into_iter().collect();
    for email in delta.created.iter().chain(&delta.updated) {
        threads.extend(numbers(tx, "SELECT thread FROM email WHERE id = ?", *email)?);
    }
    let mut emails = BTreeSet::new();
    for thread in threads {
        emails.extend(numbers(tx, "SELECT id FROM email WHERE thread = ?", thread)?);
    }
    Ok(emails)
}

fn numbers(tx: &Tx<'_>, sql: &str, of: i64) -> sql::Result<Vec<i64>> {
    tx.prepare_cached(sql)?.query_map([of], |row| row.get(0))?.collect()
}
