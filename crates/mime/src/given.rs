//! A body that is sealed as another program wrote it: its octets stay, whatever they are.
//!
//! Only the header section is written anew. Fields that a [`crate::Draft`] has are taken from there, fields of transport are
//! left out, all others and those of the structure (Content-*) stand as they stood.

use crate::address::Address;
use crate::compose::{Attachment, Draft};
use crate::date::Date;
use std::ops::Range;

use mail_parser::{Message, MessagePart};
use zeroize::Zeroize;

use crate::error::Result;
use crate::letter::{Letter, SINGLE_FIELDS, parse};
use crate::limits::Limits;
use crate::text::canonical_crlf;

/// What the protection writes (RFC 9788) and the MIME version; the fields of [`SINGLE_FIELDS`] are the draft's.
const OF_PROTECTION: [&str; 2] = ["mime-version", "hp-outer"];

/// What carriers add (RFC 5322 §3.6.7, RFC 6376, RFC 8601, RFC 8617) and what mail programs note for themselves in their
/// stores: none of it is the author's, and some of it names blind copies and folders.
const OF_TRANSPORT: [&str; 14] = [
    "return-path",
    "received",
    "received-spf",
    "delivered-to",
    "envelope-to",
    "x-original-to",
    "dkim-signature",
    "domainkey-signature",
    "authentication-results",
    "status",
    "x-status",
    "fcc",
    "x-account-key",
    "x-identity-key",
];
const OF_TRANSPORT_BEGIN: [&str; 4] = ["arc-", "resent-", "x-mozilla-", "x-spam-"];

/// Marks the root of a payload made for sealing (RFC 9788 §2.1.1).
const MARK: &[u8] = b";\r\n hp=\"cipher\"";

/// A mail's body and the fields that go with it, for [`crate::Draft::given`].
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// Whole header fields with their line ends: those of the author that are not written anew.
    fields: Vec<u8>,
    /// Whole header fields with their line ends: Content-*, marked with `hp="cipher"`.
    structure: Vec<u8>,
    /// Everything after the header section.
    body: Vec<u8>,
    /// Where the marks begin in `structure`, one in every sane mail.
    #[cfg(feature = "more")]
    marks: Vec<usize>,
}

impl Given {
    /// Takes the body of a mail (RFC 5322) as it stands. Line ends become CR LF (RFC 8551 §3.1.1) except in parts that are
    /// declared `binary`, and in parts other than text that are declared `8bit`.
    ///
    /// # Errors
    /// `NotAMessage`, or the limit that was passed.
    pub fn of_mail(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let message = parse(bytes, limits)?;
        let mut given = Self::without_body(&message);
        given.body = canonical_body(bytes, &message);
        Ok(given)
    }

    /// The same from an outline ([`crate::read_outline`]): without the body, of which is said where it begins, and which
    /// ranges keep their line ends.
    ///
    /// # Errors
    /// As [`Self::of_mail`].
    pub fn of_outline(bytes: &[u8], limits: &Limits) -> Result<(Self, usize, Vec<Range<usize>>)> {
        let message = parse(bytes, limits)?;
        let start = offset(message.root().root_part().offset_body());
        Ok((Self::without_body(&message), start, untouchable(&message, start)))
    }

    fn without_body(message: &Message<'_>) -> Self {
        let root = message.root().root_part();
        let headers = crate::entity::header_section(&root);
        let (mut fields, mut structure) = (Vec::new(), Vec::new());
        #[cfg(feature = "more")]
        let mut marks = Vec::new();
        for header in &headers {
            match kind(&header.name) {
                Kind::Author => push(&mut fields, &header.name, &header.raw),
                Kind::ContentType => {
                    push(&mut structure, &header.name, &marked(&header.raw));
                    #[cfg(feature = "more")]
                    marks.push(mark_before_end(&structure));
                }
                Kind::Structure => push(&mut structure, &header.name, &header.raw),
                Kind::WrittenAnew | Kind::Transport => {}
            }
        }
        if !headers.iter().any(|header| header.name.eq_ignore_ascii_case("Content-Type")) {
            // What an entity without the field is (RFC 2045 §5.2); a charset is not claimed.
            push(&mut structure, "Content-Type", &marked(b" text/plain"));
            #[cfg(feature = "more")]
            marks.push(mark_before_end(&structure));
        }
        Self {
            fields,
            structure,
            body: Vec::new(),
            #[cfg(feature = "more")]
            marks,
        }
    }

    /// The body, in the form in which it is protected.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn wipe(&mut self) {
        for octets in [&mut self.fields, &mut self.structure, &mut self.body] {
            octets.zeroize();
        }
    }

    /// Ends the header section and writes the body.
    pub(crate) fn write(&self, fields_before: &[u8], fields_between: &[u8]) -> Vec<u8> {
        let pieces: [&[u8]; 6] =
            [fields_before, &self.fields, fields_between, &self.structure, b"\r\n", &self.body];
        pieces.concat()
    }
}

#[cfg(feature = "more")]
impl Given {
    /// [`Self::write`] with another mark, or none.
    pub(crate) fn write_marked(&self, before: &[u8], between: &[u8], mark: Option<&str>) -> Vec<u8> {
        let mut structure = self.structure.clone();
        let mark = mark.map(|value| format!(";\r\n hp=\"{value}\"")).unwrap_or_default();
        for at in self.marks.iter().rev() {
            structure.splice(*at..at.saturating_add(MARK.len()), mark.bytes());
        }
        [before, &self.fields, between, &structure, b"\r\n", &self.body].concat()
    }

    /// The author's fields that are not written anew, as a header section.
    pub(crate) fn author_fields(&self) -> Vec<u8> {
        [&self.fields, &b"\r\n"[..]].concat()
    }
}

/// Where the mark stands that ends the field written last.
#[cfg(feature = "more")]
fn mark_before_end(structure: &[u8]) -> usize {
    structure.len().saturating_sub(MARK.len() + b"\r\n".len())
}

enum Kind {
    Author,
    WrittenAnew,
    Transport,
    ContentType,
    Structure,
}

fn kind(name: &str) -> Kind {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "content-type" => Kind::ContentType,
        // Its use as a hint for transport (RFC 9110) is none of mail.
        _ if name.starts_with("content-") => Kind::Structure,
        known if SINGLE_FIELDS.contains(&known) || OF_PROTECTION.contains(&known) => Kind::WrittenAnew,
        known if OF_TRANSPORT.contains(&known) => Kind::Transport,
        known if OF_TRANSPORT_BEGIN.iter().any(|begin| known.starts_with(begin)) => Kind::Transport,
        _ => Kind::Author,
    }
}

fn push(section: &mut Vec<u8>, name: &str, raw: &[u8]) {
    section.extend_from_slice(name.as_bytes());
    section.push(b':');
    section.extend_from_slice(&canonical_crlf(raw));
    section.extend_from_slice(b"\r\n");
}

/// Content-Type marked as the root of a payload made for sealing (RFC 9788 §2.1.1); an earlier mark goes.
fn marked(raw: &[u8]) -> Vec<u8> {
    let is_mark = |piece: &&[u8]| {
        let name = piece.split(|byte| matches!(byte, b'=' | b'*')).next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(b"hp")
    };
    let is_empty = |piece: &&[u8]| piece.trim_ascii().is_empty();
    let pieces = parameters(raw).into_iter().filter(|piece| !is_mark(piece) && !is_empty(piece));
    let mut value = pieces.collect::<Vec<_>>().join(&b';');
    if value.is_empty() {
        value.extend_from_slice(b" text/plain");
    }
    value.extend_from_slice(MARK);
    value
}

/// The pieces of a structured value between its semicolons, quoted strings and comments left whole (RFC 2045 §5.1).
fn parameters(raw: &[u8]) -> Vec<&[u8]> {
    let (mut quoted, mut escaped, mut comments) = (false, false, 0_usize);
    let is_end = |byte: &u8| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted || comments > 0 => escaped = true,
            b'"' if comments == 0 => quoted = !quoted,
            b'(' if !quoted => comments += 1,
            b')' if !quoted => comments = comments.saturating_sub(1),
            b';' => return !quoted && comments == 0,
            _ => {}
        }
        false
    };
    raw.split(is_end).collect()
}

/// The body with CR LF line ends outside what is binary.
fn canonical_body(bytes: &[u8], message: &Message<'_>) -> Vec<u8> {
    let start = offset(message.root().root_part().offset_body());
    let mut body = Vec::with_capacity(bytes.len().saturating_sub(start));
    let mut at = start;
    for range in untouchable(message, start) {
        body.extend_from_slice(&canonical_crlf(bytes.get(at..range.start).unwrap_or_default()));
        body.extend_from_slice(bytes.get(range.clone()).unwrap_or_default());
        at = range.end;
    }
    body.extend_from_slice(&canonical_crlf(bytes.get(at..).unwrap_or_default()));
    body
}

/// What is binary, in order; a part within one that is left alone already is not named again.
fn untouchable(message: &Message<'_>, start: usize) -> Vec<Range<usize>> {
    let mut at = start;
    let mut ranges: Vec<Range<usize>> =
        message.parts().filter(is_untouchable).map(|part| octets_of(&part)).collect();
    ranges.retain(|range| {
        let fits = range.start >= at && range.end >= range.start;
        if fits {
            at = range.end;
        }
        fits
    });
    ranges
}

fn octets_of(part: &MessagePart<'_>) -> Range<usize> {
    offset(part.offset_body())..offset(part.offset_end())
}

fn offset(found: u32) -> usize {
    usize::try_from(found).unwrap_or(usize::MAX)
}

/// Whether the octets of a part are no lines of text (RFC 2045 §2.9, and 8bit where programs use it for files).
fn is_untouchable(part: &MessagePart<'_>) -> bool {
    let encoding = part.content_transfer_encoding().unwrap_or_default().trim().to_ascii_lowercase();
    let is_leaf = !part.is_multipart();
    match encoding.as_str() {
        "binary" => is_leaf,
        "8bit" => is_leaf && !part.is_text() && !part.is_message(),
        _ => false,
    }
}

impl Draft {
    /// The letter that another program wrote, to be written anew: its author, people, subject, thread and, for lists, its words and
    /// files. `date` and `fresh_id` stand in for what it has not. `None` unless there is exactly one author.
    pub fn of_letter(
        mut letter: Letter,
        date: Date,
        fresh_id: impl FnOnce(&Address) -> String,
    ) -> Option<Self> {
        let from = letter.single_from()?.clone();
        let message_id = letter.message_id.clone().unwrap_or_else(|| fresh_id(&from));
        let mut draft = Self::new(from, letter.date.unwrap_or(date), message_id);
        draft.sender = letter.sender.take();
        draft.reply_to = std::mem::take(&mut letter.reply_to);
        draft.to = std::mem::take(&mut letter.to);
        draft.cc = std::mem::take(&mut letter.cc);
        draft.bcc = std::mem::take(&mut letter.bcc);
        draft.subject = std::mem::take(&mut letter.subject);
        draft.in_reply_to = std::mem::take(&mut letter.in_reply_to);
        draft.references = std::mem::take(&mut letter.references);
        draft.text = std::mem::take(&mut letter.text);
        let parts = letter.parts.iter_mut().enumerate();
        draft.parts = parts
            .map(|(at, part)| Attachment {
                name: part.name.take().unwrap_or_else(|| format!("part-{}", at + 1)),
                content_type: part.content_type.clone(),
                bytes: std::mem::take(&mut part.bytes),
            })
            .collect();
        Some(draft)
    }
}

/// Whether a payload can be cut out of lines of text and put back (RFC 1847 §2.1): no octets that a program might take for
/// other line ends. Our own seven-bit payloads always can; a given one may hold binary parts.
pub fn is_lines_of_text(message: &[u8]) -> bool {
    !message.contains(&0)
        && !crate::text::has_lone_lf(message)
        && memchr::memchr_iter(b'\r', message).all(|at| message.get(at + 1) == Some(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(raw: &str) -> String {
        String::from_utf8(marked(raw.as_bytes())).unwrap()
    }

    #[test]
    fn the_mark_is_added_and_an_older_one_goes() {
        const MARK: &str = ";\r\n hp=\"cipher\"";
        for (raw, kept) in [
            (" text/plain", " text/plain"),
            (" text/plain; charset=utf-8;", " text/plain; charset=utf-8"),
            (" text/plain; HP=\"clear\"; format=flowed", " text/plain; format=flowed"),
            (" a/b; name=\"x; hp=clear\"", " a/b; name=\"x; hp=clear\""),
            (" a/b; name=\"\\\"; hp=clear\"; hp*=utf-8''clear", " a/b; name=\"\\\"; hp=clear\""),
            (" a/b (one; hp=clear); x=y", " a/b (one; hp=clear); x=y"),
            ("", " text/plain"),
            (" a/b; hp-legacy-display=\"1\"", " a/b; hp-legacy-display=\"1\""),
        ] {
            assert_eq!(line(raw), format!("{kept}{MARK}"));
        }
    }

    #[test]
    fn lines_of_text_are_told_from_other_octets() {
        for (bytes, expected) in [
            (&b"a\r\nb\r\n"[..], true),
            (b"", true),
            (b"a\nb", false),
            (b"a\rb", false),
            (b"a\0", false),
            (b"a\r", false),
        ] {
            assert_eq!(is_lines_of_text(bytes), expected, "{bytes:?}");
        }
    }
}
