//! Formatted text as it crosses and as it is kept in drafts: one string, whose pieces are apart by the separators of ASCII.
//!
//! Derived for nested types, reading and writing would be half of what page and worker carry for formatting; this is a tenth.

use super::{Block, BlockKind, RichText, Run};
use crate::AttachmentId;

/// Between blocks.
const BLOCKS: char = '\u{1d}';
/// Between the head of a block and its rows.
const ROWS: char = '\u{1c}';
/// Between cells.
const CELLS: char = '\u{1e}';
/// Between runs.
const RUNS: char = '\u{1f}';
/// Between what is said of a run.
const FACTS: char = '\u{1}';
/// Between the three numbers of a head.
const NUMBERS: char = ',';

const BULLETED: u8 = 1;
const NUMBERED: u8 = 2;
const TABLE: u8 = 3;
const TABLE_WITH_HEAD: u8 = 4;
const BOLD: u8 = 1;
const ITALIC: u8 = 2;
const UNDERLINE: u8 = 4;

impl From<RichText> for String {
    fn from(rich: RichText) -> Self {
        let mut wire = Self::new();
        for (at, block) in rich.blocks.iter().enumerate() {
            if at > 0 {
                wire.push(BLOCKS);
            }
            match &block.kind {
                BlockKind::Paragraph(runs) => push_block(&mut wire, [block.quote, 0, 0], &[&[runs]]),
                BlockKind::Item { ordered, level, runs } => {
                    let kind = if *ordered { NUMBERED } else { BULLETED };
                    push_block(&mut wire, [block.quote, kind, *level], &[&[runs]]);
                }
                BlockKind::Table { head, rows } => {
                    let kind = if *head { TABLE_WITH_HEAD } else { TABLE };
                    let rows: Vec<Vec<&Vec<Run>>> = rows.iter().map(|cells| cells.iter().collect()).collect();
                    let rows: Vec<&[&Vec<Run>]> = rows.iter().map(Vec::as_slice).collect();
                    push_block(&mut wire, [block.quote, kind, 0], &rows);
                }
            }
        }
        wire
    }
}

fn push_block(wire: &mut String, head: [u8; 3], rows: &[&[&Vec<Run>]]) {
    for number in head {
        wire.push_str(&number.to_string());
        wire.push(NUMBERS);
    }
    for row in rows {
        wire.push(ROWS);
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                wire.push(CELLS);
            }
            for (at, run) in cell.iter().enumerate() {
                if at > 0 {
                    wire.push(RUNS);
                }
                push_run(wire, run);
            }
        }
    }
}

fn push_run(wire: &mut String, run: &Run) {
    let style = [(run.bold, BOLD), (run.italic, ITALIC), (run.underline, UNDERLINE)];
    let style: u8 = style.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum();
    let image = run.image.map(|image| image.0.to_string()).unwrap_or_default();
    for fact in [&style.to_string(), &image, run.link.as_deref().unwrap_or_default()] {
        wire.push_str(fact);
        wire.push(FACTS);
    }
    // No keyboard makes the separators, and no page shows them.
    wire.extend(run.text.chars().filter(|letter| !matches!(letter, '\u{1}' | '\u{1c}'..='\u{1f}')));
}

impl From<String> for RichText {
    fn from(wire: String) -> Self {
        let blocks = wire.split(BLOCKS).filter(|block| !block.is_empty()).map(block).collect();
        Self { blocks }
    }
}

/// What is damaged becomes plain words.
fn block(wire: &str) -> Block {
    let mut rows = wire.split(ROWS);
    let mut head = rows.next().unwrap_or_default().split(NUMBERS);
    let mut number = || head.next().and_then(|number| number.parse::<u8>().ok()).unwrap_or_default();
    let (quote, kind, level) = (number(), number(), number());
    if kind == TABLE || kind == TABLE_WITH_HEAD {
        let rows =
            rows.map(|row| if row.is_empty() { Vec::new() } else { row.split(CELLS).map(runs).collect() });
        let rows = rows.collect();
        return Block { quote, kind: BlockKind::Table { head: kind == TABLE_WITH_HEAD, rows } };
    }
    let runs = rows.next().map(runs).unwrap_or_default();
    let kind = match kind {
        BULLETED | NUMBERED => BlockKind::Item { ordered: kind == NUMBERED, level, runs },
        _ => BlockKind::Paragraph(runs),
    };
    Block { quote, kind }
}

fn runs(wire: &str) -> Vec<Run> {
    wire.split(RUNS).filter(|run| !run.is_empty()).map(run).collect()
}

fn run(wire: &str) -> Run {
    let mut facts = wire.splitn(4, FACTS);
    let mut fact = || facts.next().unwrap_or_default();
    let style = fact().parse::<u8>().unwrap_or_default();
    let image = fact().parse().ok().map(AttachmentId);
    let link = Some(fact()).filter(|link| !link.is_empty()).map(str::to_owned);
    let is = |bit| style & bit != 0;
    Run { text: fact().to_owned(), bold: is(BOLD), italic: is(ITALIC), underline: is(UNDERLINE), link, image }
}
