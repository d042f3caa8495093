//! Windows over query results (RFC 8620 §5.5).

use sceau_api::{MethodErrorType, method::QueryRequest};

use super::{Refusal, count, error};
use crate::limits;

/// The part of `ids` a query asks for.
pub(crate) struct Window {
    pub(crate) position: u64,
    pub(crate) ids: Vec<String>,
    /// The relay's own limit, when it was the smaller one.
    pub(crate) limit: Option<u64>,
}

/// Cuts the window out of all results.
pub(crate) fn window<F>(ids: Vec<String>, request: &QueryRequest<F>) -> Result<Window, Refusal> {
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
