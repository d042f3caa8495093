//! Download (RFC 8620 §6.2): always an attachment, never something a browser runs.

use std::io::Read;

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures::stream;
use sceau_api::{BlobId, ProblemCode};

use super::selection::{Selection, select};
use crate::{
    account, fault::Fault, problem::Denied, relay::Relay, session::bearer::Bearer, store::octets::Octets,
    token::scope::Scopes, watch::access::reading,
};

/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;

/// `GET /jmap/download/{accountId}/{blobId}/{name}`, and HEAD. A blob's id is the digest of its octets, and so its strong
/// validator: a download that broke off goes on with `Range` and `If-Range` (RFC 9110 §13, §14).
pub(crate) async fn download(
    State(relay): State<Relay>,
    bearer: Bearer,
    method: Method,
    asked: HeaderMap,
    Path((account, blob, _name)): Path<(String, String, String)>,
) -> Result<Response, Denied> {
    bearer.must_have(Scopes::READ)?;
    let not_found = || Denied::new(ProblemCode::NotFound);
    if account != account::wire_id(bearer.account) {
        return Err(not_found());
    }
    let etag = format!("\"{blob}\"");
    let found = relay
        .blocking(move |relay| {
            let blob = BlobId(blob);
            let size = relay.store().read::<_, Denied>(relay.now(), |tx| {
                let Some(size) = super::reachable(tx, bearer.account, &blob)? else { return Ok(None) };
                Ok(Some((size, reading::of(tx, bearer.account, &blob)?)))
            })?;
            let Some((size, reading)) = size else { return Ok(None) };
            let size = u64::try_from(size).map_err(|_| Fault::Damaged("size"))?;
            let selection = select(&method, &asked, &format!("\"{blob}\""), size);
            let reader = match selection {
                Selection::Whole => relay.store().open_blob(&blob, 0, size)?,
                Selection::Part { offset, length } => relay.store().open_blob(&blob, offset, length)?,
                _ => return Ok(Some((size, selection, None))),
            };
            reading.into_iter().for_each(|entry| relay.trace_later(entry));
            Ok::<_, Denied>(reader.map(|reader| (size, selection, Some(reader))))
        })
        .await?;
    let (size, selection, reader) = found.ok_or_else(not_found)?;
    let body = reader.map_or_else(Body::empty, |reader| Body::from_stream(chunks(relay, reader)));
    Ok((status(selection), headers(size, selection, &etag), body).into_response())
}

fn status(selection: Selection) -> StatusCode {
    match selection {
        Selection::Whole => StatusCode::OK,
        Selection::Part { .. } => StatusCode::PARTIAL_CONTENT,
        Selection::NotModified => StatusCode::NOT_MODIFIED,
        Selection::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Selection::NotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
    }
}

/// The type is always the same, and so is the name: what is inside is nobody's business on the way.
fn headers(size: u64, selection: Selection, etag: &str) -> HeaderMap {
    // No cache header of its own: `no-store` like every answer, so that a shared machine keeps nothing.
    let fixed = [
        (header::CONTENT_DISPOSITION, "attachment; filename=\"sealed.bin\""),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    let mut headers: HeaderMap =
        fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    let (length, range) = match selection {
        Selection::Whole => (Some(size), None),
        Selection::Part { offset, length } => {
            let last = offset.saturating_add(length).saturating_sub(1);
            (Some(length), Some(format!("bytes {offset}-{last}/{size}")))
        }
        Selection::NotSatisfiable => (None, Some(format!("bytes */{size}"))),
        Selection::NotModified | Selection::PreconditionFailed => (None, None),
    };
    let mut text = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    text(header::ETAG, etag);
    if let Some(range) = range {
        text(header::CONTENT_RANGE, &range);
    }
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    }
    headers
}

fn chunks(relay: Relay, reader: Octets) -> impl futures::Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(Some((relay, reader)), |open| async move {
        let (relay, mut reader) = open?;
        let read = relay.blocking(move |_| {
            let mut chunk = Vec::with_capacity(CHUNK);
            let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
            (&mut reader).take(limit).read_to_end(&mut chunk).map_err(Fault::Blob)?;
            Ok::<_, Fault>((reader, chunk))
        });
        match read.await {
            Ok((_, chunk)) if chunk.is_empty() => None,
            Ok((reader, chunk)) => Some((Ok(Bytes::from(chunk)), Some((relay, reader)))),
            Err(fault) => Some((Err(std::io::Error::other(fault)), None)),
        }
    })
}
