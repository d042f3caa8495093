//! What a program says has become of a letter: delivery status notifications (RFC 3464, RFC 6533) and disposition
//! notifications (RFC 8098), both in a `multipart/report` (RFC 6522). Nobody vouches for them: whoever knows an address can
//! send one.

use mail_parser::{HeaderName, MessageParser, MessagePart, MessageRef};

use crate::date::Date;
use crate::entity::header_section;
use crate::letter::{Header, parse};
use crate::limits::Limits;

/// Most recipients that are told one by one. Lists that are longer are sent in several reports.
pub const MAX_REPORTED_RECIPIENTS: usize = 500;

/// Most characters of what another machine said; SMTP's own lines have 512 (RFC 5321 §4.5.3.1.5).
pub const MAX_DIAGNOSTIC_CHARACTERS: usize = 512;

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// For each recipient; never empty.
    pub recipients: Vec<ReportedRecipient>,
    /// Whether there were more than [`MAX_REPORTED_RECIPIENTS`].
    pub has_more: bool,
    /// Identifier of the letter that is reported on, without angle brackets.
    pub original_id: Option<String>,
    /// Its subject, decoded, when the report returns its header section.
    pub original_subject: Option<String>,
    /// When it was written, seconds since 1970.
    pub original_date: Option<i64>,
}

/// What is said of one recipient. Every word is the sender's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedRecipient {
    /// Whom the letter was written to, where that is told (Original-Recipient), else whom it went to (Final-Recipient).
    pub address: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Class, subject and detail of RFC 3463, such as 5.1.1.
    pub status: Option<[u16; 3]>,
    /// What the other machine answered, on one line.
    pub diagnostic: Option<String>,
    /// Until when it is tried, seconds since 1970.
    pub will_retry_until: Option<i64>,
}

/// What became of a letter: the action of a delivery (RFC 3464 §2.3.3) or the disposition (RFC 8098 §3.2.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not delivered, and no longer tried.
    Failed,
    /// Not delivered yet.
    Delayed,
    /// In the recipient's mailbox.
    Delivered,
    /// Handed on to a system that sends no reports.
    Relayed,
    /// Handed on to several addresses.
    Expanded,
    /// Shown to the recipient. Whether she read it nobody can say.
    Displayed,
    /// Deleted; it may have been seen before.
    Deleted,
    /// Something else.
    Other,
}

/// The report that a message is; `None` for every other message, and for one without a recipient.
///
/// `bytes` are untrusted.
#[must_use]
pub fn read_report(bytes: &[u8], limits: &Limits) -> Option<Report> {
    let message = parse(bytes, limits).ok()?;
    let root = message.root();
    let parts: Vec<MessagePart<'_>> = root.parts().collect();
    let (what, machine) = parts.iter().find_map(|part| Some((Kind::of(part)?, part)))?;
    if !is_report(&root) {
        return None;
    }
    let groups = groups(&machine.decoded());
    let recipients = groups.iter().filter_map(|group| what.recipient(group));
    let recipients: Vec<ReportedRecipient> =
        recipients.take(MAX_REPORTED_RECIPIENTS.saturating_add(1)).collect();
    let (has_more, mut recipients) = (recipients.len() > MAX_REPORTED_RECIPIENTS, recipients);
    recipients.truncate(MAX_REPORTED_RECIPIENTS);
    let original = parts.iter().find_map(original_fields).unwrap_or_default();
    let named = groups.iter().find_map(|group| value(group, "Original-Message-ID"));
    let report = Report {
        recipients,
        has_more,
        original_id: named.or_else(|| value(&original, "Message-ID")).map(|id| bare(&id).to_owned()),
        original_subject: value(&original, "Subject"),
        original_date: value(&original, "Date").as_deref().and_then(seconds),
    };
    (!report.recipients.is_empty()).then_some(report)
}

fn is_report(root: &MessageRef<'_>) -> bool {
    let root = root.root_part();
    let content_type = root.content_type();
    content_type.is_some_and(|it| {
        it.ctype().eq_ignore_ascii_case("multipart")
            && it.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"))
    })
}

/// The part that is for machines.
#[derive(Clone, Copy)]
enum Kind {
    Delivery,
    Disposition,
}

impl Kind {
    fn of(part: &MessagePart<'_>) -> Option<Self> {
        let content_type = part.content_type().filter(|it| it.ctype().eq_ignore_ascii_case("message"))?;
        match content_type.subtype()?.to_ascii_lowercase().as_str() {
            "delivery-status" | "global-delivery-status" => Some(Self::Delivery),
            "disposition-notification" | "global-disposition-notification" => Some(Self::Disposition),
            _ => None,
        }
    }

    /// What a group of fields says of a recipient; the first group of a delivery report says something of the message.
    fn recipient(self, group: &[Header]) -> Option<ReportedRecipient> {
        let address =
            ["Original-Recipient", "Final-Recipient"].into_iter().find_map(|name| typed(group, name))?;
        Some(ReportedRecipient {
            address: bare(&address).to_owned(),
            outcome: self.outcome(group),
            status: value(group, "Status").as_deref().and_then(status),
            diagnostic: typed(group, "Diagnostic-Code")
                .or_else(|| value(group, "Failure"))
                .map(|said| one_line(&said)),
            will_retry_until: value(group, "Will-Retry-Until").as_deref().and_then(seconds),
        })
    }

    fn outcome(self, group: &[Header]) -> Outcome {
        let said = match self {
            Self::Delivery => value(group, "Action"),
            // disposition-mode ";" disposition-type "/" modifiers
            Self::Disposition => value(group, "Disposition").map(|said| {
                let what = said.rsplit_once(';').map_or(said.as_str(), |(_, what)| what);
                what.split('/').next().unwrap_or_default().to_owned()
            }),
        };
        match said.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "failed" => Outcome::Failed,
            "delayed" => Outcome::Delayed,
            "delivered" => Outcome::Delivered,
            "relayed" => Outcome::Relayed,
            "expanded" => Outcome::Expanded,
            "displayed" => Outcome::Displayed,
            "deleted" => Outcome::Deleted,
            _ => Outcome::Other,
        }
    }
}

/// Groups of fields, empty lines between them (RFC 3464 §2.1).
fn groups(body: &[u8]) -> Vec<Vec<Header>> {
    let text = String::from_utf8_lossy(body).replace("\r\n", "\n");
    let groups = text.split("\n\n").map(str::trim).filter(|group| !group.is_empty());
    // Those of the message, and one for each recipient.
    groups.take(MAX_REPORTED_RECIPIENTS.saturating_add(2)).map(|group| fields(group.as_bytes())).collect()
}

fn fields(section: &[u8]) -> Vec<Header> {
    let section = [section, b"\n\n"].concat();
    let message = MessageParser::new().parse_headers(&section);
    message.map(|message| header_section(&message.root().root_part())).unwrap_or_default()
}

/// The header section of the letter that is reported on, which may come whole or alone (RFC 6522 §4).
fn original_fields(part: &MessagePart<'_>) -> Option<Vec<Header>> {
    part.parent()?;
    if let Some(message) = part.nested() {
        return Some(header_section(&message.root_part()));
    }
    let subtype = part.content_type()?.subtype()?.to_ascii_lowercase();
    matches!(subtype.as_str(), "rfc822-headers" | "global-headers").then(|| fields(&part.decoded()))
}

fn value(group: &[Header], name: &str) -> Option<String> {
    let field = group.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
    Some(field.value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// A value after its type: `rfc822; a@b.example`, `smtp; 550 5.1.1 …`.
fn typed(group: &[Header], name: &str) -> Option<String> {
    let value = value(group, name)?;
    let after = value.split_once(';').map_or(value.as_str(), |(_, after)| after);
    Some(after.trim().to_owned()).filter(|value| !value.is_empty())
}

fn bare(value: &str) -> &str {
    value.strip_prefix('<').and_then(|value| value.strip_suffix('>')).unwrap_or(value)
}

fn one_line(said: &str) -> String {
    let mut line = String::new();
    let words = said.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.chars().take(MAX_DIAGNOSTIC_CHARACTERS).collect()
}

/// `5.1.1`, perhaps with a comment after it.
fn status(value: &str) -> Option<[u16; 3]> {
    let code = value.split_whitespace().next()?;
    let mut numbers = code.split('.').map(|number| number.parse().ok());
    let status = [numbers.next()??, numbers.next()??, numbers.next()??];
    (numbers.next().is_none() && matches!(status[0], 2 | 4 | 5)).then_some(status)
}

fn seconds(value: &str) -> Option<i64> {
    let field = format!("Date: {value}\n\n");
    let message = MessageParser::new().parse_headers(field.as_bytes())?;
    let date = message
        .root()
        .headers()
        .all(HeaderName::Date)
        .next()?
        .value()
        .as_datetime()
        .and_then(Date::from_parsed);
    date.map(|date| date.unix)
}
