//! `Blob/get` (RFC 9404 §4.2): octets, or digests of them, within an answer.

use std::{collections::BTreeSet, io::Read};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sceau_api::{BlobId, blob::BlobGet};
use serde_json::{Map, Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::{
    fault::Fault,
    jmap::{Call, Outcome, Refusal, answer, invalid},
    limits,
    watch::access::reading,
};

/// Digests there are (RFC 9404 §3.1), the better one first. SHA-1 is here because clients compare with it, not for trust.
pub(crate) const DIGESTS: [&str; 2] = ["sha-256", "sha"];
/// What comes when nothing is asked for.
const DEFAULTS: [&str; 2] = ["data", "size"];
const PROPERTIES: [&str; 9] = [
    "id",
    "data",
    "data:asText",
    "data:asBase64",
    "digest:sha",
    "digest:sha-256",
    "size",
    "isEncodingProblem",
    "isTruncated",
];
/// Octets read at a time.
const CHUNK: usize = 64 * 1024;

/// `Blob/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: BlobGet = call.arguments()?;
    call.limit(request.ids.len(), limits::OBJECTS_IN_GET)?;
    let defaults = || DEFAULTS.iter().map(|&name| name.to_owned()).collect();
    let wanted = Wanted(request.properties.unwrap_or_else(defaults));
    if !wanted.0.iter().all(|name| PROPERTIES.contains(&name.as_str())) {
        return Err(invalid("properties"));
    }
    let (mut list, mut not_found, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for asked in request.ids {
        let mut blob = asked.clone();
        call.resolve_blob(&mut blob);
        if !seen.insert(blob.clone()) {
            continue;
        }
        let size = call.read(|tx| {
            let Some(size) = super::reachable(tx, call.account(), &blob)? else { return Ok(None) };
            Ok(Some((size, reading::of(tx, call.account(), &blob)?)))
        });
        let Some((size, reading)) = size? else {
            not_found.push(asked);
            continue;
        };
        let size = u64::try_from(size).map_err(|_| Fault::Damaged("size"))?;
        let range = Range::of(size, request.offset, request.length);
        match read(call, &blob, &wanted, &range)? {
            Some(found) => {
                let taken = reading.into_iter().filter(|_| wanted.data());
                taken.for_each(|entry| call.relay.trace_later(entry));
                list.push(wanted.shape(&blob, size, &range, &found));
            }
            // Its hour ended just now.
            None => not_found.push(asked),
        }
    }
    answer(&json!({"accountId": request.account_id, "list": list, "notFound": not_found}))
}

/// The octets selected: what there is of the range asked for.
struct Range {
    offset: u64,
    length: u64,
    /// Whether there is less than was asked for.
    is_truncated: bool,
}

impl Range {
    fn of(size: u64, offset: Option<u64>, length: Option<u64>) -> Self {
        let asked = offset.unwrap_or(0);
        let offset = asked.min(size);
        let rest = size.saturating_sub(offset);
        let is_truncated = asked > size || length.is_some_and(|length| length > rest);
        Self { offset, length: length.unwrap_or(rest).min(rest), is_truncated }
    }
}

/// What was read of a blob.
#[derive(Default)]
struct Found {
    octets: Vec<u8>,
    sha: Option<String>,
    sha256: Option<String>,
}

fn read(call: &Call<'_>, blob: &BlobId, wanted: &Wanted, range: &Range) -> Result<Option<Found>, Refusal> {
    let (data, sha, sha256) = (wanted.data(), wanted.has("digest:sha"), wanted.has("digest:sha-256"));
    if !(data || sha || sha256) {
        return Ok(Some(Found::default()));
    }
    call.budget.work(range.length)?;
    if data {
        call.budget.answer(range.length)?;
    }
    let reader = call.relay.store().open_blob(blob, range.offset, range.length)?;
    let Some(mut reader) = reader else { return Ok(None) };
    let (mut octets, mut sha_hash, mut sha256_hash) = (Vec::new(), Sha1::new(), Sha256::new());
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = reader.read(&mut chunk).map_err(Fault::from)?;
        let Some(part) = chunk.get(..length).filter(|part| !part.is_empty()) else { break };
        if data {
            octets.extend_from_slice(part);
        }
        if sha {
            sha_hash.update(part);
        }
        if sha256 {
            sha256_hash.update(part);
        }
    }
    Ok(Some(Found {
        octets,
        sha: sha.then(|| STANDARD.encode(sha_hash.finalize())),
        sha256: sha256.then(|| STANDARD.encode(sha256_hash.finalize())),
    }))
}

/// The properties a client asked for.
struct Wanted(Vec<String>);

impl Wanted {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|wanted| wanted == name)
    }

    fn data(&self) -> bool {
        ["data", "data:asText", "data:asBase64"].iter().any(|name| self.has(name))
    }

    fn shape(&self, blob: &BlobId, size: u64, range: &Range, found: &Found) -> Map<String, Value> {
        let mut members = Map::from_iter([("id".to_owned(), json!(blob))]);
        let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
        if self.has("size") {
            put("size", json!(size));
        }
        let (text, data) = (self.has("data:asText"), self.has("data"));
        let as_text = (text || data).then(|| std::str::from_utf8(&found.octets).ok()).flatten();
        let is_encoding_problem = (text || data) && as_text.is_none();
        // Asked for as text, octets that are none are null; asked for in whatever form, they come as base64.
        if text || (data && !is_encoding_problem) {
            put("data:asText", json!(as_text));
        }
        if self.has("data:asBase64") || (data && is_encoding_problem) {
            put("data:asBase64", json!(STANDARD.encode(&found.octets)));
        }
        for (name, digest) in [("digest:sha", &found.sha), ("digest:sha-256", &found.sha256)] {
            if let Some(digest) = digest {
                put(name, json!(digest));
            }
        }
        for (name, value) in [("isEncodingProblem", is_encoding_problem), ("isTruncated", range.is_truncated)]
        {
            // False is the default (RFC 9404 §4.2): told when it is asked for.
            if value || self.has(name) {
                put(name, json!(value));
            }
        }
        members
    }
}
