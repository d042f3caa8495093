//! MIME entities as exact bytes (RFC 2045, RFC 1847, RFC 8551 §3).

use std::borrow::Cow;

use mail_parser::{Encoding, HeaderForm, MessageParser, MessagePart};
use memchr::memmem;

use crate::error::{Error, Result};
use crate::letter::Header;
use crate::limits::Limits;
use crate::text::canonical_crlf;

/// A media type with its parameters (RFC 2045 §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    /// `type/subtype` in lower case.
    pub media: String,
    /// Parameters in order, names in lower case, values decoded (RFC 2231).
    pub parameters: Vec<(String, String)>,
}

impl Default for ContentType {
    /// What an entity without Content-Type is (RFC 2045 §5.2).
    fn default() -> Self {
        Self { media: "text/plain".to_owned(), parameters: Vec::new() }
    }
}

impl ContentType {
    /// The first parameter with this lower-case name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn of_part(part: &MessagePart<'_>) -> Self {
        Self { media: media(part), parameters: parameters(part.content_type()) }
    }
}

/// The media type of a part, in lower case.
#[inline(always)]
pub(crate) fn media(part: &MessagePart<'_>) -> String {
    let found = part.content_type();
    match found.and_then(|found| Some((found.ctype(), found.subtype()?))) {
        Some((kind, subtype)) => format!("{kind}/{subtype}").to_ascii_lowercase(),
        // Inside a digest the default is a message (RFC 2046 §5.1.5); a type without subtype is none
        // (RFC 2045 §5.2).
        None if part.is_message() => "message/rfc822".to_owned(),
        None => "text/plain".to_owned(),
    }
}

fn parameters(found: Option<mail_parser::ContentType<'_>>) -> Vec<(String, String)> {
    let Some(found) = found else { return Vec::new() };
    found.attributes().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect()
}

/// One entity: its header fields and its body as they are in the message.
#[derive(Clone)]
pub struct Entity<'a> {
    /// The header section as it stands, with the empty line after it.
    pub section: &'a [u8],
    /// Media type and parameters.
    pub content_type: ContentType,
    /// Content-Transfer-Encoding in lower case; `7bit` when there is none.
    pub transfer_encoding: String,
    /// File name of Content-Disposition or Content-Type, decoded.
    pub name: Option<String>,
    /// The body, still transfer-encoded.
    pub body: &'a [u8],
}

impl<'a> Entity<'a> {
    /// Splits the header section from the body of untrusted bytes.
    ///
    /// # Errors
    /// `NotAMessage`, `HeaderTooLong`.
    pub fn split(bytes: &'a [u8], limits: &Limits) -> Result<Self> {
        let message = MessageParser::new().parse_headers(bytes).ok_or(Error::NotAMessage)?;
        let root = message.root().root_part();
        let found = root.raw_headers().len();
        if found > limits.header_bytes {
            return Err(Error::HeaderTooLong { found, limit: limits.header_bytes });
        }
        let start = usize::try_from(root.offset_body()).map_err(|_| Error::NotAMessage)?;
        let (section, body) = bytes.split_at_checked(start).unwrap_or((bytes, &[]));
        Ok(Self {
            section,
            content_type: ContentType::of_part(&root),
            transfer_encoding: root
                .content_transfer_encoding()
                .map_or_else(|| "7bit".to_owned(), |value| value.trim().to_ascii_lowercase()),
            name: root.attachment_name().map(str::to_owned),
            body,
        })
    }

    /// The body after transfer decoding (RFC 2045 §6); unknown encodings are left as they are.
    ///
    /// # Errors
    /// `DecodedTooLong`.
    pub fn decoded_body(&self, limits: &Limits) -> Result<Cow<'a, [u8]>> {
        let encoding = match self.transfer_encoding.as_str() {
            "base64" => Encoding::Base64,
            "quoted-printable" => Encoding::QuotedPrintable,
            _ => Encoding::None,
        };
        // Nothing decodes to more than it is: measuring means decoding.
        if cfg!(not(feature = "fast")) || self.body.len() > limits.decoded_bytes {
            let found = encoding.decoded_len(self.body);
            if found > limits.decoded_bytes {
                return Err(Error::DecodedTooLong { found, limit: limits.decoded_bytes });
            }
        }
        #[cfg(feature = "fast")]
        if matches!(encoding, Encoding::Base64)
            && let Some(decoded) = crate::base64_lines::decode(self.body)
        {
            return Ok(Cow::Owned(decoded));
        }
        Ok(encoding.decode(self.body))
    }

    /// Header fields in order, read anew with each call: splitting needs none of their values.
    pub fn headers(&self) -> Vec<Header> {
        let message = MessageParser::new().parse_headers(self.section);
        message.map(|message| header_section(&message.root().root_part())).unwrap_or_default()
    }

    /// Whether it is nothing but a wrapper of the message that is protected: see [`wrapped_message`].
    pub fn is_wrapper(&self) -> bool {
        let is_message = matches!(self.content_type.media.as_str(), "message/rfc822" | "message/global");
        let is_bare = || !self.headers().iter().any(|field| field.name.eq_ignore_ascii_case("From"));
        // A letter that is handed on says so (draft-ietf-lamps-header-protection-02): it is no letter of its sender's.
        #[cfg(feature = "more")]
        let is_message = is_message && self.content_type.parameter("forwarded") != Some("yes");
        is_message && is_bare()
    }
}

/// The two halves of a detached signature (RFC 1847 §2.1, RFC 8551 §3.5.3).
#[derive(Clone)]
pub struct MultipartSigned<'a> {
    /// The first part exactly as it stands between the delimiters: what the signature is over.
    pub content: &'a [u8],
    /// The signature part after transfer decoding: a CMS object.
    pub signature: Vec<u8>,
    /// The digest algorithms that the sender names; a hint.
    pub micalg: Option<String>,
}

impl<'a> MultipartSigned<'a> {
    /// The first part with CR LF line ends (RFC 8551 §3.1.1), for messages that were stored with bare LF.
    /// Try [`MultipartSigned::content`] first: it is right for everything that travelled unharmed.
    pub fn canonical(&self) -> Cow<'a, [u8]> {
        canonical_crlf(self.content)
    }
}

/// Splits a `multipart/signed` message or entity. Text before, between and after the parts is not covered by
/// the signature and is not returned.
///
/// # Errors
/// `BadMultipartSigned` when it is none, or has not exactly two parts; limits.
pub fn multipart_signed<'a>(bytes: &'a [u8], limits: &Limits) -> Result<MultipartSigned<'a>> {
    Entity::split(bytes, limits)?.multipart_signed(limits)
}

/// The message inside a payload that is nothing but a `message/rfc822` wrapper (RFC 8551 §3.1, KIM): its
/// header fields are protected because they are content. `None` when the payload is anything else.
pub fn wrapped_message<'a>(payload: &'a [u8], limits: &Limits) -> Option<Cow<'a, [u8]>> {
    Entity::split(payload, limits).ok()?.wrapped_message(limits)
}

impl<'a> Entity<'a> {
    /// [`multipart_signed`] of an entity that was split already.
    ///
    /// # Errors
    /// As [`multipart_signed`].
    pub fn multipart_signed(&self, limits: &Limits) -> Result<MultipartSigned<'a>> {
        if self.content_type.media != "multipart/signed" {
            return Err(Error::BadMultipartSigned);
        }
        let boundary = self.content_type.parameter("boundary").map(str::trim_end);
        let boundary = boundary.filter(|boundary| !boundary.is_empty()).ok_or(Error::BadMultipartSigned)?;
        let [content, signature] = split_parts(self.body, boundary)?;
        let signature = Entity::split(signature, limits)?;
        if !is_signature(&signature.content_type.media) {
            return Err(Error::BadMultipartSigned);
        }
        Ok(MultipartSigned {
            content,
            signature: signature.decoded_body(limits)?.into_owned(),
            micalg: self.content_type.parameter("micalg").map(str::to_owned),
        })
    }

    /// [`wrapped_message`] of an entity that was split already.
    pub fn wrapped_message(&self, limits: &Limits) -> Option<Cow<'a, [u8]>> {
        if self.is_wrapper() { self.decoded_body(limits).ok() } else { None }
    }
}

/// Whether a media type is that of a detached signature (RFC 8551 §3.5.3.1).
pub fn is_signature(media: &str) -> bool {
    matches!(media, "application/pkcs7-signature" | "application/x-pkcs7-signature")
}

/// The exact bytes of two parts: each without the line end before the next delimiter (RFC 2046 §5.1.1).
fn split_parts<'a>(body: &'a [u8], boundary: &str) -> Result<[&'a [u8]; 2]> {
    let mut parts = Vec::with_capacity(2);
    let mut start = None;
    for delimiter in Delimiters::new(body, boundary) {
        if let Some(start) = start {
            let part = body.get(start..delimiter.start).unwrap_or_default();
            parts.push(without_line_end(part));
        }
        start = (!delimiter.closing).then_some(delimiter.end);
        if delimiter.closing {
            break;
        }
    }
    if let Some(rest) = start.and_then(|start| body.get(start..)) {
        parts.push(rest);
    }
    parts.try_into().map_err(|_| Error::BadMultipartSigned)
}

/// Whether a line is a delimiter, and then whether it is the closing one.
fn delimiter(line: &[u8], boundary: &str) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary.as_bytes())?;
    let closing = rest.starts_with(b"--");
    let padding = if closing { rest.get(2..).unwrap_or_default() } else { rest };
    padding.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).then_some(closing)
}

pub(crate) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// A delimiter line of a multipart, and where it stands.
struct Delimiter {
    start: usize,
    end: usize,
    closing: bool,
}

/// The delimiter lines of a body.
struct Delimiters<'a> {
    body: &'a [u8],
    boundary: &'a str,
    /// Finds how such a line begins; most letters have few of them, far from each other.
    dashed: memmem::Finder<'static>,
    at: usize,
}

impl<'a> Delimiters<'a> {
    fn new(body: &'a [u8], boundary: &'a str) -> Self {
        let dashed = memmem::Finder::new(&format!("--{boundary}")).into_owned();
        // No line begins with more than a line.
        let body = if boundary.contains('\n') { &[] } else { body };
        Self { body, boundary, dashed, at: 0 }
    }
}

impl Iterator for Delimiters<'_> {
    type Item = Delimiter;

    fn next(&mut self) -> Option<Delimiter> {
        loop {
            let start = self.at + self.dashed.find(self.body.get(self.at..)?)?;
            let rest = self.body.get(start..)?;
            let line = rest.get(..memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1))?;
            // The next one begins a line too: what is within this one is not looked at again.
            self.at = start + line.len();
            let begins_line = start.checked_sub(1).is_none_or(|before| self.body.get(before) == Some(&b'\n'));
            if begins_line && let Some(closing) = delimiter(line, self.boundary) {
                return Some(Delimiter { start, end: self.at, closing });
            }
        }
    }
}

/// The fields of a header section. Lines that are no fields (RFC 5322 §2.2: a name is printable and without
/// spaces), such as the first line of an mbox file, are left out.
pub(crate) fn header_section(part: &MessagePart<'_>) -> Vec<Header> {
    let fields = part.headers();
    let all = fields.iter().map(|field| Header::of_field(&field));
    all.filter(|header| header.name.bytes().all(|byte| byte.is_ascii_graphic())).collect()
}

impl Header {
    fn of_field(field: &mail_parser::Header<'_>) -> Self {
        let parsed = field.parse_as(HeaderForm::Text);
        let raw = field.raw_value();
        let raw = raw.strip_suffix(b"\n").map_or(raw, |raw| raw.strip_suffix(b"\r").unwrap_or(raw));
        Self {
            name: field.raw_name().trim().to_owned(),
            value: parsed.value().as_text().unwrap_or_default().trim().to_owned(),
            raw: raw.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Delimiters, delimiter};

    /// Every body of six pieces of what delimiters are made of: the same lines as when each line is looked at.
    #[test]
    fn delimiters_are_found_wherever_a_line_begins_with_one() {
        const PIECES: [&str; 8] = ["--b", "-", "b", "--", "\n", "\r\n", " ", "--b--"];
        for number in 0..PIECES.len().pow(6) {
            let body: String =
                (0_u32..6).map(|at| PIECES[number / PIECES.len().pow(at) % PIECES.len()]).collect();
            for boundary in ["b", "-b", "b--b"] {
                let mut start = 0;
                let mut wanted = Vec::new();
                for line in body.split_inclusive('\n') {
                    let end = start + line.len();
                    wanted.extend(delimiter(line.as_bytes(), boundary).map(|closing| (start, end, closing)));
                    start = end;
                }
                let found =
                    Delimiters::new(body.as_bytes(), boundary).map(|it| (it.start, it.end, it.closing));
                assert_eq!(found.collect::<Vec<_>>(), wanted, "{body:?} {boundary}");
            }
        }
    }

    /// Work that grows with the length of the body times that of the boundary would not end here.
    #[test]
    fn long_boundaries_in_long_lines_take_no_longer_than_others() {
        let boundary = "-".repeat(200_000);
        let body = "-".repeat(4_000_000);
        assert_eq!(Delimiters::new(format!("x{body}\n{body}").as_bytes(), &boundary).count(), 0);
        let several = "b\n--".repeat(50_000) + "b";
        assert_eq!(Delimiters::new("--b\n".repeat(1_000_000).as_bytes(), &several).count(), 0);
    }
}
