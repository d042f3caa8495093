//! `header:Name:asForm:all` properties (RFC 8621 §4.1.2, §4.1.3).

use mail_parser::{Address, HeaderForm, HeaderValue, MessageParser};
use sceau_api::email::{EmailAddress, EmailHeader};
use serde_json::{Value, json};

use super::outer::{addresses, with_blank_line};

/// A property that asks for a header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderProperty {
    /// As the client wrote it, which is how the answer names it.
    pub(crate) property: String,
    name: String,
    form: Form,
    all: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Raw,
    Text,
    Addresses,
    GroupedAddresses,
    MessageIds,
    Date,
    Urls,
}

impl HeaderProperty {
    /// Reads the property's name; `None` when it is none, or asks for a form the field cannot have.
    pub(crate) fn parse(property: &str) -> Option<Self> {
        let mut parts = property.strip_prefix("header:")?.split(':');
        let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
        let mut rest: Vec<&str> = parts.collect();
        let all = rest.last() == Some(&"all");
        if all {
            rest.pop();
        }
        let form = match rest.as_slice() {
            [] | ["asRaw"] => Form::Raw,
            ["asText"] => Form::Text,
            ["asAddresses"] => Form::Addresses,
            ["asGroupedAddresses"] => Form::GroupedAddresses,
            ["asMessageIds"] => Form::MessageIds,
            ["asDate"] => Form::Date,
            ["asURLs"] => Form::Urls,
            _ => return None,
        };
        form.may_read(&name).then(|| Self { property: property.to_owned(), name, form, all })
    }

    /// The value in a header block: the last field of that name, or all of them.
    pub(crate) fn value(&self, header: &[u8]) -> Value {
        let block = with_blank_line(header);
        let Some(message) = MessageParser::new().parse_headers(&block) else { return Value::Null };
        let headers = message.headers();
        let values: Vec<Value> =
            headers.all(self.name.as_str()).map(|field| self.form.read(field.raw_value())).collect();
        if self.all { Value::Array(values) } else { values.into_iter().next_back().unwrap_or(Value::Null) }
    }
}

impl Form {
    /// RFC 8621 §4.1.2: a form is refused for a field known to have another.
    fn may_read(self, name: &str) -> bool {
        let one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let people = one_of(&[
            "From",
            "Sender",
            "Reply-To",
            "To",
            "Cc",
            "Bcc",
            "Resent-From",
            "Resent-Sender",
            "Resent-Reply-To",
            "Resent-To",
            "Resent-Cc",
            "Resent-Bcc",
        ]);
        let ids = one_of(&["Message-ID", "In-Reply-To", "References", "Resent-Message-ID"]);
        let date = one_of(&["Date", "Resent-Date"]);
        let text = one_of(&["Subject", "Comments", "Keywords", "List-Id"]);
        let urls = one_of(&[
            "List-Help",
            "List-Unsubscribe",
            "List-Subscribe",
            "List-Post",
            "List-Owner",
            "List-Archive",
        ]);
        let other = !(people || ids || date || text || urls || one_of(&["Return-Path", "Received"]));
        match self {
            Self::Raw => true,
            Self::Text => text || other,
            Self::Addresses | Self::GroupedAddresses => people || other,
            Self::MessageIds => ids || other,
            Self::Date => date || other,
            Self::Urls => urls || other,
        }
    }

    fn read(self, raw: &[u8]) -> Value {
        let form = match self {
            Self::Raw => return json!(raw_text(raw)),
            Self::Urls => return urls(raw),
            Self::Text => HeaderForm::Text,
            Self::Addresses | Self::GroupedAddresses => HeaderForm::Addresses,
            Self::MessageIds => HeaderForm::MessageIds,
            Self::Date => HeaderForm::Date,
        };
        let parsed = form.parse(raw);
        let value = parsed.value();
        match self {
            Self::Text => json!(value.as_text().unwrap_or_default()),
            Self::Addresses => json!(value.as_address().map(|list| addresses(&list)).unwrap_or_default()),
            Self::GroupedAddresses => groups(&value),
            Self::MessageIds => {
                let many =
                    value.as_text_list().map(|list| list.iter().map(str::to_owned).collect::<Vec<_>>());
                json!(many.or_else(|| value.as_text().map(|one| vec![one.to_owned()])))
            }
            _ => json!(value.as_datetime().filter(|date| date.is_valid()).map(|date| date.to_rfc3339())),
        }
    }
}

/// All fields in order, as they stand (RFC 8621 §4.1.3).
pub(crate) fn all_headers(header: &[u8]) -> Vec<EmailHeader> {
    let block = with_blank_line(header);
    let Some(message) = MessageParser::new().parse_headers(&block) else { return Vec::new() };
    let field = |field: mail_parser::Header<'_>| EmailHeader {
        name: field.raw_name().to_owned(),
        value: raw_text(field.raw_value()),
    };
    message.headers().iter().map(field).collect()
}

/// A raw value: without its final line end, bytes that are no UTF-8 replaced (RFC 8621 §4.1.2.1).
fn raw_text(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw).replace('\0', "\u{fffd}");
    let text = text.strip_suffix('\n').map_or(text.as_str(), |cut| cut.strip_suffix('\r').unwrap_or(cut));
    text.to_owned()
}

fn urls(raw: &[u8]) -> Value {
    let text = raw_text(raw);
    let found: Vec<&str> =
        text.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0.trim())).collect();
    if found.is_empty() { Value::Null } else { json!(found) }
}

/// RFC 8621 §4.1.2.4: mailboxes outside groups form a group without a name.
fn groups(value: &HeaderValue<'_>) -> Value {
    let mut groups: Vec<(Option<String>, Vec<EmailAddress>)> = Vec::new();
    let person = |mailbox: mail_parser::Mailbox<'_>| EmailAddress {
        name: mailbox.name().map(str::to_owned),
        email: mailbox.address().unwrap_or_default().to_owned(),
    };
    let mut open = false;
    for item in value.as_address().iter().flat_map(mail_parser::AddressList::iter) {
        match item {
            Address::Mailbox(mailbox) => {
                match groups.last_mut().filter(|_| open) {
                    Some((_, members)) => members.push(person(mailbox)),
                    None => groups.push((None, vec![person(mailbox)])),
                }
                open = true;
            }
            Address::Group(group) => {
                let name = group.name().unwrap_or_default().to_owned();
                groups.push((Some(name), group.mailboxes().map(person).collect()));
                open = false;
            }
        }
    }
    groups.into_iter().map(|(name, people)| json!({"name": name, "addresses": people})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &[u8] = b"To: a@b, Team: c@d, e@f;, g@h\r\nX-A: one\r\nX-A: =?utf-8?q?d=C3=A9?=\r\n\
        Message-ID: <1@x>\r\nDate: Mon, 23 Nov 2026 09:30:00 +0100\r\nList-Post: <mailto:a@b>, <https://c>\r\n";

    fn value(property: &str) -> Value {
        HeaderProperty::parse(property).map_or(json!("refused"), |property| property.value(BLOCK))
    }

    #[test]
    fn every_form() {
        assert_eq!(value("header:X-A"), json!(" =?utf-8?q?d=C3=A9?="));
        assert_eq!(value("header:x-a:asText:all"), json!(["one", "dé"]));
        assert_eq!(value("header:message-id:asMessageIds"), json!(["1@x"]));
        assert_eq!(value("header:Date:asDate"), json!("2026-11-23T09:30:00+01:00"));
        assert_eq!(value("header:List-Post:asURLs"), json!(["mailto:a@b", "https://c"]));
        assert_eq!(value("header:To:asAddresses").as_array().unwrap().len(), 4);
        let groups = value("header:To:asGroupedAddresses");
        assert_eq!(
            (&groups[0]["name"], &groups[1]["name"], &groups[2]["name"]),
            (&json!(null), &json!("Team"), &json!(null))
        );
        assert_eq!((value("header:None"), value("header:None:all")), (json!(null), json!([])));
    }

    #[test]
    fn forms_a_field_cannot_have_are_refused() {
        for wrong in [
            "header:",
            "header:To:asDate",
            "header:Subject:asAddresses",
            "header:X:asFoo",
            "header:X:all:asRaw",
        ] {
            assert_eq!(value(wrong), json!("refused"), "{wrong}");
        }
    }
}
