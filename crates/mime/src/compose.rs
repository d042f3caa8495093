//! Writing a letter: the protected payload and the header fields that may stand outside (RFC 9788 §5).

#[cfg(feature = "more")]
mod forms;
#[cfg(feature = "rich")]
mod rich;

use std::borrow::Cow;

use mail_builder::headers::address::Address as AddressField;
use mail_builder::headers::content_type::ContentType as ContentTypeField;
use mail_builder::headers::message_id::MessageId as MessageIdField;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::headers::{Header as _, HeaderType};
use mail_builder::mime::{BodyPart, MimePart};

use crate::address::Address;
use crate::base64_text::encode_base64;
use crate::date::Date;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::given::Given;
use crate::limits::Limits;
use crate::text::to_crlf;
#[cfg(feature = "rich")]
use crate::text::to_lf;
use crate::transfer::Transfer;

#[cfg(feature = "more")]
pub use self::forms::{Form, Policy, compose_as};
#[cfg(feature = "rich")]
pub use self::rich::{InlineImage, Rich};

/// What stands outside in place of a confidential subject (RFC 9788 §3.2).
const OBSCURED_SUBJECT: &str = "[...]";
/// Bytes of text in one encoded word: base64 of them and the frame stay within 75 characters (RFC 2047 §2).
const ENCODED_WORD_BYTES: usize = 45;
/// Longest message identifier that fits a header line (RFC 5322 §2.1.1) with brackets and name.
const MAX_MESSAGE_ID: usize = 900;
/// Longest file name kept; file systems stop at 255 octets.
const MAX_NAME: usize = 1024;

/// A letter to be written. All values are as people see them; nothing is encoded yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// The one author.
    pub from: Address,
    /// Who sends on behalf of the author, when that is another person (RFC 5322 §3.6.2).
    pub sender: Option<Address>,
    /// Where replies shall go, when not to the author.
    pub reply_to: Vec<Address>,
    /// Primary recipients.
    pub to: Vec<Address>,
    /// Copies.
    pub cc: Vec<Address>,
    /// Blind copies that this very copy may name; never written outside.
    pub bcc: Vec<Address>,
    /// Subject.
    pub subject: String,
    /// Moment of writing; the caller's clock.
    pub date: Date,
    /// Identifier without angle brackets; see [`generate_message_id`].
    pub message_id: String,
    /// Identifiers this letter answers, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Identifiers of the thread, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// Plain text; line ends of any kind.
    pub text: String,
    /// Whether the lines of the text flow (RFC 3676); then its paragraphs are lines of any length.
    #[cfg(feature = "rich")]
    pub flowed: bool,
    /// The same as the text, with formatting; readers that can show it show it instead.
    #[cfg(feature = "rich")]
    pub rich: Option<Rich>,
    /// Attachments, in order; their bytes arrive unchanged.
    pub parts: Vec<Attachment>,
    /// A body that another program wrote, protected as it stands instead of one composed of `text` and `parts`; those then
    /// only tell lists what is in it.
    pub given: Option<Given>,
    /// What an answer must not name outside; see [`crate::kept_inside`].
    pub kept_inside: KeptInside,
    /// What may be seen outside when it is sealed; whatever is wished here, answers are shy.
    #[cfg(feature = "more")]
    pub policy: Policy,
    /// Whether its readers are asked to confirm that they opened it (RFC 2634 §2.7); whoever signs it writes that.
    pub receipt: bool,
}

impl Draft {
    /// An empty letter of an author at a moment.
    pub fn new(from: Address, date: Date, message_id: impl Into<String>) -> Self {
        Self {
            from,
            date,
            message_id: message_id.into(),
            sender: None,
            reply_to: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: String::new(),
            in_reply_to: Vec::new(),
            references: Vec::new(),
            text: String::new(),
            #[cfg(feature = "rich")]
            flowed: false,
            #[cfg(feature = "rich")]
            rich: None,
            parts: Vec::new(),
            given: None,
            kept_inside: KeptInside::default(),
            #[cfg(feature = "more")]
            policy: Policy::default(),
            receipt: false,
        }
    }
}

/// A file that travels with a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name as people see it.
    pub name: String,
    /// Media type, perhaps with parameters (`text/plain; charset=ibm850`); written as
    /// `application/octet-stream` when it is none.
    pub content_type: String,
    /// The file, untouched.
    pub bytes: Vec<u8>,
}

/// What a container carries without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransferSafety {
    /// Any byte: the payload goes into DER as it is. Smallest and fastest.
    #[default]
    Binary,
    /// Seven bits and short lines (RFC 8551 §3.1.2): for programs that sign and read `multipart/signed`.
    SevenBit,
}

/// How the payload is written and what may be seen outside. The default is `hcp_shy` of RFC 9788 §3.2.2.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Outer {
    /// Transfer encodings of the payload.
    pub transfer: TransferSafety,
    /// Repeats the subject at the top of the text for programs that do not know RFC 9788 (§5.2.2); readers
    /// that know it hide the repetition.
    pub legacy_display: bool,
}

/// What must not be named outside, because the letter that is answered kept it sealed (RFC 9788 §6.1).
#[derive(Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct KeptInside {
    /// Addresses.
    pub addresses: Vec<String>,
    /// Message identifiers, without angle brackets.
    pub ids: Vec<String>,
}

/// A letter as bytes, ready to be signed and sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Composed {
    /// The payload: every real header field, `hp="cipher"`, the `HP-Outer` record and the body.
    pub message: Vec<u8>,
    /// Fields of the outer header section in order, values as they go on the wire (encoded and folded,
    /// without the final line end). Only fields of the allow-list, `Subject: [...]`, never Bcc.
    pub outer_headers: Vec<(String, String)>,
}

/// Writes a letter with protected headers (RFC 9788 §5.2, `hcp_shy` unless the draft wants another policy): who carries it learns addresses, not names, and the
/// moment, not the time zone.
///
/// # Errors
/// `BadAddress`, `BadMessageId`: the draft names something that no header field can carry. `BadHeader`: the Content-Type of
/// a given body is so damaged that nobody would see the mark of its protection.
pub fn compose(draft: &Draft, outer: &Outer) -> Result<Composed> {
    #[cfg(feature = "more")]
    if draft.policy != Policy::Shy {
        return compose_as(draft, outer, Form::Sealed);
    }
    check(draft)?;
    let outer_headers = outer_fields(draft);
    let message = match &draft.given {
        Some(given) => with_given(draft, given, &outer_headers)?,
        None => with_composed(draft, outer, &outer_headers),
    };
    Ok(Composed { message, outer_headers })
}

fn with_composed(draft: &Draft, outer: &Outer, outer_headers: &[(String, String)]) -> Vec<u8> {
    let mut root = body(draft, outer);
    let mut headers = protected_fields(draft);
    headers.extend(protection_fields(outer_headers));
    headers.append(&mut root.headers);
    root.headers = headers;
    let mut message = Vec::with_capacity(root.size() + 4096);
    root.write_part(&mut message);
    message
}

fn with_given(draft: &Draft, given: &Given, outer_headers: &[(String, String)]) -> Result<Vec<u8>> {
    let section = |fields: Vec<Field<'_>>| -> String {
        fields.iter().map(|(name, value)| format!("{name}: {}\r\n", wire_value(name, value))).collect()
    };
    let (own, protection) = (section(protected_fields(draft)), section(protection_fields(outer_headers)));
    let message = given.write(own.as_bytes(), protection.as_bytes());
    let content_type = Entity::split(&message, &Limits::default())?.content_type;
    match content_type.parameter("hp") {
        Some("cipher") => Ok(message),
        _ => Err(Error::BadHeader("Content-Type".to_owned())),
    }
}

/// What follows the author's fields and comes before the structure's.
fn protection_fields(outer_headers: &[(String, String)]) -> Vec<Field<'_>> {
    let version = field("MIME-Version", Raw::new("1.0"));
    std::iter::once(version).chain(outer_headers.iter().map(|(name, value)| hp_outer(name, value))).collect()
}

/// Makes a message identifier (RFC 5322 §3.6.4) from 16 random bytes of the caller and the domain of the
/// author's address. Without angle brackets.
pub fn generate_message_id(random: &[u8; 16], domain: &str) -> String {
    use std::fmt::Write as _;
    let mut id = String::with_capacity(33 + domain.len());
    for byte in random {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id.push('@');
    id.push_str(domain);
    id
}

fn check(draft: &Draft) -> Result<()> {
    let lists = [&draft.reply_to, &draft.to, &draft.cc, &draft.bcc];
    let mut addresses = lists.into_iter().flatten().chain(&draft.sender).chain([&draft.from]);
    if let Some(bad) = addresses.find(|address| !address.is_valid()) {
        return Err(Error::BadAddress(bad.email.clone()));
    }
    let mut ids = draft.in_reply_to.iter().chain(&draft.references).chain([&draft.message_id]);
    match ids.find(|id| !is_message_id(id)) {
        Some(bad) => Err(Error::BadMessageId(bad.clone())),
        None => Ok(()),
    }
}

/// Identifiers are kept as found, even strange ones, as long as they survive between angle brackets.
fn is_message_id(id: &str) -> bool {
    let fits = |c: char| !c.is_control() && !c.is_whitespace() && c != '<' && c != '>';
    !id.is_empty() && id.len() <= MAX_MESSAGE_ID && id.chars().all(fits)
}

type Field<'a> = (Cow<'a, str>, HeaderType<'a>);

fn field<'a>(name: &'a str, value: impl Into<HeaderType<'a>>) -> Field<'a> {
    (Cow::Borrowed(name), value.into())
}

fn protected_fields(draft: &Draft) -> Vec<Field<'_>> {
    let mut fields = vec![field("From", list_value(&[&draft.from]))];
    fields.extend(draft.sender.as_ref().map(|sender| field("Sender", list_value(&[sender]))));
    push_list(&mut fields, "Reply-To", draft.reply_to.iter());
    push_list(&mut fields, "To", draft.to.iter());
    push_list(&mut fields, "Cc", draft.cc.iter());
    push_list(&mut fields, "Bcc", draft.bcc.iter());
    fields.push(field("Subject", text_value(single_line(&draft.subject))));
    push_identity(&mut fields, draft, draft.date, &[]);
    fields
}

fn outer_fields(draft: &Draft) -> Vec<(String, String)> {
    let kept = &draft.kept_inside;
    let is_kept =
        |address: &Address| kept.addresses.iter().any(|one| one.eq_ignore_ascii_case(&address.email));
    let nameless = |list: &[Address]| -> Vec<Address> {
        let visible = list.iter().filter(|address| !is_kept(address));
        visible.map(|address| Address::bare(address.email.as_str())).collect()
    };
    let (from, to, cc) = (Address::bare(draft.from.email.as_str()), nameless(&draft.to), nameless(&draft.cc));
    let mut fields = vec![field("From", list_value(&[&from]))];
    push_list(&mut fields, "To", to.iter());
    push_list(&mut fields, "Cc", cc.iter());
    fields.push(field("Subject", Raw::new(OBSCURED_SUBJECT)));
    push_identity(&mut fields, draft, Date::utc(draft.date.unix), &kept.ids);
    fields.iter().map(|(name, value)| (name.to_string(), wire_value(name, value))).collect()
}

fn push_identity<'a>(fields: &mut Vec<Field<'a>>, draft: &'a Draft, date: Date, kept_ids: &[String]) {
    fields.push(field("Date", Raw::new(date.to_rfc5322())));
    fields.push(field("Message-ID", MessageIdField::new(draft.message_id.as_str())));
    for (name, ids) in [("In-Reply-To", &draft.in_reply_to), ("References", &draft.references)] {
        let mut visible = ids.iter().filter(|id| !kept_ids.contains(id)).map(String::as_str).peekable();
        if visible.peek().is_some() {
            fields.push(field(name, MessageIdField::new_list(visible)));
        }
    }
}

fn push_list<'a>(fields: &mut Vec<Field<'a>>, name: &'static str, list: impl Iterator<Item = &'a Address>) {
    let list: Vec<&Address> = list.collect();
    if !list.is_empty() {
        fields.push(field(name, list_value(&list)));
    }
}

fn list_value<'a>(list: &[&'a Address]) -> HeaderType<'a> {
    if list.iter().any(|address| display_name(address).is_some_and(|name| imitates_encoded_word(&name))) {
        let written: Vec<String> = list.iter().map(|address| encoded_mailbox(address)).collect();
        return Raw::new(written.join(", ")).into();
    }
    let list =
        list.iter().map(|address| AddressField::new_address(display_name(address), address.email.as_str()));
    AddressField::new_list(list.collect()).into()
}

fn encoded_mailbox(address: &Address) -> String {
    let name = display_name(address).map(|name| encoded_words(&name) + " ").unwrap_or_default();
    format!("{name}<{}>", address.email)
}

fn display_name(address: &Address) -> Option<String> {
    address.name.as_deref().map(single_line).filter(|name| !name.is_empty())
}

fn text_value<'a>(text: String) -> HeaderType<'a> {
    if imitates_encoded_word(&text) { Raw::new(encoded_words(&text)).into() } else { Text::new(text).into() }
}

/// Text that looks like an encoded word would be decoded by readers; it must be encoded itself.
fn imitates_encoded_word(text: &str) -> bool {
    text.contains("=?")
}

/// Encoded words (RFC 2047 §2) of at most 75 characters, split between characters.
fn encoded_words(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, tail) = rest.split_at(rest.floor_char_boundary(ENCODED_WORD_BYTES));
        words.push(format!("=?utf-8?B?{}?=", encode_base64(word.as_bytes())));
        rest = tail;
    }
    words.join(" ")
}

/// `HP-Outer: Name: value` (RFC 9788 §2.2.2): what the sender left outside, value unfolded.
fn hp_outer<'a>(name: &str, value: &str) -> Field<'a> {
    let value = value.replace("\r\n", "");
    (Cow::Borrowed("HP-Outer"), Raw::new(format!("{name}: {value}")).into())
}

/// The value of a field as it goes on the wire, without the final line end.
fn wire_value(name: &str, value: &HeaderType<'_>) -> String {
    let mut bytes = Vec::new();
    value.write_header(&mut bytes, name.len() + 2);
    let text = String::from_utf8_lossy(&bytes);
    text.trim_end_matches("\r\n").to_owned()
}

/// Header values are one line: line ends and other controls become spaces.
fn single_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn body<'a>(draft: &'a Draft, outer: &Outer) -> MimePart<'a> {
    let (text, text_transfer) = text_part(draft, outer);
    #[cfg(feature = "rich")]
    let (text, text_transfer) = match &draft.rich {
        Some(rich) => rich::alternative(draft, rich, outer, (text, text_transfer)),
        None => (text, text_transfer),
    };
    if draft.parts.is_empty() {
        return with_hp(text);
    }
    let mut children = vec![text];
    let mut transfers = vec![text_transfer];
    for attachment in &draft.parts {
        let (part, transfer) = attachment_part(attachment, outer.transfer);
        children.push(part);
        transfers.push(transfer);
    }
    let content_type = ContentTypeField::new("multipart/mixed");
    let (mixed, _) = container(draft, content_type, "=_sceau_", children, &transfers);
    with_hp(mixed)
}

/// A multipart of these children; boundaries of containers within each other begin differently.
fn container<'a>(
    draft: &Draft,
    content_type: ContentTypeField<'a>,
    boundary_prefix: &str,
    children: Vec<MimePart<'a>>,
    transfers: &[Transfer],
) -> (MimePart<'a>, Transfer) {
    // Base64 has no low line, and every boundary has one.
    let searched = children.iter().zip(transfers).filter(|(_, transfer)| **transfer != Transfer::Base64);
    let searched: Vec<_> = searched.map(|(part, _)| part).collect();
    let boundary = unused_boundary(draft, boundary_prefix, &searched);
    let transfer =
        transfers.iter().map(|transfer| transfer.of_container()).max().unwrap_or(Transfer::SevenBit);
    let content_type = content_type.attribute("boundary", boundary);
    (MimePart::new(content_type, children).transfer_encoding(transfer.name()), transfer)
}

/// Marks the root of the payload (RFC 9788 §2.1.1).
fn with_hp(mut root: MimePart<'_>) -> MimePart<'_> {
    for (_, value) in &mut root.headers {
        if let HeaderType::ContentType(content_type) = value
            && content_type.c_type.contains('/')
        {
            content_type.attributes.push(("hp".into(), "cipher".into()));
        }
    }
    root
}

fn text_part<'a>(draft: &Draft, outer: &Outer) -> (MimePart<'a>, Transfer) {
    let content_type = ContentTypeField::new("text/plain").attribute("charset", "utf-8");
    #[cfg(feature = "rich")]
    let (mut content_type, mut text) = match draft.flowed {
        true => {
            (content_type.attribute("format", "flowed"), to_crlf(&crate::flowed::flow(&to_lf(&draft.text))))
        }
        false => (content_type, to_crlf(&draft.text)),
    };
    #[cfg(not(feature = "rich"))]
    let (mut content_type, mut text) = (content_type, to_crlf(&draft.text));
    if outer.legacy_display {
        content_type = content_type.attribute("hp-legacy-display", "1");
        text = format!("Subject: {}\r\n\r\n{text}", single_line(&draft.subject));
    }
    encoded_text(content_type, &text, outer)
}

fn encoded_text<'a>(
    content_type: ContentTypeField<'a>,
    text: &str,
    outer: &Outer,
) -> (MimePart<'a>, Transfer) {
    let transfer = match outer.transfer {
        TransferSafety::Binary => Transfer::untouched(text.as_bytes()),
        TransferSafety::SevenBit => Transfer::safe_for_text(text.as_bytes()),
    };
    let bytes = transfer.encode(text.as_bytes()).into_owned();
    (MimePart::new(content_type, bytes).transfer_encoding(transfer.name()), transfer)
}

fn attachment_part(attachment: &Attachment, safety: TransferSafety) -> (MimePart<'_>, Transfer) {
    let (part, transfer) = file_part(attachment, safety);
    (part.attachment(file_name(attachment)), transfer)
}

fn file_name(attachment: &Attachment) -> String {
    single_line(&attachment.name).chars().take(MAX_NAME).collect()
}

/// A file, before it is said how it is to be shown.
fn file_part(attachment: &Attachment, safety: TransferSafety) -> (MimePart<'_>, Transfer) {
    let untouched = Transfer::untouched(&attachment.bytes);
    let mut content_type = media_type(&attachment.content_type);
    let is_message = content_type.c_type == "message/rfc822";
    let transfer = match safety {
        TransferSafety::Binary => untouched,
        TransferSafety::SevenBit if is_message && untouched == Transfer::SevenBit => untouched,
        TransferSafety::SevenBit => Transfer::Base64,
    };
    if is_message && transfer == Transfer::Base64 {
        // Only message/global may be base64 (RFC 2046 §5.2.1, RFC 6532 §3.7).
        content_type.c_type = "message/global".into();
    }
    let bytes = transfer.encode(&attachment.bytes);
    let part = MimePart::new(content_type, BodyPart::Binary(bytes));
    (part.transfer_encoding(transfer.name()), transfer)
}

/// Reads a media type with parameters; anything that is none becomes `application/octet-stream`.
fn media_type(text: &str) -> ContentTypeField<'_> {
    let mut pieces = text.split(';').map(str::trim);
    let media = pieces.next().unwrap_or_default().to_ascii_lowercase();
    let is_leaf = media
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype) && kind != "multipart");
    let mut content_type =
        ContentTypeField::new(if is_leaf { media } else { "application/octet-stream".to_owned() });
    for (key, value) in pieces.filter_map(|piece| piece.split_once('=')) {
        let value = value.trim().trim_matches('"');
        let plain = value.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
        if is_leaf && is_token(key.trim()) && plain && !key.trim().eq_ignore_ascii_case("hp") {
            content_type = content_type.attribute(key.trim(), value);
        }
    }
    content_type
}

/// A token of RFC 2045 §5.1.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=*'%".contains(c))
}

/// A boundary that occurs in no part, found by trying: the same draft always gives the same bytes.
fn unused_boundary(draft: &Draft, prefix: &str, parts: &[&MimePart<'_>]) -> String {
    let seed = fnv1a(draft.message_id.as_bytes());
    (0_u64..)
        .map(|attempt| format!("{prefix}{:016x}", seed.wrapping_add(attempt)))
        .find(|candidate| !parts.iter().any(|part| contains(part, candidate.as_bytes())))
        .unwrap_or_default()
}

fn contains(part: &MimePart<'_>, needle: &[u8]) -> bool {
    match &part.contents {
        BodyPart::Text(text) => memchr::memmem::find(text.as_bytes(), needle).is_some(),
        BodyPart::Binary(bytes) => memchr::memmem::find(bytes, needle).is_some(),
        BodyPart::Multipart(parts) => parts.iter().any(|part| contains(part, needle)),
    }
}

/// Fowler–Noll–Vo hash, 64 bits: spreads boundaries, protects nothing.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
