//! Plain mail looked at where it lies: nothing of it is copied but what has to be decoded. It says what [`crate::read`] says, for who
//! reads one mail after the other and hands the words on at once.

use mail_parser::{
    AddressList, DecodeProblems, HeaderForm, HeaderName, Headers, Message, MessageBuffers, MessageParser,
    MessagePart, MessageRef, PartKind, TextList,
};

use crate::date::Date;
use crate::entity::{header_section, media, without_line_end};
use crate::error::{Error, Result};
use crate::flowed;
use crate::html::{html_to_text, html_to_text_without_legacy_display};
use crate::letter::{self, Defect, Header, SINGLE_FIELDS, first};
use crate::limits::Limits;
use crate::protect::Hp;
use crate::text::{DecodedText, Text, decode_text, decoded, with_octets};
use crate::wipe::Words;

/// Fields that are not told one by one: [`read_fields`] reads them when they are asked for.
const UNTOLD: [HeaderName<'static>; 12] = [
    HeaderName::Received,
    HeaderName::ReturnPath,
    HeaderName::DkimSignature,
    HeaderName::ArcSeal,
    HeaderName::ArcMessageSignature,
    HeaderName::ArcAuthenticationResults,
    HeaderName::AuthenticationResults,
    HeaderName::MimeVersion,
    HeaderName::ListUnsubscribe,
    HeaderName::ListId,
    HeaderName::Keywords,
    HeaderName::Comments,
];
/// Longest mail whose tables are kept for the next one.
const KEPT_BYTES: usize = 1024 * 1024;

/// Reads one mail after the other in the same memory. Of the last one it keeps what the parser decoded of its fields.
pub struct Reader {
    parser: MessageParser,
    limits: Limits,
    buffers: MessageBuffers,
}

impl Reader {
    /// A reader that holds every mail against these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let parser = letter::parser(&limits).unknown_headers(HeaderForm::Ignore);
        let parser = UNTOLD.into_iter().fold(parser, |parser, name| parser.header(name, HeaderForm::Ignore));
        Self { parser, limits, buffers: MessageBuffers::new() }
    }

    /// Reads a mail as leniently as [`crate::read`] does, and lends it for the moment of a call.
    ///
    /// `bytes` are untrusted.
    ///
    /// # Errors
    /// As [`crate::read`].
    pub fn read<T>(&mut self, bytes: &[u8], look: impl FnOnce(&Mail<'_>) -> T) -> Result<T> {
        let message = self.parser.parse_with(bytes, &mut self.buffers).ok_or(Error::NotAMessage)?;
        letter::check_limits(&message, &self.limits)?;
        let seen = letter::with_fields(&message, &self.limits, |message, of_fields| {
            look(&Mail { message, root: message.root(), of_fields })
        });
        if bytes.len() <= KEPT_BYTES {
            self.buffers = message.into_buffers();
        }
        Ok(seen)
    }
}

/// The fields of a header section as [`crate::Letter::headers`] has them. `section` is untrusted.
#[must_use]
pub fn read_fields(section: &[u8]) -> Vec<Header> {
    let message = MessageParser::new().parse_headers(section);
    message.map(|message| header_section(&message.root().root_part())).unwrap_or_default()
}

/// A mail that was read: what [`crate::Letter`] tells, told when it is asked for. What it gives is not wiped: most of it lies in the
/// message.
pub struct Mail<'m> {
    message: &'m Message<'m>,
    root: MessageRef<'m>,
    of_fields: DecodeProblems,
}

/// A field that names people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Authors of all From fields.
    From,
    /// Where replies shall go.
    ReplyTo,
    /// Primary recipients.
    To,
    /// Copies.
    Cc,
    /// Blind copies.
    Bcc,
}

/// Takes what is shown of a mail, and its files: first the text, then the HTML form, then the files.
pub trait Shown {
    /// A part of the text, which begins on a line of its own. Its line ends may be LF, CR LF or CR, and mean the same.
    fn text(&mut self, part: Text<'_>);
    /// A part of the HTML form, apart from the one before by a line end. Line ends as in the text.
    fn html(&mut self, part: Text<'_>);
    /// An attachment, or any part that is not shown as text.
    fn file(&mut self, file: File<'_>);
}

/// A file of a mail, as [`crate::Part`].
pub struct File<'f> {
    /// Media type in lower case, without parameters.
    pub content_type: &'f str,
    /// Declared charset, for text.
    pub charset: Option<&'f str>,
    /// File name, decoded.
    pub name: Option<&'f str>,
    /// Content identifier without angle brackets.
    pub content_id: Option<&'f str>,
    /// Whether the sender asks to show it within the letter.
    pub inline: bool,
    /// Content after transfer decoding, to be wiped by whoever takes it.
    pub bytes: Vec<u8>,
}

impl<'m> Mail<'m> {
    /// The header section, for [`read_fields`].
    pub fn section(&self) -> &'m [u8] {
        self.root.root_part().raw_headers()
    }

    /// Subject, decoded; empty when there is none.
    pub fn subject(&self) -> &'m str {
        let value = first(&self.fields(), HeaderName::Subject);
        value.and_then(|value| value.as_text()).unwrap_or_default().trim()
    }

    /// Date field.
    pub fn date(&self) -> Option<Date> {
        first(&self.fields(), HeaderName::Date).and_then(|it| it.as_datetime()).and_then(Date::from_parsed)
    }

    /// Identifier without angle brackets.
    pub fn message_id(&self) -> Option<&'m str> {
        first(&self.fields(), HeaderName::MessageId).and_then(|value| value.as_text())
    }

    /// Identifiers this mail answers.
    pub fn in_reply_to(&self) -> impl Iterator<Item = &'m str> {
        ids(self.fields().in_reply_to())
    }

    /// Identifiers of the thread, oldest first.
    pub fn references(&self) -> impl Iterator<Item = &'m str> {
        ids(self.fields().references())
    }

    /// Who sent on behalf of the author: display name and address.
    pub fn sender(&self) -> Option<(Option<&'m str>, &'m str)> {
        mailboxes(self.fields().sender()?).next()
    }

    /// Display names and addresses of a field.
    pub fn people(&self, named: Named) -> impl Iterator<Item = (Option<&'m str>, &'m str)> {
        let name = match named {
            Named::From => HeaderName::From,
            Named::ReplyTo => HeaderName::ReplyTo,
            Named::To => HeaderName::To,
            Named::Cc => HeaderName::Cc,
            Named::Bcc => HeaderName::Bcc,
        };
        let all = self.fields().all(name);
        // Of several Reply-To fields the last one counts.
        let passed = if named == Named::ReplyTo { all.clone().count().saturating_sub(1) } else { 0 };
        all.skip(passed).filter_map(|field| field.value().as_address()).flat_map(mailboxes)
    }

    /// Hands over what is shown and the files, and gives what is odd about the mail.
    pub fn show(&self, to: &mut impl Shown) -> Vec<Defect> {
        let mut defects = Vec::new();
        letter::note(self.of_fields, &mut defects);
        let texts = self.texts(to, &mut defects);
        if !texts.are_the_html {
            let html = self.root.html_body().filter(is_html);
            html.for_each(|part| with_octets(&part, |html, _| to.html(html)));
        }
        let files = self.root.parts().filter(letter::is_file);
        texts.unreadable.into_iter().chain(files).for_each(|part| file(&part, to, &mut defects));
        self.field_defects(&mut defects);
        defects.extend(letter::structure_defects(&self.root));
        defects
    }

    fn fields(&self) -> Headers<'m> {
        self.root.headers()
    }

    fn texts(&self, to: &mut impl Shown, defects: &mut Vec<Defect>) -> Texts<'m> {
        let hp = Hp::of(&self.root.root_part());
        let mut parts = self.root.text_body().filter(MessagePart::is_text);
        let first = parts.next();
        let second = parts.next();
        // One part in HTML, and nothing else to read: decoded once for both.
        let are_the_html =
            second.is_none() && first.is_some_and(|first| is_html(&first) && self.is_all_html(&first));
        let mut unreadable = Vec::new();
        for part in first.into_iter().chain(second).chain(parts) {
            if letter::is_marked_as_repeating(&part) && self.repeats_fields_only(&part) {
                continue;
            }
            let repeats = letter::repeats_headers(&part, hp);
            let problems = show_text(&part, repeats, are_the_html, to);
            letter::note(problems, defects);
            if letter::is_unreadable_for(problems, &part) {
                unreadable.push(part);
            }
        }
        Texts { are_the_html, unreadable }
    }

    fn is_all_html(&self, part: &MessagePart<'_>) -> bool {
        let mut html = self.root.html_body().filter(is_html);
        html.next().is_some_and(|first| first.id() == part.id()) && html.next().is_none()
    }

    /// Seldom enough for a letter to be made for it.
    fn repeats_fields_only(&self, part: &MessagePart<'_>) -> bool {
        letter::repeats_fields_only(part, &letter::read_as_it_is(self.message, self.of_fields))
    }

    /// As of [`crate::Letter`]: whoever the author is, and which fields stand several times.
    fn field_defects(&self, defects: &mut Vec<Defect>) {
        let mut counts = [0_usize; SINGLE_FIELDS.len()];
        let mut from = (0_usize, None);
        for field in self.fields().iter() {
            let Some((at, name)) = single_field(&field) else { continue };
            if let Some(count) = counts.get_mut(at) {
                *count = count.saturating_add(1);
            }
            if name == "from" {
                from = (from.0.saturating_add(1), Some(field));
            }
        }
        let mut authors = self.people(Named::From);
        let only = authors.next().filter(|_| authors.next().is_none());
        match (from, only) {
            _ if !self.people(Named::From).any(|(_, email)| email.contains('@')) => {
                defects.push(Defect::NoFrom)
            }
            ((1, Some(field)), Some((_, email))) => {
                if !letter::is_plain_mailbox(without_line_end(field.raw_value()), email) {
                    defects.push(Defect::OddFrom);
                }
            }
            _ => defects.push(Defect::SeveralFrom),
        }
        let repeated = SINGLE_FIELDS.into_iter().zip(counts).filter(|(_, count)| *count > 1);
        defects.extend(repeated.map(|(name, _)| Defect::RepeatedField(name)));
    }
}

/// Which field it is of those that may stand once.
fn single_field(field: &mail_parser::Header<'_>) -> Option<(usize, &'static str)> {
    let name = match field.name() {
        HeaderName::Date => "date",
        HeaderName::From => "from",
        HeaderName::Sender => "sender",
        HeaderName::ReplyTo => "reply-to",
        HeaderName::To => "to",
        HeaderName::Cc => "cc",
        HeaderName::Bcc => "bcc",
        HeaderName::MessageId => "message-id",
        HeaderName::InReplyTo => "in-reply-to",
        HeaderName::References => "references",
        HeaderName::Subject => "subject",
        // With white space around it that is none of RFC 5322 the parser takes it for another.
        HeaderName::Other(name) if name.trim().len() < name.len() => {
            let is_it = |single: &&str| single.eq_ignore_ascii_case(name.trim());
            SINGLE_FIELDS.into_iter().find(is_it)?
        }
        _ => return None,
    };
    SINGLE_FIELDS.into_iter().enumerate().find(|(_, single)| *single == name)
}

/// What is known after the texts were shown.
struct Texts<'m> {
    /// Whether the HTML form was shown with them.
    are_the_html: bool,
    /// Text parts whose octets are given as files too.
    unreadable: Vec<MessagePart<'m>>,
}

/// Gives what was wrong with the text.
fn show_text(
    part: &MessagePart<'_>,
    repeats: bool,
    as_html_too: bool,
    to: &mut impl Shown,
) -> DecodeProblems {
    let (is_html, flowed) = (is_html(part), flowed::declared(part));
    if !is_html && !repeats && flowed.is_none() {
        return with_octets(part, |text, problems| {
            to.text(text);
            problems
        });
    }
    let DecodedText { text, problems } = decode_text(part);
    if is_html {
        let convert = if repeats { html_to_text_without_legacy_display } else { html_to_text };
        to.text(Text::Utf8(&Words::new(convert(&text))));
        if as_html_too {
            to.html(Text::Utf8(&text));
        }
        return problems;
    }
    let own = if repeats { letter::without_legacy_display(&text) } else { &text };
    match flowed {
        Some(delsp) => to.text(Text::Utf8(&Words::new(flowed::unflow(own, delsp)))),
        None => to.text(Text::Utf8(own)),
    }
    problems
}

fn is_html(part: &MessagePart<'_>) -> bool {
    matches!(part.kind(), PartKind::Html)
}

fn file(part: &MessagePart<'_>, to: &mut impl Shown, defects: &mut Vec<Defect>) {
    let (bytes, problems) = decoded(part);
    letter::note(problems, defects);
    to.file(File {
        content_type: &media(part),
        charset: part.content_type().and_then(|found| found.attribute("charset")),
        name: part.attachment_name().map(str::trim).filter(|name| !name.is_empty()),
        content_id: part.content_id(),
        inline: part.is_inline(),
        bytes: bytes.into_owned(),
    });
}

fn mailboxes<'m>(list: AddressList<'m>) -> impl Iterator<Item = (Option<&'m str>, &'m str)> + use<'m> {
    let all = list.mailboxes().map(|mailbox| (mailbox.name(), mailbox.address()));
    all.filter(|(name, email)| name.is_some() || email.is_some())
        .map(|(name, email)| (name, email.unwrap_or_default()))
}

fn ids<'m>(list: Option<TextList<'m>>) -> impl Iterator<Item = &'m str> + use<'m> {
    list.into_iter().flat_map(|list| list.iter())
}
