//! What attributes other than addresses and styles may say.

/// Longest description of an image that is kept, in bytes.
const MAX_ALT_BYTES: usize = 2_000;
/// Widest and highest, in CSS pixels: four screens.
const MAX_PIXELS: u32 = 4_000;
/// Most columns or rows of one cell: a browser lays out each of them.
const MAX_SPAN: u32 = 100;
/// Greatest number of a list's item.
const MAX_ITEM: u32 = 1_000_000;

const ALIGN: [&str; 9] =
    ["left", "right", "center", "justify", "top", "middle", "bottom", "baseline", "absmiddle"];

/// What is written for an attribute of `element`, or none when its value is not one that is known.
pub(crate) fn kept(attribute: &str, value: &str) -> Option<String> {
    let small = value.trim().to_ascii_lowercase();
    let one_of = |known: &[&str]| known.contains(&small.as_str()).then(|| small.clone());
    match attribute {
        "align" | "valign" => one_of(&ALIGN),
        "dir" => one_of(&["ltr", "rtl", "auto"]),
        "clear" => one_of(&["all", "left", "right", "both", "none"]),
        "scope" => one_of(&["col", "row", "colgroup", "rowgroup"]),
        "hidden" | "noshade" | "nowrap" | "reversed" => Some(String::new()),
        "lang" => spelled(&small, 35, "-"),
        "face" => spelled(value.trim(), 100, " ,-"),
        "bgcolor" | "color" => color(&small),
        "size" => font_size(&small),
        "type" => list_type(value.trim()),
        "width" | "height" => length(&small, MAX_PIXELS),
        "border" | "cellpadding" | "cellspacing" | "hspace" | "vspace" => length(&small, MAX_SPAN),
        "colspan" | "rowspan" | "span" => number(&small, 1, MAX_SPAN),
        "start" | "value" => number(&small, 0, MAX_ITEM),
        "alt" => Some(value.get(..MAX_ALT_BYTES).unwrap_or_else(|| until(value, MAX_ALT_BYTES)).to_owned()),
        _ => None,
    }
}

/// As much of the text as fits, in whole characters.
fn until(value: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(value.len())).rev().find(|end| value.is_char_boundary(*end)).unwrap_or(0);
    value.get(..end).unwrap_or_default()
}

fn spelled(value: &str, most: usize, beside: &str) -> Option<String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || beside.contains(letter);
    (!value.is_empty() && value.len() <= most && value.chars().all(known)).then(|| value.to_owned())
}

/// A legacy colour (WHATWG HTML §2.3.6): a name, or hexadecimal digits.
fn color(value: &str) -> Option<String> {
    let digits = value.strip_prefix('#').unwrap_or(value);
    let known =
        !digits.is_empty() && digits.len() <= 24 && digits.chars().all(|at| at.is_ascii_alphanumeric());
    known.then(|| value.to_owned())
}

fn font_size(value: &str) -> Option<String> {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    number(digits, 1, 7).map(|_| value.to_owned())
}

fn list_type(value: &str) -> Option<String> {
    let known = ["1", "a", "A", "i", "I", "disc", "circle", "square", "none"];
    known.contains(&value).then(|| value.to_owned())
}

fn number(value: &str, least: u32, most: u32) -> Option<String> {
    let number: u32 = value.parse().ok()?;
    (least..=most).contains(&number).then(|| number.to_string())
}

/// A number of pixels, or of hundredths (WHATWG HTML §2.3.4.4).
fn length(value: &str, most: u32) -> Option<String> {
    match value.strip_suffix('%') {
        Some(percent) => number(percent, 0, 100).map(|percent| format!("{percent}%")),
        None => number(value.strip_suffix("px").unwrap_or(value), 0, most),
    }
}
