//! How much work the HTML would be, found by reading it as a browser does (WHATWG HTML §13.2.6) into a tree that keeps
//! only names and places, a little at a time: at each limit it stops. On the way it counts what would have been fetched.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, local_name, ns};

use crate::{Error, Limits, Result, css};

/// Bytes that are read between two looks at the limits: what so many can add is small.
const STEP_BYTES: usize = 256;
/// Attributes that name something to fetch.
const FETCHED: [&str; 14] = [
    "src",
    "srcset",
    "background",
    "poster",
    "data",
    "code",
    "archive",
    "longdesc",
    "lowsrc",
    "dynsrc",
    "icon",
    "imagesrcset",
    "classid",
    "manifest",
];
/// Elements whose `href` names something to fetch.
const FETCHED_BY_HREF: [&str; 8] = ["link", "image", "use", "feimage", "script", "mpath", "base", "pattern"];

/// Bounds the work and counts addresses that would be fetched by themselves.
pub(crate) fn measure(html: &str, limits: &Limits) -> Result<usize> {
    if html.len() > limits.input_bytes {
        return Err(Error::TooLong { found: html.len(), limit: limits.input_bytes });
    }
    crate::settle::bound_references(html, limits)?;
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
    Ok(tree.remote.get())
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
        self.since = self.since.saturating_add(step.bytes().filter(|octet| between(octet)).count());
    }

    fn total(&self) -> usize {
        self.done.saturating_add(self.since.saturating_mul(self.since))
    }
}

/// A node, by its place in [`Tree::nodes`].
type Place = usize;

struct Node {
    name: QualName,
    depth: Cell<usize>,
    has_parent: Cell<bool>,
}

/// A tree of which only names and depths are kept.
#[derive(Default)]
struct Tree {
    // Boxed, so that a name can be lent while more nodes come.
    nodes: RefCell<Vec<std::rc::Rc<Node>>>,
    deepest: Cell<usize>,
    tokens: Cell<usize>,
    remote: Cell<usize>,
}

/// The name of a node, lent by nobody.
#[derive(Debug)]
struct Name(QualName);

impl html5ever::interface::ElemName for Name {
    fn ns(&self) -> &html5ever::Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &html5ever::LocalName {
        &self.0.local
    }
}

impl Tree {
    fn judge(&self, limits: &Limits) -> Result<()> {
        if self.deepest.get() > limits.nesting {
            return Err(Error::TooDeep { limit: limits.nesting });
        }
        if self.nodes.borrow().len() > limits.elements {
            return Err(Error::TooManyElements { limit: limits.elements });
        }
        Ok(())
    }

    fn node(&self, place: Place) -> Option<std::rc::Rc<Node>> {
        self.nodes.borrow().get(place).cloned()
    }

    fn name(&self, place: Place) -> QualName {
        let unknown = || QualName::new(None, ns!(), local_name!(""));
        self.node(place).map_or_else(unknown, |node| node.name.clone())
    }

    fn create(&self, name: QualName) -> Place {
        self.token();
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(std::rc::Rc::new(Node { name, depth: Cell::new(0), has_parent: Cell::new(false) }));
        nodes.len().saturating_sub(1)
    }

    fn token(&self) {
        self.tokens.set(self.tokens.get().wrapping_add(1));
    }

    fn put(&self, child: &NodeOrText<Place>, depth: usize) {
        self.token();
        if let NodeOrText::AppendNode(place) = child
            && let Some(node) = self.node(*place)
        {
            node.depth.set(depth);
            node.has_parent.set(true);
            self.deepest.set(self.deepest.get().max(depth));
        }
    }

    fn depth(&self, place: Place) -> usize {
        self.node(place).map_or(0, |node| node.depth.get())
    }

    fn count(&self, element: &ExpandedName<'_>, attributes: &[Attribute]) {
        let element = element.local.to_ascii_lowercase();
        let fetched = |attribute: &&Attribute| {
            let name = attribute.name.local.to_ascii_lowercase();
            let fetches =
                FETCHED.contains(&&*name) || (&*name == "href" && FETCHED_BY_HREF.contains(&&*element));
            fetches && !comes_along(&attribute.value)
        };
        let of_styles = attributes.iter().filter(|attribute| attribute.name.local == local_name!("style"));
        let found = attributes.iter().filter(fetched).count();
        let found = of_styles.fold(found, |sum, style| sum.saturating_add(css::remote(&style.value)));
        self.remote.set(self.remote.get().saturating_add(found));
    }
}

/// Whether an address is of something in the letter itself.
fn comes_along(address: &str) -> bool {
    let address = address.trim_ascii().as_bytes();
    let starts = |with: &[u8]| address.get(..with.len()).is_some_and(|at| at.eq_ignore_ascii_case(with));
    address.is_empty() || starts(b"cid:") || starts(b"data:") || starts(b"#") || starts(b"about:")
}

impl TreeSink for Tree {
    type Handle = Place;
    type Output = Self;
    type ElemName<'a> = Name;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Place {
        usize::MAX
    }

    fn elem_name<'a>(&'a self, target: &'a Place) -> Name {
        Name(self.name(*target))
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _flags: ElementFlags) -> Place {
        self.count(&name.expanded(), &attributes);
        self.create(name)
    }

    fn create_comment(&self, _text: StrTendril) -> Place {
        self.create(QualName::new(None, ns!(), local_name!("")))
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Place {
        self.create(QualName::new(None, ns!(), local_name!("")))
    }

    fn append(&self, parent: &Place, child: NodeOrText<Place>) {
        if let NodeOrText::AppendText(text) = &child
            && self.name(*parent).local == local_name!("style")
        {
            self.remote.set(self.remote.get().saturating_add(css::remote(text)));
        }
        self.put(&child, self.depth(*parent).saturating_add(1));
    }

    fn append_based_on_parent_node(&self, element: &Place, previous: &Place, child: NodeOrText<Place>) {
        if self.node(*element).is_some_and(|node| node.has_parent.get()) {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}

    fn get_template_contents(&self, target: &Place) -> Place {
        *target
    }

    fn same_node(&self, one: &Place, other: &Place) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Place, child: NodeOrText<Place>) {
        self.put(&child, self.depth(*sibling));
    }

    fn add_attrs_if_missing(&self, _target: &Place, attributes: Vec<Attribute>) {
        let body = QualName::new(None, ns!(html), local_name!("body"));
        self.count(&body.expanded(), &attributes);
    }

    fn remove_from_parent(&self, target: &Place) {
        if let Some(node) = self.node(*target) {
            node.has_parent.set(false);
        }
    }

    fn reparent_children(&self, _node: &Place, _parent: &Place) {
        self.token();
    }
}
