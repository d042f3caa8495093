//! Text with formatting as HTML that any mail program shows: a dozen elements, no classes, no sheets.

use sceau_protocol::{AttachmentId, BlockKind, MAX_LEVEL, MAX_QUOTE, RichText, Run};

const HEAD: &str = "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"></head>\n<body>\n";
const FOOT: &str = "</body>\n</html>\n";
/// A bar at the left, as mail programs show quotes.
const QUOTE: &str = "<blockquote type=\"cite\" style=\"margin: 0 0 0 4px; padding-left: 10px; border-left: 2px solid #999999\">\n";
/// Lines between cells by attributes: programs that show no styles show them too.
const TABLE: &str =
    "<table border=\"1\" cellpadding=\"4\" cellspacing=\"0\" style=\"border-collapse: collapse\">\n";
/// Where a link may lead.
const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "tel:"];

/// Names an image within the letter, if it is there.
pub(super) type Named<'a> = &'a dyn Fn(AttachmentId) -> Option<String>;

/// A whole document. `named` gives the Content-ID of an image.
pub(super) fn document(rich: &RichText, named: Named<'_>) -> String {
    let mut writer = Writer { html: HEAD.to_owned(), quote: 0, lists: Vec::new(), named };
    for block in &rich.blocks {
        writer.be_quoted(block.quote.min(MAX_QUOTE));
        match &block.kind {
            BlockKind::Paragraph(runs) => writer.paragraph(runs),
            BlockKind::Item { ordered, level, runs } => writer.item(*ordered, *level, runs),
            BlockKind::Table { head, rows } => writer.table(*head, rows),
        }
    }
    writer.be_quoted(0);
    writer.close_lists(0);
    writer.html + FOOT
}

struct Writer<'a> {
    html: String,
    quote: u8,
    /// The lists that are open, each with an item open in it; whether they are numbered.
    lists: Vec<bool>,
    named: Named<'a>,
}

impl Writer<'_> {
    fn be_quoted(&mut self, depth: u8) {
        if depth != self.quote {
            self.close_lists(0);
        }
        for _ in self.quote..depth {
            self.html.push_str(QUOTE);
        }
        for _ in depth..self.quote {
            self.html.push_str("</blockquote>\n");
        }
        self.quote = depth;
    }

    fn close_lists(&mut self, levels: usize) {
        while self.lists.len() > levels {
            let ordered = self.lists.pop().unwrap_or_default();
            self.html.push_str(if ordered { "</li></ol>\n" } else { "</li></ul>\n" });
        }
    }

    fn paragraph(&mut self, runs: &[Run]) {
        self.close_lists(0);
        self.html.push_str("<div>");
        if runs.iter().all(|run| run.text.is_empty() && run.image.is_none()) {
            self.html.push_str("<br>");
        }
        self.runs(runs);
        self.html.push_str("</div>\n");
    }

    fn item(&mut self, ordered: bool, level: u8, runs: &[Run]) {
        // No level is left out: an item stands at most one below the one before.
        let level = usize::from(level.min(MAX_LEVEL)).min(self.lists.len());
        self.close_lists(level.saturating_add(1));
        if self.lists.len() > level && self.lists.last() != Some(&ordered) {
            self.close_lists(level);
        }
        if self.lists.len() > level {
            self.html.push_str("</li>\n<li>");
        } else {
            self.html.push_str(if ordered { "<ol>\n<li>" } else { "<ul>\n<li>" });
            self.lists.push(ordered);
        }
        self.runs(runs);
    }

    fn table(&mut self, head: bool, rows: &[Vec<Vec<Run>>]) {
        self.close_lists(0);
        self.html.push_str(TABLE);
        for (at, row) in rows.iter().enumerate() {
            let (open, close) = if head && at == 0 { ("<th>", "</th>") } else { ("<td>", "</td>") };
            self.html.push_str("<tr>");
            for cell in row {
                self.html.push_str(open);
                self.runs(cell);
                self.html.push_str(close);
            }
            self.html.push_str("</tr>\n");
        }
        self.html.push_str("</table>\n");
    }

    fn runs(&mut self, runs: &[Run]) {
        for run in runs {
            match run.image {
                Some(image) => self.image(image, &run.text),
                None => self.words(run),
            }
        }
    }

    fn image(&mut self, image: AttachmentId, description: &str) {
        match (self.named)(image) {
            Some(id) => {
                let (id, description) = (escaped(&id), escaped(description));
                self.html.push_str(&format!("<img src=\"cid:{id}\" alt=\"{description}\">"));
            }
            None => self.html.push_str(&spaced(description)),
        }
    }

    fn words(&mut self, run: &Run) {
        let link = run.link.as_deref().filter(|link| SCHEMES.iter().any(|scheme| link.starts_with(scheme)));
        let styles = [(run.bold, "b"), (run.italic, "i"), (run.underline, "u")];
        let styles = || styles.iter().filter(|(on, _)| *on).map(|(_, name)| *name);
        if let Some(link) = link {
            self.html.push_str(&format!("<a href=\"{}\">", escaped(link)));
        }
        styles().for_each(|name| self.html.push_str(&format!("<{name}>")));
        self.html.push_str(&spaced(&run.text));
        styles().rev().for_each(|name| self.html.push_str(&format!("</{name}>")));
        if link.is_some() {
            self.html.push_str("</a>");
        }
    }
}

/// Words with their line ends, and with spaces that stay where several follow each other.
fn spaced(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let mut after_space = true;
    for letter in escaped(text).chars() {
        match letter {
            '\n' => html.push_str("<br>\n"),
            ' ' if after_space => html.push_str("&nbsp;"),
            '\t' => html.push_str("&nbsp;&nbsp; "),
            _ => html.push(letter),
        }
        after_space = matches!(letter, ' ' | '\n' | '\t');
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sceau_protocol::Block;
    use sceau_sanitize::{InlineParts, Limits, sanitize};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

    struct OneImage;

    impl InlineParts for OneImage {
        fn part(&self, content_id: &str) -> Option<&[u8]> {
            (content_id == "1@b.example").then_some(PNG)
        }
    }

    /// Everything that can be written.
    fn everything() -> RichText {
        let run = |bold, italic, underline, text: &str| Run { bold, italic, underline, ..Run::plain(text) };
        let words = vec![
            run(true, false, false, "gras"),
            run(false, true, true, "  <deux> espaces & \"plus\"\nsuite"),
            Run { link: Some("https://a.example/?b=1&c=2".to_owned()), ..run(true, false, false, "ici") },
            Run { image: Some(AttachmentId(1)), ..Run::plain("écran \"un\"") },
        ];
        let block = |quote, kind| Block { quote, kind };
        let item = |ordered, level| BlockKind::Item { ordered, level, runs: words.clone() };
        let rows = vec![vec![words.clone(), vec![Run::plain("b")]], vec![Vec::new(), words.clone()]];
        RichText {
            blocks: vec![
                block(0, BlockKind::Paragraph(words.clone())),
                block(0, item(true, 0)),
                block(0, item(false, 1)),
                block(0, item(true, 1)),
                block(0, item(true, 0)),
                block(0, item(false, 0)),
                block(1, BlockKind::Paragraph(Vec::new())),
                block(2, item(false, 2)),
                block(1, BlockKind::Table { head: true, rows: rows.clone() }),
                block(0, BlockKind::Table { head: false, rows }),
            ],
        }
    }

    /// The elements, each as it opens and closes, and the words between them.
    fn pieces(html: &str) -> Vec<String> {
        let mut pieces = Vec::new();
        for piece in html.split('<').skip(1) {
            let (tag, words) = piece.split_once('>').unwrap();
            let name = tag.split_whitespace().next().unwrap();
            // A reader puts them around rows.
            if !name.ends_with("tbody") {
                pieces.push(name.to_owned());
            }
            let words = words.replace("&nbsp;", "\u{a0}").replace("&quot;", "\"");
            pieces.extend(Some(words).filter(|words| !words.trim_matches('\n').is_empty()));
        }
        pieces
    }

    #[test]
    fn readers_that_trust_nobody_show_all_of_it() {
        let html = document(&everything(), &|image| (image.0 == 1).then(|| "1@b.example".to_owned()));
        let shown = sanitize(&html, &OneImage, &Limits::default()).unwrap();
        let ours = html.split_once("<body>\n").unwrap().1.split_once("</body>").unwrap().0;
        assert_eq!(pieces(&shown.html), pieces(ours));
        let images = ours.matches("<img ").count();
        assert_eq!((shown.inline_images, shown.remote), (images, 0));
        assert_eq!(shown.links.len(), images, "each text has a link and an image");
        assert!(shown.links.iter().all(|link| link.target == "https://a.example/?b=1&c=2" && !link.deceives));
        assert!(shown.html.contains("border-left") && shown.html.contains("border=\"1\""));
    }

    #[test]
    fn depth_is_bounded_and_hostile_links_lead_nowhere() {
        let deep = Block {
            quote: 255,
            kind: BlockKind::Item {
                ordered: false,
                level: 255,
                runs: vec![Run { link: Some("javascript:alert(1)".to_owned()), ..Run::plain("x") }],
            },
        };
        let html = document(&RichText { blocks: vec![deep] }, &|_| None);
        assert_eq!(html.matches("<blockquote").count(), usize::from(MAX_QUOTE));
        assert_eq!(html.matches("<ul").count(), 1);
        assert!(!html.contains("javascript"));
    }
}
