//! Upload (RFC 8620 §6.1): streamed to the blob folder, durable before it is answered.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
};
use futures::StreamExt as _;
use sceau_api::{AccountId, BlobId, ProblemCode, upload::UploadResponse};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use crate::{
    account,
    fail_point::fail_point,
    fault::Fault,
    jmap, limits,
    problem::Denied,
    rate::{Asking, Resource},
    relay::{Relay, Work},
    session::bearer::Bearer,
    store::{octets::NewBlob, sql::params},
    token::scope,
};

/// Chunks on their way from the socket to the disk.
const CHUNKS: usize = 16;
/// Longest media type repeated in the answer.
const TYPE_BYTES: usize = 255;

/// `POST /jmap/upload/{accountId}/`.
pub(crate) async fn upload(
    State(relay): State<Relay>,
    bearer: Bearer,
    Path(account): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<UploadResponse>), Denied> {
    if account != account::wire_id(bearer.account) {
        return Err(Denied::new(ProblemCode::NotFound));
    }
    bearer.must_have(scope::UPLOAD)?;
    let busy = relay.begin(bearer.account, Work::Upload, limits::CONCURRENT_UPLOADS);
    let _busy = busy.ok_or_else(|| Denied::limit("maxConcurrentUpload"))?;
    let (kind, length) = announced(request.headers())?;
    // Before the first octet is read, when the length is told; otherwise as they come.
    let counted = Counted { relay: relay.clone(), asking: bearer.asking(), ahead: length };
    relay.take(counted.asking, Resource::Octets, length)?;
    let is_small = length > 0 && usize::try_from(length).is_ok_and(|length| length <= limits::BLOB_IN_ROW);
    let (blob_id, size) = match is_small {
        true => at_once(&relay, bearer.account, request, counted).await?,
        false => in_pieces(&relay, bearer.account, request, counted).await?,
    };
    let account_id = AccountId(account);
    Ok((StatusCode::CREATED, Json(UploadResponse { account_id, blob_id, kind, size })))
}

/// An upload that fits in memory: read first, so that no thread waits for a slow line.
async fn at_once(
    relay: &Relay,
    owner: i64,
    request: Request,
    counted: Counted,
) -> Result<(BlobId, u64), Denied> {
    let (sender, mut receiver) = mpsc::channel::<Piece>(CHUNKS);
    let gather = async {
        let mut octets = Vec::<u8>::new();
        while let Some(piece) = receiver.recv().await {
            let piece = piece?;
            octets.extend_from_slice(&piece);
        }
        Ok::<_, Denied>(octets)
    };
    let (fed, octets) = tokio::join!(feed(request, sender, counted), gather);
    let octets = octets?;
    fed?;
    let place = relay.uploads().place().await?;
    relay
        .blocking(move |relay| {
            let _place = place;
            let mut new = relay.store().begin_blob();
            new.write(&octets)?;
            Ok(keep(relay, owner, new)?)
        })
        .await
}

/// One that may not: written while it comes.
async fn in_pieces(
    relay: &Relay,
    owner: i64,
    request: Request,
    counted: Counted,
) -> Result<(BlobId, u64), Denied> {
    let place = relay.long_uploads().place().await?;
    let (sender, receiver) = mpsc::channel(CHUNKS);
    let written = relay.fed(receiver, move |relay, pieces| {
        let _place = place;
        write(relay, owner, pieces)
    });
    let (fed, written) = tokio::join!(feed(request, sender, counted), written);
    // What went wrong while writing says more than what the writing end saw of it.
    let written = written?;
    fed?;
    Ok(written)
}

/// The media type a client gives, and the length, 0 when none is told; refuses one that is too large.
fn announced(headers: &HeaderMap) -> Result<(String, u64), Denied> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let length = header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| length > limits::UPLOAD_BYTES) {
        return Err(too_large());
    }
    let kind = header(header::CONTENT_TYPE).unwrap_or("application/octet-stream");
    Ok((kind.chars().take(TYPE_BYTES).collect(), length.unwrap_or(0)))
}

/// Octets of an upload that were taken from the buckets before they came.
struct Counted {
    relay: Relay,
    asking: Asking,
    ahead: u64,
}

impl Counted {
    fn take(&mut self, octets: u64) -> Result<(), Denied> {
        let more = octets.saturating_sub(self.ahead);
        self.ahead = self.ahead.saturating_sub(octets);
        if more == 0 { Ok(()) } else { self.relay.take(self.asking, Resource::Octets, more) }
    }
}

/// A piece of the body, or the news that it broke off.
type Piece = Result<Bytes, Denied>;

async fn feed(request: Request, sender: mpsc::Sender<Piece>, mut counted: Counted) -> Result<(), Denied> {
    let last = Instant::now() + limits::UPLOAD_TIME;
    let mut stream = request.into_body().into_data_stream();
    loop {
        let idle = Instant::now() + limits::BODY_IDLE;
        let piece = match timeout_at(idle.min(last), stream.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(bytes))) => counted.take(jmap::count(bytes.len())).map(|()| bytes),
            Ok(Some(Err(_))) | Err(_) => Err(Denied::bad_request("the upload broke off")),
        };
        let broken = piece.is_err();
        if sender.send(piece).await.is_err() || broken {
            break;
        }
    }
    Ok(())
}

fn write(
    relay: &Relay,
    account: i64,
    pieces: &mut dyn Iterator<Item = Piece>,
) -> Result<(BlobId, u64), Denied> {
    let mut new = relay.store().begin_blob();
    let mut size: u64 = 0;
    for piece in pieces {
        let bytes = piece?;
        size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > limits::UPLOAD_BYTES {
            return Err(too_large());
        }
        new.write(&bytes)?;
    }
    Ok(keep(relay, account, new)?)
}

/// Makes a blob durable: the upload of an account, kept for its hour.
pub(crate) fn keep(relay: &Relay, account: i64, new: NewBlob<'_>) -> Result<(BlobId, u64), Fault> {
    let kept = relay.store().keep_blob(relay.now(), new, |tx, blob| {
        tx.put(
            "INSERT INTO upload (account, blob, uploaded_at) VALUES (?, ?, ?)
             ON CONFLICT (account, blob) DO UPDATE SET uploaded_at = excluded.uploaded_at",
            params![account, blob.as_str(), tx.now],
        )?;
        fail_point!("upload.row_written");
        Ok::<_, Fault>(())
    });
    fail_point!("upload.kept");
    kept
}

fn too_large() -> Denied {
    Denied { limit: Some("maxSizeUpload"), ..Denied::new(ProblemCode::TooLarge) }
}
