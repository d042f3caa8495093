//! What comes instead of letters and files: winmail.dat, and files within text.

use sceau_mime::{Limits, split_uuencoded};
use sceau_tnef::{Encapsulated, NESTED, de_encapsulate, read};

/// Messages within messages that are read.
const DEEPEST: usize = 4;

/// A stream reads within its bounds and the same each time, and so does what is within it; as RTF too.
pub(crate) fn tnef(data: &[u8]) {
    within(data, DEEPEST);
    let (Encapsulated::Html(text) | Encapsulated::Text(text)) = de_encapsulate(data, &mut Vec::new());
    assert!(text.len() <= data.len().saturating_mul(3), "text larger than its RTF can be");
}

fn within(data: &[u8], depth: usize) {
    let limits = sceau_tnef::Limits::default();
    let Ok(tnef) = read(data, &limits) else { return };
    assert!(tnef.octets() <= data.len().saturating_mul(limits.expansion), "more than the stream can hold");
    assert!(tnef.attachments.len() <= limits.attachments);
    assert!(read(data, &limits).is_ok_and(|again| again == tnef));
    let messages = tnef.attachments.iter().filter(|file| file.content_type.as_deref() == Some(NESTED));
    for message in messages.filter(|_| depth > 0) {
        assert!(message.bytes.len() < data.len() || message.bytes.is_empty());
        within(&message.bytes, depth.saturating_sub(1));
    }
}

/// Nothing is made up, every file is whole, and what is left has no more of them where it was not cut into anew.
pub(crate) fn uuencode(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let limits = Limits::default();
    let (kept, files) = split_uuencoded(text, &limits);
    let octets: usize = files.iter().map(|file| file.bytes.len()).sum();
    // A line of 45 octets may have lost all of its characters but one and its end.
    assert!(
        octets <= text.len().saturating_sub(kept.len()).saturating_mul(23),
        "more than the text can hold"
    );
    assert!(files.len() <= limits.parts);
    if files.is_empty() {
        assert_eq!(kept, text, "text is lost");
    }
    let lines = |text: &str| text.lines().count();
    assert!(kept.len() <= text.len() && lines(&kept) <= lines(text));
}
