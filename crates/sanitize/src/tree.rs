//! The tree that a browser makes of a letter's HTML (WHATWG HTML §13.2.6), with what it would be to read it: how deep it is, how
//! many elements it has, and what would have been fetched.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, ExpandedName, QualName, local_name, ns};

use crate::{Error, Limits, Result, css};

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

/// An element; a comment is one without a name.
pub(crate) struct Node {
    pub(crate) name: QualName,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: RefCell<Vec<Child>>,
    parent: RefCell<Weak<Self>>,
    depth: Cell<usize>,
    /// Whether HTML may stand in it although it is MathML (`annotation-xml`).
    takes_html: bool,
}

/// What stands in an element.
#[derive(Clone)]
pub(crate) enum Child {
    Node(Rc<Node>),
    Text(StrTendril),
}

/// The tree, while it is made and after.
pub(crate) struct Tree {
    document: Rc<Node>,
    /// Every node: so that dropping a tree is no deep recursion.
    nodes: RefCell<Vec<Rc<Node>>>,
    deepest: Cell<usize>,
    pub(crate) tokens: Cell<usize>,
    pub(crate) remote: Cell<usize>,
}

impl Default for Tree {
    fn default() -> Self {
        let document = Node::new(unnamed(), Vec::new(), false);
        Self {
            document: Rc::new(document),
            nodes: RefCell::default(),
            deepest: Cell::default(),
            tokens: Cell::default(),
            remote: Cell::default(),
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        for node in self.nodes.get_mut() {
            node.children.borrow_mut().clear();
        }
    }
}

fn unnamed() -> QualName {
    QualName::new(None, ns!(), local_name!(""))
}

impl Node {
    fn new(name: QualName, attributes: Vec<Attribute>, takes_html: bool) -> Self {
        Self {
            name,
            attributes,
            children: RefCell::default(),
            parent: RefCell::default(),
            depth: Cell::default(),
            takes_html,
        }
    }

    /// Its parent, and which child of it this is.
    fn place(self: &Rc<Self>) -> Option<(Rc<Self>, usize)> {
        let parent = self.parent.borrow().upgrade()?;
        let is_it = |child: &Child| matches!(child, Child::Node(node) if Rc::ptr_eq(node, self));
        let place = parent.children.borrow().iter().rposition(is_it)?;
        Some((parent, place))
    }

    fn detach(self: &Rc<Self>) {
        if let Some((parent, place)) = self.place() {
            parent.children.borrow_mut().remove(place);
        }
        *self.parent.borrow_mut() = Weak::new();
    }

    /// Puts a child before the one at `place`; text goes to text that stands there.
    fn insert(self: &Rc<Self>, place: usize, child: NodeOrText<Rc<Self>>) {
        match child {
            NodeOrText::AppendNode(node) => {
                *node.parent.borrow_mut() = Rc::downgrade(self);
                self.children.borrow_mut().insert(place, Child::Node(node));
            }
            NodeOrText::AppendText(text) => {
                let mut children = self.children.borrow_mut();
                match place.checked_sub(1).and_then(|before| children.get_mut(before)) {
                    Some(Child::Text(before)) => before.push_tendril(&text),
                    _ => children.insert(place, Child::Text(text)),
                }
            }
        }
    }
}

impl Tree {
    /// What a fragment's text and elements stand in.
    pub(crate) fn root(&self) -> Option<Rc<Node>> {
        match self.document.children.borrow().first() {
            Some(Child::Node(node)) => Some(Rc::clone(node)),
            _ => None,
        }
    }

    /// Fails when the tree is more than the limits allow.
    pub(crate) fn judge(&self, limits: &Limits) -> Result<()> {
        if self.deepest.get() > limits.nesting {
            return Err(Error::TooDeep { limit: limits.nesting });
        }
        if self.nodes.borrow().len() > limits.elements {
            return Err(Error::TooManyElements { limit: limits.elements });
        }
        Ok(())
    }

    fn create(&self, node: Node) -> Rc<Node> {
        self.token();
        let node = Rc::new(node);
        self.nodes.borrow_mut().push(Rc::clone(&node));
        node
    }

    fn token(&self) {
        self.tokens.set(self.tokens.get().wrapping_add(1));
    }

    fn put(&self, child: &NodeOrText<Rc<Node>>, depth: usize) {
        self.token();
        if let NodeOrText::AppendNode(node) = child {
            node.detach();
            node.depth.set(depth);
            self.deepest.set(self.deepest.get().max(depth));
        }
    }

    fn count(&self, element: &ExpandedName<'_>, attributes: &[Attribute]) {
        let mut found = 0_usize;
        for Attribute { name, value } in attributes {
            if name.local == local_name!("style") {
                found = found.saturating_add(css::remote(value));
            } else if fetches(element.local, &name.local) && !comes_along(value) {
                found = found.saturating_add(1);
            }
        }
        self.remote.set(self.remote.get().saturating_add(found));
    }
}

fn fetches(element: &str, attribute: &str) -> bool {
    let is_one_of = |name: &str, known: &[&str]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
    is_one_of(attribute, &FETCHED)
        || (attribute.eq_ignore_ascii_case("href") && is_one_of(element, &FETCHED_BY_HREF))
}

/// Whether an address is of something in the letter itself.
fn comes_along(address: &str) -> bool {
    let address = address.trim_ascii().as_bytes();
    let starts = |with: &[u8]| address.get(..with.len()).is_some_and(|at| at.eq_ignore_ascii_case(with));
    address.is_empty() || starts(b"cid:") || starts(b"data:") || starts(b"#") || starts(b"about:")
}

impl TreeSink for Tree {
    type Handle = Rc<Node>;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Rc<Node> {
        Rc::clone(&self.document)
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> Rc<Node> {
        self.count(&name.expanded(), &attributes);
        self.create(Node::new(name, attributes, flags.mathml_annotation_xml_integration_point))
    }

    fn create_comment(&self, _text: StrTendril) -> Rc<Node> {
        self.create(Node::new(unnamed(), Vec::new(), false))
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Rc<Node> {
        self.create(Node::new(unnamed(), Vec::new(), false))
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        if let NodeOrText::AppendText(text) = &child
            && parent.name.local == local_name!("style")
        {
            self.remote.set(self.remote.get().saturating_add(css::remote(text)));
        }
        self.put(&child, parent.depth.get().saturating_add(1));
        let end = parent.children.borrow().len();
        parent.insert(end, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Rc<Node>,
        previous: &Rc<Node>,
        child: NodeOrText<Rc<Node>>,
    ) {
        if element.place().is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}

    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        Rc::clone(target)
    }

    fn same_node(&self, one: &Rc<Node>, other: &Rc<Node>) -> bool {
        Rc::ptr_eq(one, other)
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.put(&child, sibling.depth.get());
        if let Some((parent, place)) = sibling.place() {
            parent.insert(place, child);
        }
    }

    fn add_attrs_if_missing(&self, _target: &Rc<Node>, attributes: Vec<Attribute>) {
        let body = QualName::new(None, ns!(html), local_name!("body"));
        self.count(&body.expanded(), &attributes);
    }

    fn remove_from_parent(&self, target: &Rc<Node>) {
        target.detach();
    }

    fn reparent_children(&self, node: &Rc<Node>, parent: &Rc<Node>) {
        self.token();
        for child in node.children.take() {
            let end = parent.children.borrow().len();
            parent.insert(
                end,
                match child {
                    Child::Node(node) => NodeOrText::AppendNode(node),
                    Child::Text(text) => NodeOrText::AppendText(text),
                },
            );
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, target: &Rc<Node>) -> bool {
        target.takes_html
    }
}
