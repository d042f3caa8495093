//! Other header sections than that of a letter between ourselves: the policies of RFC 9788 §3.2, letters that are signed only,
//! and whole messages inside (RFC 8551 §3.1), which the profiles of other networks want.
//!
//! Nothing here weakens an answer: whatever was wished, an answer is written as shy as our own letters are, because the
//! letter that it answers may have hidden what the policy would show (RFC 9788 §6.1).

use std::borrow::Cow;

use mail_builder::headers::HeaderType;
use mail_builder::headers::message_id::MessageId as MessageIdField;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;

use super::{
    Composed, Draft, Field, OBSCURED_SUBJECT, Outer, body, check, field, list_value, outer_fields,
    protected_fields, protection_fields, push_list, wire_value,
};
use crate::address::Address;
use crate::entity::Entity;
use crate::error::Result;
use crate::limits::Limits;
use crate::protect::{HeaderState, State};

/// Fields that people read and machines do not need (RFC 9788 §3.2.1); never outside of what is sealed.
const INFORMATIONAL: [&str; 2] = ["comments", "keywords"];
/// What every KIM mail is called outside (gemSMIME_KOMLE, A_2102).
const KIM_SUBJECT: &str = "KOM-LE-Nachricht";
/// Fields of KIM stand outside as they stand inside (A_2098-03).
const KIM_FIELDS: &str = "x-kim-";
/// What a KIM mail is for, where its author's program does not say.
const KIM_SERVICE: (&str, &str) = ("X-KIM-Dienstkennung", "KIM-Mail;Default;V1.0");
/// The version a reader needs for mails whose attachments are inside (A_2099, A_2100-02).
const KIM_VERSION: (&str, &str) = ("X-KOM-LE-Version", "1.0");

/// What may be seen outside of a sealed letter (RFC 9788 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// `hcp_no_confidentiality` (§3.2.3): everything but Bcc. For programs that lose what is not outside.
    NoConfidentiality,
    /// `hcp_baseline` (§3.2.1): everything but the subject, Comments, Keywords and Bcc.
    Baseline,
    /// `hcp_shy` (§3.2.2) and less: the allow-list of our own letters.
    #[default]
    Shy,
}

impl Policy {
    /// The policy for an answer to a letter with these header states, or for one that hands it on: what hid anything is
    /// spoken about in the shy way only (RFC 9788 §6.1).
    #[must_use]
    pub fn about(self, states: &[HeaderState]) -> Self {
        let hides = |header: &HeaderState| matches!(header.state, State::Encrypted | State::Both);
        if states.iter().any(hides) { Self::Shy } else { self }
    }
}

/// How the header section is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For sealing: `hp="cipher"` (RFC 9788 §5.2), under the draft's policy.
    Sealed,
    /// For signing only: `hp="clear"`; outside stands what stands inside, and nobody in Bcc is named in either place.
    Signed,
    /// A whole message in a `message/rfc822` wrapper (RFC 8551 §3.1), as the Direct network sends; outside as in
    /// [`Policy::Shy`].
    Wrapped,
    /// The same with the outer fields of KIM (gemSMIME_KOMLE §2.1.1): names too, but those of an answer.
    Kim,
}

/// [`super::compose`], in another form. The legacy display is written only where the subject is hidden and the root says
/// `cipher`.
///
/// # Errors
/// As [`super::compose`].
pub fn compose_as(draft: &Draft, outer: &Outer, form: Form) -> Result<Composed> {
    check(draft)?;
    let draft = &match form {
        Form::Signed => Cow::Owned(Draft { bcc: Vec::new(), ..draft.clone() }),
        _ => Cow::Borrowed(draft),
    };
    let outer_headers = match form {
        Form::Sealed => outside(draft),
        Form::Signed => everything(draft),
        Form::Wrapped => outer_fields(draft),
        Form::Kim => kim_fields(draft),
    };
    let message = match form {
        Form::Sealed => {
            let legacy_display = outer.legacy_display && policy_of(draft) != Policy::NoConfidentiality;
            write(draft, &Outer { legacy_display, ..outer.clone() }, Some("cipher"), &outer_headers, &[])
        }
        Form::Signed => write(draft, &undisplayed(outer), Some("clear"), &[], &[]),
        Form::Wrapped => wrapped(write(draft, &undisplayed(outer), None, &[], &[])),
        Form::Kim => wrapped(write(draft, &undisplayed(outer), None, &[], &kim_service(draft))),
    };
    Ok(Composed { message, outer_headers })
}

fn undisplayed(outer: &Outer) -> Outer {
    Outer { legacy_display: false, ..outer.clone() }
}

/// The payload: the author's fields, `further` ones, the record of what is outside, and the body under `mark`.
fn write(
    draft: &Draft,
    outer: &Outer,
    mark: Option<&str>,
    outer_headers: &[(String, String)],
    further: &[(String, String)],
) -> Vec<u8> {
    let further = || further.iter().map(|(name, value)| field(name, Raw::new(value.as_str())));
    let mut own = protected_fields(draft);
    own.extend(further());
    let protection = protection_fields(outer_headers);
    if let Some(given) = &draft.given {
        return given.write_marked(&section(&own), &section(&protection), mark);
    }
    let mut root = body(draft, outer);
    remark(&mut root, mark);
    own.extend(protection);
    own.append(&mut root.headers);
    root.headers = own;
    let mut message = Vec::with_capacity(root.size() + 4096);
    root.write_part(&mut message);
    message
}

fn section(fields: &[Field<'_>]) -> Vec<u8> {
    let lines = fields.iter().map(|(name, value)| format!("{name}: {}\r\n", wire_value(name, value)));
    lines.collect::<String>().into_bytes()
}

/// Another mark than the one for sealing.
fn remark(root: &mut MimePart<'_>, mark: Option<&str>) {
    for (_, value) in &mut root.headers {
        if let HeaderType::ContentType(content_type) = value {
            content_type.attributes.retain(|(name, _)| name != "hp");
            content_type.attributes.extend(mark.map(|mark| ("hp".into(), mark.to_owned().into())));
        }
    }
}

fn wrapped(message: Vec<u8>) -> Vec<u8> {
    let encoding = if message.is_ascii() { "7bit" } else { "binary" };
    let head = format!("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");
    [head.into_bytes(), message].concat()
}

/// Whether the letter answers another: then it shows outside no more than our own answers do.
fn is_answer(draft: &Draft) -> bool {
    let kept = &draft.kept_inside;
    ![&draft.in_reply_to, &draft.references, &kept.addresses, &kept.ids].iter().all(|list| list.is_empty())
}

fn policy_of(draft: &Draft) -> Policy {
    if is_answer(draft) { Policy::Shy } else { draft.policy }
}

fn outside(draft: &Draft) -> Vec<(String, String)> {
    let policy = policy_of(draft);
    if policy == Policy::Shy {
        return outer_fields(draft);
    }
    let mut fields = everything(draft);
    fields.retain(|(name, _)| !name.eq_ignore_ascii_case("bcc"));
    if policy == Policy::Baseline {
        fields.retain(|(name, _)| !INFORMATIONAL.contains(&name.to_ascii_lowercase().as_str()));
        for (name, value) in &mut fields {
            if name.eq_ignore_ascii_case("subject") {
                OBSCURED_SUBJECT.clone_into(value);
            }
        }
    }
    fields
}

/// Every field of the author, as on the wire.
fn everything(draft: &Draft) -> Vec<(String, String)> {
    let own = protected_fields(draft);
    let mut fields: Vec<_> =
        own.iter().map(|(name, value)| (name.to_string(), wire_value(name, value))).collect();
    fields.extend(given_fields(draft));
    fields
}

/// The fields of a given body's author that no draft has, such as User-Agent.
fn given_fields(draft: &Draft) -> Vec<(String, String)> {
    let Some(given) = &draft.given else { return Vec::new() };
    let section = given.author_fields();
    let Ok(entity) = Entity::split(&section, &Limits::default()) else { return Vec::new() };
    let text = |raw: &[u8]| String::from_utf8_lossy(raw).trim().to_owned();
    entity.headers().iter().map(|header| (header.name.clone(), text(&header.raw))).collect()
}

/// Date, From, Sender, Reply-To, To, Cc, Message-ID and the fields of KIM as inside; another subject.
fn kim_fields(draft: &Draft) -> Vec<(String, String)> {
    let kept = &draft.kept_inside;
    let bare = is_answer(draft);
    let shown = |list: &[Address]| -> Vec<Address> {
        let is_kept =
            |address: &Address| kept.addresses.iter().any(|one| one.eq_ignore_ascii_case(&address.email));
        let visible = list.iter().filter(|address| !is_kept(address));
        visible.map(|one| if bare { Address::bare(&one.email) } else { one.clone() }).collect()
    };
    let own = |address: &Address| if bare { Address::bare(&address.email) } else { address.clone() };
    let (from, sender) = (own(&draft.from), draft.sender.as_ref().map(own));
    let (reply_to, to, cc) = (shown(&draft.reply_to), shown(&draft.to), shown(&draft.cc));
    let mut fields = vec![field("From", list_value(&[&from]))];
    fields.extend(sender.as_ref().map(|sender| field("Sender", list_value(&[sender]))));
    for (name, list) in [("Reply-To", &reply_to), ("To", &to), ("Cc", &cc)] {
        push_list(&mut fields, name, list.iter());
    }
    fields.push(field("Subject", Raw::new(KIM_SUBJECT)));
    fields.push(field("Date", Raw::new(draft.date.to_rfc5322())));
    fields.push(field("Message-ID", MessageIdField::new(draft.message_id.as_str())));
    let mut wire: Vec<_> =
        fields.iter().map(|(name, value)| (name.to_string(), wire_value(name, value))).collect();
    wire.extend(kim_service(draft));
    wire.extend(given_fields(draft).into_iter().filter(|(name, _)| is_kim(name)));
    wire.push((KIM_VERSION.0.to_owned(), KIM_VERSION.1.to_owned()));
    wire
}

fn is_kim(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with(KIM_FIELDS)
}

/// The field that says what a mail is for, when the author's program has not written it.
fn kim_service(draft: &Draft) -> Vec<(String, String)> {
    let (name, value) = KIM_SERVICE;
    let written = given_fields(draft).iter().any(|(found, _)| found.eq_ignore_ascii_case(name));
    if written { Vec::new() } else { vec![(name.to_owned(), value.to_owned())] }
}
