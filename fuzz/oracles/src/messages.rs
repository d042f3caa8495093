//! Messages and HTML.

use sceau_mime::{
    Limits, html_to_text, multipart_signed, read, structure, undo_text_mode, unwrap_cms, wrapped_message,
};

/// A message reads within its limits, and the same each time.
pub(crate) fn message(data: &[u8]) {
    let limits = Limits::default();
    drop(multipart_signed(data, &limits));
    drop(wrapped_message(data, &limits));
    drop(unwrap_cms(data, &limits));
    drop(structure(data, &limits));
    assert!(undo_text_mode(data, 8).len() <= 8);
    let Ok(letter) = read(data, &limits) else { return };
    assert!(letter.parts.iter().map(|part| part.bytes.len()).sum::<usize>() <= limits.decoded_bytes);
    assert!(
        read(data, &limits).is_ok_and(|again| again.text == letter.text && again.subject == letter.subject)
    );
}

/// Text is text: it grows by no more than its blocks, and nothing of a script is in it.
pub(crate) fn html(data: &[u8]) {
    let Ok(html) = core::str::from_utf8(data) else { return };
    let text = html_to_text(html);
    assert!(text.len() <= html.len().saturating_mul(2).saturating_add(2), "text larger than its HTML");
}
