//! Whether what was written is so plain that no parser has anything to mend (WHATWG HTML §13.2.6): then reading it gives the tree that
//! it was written from, and reading it again is not needed to know so.
//!
//! It is a last look like `check`, by a reader of its own: it knows one way to write each thing, and whatever is written otherwise, or
//! stands where a parser would move, close or open something, is not plain. Not plain is no failure; it is read again instead.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::{allowed, check};

/// Whether each token is on the list, written in the one way, and stands where a parser leaves it.
pub(crate) fn is_plain(html: &str, links: usize) -> bool {
    let mut reader = Reader { rest: html, links: 0, known: HashSet::new() };
    let mut open: Vec<&str> = Vec::new();
    // A mark of byte order is dropped where a document begins.
    let begins_well = !html.starts_with('\u{feff}');
    begins_well && reader.all_is_plain(&mut open) == Some(()) && open.is_empty() && reader.links == links
}

struct Reader<'h> {
    rest: &'h str,
    links: usize,
    /// Attributes that were looked at, by element, name and value: letters say the same thousands of times.
    known: HashSet<(&'h str, &'h str, &'h str)>,
}

impl<'h> Reader<'h> {
    fn all_is_plain(&mut self, open: &mut Vec<&'h str>) -> Option<()> {
        while !self.rest.is_empty() {
            let text = self.until('<')?;
            if !is_plain_text(text) || !may_hold(open.last(), text) {
                return None;
            }
            if self.rest.is_empty() {
                return Some(());
            }
            self.skip("<")?;
            match self.rest.strip_prefix('/') {
                Some(rest) => {
                    self.rest = rest;
                    let name = self.until('>')?;
                    self.skip(">")?;
                    (open.pop()? == name).then_some(())?;
                }
                None => self.start(open)?,
            }
        }
        Some(())
    }

    /// What stands before a sign, or before the end.
    fn until(&mut self, sign: char) -> Option<&'h str> {
        let (before, rest) = self.rest.split_at_checked(self.rest.find(sign).unwrap_or(self.rest.len()))?;
        self.rest = rest;
        Some(before)
    }

    fn skip(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn start(&mut self, open: &mut Vec<&'h str>) -> Option<()> {
        let (name, _) = self.rest.split_once([' ', '>'])?;
        self.skip(name)?;
        if !allowed::ELEMENTS.contains(&name) || !may_stand(name, open) {
            return None;
        }
        self.attributes(name)?;
        self.skip(">")?;
        if !allowed::VOID.contains(&name) {
            open.push(name);
        }
        Some(())
    }

    fn attributes(&mut self, element: &'h str) -> Option<()> {
        let mut before = "";
        while let Some(rest) = self.rest.strip_prefix(' ') {
            self.rest = rest;
            let name = self.until('=')?;
            self.skip("=\"")?;
            let value = self.until('"')?;
            self.skip("\"")?;
            if name == "data-href" {
                self.value_is_plain(element, name, value)?;
                return self.rest_of_link();
            }
            // In their order, so each once; what is hidden is never written.
            if name <= before || name == "hidden" || allowed::WRITTEN_ON_LINKS.contains(&name) {
                return None;
            }
            before = name;
            self.value_is_plain(element, name, value)?;
        }
        Some(())
    }

    /// What follows the target of a link.
    fn rest_of_link(&mut self) -> Option<()> {
        self.skip(" data-link=\"")?;
        let number = self.until('"')?;
        (number == self.links.to_string()).then_some(())?;
        self.links = self.links.checked_add(1)?;
        self.skip("\"")?;
        for (name, value) in allowed::OF_EVERY_LINK {
            for piece in [" ", name, "=\"", value, "\""] {
                self.skip(piece)?;
            }
        }
        Some(())
    }

    fn value_is_plain(&mut self, element: &'h str, name: &'h str, value: &'h str) -> Option<()> {
        if self.known.contains(&(element, name, value)) {
            return Some(());
        }
        let is_good = is_plain_text(value) && check::value_is_good(element, name, &read(value), 0);
        is_good.then(|| self.known.insert((element, name, value))).map(drop)
    }
}

/// References as they are written, and what they mean.
const REFERENCES: [(&str, char); 5] =
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", '\u{a0}')];

/// Whether a text or a value reads as what it was written from: every sign that has a reference is one, and no line end is
/// another's.
fn is_plain_text(text: &str) -> bool {
    let is_reference = |at: &str| REFERENCES.iter().any(|(written, _)| at.starts_with(written));
    // All of it and not until the first one: that goes many octets at a time.
    let is_bare = |octet| matches!(octet, b'<' | b'>' | b'"' | b'\r' | b'\0');
    let has_bare = text.bytes().fold(false, |found, octet| found | is_bare(octet));
    !has_bare
        && !text.contains('\u{a0}')
        && text.match_indices('&').all(|(at, _)| text.get(at..).is_some_and(is_reference))
}

/// What a plain value says.
fn read(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    // `&amp;` last: what it gives is read no further.
    let all = REFERENCES.iter().rev();
    Cow::Owned(
        all.fold(value.to_owned(), |text, (written, sign)| text.replace(written, sign.to_string().as_str())),
    )
}

/// Elements of a table in which nothing but its own parts may stand (§13.2.6.4.9 to §13.2.6.4.14).
const OF_TABLES: [&str; 6] = ["table", "tbody", "thead", "tfoot", "tr", "colgroup"];
/// What begins a paragraph's end (§13.2.6.4.7).
const BLOCKS: [&str; 33] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
    "details",
    "dir",
    "fieldset",
];
/// What a paragraph is not looked for beyond: button scope, of what is on the list.
const SCOPES: [&str; 4] = ["caption", "table", "td", "th"];
const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];

/// Whether this text may stand in an element.
fn may_hold(parent: Option<&&str>, text: &str) -> bool {
    let is_space = |octet: u8| matches!(octet, b' ' | b'\t' | b'\n' | b'\x0c');
    !parent.is_some_and(|parent| OF_TABLES.contains(parent)) || text.bytes().all(is_space)
}

/// Whether an element that begins in these ones stays there, with all of them open.
fn may_stand(name: &str, open: &[&str]) -> bool {
    let parent = open.last().copied().unwrap_or_default();
    let stands_in = match name {
        "caption" | "colgroup" | "tbody" | "thead" | "tfoot" => parent == "table",
        "tr" => matches!(parent, "tbody" | "thead" | "tfoot"),
        "td" | "th" => parent == "tr",
        "col" => parent == "colgroup",
        _ => !OF_TABLES.contains(&parent),
    };
    let ends_paragraph = BLOCKS.contains(&name) && is_open_within("p", open, &SCOPES);
    let ends_another = match name {
        // Its first line end would be dropped.
        "pre" => true,
        "a" => open.contains(&"a"),
        "li" => ends_item(&["li"], open),
        "dd" | "dt" => ends_item(&["dd", "dt"], open),
        _ => HEADINGS.contains(&name) && HEADINGS.contains(&parent),
    };
    stands_in && !ends_paragraph && !ends_another
}

fn is_open_within(name: &str, open: &[&str], scopes: &[&str]) -> bool {
    let inside = open.iter().rev().take_while(|open| !scopes.contains(open));
    inside.into_iter().any(|open| *open == name)
}

/// Whether an item of a list ends one of these: they are looked for beyond all that is no box of its own, and `address`, `div`, `p`.
fn ends_item(names: &[&str], open: &[&str]) -> bool {
    let is_beyond = |open: &&&str| {
        let is_special = BLOCKS.contains(open) || SCOPES.contains(open) || OF_TABLES.contains(open);
        !names.contains(open) && (!is_special || matches!(**open, "address" | "div" | "p"))
    };
    open.iter().rev().find(|open| !is_beyond(open)).is_some_and(|open| names.contains(open))
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    const LINK: &str = "<a data-href=\"tel:1\" data-link=\"0\" rel=\"noopener noreferrer\" role=\"link\" tabindex=\"0\">x</a>";

    #[test]
    fn what_stands_where_it_stays_is_plain() {
        for html in [
            "",
            "x &amp; y&nbsp;\n",
            "<p>x<b>y<i>z</i></b></p><p></p>",
            "<ul><li>x<ul><li>y</li></ul></li></ul>",
            "<table> <tbody><tr><td><p>x</p><table><tbody><tr><td></td></tr></tbody></table></td></tr></tbody></table>",
            "<table><tbody><tr><td><p>x</p></td></tr></tbody></table>",
            "<p style=\"color:red\">x<br><img alt=\"&quot;\"></p>",
        ] {
            assert!(is_plain(html, 0), "{html}");
        }
        assert!(is_plain(LINK, 1));
    }

    #[test]
    fn what_a_parser_would_move_or_mend_is_not() {
        for html in [
            "\u{feff}x",
            "x & y",
            "x > y",
            "\r",
            "x\u{a0}",
            "<p><div>x</div></p>",
            "<p><span><p>x</p></span></p>",
            "<b>x",
            "x</b>",
            "<b>x</i>",
            "<a><i><a>x</a></i></a>",
            "<h1><h2>x</h2></h1>",
            "<li><b><li>x</li></b></li>",
            "<dd><div><dt>x</dt></div></dd>",
            "<table>x</table>",
            "<table><tr></tr></table>",
            "<tbody></tbody>",
            "<table><tbody><tr>x</tr></tbody></table>",
            "<table><div></div></table>",
            "<pre>x</pre>",
            "<br></br>",
            "<P>x</P>",
            "<p >x</p>",
            "<p style='color:red'>x</p>",
            "<p style=\"display:none\">x</p>",
            "<p hidden=\"\">x</p>",
            "<p style=\"color:red\" dir=\"ltr\">x</p>",
            "<p onclick=\"x\">x</p>",
            "<script>x</script>",
            "<!--x-->",
            "<a href=\"tel:1\">x</a>",
        ] {
            assert!(!is_plain(html, 0), "{html}");
        }
        assert!(!is_plain(LINK, 0));
        assert!(!is_plain(&LINK.replace("data-link=\"0\"", "data-link=\"1\""), 1));
        assert!(!is_plain(&LINK.replace("tel:1", "javascript:1"), 1));
    }
}
