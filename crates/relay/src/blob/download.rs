//! Download (RFC 8620 §6.2): always an attachment, never something a browser runs.

use std::io::Read;

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
};
use futures::stream;
use sceau_api::{BlobId, ProblemCode};

use crate::{account, problem::Denied, relay::Relay, session::bearer::Bearer};

/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;

/// `GET /jmap/download/{accountId}/{blobId}/{name}`.
pub(crate) async fn download(
    State(relay): State<Relay>,
    bearer: Bearer,
    Path((account, blob, _name)): Path<(String, String, String)>,
) -> Result<(HeaderMap, Body), Denied> {
    let not_found = || Denied::new(ProblemCode::NotFound);
    if account != account::wire_id(bearer.account) {
        return Err(not_found());
    }
    let opened = relay
        .blocking(move |relay| {
            let blob = BlobId(blob);
            let may = relay
                .store()
                .read::<_, Denied>(relay.now(), |tx| Ok(super::reachable(tx, bearer.account, &blob)?))?;
            may.ok_or_else(not_found)?;
            Ok::<_, Denied>(relay.store().blobs().open(&blob)?)
        })
        .await?;
    let (size, reader) = opened.ok_or_else(not_found)?;
    Ok((headers(size), Body::from_stream(chunks(reader))))
}

/// The type is always the same, and so is the name: what is inside is nobody's business on the way.
fn headers(size: u64) -> HeaderMap {
    // No cache header of its own: `no-store` like every answer, so that a shared machine keeps nothing.
    let fixed = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"sealed.bin\""),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
    ];
    let mut headers: HeaderMap =
        fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers
}

fn chunks(reader: Box<dyn Read + Send>) -> impl futures::Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        let read = tokio::task::spawn_blocking(move || {
            let mut chunk = Vec::with_capacity(CHUNK);
            let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
            let done = (&mut reader).take(limit).read_to_end(&mut chunk);
            (reader, done.map(|_| chunk))
        });
        match read.await {
            Ok((_, Ok(chunk))) if chunk.is_empty() => None,
            Ok((reader, Ok(chunk))) => Some((Ok(Bytes::from(chunk)), Some(reader))),
            Ok((_, Err(error))) => Some((Err(error), None)),
            Err(_) => Some((Err(std::io::ErrorKind::Interrupted.into()), None)),
        }
    })
}
