//! Text with formatting: what travels between page and worker instead of HTML.
//!
//! A flat list of blocks: how deep a list or a quote goes is a number, so that nothing has to recurse.

mod wire;

use serde::{Deserialize, Serialize};

use crate::AttachmentId;

/// Deepest level of a list that is kept: screens are not wider.
pub const MAX_LEVEL: u8 = 7;
/// Deepest quote that is told apart.
pub const MAX_QUOTE: u8 = 20;

/// Text with formatting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct RichText {
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

/// A paragraph, an item of a list, or a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// How often it was quoted; 0 are the writer's own words.
    pub quote: u8,
    /// What it is.
    pub kind: BlockKind,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A line of any length; empty lines are empty paragraphs.
    Paragraph(Vec<Run>),
    /// An item of a list.
    Item {
        /// Numbered instead of bulleted.
        ordered: bool,
        /// How deep, from 0.
        level: u8,
        /// Its words.
        runs: Vec<Run>,
    },
    /// Rows of cells.
    Table {
        /// Whether the first row names the columns.
        head: bool,
        /// The rows.
        rows: Vec<Vec<Vec<Run>>>,
    },
}

/// Words of one style, or an image. A line end in the words is a line end within the block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The words; of an image its description.
    pub text: String,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Where the words lead: `https:`, `http:`, `mailto:` or `tel:`.
    pub link: Option<String>,
    /// The image that stands here instead of words.
    pub image: Option<AttachmentId>,
}

impl Default for BlockKind {
    fn default() -> Self {
        Self::Paragraph(Vec::new())
    }
}

impl BlockKind {
    /// Its runs, cell by cell.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        let (own, rows): (&[Run], &[Vec<Vec<Run>>]) = match self {
            Self::Paragraph(runs) | Self::Item { runs, .. } => (runs, &[]),
            Self::Table { rows, .. } => (&[], rows),
        };
        own.iter().chain(rows.iter().flatten().flatten())
    }
}

impl Run {
    /// Plain words.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn has_format(&self) -> bool {
        self.bold || self.italic || self.underline || self.link.is_some() || self.image.is_some()
    }
}

impl RichText {
    /// Plain text as blocks: a paragraph per line, quoted as deeply as it has marks.
    pub fn from_plain(text: &str) -> Self {
        let block = |line: &str| {
            let words = line.trim_start_matches('>');
            let depth = line.len().saturating_sub(words.len());
            let words = if depth > 0 { words.strip_prefix(' ').unwrap_or(words) } else { words };
            let runs = if words.is_empty() { Vec::new() } else { vec![Run::plain(words)] };
            let quote = u8::try_from(depth).unwrap_or(MAX_QUOTE).min(MAX_QUOTE);
            Block { quote, kind: BlockKind::Paragraph(runs) }
        };
        Self { blocks: text.split('\n').map(block).collect() }
    }

    /// The same as plain text: items after `- ` or their number, cells apart by ` | `, links behind their words.
    pub fn to_plain(&self) -> String {
        let mut lines = Vec::new();
        let mut numbers = Numbers::default();
        for block in &self.blocks {
            let first = lines.len();
            match &block.kind {
                BlockKind::Paragraph(runs) => {
                    numbers.clear();
                    lines.extend(plain(runs).split('\n').map(str::to_owned));
                }
                BlockKind::Item { ordered, level, runs } => {
                    let indent = "  ".repeat(usize::from((*level).min(MAX_LEVEL)));
                    let mark = numbers.mark(block.quote, *level, *ordered);
                    let rest = " ".repeat(mark.len());
                    let words = plain(runs);
                    let line = |(at, line): (usize, &str)| {
                        format!("{indent}{}{line}", if at == 0 { &mark } else { &rest })
                    };
                    lines.extend(words.split('\n').enumerate().map(line));
                }
                BlockKind::Table { rows, .. } => {
                    numbers.clear();
                    let cell = |runs: &Vec<Run>| plain(runs).replace('\n', " ");
                    let row = |cells: &Vec<Vec<Run>>| cells.iter().map(cell).collect::<Vec<_>>().join(" | ");
                    lines.extend(rows.iter().map(row));
                }
            }
            quote(lines.get_mut(first..).unwrap_or_default(), block.quote);
        }
        lines.join("\n")
    }

    /// Whether plain text would lose any of it.
    pub fn has_format(&self) -> bool {
        self.blocks.iter().any(|block| {
            !matches!(block.kind, BlockKind::Paragraph(_)) || block.kind.runs().any(Run::has_format)
        })
    }

    /// The images, in order.
    pub fn images(&self) -> impl Iterator<Item = AttachmentId> {
        self.blocks.iter().flat_map(|block| block.kind.runs()).filter_map(|run| run.image)
    }

    /// The same with other names of images; those without one are left out.
    #[must_use]
    pub fn with_images(mut self, name: impl Fn(AttachmentId) -> Option<AttachmentId>) -> Self {
        let keep = |run: &mut Run| match run.image {
            Some(number) => {
                run.image = name(number);
                run.image.is_some()
            }
            None => true,
        };
        for block in &mut self.blocks {
            match &mut block.kind {
                BlockKind::Paragraph(runs) | BlockKind::Item { runs, .. } => runs.retain_mut(keep),
                BlockKind::Table { rows, .. } => {
                    rows.iter_mut().flatten().for_each(|cell| cell.retain_mut(keep));
                }
            }
        }
        self
    }

    /// Whether nothing can be seen.
    pub fn is_blank(&self) -> bool {
        let blank = |run: &Run| run.image.is_none() && run.text.trim().is_empty();
        self.blocks
            .iter()
            .all(|block| !matches!(block.kind, BlockKind::Table { .. }) && block.kind.runs().all(blank))
    }
}

/// The numbers of the items so far, by level; a paragraph between them ends the count.
#[derive(Default)]
struct Numbers {
    quote: u8,
    counts: Vec<(bool, u32)>,
}

impl Numbers {
    fn clear(&mut self) {
        self.counts.clear();
    }

    fn mark(&mut self, quote: u8, level: u8, ordered: bool) -> String {
        if quote != self.quote {
            self.quote = quote;
            self.clear();
        }
        let level = usize::from(level.min(MAX_LEVEL));
        self.counts.truncate(level.saturating_add(1));
        self.counts.resize(level.saturating_add(1), (ordered, 0));
        let Some((kind, count)) = self.counts.last_mut() else { return String::new() };
        if *kind != ordered {
            (*kind, *count) = (ordered, 0);
        }
        *count = count.saturating_add(1);
        if ordered { format!("{count}. ") } else { "- ".to_owned() }
    }
}

fn quote(lines: &mut [String], depth: u8) {
    if depth > 0 {
        let marks = ">".repeat(usize::from(depth.min(MAX_QUOTE)));
        for line in lines {
            *line = if line.is_empty() { marks.clone() } else { format!("{marks} {line}") };
        }
    }
}

fn plain(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        if run.image.is_some() {
            text.push('[');
            text.push_str(&run.text);
            text.push(']');
            continue;
        }
        text.push_str(&run.text);
        if let Some(link) = run.link.as_deref().filter(|link| !says(&run.text, link)) {
            text.push_str(" <");
            text.push_str(link);
            text.push('>');
        }
    }
    text
}

/// Whether the words are the address they lead to.
fn says(words: &str, link: &str) -> bool {
    let bare = |address: &str| {
        let schemes = ["https://", "http://", "mailto:", "tel:"];
        let rest = schemes.iter().find_map(|scheme| address.strip_prefix(scheme)).unwrap_or(address);
        rest.trim_end_matches('/').to_owned()
    };
    bare(words.trim()) == bare(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(quote: u8, kind: BlockKind) -> Block {
        Block { quote, kind }
    }

    fn item(ordered: bool, level: u8, text: &str) -> BlockKind {
        BlockKind::Item { ordered, level, runs: vec![Run::plain(text)] }
    }

    #[test]
    fn plain_text_becomes_blocks_and_comes_back() {
        for text in ["", "a", "a\n\nb\n", "> cité\n>> deux fois\n>\nmoi", "  en retrait", "-- \nDr A."] {
            let rich = RichText::from_plain(text);
            assert_eq!(rich.to_plain(), text);
            assert!(!rich.has_format());
        }
        assert_eq!(RichText::from_plain(">> a").blocks[0].quote, 2);
        assert!(RichText::from_plain(" \n").is_blank());
    }

    #[test]
    fn nothing_is_lost_on_the_wire() {
        let run = Run { bold: true, underline: true, link: Some("tel:1".to_owned()), ..Run::plain("é\n") };
        let image = Run { italic: true, image: Some(AttachmentId(7)), ..Run::default() };
        let runs = || vec![run.clone(), image.clone()];
        let rows = || vec![vec![runs(), Vec::new()], vec![Vec::new(), runs()]];
        let table = |head| BlockKind::Table { head, rows: rows() };
        let kinds = [
            BlockKind::default(),
            BlockKind::Paragraph(runs()),
            BlockKind::Item { ordered: true, level: 3, runs: runs() },
            BlockKind::Item { ordered: false, level: 0, runs: Vec::new() },
            table(true),
            table(false),
        ];
        let rich = RichText { blocks: kinds.into_iter().map(|kind| block(2, kind)).collect() };
        let wire = serde_json::to_string(&rich).unwrap();
        assert_eq!(serde_json::from_str::<RichText>(&wire).unwrap(), rich);
        assert_eq!(RichText::from(String::new()), RichText::default());
        for damaged in ["x", "9,9", "\u{1c}", ",,\u{1c}\u{1f}a\u{1}\u{1e}", "0,3,0,"] {
            assert!(RichText::from(damaged.to_owned()).blocks.len() == 1, "{damaged:?}");
        }
    }

    #[test]
    fn lists_are_numbered_by_level_and_start_again_after_words() {
        let rich = RichText {
            blocks: vec![
                block(0, item(true, 0, "un")),
                block(0, item(false, 1, "puce\nsuite")),
                block(0, item(true, 0, "deux")),
                block(0, BlockKind::Paragraph(vec![Run::plain("mots")])),
                block(0, item(true, 0, "un")),
                block(1, item(true, 0, "cité")),
            ],
        };
        assert_eq!(rich.to_plain(), "1. un\n  - puce\n    suite\n2. deux\nmots\n1. un\n> 1. cité");
        assert!(rich.has_format());
    }

    #[test]
    fn tables_links_and_images_keep_their_words() {
        let link = |text: &str, link: &str| Run { link: Some(link.to_owned()), ..Run::plain(text) };
        let image = Run { image: Some(AttachmentId(3)), ..Run::plain("écran") };
        let cells = |row: &[&str]| row.iter().map(|cell| vec![Run::plain(*cell)]).collect::<Vec<_>>();
        let rows = vec![cells(&["Hb", "14,1\ng/dl"]), cells(&["CRP", "3"])];
        let rich = RichText {
            blocks: vec![
                block(0, BlockKind::Table { head: false, rows }),
                block(
                    0,
                    BlockKind::Paragraph(vec![
                        link("ici", "https://a.example/"),
                        Run::plain(", "),
                        link("a.example", "https://a.example/"),
                        Run::plain(" "),
                        image,
                    ]),
                ),
            ],
        };
        assert_eq!(rich.to_plain(), "Hb | 14,1 g/dl\nCRP | 3\nici <https://a.example/>, a.example [écran]");
        assert_eq!(rich.images().collect::<Vec<_>>(), [AttachmentId(3)]);
        assert!(!rich.is_blank());
    }
}
