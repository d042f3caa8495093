//! HTML as plain text: for showing a letter before its HTML may be trusted to a frame of its own.

mod entity;

/// Elements whose content is never shown.
const HIDDEN: [&str; 9] =
    ["head", "script", "style", "template", "title", "noscript", "object", "svg", "textarea"];
/// Elements that start and end a line.
const BLOCKS: [&str; 26] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "header",
    "li",
    "main",
    "ol",
    "section",
    "table",
    "tr",
    "ul",
];
/// Elements set apart by an empty line.
const PARAGRAPHS: [&str; 3] = ["p", "pre", "hr"];
/// Class of the element that repeats protected headers for old readers (RFC 9788 §4.5.3.3).
pub(crate) const LEGACY_DISPLAY: &str = "header-protection-legacy-display";
/// Longest character reference that is looked up: `&CounterClockwiseContourIntegral;`.
const MAX_REFERENCE: usize = 40;

/// The text of an HTML document: no script, no style, no link target, no image; entities decoded, blocks on
/// lines of their own, table cells apart by a tab.
pub fn html_to_text(html: &str) -> String {
    convert(html, false)
}

/// The same without the legacy display element (RFC 9788 §4.5.3.3).
pub(crate) fn html_to_text_without_legacy_display(html: &str) -> String {
    convert(html, true)
}

/// The document as it is, but for its legacy display element; one that does not end stays.
#[cfg(feature = "guess")]
pub(crate) fn without_legacy_display(html: &str) -> String {
    let mut skip = Skip::default();
    let (mut start, mut rest) = (None, html);
    while !rest.is_empty() {
        let at = html.len().saturating_sub(rest.len());
        let (token, tail) = next_token(rest);
        rest = tail;
        if let Token::Tag(tag) = token {
            skip.swallows(&tag, true);
        }
        if skip.seen_legacy && start.is_none() {
            start = Some(at);
        }
        if let Some(start) = start.filter(|_| !skip.is_active()) {
            return [html.get(..start).unwrap_or_default(), rest].concat();
        }
        rest = skip.raw_text_end(rest);
    }
    html.to_owned()
}

fn convert(html: &str, drop_legacy_display: bool) -> String {
    let mut output = Output::default();
    let mut skip = Skip::default();
    let mut rest = html;
    while !rest.is_empty() {
        let (token, tail) = next_token(rest);
        rest = tail;
        match token {
            Token::Text(text) if !skip.is_active() => output.text(text),
            Token::Text(_) | Token::Comment => {}
            Token::Tag(tag) => {
                if !skip.swallows(&tag, drop_legacy_display) {
                    output.tag(&tag);
                }
            }
        }
        rest = skip.raw_text_end(rest);
    }
    output.finish()
}

enum Token<'a> {
    Text(&'a str),
    Tag(Tag<'a>),
    Comment,
}

struct Tag<'a> {
    name: String,
    closing: bool,
    empty: bool,
    attributes: &'a str,
}

fn next_token(html: &str) -> (Token<'_>, &str) {
    let Some(inside) = html.strip_prefix('<') else {
        let (text, rest) = html.split_at(html.find('<').unwrap_or(html.len()));
        return (Token::Text(text), rest);
    };
    if let Some(comment) = inside.strip_prefix("!--") {
        let rest = comment.find("-->").and_then(|at| comment.get(at + 3..)).unwrap_or_default();
        return (Token::Comment, rest);
    }
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        let (text, rest) = html.split_at(inside.find('<').map_or(html.len(), |at| at + 1));
        return (Token::Text(text), rest);
    }
    let (body, rest) = split_tag(inside);
    (Token::Tag(parse_tag(body)), rest)
}

/// Splits after the `>` that ends a tag; one inside a quoted attribute value does not.
fn split_tag(inside: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (None, '>') => {
                return (inside.get(..at).unwrap_or_default(), inside.get(at + 1..).unwrap_or_default());
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    (inside, "")
}

fn parse_tag(body: &str) -> Tag<'_> {
    let closing = body.starts_with('/');
    let body = body.strip_prefix('/').unwrap_or(body);
    let end = body.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(body.len());
    let (name, attributes) = body.split_at(end);
    Tag { name: name.to_ascii_lowercase(), closing, empty: attributes.ends_with('/'), attributes }
}

/// What is being left out: the content of a hidden element, counted by nesting of its own name.
#[derive(Default)]
struct Skip {
    element: Option<String>,
    depth: usize,
    seen_legacy: bool,
}

impl Skip {
    fn is_active(&self) -> bool {
        self.element.is_some()
    }

    fn swallows(&mut self, tag: &Tag<'_>, drop_legacy_display: bool) -> bool {
        match &self.element {
            None => self.starts_at(tag, drop_legacy_display),
            Some(name) if *name == tag.name => {
                self.depth = if tag.closing { self.depth.saturating_sub(1) } else { self.depth + 1 };
                if self.depth == 0 {
                    self.element = None;
                }
                true
            }
            Some(_) => true,
        }
    }

    fn starts_at(&mut self, tag: &Tag<'_>, drop_legacy_display: bool) -> bool {
        let hidden = HIDDEN.contains(&tag.name.as_str());
        if tag.closing || tag.empty {
            return hidden;
        }
        let legacy = drop_legacy_display && !self.seen_legacy && is_legacy_display(tag);
        self.seen_legacy |= legacy;
        if legacy || hidden {
            self.element = Some(tag.name.clone());
            self.depth = 1;
        }
        legacy || hidden
    }

    /// Inside script and style there are no tags: jumps to the end tag.
    fn raw_text_end<'a>(&self, html: &'a str) -> &'a str {
        let Some(name @ ("script" | "style" | "title" | "textarea")) = self.element.as_deref() else {
            return html;
        };
        let end = html.match_indices("</").find(|(at, _)| {
            let found = html.get(at + 2..at + 2 + name.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(name))
        });
        end.and_then(|(at, _)| html.get(at..)).unwrap_or_default()
    }
}

fn is_legacy_display(tag: &Tag<'_>) -> bool {
    let attributes = tag.attributes.to_ascii_lowercase();
    tag.name == "div" && attributes.contains("class") && attributes.contains(LEGACY_DISPLAY)
}

/// Text being written, with white space collapsed outside `pre`.
#[derive(Default)]
struct Output {
    text: String,
    space: bool,
    cell: bool,
    pre: usize,
}

impl Output {
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.bytes().next() {
            let apart = |octet: u8| matches!(octet, b'&' | b'\r' | b' ' | b'\t' | b'\n' | b'\x0c');
            let word = rest.bytes().position(apart).unwrap_or(rest.len());
            let (one, tail) = if first == b'&' { split_reference(rest) } else { rest.split_at(word.max(1)) };
            rest = tail;
            match first {
                b'&' => self.reference(one),
                b'\r' => {}
                _ if self.pre > 0 => self.text.push_str(one),
                _ if word == 0 => self.space = true,
                _ => {
                    self.gap();
                    self.text.push_str(one);
                }
            }
        }
    }

    fn reference(&mut self, reference: &str) {
        self.gap();
        match entity::decode(reference) {
            Some(c) => self.text.push(c),
            None => self.text.push_str(reference),
        }
    }

    fn gap(&mut self) {
        let separator = if std::mem::take(&mut self.cell) { '\t' } else { ' ' };
        let at_start = self.text.is_empty() || self.text.ends_with(['\n', '\t', ' ']);
        if (std::mem::take(&mut self.space) || separator == '\t') && !at_start {
            self.text.push(separator);
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        match tag.name.as_str() {
            "br" => self.line_break(),
            "td" | "th" if tag.closing => self.cell = true,
            "li" if !tag.closing => {
                self.block(1);
                self.text.push_str("- ");
            }
            name if BLOCKS.contains(&name) => self.block(1),
            name if PARAGRAPHS.contains(&name) => self.block(2),
            _ => {}
        }
        if tag.name == "pre" {
            self.pre = if tag.closing { self.pre.saturating_sub(1) } else { self.pre + 1 };
        }
    }

    fn line_break(&mut self) {
        self.space = false;
        self.text.push('\n');
    }

    fn block(&mut self, breaks: usize) {
        self.space = false;
        self.cell = false;
        let have = self.text.bytes().rev().take(breaks).take_while(|byte| *byte == b'\n').count();
        if !self.text.is_empty() {
            self.text.extend(std::iter::repeat_n('\n', breaks.saturating_sub(have)));
        }
    }

    fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

/// Splits a character reference (`&eacute;`, `&#233;`) or, when there is none, the lone `&`.
fn split_reference(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .skip(1)
        .take(MAX_REFERENCE)
        .find(|(_, c)| !c.is_ascii_alphanumeric() && *c != '#')
        .filter(|(_, c)| *c == ';')
        .map_or(1, |(at, _)| at + 1);
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::{html_to_text, html_to_text_without_legacy_display};

    #[test]
    fn structure_becomes_lines() {
        for (html, text) in [
            ("", ""),
            ("bonjour", "bonjour"),
            ("  a \n\t b  ", "a b"),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("<p>un</p><p>deux</p>", "un\n\ndeux"),
            ("<div>un</div><div>deux</div>", "un\ndeux"),
            ("<ul><li>un</li><li>deux</li></ul>fin", "- un\n- deux\nfin"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
            ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
            ("<b>gras</b> et <i>fin</i>", "gras et fin"),
        ] {
            assert_eq!(html_to_text(html), text, "{html}");
        }
    }

    #[test]
    fn nothing_active_or_hidden_is_left() {
        for html in [
            "<script>evil()</script>ok",
            "<SCRIPT type='x'>a</scrip></SCRIPT >ok",
            "<script>if (a<b) '</div>'</script>ok",
            "<style>p{}</style>ok",
            "<head><title>x</title></head>ok",
            "<template><p>x</p></template>ok",
            "<!-- <p>x</p> -->ok",
            "<!-->x-->ok",
            "<a href=\"https://x.example/?a>b\">ok</a>",
            "<img src='x' alt='>'>ok",
            "<svg><svg>x</svg>y</svg>ok",
            "<!DOCTYPE html><?xml x?>ok",
            "ok<script>open",
            "ok<a href=\"open",
        ] {
            assert_eq!(html_to_text(html), "ok", "{html}");
        }
    }

    #[test]
    fn references_are_decoded_once() {
        for (html, text) in [
            ("&eacute;&#233;&#xE9;", "ééé"),
            ("&lt;script&gt;", "<script>"),
            ("&amp;lt;", "&lt;"),
            ("a & b &inconnu; &", "a & b &inconnu; &"),
            ("1 < 2 <3", "1 < 2 <3"),
            ("&#0;&#x110000;", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(html_to_text(html), text, "{html}");
        }
    }

    #[test]
    fn legacy_display_is_dropped_once() {
        let html = "<div class=\"header-protection-legacy-display\"><div>a</div></div>\
                    <div class=header-protection-legacy-display>b</div>c";
        assert_eq!(html_to_text_without_legacy_display(html), "b\nc");
        assert_eq!(html_to_text(html), "a\nb\nc");
    }
}
