//! Letters with formatting: the text once more as HTML (RFC 2046 §5.1.4), with its images (RFC 2387, RFC 2392).

use mail_builder::headers::content_type::ContentType as ContentTypeField;
use mail_builder::mime::MimePart;

use super::{Attachment, Draft, Outer, container, encoded_text, file_name, file_part, single_line};
use crate::text::to_crlf;
use crate::transfer::Transfer;

/// The form of a letter that has formatting.
#[derive(Clone, PartialEq, Eq)]
pub struct Rich {
    /// A whole document in HTML, as the caller wrote it: nothing is checked or escaped here.
    pub html: String,
    /// The images it shows.
    pub images: Vec<InlineImage>,
}

/// An image that stands in the text.
#[derive(Clone, PartialEq, Eq)]
pub struct InlineImage {
    /// What `cid:` in the HTML names it, without angle brackets.
    pub content_id: String,
    /// The image.
    pub file: Attachment,
}

/// The text and the HTML, of which a reader shows the last that it can.
pub(super) fn alternative<'a>(
    draft: &Draft,
    rich: &'a Rich,
    outer: &Outer,
    plain: (MimePart<'a>, Transfer),
) -> (MimePart<'a>, Transfer) {
    let html = with_images(draft, rich, outer);
    let content_type = ContentTypeField::new("multipart/alternative");
    let (children, transfers) = (vec![plain.0, html.0], [plain.1, html.1]);
    container(draft, content_type, "=_sceau_a_", children, &transfers)
}

fn with_images<'a>(draft: &Draft, rich: &'a Rich, outer: &Outer) -> (MimePart<'a>, Transfer) {
    let (html, transfer) = html_part(draft, rich, outer);
    if rich.images.is_empty() {
        return (html, transfer);
    }
    let (mut children, mut transfers) = (vec![html], vec![transfer]);
    for image in &rich.images {
        let (part, transfer) = file_part(&image.file, outer.transfer);
        let shown = ContentTypeField::new("inline").attribute("filename", file_name(&image.file));
        children.push(part.cid(single_line(&image.content_id)).header("Content-Disposition", shown));
        transfers.push(transfer);
    }
    let content_type = ContentTypeField::new("multipart/related").attribute("type", "text/html");
    container(draft, content_type, "=_sceau_r_", children, &transfers)
}

fn html_part<'a>(draft: &Draft, rich: &Rich, outer: &Outer) -> (MimePart<'a>, Transfer) {
    let mut content_type = ContentTypeField::new("text/html").attribute("charset", "utf-8");
    let mut html = to_crlf(&rich.html);
    if outer.legacy_display {
        content_type = content_type.attribute("hp-legacy-display", "1");
        html = with_subject(&html, &single_line(&draft.subject));
    }
    encoded_text(content_type, &html, outer)
}

/// The subject repeated at the top of the body, for programs that do not know RFC 9788 (§5.2.3).
fn with_subject(html: &str, subject: &str) -> String {
    const BODY: &str = "<body>";
    let escaped = subject.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let shown =
        format!("<div class=\"header-protection-legacy-display\"><pre>Subject: {escaped}</pre></div>");
    match html.split_once(BODY) {
        Some((head, body)) => [head, BODY, &shown, body].concat(),
        None => shown + html,
    }
}
