//! A letter's HTML, disarmed piece by piece: what one piece leaves open ends with it.

use sceau_protocol::{HtmlView, LinkView, ReadingAnswer, Refusal};
use sceau_sanitize::{Error, InlineParts, Limits, sanitize};

use crate::{Answered, Buffers};

/// Images by their `Content-ID`.
struct Images<'a> {
    ids: &'a [String],
    octets: &'a [Vec<u8>],
}

impl InlineParts for Images<'_> {
    fn part(&self, content_id: &str) -> Option<&[u8]> {
        let place = self.ids.iter().position(|id| id == content_id)?;
        self.octets.get(place).map(Vec::as_slice)
    }
}

/// Disarms the first `pieces` buffers; those after them are the images that `ids` name.
pub(crate) fn disarm(pieces: u32, ids: &[String], buffers: &Buffers) -> Answered {
    let pieces = usize::try_from(pieces).map_err(|_| Refusal::TooLarge)?;
    let (pieces, octets) = buffers.split_at_checked(pieces).ok_or(Refusal::Damaged)?;
    let images = Images { ids, octets };
    let mut view = HtmlView::default();
    let mut disarmed = Buffers::new();
    let mut left = Limits::default();
    for piece in pieces {
        let html = std::str::from_utf8(piece).map_err(|_| Refusal::Damaged)?;
        let sanitized = sanitize(html, &images, &left).map_err(|error| refusal(&error))?;
        // The limits are those of the letter, however many pieces it came in.
        left.input_bytes = left.input_bytes.saturating_sub(piece.len());
        left.image_bytes = left.image_bytes.saturating_sub(sanitized.html.len());
        view.remote = view.remote.saturating_add(count(sanitized.remote));
        view.inline_images = view.inline_images.saturating_add(count(sanitized.inline_images));
        view.coloured |= is_coloured(&sanitized.html);
        view.links.push(sanitized.links.into_iter().map(link).collect());
        disarmed.push(sanitized.html.into_bytes());
    }
    Ok((ReadingAnswer::Html(view), disarmed))
}

fn link(found: sceau_sanitize::Link) -> LinkView {
    LinkView { shown: found.shown, target: found.target, deceives: found.deceives }
}

/// Whether the letter sets a colour anywhere. What the sanitiser writes has one form only.
fn is_coloured(html: &str) -> bool {
    ["color:", "bgcolor=", " color="].iter().any(|mark| html.contains(mark))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn refusal(error: &Error) -> Refusal {
    match error {
        Error::TooLong { .. }
        | Error::TooDeep { .. }
        | Error::TooManyElements { .. }
        | Error::TooManyAttributes
        | Error::TooManyReferences { .. }
        | Error::TooManyLinks { .. }
        | Error::Grew { .. } => Refusal::TooLarge,
        Error::Unstable | Error::NotAllowed => Refusal::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use sceau_protocol::ReadingAsk;

    use super::*;
    use crate::answer;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n rest";

    fn ask(pieces: &[&str], images: &[&str]) -> (HtmlView, Vec<String>) {
        let ask = ReadingAsk::Html {
            pieces: u32::try_from(pieces.len()).unwrap(),
            images: images.iter().map(|&id| id.to_owned()).collect(),
        };
        let mut buffers: Buffers = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
        buffers.extend(images.iter().map(|_| PNG.to_vec()));
        let (answer, buffers) = answer(ask, buffers);
        let ReadingAnswer::Html(view) = answer else { panic!("{answer:?}") };
        (view, buffers.into_iter().map(|piece| String::from_utf8(piece).unwrap()).collect())
    }

    #[test]
    fn what_a_piece_leaves_open_does_not_swallow_the_next() {
        let (_, html) = ask(&["<b>un<!-- ", "<p>deux"], &[]);
        assert_eq!(html, ["<b>un</b>", "<p>deux</p>"]);
    }

    #[test]
    fn links_are_counted_in_their_own_piece() {
        let (view, _) =
            ask(&["<a href='https://a.example/'>a</a>", "<a href='https://b.example/'>c.example</a>"], &[]);
        let targets: Vec<_> = view.links.iter().map(|links| links[0].target.as_str()).collect();
        assert_eq!(targets, ["https://a.example/", "https://b.example/"]);
        assert!(!view.links[0][0].deceives && view.links[1][0].deceives);
    }

    #[test]
    fn images_of_the_letter_are_drawn_and_others_counted() {
        let (view, html) = ask(&["<img src='cid:a@b'><img src='https://t.example/p.gif'>"], &["a@b"]);
        assert_eq!((view.inline_images, view.remote), (1, 1));
        assert!(html[0].contains("data:image/png;base64,"), "{html:?}");
    }

    #[test]
    fn only_a_letter_without_colours_may_follow_the_page() {
        assert!(!ask(&["<p style='font-weight:bold'>a"], &[]).0.coloured);
        for coloured in ["<p style='color:red'>a", "<table bgcolor='#fff'><tr><td>a", "<font color=red>a"] {
            assert!(ask(&[coloured], &[]).0.coloured, "{coloured}");
        }
    }

    #[test]
    fn what_asks_for_too_much_is_refused() {
        let deep = "<div>".repeat(Limits::NESTING + 1);
        let (answer, _) = answer(ReadingAsk::Html { pieces: 1, images: Vec::new() }, vec![deep.into_bytes()]);
        assert_eq!(answer, ReadingAnswer::Refused(Refusal::TooLarge));
    }
}
