//! The subject repeated in the text of a mail that another program wrote (RFC 9788 §5.2.2 to §5.2.4), for readers whose programs
//! show only what stands outside. The parts it goes into are written anew, so whoever signed the mail before signs it again.

use mail_parser::{MessagePart, PartKind};

use crate::entity::{ContentType, header_section};
use crate::error::Result;
use crate::html::LEGACY_DISPLAY;
use crate::letter::parse;
use crate::limits::Limits;
use crate::text::{decode_text, to_crlf};
use crate::transfer::Transfer;

/// The mail with its own subject at the top of its main body parts: the first text and the first HTML that are shown, and no
/// other part. Without a subject, without such a part, and with
/// a signature inside, the mail as it was.
///
/// The element is hidden by readers that know RFC 9788, in a payload made for sealing: use it for nothing else.
///
/// # Errors
/// `NotAMessage`, or the limit that was passed.
pub fn with_legacy_display(mail: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let message = parse(mail, limits)?;
    let root = message.root();
    let subject = root.headers().subject().map(|subject| subject.trim().to_owned()).unwrap_or_default();
    // What somebody signed inside must stay as it is.
    let is_signed = |part: MessagePart<'_>| ContentType::of_part(&part).media == "multipart/signed";
    if subject.is_empty() || message.parts().any(is_signed) {
        return Ok(mail.to_vec());
    }
    let is_main = |part: &MessagePart<'_>| part.is_text() && !part.is_attachment();
    let plain = root.text_body().find(|part| is_main(part) && !is_html(part));
    let html = root.html_body().find(|part| is_main(part) && is_html(part));
    let mut parts: Vec<MessagePart<'_>> = plain.into_iter().chain(html).collect();
    parts.sort_by_key(MessagePart::offset_header);
    let mut written = Vec::with_capacity(mail.len() + 1024);
    let mut at = 0;
    for part in &parts {
        let [start, end] =
            [part.offset_header(), part.offset_end()].map(|it| usize::try_from(it).unwrap_or(mail.len()));
        written.extend_from_slice(mail.get(at..start).unwrap_or_default());
        written.extend_from_slice(&with_element(part, &subject));
        at = end;
    }
    written.extend_from_slice(mail.get(at..).unwrap_or_default());
    Ok(written)
}

fn is_html(part: &MessagePart<'_>) -> bool {
    matches!(part.kind(), PartKind::Html)
}

/// A part in UTF-8 with the element before its text. Its other fields and parameters stand as they stood.
fn with_element(part: &MessagePart<'_>, subject: &str) -> Vec<u8> {
    let text = decode_text(part).text;
    let text = to_crlf(&if is_html(part) {
        in_html(&text, subject)
    } else {
        format!("Subject: {subject}\n\n{}", &*text)
    });
    let transfer = Transfer::safe_for_text(text.as_bytes());
    let mut written = Vec::with_capacity(text.len() + 512);
    for field in header_section(part) {
        let name = field.name.to_ascii_lowercase();
        if name != "content-type" && name != "content-transfer-encoding" {
            push(&mut written, &field.name, &field.raw);
        }
    }
    push(&mut written, "Content-Type", content_type(part).as_bytes());
    push(&mut written, "Content-Transfer-Encoding", format!(" {}", transfer.name()).as_bytes());
    written.extend_from_slice(b"\r\n");
    written.extend_from_slice(&transfer.encode(text.as_bytes()));
    written
}

fn push(section: &mut Vec<u8>, name: &str, raw: &[u8]) {
    section.extend_from_slice(name.as_bytes());
    section.push(b':');
    section.extend_from_slice(raw);
    section.extend_from_slice(b"\r\n");
}

fn content_type(part: &MessagePart<'_>) -> String {
    let media = if is_html(part) { "text/html" } else { "text/plain" };
    let mut value = format!(" {media}; charset=\"utf-8\"");
    let found = part.content_type();
    for (name, parameter) in found.iter().flat_map(|found| found.attributes()) {
        let kept = !["charset", "hp", "hp-legacy-display"].iter().any(|own| own.eq_ignore_ascii_case(name));
        let plain = parameter.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\'));
        if kept && plain {
            value.push_str(&format!("; {name}=\"{parameter}\""));
        }
    }
    value + ";\r\n hp-legacy-display=\"1\""
}

/// The element at the begin of the document's body (RFC 9788 §5.2.3).
fn in_html(html: &str, subject: &str) -> String {
    let shown = subject.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let element = format!("<div class=\"{LEGACY_DISPLAY}\">\n<pre>Subject: {shown}</pre>\n</div>\n");
    // A tag's name in ASCII keeps its length in lower case.
    let lower = html.to_ascii_lowercase();
    let body = lower.match_indices("<body").map(|(at, _)| at).find(|at| {
        lower
            .get(at + "<body".len()..)
            .is_some_and(|rest| rest.starts_with(|c: char| c == '>' || c.is_ascii_whitespace()))
    });
    let after = body.and_then(|at| Some(at + lower.get(at..)?.find('>')? + 1)).unwrap_or(0);
    let (before, rest) = html.split_at_checked(after).unwrap_or((html, ""));
    format!("{before}{element}{rest}")
}
