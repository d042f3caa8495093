//! `Blob/upload` (RFC 9404 §4.1): a blob made of pieces, within a request. Resource it may be is what an upload may be.

use std::{collections::BTreeMap, io::Read};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sceau_api::{
    BlobId, SetError, SetErrorType,
    blob::{BlobUpload, BlobUploadResponse, CreatedBlob, DataSource, UploadObject},
};
use serde_json::{Map, Value};

use super::upload::keep;
use crate::{
    fault::Fault,
    jmap::{Call, Outcome, Refusal, answer, count},
    limits,
    rate::Resource,
};

/// Octets copied at a time.
const CHUNK: usize = 64 * 1024;

/// `Blob/upload`.
pub(crate) fn upload(call: &Call<'_>) -> Outcome {
    let request: BlobUpload = call.arguments()?;
    call.limit(request.create.len(), limits::OBJECTS_IN_SET)?;
    let (mut plans, mut created, mut not_created) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let mut octets: u64 = 0;
    for (creation_id, object) in request.create {
        match plan(call, object)? {
            Ok(plan) => {
                octets = octets.saturating_add(plan.size.max(limits::BLOB_BYTES_AT_LEAST));
                plans.push((creation_id, plan));
            }
            Err(error) => drop(not_created.insert(creation_id, error)),
        }
    }
    // Before the first is written: a request refused leaves nothing.
    call.budget.work(octets)?;
    for (creation_id, plan) in plans {
        if let Err(seconds) = call.relay.wait(call.bearer.asking(), Resource::Octets, plan.size) {
            let error = SetError::new(SetErrorType::RateLimit)
                .describe("More octets than may come in this time; wait.");
            not_created.insert(creation_id, error.with("retryAfter", seconds));
            continue;
        }
        match write(call, &plan)? {
            Ok((id, size)) => drop(created.insert(creation_id, CreatedBlob { id, kind: plan.kind, size })),
            Err(error) => drop(not_created.insert(creation_id, error)),
        }
    }
    // After the last: a blob refers to those of earlier calls, not to its neighbours, which have no order.
    for (creation_id, blob) in &created {
        call.remember(creation_id, blob.id.as_str());
    }
    answer(&BlobUploadResponse {
        account_id: request.account_id,
        created: Some(created).filter(|map| !map.is_empty()),
        not_created: Some(not_created).filter(|map| !map.is_empty()),
    })
}

/// A blob to be made, every piece of it there.
struct Plan {
    pieces: Vec<Piece>,
    size: u64,
    kind: Option<String>,
}

enum Piece {
    Octets(Vec<u8>),
    Range { blob: BlobId, offset: u64, length: u64 },
}

impl Piece {
    fn size(&self) -> u64 {
        match self {
            Self::Octets(octets) => count(octets.len()),
            Self::Range { length, .. } => *length,
        }
    }
}

fn plan(call: &Call<'_>, object: Map<String, Value>) -> Result<Result<Plan, SetError>, Refusal> {
    let Ok(object) = serde_json::from_value::<UploadObject>(Value::Object(object)) else {
        return Ok(Err(wrong_data("An object has data, a list of sources, and perhaps a type.")));
    };
    if count(object.data.len()) > limits::DATA_SOURCES {
        return Ok(Err(wrong_data("More sources than maxDataSources.")));
    }
    let (mut pieces, mut size) = (Vec::new(), 0_u64);
    for source in object.data {
        match piece(call, source)? {
            Ok(piece) => {
                size = size.saturating_add(piece.size());
                pieces.push(piece);
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    if size > limits::BLOB_SET_BYTES {
        return Ok(Err(SetError::new(SetErrorType::TooLarge).describe("Larger than maxSizeBlobSet.")));
    }
    Ok(Ok(Plan { pieces, size, kind: object.kind }))
}

fn piece(call: &Call<'_>, source: DataSource) -> Result<Result<Piece, SetError>, Refusal> {
    let whole = source.offset.is_none() && source.length.is_none();
    Ok(match (source.as_text, source.as_base64, source.blob_id) {
        (Some(text), None, None) if whole => Ok(Piece::Octets(text.into_bytes())),
        (None, Some(base64), None) if whole => {
            STANDARD.decode(base64).map(Piece::Octets).map_err(|_| wrong_data("The base64 cannot be read."))
        }
        (None, None, Some(blob)) => range(call, blob, source.offset, source.length)?,
        _ => Err(wrong_data("A source is one of data:asText, data:asBase64 and blobId.")),
    })
}

fn range(
    call: &Call<'_>,
    mut blob: BlobId,
    offset: Option<u64>,
    length: Option<u64>,
) -> Result<Result<Piece, SetError>, Refusal> {
    call.resolve_blob(&mut blob);
    let size = call.read(|tx| Ok(super::reachable(tx, call.account(), &blob)?))?;
    let Some(size) = size else { return Ok(Err(not_found(&blob))) };
    let size = u64::try_from(size).map_err(|_| Fault::Damaged("size"))?;
    let offset = offset.unwrap_or(0);
    // RFC 9404 §4.1: a range that begins or ends beyond the blob is no source.
    let rest = size.checked_sub(offset);
    let length = rest.and_then(|rest| length.map_or(Some(rest), |length| (length <= rest).then_some(length)));
    Ok(length
        .map(|length| Piece::Range { blob, offset, length })
        .ok_or_else(|| wrong_data("The range goes beyond the end of its blob.")))
}

fn write(call: &Call<'_>, plan: &Plan) -> Result<Result<(BlobId, u64), SetError>, Refusal> {
    let store = call.relay.store();
    let mut new = store.begin_blob();
    for piece in &plan.pieces {
        let (blob, offset, length) = match piece {
            Piece::Octets(octets) => {
                new.write(octets)?;
                continue;
            }
            Piece::Range { blob, offset, length } => (blob, *offset, *length),
        };
        let reader = store.open_blob(blob, offset, length)?;
        // Its hour may have ended since it was seen.
        let Some(mut reader) = reader else { return Ok(Err(not_found(blob))) };
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = reader.read(&mut chunk).map_err(Fault::from)?;
            let Some(octets) = chunk.get(..read).filter(|octets| !octets.is_empty()) else { break };
            new.write(octets)?;
        }
    }
    Ok(Ok(keep(call.relay, call.account(), new)?))
}

fn wrong_data(text: &str) -> SetError {
    SetError::invalid_properties(&["data"]).describe(text)
}

fn not_found(blob: &BlobId) -> SetError {
    SetError::new(SetErrorType::BlobNotFound).with("notFound", vec![blob.as_str()])
}
