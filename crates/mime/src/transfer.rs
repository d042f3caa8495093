//! Transfer encodings (RFC 2045 §6) for what we write ourselves.

use std::borrow::Cow;

#[cfg(not(feature = "fast"))]
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Longest line without its line end (RFC 5322 §2.1.1).
const MAX_LINE: usize = 998;
/// Longest encoded line (RFC 2045 §6.7 and §6.8).
pub(crate) const ENCODED_LINE: usize = 76;
/// Bytes that fill one encoded base64 line.
#[cfg(not(feature = "fast"))]
const BASE64_LINE_BYTES: usize = ENCODED_LINE / 4 * 3;

/// A transfer encoding, from what any relay carries to what only our own containers carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Transfer {
    SevenBit,
    QuotedPrintable,
    Base64,
    EightBit,
    Binary,
}

impl Transfer {
    /// The token of RFC 2045 §6.1.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
            Self::EightBit => "8bit",
            Self::Binary => "binary",
        }
    }

    /// What a container of parts written this way must declare (RFC 2045 §6.4).
    pub(crate) fn of_container(self) -> Self {
        match self {
            Self::SevenBit | Self::QuotedPrintable | Self::Base64 => Self::SevenBit,
            Self::EightBit | Self::Binary => self,
        }
    }

    /// How bytes can be declared when they are not encoded at all.
    pub(crate) fn untouched(bytes: &[u8]) -> Self {
        match (has_binary(bytes), bytes.is_ascii()) {
            (true, _) => Self::Binary,
            (false, true) => Self::SevenBit,
            (false, false) => Self::EightBit,
        }
    }

    /// How text in CR LF form passes relays and signature checks unchanged (RFC 8551 §3.1.2).
    pub(crate) fn safe_for_text(text: &[u8]) -> Self {
        if Self::untouched(text) == Self::SevenBit && !is_fragile(text) {
            return Self::SevenBit;
        }
        let escaped = text.iter().filter(|byte| !is_qp_literal(**byte)).count();
        if escaped > text.len() / 3 { Self::Base64 } else { Self::QuotedPrintable }
    }

    /// Writes the bytes in this encoding.
    pub(crate) fn encode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::SevenBit | Self::EightBit | Self::Binary => Cow::Borrowed(bytes),
            Self::QuotedPrintable => Cow::Owned(quoted_printable(bytes)),
            Self::Base64 => Cow::Owned(base64_lines(bytes)),
        }
    }
}

/// Base64 in lines of 76 characters, each with its CR LF (RFC 2045 §6.8).
#[cfg(feature = "fast")]
pub(crate) fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len() / 3 * 4 + bytes.len() / 28 + 8);
    crate::base64_lines::encode(bytes, ENCODED_LINE, &mut lines);
    lines
}

/// Base64 in lines of 76 characters, each with its CR LF (RFC 2045 §6.8).
#[cfg(not(feature = "fast"))]
pub(crate) fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = String::with_capacity(bytes.len() / 3 * 4 + bytes.len() / 28 + 8);
    for chunk in bytes.chunks(BASE64_LINE_BYTES) {
        STANDARD.encode_string(chunk, &mut lines);
        lines.push_str("\r\n");
    }
    lines.into_bytes()
}

/// Whether the bytes hold what neither 7bit nor 8bit may hold: NUL, lone CR or LF, long lines.
fn has_binary(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let body = line.strip_suffix(b"\r").unwrap_or(line);
        body.len() > MAX_LINE || body.iter().any(|byte| matches!(byte, 0 | b'\r'))
    }) || crate::text::has_lone_lf(bytes)
}

/// Whether a relay might change the text on its way: trailing spaces, "From " and lonely dots.
fn is_fragile(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.ends_with(b" ") || line.ends_with(b"\t") || line.starts_with(b"From ") || line == b"."
    })
}

fn is_qp_literal(byte: u8) -> bool {
    matches!(byte, b' '..=b'<' | b'>'..=b'~' | b'\t' | b'\r' | b'\n')
}

/// Quoted-printable of text in CR LF form (RFC 2045 §6.7).
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 5 / 4);
    let mut lines = text.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let line = if lines.peek().is_some() { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        quote_line(line, &mut out);
        if lines.peek().is_some() {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

fn quote_line(line: &[u8], out: &mut Vec<u8>) {
    let mut column = 0;
    for (at, &byte) in line.iter().enumerate() {
        let last = at + 1 == line.len();
        let literal = is_qp_literal(byte)
            && byte != b'\r'
            && !(last && matches!(byte, b' ' | b'\t'))
            && !(at == 0 && (line.starts_with(b"From ") || line == b"."));
        let width = if literal { 1 } else { 3 };
        if column + width > ENCODED_LINE - 1 {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        match literal {
            true => out.push(byte),
            false => out.extend_from_slice(format!("={byte:02X}").as_bytes()),
        }
        column += width;
    }
}
