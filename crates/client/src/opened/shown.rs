//! A letter's HTML, for the frame that shows it.

use sceau_mime::Part;
use sceau_protocol::{FailureCode, HtmlView, LetterSource, ReadingAnswer, ReadingAsk};
use zeroize::Zeroizing;

use super::{OpenedLetter, letter};
use crate::failure::{Error, Result};
use crate::job::Job;
use crate::reading;
use crate::unlocked::Unlocked;

/// A letter's HTML, disarmed, in pieces. Only of a letter that a valid signature covers (design section 4).
///
/// # Errors
/// `CannotShow` for a letter without HTML, or one that is shown as text only; `Gone`, or as opening.
pub async fn html(unlocked: &Unlocked, job: &Job, source: &LetterSource) -> Result<(HtmlView, Vec<Vec<u8>>)> {
    let letter = letter(unlocked, job, source).await?;
    let pieces = pieces(&letter);
    if !letter.view.may_quote || pieces.is_empty() {
        return Err(Error::of(FailureCode::CannotShow));
    }
    let (images, octets) = images(&letter, &pieces);
    let count = u32::try_from(pieces.len()).map_err(|_| Error::of(FailureCode::CannotShow))?;
    let mut buffers: Vec<Vec<u8>> =
        pieces.into_iter().map(|mut piece| std::mem::take(&mut *piece).into_bytes()).collect();
    buffers.extend(octets);
    let ask = ReadingAsk::Html { pieces: count, images };
    match reading::ask(unlocked, job, ask, buffers).await? {
        (ReadingAnswer::Html(view), pieces) => Ok((view, pieces)),
        _ => Err(Error::Defect { what: "html" }),
    }
}

fn pieces(letter: &OpenedLetter) -> Vec<Zeroizing<String>> {
    if let Some(html) = &letter.html {
        return vec![Zeroizing::new(html.clone())];
    }
    if !letter.bodies.has_html() {
        return Vec::new();
    }
    letter.bodies.html(letter.chosen_charset())
}

/// For each part, whether the HTML names it by its `Content-ID` and so shows it in its place.
pub(super) fn images_inside(letter: &OpenedLetter) -> Vec<bool> {
    let pieces = if letter.view.may_quote { pieces(letter) } else { Vec::new() };
    let is_named = |part: &Part| {
        let address = part.content_id.as_ref().map(|id| format!("cid:{id}"));
        address.is_some_and(|address| pieces.iter().any(|piece| piece.contains(&address)))
    };
    letter.letter.parts.iter().map(is_named).collect()
}

/// The letter's own images, when its HTML names any.
fn images(letter: &OpenedLetter, pieces: &[Zeroizing<String>]) -> (Vec<String>, Vec<Vec<u8>>) {
    const SCHEME: &[u8] = b"cid:";
    let names_one = |html: &Zeroizing<String>| {
        html.as_bytes().windows(SCHEME.len()).any(|at| at.eq_ignore_ascii_case(SCHEME))
    };
    if !pieces.iter().any(names_one) {
        return Default::default();
    }
    let named = |part: &Part| part.content_id.clone().map(|id| (id, part.bytes.clone()));
    letter.letter.parts.iter().filter_map(named).unzip()
}
