//! A draft's words, signature and quote as the text of one letter.

use sceau_mime::{Attachment, InlineImage, Rich};
use sceau_protocol::{AttachmentId, DraftContent, RichText};

use super::html;

/// What stands before a signature (RFC 3676 §4.3).
const BEFORE_SIGNATURE: &str = "-- \n";

/// An image of the text with the name it has in the letter.
pub(super) struct Image {
    pub(super) attachment: AttachmentId,
    pub(super) content_id: String,
    pub(super) file: Attachment,
}

/// What stands below the words.
fn below(content: &DraftContent) -> Option<String> {
    let mut below = String::new();
    let signature = content.signature.text.trim_end();
    if content.signature.on && !signature.trim().is_empty() {
        below.push_str(BEFORE_SIGNATURE);
        below.push_str(signature);
    }
    if !content.quote.text.is_empty() {
        if !below.is_empty() {
            below.push_str("\n\n");
        }
        below.push_str(&content.quote.text);
    }
    Some(below).filter(|below| !below.is_empty())
}

/// The whole text without formatting.
pub(super) fn plain(content: &DraftContent) -> String {
    match below(content) {
        Some(below) => format!("{}\n\n{below}\n", content.text.trim_end()),
        None => content.text.clone(),
    }
}

/// The whole text with formatting: once plain, once not.
pub(super) fn formatted(content: &DraftContent, rich: &RichText, images: Vec<Image>) -> (String, Rich) {
    let mut whole = rich.clone();
    if let Some(below) = below(content) {
        let blank = |block: &sceau_protocol::Block| block.kind.runs().next().is_none() && is_paragraph(block);
        while whole.blocks.last().is_some_and(blank) {
            whole.blocks.pop();
        }
        whole.blocks.extend(RichText::from_plain(&format!("\n{below}")).blocks);
    }
    let named = |image: AttachmentId| {
        images.iter().find(|known| known.attachment == image).map(|known| known.content_id.clone())
    };
    let html = html::document(&whole, &named);
    let inline = |image: Image| InlineImage { content_id: image.content_id, file: image.file };
    (whole.to_plain() + "\n", Rich { html, images: images.into_iter().map(inline).collect() })
}

fn is_paragraph(block: &sceau_protocol::Block) -> bool {
    matches!(block.kind, sceau_protocol::BlockKind::Paragraph(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sceau_protocol::{Block, BlockKind, Quote, Run, Signing};

    fn content() -> DraftContent {
        DraftContent {
            text: "Bonjour,\n\n".to_owned(),
            signature: Signing { text: "Dr A.\n".to_owned(), on: true },
            quote: Quote { text: "B a écrit :\n> Oui".to_owned(), whole: None },
            ..DraftContent::default()
        }
    }

    #[test]
    fn the_signature_stands_between_words_and_quote() {
        assert_eq!(plain(&content()), "Bonjour,\n\n-- \nDr A.\n\nB a écrit :\n> Oui\n");
        let without = DraftContent { signature: Signing::default(), ..content() };
        assert_eq!(plain(&without), "Bonjour,\n\nB a écrit :\n> Oui\n");
        let off = DraftContent { signature: Signing { on: false, ..content().signature }, ..content() };
        assert_eq!(plain(&off), plain(&without));
        let bare = DraftContent { quote: Quote::default(), ..without };
        assert_eq!(plain(&bare), bare.text);
    }

    #[test]
    fn both_forms_say_the_same() {
        let bold = Run { bold: true, ..Run::plain("Bonjour") };
        let image = Run { image: Some(AttachmentId(4)), ..Run::plain("écran") };
        let paragraph = |runs: Vec<Run>| Block { quote: 0, kind: BlockKind::Paragraph(runs) };
        let item = |level, text: &str| Block {
            quote: 0,
            kind: BlockKind::Item { ordered: false, level, runs: vec![Run::plain(text)] },
        };
        let rich = RichText {
            blocks: vec![
                paragraph(vec![bold, Run::plain(" <b>")]),
                item(0, "un"),
                item(3, "deux"),
                paragraph(vec![image]),
                paragraph(Vec::new()),
            ],
        };
        let file =
            Attachment { name: "e.png".to_owned(), content_type: "image/png".to_owned(), bytes: Vec::new() };
        let image = Image { attachment: AttachmentId(4), content_id: "1@b".to_owned(), file };
        let (text, made) = formatted(&content(), &rich, vec![image]);
        assert_eq!(text, "Bonjour <b>\n- un\n      - deux\n[écran]\n\n-- \nDr A.\n\nB a écrit :\n> Oui\n");
        let body =
            made.html.split_once("<body>\n").and_then(|(_, rest)| rest.split_once("</body>")).unwrap().0;
        assert_eq!(
            body.replace(
                " style=\"margin: 0 0 0 4px; padding-left: 10px; border-left: 2px solid #999999\"",
                ""
            ),
            "<div><b>Bonjour</b>&nbsp;&lt;b&gt;</div>\n<ul>\n<li>un<ul>\n<li>deux</li></ul>\n</li></ul>\n\
             <div><img src=\"cid:1@b\" alt=\"écran\"></div>\n<div><br></div>\n<div>-- </div>\n<div>Dr A.</div>\n\
             <div><br></div>\n<div>B a écrit :</div>\n<blockquote type=\"cite\">\n<div>Oui</div>\n</blockquote>\n"
        );
        assert_eq!(made.images.len(), 1);
    }
}
