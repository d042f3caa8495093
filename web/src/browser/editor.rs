//! The field in which words have formatting: shown from the structure, read back into it. Bold, lists and the like are the browser's own
//! commands, so that it can take each of them back.

use leptos::prelude::{document, window};
use sceau_protocol::{Block, BlockKind, RichText, Run};
use wasm_bindgen::JsCast;
use web_sys::{Document, DomParser, Element, HtmlDocument, HtmlElement, Node, Range, SupportedType};

use crate::state::markup::{self, Markup, Understood};

/// Deepest element that is looked into; browsers put an end to it at 512.
const MAX_DEPTH: u32 = 200;
/// Most pieces of a document that are looked at: a workbook pasted whole would hold up the page for seconds.
const MAX_PIECES: u32 = 60_000;

/// Where the page shows the image with this number, once it knows.
pub type Address<'a> = &'a dyn Fn(u32) -> Option<String>;

/// What stands in the field.
pub fn read(field: &Element) -> RichText {
    markup::written(&pieces(field, MAX_DEPTH, &mut MAX_PIECES.clone()).unwrap_or_default())
}

/// Understands HTML from elsewhere, in a document that loads and runs nothing. Too much of it is not understood.
pub fn understand(html: &str) -> Option<Understood> {
    let parsed =
        DomParser::new().ok()?.parse_from_string(&markup::inert(html), SupportedType::TextHtml).ok()?;
    let body: Element = parsed.body()?.into();
    pieces(&body, MAX_DEPTH, &mut MAX_PIECES.clone()).map(|pieces| markup::pasted(&pieces))
}

fn pieces(element: &Element, depth: u32, left: &mut u32) -> Option<Vec<Markup>> {
    let mut found = Vec::new();
    let mut next = element.first_child();
    while let Some(node) = next {
        *left = left.checked_sub(1)?;
        next = node.next_sibling();
        if node.node_type() == Node::TEXT_NODE {
            found.push(Markup::Words(node.node_value().unwrap_or_default()));
        } else if let Ok(child) = node.dyn_into::<Element>() {
            let children = match depth.checked_sub(1) {
                Some(depth) => pieces(&child, depth, left)?,
                None => vec![Markup::Words(child.text_content().unwrap_or_default())],
            };
            let attribute = |name: &&'static str| child.get_attribute(name).map(|value| (*name, value));
            found.push(Markup::Element(markup::Element {
                name: child.local_name(),
                attributes: markup::ATTRIBUTES.iter().filter_map(attribute).collect(),
                children,
            }));
        }
    }
    Some(found)
}

/// Shows a text in the field instead of what stands there.
pub fn show(field: &Element, rich: &RichText, address: Address<'_>) {
    field.set_text_content(None);
    Builder::new(field, address).blocks(&rich.blocks);
}

/// An image of the text can be shown now.
pub fn show_picture(number: u32, address: &str) {
    if let Ok(Some(image)) = document().query_selector(&format!("#compose-text img[data-file='{number}']")) {
        image.set_attribute("src", address).ok();
    }
}

/// Puts a text where the caret is, as one step that can be taken back.
pub fn insert(rich: &RichText, address: Address<'_>) {
    let Ok(holder) = document().create_element("div") else { return };
    let builder = Builder::new(&holder, address);
    match rich.blocks.as_slice() {
        // Words without a line of their own go on in the line they are pasted into.
        [Block { quote: 0, kind: BlockKind::Paragraph(runs) }] => builder.runs(&holder, runs),
        blocks => builder.blocks(blocks),
    }
    command("insertHTML", &holder.inner_html());
}

/// Puts a link where the caret is, its own address as its words.
pub fn insert_link(target: &str) {
    let words = target.strip_prefix("mailto:").unwrap_or(target);
    let run = Run { link: Some(target.to_owned()), ..Run::plain(words) };
    let kind = BlockKind::Paragraph(vec![run]);
    insert(&RichText { blocks: vec![Block { quote: 0, kind }] }, &|_| None);
}

/// Has the browser do something to what is chosen in the field.
pub fn command(name: &str, value: &str) {
    if let Some(document) = html_document() {
        document.exec_command_with_show_ui_and_value(name, false, value).ok();
    }
}

/// Whether that is on where the caret is.
pub fn is_on(name: &str) -> bool {
    html_document().is_some_and(|document| document.query_command_state(name).unwrap_or(false))
}

/// Whether the caret stands within such an element of the field.
pub fn is_within(selector: &str) -> bool {
    around(selector).is_some()
}

/// The element of the field around the caret.
pub fn around(selector: &str) -> Option<Element> {
    let node = window().get_selection().ok()??.anchor_node()?;
    let element = node.dyn_ref::<Element>().cloned().or_else(|| node.parent_element())?;
    let found = element.closest(selector).ok()??;
    found.closest("#compose-text").ok()??;
    Some(found)
}

/// What is chosen, to be chosen again after a dialogue.
pub fn chosen() -> Option<Range> {
    window().get_selection().ok()??.get_range_at(0).ok()
}

/// Chooses it again.
pub fn choose(field: &HtmlElement, range: Option<&Range>) {
    field.focus().ok();
    if let (Some(range), Ok(Some(selection))) = (range, window().get_selection()) {
        selection.remove_all_ranges().ok();
        selection.add_range(range).ok();
    }
}

fn html_document() -> Option<HtmlDocument> {
    document().dyn_into().ok()
}

/// Makes elements of the structure.
struct Builder<'a> {
    document: Document,
    address: Address<'a>,
    /// The field, then the quotes that are open.
    quotes: Vec<Element>,
    /// The lists that are open, each with its last item and whether it is numbered.
    lists: Vec<(Element, Element, bool)>,
}

impl<'a> Builder<'a> {
    fn new(root: &Element, address: Address<'a>) -> Self {
        Self { document: document(), address, quotes: vec![root.clone()], lists: Vec::new() }
    }

    fn append(&self, parent: &Node, name: &str) -> Option<Element> {
        let element = self.document.create_element(name).ok()?;
        parent.append_child(&element).ok()?;
        Some(element)
    }

    fn blocks(mut self, blocks: &[Block]) {
        for block in blocks {
            if self.block(block).is_none() {
                return;
            }
        }
    }

    fn block(&mut self, block: &Block) -> Option<()> {
        let depth = usize::from(block.quote).saturating_add(1);
        if depth != self.quotes.len() {
            self.lists.clear();
        }
        self.quotes.truncate(depth);
        while self.quotes.len() < depth {
            let quote = self.append(self.quotes.last()?, "blockquote")?;
            self.quotes.push(quote);
        }
        let parent = self.quotes.last()?.clone();
        match &block.kind {
            BlockKind::Paragraph(runs) => {
                self.lists.clear();
                let line = self.append(&parent, "div")?;
                self.line(&line, runs);
            }
            BlockKind::Item { ordered, level, runs } => {
                let item = self.item(&parent, *ordered, usize::from(*level))?;
                self.line(&item, runs);
            }
            BlockKind::Table { head, rows } => {
                self.lists.clear();
                self.table(&parent, *head, rows)?;
            }
        }
        Some(())
    }

    fn item(&mut self, parent: &Element, ordered: bool, level: usize) -> Option<Element> {
        let level = level.min(self.lists.len());
        self.lists.truncate(level.saturating_add(1));
        if self.lists.get(level).is_some_and(|(_, _, kind)| *kind != ordered) {
            self.lists.truncate(level);
        }
        if let Some((list, last, _)) = self.lists.get(level).cloned() {
            let item = self.append(&list, "li")?;
            self.lists.truncate(level);
            self.lists.push((list, item.clone(), ordered));
            drop(last);
            return Some(item);
        }
        let around = self.lists.last().map_or_else(|| parent.clone(), |(_, item, _)| item.clone());
        let list = self.append(&around, if ordered { "ol" } else { "ul" })?;
        let item = self.append(&list, "li")?;
        self.lists.push((list, item.clone(), ordered));
        Some(item)
    }

    fn table(&self, parent: &Element, head: bool, rows: &[Vec<Vec<Run>>]) -> Option<()> {
        let table = self.append(parent, "table")?;
        let body = self.append(&table, "tbody")?;
        for (at, row) in rows.iter().enumerate() {
            let line = self.append(&body, "tr")?;
            for cell in row {
                let cell_element = self.append(&line, if head && at == 0 { "th" } else { "td" })?;
                self.line(&cell_element, cell);
            }
        }
        Some(())
    }

    /// A line that can be written in, even when it is empty.
    fn line(&self, parent: &Element, runs: &[Run]) {
        self.runs(parent, runs);
        if runs.last().is_none_or(|run| run.image.is_none() && run.text.ends_with('\n')) {
            self.append(parent, "br");
        }
    }

    fn runs(&self, parent: &Element, runs: &[Run]) {
        for run in runs {
            match run.image {
                Some(image) => self.image(parent, image.0, &run.text),
                None => self.words(parent, run),
            }
        }
    }

    fn image(&self, parent: &Element, number: u32, description: &str) {
        let Some(image) = self.append(parent, "img") else { return };
        image.set_attribute("data-file", &number.to_string()).ok();
        image.set_attribute("alt", description).ok();
        if let Some(address) = (self.address)(number) {
            image.set_attribute("src", &address).ok();
        }
    }

    fn words(&self, parent: &Element, run: &Run) {
        let mut inside = parent.clone();
        if let Some(link) = &run.link
            && let Some(element) = self.append(&inside, "a")
        {
            element.set_attribute("href", link).ok();
            inside = element;
        }
        for (on, name) in [(run.bold, "b"), (run.italic, "i"), (run.underline, "u")] {
            if on && let Some(element) = self.append(&inside, name) {
                inside = element;
            }
        }
        for (at, line) in run.text.split('\n').enumerate() {
            if at > 0 {
                self.append(&inside, "br");
            }
            if !line.is_empty() {
                inside.append_child(&self.document.create_text_node(line)).ok();
            }
        }
    }
}
