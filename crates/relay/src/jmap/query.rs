//! What all queries have in common (RFC 8620 §5.5): windows over their results, and joined conditions.

use sceau_api::{
    MethodErrorType,
    method::{FilterOperator, QueryRequest, QueryResponse},
    push::ObjectType,
};

use super::{Call, Outcome, Refusal, answer, count, error, invalid};
use crate::{
    account, limits,
    store::{Tx, change},
};

/// The answer to a query for objects of `kind` that found `ids`, in their order: the part of them that it asks for.
pub(crate) fn answer_with<F>(
    tx: &Tx<'_>,
    call: &Call<'_>,
    kind: &ObjectType,
    ids: Vec<String>,
    request: &QueryRequest<F>,
) -> Outcome {
    let total = count(ids.len());
    let window = window(ids, request)?;
    answer(&QueryResponse::<String> {
        account_id: account::wire_id(call.account()).into(),
        query_state: change::state(tx, call.account(), kind)?,
        can_calculate_changes: true,
        position: window.position,
        ids: window.ids,
        total: request.calculate_total.filter(|&asked| asked).map(|_| total),
        limit: window.limit,
    })
}

/// The part of a query's results that can be read without the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) position: u64,
    pub(crate) limit: u64,
    /// The client asked for more than the relay gives.
    is_cut: bool,
}

impl Page {
    /// The page a request asks for; `None` when it takes all results to tell, as with an anchor or a position from the end.
    pub(crate) fn of<F>(request: &QueryRequest<F>) -> Option<Self> {
        if request.anchor.is_some() {
            return None;
        }
        let position = u64::try_from(request.position.unwrap_or(0)).ok()?;
        let asked = request.limit.unwrap_or(u64::MAX);
        Some(Self {
            position,
            limit: asked.min(limits::QUERY_RESULTS),
            is_cut: asked > limits::QUERY_RESULTS,
        })
    }
}

/// The answer to a query for objects of `kind`, of which `ids` are those of the page and, where there are more, some of the next.
pub(crate) fn answer_page(
    tx: &Tx<'_>,
    call: &Call<'_>,
    kind: &ObjectType,
    mut ids: Vec<String>,
    page: Page,
    total: Option<u64>,
) -> Outcome {
    let has_more = count(ids.len()) > page.limit;
    ids.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    answer(&QueryResponse::<String> {
        account_id: account::wire_id(call.account()).into(),
        query_state: change::state(tx, call.account(), kind)?,
        can_calculate_changes: true,
        position: page.position,
        ids,
        total,
        limit: (page.is_cut && has_more).then_some(page.limit),
    })
}

/// Whether conditions joined by an operator hold, of which it is known whether each does.
pub(crate) fn joined(operator: &FilterOperator, held: &[bool]) -> Result<bool, Refusal> {
    match operator {
        FilterOperator::And => Ok(held.iter().all(|&holds| holds)),
        FilterOperator::Or => Ok(held.iter().any(|&holds| holds)),
        FilterOperator::Not => Ok(!held.iter().any(|&holds| holds)),
        FilterOperator::Other(_) => Err(invalid("filter")),
    }
}

/// The part of `ids` a query asks for.
struct Window {
    position: u64,
    ids: Vec<String>,
    /// The relay's own limit, when it was the smaller one.
    limit: Option<u64>,
}

/// Cuts the window out of all results.
fn window<F>(ids: Vec<String>, request: &QueryRequest<F>) -> Result<Window, Refusal> {
    let total = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let start = match &request.anchor {
        Some(anchor) => {
            let at = ids
                .iter()
                .position(|id| id == anchor)
                .ok_or_else(|| error(MethodErrorType::AnchorNotFound))?;
            i64::try_from(at).unwrap_or(i64::MAX).saturating_add(request.anchor_offset.unwrap_or(0)).max(0)
        }
        None => match request.position.unwrap_or(0) {
            from_end @ ..=-1 => total.saturating_add(from_end).max(0),
            position => position,
        },
    };
    let asked = request.limit.unwrap_or(u64::MAX);
    let limit = asked.min(limits::QUERY_RESULTS);
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let cut = count(ids.len().saturating_sub(start)) > limits::QUERY_RESULTS;
    let taken = ids.into_iter().skip(start).take(usize::try_from(limit).unwrap_or(usize::MAX)).collect();
    let limit = (cut && asked > limits::QUERY_RESULTS).then_some(limits::QUERY_RESULTS);
    Ok(Window { position: count(start), ids: taken, limit })
}

#[cfg(test)]
mod tests {
    use sceau_api::email::EmailCondition;

    use super::*;

    fn ids(
        position: Option<i64>,
        anchor: Option<&str>,
        offset: Option<i64>,
        limit: Option<u64>,
    ) -> Option<String> {
        let mut request = QueryRequest::<EmailCondition>::new("a1".into());
        request.position = position;
        request.anchor = anchor.map(str::to_owned);
        request.anchor_offset = offset;
        request.limit = limit;
        let all = ["a", "b", "c", "d"].iter().map(|&id| id.to_owned()).collect();
        window(all, &request).ok().map(|window| format!("{}:{}", window.position, window.ids.concat()))
    }

    #[test]
    fn positions_and_anchors() {
        assert_eq!(ids(None, None, None, None).unwrap(), "0:abcd");
        assert_eq!(ids(Some(1), None, None, Some(2)).unwrap(), "1:bc");
        assert_eq!(ids(Some(-1), None, None, None).unwrap(), "3:d");
        assert_eq!(ids(Some(-9), None, None, None).unwrap(), "0:abcd");
        assert_eq!(ids(Some(9), None, None, None).unwrap(), "9:");
        assert_eq!(ids(Some(3), Some("b"), Some(1), None).unwrap(), "2:cd");
        assert_eq!(ids(None, Some("b"), Some(-5), Some(1)).unwrap(), "0:a");
        assert_eq!(ids(None, Some("x"), None, None), None);
        assert_eq!(ids(None, None, None, Some(0)).unwrap(), "0:");
    }
}
