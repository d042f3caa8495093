//! Reading a letter (RFC 5322, RFC 2045 to 2049, RFC 2231, RFC 8621 §4.1.4, RFC 9788 §4).

#[cfg(feature = "guess")]
use std::borrow::Cow;

#[cfg(feature = "guess")]
use mail_parser::Charset;
use mail_parser::{
    DecodeProblems, HeaderName, HeaderValue, Headers, Message, MessageParser, MessagePart, MessageRef,
    PartFlags, PartKind, TextList,
};

#[cfg(feature = "guess")]
use zeroize::Zeroizing;

use crate::address::{Address, is_valid_email};
#[cfg(feature = "guess")]
use crate::charset::guess_charset;
use crate::date::Date;
use crate::entity::{ContentType, header_section};
use crate::error::{Error, Result};
use crate::flowed;
use crate::html::{html_to_text, html_to_text_without_legacy_display};
use crate::limits::Limits;
use crate::protect::Hp;
use crate::text::{decode_text, decoded};
use crate::wipe::Words;

/// Fields that RFC 5322 §3.6 allows once.
pub(crate) const SINGLE_FIELDS: [&str; 11] = [
    "date",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
];

/// A header field.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Name as written.
    pub name: String,
    /// Value unfolded, with encoded words decoded (RFC 2047).
    pub value: String,
    /// Value as written: everything after the colon, without the final line end.
    pub raw: Vec<u8>,
}

/// An attachment, or any part that is not shown as text. Its name and octets are wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Media type in lower case, without parameters; `text/plain` when none is declared (RFC 2045 §5.2).
    pub content_type: String,
    /// Declared charset, for text.
    pub charset: Option<String>,
    /// File name, decoded (RFC 2231, RFC 2047); a hint from the sender, never a path to write to.
    pub name: Option<String>,
    /// Content identifier without angle brackets.
    pub content_id: Option<String>,
    /// Whether the sender asks to show it within the letter.
    pub inline: bool,
    /// Content after transfer decoding, otherwise untouched.
    pub bytes: Vec<u8>,
}

/// Something odd that readers tolerate and a verdict may weigh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// No From field, or none with an address.
    NoFrom,
    /// More than one author: several From fields or several addresses in it (RFC 5322 §3.6.2).
    SeveralFrom,
    /// The From field is not plainly one mailbox: what other programs make of it may differ.
    OddFrom,
    /// A field that may stand once stands several times; the first counts. Name in lower case.
    RepeatedField(&'static str),
    /// Multipart boundaries are missing or damaged.
    DamagedStructure,
    /// A transfer encoding is unknown or damaged; what could be decoded is there.
    DamagedEncoding,
    /// A charset is unknown, or bytes are not valid in it.
    DamagedCharset,
}

/// A letter that was read. Lenient: damage is reported in [`Letter::defects`], not refused. Its words, names and files are
/// wiped when it is dropped; to keep one, take it out with `std::mem::take`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Letter {
    /// All fields of the header section in order.
    pub headers: Vec<Header>,
    /// Authors of all From fields. Use [`Letter::single_from`] for judging.
    pub from: Vec<Address>,
    /// Who sent on behalf of the author.
    pub sender: Option<Address>,
    /// Where replies shall go.
    pub reply_to: Vec<Address>,
    /// Primary recipients.
    pub to: Vec<Address>,
    /// Copies.
    pub cc: Vec<Address>,
    /// Blind copies named in this very copy.
    pub bcc: Vec<Address>,
    /// Date field.
    pub date: Option<Date>,
    /// Subject, decoded; empty when there is none.
    pub subject: String,
    /// Identifier without angle brackets.
    pub message_id: Option<String>,
    /// Identifiers this letter answers.
    pub in_reply_to: Vec<String>,
    /// Identifiers of the thread, oldest first.
    pub references: Vec<String>,
    /// The text to show, line ends LF; HTML converted when there is nothing else.
    pub text: String,
    /// Whether any displayed body part is HTML.
    pub has_html: bool,
    /// Attachments, forwarded messages included.
    pub parts: Vec<Part>,
    /// Media type of the whole.
    pub content_type: ContentType,
    /// The sender's claim about header protection (RFC 9788 §2.1.1).
    pub hp: Option<Hp>,
    /// The sender's record of what stood outside (RFC 9788 §2.2), values decoded.
    pub hp_outer: Vec<(String, String)>,
    /// What is odd about the letter.
    pub defects: Vec<Defect>,
}

impl Letter {
    /// The one author: exactly one From field that is plainly exactly one mailbox.
    pub fn single_from(&self) -> Option<&Address> {
        let doubtful =
            |defect: &Defect| matches!(defect, Defect::NoFrom | Defect::SeveralFrom | Defect::OddFrom);
        match self.from.as_slice() {
            [only] if !self.defects.iter().any(doubtful) => Some(only),
            _ => None,
        }
    }

    /// Values of all fields with this name, without regard to case.
    pub fn header(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }
}

/// Reads a message leniently.
///
/// `bytes` are untrusted: a mail from a relay or a file, or the payload of a CMS object.
///
/// # Errors
/// `NotAMessage`, or the limit that was passed. Damage within limits is no error, see [`Letter::defects`].
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Letter> {
    let message = parse(bytes, limits)?;
    Ok(read_message(&message, limits).0)
}

/// The letter, and what was wrong with the charset of its fields.
pub(crate) fn read_message(message: &Message<'_>, limits: &Limits) -> (Letter, DecodeProblems) {
    with_fields(message, limits, |message, problems| (read_as_it_is(message, problems), problems))
}

/// Lends the message with fields that can be read, and what was wrong with their charset.
pub(crate) fn with_fields<T>(
    message: &Message<'_>,
    limits: &Limits,
    then: impl FnOnce(&Message<'_>, DecodeProblems) -> T,
) -> T {
    #[cfg(feature = "guess")]
    if let Some(mended) = with_readable_fields(message)
        && let Ok(mended) = parse(&mended, limits)
        // A boundary of eight bits stands in the body as it stood in its field.
        && mended.parts().len() == message.parts().len()
    {
        return then(&mended, DecodeProblems::MALFORMED_CHARSET);
    }
    #[cfg(not(feature = "guess"))]
    let _ = limits;
    then(message, DecodeProblems::default())
}

/// The message with fields in UTF-8 (RFC 6532), where they hold octets above ASCII that are none: old practice software writes
/// names and subjects as they lie in its memory. Encoded words are left as they are.
#[cfg(feature = "guess")]
fn with_readable_fields(message: &Message<'_>) -> Option<Zeroizing<Vec<u8>>> {
    // Those of an attached message are octets of a file.
    let root = message.root();
    if root.parts().all(|part| is_utf8(part.raw_headers())) {
        return None;
    }
    let sections: Vec<&[u8]> = root.parts().map(|part| part.raw_headers()).collect();
    // One program wrote them all; few letters tell less than many.
    let all = Zeroizing::new(sections.concat());
    let guess = guess_charset(&all);
    let charset = Charset::from_label(guess.charset.as_bytes()).filter(|_| !guess.certain)?;
    let raw = message.raw();
    let mut mended = Zeroizing::new(Vec::with_capacity(raw.len().saturating_add(all.len())));
    let mut copied = 0_usize;
    for (part, section) in root.parts().zip(&sections) {
        let start = usize::try_from(part.offset_header()).ok()?;
        // Parts come in the order in which they stand; whatever does not is left as it is.
        let Some(between) = raw.get(copied..start) else { continue };
        mended.extend_from_slice(between);
        if is_utf8(section) {
            mended.extend_from_slice(section);
        } else {
            mended.extend_from_slice(Zeroizing::new(charset.decode(section).into_owned()).as_bytes());
        }
        copied = start.saturating_add(section.len());
    }
    mended.extend_from_slice(raw.get(copied..)?);
    Some(mended)
}

/// The parser looks at many octets at a time, and copies nothing that is right.
#[cfg(feature = "guess")]
fn is_utf8(section: &[u8]) -> bool {
    matches!(Charset::Utf8.decode(section), Cow::Borrowed(_))
}

/// Parses within limits.
pub(crate) fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Message<'a>> {
    let message = parser(limits).parse(bytes).ok_or(Error::NotAMessage)?;
    check_limits(&message, limits)?;
    Ok(message)
}

/// A parser that stops at the limits. Messages inside a transfer encoding stay unopened: they are files like others.
pub(crate) fn parser(limits: &Limits) -> MessageParser {
    MessageParser::new()
        .max_depth(limits.nesting)
        .max_parts(limits.parts.saturating_add(1))
        .max_encoded_nesting(0)
}

pub(crate) fn check_limits(message: &Message<'_>, limits: &Limits) -> Result<()> {
    if message.parts().len() > limits.parts {
        return Err(Error::TooManyParts { limit: limits.parts });
    }
    // Nothing decodes to more than it is: measuring means decoding.
    let mut decoded = 0_usize;
    let measure = cfg!(not(feature = "fast")) || message.raw().len() > limits.decoded_bytes;
    for part in message.parts() {
        if part.flags().contains(PartFlags::LIMIT_REACHED) {
            return Err(Error::TooDeep { limit: limits.nesting });
        }
        let found = part.raw_headers().len();
        if found > limits.header_bytes {
            return Err(Error::HeaderTooLong { found, limit: limits.header_bytes });
        }
        if measure && !part.is_multipart() && !part.is_message() {
            decoded = decoded.saturating_add(part.decoded_len());
        }
        if decoded > limits.decoded_bytes {
            return Err(Error::DecodedTooLong { found: decoded, limit: limits.decoded_bytes });
        }
    }
    Ok(())
}

pub(crate) fn read_as_it_is(message: &Message<'_>, of_fields: DecodeProblems) -> Letter {
    let root = message.root();
    let fields = root.headers();
    let text = |name| first(&fields, name).and_then(|value| value.as_text());
    let mut letter = Letter::default();
    letter.headers = header_section(&root.root_part());
    letter.sender = Address::from_list(fields.sender()).into_iter().next();
    letter.reply_to = Address::from_list(fields.reply_to());
    letter.date =
        first(&fields, HeaderName::Date).and_then(|it| it.as_datetime()).and_then(Date::from_parsed);
    text(HeaderName::Subject).unwrap_or_default().trim().clone_into(&mut letter.subject);
    letter.message_id = text(HeaderName::MessageId).map(str::to_owned);
    letter.in_reply_to = ids(fields.in_reply_to());
    letter.references = ids(fields.references());
    letter.content_type = ContentType::of_part(&root.root_part());
    letter.from = fields.all_from().flat_map(|list| Address::from_list(Some(list))).collect();
    letter.to = fields.all_to().flat_map(|list| Address::from_list(Some(list))).collect();
    letter.cc = fields.all_cc().flat_map(|list| Address::from_list(Some(list))).collect();
    letter.bcc = fields.all_bcc().flat_map(|list| Address::from_list(Some(list))).collect();
    letter.hp = Hp::of(&root.root_part());
    letter.hp_outer = letter.header("HP-Outer").filter_map(split_hp_outer).collect();
    note_problems(of_fields, &mut letter);
    read_body(&root, &mut letter);
    letter.defects.extend(header_defects(&letter));
    letter.defects.extend(structure_defects(&root));
    letter
}

/// Of a field that stands several times, the first counts.
pub(crate) fn first<'m>(fields: &Headers<'m>, name: HeaderName<'static>) -> Option<HeaderValue<'m>> {
    fields.all(name).next().map(|field| field.value())
}

fn ids(list: Option<TextList<'_>>) -> Vec<String> {
    list.map(|list| list.iter().map(str::to_owned).collect()).unwrap_or_default()
}

fn split_hp_outer(value: &str) -> Option<(String, String)> {
    let (name, value) = value.split_once(':')?;
    Some((name.trim().to_owned(), value.trim().to_owned()))
}

fn read_body(root: &MessageRef<'_>, letter: &mut Letter) {
    let mut texts: Vec<Words> = Vec::new();
    for part in root.text_body().filter(MessagePart::is_text) {
        #[cfg(feature = "more")]
        if repeats_fields_only(&part, letter) {
            continue;
        }
        let (text, problems) = shown_text(&part, letter);
        texts.push(Words::new(text));
        if is_unreadable_for(problems, &part) {
            let original = attachment(&part, letter);
            letter.parts.push(original);
        }
    }
    letter.text = join_texts(texts);
    letter.has_html = root.html_body().any(|part| matches!(part.kind(), PartKind::Html));
    for part in root.parts().filter(is_file) {
        let part = attachment(&part, letter);
        letter.parts.push(part);
    }
}

/// Whether a shown part is in a charset that is not known here, and not plain ASCII: its octets are kept as a
/// file too, so that nothing is lost. An escape marks the seven-bit charsets of East Asia (ISO/IEC 2022).
pub(crate) fn is_unreadable(part: &MessagePart<'_>) -> bool {
    is_unreadable_for(decode_text(part).problems, part)
}

pub(crate) fn is_unreadable_for(problems: DecodeProblems, part: &MessagePart<'_>) -> bool {
    const ESCAPE: u8 = 0x1b;
    problems.contains(DecodeProblems::UNKNOWN_CHARSET)
        && part.decoded().iter().any(|octet| !octet.is_ascii() || *octet == ESCAPE)
}

/// Whether a part is kept as a file: every leaf that is neither shown nor another form of what is shown.
pub(crate) fn is_file(part: &MessagePart<'_>) -> bool {
    let is_shown = part.is_text() && (part.in_text_body() || part.in_html_body());
    !part.is_multipart() && !is_shown
}

/// Puts text parts one after the other, each starting on a line of its own.
pub(crate) fn join_texts(mut texts: Vec<Words>) -> String {
    if let [only] = texts.as_mut_slice() {
        return only.take();
    }
    let mut joined = String::with_capacity(texts.iter().map(|text| text.len()).sum::<usize>() + texts.len());
    for text in &texts {
        if !joined.is_empty() && !joined.ends_with('\n') {
            joined.push('\n');
        }
        joined.push_str(text);
    }
    joined
}

/// The text that is shown of a part, and what was wrong with it.
fn shown_text(part: &MessagePart<'_>, letter: &mut Letter) -> (String, DecodeProblems) {
    let mut decoded = decode_text(part);
    let problems = decoded.problems;
    note_problems(problems, letter);
    let is_html = matches!(part.kind(), PartKind::Html);
    let mut own = match (is_html, repeats_headers(part, letter.hp)) {
        (true, true) => return (html_to_text_without_legacy_display(&decoded.text), problems),
        (true, false) => return (html_to_text(&decoded.text), problems),
        (false, true) => Words::new(without_legacy_display(&decoded.text).to_owned()),
        (false, false) => std::mem::take(&mut decoded.text),
    };
    let text = match flowed::declared(part) {
        Some(delsp) => flowed::unflow(&own, delsp),
        None => own.take(),
    };
    (text, problems)
}

/// Whether the part repeats protected fields for readers that do not know RFC 9788 (§2.1.2): believed only in
/// a payload that says it was made for encryption.
pub(crate) fn repeats_headers(part: &MessagePart<'_>, hp: Option<Hp>) -> bool {
    let parameter = part.content_type().and_then(|content_type| content_type.attribute("hp-legacy-display"));
    hp == Some(Hp::Cipher) && parameter == Some("1")
}

/// Whether the part is nothing but a repetition of the subject, as older programs put it before the text
/// (draft-autocrypt-lamps-protected-headers §5.2): what says anything else is shown.
#[cfg(feature = "more")]
pub(crate) fn repeats_fields_only(part: &MessagePart<'_>, letter: &Letter) -> bool {
    if !is_marked_as_repeating(part) || !letter.is_partly_protected() || part.parent().is_none() {
        return false;
    }
    let text = decode_text(part).text;
    let repeats = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or_default();
        letter.header(name.trim()).any(|own| own == value.trim())
    };
    text.lines().filter(|line| !line.trim().is_empty()).all(repeats)
}

#[cfg(feature = "more")]
pub(crate) fn is_marked_as_repeating(part: &MessagePart<'_>) -> bool {
    let marked = part.content_type().and_then(|content_type| content_type.attribute("protected-headers"));
    marked == Some("v1")
}

/// Text after its first stanza (RFC 9788 §4.5.3.2).
pub(crate) fn without_legacy_display(text: &str) -> &str {
    let mut rest = text;
    while let Some((line, tail)) = rest.split_once('\n') {
        rest = tail;
        if line.trim().is_empty() {
            return rest;
        }
    }
    ""
}

fn attachment(part: &MessagePart<'_>, letter: &mut Letter) -> Part {
    let content_type = ContentType::of_part(part);
    let (bytes, problems) = decoded(part);
    note_problems(problems, letter);
    Part {
        charset: content_type.parameter("charset").map(str::to_owned),
        content_type: content_type.media,
        name: part.attachment_name().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
        content_id: part.content_id().map(str::to_owned),
        inline: part.is_inline(),
        bytes: bytes.into_owned(),
    }
}

pub(crate) fn note_problems(problems: DecodeProblems, letter: &mut Letter) {
    note(problems, &mut letter.defects);
}

pub(crate) fn note(problems: DecodeProblems, defects: &mut Vec<Defect>) {
    let charset = DecodeProblems::UNKNOWN_CHARSET | DecodeProblems::MALFORMED_CHARSET;
    let encoding = DecodeProblems::MALFORMED_TRANSFER_ENCODING | DecodeProblems::UNKNOWN_TRANSFER_ENCODING;
    for (set, defect) in [(charset, Defect::DamagedCharset), (encoding, Defect::DamagedEncoding)] {
        if problems.intersects(set) && !defects.contains(&defect) {
            defects.push(defect);
        }
    }
}

fn header_defects(letter: &Letter) -> Vec<Defect> {
    let mut defects = Vec::new();
    let mut fields = letter.headers.iter().filter(|field| field.name.eq_ignore_ascii_case("from"));
    match (fields.next(), fields.next(), letter.from.as_slice()) {
        (_, _, list) if !list.iter().any(|address| address.email.contains('@')) => {
            defects.push(Defect::NoFrom)
        }
        (Some(field), None, [only]) if !is_plain_mailbox(&field.raw, &only.email) => {
            defects.push(Defect::OddFrom)
        }
        (Some(_), None, [_]) => {}
        _ => defects.push(Defect::SeveralFrom),
    }
    for name in SINGLE_FIELDS {
        if letter.header(name).count() > 1 {
            defects.push(Defect::RepeatedField(name));
        }
    }
    defects
}

/// Whether a From value is plainly `phrase <address>`, `address` or `address (comment)` and names the address
/// that was read: anything else may be read differently by other programs.
pub(crate) fn is_plain_mailbox(raw: &[u8], email: &str) -> bool {
    let text = String::from_utf8_lossy(raw);
    let unfolded = text.contains('\n').then(|| text.replace("\r\n", "").replace('\n', ""));
    let text = without_comment(unfolded.as_deref().unwrap_or(&text).trim());
    let (phrase, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((phrase, address)) => (phrase.trim(), address),
        None => ("", text),
    };
    !text.contains(char::is_control) && is_plain_phrase(phrase) && address == email && is_valid_email(address)
}

fn without_comment(text: &str) -> &str {
    match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        Some((before, comment)) if !comment.contains(['@', '<', '>', ')', '\\', '"', ',']) => {
            before.trim_end()
        }
        _ => text,
    }
}

/// Words and quoted strings; nothing that separates or marks addresses outside quotes.
fn is_plain_phrase(phrase: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for c in phrase.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' | '>' | '@' | ',' | ';' | ':' | '(' | ')' | '\\' if !quoted => return false,
            _ => {}
        }
    }
    !quoted && !escaped
}

/// Damage of the letter itself; that of attached messages is theirs.
pub(crate) fn structure_defects(root: &MessageRef<'_>) -> Option<Defect> {
    let damage = PartFlags::MISSING_DELIMITER | PartFlags::FALLBACK_DELIMITER | PartFlags::UNTERMINATED;
    // On an attached message the flag speaks of what is inside it.
    let is_cut = |part: &MessagePart<'_>| {
        let is_attached = part.content_type().is_some_and(|found| found.ctype() == "message");
        part.parent().is_some() && part.flags().contains(PartFlags::NO_BLANK_LINE) && !is_attached
    };
    // A multipart in which no delimiter was found is a leaf.
    let is_hollow = |part: &MessagePart<'_>| {
        !part.is_multipart() && part.content_type().is_some_and(|found| found.ctype() == "multipart")
    };
    let is_damaged =
        |part: MessagePart<'_>| part.flags().intersects(damage) || is_cut(&part) || is_hollow(&part);
    let damaged = root.parts().any(is_damaged);
    damaged.then_some(Defect::DamagedStructure)
}
