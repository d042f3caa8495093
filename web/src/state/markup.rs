//! From elements to text with formatting: what is pasted from other programs, and what stands in the field where the letter is written.
//!
//! What is known is understood, of everything else the words stay.

use sceau_protocol::{AttachmentId, Block, BlockKind, MAX_LEVEL, MAX_QUOTE, RichText, Run};

/// A piece of a document, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Words.
    Words(String),
    /// An element.
    Element(Element),
}

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name in lower case.
    pub name: String,
    /// Attributes that matter, as they are written.
    pub attributes: Vec<(&'static str, String)>,
    /// What is in it.
    pub children: Vec<Markup>,
}

/// Attributes that matter.
pub const ATTRIBUTES: [&str; 6] = [STYLE, "class", "href", "src", "alt", "data-file"];
/// What `style` is called in [`inert`].
const STYLE: &str = "data-style";

/// The weight from which letters are bold.
const BOLD: u32 = 600;
/// Where a link may lead.
const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "tel:"];
/// What is no words, or of another kind; it goes with all that is in it.
const DROPPED: [&str; 18] = [
    "head", "style", "script", "title", "meta", "link", "template", "noscript", "svg", "math", "object",
    "iframe", "select", "textarea", "audio", "video", "xml", "canvas",
];
/// What begins on a line of its own.
const BLOCKS: [&str; 25] = [
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "hr",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "address",
    "figure",
    "center",
];

/// Where a link leads that somebody typed: what has no scheme is a page or a mailbox.
pub fn link_target(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() || typed.contains(char::is_whitespace) {
        return None;
    }
    if SCHEMES.iter().any(|scheme| typed.len() > scheme.len() && typed.starts_with(scheme)) {
        return Some(typed.to_owned());
    }
    let bare = !typed.contains(':') && typed.contains('.');
    bare.then(|| if typed.contains('@') { format!("mailto:{typed}") } else { format!("https://{typed}") })
}

/// HTML in which attributes that a browser acts upon have other names. Nothing would run or load in the document it is parsed into;
/// but the browser would say of each style that the page's policy forbids it.
pub fn inert(html: &str) -> String {
    let mut renamed = String::with_capacity(html.len().saturating_add(html.len() / 8));
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        renamed.push_str(before);
        renamed.push('<');
        if !after.starts_with(|first: char| first.is_ascii_alphabetic()) {
            rest = after;
            continue;
        }
        let (tag, behind) = after.split_at(tag_end(after));
        push_inert(tag, &mut renamed);
        rest = match ["style", "script"].into_iter().find(|name| is_named(tag, name)) {
            Some(name) => {
                renamed.push('>');
                from_end_tag(behind, name)
            }
            None => behind,
        };
    }
    renamed + rest
}

/// Where a tag ends: at the first `>` outside of quotation marks.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, letter) in tag.char_indices() {
        match (quote, letter) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(letter),
            (Some(mark), _) if mark == letter => quote = None,
            _ => {}
        }
    }
    tag.len()
}

fn is_named(tag: &str, name: &str) -> bool {
    tag.split(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '/' | '>'))
        .next()
        .is_some_and(|found| found.eq_ignore_ascii_case(name))
}

/// What is left from the end tag of an element on that has no other elements in it.
fn from_end_tag<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        rest = rest.get(at..).unwrap_or_default();
        if rest.get(2..).is_some_and(|tag| is_named(tag, name)) {
            return rest;
        }
        rest = rest.get(2..).unwrap_or_default();
    }
    ""
}

fn push_inert(tag: &str, renamed: &mut String) {
    let (mut quote, mut before) = (None, 'x');
    for (at, letter) in tag.char_indices() {
        let begins = quote.is_none() && (before.is_ascii_whitespace() || matches!(before, '/' | '"' | '\''));
        let starts = |name: &str| {
            let found = tag.get(at..).and_then(|rest| rest.get(..name.len()));
            found.is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        if begins && (starts("style") || starts("on")) {
            renamed.push_str("data-");
        }
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(mark), _) if mark == letter => quote = None,
            _ => {}
        }
        renamed.push(letter);
        before = letter;
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Understood {
    /// The text; an image whose octets came along is named by its place in `pictures`.
    pub rich: RichText,
    /// Images that came as `data:` addresses.
    pub pictures: Vec<String>,
}

/// What is pasted: spaces and line ends mean nothing, images are those that come along.
pub fn pasted(nodes: &[Markup]) -> Understood {
    let mut reader = Reader::new(true);
    reader.nodes(nodes, &Context::default());
    reader.finish()
}

/// What stands in the field: spaces are as typed, images are the letter's files.
pub fn written(nodes: &[Markup]) -> RichText {
    let mut reader = Reader::new(false);
    reader.nodes(nodes, &Context::default());
    reader.finish().rich
}

#[derive(Clone, Default)]
struct Context {
    run: Run,
    quote: u8,
    lists: Vec<bool>,
    literal: bool,
}

/// The item that the words belong to, and whether any of them stands there already.
#[derive(Clone, Copy)]
struct Item {
    ordered: bool,
    level: u8,
    begun: bool,
}

struct Reader {
    from_elsewhere: bool,
    blocks: Vec<Block>,
    runs: Vec<Run>,
    quote: u8,
    item: Option<Item>,
    /// A paragraph has ended that others show with a space below.
    gap: bool,
    pictures: Vec<String>,
}

impl Element {
    fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The value of a property in `style`, in lower case.
    fn style(&self, property: &str) -> Option<String> {
        let declared = self.attribute(STYLE).split(';').filter_map(|one| one.split_once(':'));
        let mut found = declared.filter(|(name, _)| name.trim().eq_ignore_ascii_case(property));
        found.next_back().map(|(_, value)| value.trim().to_ascii_lowercase())
    }

    /// Word's own class names and properties.
    fn is_of_word(&self) -> bool {
        self.attribute("class").starts_with("Mso") || self.attribute(STYLE).contains("mso-")
    }

    fn is_left_out(&self) -> bool {
        DROPPED.contains(&self.name.as_str())
            || self.style("display").as_deref() == Some("none")
            || self.style("mso-list").as_deref() == Some("ignore")
    }
}

impl Reader {
    fn new(from_elsewhere: bool) -> Self {
        Self {
            from_elsewhere,
            blocks: Vec::new(),
            runs: Vec::new(),
            quote: 0,
            item: None,
            gap: false,
            pictures: Vec::new(),
        }
    }

    fn finish(mut self) -> Understood {
        self.end_block();
        Understood { rich: RichText { blocks: self.blocks }, pictures: self.pictures }
    }

    fn nodes(&mut self, nodes: &[Markup], context: &Context) {
        for node in nodes {
            match node {
                Markup::Words(words) => self.words(words, context),
                Markup::Element(element) if element.is_left_out() => {}
                Markup::Element(element) => self.element(element, context),
            }
        }
    }

    fn words(&mut self, words: &str, context: &Context) {
        let text = if self.from_elsewhere && !context.literal {
            let after_space =
                self.runs.last().is_none_or(|run| run.image.is_none() && run.text.ends_with([' ', '\n']));
            collapsed(words, after_space)
        } else {
            words.replace('\r', "")
        };
        if !text.is_empty() {
            self.quote = context.quote;
            self.push(Run { text, ..context.run.clone() });
        }
    }

    fn push(&mut self, run: Run) {
        match self.runs.last_mut() {
            Some(last) if last.image.is_none() && run.image.is_none() && same_style(last, &run) => {
                last.text.push_str(&run.text);
            }
            _ => self.runs.push(run),
        }
    }

    fn element(&mut self, element: &Element, context: &Context) {
        let mut inside = context.clone();
        apply_style(element, &mut inside);
        match element.name.as_str() {
            "br" => {
                self.quote = context.quote;
                self.push(Run { text: "\n".to_owned(), ..context.run.clone() });
            }
            "img" => self.image(element, context),
            "ul" | "ol" => {
                self.end_block();
                inside.lists.push(element.name == "ol");
                let around = self.item.take();
                self.nodes(&element.children, &inside);
                self.end_block();
                self.item = around;
            }
            "li" => self.list_item(element, &inside),
            "table" => self.table(element, &inside),
            "blockquote" => {
                inside.quote = inside.quote.saturating_add(1).min(MAX_QUOTE);
                self.block(element, &inside);
            }
            name if BLOCKS.contains(&name) => self.block(element, &inside),
            _ => self.nodes(&element.children, &inside),
        }
    }

    fn block(&mut self, element: &Element, inside: &Context) {
        self.end_block();
        if let Some((ordered, level)) = word_list(element) {
            self.item = Some(Item { ordered, level, begun: false });
            self.nodes(&element.children, inside);
            self.end_block();
            self.item = None;
            self.gap = false;
            return;
        }
        let spaced =
            self.from_elsewhere && element.name == "p" && !element.is_of_word() && self.item.is_none();
        let blocks = self.blocks.len();
        if spaced && self.gap && blocks > 0 {
            self.blocks.push(Block { quote: inside.quote, kind: BlockKind::default() });
        }
        let before = self.blocks.len();
        self.nodes(&element.children, inside);
        self.end_block();
        if self.blocks.len() == before {
            self.blocks.truncate(blocks);
        } else {
            self.gap = spaced;
        }
    }

    fn list_item(&mut self, element: &Element, inside: &Context) {
        self.end_block();
        let ordered = inside.lists.last().copied().unwrap_or_default();
        let level = u8::try_from(inside.lists.len().saturating_sub(1)).unwrap_or(MAX_LEVEL).min(MAX_LEVEL);
        let around = self.item.replace(Item { ordered, level, begun: false });
        let before = self.blocks.len();
        self.nodes(&element.children, inside);
        self.end_block();
        // An empty item is one all the same, as long as it is being written.
        if !self.from_elsewhere && self.blocks.len() == before {
            let kind = BlockKind::Item { ordered, level, runs: Vec::new() };
            self.blocks.push(Block { quote: inside.quote, kind });
        }
        self.item = around;
    }

    fn image(&mut self, element: &Element, context: &Context) {
        let alt = element.attribute("alt").trim().to_owned();
        let source = element.attribute("src");
        let number = match self.from_elsewhere {
            false => element.attribute("data-file").parse().ok(),
            true if source.starts_with("data:image/") && !source.starts_with("data:image/svg") => {
                self.pictures.push(source.to_owned());
                u32::try_from(self.pictures.len().saturating_sub(1)).ok()
            }
            true => None,
        };
        if let Some(number) = number {
            self.quote = context.quote;
            self.push(Run { image: Some(AttachmentId(number)), ..Run::plain(alt) });
        }
    }

    /// A table of one column is a frame around other things.
    fn table(&mut self, element: &Element, inside: &Context) {
        self.end_block();
        let mut rows = Vec::new();
        rows_of(&element.children, &mut rows);
        if rows.iter().all(|cells| cells.len() < 2) {
            for cell in rows.iter().flatten() {
                self.nodes(&cell.children, inside);
                self.end_block();
            }
            return;
        }
        let head = rows.first().is_some_and(|cells| cells.iter().all(|cell| cell.name == "th"));
        let cell = |cell: &&Element| self.cell(cell, inside);
        let cells: Vec<Vec<Vec<Run>>> =
            rows.iter().map(|cells| cells.iter().map(cell).collect()).collect::<Vec<_>>();
        self.blocks.push(Block { quote: inside.quote, kind: BlockKind::Table { head, rows: cells } });
        self.gap = false;
    }

    /// The words of a cell; blocks in it are lines.
    fn cell(&self, cell: &Element, inside: &Context) -> Vec<Run> {
        let mut reader = Reader::new(self.from_elsewhere);
        let mut context = Context { lists: Vec::new(), ..inside.clone() };
        apply_style(cell, &mut context);
        reader.nodes(&cell.children, &context);
        reader.end_block();
        let mut runs = Vec::new();
        for block in reader.blocks {
            if !runs.is_empty() {
                runs.push(Run::plain("\n"));
            }
            // Pictures of cells are not counted among those that come along.
            runs.extend(block.kind.runs().filter(|run| run.image.is_none() || !self.from_elsewhere).cloned());
        }
        runs
    }

    /// Ends the paragraph or item that is being read, if there is any.
    fn end_block(&mut self) {
        let mut runs = std::mem::take(&mut self.runs);
        if self.from_elsewhere {
            trim(&mut runs);
        }
        let Some(last) = runs.last_mut() else { return };
        // The line end before the end of a block shows nothing.
        if last.image.is_none() && last.text.ends_with('\n') {
            last.text.pop();
        }
        runs.retain(|run| run.image.is_some() || !run.text.is_empty());
        let item = self.item;
        match (item, self.blocks.last_mut()) {
            (
                Some(Item { begun: true, .. }),
                Some(Block { kind: BlockKind::Item { runs: before, .. }, .. }),
            ) => {
                before.push(Run::plain("\n"));
                before.extend(runs);
            }
            (Some(Item { ordered, level, .. }), _) => {
                self.blocks.push(Block { quote: self.quote, kind: BlockKind::Item { ordered, level, runs } });
            }
            (None, _) => self.blocks.push(Block { quote: self.quote, kind: BlockKind::Paragraph(runs) }),
        }
        if let Some(item) = &mut self.item {
            item.begun = true;
        }
    }
}

fn same_style(one: &Run, other: &Run) -> bool {
    (one.bold, one.italic, one.underline, &one.link)
        == (other.bold, other.italic, other.underline, &other.link)
}

fn apply_style(element: &Element, context: &mut Context) {
    let run = &mut context.run;
    match element.name.as_str() {
        "b" | "strong" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" => run.bold = true,
        "i" | "em" | "cite" | "dfn" | "var" => run.italic = true,
        "u" | "ins" => run.underline = true,
        "pre" => context.literal = true,
        "a" => {
            let target = element.attribute("href").trim();
            if SCHEMES.iter().any(|scheme| target.starts_with(scheme)) {
                run.link = Some(target.to_owned());
            }
        }
        _ => {}
    }
    if let Some(weight) = element.style("font-weight") {
        run.bold = match weight.as_str() {
            "bold" | "bolder" => true,
            "normal" | "lighter" => false,
            other => other.parse::<u32>().map_or(run.bold, |weight| weight >= BOLD),
        };
    }
    if let Some(slant) = element.style("font-style") {
        run.italic = (run.italic || slant == "italic" || slant.starts_with("oblique")) && slant != "normal";
    }
    let decorated = element.style("text-decoration").or_else(|| element.style("text-decoration-line"));
    if let Some(decoration) = decorated.filter(|_| run.link.is_none()) {
        run.underline = decoration.contains("underline") || (run.underline && decoration != "none");
    }
}

/// Word writes lists as paragraphs: whether numbered, and how deep.
fn word_list(element: &Element) -> Option<(bool, u8)> {
    let list = element.style("mso-list").filter(|list| list.contains("level"))?;
    let level = list.split("level").nth(1)?.chars().next()?.to_digit(10)?;
    let level = u8::try_from(level.saturating_sub(1)).ok()?.min(MAX_LEVEL);
    let mut mark = String::new();
    ignored_words(&element.children, &mut mark);
    let mark = mark.trim();
    // "o" is the hollow bullet, in a font of its own.
    Some((mark != "o" && mark.starts_with(char::is_alphanumeric), level))
}

fn ignored_words(nodes: &[Markup], found: &mut String) {
    for node in nodes {
        if let Markup::Element(element) = node {
            if element.style("mso-list").as_deref() == Some("ignore") {
                all_words(&element.children, found);
            } else {
                ignored_words(&element.children, found);
            }
        }
    }
}

fn all_words(nodes: &[Markup], found: &mut String) {
    for node in nodes {
        match node {
            Markup::Words(words) => found.push_str(words),
            Markup::Element(element) => all_words(&element.children, found),
        }
    }
}

fn rows_of<'a>(nodes: &'a [Markup], rows: &mut Vec<Vec<&'a Element>>) {
    for node in nodes {
        let Markup::Element(element) = node else { continue };
        match element.name.as_str() {
            "tr" => {
                let cells = element.children.iter().filter_map(|child| match child {
                    Markup::Element(cell) if cell.name == "td" || cell.name == "th" => Some(cell),
                    _ => None,
                });
                rows.push(cells.collect());
            }
            "thead" | "tbody" | "tfoot" => rows_of(&element.children, rows),
            _ => {}
        }
    }
}

/// Words as a browser shows them: white space is one space, none at the beginning. A space that does not break stays.
fn collapsed(words: &str, after_space: bool) -> String {
    let mut text = String::with_capacity(words.len());
    let mut space = after_space;
    for letter in words.chars() {
        let is_space = matches!(letter, ' ' | '\n' | '\r' | '\t');
        if !is_space {
            text.push(letter);
        } else if !space {
            text.push(' ');
        }
        space = is_space;
    }
    text
}

/// No spaces at the ends of a pasted block; what holds nothing but spaces is an empty line.
fn trim(runs: &mut Vec<Run>) {
    let only_space = |run: &Run| run.image.is_none() && run.text.chars().all(|c| matches!(c, ' ' | '\u{a0}'));
    if !runs.is_empty() && runs.iter().all(only_space) {
        let hard = runs.iter().any(|run| run.text.contains('\u{a0}'));
        *runs = if hard { vec![Run::plain("\n")] } else { Vec::new() };
        return;
    }
    if let Some(last) = runs.last_mut().filter(|last| last.image.is_none()) {
        last.text.truncate(last.text.trim_end_matches(' ').len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use html5ever::driver::ParseOpts;
    use html5ever::parse_document;
    use html5ever::tendril::TendrilSink;
    use markup5ever_rcdom::{Handle, NodeData, RcDom};

    fn markup(handle: &Handle) -> Vec<Markup> {
        let piece = |child: &Handle| match &child.data {
            NodeData::Text { contents } => Some(Markup::Words(contents.borrow().to_string())),
            NodeData::Element { name, attrs, .. } => {
                let attrs = attrs.borrow();
                let attribute = |wanted: &&'static str| {
                    let found = attrs.iter().find(|attribute| *attribute.name.local == **wanted);
                    found.map(|attribute| (*wanted, attribute.value.to_string()))
                };
                Some(Markup::Element(Element {
                    name: name.local.to_string(),
                    attributes: ATTRIBUTES.iter().filter_map(attribute).collect(),
                    children: markup(child),
                }))
            }
            _ => None,
        };
        handle.children.borrow().iter().filter_map(piece).collect()
    }

    fn parsed(html: &str) -> Vec<Markup> {
        markup(&parse_document(RcDom::default(), ParseOpts::default()).one(inert(html)).document)
    }

    #[test]
    fn what_a_browser_would_act_upon_has_another_name_and_words_stay() {
        for (html, renamed) in [
            ("a style=b <p>style=x onx</p>", "a style=b <p>style=x onx</p>"),
            ("<p style='a>b' Onclick=x>c", "<p data-style='a>b' data-Onclick=x>c"),
            (
                "<p\nSTYLE=x/style=y title=\" style=no\"style=z>",
                "<p\ndata-STYLE=x/data-style=y title=\" style=no\"data-style=z>",
            ),
            ("<style>p{</b>}</STYLE >x<script>'</style>'</script>y", "<style></STYLE >x<script></script>y"),
            ("<styled>a</styled>", "<styled>a</styled>"),
            ("1 < 2 <", "1 < 2 <"),
            ("<p title='open", "<p title='open"),
            ("<style>never", "<style>"),
            ("<é style=x>", "<é style=x>"),
        ] {
            assert_eq!(inert(html), renamed);
        }
    }

    #[test]
    fn typed_links_lead_to_pages_and_mailboxes_only() {
        for (typed, target) in [
            (" a.example/b ", Some("https://a.example/b")),
            ("a@b.example", Some("mailto:a@b.example")),
            ("http://a.example", Some("http://a.example")),
            ("tel:+33123456789", Some("tel:+33123456789")),
            ("javascript:alert(1)", None),
            ("data:text/html,x.y", None),
            ("https://", None),
            ("a b.example", None),
            ("rien", None),
            ("", None),
        ] {
            assert_eq!(link_target(typed).as_deref(), target, "{typed}");
        }
    }

    /// The text in a notation of its own: `*bold*`, `/italic/`, `_underlined_`, `[words](target)`, `{image}`.
    fn said(rich: &RichText) -> String {
        let run = |run: &Run| {
            let mut text = run.image.map_or_else(|| run.text.clone(), |image| format!("{{{}}}", image.0));
            for (on, mark) in [(run.bold, "*"), (run.italic, "/"), (run.underline, "_")] {
                text = if on { format!("{mark}{text}{mark}") } else { text };
            }
            run.link.as_ref().map_or_else(|| text.clone(), |link| format!("[{text}]({link})"))
        };
        let words = |runs: &[Run]| runs.iter().map(run).collect::<String>();
        let block = |block: &Block| {
            let marks = ">".repeat(usize::from(block.quote));
            marks
                + &match &block.kind {
                    BlockKind::Paragraph(runs) => words(runs),
                    BlockKind::Item { ordered, level, runs } => {
                        format!(
                            "{}{} {}",
                            " ".repeat(usize::from(*level)),
                            if *ordered { "#" } else { "-" },
                            words(runs)
                        )
                    }
                    BlockKind::Table { head, rows } => {
                        let row = |cells: &Vec<Vec<Run>>| {
                            cells.iter().map(|cell| words(cell)).collect::<Vec<_>>().join("|")
                        };
                        format!(
                            "{}{}",
                            if *head { "H" } else { "T" },
                            rows.iter().map(row).collect::<Vec<_>>().join("//")
                        )
                    }
                }
        };
        rich.blocks.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    fn paste(html: &str) -> String {
        said(&pasted(&parsed(html)).rich)
    }

    #[test]
    fn words_keep_their_style_and_lose_everything_else() {
        for (html, text) in [
            (
                "un  mot\n <b>gras</b> et <i>penché</i>, <u>souligné</u>",
                "un mot *gras* et /penché/, _souligné_",
            ),
            ("<span style='font-weight:700; color:red'>a</span><b style='font-weight: normal'>b</b>", "*a*b"),
            ("<em><strong>x</strong></em>", "/*x*/"),
            (
                "<a href='https://a.example/'>ici</a> <a href='javascript:x()'>là</a>",
                "[ici](https://a.example/) là",
            ),
            ("<h2>Titre</h2><div>a<br>b</div><div><br></div>c", "*Titre*\na\nb\n\nc"),
            ("<p>un</p>\n<p>deux</p><p>&nbsp;</p><p>trois</p>", "un\n\ndeux\n\n\n\ntrois"),
            ("<blockquote>a<blockquote>b</blockquote></blockquote>c", ">a\n>>b\nc"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            (
                "<style>p{}</style><script>x()</script><svg><text>no</text></svg><p style='display:none'>caché</p>ok",
                "ok",
            ),
            ("<form><input value=x><button>non perdu</button></form>", "non perdu"),
            ("10&nbsp;°C <font color=red>rouge</font>", "10\u{a0}°C rouge"),
        ] {
            assert_eq!(paste(html), text, "{html}");
        }
    }

    #[test]
    fn lists_keep_their_levels() {
        for (html, text) in [
            ("<ul><li>a<ol><li>b</li></ol></li><li><p>c</p><p>d</p></li></ul>", "- a\n # b\n- c\nd"),
            ("<ol><li>a</li><ul><li>b</li></ul></ol>fin", "# a\n - b\nfin"),
            ("<ul>\n<li> a </li>\n<li></li>\n</ul>", "- a"),
            ("<dl><dt>Hb</dt><dd>14</dd></dl>", "*Hb*\n14"),
        ] {
            assert_eq!(paste(html), text, "{html}");
        }
    }

    #[test]
    fn tables_are_kept_and_frames_around_words_are_not() {
        for (html, text) in [
            (
                "<table><tr><th>Date</th><th>CRP</th></tr><tr><td>1<br>2</td><td><b>3</b></td></tr></table>x",
                "HDate|CRP//1\n2|*3*\nx",
            ),
            ("<table><tbody><tr><td>a</td><td></td></tr></tbody></table>", "Ta|"),
            ("<table><tr><td><p>seul</p><p>cadre</p></td></tr></table>", "seul\n\ncadre"),
        ] {
            assert_eq!(paste(html), text, "{html}");
        }
    }

    /// As Word 2016 writes it: conditional comments, namespaces, lists as paragraphs.
    #[test]
    fn words_own_lists_and_empty_lines_are_understood() {
        let html = "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><style>p.MsoNormal{margin:0}</style>\
            <!--[if gte mso 9]><xml><w:WordDocument></w:WordDocument></xml><![endif]--></head><body lang=FR><!--StartFragment-->\
            <p class=MsoNormal>Bonjour <b style='mso-bidi-font-weight:normal'>Anne<o:p></o:p></b></p>\n\
            <p class=MsoNormal><o:p>&nbsp;</o:p></p>\
            <p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>\
            <span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt \"Times\"'>&nbsp;&nbsp; </span></span></span><![endif]>Un</p>\
            <p class=MsoListParagraphCxSpLast style='mso-list:l1 level2 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp;</span></span><![endif]>Deux<o:p></o:p></p>\
            <p class=MsoNormal>Fin</p><!--EndFragment--></body></html>";
        assert_eq!(paste(html), "Bonjour *Anne*\n\n- Un\n # Deux\nFin");
    }

    /// As LibreOffice Calc and Excel write cells.
    #[test]
    fn cells_of_a_spreadsheet_are_a_table() {
        let html = "<html><head><style>td{mso-number-format:General}</style></head><body><table border=0 cellpadding=0>\
            <!--StartFragment--><colgroup><col width=64></colgroup><tr height=20><td class=xl65 align=left>Hb</td><td align=right>14,1</td></tr>\
            <tr><td>CRP</td><td style='font-weight:700'>3</td></tr><!--EndFragment--></table></body></html>";
        assert_eq!(paste(html), "THb|14,1//CRP|*3*");
    }

    #[test]
    fn pictures_come_along_or_not_at_all() {
        let html = "a<img src='data:image/png;base64,AAAA' alt='écran'><img src='https://a.example/pixel.gif'>\
            <img src='data:image/svg+xml,<svg/>'><img src='data:image/gif;base64,BBBB'>";
        let found = pasted(&parsed(html));
        assert_eq!(said(&found.rich).replace(' ', ""), "a{0}{1}");
        assert_eq!(found.pictures, ["data:image/png;base64,AAAA", "data:image/gif;base64,BBBB"]);
    }

    #[test]
    fn what_is_being_written_is_taken_as_it_stands() {
        for (html, text) in [
            ("<div>a  b </div><div><br></div><div>c<br></div>", "a  b \n\nc"),
            ("<ul><li>a</li><li><br></li><li></li></ul>", "- a\n- \n- "),
            ("a<div>b</div>", "a\nb"),
            ("<div><img data-file=7 alt=x src=blob:y>z</div>", "{7}z"),
            ("", ""),
        ] {
            assert_eq!(said(&written(&parsed(html))), text, "{html}");
        }
    }

    #[test]
    fn a_paste_that_goes_deep_is_bounded() {
        let html = format!("{}x{}", "<blockquote><ul><li>".repeat(60), "</li></ul></blockquote>".repeat(60));
        let rich = pasted(&parsed(&html)).rich;
        assert!(rich.blocks.iter().all(|block| block.quote <= MAX_QUOTE));
        assert!(matches!(rich.blocks[0].kind, BlockKind::Item { level: MAX_LEVEL, .. }));
    }
}
