//! What of a blob a request selects: conditions (RFC 9110 §13) and ranges (§14). Pure: headers in, a decision out.

use axum::http::{HeaderMap, HeaderName, Method, header};

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// 200: all of it.
    Whole,
    /// 206: `length` octets from `offset` on, at least one.
    Part { offset: u64, length: u64 },
    /// 304: the client has it.
    NotModified,
    /// 412: the client wants another one.
    PreconditionFailed,
    /// 416: there are no such octets.
    NotSatisfiable,
}

/// Decides, in the order of RFC 9110 §13.2.2. `etag` is the strong validator of a blob of `size` octets, with its quotes.
pub(crate) fn select(method: &Method, headers: &HeaderMap, etag: &str, size: u64) -> Selection {
    if headers.contains_key(header::IF_MATCH) && !names(headers, header::IF_MATCH, |tag| tag == etag) {
        return Selection::PreconditionFailed;
    }
    // Weak comparison (§8.8.3.2): a blob never changes, so that a weak tag of it says as much.
    if names(headers, header::IF_NONE_MATCH, |tag| tag.strip_prefix("W/").unwrap_or(tag) == etag) {
        return Selection::NotModified;
    }
    // §14.2: ranges are defined for GET alone; a validator that is not ours means the client has parts of something else.
    let mut lines = headers.get_all(header::RANGE).iter();
    let if_range = headers.get(header::IF_RANGE).is_none_or(|wanted| wanted.as_bytes() == etag.as_bytes());
    match (lines.next(), lines.next()) {
        (Some(line), None) if if_range && *method == Method::GET => {
            line.to_str().ok().and_then(Range::parse).map_or(Selection::Whole, |range| range.of(size))
        }
        _ => Selection::Whole,
    }
}

/// Whether a list of entity tags (§13.1) has one that passes, or is `*`.
fn names(headers: &HeaderMap, name: HeaderName, passes: impl Fn(&str) -> bool) -> bool {
    let lines = headers.get_all(name);
    let mut tags = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    tags.any(|tag| tag.trim() == "*" || passes(tag.trim()))
}

/// One range as a client writes it (§14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    /// `first-` and `first-last`.
    From(u64, Option<u64>),
    /// `-length`: that many at the end.
    Last(u64),
}

impl Range {
    /// Reads `bytes=…`. What is no range of octets is as if it were not there (§14.2), and so are several ranges: they
    /// would make work out of a few bytes, and no client of letters needs them.
    fn parse(line: &str) -> Option<Self> {
        let (unit, set) = line.split_once('=')?;
        let (first, last) = set.trim().split_once('-').filter(|_| unit.eq_ignore_ascii_case("bytes"))?;
        match (first, last) {
            ("", length) => number(length).map(Self::Last),
            (first, "") => number(first).map(|first| Self::From(first, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    fn of(self, size: u64) -> Selection {
        let (offset, length) = match self {
            Self::Last(length) => (size.saturating_sub(length), length.min(size)),
            Self::From(first, last) => {
                let end = last.map_or(size, |last| last.saturating_add(1).min(size));
                (first, end.saturating_sub(first))
            }
        };
        if length == 0 { Selection::NotSatisfiable } else { Selection::Part { offset, length } }
    }
}

/// Digits of any length; more than a blob can have are as good as infinite.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";

    fn selected(method: &Method, lines: &[(&'static str, &str)], size: u64) -> Selection {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        select(method, &headers, TAG, size)
    }

    #[test]
    fn ranges_select_what_there_is() {
        let part = |offset, length| Selection::Part { offset, length };
        for (range, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-4", part(2, 3)),
            ("BYTES=2-4", part(2, 3)),
            ("bytes= 2-4 ", part(2, 3)),
            ("bytes=9-", part(9, 1)),
            ("bytes=5-99", part(5, 5)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-99", part(0, 10)),
            ("bytes=0-99999999999999999999999999", part(0, 10)),
            ("bytes=10-", Selection::NotSatisfiable),
            ("bytes=10-11", Selection::NotSatisfiable),
            ("bytes=-0", Selection::NotSatisfiable),
            ("bytes=99999999999999999999999999-", Selection::NotSatisfiable),
        ] {
            assert_eq!(selected(&Method::GET, &[("range", range)], 10), expected, "{range}");
        }
        for range in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            assert_eq!(selected(&Method::GET, &[("range", range)], 0), Selection::NotSatisfiable, "{range}");
        }
    }

    #[test]
    fn what_is_no_range_is_not_there() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=4-2",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes=--1",
            "bytes=0-1,3-4",
            "bytes 0-1",
            "lines=0-1",
            "bytes=٣-٤",
        ] {
            assert_eq!(selected(&Method::GET, &[("range", range)], 10), Selection::Whole, "{range}");
        }
        assert_eq!(
            selected(&Method::GET, &[("range", "bytes=0-0"), ("range", "bytes=1-1")], 10),
            Selection::Whole
        );
        assert_eq!(selected(&Method::HEAD, &[("range", "bytes=0-0")], 10), Selection::Whole, "of GET only");
    }

    #[test]
    fn conditions_come_in_their_order() {
        let range = ("range", "bytes=0-0");
        for (lines, expected) in [
            (vec![("if-none-match", TAG), range], Selection::NotModified),
            (vec![("if-none-match", "W/\"abc\"")], Selection::NotModified),
            (vec![("if-none-match", "\"x\", \"abc\"")], Selection::NotModified),
            (vec![("if-none-match", "\"x\""), ("if-none-match", "*")], Selection::NotModified),
            (vec![("if-none-match", "\"x\"")], Selection::Whole),
            (vec![("if-none-match", "abc")], Selection::Whole),
            (vec![("if-match", TAG)], Selection::Whole),
            (vec![("if-match", "*"), range], Selection::Part { offset: 0, length: 1 }),
            (vec![("if-match", "W/\"abc\"")], Selection::PreconditionFailed),
            (vec![("if-match", "\"x\""), ("if-none-match", TAG)], Selection::PreconditionFailed),
            (vec![("if-range", TAG), range], Selection::Part { offset: 0, length: 1 }),
            (vec![("if-range", "W/\"abc\""), range], Selection::Whole),
            (vec![("if-range", "\"x\""), range], Selection::Whole),
            (vec![("if-range", "Mon, 23 Nov 2026 08:30:00 GMT"), range], Selection::Whole),
            (vec![("if-range", "\"x\""), ("range", "bytes=99-")], Selection::Whole),
        ] {
            assert_eq!(selected(&Method::GET, &lines, 10), expected, "{lines:?}");
        }
    }
}
