//! Reports to a return path: delivery status (RFC 3464) and disposition (RFC 8098) notifications. They become the state of
//! a sending; nothing of them is kept.
//!
//! Anybody can write one. So it must name the sending by an id only its relays know, or by its Message-ID, and a
//! recipient of it; it comes to the account that sent it; and a state that is final stays.

use mail_parser::{HeaderName, MessageParser, MessagePart};

use super::text;
use crate::{
    account,
    email::outer::{Outer, split, with_blank_line},
    fault::Fault,
    letter::{deliver::Tally, status},
    limits, queue,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// What a report says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    envelope_id: Option<String>,
    message_id: Option<String>,
    about: Vec<About>,
}

/// What it says of one recipient.
#[derive(Debug, PartialEq, Eq)]
struct About {
    address: String,
    news: News,
    reply: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Delivered,
    Failed,
    Displayed,
}

impl News {
    /// The state of a recipient it makes.
    fn state(self) -> &'static str {
        match self {
            Self::Delivered => "yes",
            Self::Failed => "no",
            Self::Displayed => "",
        }
    }
}

/// Reads a report; `None` when the message is none.
pub(super) fn read(message: &[u8]) -> Option<Report> {
    let message = MessageParser::new().parse(message)?;
    if !message.root().is_content_type("multipart", "report") {
        return None;
    }
    let mut report = Report::default();
    let mut is_report = false;
    for part in message.root_part().children() {
        if part.is_content_type("message", "delivery-status") {
            is_report = true;
            report.read_delivery(&part);
        } else if part.is_content_type("message", "disposition-notification") {
            is_report = true;
            report.read_disposition(&part);
        } else if part.is_content_type("message", "rfc822") || part.is_content_type("text", "rfc822-headers")
        {
            report.message_id = message_id(&part.decoded()).or(report.message_id);
        }
    }
    report.about.truncate(limits::REPORT_RECIPIENTS);
    is_report.then_some(report)
}

impl Report {
    /// A group of fields about the message, then one per recipient (RFC 3464 §2.1).
    fn read_delivery(&mut self, part: &MessagePart<'_>) {
        let mut groups = groups(&part.decoded()).into_iter();
        if let Some(first) = groups.next() {
            self.envelope_id = field(&first, "Original-Envelope-Id");
        }
        for group in groups.take(limits::REPORT_RECIPIENTS) {
            let news = match field(&group, "Action").map(|action| action.to_ascii_lowercase()).as_deref() {
                Some("delivered") => News::Delivered,
                Some("failed") => News::Failed,
                // `delayed`, `relayed` and `expanded` change nothing that is known here.
                _ => continue,
            };
            let status = field(&group, "Status").unwrap_or_default();
            let said = field(&group, "Diagnostic-Code").unwrap_or_default();
            let code = if news == News::Failed { 550 } else { 250 };
            let reply = text::shown(code, [0; 3], &format!("{status} {said}"));
            self.learn(&group, news, &reply);
        }
    }

    /// One group of fields (RFC 8098 §3.1).
    fn read_disposition(&mut self, part: &MessagePart<'_>) {
        let Some(group) = groups(&part.decoded()).into_iter().next() else { return };
        self.message_id =
            field(&group, "Original-Message-ID").map(|id| bare_id(&id)).or(self.message_id.take());
        let disposition = field(&group, "Disposition").unwrap_or_default().to_ascii_lowercase();
        let (_, kind) = disposition.rsplit_once(';').unwrap_or_default();
        if kind.split('/').next().is_some_and(|kind| kind.trim() == "displayed") {
            self.learn(&group, News::Displayed, "");
        }
    }

    fn learn(&mut self, group: &[u8], news: News, reply: &str) {
        for name in ["Original-Recipient", "Final-Recipient"] {
            let address = field(group, name).and_then(|value| address(&value));
            if let Some(address) = address.filter(|new| !self.about.iter().any(|known| known.address == *new))
            {
                self.about.push(About { address, news, reply: reply.to_owned() });
            }
        }
    }
}

/// Writes what a report says into the sendings of the accounts it came to, and counts it; `None` when it is of none of theirs.
pub(super) fn apply(tx: &Tx<'_>, report: &Report, recipients: &[String]) -> Result<Option<Tally>, Fault> {
    let mut accounts = Vec::new();
    for address in recipients {
        accounts.extend(account::find(tx, address)?);
    }
    tx.lock(accounts.iter().copied())?;
    let mut tally = None;
    for account in accounts {
        for (letter, number) in envelopes(tx, report, account)? {
            let tally = tally.get_or_insert_with(Tally::default);
            let mut is_news = false;
            for about in &report.about {
                if learn(tx, letter, number, about)? {
                    is_news = true;
                    tally.count(about.news.state());
                }
            }
            if is_news {
                queue::free_envelopes(tx, letter)?;
                status::changed(tx, letter)?;
            }
        }
    }
    Ok(tally)
}

/// The envelopes of an account that a report is about.
fn envelopes(tx: &Tx<'_>, report: &Report, account: i64) -> sql::Result<Vec<(i64, i64)>> {
    let (column, id) = match (&report.envelope_id, &report.message_id) {
        (Some(id), _) => ("envelope_id", id),
        (None, Some(id)) => ("message_id", id),
        (None, None) => return Ok(Vec::new()),
    };
    let text = format!(
        "SELECT e.letter, e.number FROM letter_envelope AS e JOIN letter AS l ON l.id = e.letter
         WHERE e.{column} = ? AND e.envelope_id IS NOT NULL AND l.account = ?"
    );
    let rows =
        tx.prepare_cached(&text)?.query_map(params![id, account], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Writes one piece of news; false when it changes nothing. Only recipients of the queue have any, and only where another
/// relay took the letter and said no more.
fn learn(tx: &Tx<'_>, letter: i64, number: i64, about: &About) -> Result<bool, Fault> {
    let whose = "letter = ? AND number = ? AND address = ? AND EXISTS (SELECT 1 FROM queue
        WHERE queue.letter = letter_recipient.letter AND queue.number = letter_recipient.number
            AND queue.address = letter_recipient.address AND queue.next_attempt_at IS NULL)";
    let key = params![letter, number, about.address];
    let changed = match about.news {
        News::Displayed => {
            let text = format!("UPDATE letter_recipient SET displayed = 1 WHERE displayed = 0 AND {whose}");
            tx.prepare_cached(&text)?.execute(key)?
        }
        News::Delivered | News::Failed => {
            let (word, at) = match about.news {
                News::Failed => ("no", None),
                _ => ("yes", Some(tx.now)),
            };
            let text = format!(
                "UPDATE letter_recipient SET delivered = ?, smtp_reply = ?, delivered_at = ?
                 WHERE delivered = 'unknown' AND {whose}"
            );
            let values = params![word, about.reply, at, letter, number, about.address];
            tx.prepare_cached(&text)?.execute(values)?
        }
    };
    Ok(changed == 1)
}

/// Blocks of fields with an empty line between.
fn groups(text: &[u8]) -> Vec<Vec<u8>> {
    let mut groups = vec![Vec::new()];
    for line in text.split_inclusive(|&b| b == b'\n') {
        if !line.trim_ascii().is_empty() {
            if let Some(group) = groups.last_mut() {
                group.extend_from_slice(line);
            }
        } else if groups.last().is_some_and(|group| !group.is_empty()) {
            groups.push(Vec::new());
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The value of a field, unfolded.
fn field(group: &[u8], name: &str) -> Option<String> {
    let block = with_blank_line(group);
    let message = MessageParser::new().parse_headers(&block)?;
    let header = message.headers().get(HeaderName::from(name))?;
    let value = String::from_utf8_lossy(header.raw_value()).split_whitespace().collect::<Vec<_>>().join(" ");
    Some(value).filter(|value| !value.is_empty())
}

/// The address of `rfc822; a@b.fr`.
fn address(value: &str) -> Option<String> {
    let (kind, address) = value.split_once(';')?;
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    kind.trim().eq_ignore_ascii_case("rfc822").then(|| account::normalise(address)).flatten()
}

fn bare_id(id: &str) -> String {
    id.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

/// The Message-ID of the letter, or the header of it, that a report returns.
fn message_id(returned: &[u8]) -> Option<String> {
    let header = split(returned).map_or(returned, |split| split.header);
    let header = header.get(..limits::HEADER_BYTES).unwrap_or(header);
    Outer::read(header).message_id?.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DSN: &str = "From: mx@x.fr\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report;\r\n \
        report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\n\
        Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.fr\r\nOriginal-Envelope-Id: abc\r\n\r\n\
        Final-Recipient: rfc822; Zoe@X.fr\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 No\r\n such user\r\n\r\nFinal-Recipient: rfc822;y@x.fr\r\nAction: delayed\r\n\r\n\
        Final-Recipient: rfc822;z@x.fr\r\nAction: Delivered\r\nStatus: 2.0.0\r\n--b\r\n\
        Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <l-1@exemple.fr>\r\n--b--\r\n";

    #[test]
    fn a_delivery_report_is_read() {
        let report = read(DSN.as_bytes()).unwrap();
        assert_eq!(report.envelope_id.as_deref(), Some("abc"));
        assert_eq!(report.message_id.as_deref(), Some("l-1@exemple.fr"));
        let failed = About {
            address: "zoe@x.fr".to_owned(),
            news: News::Failed,
            reply: "550 5.1.1 smtp; 550 No such user".to_owned(),
        };
        let delivered =
            About { address: "z@x.fr".to_owned(), news: News::Delivered, reply: "250 2.0.0".to_owned() };
        assert_eq!(report.about, [failed, delivered]);
    }

    #[test]
    fn a_disposition_is_read() {
        let mdn = "Content-Type: multipart/report; boundary=b; report-type=disposition-notification\r\n\r\n--b\r\n\
            Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822;zoe@x.fr\r\n\
            Original-Message-ID: <l-1@exemple.fr>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n--b--\r\n";
        let report = read(mdn.as_bytes()).unwrap();
        assert_eq!(report.message_id.as_deref(), Some("l-1@exemple.fr"));
        assert_eq!((report.about.len(), report.about[0].news), (1, News::Displayed));
        let deleted = read(mdn.replace("displayed", "deleted").as_bytes()).unwrap();
        assert!(deleted.about.is_empty());
    }

    #[test]
    fn other_messages_are_no_reports() {
        for other in [
            "",
            "A: b\r\n\r\nc",
            "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
        ] {
            assert_eq!(read(other.as_bytes()), None, "{other:?}");
        }
    }
}
