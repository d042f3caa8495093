//! The door: ciphertext only. A clear letter is refused with a reason, and so are our own letters when their outer
//! headers say more than they must.

use std::{borrow::Cow, io::Read as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mail_parser::{HeaderForm, MessageParser};
use sceau_api::{BlobId, MethodError, MethodErrorType, SetError, SetErrorType};

use super::shell::{self, NotSealed};
use crate::{
    account,
    email::outer::{Outer, Split, split, with_blank_line},
    fault::Fault,
    limits,
    store::Store,
};

/// The outer headers our own letters may have (design section 4): who, when, threading, and the CMS wrapping.
const ALLOWED: [&str; 12] = [
    "From",
    "To",
    "Cc",
    "Date",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
];

/// The outer Subject of our own letters (RFC 9788 §3.2's `hcp_shy`).
const OUTER_SUBJECT: &str = "[...]";

/// A letter the relay takes, as far as it reads it.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(crate) outer: Outer,
    pub(crate) header: Vec<u8>,
    pub(crate) size: i64,
}

/// Why a letter is not taken: stable words, for clients to translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its header cannot be read, or is too long.
    Unreadable,
    /// It is not encrypted: text, or signed only.
    NotSealed,
    /// It says it is CMS and is not.
    NotCms,
    /// Its From is not the account's address, or not exactly one.
    WrongSender,
    /// An outer header says more than it must.
    HeaderNotAllowed(String),
    /// The outer Subject is not `[...]`.
    SubjectNotHidden,
    /// An outer address has a name beside it.
    NameNotHidden,
    /// The card is larger than cards are.
    TooLarge,
}

impl Reason {
    /// Its stable word.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotSealed => "not_sealed",
            Self::NotCms => "not_cms",
            Self::WrongSender => "wrong_sender",
            Self::HeaderNotAllowed(_) => "header_not_allowed",
            Self::SubjectNotHidden => "subject_not_hidden",
            Self::NameNotHidden => "name_not_hidden",
            Self::TooLarge => "too_large",
        }
    }

    /// The same in a sentence.
    pub(crate) fn text(&self) -> &'static str {
        match self {
            Self::Unreadable => "The header of the letter cannot be read.",
            Self::NotSealed => "The letter is not sealed; the relay carries ciphertext only.",
            Self::NotCms => "The body is no CMS EnvelopedData or AuthEnvelopedData.",
            Self::WrongSender => "From must be the account's own address, alone.",
            Self::HeaderNotAllowed(_) => "An outer header says more than the relay may know.",
            Self::SubjectNotHidden => "The outer Subject must be [...].",
            Self::NameNotHidden => "Outer From, To and Cc must be addresses without names.",
            Self::TooLarge => "The card is too large.",
        }
    }

    /// As `Letter/send` answers it.
    pub(crate) fn into_method_error(self, blob: &BlobId) -> MethodError {
        let error = MethodError::new(MethodErrorType::LetterRefused).describe(self.text());
        let error = error.with("blobId", blob.as_str()).with("reason", self.code());
        match self {
            Self::HeaderNotAllowed(name) => error.with("header", name),
            _ => error,
        }
    }

    /// As `Email/import` and `EmailSubmission/set` answer it.
    pub(crate) fn into_set_error(self, blob: &BlobId) -> SetError {
        let error = SetError::new(SetErrorType::InvalidEmail).describe(self.text());
        let error = error.with("blobId", blob.as_str()).with("reason", self.code());
        match self {
            Self::HeaderNotAllowed(name) => error.with("header", name),
            _ => error,
        }
    }
}

/// A sealed letter, whoever wrote it.
pub(crate) fn admit_any(store: &Store, blob: &BlobId) -> Result<Result<Admitted, Reason>, Fault> {
    let bytes = store.read_blob(blob)?.ok_or(Fault::Damaged("a blob is missing"))?;
    Ok(admit(&bytes))
}

/// A sealed letter of the account with `address`: what may be sent.
pub(crate) fn admit_own(
    store: &Store,
    blob: &BlobId,
    address: &str,
) -> Result<Result<Admitted, Reason>, Fault> {
    let admitted = admit_any(store, blob)?;
    Ok(admitted.and_then(|letter| {
        check_own(&letter, address)?;
        Ok(letter)
    }))
}

/// A card: a small sealed letter.
pub(crate) fn admit_card(store: &Store, blob: &BlobId) -> Result<Result<(), Reason>, Fault> {
    // One octet more than a card may have tells.
    let mut reader =
        store.open_blob(blob, limits::CARD_BYTES, 1)?.ok_or(Fault::Damaged("a blob is missing"))?;
    if reader.read(&mut [0])? > 0 {
        return Ok(Err(Reason::TooLarge));
    }
    Ok(admit_any(store, blob)?.map(|_| ()))
}

/// A card of the account with `address`.
pub(crate) fn admit_own_card(
    store: &Store,
    blob: &BlobId,
    address: &str,
) -> Result<Result<(), Reason>, Fault> {
    match admit_card(store, blob)? {
        Ok(()) => Ok(admit_own(store, blob, address)?.map(|_| ())),
        Err(reason) => Ok(Err(reason)),
    }
}

/// A sealed letter that is in memory, whoever wrote it.
pub(crate) fn admit(bytes: &[u8]) -> Result<Admitted, Reason> {
    let Split { header, body } = split(bytes).ok_or(Reason::Unreadable)?;
    if header.is_empty() {
        return Err(Reason::Unreadable);
    }
    let content = sealed_content(header, body)?;
    shell::check(&content).map_err(|not| match not {
        NotSealed::OtherContent => Reason::NotSealed,
        NotSealed::NotCms => Reason::NotCms,
    })?;
    let size = i64::try_from(bytes.len()).map_err(|_| Reason::Unreadable)?;
    Ok(Admitted { outer: Outer::read(header), header: header.to_owned(), size })
}

/// The decoded body of an `application/pkcs7-mime` letter.
fn sealed_content<'a>(header: &[u8], body: &'a [u8]) -> Result<Cow<'a, [u8]>, Reason> {
    let block = with_blank_line(header);
    let message = MessageParser::new().parse_headers(&block).ok_or(Reason::Unreadable)?;
    let headers = message.headers();
    if headers.all("Content-Type").count() > 1 || headers.all("Content-Transfer-Encoding").count() > 1 {
        // Two programs would read two letters.
        return Err(Reason::Unreadable);
    }
    let kind = message.content_type().ok_or(Reason::NotSealed)?;
    let subtype = kind.subtype().unwrap_or_default().to_lowercase();
    let is_cms = kind.ctype().eq_ignore_ascii_case("application")
        && matches!(subtype.as_str(), "pkcs7-mime" | "x-pkcs7-mime");
    if !is_cms {
        return Err(Reason::NotSealed);
    }
    let encoding = headers.get("Content-Transfer-Encoding").map(|field| {
        let parsed = field.parse_as(HeaderForm::Text);
        parsed.value().as_text().unwrap_or_default().trim().to_lowercase()
    });
    match encoding.as_deref() {
        Some("base64") => decode(body).map(Cow::Owned).ok_or(Reason::NotCms),
        None | Some("binary" | "8bit" | "7bit") => Ok(Cow::Borrowed(body)),
        Some(_) => Err(Reason::NotCms),
    }
}

/// Base64 in lines of any length (RFC 2045 §6.8), decoded piece by piece: letters are large.
fn decode(body: &[u8]) -> Option<Vec<u8>> {
    const PIECE: usize = 48 * 1024;
    let mut decoded = Vec::with_capacity(body.len() / 4 * 3);
    let mut waiting: Vec<u8> = Vec::with_capacity(2 * PIECE);
    for line in body.split(u8::is_ascii_whitespace) {
        waiting.extend_from_slice(line);
        let whole = waiting.len() / 4 * 4;
        // The last group, which alone may be padded, waits for the end.
        if whole > PIECE {
            STANDARD.decode_vec(waiting.get(..whole - 4)?, &mut decoded).ok()?;
            waiting.drain(..whole - 4);
        }
    }
    STANDARD.decode_vec(&waiting, &mut decoded).ok()?;
    Some(decoded)
}

fn check_own(letter: &Admitted, address: &str) -> Result<(), Reason> {
    let block = with_blank_line(&letter.header);
    let message = MessageParser::new().parse_headers(&block).ok_or(Reason::Unreadable)?;
    for field in &message.headers() {
        let name = field.raw_name();
        if !ALLOWED.iter().any(|allowed| allowed.eq_ignore_ascii_case(name)) {
            return Err(Reason::HeaderNotAllowed(name.chars().take(100).collect()));
        }
    }
    if message.headers().all("From").count() != 1 || message.headers().all("Subject").count() > 1 {
        return Err(Reason::Unreadable);
    }
    let [from] = letter.outer.from.as_deref().unwrap_or_default() else { return Err(Reason::WrongSender) };
    if account::normalise(&from.email).as_deref() != Some(address) {
        return Err(Reason::WrongSender);
    }
    if message.headers().iter().any(|field| names_people(&field)) {
        return Err(Reason::NameNotHidden);
    }
    match letter.outer.subject.as_deref().map(str::trim) {
        None | Some(OUTER_SUBJECT) => Ok(()),
        Some(_) => Err(Reason::SubjectNotHidden),
    }
}

/// Whether an address field says more than addresses: display names, comments, groups.
fn names_people(field: &mail_parser::Header<'_>) -> bool {
    if !["From", "To", "Cc"].iter().any(|name| name.eq_ignore_ascii_case(field.raw_name())) {
        return false;
    }
    let parsed = field.parse_as(HeaderForm::Addresses);
    parsed.value().as_address().is_some_and(|list| {
        list.has_groups()
            || list.mailboxes().any(|mailbox| mailbox.name().is_some_and(|name| !name.trim().is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bodies_decode_whatever_their_lines() {
        let bytes: Vec<u8> =
            (0..500_000_u32).map(|at| at.to_le_bytes()[usize::try_from(at % 3).unwrap()]).collect();
        let packed = STANDARD.encode(&bytes);
        assert_eq!(decode(packed.as_bytes()).unwrap(), bytes);
        for width in [1, 3, 76, 77, 100_000] {
            let lines: Vec<&[u8]> = packed.as_bytes().chunks(width).collect();
            assert_eq!(decode(&lines.join(&b"\r\n"[..])).unwrap(), bytes, "lines of {width}");
        }
        let padded_inside = [STANDARD.encode("a"), packed].concat();
        assert_eq!(decode(padded_inside.as_bytes()), None);
        assert_eq!(decode(b"AAA"), None);
    }
}
