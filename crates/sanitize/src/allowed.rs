//! The list: which elements and attributes a letter may have (WHATWG HTML §4, and §16.2 for what is old).

/// Elements that are kept. None of them holds raw text, is foreign, or is a control.
pub(crate) const ELEMENTS: [&str; 71] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
    "hgroup",
    "data",
];

/// Elements that go with all that is in them. Of every other that is not kept, the text stays.
pub(crate) const WITH_CONTENT: [&str; 26] = [
    "applet",
    "audio",
    "canvas",
    "embed",
    "frameset",
    "head",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "option",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "video",
    "xmp",
    "datalist",
    "optgroup",
    "portal",
];

/// Elements without content or end tag (WHATWG HTML §13.1.2).
pub(crate) const VOID: [&str; 5] = ["br", "col", "hr", "img", "wbr"];

/// Attributes that any element may have.
pub(crate) const EVERYWHERE: [&str; 5] = ["align", "dir", "hidden", "lang", "style"];

/// Attributes of single elements, as a letter may have them. `data-href` is how this crate writes a link's target.
pub(crate) const OF_ELEMENT: [(&str, &[&str]); 17] = [
    ("a", &["href", "data-href"]),
    ("br", &["clear"]),
    ("col", &["bgcolor", "span", "valign", "width"]),
    ("colgroup", &["span", "valign", "width"]),
    ("font", &["color", "face", "size"]),
    ("hr", &["color", "noshade", "size", "width"]),
    ("img", &["alt", "border", "height", "hspace", "src", "vspace", "width"]),
    ("li", &["type", "value"]),
    ("ol", &["reversed", "start", "type"]),
    ("table", &["bgcolor", "border", "cellpadding", "cellspacing", "height", "width"]),
    ("tbody", &["bgcolor", "valign"]),
    ("td", &["bgcolor", "colspan", "height", "nowrap", "rowspan", "valign", "width"]),
    ("tfoot", &["bgcolor", "valign"]),
    ("th", &["bgcolor", "colspan", "height", "nowrap", "rowspan", "scope", "valign", "width"]),
    ("thead", &["bgcolor", "valign"]),
    ("tr", &["bgcolor", "height", "valign"]),
    ("ul", &["type"]),
];

/// Attributes that only this crate writes, on every `a` that leads somewhere.
pub(crate) const WRITTEN_ON_LINKS: [&str; 5] = ["data-href", "data-link", "rel", "role", "tabindex"];

/// What of them is the same on every link.
pub(crate) const OF_EVERY_LINK: [(&str, &str); 3] =
    [("rel", "noopener noreferrer"), ("role", "link"), ("tabindex", "0")];

/// The attributes that a letter may have on this element and not on every.
pub(crate) fn of_element(element: &str) -> &'static [&'static str] {
    OF_ELEMENT.iter().find(|(known, _)| *known == element).map_or(&[], |(_, attributes)| attributes)
}

/// Whether a letter may have this attribute there.
pub(crate) fn may_have(element: &str, attribute: &str) -> bool {
    EVERYWHERE.contains(&attribute) || of_element(element).contains(&attribute)
}
