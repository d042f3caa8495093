//! What must hold for whatever was sanitised, judged by a parser that builds a tree and by lists of its own.
//!
//! The oracle of the fuzz target `sanitize` is this file too.

use html5ever::serialize::{SerializeOpts, TraversalScope, serialize};
use html5ever::tendril::TendrilSink;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{ParseOpts, QualName, local_name, ns, parse_document, parse_fragment};
use markup5ever_rcdom::{Handle, NodeData, RcDom, SerializableHandle};
use sceau_sanitize::{Error, Limits, NoParts, Sanitized, sanitize};

const ELEMENTS: &str = " a abbr address article aside b bdi big blockquote br caption center cite code col colgroup dd \
    del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre \
    q s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr hgroup data ";
const ATTRIBUTES: &str = " align dir lang style data-href data-link rel role tabindex clear bgcolor span valign width \
    color face size noshade alt border height hspace src vspace type value reversed start cellpadding cellspacing colspan \
    nowrap rowspan scope ";
const PROPERTIES: &str = " background-color color font-family font-size font-weight line-height letter-spacing \
    word-spacing margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom \
    padding-left border-spacing border-radius width max-width height min-width min-height text-align vertical-align \
    font-style font-variant text-decoration text-transform white-space word-break overflow-wrap list-style-type \
    border-collapse direction display ";

/// Sanitises untrusted HTML and panics unless all that must hold does.
pub(crate) fn judged(html: &str) -> Result<Sanitized, Error> {
    let sanitized = sanitize(html, &NoParts, &Limits::default())?;
    judge(&sanitized);
    Ok(sanitized)
}

/// Panics unless what was handed out is of the list, reads the same wherever it is put, and sanitises to itself.
pub(crate) fn judge(sanitized: &Sanitized) {
    let html = &sanitized.html;
    let tree = fragment(html, false);
    let mut links = 0;
    walk(&tree, &mut |node| look(node, sanitized, &mut links));
    assert_eq!(links, sanitized.links.len(), "links are not those that are told: {html}");
    let shape = dump(&tree);
    assert_eq!(shape, dump(&fragment(html, true)), "reads otherwise with scripts: {html}");
    assert_eq!(shape, dump(&body(html)), "reads otherwise in a document: {html}");
    let again = fragment(&printed(&tree), false);
    assert_eq!(shape, dump(&again), "reads otherwise when printed: {html}");
    assert_eq!(shape, dump(&fragment(&printed(&again), false)), "reads otherwise when printed twice: {html}");
    let twice = sanitize(html, &NoParts, &Limits::default());
    let twice = twice.map(|twice| (twice.html, twice.links, twice.remote));
    assert_eq!(twice, Ok((html.clone(), sanitized.links.clone(), 0)), "sanitises to something else");
}

fn options(scripting: bool) -> ParseOpts {
    let tree_builder = TreeBuilderOpts { scripting_enabled: scripting, ..TreeBuilderOpts::default() };
    ParseOpts { tree_builder, ..ParseOpts::default() }
}

/// A tree. The document is held too, since a document that goes takes all nodes with it.
pub(crate) struct Tree {
    _document: Handle,
    root: Handle,
}

impl Tree {
    /// What lies under these elements of the document.
    fn under(document: Handle, path: &[&str]) -> Self {
        let mut root = document.clone();
        for wanted in path {
            let found = root.children.borrow().iter().find(|child| name(child) == *wanted).cloned();
            assert!(found.is_some(), "no {wanted}");
            root = found.unwrap_or(root);
        }
        Self { _document: document, root }
    }
}

/// The tree of HTML in a `div`.
pub(crate) fn fragment(html: &str, scripting: bool) -> Tree {
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let parser = parse_fragment(RcDom::default(), options(scripting), context, Vec::new(), scripting);
    Tree::under(parser.one(html).document, &["html"])
}

/// The tree of HTML in the `div` of a document.
fn body(html: &str) -> Tree {
    let page = format!("<!DOCTYPE html><html><head></head><body><div>{html}</div></body></html>");
    let document = parse_document(RcDom::default(), options(true)).one(page).document;
    Tree::under(document, &["html", "body", "div"])
}

fn name(node: &Handle) -> String {
    match &node.data {
        NodeData::Element { name, .. } => name.local.to_string(),
        _ => String::new(),
    }
}

fn printed(tree: &Tree) -> String {
    let options =
        SerializeOpts { traversal_scope: TraversalScope::ChildrenOnly(None), ..SerializeOpts::default() };
    let mut printed = Vec::new();
    assert!(serialize(&mut printed, &SerializableHandle::from(tree.root.clone()), options).is_ok());
    String::from_utf8_lossy(&printed).into_owned()
}

/// Calls for each node, parents first; not by recursion.
pub(crate) fn walk(tree: &Tree, look: &mut impl FnMut(&Handle)) {
    let mut waiting: Vec<Handle> = tree.root.children.borrow().iter().rev().cloned().collect();
    while let Some(node) = waiting.pop() {
        look(&node);
        waiting.extend(node.children.borrow().iter().rev().cloned());
    }
}

/// The tree as lines. A line end at the start of `pre` is left out: printers differ there.
fn dump(tree: &Tree) -> String {
    let mut lines = String::new();
    let mut waiting: Vec<(usize, bool, Handle)> =
        tree.root.children.borrow().iter().rev().map(|node| (0, false, node.clone())).collect();
    while let Some((depth, first_in_pre, node)) = waiting.pop() {
        let line = match &node.data {
            NodeData::Element { name, attrs, .. } => {
                let mut attributes: Vec<String> = attrs
                    .borrow()
                    .iter()
                    .map(|attribute| format!("{}={:?}", attribute.name.local, &*attribute.value))
                    .collect();
                attributes.sort();
                format!("<{} {}", name.local, attributes.join(" "))
            }
            NodeData::Text { contents } => {
                let text = contents.borrow();
                let text = if first_in_pre { text.trim_start_matches('\n') } else { &text };
                format!("{text:?}")
            }
            _ => "?".to_owned(),
        };
        if line != "\"\"" {
            lines.push_str(&format!("{depth} {line}\n"));
        }
        let pre = name(&node) == "pre";
        let children = node.children.borrow();
        let children = children.iter().enumerate().rev();
        waiting.extend(children.map(|(at, child)| (depth.saturating_add(1), pre && at == 0, child.clone())));
    }
    lines
}

/// Panics unless the node is text, or an element of the list with attributes of the list.
fn look(node: &Handle, sanitized: &Sanitized, links: &mut usize) {
    let NodeData::Element { name, attrs, .. } = &node.data else {
        assert!(matches!(node.data, NodeData::Text { .. }), "neither text nor element: {}", sanitized.html);
        return;
    };
    let listed = |list: &str, name: &str| !name.contains(' ') && list.contains(&format!(" {name} "));
    assert!(name.ns == ns!(html) && listed(ELEMENTS, &name.local), "element {}", name.local);
    for attribute in attrs.borrow().iter() {
        let (attribute, value) = (&*attribute.name.local, &*attribute.value);
        assert!(listed(ATTRIBUTES, attribute), "attribute {attribute}");
        match attribute {
            "style" => style(value),
            "src" => source(value),
            "data-href" => {
                *links = links.saturating_add(1);
                target(value);
            }
            "data-link" => {
                let link = value.parse().ok().and_then(|at: usize| sanitized.links.get(at));
                let href = attrs
                    .borrow()
                    .iter()
                    .find(|each| &*each.name.local == "data-href")
                    .map(|each| each.value.to_string());
                assert!(link.is_some() && link.map(|link| link.target.clone()) == href, "link {value}");
            }
            "alt" => {}
            _ => assert!(
                value.len() <= 100
                    && value.chars().all(|at| at.is_ascii_alphanumeric() || " #%+-,".contains(at)),
                "{attribute}={value}"
            ),
        }
    }
}

fn target(value: &str) {
    let known = ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| value.starts_with(scheme));
    assert!(known && value.chars().all(|at| at.is_ascii_graphic()), "target {value:?}");
}

fn source(value: &str) {
    let kinds =
        [("png", "iVBORw0KGgo"), ("jpeg", "/9j/"), ("gif", "R0lGODl"), ("gif", "R0lGODd"), ("webp", "UklGR")];
    let known =
        kinds.iter().any(|(kind, start)| value.starts_with(&format!("data:image/{kind};base64,{start}")));
    let base64 = value.split(',').nth(1).unwrap_or_default();
    let spelled = base64.chars().all(|at| at.is_ascii_alphanumeric() || "+/=".contains(at));
    assert!(known && spelled && value.matches(',').count() == 1, "source {value}");
}

fn style(value: &str) {
    for declaration in value.split(';') {
        let (property, value) = declaration.split_once(':').unwrap_or_default();
        let border = property == "border" || property.starts_with("border-");
        let listed = PROPERTIES.contains(&format!(" {property} "));
        assert!(!property.is_empty() && (border || listed), "property {declaration}");
        let rest = value.replace("rgba(", "").replace(')', "");
        let spelled = rest.chars().all(|at| at.is_ascii_alphanumeric() || " #%.,-_\"".contains(at));
        let negative = value.split(' ').any(|piece| piece.starts_with('-'));
        assert!(
            spelled && !negative && value != "none" || value == "none" && property != "display",
            "{declaration}"
        );
        assert!(value.matches('(').count() == value.matches("rgba(").count(), "{declaration}");
    }
}
