//! Reads HTML as a browser does, a little at a time, and stops at each limit: how much work it would be shows on the way.

use html5ever::ParseOpts;
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{QualName, local_name, ns};

use crate::scan::Scanner;
use crate::tree::Tree;
use crate::{Error, Limits, Result};

/// Bytes that are read between two looks at the limits: what so many can add is small.
const STEP_BYTES: usize = 256;

/// The tree of a letter's HTML, unless it is more than the limits allow.
pub(crate) fn measure(html: &str, limits: &Limits) -> Result<Tree> {
    if html.len() > limits.input_bytes {
        return Err(Error::TooLong { found: html.len(), limit: limits.input_bytes });
    }
    bound_references(html, html.len(), limits)?;
    match scan(html, limits)? {
        Some(tree) => Ok(tree),
        None => parse(html, limits),
    }
}

/// The tree of HTML in which nothing is odd, tags with very many attributes least of all.
fn scan(html: &str, limits: &Limits) -> Result<Option<Tree>> {
    let Some(mut scanner) = Scanner::new(html) else { return Ok(None) };
    let mut judged = html;
    while !scanner.rest().is_empty() {
        if scanner.step().is_none() {
            return Ok(None);
        }
        let step = judged.len().saturating_sub(scanner.rest().len());
        if step >= STEP_BYTES {
            scanner.tree().judge(limits)?;
            judged = scanner.rest();
        }
    }
    let tree = scanner.finish();
    tree.judge(limits)?;
    Ok(Some(tree))
}

/// The tree of any HTML.
fn parse(html: &str, limits: &Limits) -> Result<Tree> {
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let sink = Tree::default();
    let mut parser = html5ever::parse_fragment(sink, ParseOpts::default(), context, Vec::new(), false);
    let mut comparisons = Comparisons::default();
    let mut rest = html;
    while !rest.is_empty() {
        let (step, tail) = rest.split_at(step_end(rest));
        rest = tail;
        parser.process(StrTendril::from_slice(step));
        let tree = &parser.tokenizer.sink.sink;
        comparisons.step(step, tree.tokens.get());
        tree.judge(limits)?;
        if comparisons.total() > limits.comparisons {
            return Err(Error::TooManyAttributes);
        }
    }
    let tree = parser.finish();
    tree.judge(limits)?;
    Ok(tree)
}

/// The tree of what was written from one that was within the limits, and which is bounded by them.
pub(crate) fn read_again(written: &str) -> Tree {
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let sink = Tree::default();
    html5ever::parse_fragment(sink, ParseOpts::default(), context, Vec::new(), false)
        .one(StrTendril::from_slice(written))
}

/// Fails when there are more character references than the limit for so many bytes.
pub(crate) fn bound_references(html: &str, bytes: usize, limits: &Limits) -> Result<()> {
    // 0xC2 begins a space that does not break, which is written as a reference.
    let found = count(html.as_bytes(), |octet| matches!(octet, b'&' | 0xc2));
    let limit = limits.references.min(Limits::SCANNED_KIB / bytes.div_ceil(1024).max(1));
    if found > limit { Err(Error::TooManyReferences { limit }) } else { Ok(()) }
}

/// How many octets are so. Within a piece they are counted by one octet each, many at a time.
fn count(octets: &[u8], is_one: impl Fn(&u8) -> bool) -> usize {
    let in_piece = |piece: &[u8]| piece.iter().map(|octet| u8::from(is_one(octet))).sum::<u8>();
    octets.chunks(usize::from(u8::MAX)).map(|piece| usize::from(in_piece(piece))).sum()
}

/// Where the next step ends: between two characters.
fn step_end(rest: &str) -> usize {
    (STEP_BYTES..rest.len()).find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len())
}

/// What can stand between attributes since the last token, squared: the tokenizer compares each name with all others.
#[derive(Default)]
struct Comparisons {
    done: usize,
    since: usize,
    tokens: usize,
}

impl Comparisons {
    fn step(&mut self, step: &str, tokens: usize) {
        if tokens != self.tokens {
            self.done = self.total();
            (self.tokens, self.since) = (tokens, 0);
        }
        let between = |octet: &u8| octet.is_ascii_whitespace() || matches!(octet, b'/' | b'=');
        self.since = self.since.saturating_add(count(step.as_bytes(), between));
    }

    fn total(&self) -> usize {
        self.done.saturating_add(self.since.saturating_mul(self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, scan};
    use crate::image::Images;
    use crate::tree::Tree;
    use crate::write::Writer;
    use crate::{Limits, Result};

    const PAYLOADS: &str = include_str!("../tests/all/hostile.txt");
    /// Pieces of tags and texts, usual and odd.
    const PIECES: &str = "<p|<td|<table|<tr|<a|<b|<svg|<style|<title|<script|</p|</b|</table|</style|</title|</script|>|>|>|>|>|>|/>| href=|\
        tel:1| style='color:red'| color=\"red\"| COLOR=blue|\"|'|=| |/|x|&amp;|&eacute;|&copy|&b=1|&#233;|&#x80;|&nosuch;|& |<!--|-->|--|<!|\
        <!DOCTYPE html>|<![CDATA[|]]>|<?x|<|\n|é";
    const LETTERS: usize = 50_000;

    fn said(tree: &Tree, limits: &Limits) -> Result<(String, usize)> {
        let written = Writer::default().write(tree, &mut Images::named(), limits)?;
        Ok((written.html, tree.remote.get()))
    }

    /// Whether nothing is odd; if so, it says what html5ever's tokenizer makes of it.
    fn scans_alike(html: &str) -> bool {
        let limits = Limits::default();
        let scanned = scan(html, &limits).unwrap();
        if let Some(scanned) = &scanned {
            let parsed = parse(html, &limits).unwrap();
            assert_eq!(said(scanned, &limits), said(&parsed, &limits), "{html:?}");
        }
        scanned.is_some()
    }

    #[test]
    fn what_is_scanned_is_what_the_tokenizer_reads() {
        let pieces: Vec<&str> = PIECES.split('|').collect();
        let mut state = 11_u64;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % limit
        };
        let mut scanned = 0;
        for _ in 0..LETTERS {
            let letter: String = (0..=below(14)).map(|_| pieces[below(pieces.len())]).collect();
            scanned += usize::from(scans_alike(&letter));
        }
        // Both ways are gone.
        assert!((LETTERS / 20..LETTERS / 20 * 19).contains(&scanned), "{scanned} are scanned");
        assert!(PAYLOADS.lines().filter(|line| scans_alike(line)).count() > 50);
    }
}
