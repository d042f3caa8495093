//! Images that come with the letter (RFC 2392), by what they are and not by what they say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A letter's own files, by `Content-ID`.
pub trait InlineParts {
    /// The octets of the part with this `Content-ID`, without angle brackets; untrusted.
    fn part(&self, content_id: &str) -> Option<&[u8]>;
}

/// A letter that brings no files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoParts;

impl InlineParts for NoParts {
    fn part(&self, _content_id: &str) -> Option<&[u8]> {
        None
    }
}

/// Longest `Content-ID` that is looked up, in bytes: a line of RFC 5322.
const MAX_ID_BYTES: usize = 998;

/// What becomes of images: named as they were while the HTML settles, drawn at the end.
pub(crate) struct Images<'a> {
    parts: Option<&'a dyn InlineParts>,
    left: usize,
    shown: usize,
    written: usize,
}

impl<'a> Images<'a> {
    pub(crate) fn named() -> Self {
        Self { parts: None, left: 0, shown: 0, written: 0 }
    }

    pub(crate) fn drawn(parts: &'a dyn InlineParts, bytes: usize) -> Self {
        Self { parts: Some(parts), left: bytes, shown: 0, written: 0 }
    }

    /// Images that were drawn.
    pub(crate) fn shown(&self) -> usize {
        self.shown
    }

    /// Bytes of their addresses.
    pub(crate) fn written(&self) -> usize {
        self.written
    }

    /// What is written for the `src` of an `img`.
    pub(crate) fn source(&mut self, source: &str) -> Option<String> {
        let source = source.trim_ascii();
        let Some(parts) = self.parts else {
            return (after(source, "cid:").is_some() || after(source, "data:").is_some())
                .then(|| source.to_owned());
        };
        match (after(source, "cid:"), after(source, "data:")) {
            (Some(id), _) => self.draw(parts.part(&content_id(id)?)?),
            (_, Some(data)) => self.draw(&decoded(data)?),
            _ => None,
        }
    }

    fn draw(&mut self, octets: &[u8]) -> Option<String> {
        let kind = kind(octets)?;
        self.left = self.left.checked_sub(octets.len())?;
        self.shown = self.shown.saturating_add(1);
        let address = format!("data:{kind};base64,{}", STANDARD.encode(octets));
        self.written = self.written.saturating_add(address.len());
        Some(address)
    }
}

fn after<'a>(source: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = source.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// A `Content-ID` from a `cid:` address, where it is percent-encoded.
fn content_id(encoded: &str) -> Option<String> {
    if encoded.len() > MAX_ID_BYTES {
        return None;
    }
    let mut octets = Vec::new();
    let mut rest = encoded.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten();
        let octet = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        octets.push(octet.unwrap_or(*first));
        rest = if octet.is_some() { tail.get(2..)? } else { tail };
    }
    let id = String::from_utf8(octets).ok()?;
    Some(id.trim_matches(['<', '>']).to_owned())
}

/// The octets of a `data:` address in base64 (RFC 2397). What it says of its type is not believed.
fn decoded(data: &str) -> Option<Vec<u8>> {
    let (head, body) = data.split_once(',')?;
    head.trim_ascii_end().to_ascii_lowercase().ends_with(";base64").then_some(())?;
    let body: Vec<u8> = body.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD.decode(body).ok()
}

/// The media type of an image by its first octets (WHATWG MIME Sniffing §6.1). SVG is none: it is a document.
pub(crate) fn kind(octets: &[u8]) -> Option<&'static str> {
    if octets.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some("image/png");
    }
    if octets.starts_with(b"\xff\xd8\xff") {
        return Some("image/jpeg");
    }
    if octets.starts_with(b"GIF87a") || octets.starts_with(b"GIF89a") {
        return Some("image/gif");
    }
    let webp = octets.starts_with(b"RIFF") && octets.get(8..14) == Some(b"WEBPVP");
    webp.then_some("image/webp")
}

/// Whether this is what [`Images::source`] writes when it draws.
pub(crate) fn is_drawn(source: &str) -> bool {
    let octets = source.strip_prefix("data:").and_then(decoded);
    let known = octets.as_deref().and_then(kind);
    known.is_some_and(|kind| source.starts_with(&format!("data:{kind};base64,")))
}
