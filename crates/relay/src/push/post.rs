//! One push (RFC 8030 §5): a POST, of whose answer only the status and `Retry-After` are read.

use axum::{
    body::Bytes,
    http::{Request, Response, header},
};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::{task::JoinSet, time::timeout};

use super::{Outbound, Unreachable, claim::Push};
use crate::limits;

/// What became of a push.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The push service has it.
    Accepted,
    /// There is no such subscription any more (RFC 8030 §7.3).
    Gone,
    /// To be tried again.
    Failed {
        /// For the log: a status, or what failed.
        why: String,
        /// Seconds the push service asks to wait.
        retry_after: Option<i64>,
    },
}

impl Outcome {
    fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into(), retry_after: None }
    }
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("{0}")]
    Unreachable(#[from] Unreachable),
    #[error("no answer")]
    Http(#[from] hyper::Error),
    #[error("the request cannot be written")]
    Request(#[from] axum::http::Error),
    #[error("the message is too long")]
    TooLong,
}

/// Makes the request. It follows no redirect; `now` is what an HTTP date is compared with.
pub(super) async fn post(outbound: &dyn Outbound, push: &Push, authorization: &str, now: i64) -> Outcome {
    match timeout(limits::PUSH_TIMEOUT, exchange(outbound, push, authorization)).await {
        Ok(Ok(answer)) => judge(&answer, now),
        Ok(Err(why)) => Outcome::failed(why.to_string()),
        Err(_) => Outcome::failed("no answer in time"),
    }
}

async fn exchange(
    outbound: &dyn Outbound,
    push: &Push,
    authorization: &str,
) -> Result<Response<()>, Unanswered> {
    let request = request(push, authorization)?;
    let wire = outbound.connect(&push.destination.host, push.destination.port).await?;
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(limits::PUSH_ANSWER_BYTES).handshake(TokioIo::new(wire)).await?;
    // Ends with this function, and with it the connection, whatever more the other side says.
    let mut line = JoinSet::new();
    line.spawn(connection);
    Ok(sender.send_request(request).await?.map(drop))
}

fn request(push: &Push, authorization: &str) -> Result<Request<Full<Bytes>>, Unanswered> {
    let mut request = Request::post(&push.destination.target)
        .header(header::HOST, &push.destination.authority)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, authorization)
        .header("ttl", push.ttl)
        .header("urgency", "normal");
    if let Some(topic) = &push.topic {
        request = request.header("topic", topic);
    }
    let body = match &push.keys {
        Some(keys) => {
            request = request.header(header::CONTENT_ENCODING, "aes128gcm");
            keys.encrypt(&push.text).ok_or(Unanswered::TooLong)?
        }
        None => push.text.clone(),
    };
    Ok(request.body(Full::from(body))?)
}

fn judge<B>(answer: &Response<B>, now: i64) -> Outcome {
    match answer.status().as_u16() {
        200..=299 => Outcome::Accepted,
        404 | 410 => Outcome::Gone,
        status => {
            let text = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
            let retry_after = text.and_then(|text| seconds(text, now));
            Outcome::Failed { why: status.to_string(), retry_after }
        }
    }
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
fn seconds(text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(i64::MAX));
    }
    let date = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some(date.unix_timestamp().saturating_sub(now).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, retry_after: Option<&str>) -> Outcome {
        let mut answer = Response::builder().status(status);
        if let Some(value) = retry_after {
            answer = answer.header("retry-after", value);
        }
        judge(&answer.body(()).unwrap(), 784_111_777)
    }

    #[test]
    fn statuses_are_told_apart() {
        for status in [200, 201, 202, 204] {
            assert_eq!(judged(status, None), Outcome::Accepted);
        }
        for status in [404, 410] {
            assert_eq!(judged(status, Some("9")), Outcome::Gone);
        }
        for status in [301, 302, 307, 308, 400, 401, 403, 413, 429, 500, 503, 599] {
            assert_eq!(judged(status, None), Outcome::failed(status.to_string()));
        }
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        for (text, wanted) in [
            ("120", Some(120)),
            ("99999999999999999999", Some(i64::MAX)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let wanted = Outcome::Failed { why: "429".to_owned(), retry_after: wanted };
            assert_eq!(judged(429, Some(text)), wanted, "{text}");
        }
    }
}
