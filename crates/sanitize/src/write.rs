//! Writes HTML anew from the tree that was read (WHATWG HTML §13.3): nothing is copied, each value is made from what was understood.

use std::collections::HashMap;
use std::rc::Rc;

use html5ever::{QualName, ns};

use crate::image::Images;
use crate::link::{Link, deceives, target};
use crate::tree::{Child, Node, Tree};
use crate::{Error, Limits, Result, allowed, attribute, css};

const IMAGE: &str = "img";
const PRE: &str = "pre";

/// What was written.
pub(crate) struct Written {
    pub(crate) html: String,
    pub(crate) links: Vec<Link>,
}

/// Writes trees; it remembers what styles and addresses came to, since letters say the same thousands of times.
#[derive(Default)]
pub(crate) struct Writer {
    /// By the style, on elements of its kind ([`css::is_sized`]).
    styles: [HashMap<String, Rc<Style>>; 2],
    targets: HashMap<String, Option<String>>,
}

/// What came of a style on an element.
struct Style {
    hides: bool,
    kept: Option<String>,
}

impl Writer {
    /// Writes what of a tree is on the list.
    ///
    /// # Errors
    /// `TooManyLinks`.
    pub(crate) fn write(&mut self, tree: &Tree, images: &mut Images<'_>, limits: &Limits) -> Result<Written> {
        let mut page = Page::new(self, images, limits);
        let mut open: Vec<Level> = tree.root().map(|root| Level::inside(root, false)).into_iter().collect();
        while let Some(level) = open.last_mut() {
            match level.next() {
                Some(Child::Text(text)) => page.text(&text),
                Some(Child::Node(node)) => {
                    if let Some(kept) = page.start(&node)? {
                        open.push(Level::inside(node, kept));
                    }
                }
                None => {
                    if level.kept {
                        page.end(&level.node.name);
                    }
                    open.pop();
                }
            }
        }
        Ok(page.written())
    }

    fn style(&mut self, element: &str, style: &str) -> Rc<Style> {
        let [others, sized] = &mut self.styles;
        let known = if css::is_sized(element) { sized } else { others };
        if let Some(known) = known.get(style) {
            return Rc::clone(known);
        }
        let found = Rc::new(Style { hides: css::hides(style), kept: css::kept(style, element) });
        known.insert(style.to_owned(), Rc::clone(&found));
        found
    }

    fn target(&mut self, address: &str) -> Option<String> {
        if let Some(known) = self.targets.get(address) {
            return known.clone();
        }
        let target = target(address);
        self.targets.insert(address.to_owned(), target.clone());
        target
    }
}

/// An element whose children are being written.
struct Level {
    node: Rc<Node>,
    at: usize,
    /// Whether its own tags are written.
    kept: bool,
}

impl Level {
    fn inside(node: Rc<Node>, kept: bool) -> Self {
        Self { node, at: 0, kept }
    }

    fn next(&mut self) -> Option<Child> {
        let child = self.node.children.borrow().get(self.at).cloned();
        self.at = self.at.saturating_add(1);
        child
    }
}

/// What is being written.
struct Page<'w, 'i> {
    writer: &'w mut Writer,
    images: &'w mut Images<'i>,
    limits: &'w Limits,
    html: String,
    links: Vec<Link>,
    /// Elements whose tags were written.
    depth: usize,
    /// How deep the link stands that text now belongs to.
    link_at: Option<usize>,
    /// Where the last `pre` began: a line end right behind it is none of the text to a parser.
    pre_at: Option<usize>,
}

impl<'w, 'i> Page<'w, 'i> {
    fn new(writer: &'w mut Writer, images: &'w mut Images<'i>, limits: &'w Limits) -> Self {
        Self {
            writer,
            images,
            limits,
            html: String::new(),
            links: Vec::new(),
            depth: 0,
            link_at: None,
            pre_at: None,
        }
    }

    /// Begins an element: `None` when it goes with its content, else whether its tags are written.
    fn start(&mut self, node: &Node) -> Result<Option<bool>> {
        let name = &*node.name.local;
        let is_comment = name.is_empty();
        if is_comment || node.name.ns != ns!(html) {
            return Ok(None);
        }
        if !allowed::ELEMENTS.contains(&name) {
            return Ok((!allowed::WITH_CONTENT.contains(&name)).then_some(false));
        }
        let values = attributes(node);
        let style = values.iter().find(|(name, _)| *name == "style");
        let style = style.map(|(_, style)| self.writer.style(name, style));
        // What hides goes with all that is in it: what nobody sees is not to be found, answered or signed either.
        let hides = style.as_ref().is_some_and(|style| style.hides);
        if hides || values.iter().any(|(name, _)| *name == "hidden") {
            return Ok(None);
        }
        let Some(source) = self.source(name, &values) else { return Ok(None) };
        self.shown(name, &values, style.and_then(|style| style.kept.clone()), source)?;
        if allowed::VOID.contains(&name) {
            return Ok(None);
        }
        self.depth = self.depth.saturating_add(1);
        Ok(Some(true))
    }

    /// What is drawn of an image; nothing for any other element. An image of which nothing is drawn is the words that stand for it,
    /// or nothing at all: trackers have none.
    fn source(&mut self, name: &str, values: &[(&str, &str)]) -> Option<Option<String>> {
        if name != IMAGE {
            return Some(None);
        }
        let value = |wanted: &str| values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        let source = value("src").and_then(|source| self.images.source(source));
        if source.is_none() {
            self.text(value("alt").unwrap_or_default());
        }
        source.map(Some)
    }

    fn shown(
        &mut self,
        name: &str,
        values: &[(&str, &str)],
        mut style: Option<String>,
        mut source: Option<String>,
    ) -> Result<()> {
        self.html.push('<');
        self.html.push_str(name);
        if name == IMAGE && !values.iter().any(|(name, _)| *name == "alt") {
            self.attribute("alt", "");
        }
        for (attribute, value) in values {
            let kept = match *attribute {
                "href" | "data-href" => None,
                "src" => source.take(),
                "style" => style.take(),
                other => attribute::kept(other, value),
            };
            if let Some(kept) = kept {
                self.attribute(attribute, &kept);
                if *attribute == "alt" {
                    self.say(&kept);
                }
            }
        }
        if name == "a" {
            self.link(values)?;
        }
        self.html.push('>');
        if name == PRE {
            self.pre_at = Some(self.html.len());
        }
        Ok(())
    }

    /// A link leads nowhere by itself: the frame's script hands its index to the page, which shows the target first.
    fn link(&mut self, values: &[(&str, &str)]) -> Result<()> {
        let address = |wanted: &str| values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        let address = address("href").or_else(|| address("data-href"));
        let Some(target) = address.and_then(|address| self.writer.target(address)) else {
            return Ok(());
        };
        if self.links.len() >= self.limits.links {
            return Err(Error::TooManyLinks { limit: self.limits.links });
        }
        self.attribute("data-href", &target);
        self.attribute("data-link", &self.links.len().to_string());
        for (name, value) in allowed::OF_EVERY_LINK {
            self.attribute(name, value);
        }
        self.links.push(Link { shown: String::new(), target, deceives: false });
        self.link_at = Some(self.depth);
        Ok(())
    }

    fn end(&mut self, name: &QualName) {
        self.depth = self.depth.saturating_sub(1);
        self.html.push_str("</");
        self.html.push_str(&name.local);
        self.html.push('>');
        self.link_at = self.link_at.filter(|link_at| *link_at != self.depth);
    }

    fn text(&mut self, text: &str) {
        // At the very beginning it is a mark of the encoding, which a reader takes away.
        let text = if self.html.is_empty() { text.trim_start_matches('\u{feff}') } else { text };
        let text = if self.pre_at == Some(self.html.len()) { text.trim_start_matches('\n') } else { text };
        self.say(text);
        escape(text, &mut self.html);
    }

    fn say(&mut self, text: &str) {
        if self.link_at.is_some()
            && let Some(link) = self.links.last_mut()
        {
            link.shown.push_str(text);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        escape(value, &mut self.html);
        self.html.push('"');
    }

    fn written(mut self) -> Written {
        for link in &mut self.links {
            link.deceives = deceives(&link.shown, &link.target);
        }
        Written { html: self.html, links: self.links }
    }
}

/// The attributes of an element that are on the list, in the order of their names.
fn attributes(node: &Node) -> Vec<(&str, &str)> {
    let name = &*node.name.local;
    let own = allowed::of_element(name);
    let may_have = |attribute: &str| allowed::EVERYWHERE.contains(&attribute) || own.contains(&attribute);
    let listed = node.attributes.iter().filter(|attribute| may_have(&attribute.name.local));
    let mut values: Vec<(&str, &str)> =
        listed.map(|attribute| (&*attribute.name.local, &*attribute.value)).collect();
    values.sort_unstable();
    values
}

/// Text or a value between double quotes (WHATWG HTML §13.3); `<` and `>` nowhere stay as they are.
fn escape(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_escaped) {
        let (before, tail) = rest.split_at(at);
        html.push_str(before);
        let mut signs = tail.chars();
        match signs.next() {
            Some('&') => html.push_str("&amp;"),
            Some('<') => html.push_str("&lt;"),
            Some('>') => html.push_str("&gt;"),
            Some('"') => html.push_str("&quot;"),
            Some('\u{a0}') => html.push_str("&nbsp;"),
            Some(other) => html.push(other),
            None => {}
        }
        rest = signs.as_str();
    }
    html.push_str(rest);
}

/// Octets of signs that have to be references; 0xC2 begins a space that does not break, and others.
fn is_escaped(octet: u8) -> bool {
    matches!(octet, b'&' | b'<' | b'>' | b'"' | 0xc2)
}
