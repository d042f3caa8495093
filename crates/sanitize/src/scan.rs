//! The tokens of HTML as programs write it (WHATWG HTML §13.2.5), found without looking at each character by itself. Whatever is odd
//! is left to html5ever's tokenizer, which gives the same for what is not; so only speed depends on what is known here. What is
//! handed out in the end is judged without this.

use std::borrow::Cow;

use html5ever::data::NAMED_ENTITIES;
use html5ever::interface::{ElementFlags, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, LocalName, QualName, local_name, ns};

use crate::tree::{Node, Tree};

/// Most attributes of one tag that are compared with each other here.
const MAX_ATTRIBUTES: usize = 32;
/// Longest name of a reference: the longest there is has 32 characters.
const MAX_REFERENCE_BYTES: usize = 32;

type Builder = TreeBuilder<std::rc::Rc<Node>, Tree>;

/// Reads HTML token by token; `rest` is what was not read yet.
pub(crate) struct Scanner<'h> {
    html: &'h str,
    /// The same, shared by all texts and values that are cut out of it.
    shared: StrTendril,
    rest: &'h str,
    builder: Builder,
}

impl<'h> Scanner<'h> {
    /// None for HTML with octets that a tokenizer changes before it looks at them.
    pub(crate) fn new(html: &'h str) -> Option<Self> {
        let is_changed = |octet| matches!(octet, b'\0' | b'\r');
        if html.starts_with('\u{feff}') || html.bytes().fold(false, |found, octet| found | is_changed(octet))
        {
            return None;
        }
        let tree = Tree::default();
        let name = QualName::new(None, ns!(html), local_name!("div"));
        let context = tree.create_element(name, Vec::new(), ElementFlags::default());
        let builder = TreeBuilder::new_for_fragment(tree, context, None, TreeBuilderOpts::default());
        Some(Self { html, shared: StrTendril::from_slice(html), rest: html, builder })
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'h str {
        self.rest
    }

    /// The tree as far as it is made.
    pub(crate) fn tree(&self) -> &Tree {
        &self.builder.sink
    }

    /// Reads one token: none when something is odd.
    pub(crate) fn step(&mut self) -> Option<()> {
        if !self.rest.starts_with('<') {
            return self.text();
        }
        match self.rest.as_bytes().get(1)? {
            b'!' => self.declaration(),
            b'/' => self.tag(TagKind::EndTag, 2),
            letter if letter.is_ascii_alphabetic() => self.tag(TagKind::StartTag, 1),
            _ => None,
        }
    }

    /// The tree, at the end.
    pub(crate) fn finish(self) -> Tree {
        // At the end nothing is asked for any more.
        drop(self.builder.process_token(Token::EOFToken, 1));
        self.builder.end();
        self.builder.sink
    }

    fn text(&mut self) -> Option<()> {
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let text = self.take(end)?;
        let text = self.read(text, false)?;
        self.characters(text)
    }

    fn characters(&mut self, text: StrTendril) -> Option<()> {
        match self.builder.process_token(Token::CharacterTokens(text), 1) {
            TokenSinkResult::Continue => Some(()),
            _ => None,
        }
    }

    fn take(&mut self, bytes: usize) -> Option<&'h str> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    fn skip(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// Comments, and declarations that are taken for some.
    fn declaration(&mut self) -> Option<()> {
        self.skip("<!")?;
        if let Some(comment) = self.rest.strip_prefix("--") {
            let end = comment.find("-->")?;
            let said = comment.get(..end)?;
            let is_odd = said.starts_with(['>', '-']) || said.ends_with('-') || said.contains("--");
            (!is_odd).then_some(())?;
            self.take(end.checked_add("---->".len())?)?;
            return self.comment();
        }
        let said = self.take(self.rest.find('>')?)?;
        self.skip(">")?;
        let is_doctype = said.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("doctype"));
        // Within a fragment it means nothing.
        if is_doctype {
            Some(())
        } else {
            said.starts_with("[CDATA[").then_some(()).map_or_else(|| self.comment(), |()| None)
        }
    }

    fn comment(&mut self) -> Option<()> {
        match self.builder.process_token(Token::CommentToken(StrTendril::new()), 1) {
            TokenSinkResult::Continue => Some(()),
            _ => None,
        }
    }

    fn tag(&mut self, kind: TagKind, sign: usize) -> Option<()> {
        self.take(sign)?;
        let name = self.name(is_end_of_name)?;
        let (attrs, self_closing, had_duplicate_attributes) = self.attributes()?;
        let tag = Tag { kind, name: LocalName::from(&*name), self_closing, attrs, had_duplicate_attributes };
        match self.builder.process_token(Token::TagToken(tag), 1) {
            TokenSinkResult::Continue
            | TokenSinkResult::Script(_)
            | TokenSinkResult::EncodingIndicator(_) => Some(()),
            TokenSinkResult::RawData(_) => self.raw(&name),
            TokenSinkResult::Plaintext => None,
        }
    }

    /// A name in lower case; not empty.
    fn name(&mut self, ends: fn(u8) -> bool) -> Option<Cow<'h, str>> {
        let end = self.rest.bytes().position(ends)?;
        let name = self.take(end)?;
        // Of letters beyond ASCII only those within it have another case.
        let is_odd = name.is_empty() || name.bytes().any(|octet| matches!(octet, b'"' | b'\'' | b'<'));
        (!is_odd).then_some(())?;
        let has_capitals = name.bytes().any(|octet| octet.is_ascii_uppercase());
        Some(if has_capitals { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) })
    }

    fn attributes(&mut self) -> Option<(Vec<Attribute>, bool, bool)> {
        let mut attributes: Vec<Attribute> = Vec::new();
        let mut had_duplicate = false;
        loop {
            self.skip_space();
            if self.rest.starts_with('>') || self.rest.starts_with("/>") {
                let self_closing = self.rest.starts_with('/');
                self.take(1_usize.saturating_add(usize::from(self_closing)))?;
                return Some((attributes, self_closing, had_duplicate));
            }
            let name = self.name(is_end_of_attribute)?;
            let value = self.value()?;
            let name = QualName::new(None, ns!(), LocalName::from(&*name));
            if attributes.iter().any(|known| known.name.local == name.local) {
                had_duplicate = true;
            } else {
                attributes.push(Attribute { name, value });
            }
            (attributes.len() <= MAX_ATTRIBUTES).then_some(())?;
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\x0c']);
    }

    /// What follows the name of an attribute: empty when nothing does.
    fn value(&mut self) -> Option<StrTendril> {
        self.skip_space();
        if self.skip("=").is_none() {
            return Some(StrTendril::new());
        }
        self.skip_space();
        let quote = self.rest.chars().next().filter(|sign| matches!(sign, '"' | '\''));
        let said = match quote {
            Some(quote) => {
                self.take(1)?;
                let said = self.take(self.rest.find(quote)?)?;
                self.take(1)?;
                said
            }
            None => {
                let ends = |octet| is_space(octet) || octet == b'>';
                let said = self.take(self.rest.bytes().position(ends)?)?;
                let is_odd = said.is_empty() || said.contains(['"', '\'', '<', '=', '`']);
                (!is_odd).then_some(said)?
            }
        };
        self.read(said, true)
    }

    /// What stands raw in an element, up to its end tag.
    fn raw(&mut self, name: &str) -> Option<()> {
        let ends = |at: &usize| {
            let end = self.rest.get(at.saturating_add("</".len())..).unwrap_or_default();
            let (found, after) = end.split_at_checked(name.len()).unwrap_or_default();
            found.eq_ignore_ascii_case(name) && after.bytes().next().is_some_and(is_end_of_name)
        };
        let end = self.rest.match_indices("</").map(|(at, _)| at).find(ends)?;
        let said = self.take(end)?;
        // What a script hides in a comment, it hides from its end tag too.
        (name != "script" || !said.contains("<!--")).then_some(())?;
        if said.is_empty() { Some(()) } else { self.characters(self.shared_with(said)?) }
    }

    /// A piece of the HTML, not copied.
    fn shared_with(&self, piece: &str) -> Option<StrTendril> {
        let start = (piece.as_ptr() as usize).checked_sub(self.html.as_ptr() as usize)?;
        let (start, length) = (u32::try_from(start).ok()?, u32::try_from(piece.len()).ok()?);
        self.shared.try_subtendril(start, length).ok()
    }

    /// A text or a value with what its references mean.
    fn read(&self, said: &str, in_value: bool) -> Option<StrTendril> {
        if !said.contains('&') {
            return self.shared_with(said);
        }
        let mut read = StrTendril::with_capacity(u32::try_from(said.len()).ok()?);
        let mut pieces = said.split('&');
        read.push_slice(pieces.next()?);
        for piece in pieces {
            let end = piece.bytes().position(|octet| !octet.is_ascii_alphanumeric() && octet != b'#');
            let (name, after) = piece.split_at_checked(end.unwrap_or(piece.len()))?;
            match after.strip_prefix(';').filter(|_| !name.is_empty()) {
                Some(after) => {
                    referred(name)?.iter().for_each(|sign| read.push_char(*sign));
                    read.push_slice(after);
                }
                // In addresses it stands for itself.
                None if name.is_empty() || (in_value && after.starts_with('=') && !name.contains('#')) => {
                    read.push_char('&');
                    read.push_slice(piece);
                }
                None => return None,
            }
        }
        Some(read)
    }
}

/// The characters of a reference by its name or number.
fn referred(name: &str) -> Option<Vec<char>> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        let sign = number.ok().and_then(char::from_u32)?;
        // Others are replaced by a table.
        return (sign >= '\u{a0}' || (' '..='~').contains(&sign)).then(|| vec![sign]);
    }
    (name.len() <= MAX_REFERENCE_BYTES).then_some(())?;
    let (first, second) = *NAMED_ENTITIES.get(format!("{name};").as_str())?;
    let signs = [first, second].into_iter().filter(|sign| *sign != 0);
    let signs: Vec<char> = signs.filter_map(char::from_u32).collect();
    (!signs.is_empty()).then_some(signs)
}

fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | b'\x0c')
}

fn is_end_of_name(octet: u8) -> bool {
    is_space(octet) || matches!(octet, b'/' | b'>')
}

fn is_end_of_attribute(octet: u8) -> bool {
    is_end_of_name(octet) || octet == b'='
}
