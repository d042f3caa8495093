//! What changed in the results of a query (RFC 8620 §5.6). The relay keeps no query: the log says which objects changed since a
//! state, the query is asked anew, and whatever may have moved is taken out and put in where it is now.

use std::collections::BTreeSet;

use sceau_api::{
    MethodErrorType, State,
    method::{AddedItem, QueryChangesRequest, QueryChangesResponse},
    push::ObjectType,
};

use super::{Call, Outcome, Refusal, answer, count, error, letter_of};
use crate::{
    account, limits,
    store::{
        Tx,
        change::{self, Delta},
    },
};

/// The answer to a question for what changed in the results of a query for objects of `kind`.
///
/// `moved` gives the objects, of those that were there before and still are, whose place may be another: it is never asked when
/// nothing changed. `results` gives all results now, `None` when they are too many.
pub(crate) fn answer_changes<F>(
    tx: &Tx<'_>,
    call: &Call<'_>,
    kind: &ObjectType,
    request: &QueryChangesRequest<F>,
    moved: impl FnOnce(&Delta) -> Result<BTreeSet<i64>, Refusal>,
    results: impl FnOnce() -> Result<Option<Vec<String>>, Refusal>,
) -> Outcome {
    let unknown = || error(MethodErrorType::CannotCalculateChanges);
    let delta = change::since(tx, call.account(), kind, &request.since_query_state, limits::CHANGES)?;
    let delta = delta.filter(|delta| !delta.has_more).ok_or_else(unknown)?;
    let wants_total = request.calculate_total == Some(true);
    let (mut removed, mut added, mut total) = (Vec::new(), Vec::new(), None);
    if wants_total || !delta.is_empty() {
        let letter = letter_of(kind);
        let id = |row: &i64| format!("{letter}{row}");
        let created: BTreeSet<String> = delta.created.iter().map(id).collect();
        let moved: BTreeSet<String> = match delta.is_empty() {
            true => BTreeSet::new(),
            false => moved(&delta)?.iter().map(id).collect(),
        };
        let results = results()?.ok_or_else(unknown)?;
        total = wants_total.then(|| count(results.len()));
        removed.extend(delta.destroyed.iter().map(id));
        removed.extend(moved.difference(&created).cloned());
        let is_in = |id: &String| moved.contains(id) || created.contains(id);
        let placed = results.into_iter().enumerate().filter(|(_, id)| is_in(id));
        added.extend(placed.map(|(index, id)| AddedItem { id, index: count(index) }));
    }
    if request.max_changes.is_some_and(|max| count(removed.len() + added.len()) > max) {
        return Err(error(MethodErrorType::TooManyChanges));
    }
    answer(&QueryChangesResponse::<String> {
        account_id: account::wire_id(call.account()).into(),
        old_query_state: request.since_query_state.clone(),
        new_query_state: State(delta.new_state),
        total,
        removed,
        added,
    })
}
