//! What can be shown of an attachment. Text is read a piece at a time, so that a large file costs no more than what is seen.

use sceau_mime::{Part, decode_charset, guess_charset};
use sceau_protocol::{
    FailureCode, PartKind, Preview, PreviewPart, ReadingAnswer, ReadingAsk, TablePreview, TextPreview,
};

use super::kind::kind;
use super::letter;
use super::names::part_name;
use super::table::rows;
use crate::failure::{Error, Result};
use crate::job::Job;
use crate::reading;
use crate::unlocked::Unlocked;

/// Octets of text in one piece: some thirty pages, decoded and drawn without a stutter.
pub(super) const PIECE: usize = 128 * 1024;
/// Largest file that the frame draws: it holds the file and what it makes of it.
const MAX_FRAMED: usize = 64 * 1024 * 1024;

/// What can be shown of a part.
///
/// # Errors
/// `Gone`, `CannotShow`, or as opening.
pub async fn preview_part(
    unlocked: &Unlocked,
    job: &Job,
    call: &PreviewPart,
) -> Result<(Preview, Vec<Vec<u8>>)> {
    let letter = letter(unlocked, job, &call.letter).await?;
    let place = usize::try_from(call.part).unwrap_or(usize::MAX);
    let part = letter.letter.parts.get(place).ok_or(Error::of(FailureCode::Gone))?;
    let plain = |preview| Ok((preview, Vec::new()));
    match kind(part, &part_name(place, part)) {
        PartKind::Pdf | PartKind::Image if part.bytes.len() <= MAX_FRAMED => {
            Ok((Preview::Frame, vec![part.bytes.clone()]))
        }
        PartKind::Archive => plain(listed(unlocked, job, part).await?),
        PartKind::Table => plain(Preview::Table(table(part, call))),
        PartKind::Text
        | PartKind::Hprim
        | PartKind::Xml
        | PartKind::Html
        | PartKind::Calendar
        | PartKind::Letter => plain(Preview::Text(text(part, call))),
        PartKind::Pdf
        | PartKind::Image
        | PartKind::OtherImage
        | PartKind::Office
        | PartKind::Media
        | PartKind::Program
        | PartKind::Other => plain(Preview::Nothing),
    }
}

async fn listed(unlocked: &Unlocked, job: &Job, part: &Part) -> Result<Preview> {
    match reading::ask(unlocked, job, ReadingAsk::List, vec![part.bytes.clone()]).await? {
        (ReadingAnswer::List(view), _) => Ok(Preview::Archive(view)),
        _ => Err(Error::Defect { what: "list" }),
    }
}

fn text(part: &Part, call: &PreviewPart) -> TextPreview {
    let piece = Piece::of(part, call);
    TextPreview { text: piece.text, charset: piece.charset, next: piece.next }
}

fn table(part: &Part, call: &PreviewPart) -> TablePreview {
    let piece = Piece::of(part, call);
    TablePreview { rows: rows(&piece.text), charset: piece.charset, next: piece.next }
}

/// Whole lines of a file, from some place on.
struct Piece {
    text: String,
    charset: String,
    next: Option<u64>,
}

impl Piece {
    fn of(part: &Part, call: &PreviewPart) -> Self {
        let octets = part.bytes.as_slice();
        let from = usize::try_from(call.from).unwrap_or(usize::MAX).min(octets.len());
        let charset = call.charset.clone().unwrap_or_else(|| charset_of(part));
        let rest = octets.get(from..).unwrap_or_default();
        let taken = whole_lines(rest, charset.starts_with("utf-16"));
        let end = from.saturating_add(taken.len());
        let next = (end < octets.len()).then(|| crate::relay::octets(end));
        Self { text: decode_charset(&charset, taken), charset, next }
    }
}

/// The charset a file says it is in, where that can be; else what it looks like.
fn charset_of(part: &Part) -> String {
    let guess = guess_charset(&part.bytes);
    match &part.charset {
        Some(declared) if !guess.certain && !declared.eq_ignore_ascii_case("utf-8") => {
            declared.to_lowercase()
        }
        _ => guess.charset.to_owned(),
    }
}

/// As much as one piece holds, up to the end of a line where there is one.
fn whole_lines(rest: &[u8], is_wide: bool) -> &[u8] {
    let Some(piece) = rest.get(..PIECE) else { return rest };
    let end =
        piece.iter().rposition(|octet| *octet == b'\n').map_or(piece.len(), |end| end.saturating_add(1));
    // Characters of two octets stay whole, also behind a line feed of the smaller end.
    let end = if is_wide { end.next_multiple_of(2) } else { end };
    piece.get(..end).unwrap_or(piece)
}

#[cfg(test)]
mod tests {
    use sceau_protocol::LetterSource;

    use super::*;

    fn call(from: u64) -> PreviewPart {
        PreviewPart { letter: LetterSource::File(1), part: 0, from, charset: None }
    }

    fn file(bytes: &[u8], charset: Option<&str>) -> Part {
        Part {
            content_type: "text/plain".into(),
            charset: charset.map(str::to_owned),
            name: None,
            content_id: None,
            inline: false,
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn a_file_of_an_old_program_is_read_as_what_it_is() {
        let found = text(&file(b"R\x82sultat : \x87a va tr\x8as bien\r\n", None), &call(0));
        assert_eq!((found.text.as_str(), found.charset.as_str()), ("Résultat : ça va très bien\n", "ibm850"));
    }

    #[test]
    fn pieces_put_together_are_the_file() {
        let line = "Hémoglobine 13,2 g/dl\n";
        let whole = line.repeat(20_000);
        let part = file(whole.as_bytes(), None);
        let (mut read, mut from, mut pieces) = (String::new(), Some(0), 0);
        while let Some(at) = from {
            let piece = text(&part, &call(at));
            assert!(piece.text.len() <= PIECE && piece.text.ends_with('\n'));
            read.push_str(&piece.text);
            (from, pieces) = (piece.next, pieces + 1);
        }
        assert_eq!(read, whole);
        assert!(pieces > 3, "{pieces}");
    }

    #[test]
    fn a_place_beyond_the_end_is_empty() {
        let found = text(&file(b"abc", None), &call(u64::MAX));
        assert_eq!((found.text.as_str(), found.next), ("", None));
    }
}
