//! Text parts: charsets and line ends.

use std::borrow::Cow;

#[cfg(any(feature = "fast", feature = "more"))]
use mail_parser::Encoding;
use mail_parser::{Charset, DecodeProblems, MessagePart, PartFlags};

#[cfg(all(feature = "guess", feature = "multi-byte"))]
use crate::charset::OneOctet;
#[cfg(feature = "guess")]
use crate::charset::{guess_charset, is_plausible};
use crate::wipe::{Wiped, Words};

/// What undeclared text that is no UTF-8 is read as.
const FALLBACK: &[u8] = b"windows-1252";

/// The text of a text part and whether its charset was honoured.
pub(crate) struct DecodedText {
    pub(crate) text: Words,
    pub(crate) problems: DecodeProblems,
}

/// Decodes a text part from its charset. Bytes that are not UTF-8 although nothing else was declared are read as what they
/// seem to be, or as windows-1252 (WHATWG's reading of Latin-1) where nobody guesses: old practice software declares no charset.
pub(crate) fn decode_text(part: &MessagePart<'_>) -> DecodedText {
    with_text(part, DecodedText::new)
}

/// The same, with line ends as they came, lent for the moment of a call.
pub(crate) fn with_text<T>(part: &MessagePart<'_>, then: impl FnOnce(&str, DecodeProblems) -> T) -> T {
    if is_headless(part) {
        let text = Words::new(String::from_utf8_lossy(&body(part)).into_owned());
        return then(&text, DecodeProblems::default());
    }
    #[cfg(all(feature = "guess", feature = "multi-byte"))]
    return decode_once(part, |text, problems| match text {
        Text::Utf8(text) => then(text, problems),
        Text::Octets(octets, charset) => then(&Wiped::from(charset.decode(octets)), problems),
    });
    #[cfg(not(all(feature = "guess", feature = "multi-byte")))]
    decode_as_declared(part, then)
}

/// Text as it came or as it had to be decoded, whatever needs less.
#[cfg(any(feature = "more", all(feature = "guess", feature = "multi-byte")))]
#[derive(Clone, Copy)]
pub enum Text<'t> {
    /// As everywhere.
    Utf8(&'t str),
    /// In a charset of one octet.
    #[cfg(feature = "multi-byte")]
    Octets(&'t [u8], OneOctet),
}

/// As [`with_text`], for who reads octets too.
#[cfg(feature = "more")]
pub(crate) fn with_octets<T>(part: &MessagePart<'_>, then: impl FnOnce(Text<'_>, DecodeProblems) -> T) -> T {
    #[cfg(feature = "multi-byte")]
    if !is_headless(part) {
        return decode_once(part, then);
    }
    with_text(part, |text, problems| then(Text::Utf8(text), problems))
}

#[cfg(not(all(feature = "guess", feature = "multi-byte")))]
fn decode_as_declared<T>(part: &MessagePart<'_>, then: impl FnOnce(&str, DecodeProblems) -> T) -> T {
    let (text, problems) = part.text_checked().unwrap_or_default();
    #[cfg(feature = "guess")]
    if let Some(charset) = mended_charset(part, problems, || part.decoded()) {
        let bytes = Wiped::from(part.decoded());
        let text = Wiped::from(Charset::from_label(charset.as_bytes()).unwrap_or_default().decode(&bytes));
        return then(&text, problems | DecodeProblems::MALFORMED_CHARSET);
    }
    if problems.contains(DecodeProblems::MALFORMED_CHARSET) && !declares_charset(part) {
        let bytes = Wiped::from(part.decoded());
        let text = Wiped::from(Charset::from_label(FALLBACK).unwrap_or_default().decode(&bytes));
        return then(&text, problems);
    }
    then(&Wiped::from(text), problems)
}

/// As the parser reads it ([`MessagePart::text_checked`]) where it knows every charset, but that the octets are decoded once for all
/// that looks at them.
#[cfg(all(feature = "guess", feature = "multi-byte"))]
fn decode_once<T>(part: &MessagePart<'_>, then: impl FnOnce(Text<'_>, DecodeProblems) -> T) -> T {
    if !part.is_text() {
        return then(Text::Utf8(""), DecodeProblems::default());
    }
    let (bytes, mut problems) = decoded(part);
    let bytes = Wiped::from(bytes);
    let declared = Declared::by(part);
    if declared.charset.is_none() {
        problems |= DecodeProblems::UNKNOWN_CHARSET;
    }
    if let Some(one) = declared.charset.and_then(OneOctet::of)
        && one.knows_all(&bytes)
        && declared.mended(problems, || Cow::Borrowed(&*bytes)).is_none()
    {
        return then(Text::Octets(&bytes, one), problems);
    }
    let (text, malformed) = declared.charset.unwrap_or_default().decode_checked(&bytes);
    let text = Wiped::from(text);
    if malformed {
        problems |= DecodeProblems::MALFORMED_CHARSET;
    }
    let charset = match declared.mended(problems, || Cow::Borrowed(&*bytes)) {
        Some(charset) => charset.as_bytes(),
        None if malformed && !declares_charset(part) => FALLBACK,
        None => return then(Text::Utf8(&text), problems),
    };
    let text = Wiped::from(Charset::from_label(charset).unwrap_or_default().decode(&bytes));
    then(Text::Utf8(&text), problems | DecodeProblems::MALFORMED_CHARSET)
}

/// What has to speak for another charset than the declared one: about as much as one `é` in a word.
#[cfg(feature = "guess")]
const CLEAR: i64 = 6;

/// The charset that a text seems to be in where what is declared cannot be right: nothing, or UTF-8, although the bytes are not;
/// or a charset of one octet in which the text makes no sense, while in another it does.
#[cfg(feature = "guess")]
pub(crate) fn mended_charset<'b>(
    part: &MessagePart<'_>,
    problems: DecodeProblems,
    bytes: impl FnOnce() -> Cow<'b, [u8]>,
) -> Option<&'static str> {
    Declared::by(part).mended(problems, bytes)
}

/// The charset that a part declares, looked up once.
#[cfg(feature = "guess")]
struct Declared<'m> {
    label: Option<&'m str>,
    /// None for one that is not known here.
    charset: Option<Charset>,
}

#[cfg(feature = "guess")]
impl<'m> Declared<'m> {
    fn by(part: &MessagePart<'m>) -> Self {
        let label = part.content_type().and_then(|found| found.attribute("charset"));
        let charset = label.map_or(Some(Charset::Utf8), |label| Charset::from_label(label.as_bytes()));
        Self { label, charset }
    }

    fn mended<'b>(
        &self,
        problems: DecodeProblems,
        bytes: impl FnOnce() -> Cow<'b, [u8]>,
    ) -> Option<&'static str> {
        let is_utf8 = self.charset == Some(Charset::Utf8);
        if is_utf8 && !problems.contains(DecodeProblems::MALFORMED_CHARSET) {
            return None;
        }
        let bytes = Wiped::from(bytes());
        if bytes.is_ascii() {
            return None;
        }
        if is_utf8 || self.label.is_some_and(|label| label.eq_ignore_ascii_case("us-ascii")) {
            return Some(guess_charset(&bytes).charset);
        }
        if is_plausible(&bytes, self.charset?)? {
            return None;
        }
        let guess = guess_charset(&bytes);
        (guess.certain || guess.weight >= CLEAR).then_some(guess.charset)
    }
}

/// A part's octets, decoded, and whether its transfer encoding was known and undamaged.
pub(crate) fn decoded<'m>(part: &MessagePart<'m>) -> (Cow<'m, [u8]>, DecodeProblems) {
    #[cfg(feature = "fast")]
    if part.encoding() == Encoding::Base64
        && let Some(bytes) = crate::base64_lines::decode(part.raw_body())
    {
        return (Cow::Owned(bytes), DecodeProblems::default());
    }
    #[cfg(feature = "more")]
    if part.encoding() == Encoding::QuotedPrintable
        && let Some(bytes) = crate::quoted_lines::decode(part.raw_body())
    {
        return (Cow::Owned(bytes), DecodeProblems::default());
    }
    part.decoded_checked()
}

impl DecodedText {
    fn new(text: &str, problems: DecodeProblems) -> Self {
        Self { text: Words::new(to_lf(text)), problems }
    }
}

/// The transfer-decoded body. A part that has neither fields nor the empty line before its body is all body:
/// leaving it out would hide words that other programs show.
pub(crate) fn body<'m>(part: &MessagePart<'m>) -> Cow<'m, [u8]> {
    if is_headless(part) { Cow::Borrowed(part.raw()) } else { part.decoded() }
}

fn is_headless(part: &MessagePart<'_>) -> bool {
    part.flags().contains(PartFlags::NO_BLANK_LINE) && part.parent().is_some() && part.headers().is_empty()
}

/// Whether a charset other than the empty promise `us-ascii` is declared.
fn declares_charset(part: &MessagePart<'_>) -> bool {
    part.content_type()
        .and_then(|content_type| content_type.attribute("charset"))
        .is_some_and(|charset| !charset.eq_ignore_ascii_case("us-ascii"))
}

/// Line ends as the rest of the program uses them: LF.
pub(crate) fn to_lf(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) =
        memchr::memchr(b'\r', rest.as_bytes()).and_then(|at| rest.split_at_checked(at))
    {
        lines.push_str(before);
        rest = after.get(1..).unwrap_or_default();
        if !rest.starts_with('\n') {
            lines.push('\n');
        }
    }
    lines.push_str(rest);
    lines
}

/// Line ends as mail uses them (RFC 5322 §2.1): CR LF, whatever they were.
pub(crate) fn to_crlf(text: &str) -> String {
    to_lf(text).replace('\n', "\r\n")
}

/// The canonical form of RFC 8551 §3.1.1 for a file that lost its CR: every LF that stands alone gets one.
pub(crate) fn canonical_crlf(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !has_lone_lf(bytes) {
        return Cow::Borrowed(bytes);
    }
    let mut canonical = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut previous = 0;
    for &byte in bytes {
        if byte == b'\n' && previous != b'\r' {
            canonical.push(b'\r');
        }
        canonical.push(byte);
        previous = byte;
    }
    Cow::Owned(canonical)
}

/// Whether an LF stands without its CR.
pub(crate) fn has_lone_lf(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        before != Some(&b'\r')
    })
}

#[cfg(test)]
mod tests {
    use super::to_lf;

    #[test]
    fn every_line_end_becomes_one_lf() {
        for (found, wanted) in [
            ("", ""),
            ("a", "a"),
            ("a\r\nb\nc\rd", "a\nb\nc\nd"),
            ("\r\r\n\n\r", "\n\n\n\n"),
            ("é\r\r", "é\n\n"),
        ] {
            assert_eq!(to_lf(found), wanted);
            assert_eq!(found.replace("\r\n", "\n").replace('\r', "\n"), wanted);
        }
    }
}
