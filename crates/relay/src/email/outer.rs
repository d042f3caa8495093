//! The outer headers of a letter: all the relay ever reads of it.

use mail_parser::{AddressList, HeaderForm, Headers, MessageParser};
use sceau_api::email::EmailAddress;
use serde::{Deserialize, Serialize};

use crate::limits;

/// A letter cut at its first blank line.
pub(crate) struct Split<'a> {
    /// The header fields, final line end included.
    pub(crate) header: &'a [u8],
    /// All that follows the blank line.
    pub(crate) body: &'a [u8],
}

/// Cuts a letter; `None` when its header does not end within the limit.
pub(crate) fn split(message: &[u8]) -> Option<Split<'_>> {
    let mut start = 0;
    loop {
        let rest = message.get(start..)?;
        let line = rest.iter().position(|&b| b == b'\n')? + 1;
        if matches!(rest.get(..line)?, b"\n" | b"\r\n") {
            return Some(Split { header: message.get(..start)?, body: message.get(start + line..)? });
        }
        start += line;
        if start > limits::HEADER_BYTES {
            return None;
        }
    }
}

/// What the outer headers say (RFC 8621 §4.1.2 and §4.1.3's convenience properties).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outer {
    pub(crate) message_id: Option<Vec<String>>,
    pub(crate) in_reply_to: Option<Vec<String>>,
    pub(crate) references: Option<Vec<String>>,
    pub(crate) sender: Option<Vec<EmailAddress>>,
    pub(crate) from: Option<Vec<EmailAddress>>,
    pub(crate) to: Option<Vec<EmailAddress>>,
    pub(crate) cc: Option<Vec<EmailAddress>>,
    pub(crate) bcc: Option<Vec<EmailAddress>>,
    pub(crate) reply_to: Option<Vec<EmailAddress>>,
    pub(crate) subject: Option<String>,
    pub(crate) sent_at: Option<String>,
    pub(crate) sent_at_unix: Option<i64>,
}

impl Outer {
    /// Reads a header block; of a field that stands more than once, the last one (RFC 8621 §4.1.3).
    pub(crate) fn read(header: &[u8]) -> Self {
        let block = with_blank_line(header);
        let Some(message) = MessageParser::new().parse_headers(&block) else { return Self::default() };
        let headers = message.headers();
        let date = last(&headers, "Date", HeaderForm::Date, |value| value.as_datetime());
        let date = date.filter(|date| date.is_valid());
        Self {
            message_id: ids(&headers, "Message-ID"),
            in_reply_to: ids(&headers, "In-Reply-To"),
            references: ids(&headers, "References"),
            sender: people(&headers, "Sender"),
            from: people(&headers, "From"),
            to: people(&headers, "To"),
            cc: people(&headers, "Cc"),
            bcc: people(&headers, "Bcc"),
            reply_to: people(&headers, "Reply-To"),
            subject: last(&headers, "Subject", HeaderForm::Text, |value| value.as_text().map(str::to_owned)),
            sent_at: date.as_ref().map(mail_parser::DateTime::to_rfc3339),
            sent_at_unix: date.as_ref().map(mail_parser::DateTime::to_timestamp),
        }
    }

    /// Every message id this letter names: its own, those it answers.
    pub(crate) fn thread_ids(&self) -> impl Iterator<Item = &String> {
        [&self.message_id, &self.in_reply_to, &self.references].into_iter().flatten().flatten()
    }
}

/// Names and addresses as one lower-case text, for filters and sorting.
pub(crate) fn text_of(people: Option<&Vec<EmailAddress>>) -> String {
    let one =
        |person: &EmailAddress| format!("{} {}", person.name.as_deref().unwrap_or_default(), person.email);
    let all: Vec<String> =
        people.into_iter().flatten().map(|person| one(person).trim().to_lowercase()).collect();
    all.join(", ")
}

/// The people of an address list, groups flattened (RFC 8621 §4.1.2.3).
pub(crate) fn addresses(list: &AddressList<'_>) -> Vec<EmailAddress> {
    let person = |mailbox: mail_parser::Mailbox<'_>| {
        let email = mailbox.address()?.to_owned();
        let name = mailbox.name().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        Some(EmailAddress { name, email })
    };
    list.mailboxes().filter_map(person).collect()
}

/// The parser wants the blank line that ends a header.
pub(crate) fn with_blank_line(header: &[u8]) -> Vec<u8> {
    [header, b"\r\n"].concat()
}

fn last<T>(
    headers: &Headers<'_>,
    name: &str,
    form: HeaderForm,
    read: impl Fn(mail_parser::HeaderValue<'_>) -> Option<T>,
) -> Option<T> {
    let header = headers.all(name).last()?;
    let parsed = header.parse_as(form);
    read(parsed.value())
}

fn ids(headers: &Headers<'_>, name: &str) -> Option<Vec<String>> {
    let read = |value: mail_parser::HeaderValue<'_>| {
        let list = value.as_text_list().map(|list| list.iter().map(str::to_owned).collect::<Vec<_>>());
        list.or_else(|| value.as_text().map(|one| vec![one.to_owned()]))
    };
    last(headers, name, HeaderForm::MessageIds, read).filter(|list| !list.is_empty())
}

fn people(headers: &Headers<'_>, name: &str) -> Option<Vec<EmailAddress>> {
    last(headers, name, HeaderForm::Addresses, |value| value.as_address().map(|list| addresses(&list)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_headers_are_read_decoded() {
        let text = "From: =?utf-8?q?Dr_=C3=89lo=C3=AFse?= <Eloise@exemple.fr>\r\nTo: a@b.fr,\r\n c@d.fr\r\n\
            Message-ID: <1@x>\r\nReferences: <2@x> <3@x>\r\nSubject: [...]\r\n\
            Date: Mon, 23 Nov 2026 09:30:00 +0100\r\n";
        let outer = Outer::read(text.as_bytes());
        let from = outer.from.as_ref().unwrap();
        assert_eq!(
            (from[0].name.as_deref(), from[0].email.as_str()),
            (Some("Dr Éloïse"), "Eloise@exemple.fr")
        );
        assert_eq!(outer.to.as_ref().unwrap().len(), 2);
        assert_eq!(outer.thread_ids().collect::<Vec<_>>(), ["1@x", "2@x", "3@x"]);
        assert_eq!(outer.subject.as_deref(), Some("[...]"));
        assert_eq!(outer.sent_at.as_deref(), Some("2026-11-23T09:30:00+01:00"));
        assert_eq!(outer.sent_at_unix, Some(1_795_422_600));
        assert_eq!((outer.cc, outer.in_reply_to), (None, None));
        assert_eq!(text_of(Some(from)), "dr éloïse eloise@exemple.fr");
    }

    #[test]
    fn a_letter_is_cut_at_its_first_blank_line() {
        let cut = split(b"A: b\r\n\r\nbody\r\n\r\n").unwrap();
        assert_eq!((cut.header, cut.body), (&b"A: b\r\n"[..], &b"body\r\n\r\n"[..]));
        let cut = split(b"A: b\n\nbody").unwrap();
        assert_eq!((cut.header, cut.body), (&b"A: b\n"[..], &b"body"[..]));
        assert!(split(b"A: b\r\nno end").is_none());
        assert!(split(&[&vec![b'a'; limits::HEADER_BYTES][..], b"\n\n"].concat()).is_none());
    }
}
