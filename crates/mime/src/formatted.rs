//! A letter together with the HTML that its author made of it, for who shows mail that nobody sealed.

use std::borrow::Cow;

use mail_parser::{MessagePart, MessageRef, PartKind};

use crate::error::Result;
use crate::letter::{self, Letter};
use crate::limits::Limits;
use crate::text::decode_text;
use crate::wipe::{Wiped, Words};

/// Reads a message as [`crate::read`] does, and gives its HTML form beside: the parts in HTML of what is shown (RFC 8621 §4.1.4,
/// `htmlBody`), one after the other, line ends LF. The letter's text alone has every word: where plain parts stand between those in
/// HTML, only it has them.
///
/// `bytes` are untrusted, and so is the HTML: it has to be sanitised before it is shown.
///
/// # Errors
/// As [`crate::read`].
pub fn read_with_html(bytes: &[u8], limits: &Limits) -> Result<(Letter, Option<Wiped<'static, str>>)> {
    let message = letter::parse(bytes, limits)?;
    let (letter, _) = letter::read_message(&message, limits);
    let html = html_form(&message.root()).map(|mut html| Wiped::from(Cow::Owned(html.take())));
    Ok((letter, html))
}

fn html_form(root: &MessageRef<'_>) -> Option<Words> {
    let is_html = |part: &MessagePart<'_>| matches!(part.kind(), PartKind::Html);
    let mut parts = root.html_body().filter(is_html).map(|part| decode_text(&part).text);
    let mut html = parts.next()?;
    for more in parts {
        // One allocation of its own each time, so that the old one is wiped.
        html = Words::new([&*html, &*more].join("\n"));
    }
    Some(html)
}
