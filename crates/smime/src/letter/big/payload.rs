//! The letter itself: its outline in memory, its files where they are.
//!
//! The outline is the message with holes in its files. It keeps every octet that a reader of MIME may take for structure:
//! the header sections, and every place at which a boundary that is declared anywhere occurs. Which boundaries are declared,
//! the reader of the outline says; when it names one that was not looked for, the message is looked through again.

use core::ops::Range;
use std::rc::Rc;

use sceau_mime as mime;
use zeroize::Zeroizing;

use super::Bounds;
use super::parts::{BigPart, RangedPart};
use super::peel::{HEAD, Uncovered};
use crate::error::{Error, Limit, Result};
use crate::key::DigestAlgorithm;
use crate::letter::open::raw_letter;
use crate::stream::digest::digests;
use crate::stream::scan::{Finder, TextFacts};
use crate::stream::view::Slice;
use crate::stream::{View, read_range, to_u64, to_usize};
use crate::verdict::Code;

/// Most octets of an outline: some texts, and the header sections of the most parts a letter may have.
const MAX_OUTLINE: u64 = 16 * 1024 * 1024;

/// Most places at which boundaries may occur: two for each part.
const MAX_DELIMITERS: usize = 2 * mime::Limits::PARTS + 2;

/// How often the message is looked through at most for boundaries that were not known before. Each time one more level of
/// nesting was hidden where no header section was seen; no program writes such letters.
const MAX_ROUNDS: usize = 4;

/// What is read at first of a header section; most are shorter.
const FIRST_READ: usize = 16 * 1024;

/// Octets kept before a delimiter: its line end, and one that belongs to the part before.
const BEFORE_DELIMITER: u64 = 4;

/// Gaps below this are kept.
const MIN_GAP: u64 = 64;

/// What was read of the letter itself.
pub(super) struct Payload {
    /// The message with holes. Wiped on drop.
    pub(super) skeleton: Zeroizing<Vec<u8>>,
    pub(super) letter: mime::Letter,
    pub(super) warnings: Vec<Code>,
    pub(super) parts: Vec<BigPart>,
    /// SHA-256 of the whole message.
    pub(super) sha256: [u8; 32],
}

impl Payload {
    /// Reads the letter.
    ///
    /// # Errors
    /// As [`mime::read`]; `LimitExceeded` for words that do not fit in memory; `Storage`; `Changed`.
    pub(super) async fn read(uncovered: &Uncovered, bounds: &Bounds) -> Result<Self> {
        let payload = &uncovered.payload;
        let sha256 = checked_digest(uncovered).await?;
        let outline = outline(payload, bounds).await?;
        let (letter, warnings, places) = match outline.read {
            Ok(read) => (read.letter, Vec::new(), read.places),
            Err(mime::Error::NotAMessage) => not_a_message(payload, &outline.kept).await?,
            Err(error) => return Err(Error::from(&error)),
        };
        let mut read = mime::Outline { letter, places: Vec::new(), boundaries: Vec::new() };
        let mut parts = Vec::new();
        for place in places {
            let Some(place) = place else {
                parts.push(BigPart::Loaded);
                continue;
            };
            let written =
                Slice::new(payload, outline.kept.start(place.body.start), outline.kept.end(place.body.end));
            let (part, damaged) = RangedPart::new(Rc::new(written), place.encoding).await?;
            if damaged {
                read.note_damaged_encoding();
            }
            parts.push(BigPart::Ranged(part));
        }
        Ok(Self { skeleton: outline.kept.bytes, letter: read.letter, warnings, parts, sha256 })
    }
}

/// The message's SHA-256; when the message is what was signed, its digests are compared on the way.
async fn checked_digest(uncovered: &Uncovered) -> Result<[u8; 32]> {
    let payload = &uncovered.payload;
    let known = match &uncovered.signed {
        Some((signed, digests)) if Rc::ptr_eq(signed, payload) => digests.as_slice(),
        _ => &[],
    };
    let wanted = known.iter().map(|(algorithm, _)| *algorithm).chain([DigestAlgorithm::Sha256]);
    let found = digests(payload.as_ref(), wanted).await?;
    if !known.iter().all(|one| found.contains(one)) {
        return Err(Error::Changed);
    }
    let sha256 = found.into_iter().find(|(algorithm, _)| *algorithm == DigestAlgorithm::Sha256);
    sha256.and_then(|(_, digest)| digest.try_into().ok()).ok_or(Error::Changed)
}

type Read = (mime::Letter, Vec<Code>, Vec<Option<mime::Place>>);

/// Content that is no mail: text when it is UTF-8, else one file.
async fn not_a_message(payload: &View, kept: &Kept) -> Result<Read> {
    let code = if payload.is_empty() { Code::NoContent } else { Code::NotAMessage };
    let mut letter = raw_letter(&kept.bytes);
    if kept.holes.is_empty() {
        let places = letter.parts.iter().map(|_| None).collect();
        return Ok((letter, vec![code], places));
    }
    if TextFacts::of(payload.as_ref()).await?.is_utf8() {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    letter = raw_letter(&[0xff]);
    letter.parts.iter_mut().for_each(|part| part.bytes.clear());
    let place = mime::Place { body: 0..kept.bytes.len(), encoding: mime::Encoding::Identity };
    Ok((letter, vec![code], vec![Some(place)]))
}

/// The outline, and what its reader says of it.
pub(super) struct Outlined {
    pub(super) kept: Kept,
    pub(super) read: mime::Result<mime::Outline>,
}

/// Reads a message as far as it can be known without its files.
///
/// # Errors
/// `LimitExceeded`, `Storage`.
pub(super) async fn outline(payload: &View, bounds: &Bounds) -> Result<Outlined> {
    let outlined = outline_of_structure(payload, bounds).await;
    let too_much = match &outlined {
        Ok(Outlined { read: Err(mime::Error::DecodedTooLong { .. }), .. }) => true,
        Err(error) => matches!(error, Error::LimitExceeded { .. }),
        Ok(_) => false,
    };
    if !too_much || payload.len() > bounds.load_most {
        return outlined;
    }
    // A damaged letter may show as text what its header section says is a file.
    let kept = Kept::read(payload, core::slice::from_ref(&(0..payload.len()))).await?;
    let read = mime::read_outline(&kept.bytes, &kept.holes, &mime::Limits::default());
    Ok(Outlined { kept, read })
}

async fn outline_of_structure(payload: &View, bounds: &Bounds) -> Result<Outlined> {
    let limits = mime::Limits::default();
    let mut boundaries = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let ranges = structure(payload, &mut boundaries, bounds, &limits).await?;
        let kept = Kept::read(payload, &ranges).await?;
        let read = mime::read_outline(&kept.bytes, &kept.holes, &limits);
        let before = boundaries.len();
        if let Ok(read) = &read {
            read.boundaries.iter().for_each(|boundary| add(&mut boundaries, boundary));
        }
        if boundaries.len() == before || kept.holes.is_empty() {
            return Ok(Outlined { kept, read });
        }
    }
    Err(Error::LimitExceeded { limit: Limit::Parts })
}

fn add(boundaries: &mut Vec<Vec<u8>>, boundary: &str) {
    let word = [b"--", boundary.trim_end().as_bytes()].concat();
    if word.len() > 2 && !boundaries.contains(&word) {
        boundaries.push(word);
    }
}

/// What may be structure, in order; boundaries that are declared on the way are added.
async fn structure(
    payload: &View,
    boundaries: &mut Vec<Vec<u8>>,
    bounds: &Bounds,
    limits: &mime::Limits,
) -> Result<Vec<Range<u64>>> {
    let mut ranges: Vec<Range<u64>> = vec![entity(payload, 0, 0, boundaries, bounds, limits).await?];
    let mut finder = Finder::new(payload.as_ref(), boundaries.clone(), 0);
    while let Some(place) = finder.next().await? {
        if ranges.len() == MAX_DELIMITERS {
            return Err(Error::LimitExceeded { limit: Limit::Parts });
        }
        let range =
            entity(payload, place, line_after(payload, place).await?, boundaries, bounds, limits).await?;
        boundaries.iter().for_each(|word| finder.add(word.clone()));
        // What is kept of an entity ends where the next begins.
        if let Some(last) = ranges.last_mut() {
            last.end = last.end.min(range.start.max(last.start));
        }
        ranges.push(range);
    }
    // The last octet: a hole lies within something.
    ranges.push(payload.len().saturating_sub(1)..payload.len());
    Ok(ranges)
}

/// Where the line after a delimiter begins.
async fn line_after(payload: &View, place: u64) -> Result<u64> {
    let size = to_usize(payload.len().saturating_sub(place)).unwrap_or(FIRST_READ).min(FIRST_READ);
    let line = read_range(payload.as_ref(), place, size).await?;
    let end = line.iter().position(|octet| *octet == b'\n').map_or(size, |at| at.saturating_add(1));
    Ok(place.saturating_add(to_u64(end)))
}

/// What is kept of an entity that begins at `start`, with the delimiter at `place` before it.
async fn entity(
    payload: &View,
    place: u64,
    start: u64,
    boundaries: &mut Vec<Vec<u8>>,
    bounds: &Bounds,
    limits: &mime::Limits,
) -> Result<Range<u64>> {
    let mut head = mime::Head::default();
    for most in [FIRST_READ, HEAD] {
        let size = to_usize(payload.len().saturating_sub(start)).unwrap_or(most).min(most);
        let bytes = read_range(payload.as_ref(), start, size).await?;
        head = mime::Head::read(&bytes, limits);
        if head.complete || size < most {
            break;
        }
    }
    head.boundaries.iter().for_each(|boundary| add(boundaries, boundary));
    let body = if head.text { bounds.text } else { bounds.file };
    let end = start.saturating_add(to_u64(head.octets)).saturating_add(to_u64(body));
    Ok(place.saturating_sub(BEFORE_DELIMITER)..end.min(payload.len()))
}

/// Ranges of the payload, put together.
pub(super) struct Kept {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Where in `bytes` something was left out.
    holes: Vec<usize>,
    /// Where each piece begins in `bytes` and in the payload.
    pieces: Vec<(usize, u64)>,
}

impl Kept {
    async fn read(payload: &View, ranges: &[Range<u64>]) -> Result<Self> {
        let ranges = joined(ranges);
        let total = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum::<u64>();
        if total > MAX_OUTLINE {
            return Err(Error::LimitExceeded { limit: Limit::InputSize });
        }
        let mut kept = Self {
            bytes: Zeroizing::new(Vec::with_capacity(to_usize(total)?)),
            holes: Vec::new(),
            pieces: Vec::new(),
        };
        for range in ranges {
            if range.start > 0 {
                kept.holes.push(kept.bytes.len());
            }
            kept.pieces.push((kept.bytes.len(), range.start));
            let length = to_usize(range.end.saturating_sub(range.start))?;
            let piece = read_range(payload.as_ref(), range.start, length).await?;
            kept.bytes.extend_from_slice(&piece);
        }
        Ok(kept)
    }

    /// Where an octet of the outline stands in the payload.
    pub(super) fn start(&self, at: usize) -> u64 {
        let after = self.pieces.partition_point(|(begin, _)| *begin <= at);
        let piece = after.checked_sub(1).and_then(|piece| self.pieces.get(piece));
        let (begin, origin) = piece.copied().unwrap_or_default();
        origin.saturating_add(to_u64(at.saturating_sub(begin)))
    }

    /// The same for an end: behind the octet before it.
    pub(super) fn end(&self, at: usize) -> u64 {
        at.checked_sub(1).map_or(0, |last| self.start(last).saturating_add(1))
    }
}

/// Ranges without what they have in common, and without gaps that are not worth it.
fn joined(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(MIN_GAP) => {
                last.end = last.end.max(range.end)
            }
            _ => joined.push(range.clone()),
        }
    }
    joined
}
