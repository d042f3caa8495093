//! Values of the properties that are kept: colours, lengths within bounds, and words of a list.

use cssparser::{BasicParseErrorKind, ParseError, Parser, Token};

/// A piece of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// An identifier, as it was written.
    Word(String),
    /// A name in quotes.
    Quoted(String),
    /// A colour, as it is written.
    Color { written: String, alpha: f32 },
    /// A number without a unit.
    Number(f32),
    /// In hundredths.
    Percent(f32),
    /// A length and its unit in lower case.
    Length(f32, String),
    /// Between fonts.
    Comma,
}

/// Faintest colour of text: below it nobody reads.
const LEAST_ALPHA: f32 = 0.5;
/// Smallest and largest text, in CSS pixels.
const FONT_PIXELS: (f32, f32) = (6.0, 72.0);
/// Farthest apart things stand, in CSS pixels, and never over each other.
const SPACE_PIXELS: (f32, f32) = (0.0, 200.0);
/// Widest and highest, in CSS pixels.
const MOST_PIXELS: f32 = 4_000.0;
/// Narrowest box of text, in CSS pixels: in less its text would stand over its neighbours. Cells and images may be less.
const LEAST_PIXELS: f32 = 60.0;
/// Elements that grow with their content or have none.
const SIZED: [&str; 11] =
    ["table", "td", "th", "tr", "col", "colgroup", "tbody", "thead", "tfoot", "img", "hr"];
/// Longest name of a font, in bytes.
const MAX_FONT_BYTES: usize = 60;

const SIDES: [&str; 4] = ["top", "right", "bottom", "left"];
const BORDER_WORDS: [&str; 12] = [
    "none", "hidden", "dotted", "dashed", "solid", "double", "groove", "ridge", "inset", "outset", "thin",
    "medium",
];
const SIZE_WORDS: [&str; 9] =
    ["xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large", "smaller", "larger"];
/// Properties that are one of some words.
const WORDS: [(&str, &[&str]); 14] = [
    ("text-align", &["left", "right", "center", "justify", "start", "end"]),
    ("vertical-align", &["top", "middle", "bottom", "baseline", "sub", "super", "text-top", "text-bottom"]),
    ("font-style", &["normal", "italic", "oblique"]),
    ("font-weight", &["normal", "bold", "bolder", "lighter"]),
    ("font-variant", &["normal", "small-caps"]),
    ("text-decoration", &["none", "underline", "line-through"]),
    ("text-transform", &["none", "uppercase", "lowercase", "capitalize"]),
    ("white-space", &["normal", "pre", "pre-wrap", "pre-line", "nowrap"]),
    ("word-break", &["normal", "break-all", "break-word", "keep-all"]),
    ("overflow-wrap", &["normal", "break-word", "anywhere"]),
    (
        "list-style-type",
        &[
            "none",
            "disc",
            "circle",
            "square",
            "decimal",
            "lower-alpha",
            "upper-alpha",
            "lower-roman",
            "upper-roman",
        ],
    ),
    ("border-collapse", &["collapse", "separate"]),
    ("direction", &["ltr", "rtl"]),
    ("display", &["block", "inline", "inline-block", "table", "table-row", "table-cell"]),
];

type Parsed<T> = Result<T, ParseError<()>>;

fn unknown() -> ParseError<()> {
    ParseError::from_basic_kind(BasicParseErrorKind::EndOfInput)
}

/// A piece from a token, and for a colour from what stands in its parentheses. All that is not known is an error.
pub(crate) fn piece(token: &Token<'_>, parser: &mut Parser<'_>) -> Parsed<Piece> {
    match token {
        Token::Ident(word) => Ok(Piece::Word(word.to_string())),
        Token::QuotedString(name) => Ok(Piece::Quoted(name.to_string())),
        Token::Hash(digits) | Token::IDHash(digits) => hexadecimal(digits).ok_or_else(unknown),
        Token::Number { value, .. } => Ok(Piece::Number(*value)),
        Token::Percentage { unit_value, .. } => Ok(Piece::Percent(unit_value * 100.0)),
        Token::Dimension { value, unit, .. } => Ok(Piece::Length(*value, unit.to_ascii_lowercase())),
        Token::Comma => Ok(Piece::Comma),
        Token::Function(name) if name.eq_ignore_ascii_case("rgb") || name.eq_ignore_ascii_case("rgba") => {
            parser.parse_nested_block(rgb)
        }
        _ => Err(unknown()),
    }
}

/// `#rgb` and `#rrggbb`; with transparency they are left out.
fn hexadecimal(digits: &str) -> Option<Piece> {
    let known = matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    known.then(|| Piece::Color { written: format!("#{}", digits.to_ascii_lowercase()), alpha: 1.0 })
}

/// What stands in `rgb(…)`, old and new (CSS Color 4 §5.1).
fn rgb(parser: &mut Parser<'_>) -> Parsed<Piece> {
    let mut parts = Vec::new();
    while let Ok(token) = parser.next() {
        match token {
            Token::Number { value, .. } if parts.len() < 3 => parts.push(*value),
            Token::Percentage { unit_value, .. } if parts.len() < 3 => parts.push(unit_value * 255.0),
            Token::Number { value, .. } => parts.push(*value),
            Token::Percentage { unit_value, .. } => parts.push(*unit_value),
            Token::Comma | Token::Delim('/') => {}
            _ => return Err(unknown()),
        }
    }
    let (red, green, blue, alpha) = match parts[..] {
        [red, green, blue] => (red, green, blue, 1.0),
        [red, green, blue, alpha] => (red, green, blue, rounded(alpha.clamp(0.0, 1.0))),
        _ => return Err(unknown()),
    };
    let [red, green, blue] = [red, green, blue].map(|part| part.clamp(0.0, 255.0).round());
    let written = if alpha < 1.0 {
        format!("rgba({red},{green},{blue},{alpha})")
    } else {
        // Whole numbers up to 255, written in base 16 by way of their digits in base 10.
        let [red, green, blue] = [red, green, blue].map(|part| part.to_string().parse::<u8>().unwrap_or(0));
        format!("#{red:02x}{green:02x}{blue:02x}")
    };
    Ok(Piece::Color { written, alpha })
}

/// Two places after the point: so a number reads as what was written.
fn rounded(value: f32) -> f32 {
    let value = (value * 100.0).round() / 100.0;
    // Without a sign before zero.
    if value == 0.0 { 0.0 } else { value }
}

/// The property and value that are written on this element, or none when they are not on the list.
pub(crate) fn write(name: &str, value: &[Piece], element: &str) -> Option<(String, String)> {
    let written = match name {
        "background" | "background-color" => {
            return Some(("background-color".to_owned(), one(value, |piece| color(piece, 0.0))?));
        }
        "color" => one(value, |piece| color(piece, LEAST_ALPHA)),
        "font-family" => fonts(value),
        "font-size" => one(value, font_size),
        "font-weight" if matches!(value, [Piece::Number(_)]) => one(value, weight),
        "line-height" => one(value, line_height),
        "letter-spacing" | "word-spacing" => one(value, |piece| length(piece, (0.0, 20.0))),
        "margin" | "padding" => some(value, 4, |piece| space(piece, name == "margin")),
        "border-spacing" | "border-radius" => some(value, 4, |piece| length(piece, SPACE_PIXELS)),
        "width" | "max-width" | "height" | "min-width" | "min-height" => {
            one(value, |piece| size(name, piece, element))
        }
        _ => match part(name) {
            Some(("margin", _)) => one(value, |piece| space(piece, true)),
            Some(("padding", _)) => one(value, |piece| space(piece, false)),
            Some(("border", _)) => some(value, 4, border),
            _ => words(name, value),
        },
    }?;
    Some((name.to_owned(), written))
}

/// `margin-left` and its like: what of it, and which side.
fn part(name: &str) -> Option<(&str, &str)> {
    if name == "border" {
        return Some((name, ""));
    }
    let (of, rest) = name.split_once('-')?;
    let (side, detail) = rest.split_once('-').unwrap_or((rest, ""));
    let details = ["", "width", "style", "color"];
    let known = match of {
        "margin" | "padding" => SIDES.contains(&rest),
        "border" => (SIDES.contains(&side) && details.contains(&detail)) || details.contains(&rest),
        _ => false,
    };
    known.then_some((of, rest))
}

fn one(value: &[Piece], write: impl Fn(&Piece) -> Option<String>) -> Option<String> {
    some(value, 1, write)
}

fn some(value: &[Piece], most: usize, write: impl Fn(&Piece) -> Option<String>) -> Option<String> {
    if value.is_empty() || value.len() > most {
        return None;
    }
    value.iter().map(write).collect::<Option<Vec<_>>>().map(|written| written.join(" "))
}

fn words(name: &str, value: &[Piece]) -> Option<String> {
    let (_, known) = WORDS.iter().find(|(property, _)| *property == name)?;
    one(value, |piece| word(piece, known))
}

fn word(piece: &Piece, known: &[&str]) -> Option<String> {
    let Piece::Word(word) = piece else { return None };
    let word = word.to_ascii_lowercase();
    known.contains(&word.as_str()).then_some(word)
}

/// A colour; a name is any of letters, since there is nothing else that a name in its place can be.
fn color(piece: &Piece, least_alpha: f32) -> Option<String> {
    match piece {
        Piece::Color { written, alpha } => (*alpha >= least_alpha).then(|| written.clone()),
        Piece::Word(name) => {
            let name = name.to_ascii_lowercase();
            let seen = least_alpha == 0.0 || name != "transparent";
            let spelled = name.len() <= 24 && name.bytes().all(|letter| letter.is_ascii_lowercase());
            (seen && spelled).then_some(name)
        }
        _ => None,
    }
}

fn fonts(value: &[Piece]) -> Option<String> {
    let names: Vec<String> = value.split(|piece| *piece == Piece::Comma).filter_map(font).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// One name of a font: in quotes, or of words.
fn font(name: &[Piece]) -> Option<String> {
    let known = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.len() <= MAX_FONT_BYTES
            && name.chars().all(|at| at.is_ascii_alphanumeric() || " -_".contains(at))
    };
    match name {
        [Piece::Word(word)] => known(word).then(|| word.clone()),
        [Piece::Quoted(name)] => known(name).then(|| format!("\"{name}\"")),
        words => {
            let word = |piece: &Piece| match piece {
                Piece::Word(word) => Some(word.clone()),
                _ => None,
            };
            let name = words.iter().map(word).collect::<Option<Vec<_>>>()?.join(" ");
            known(&name).then(|| format!("\"{name}\""))
        }
    }
}

fn font_size(piece: &Piece) -> Option<String> {
    match piece {
        Piece::Percent(percent) => within(*percent, 75.0, 300.0).map(|percent| format!("{percent}%")),
        Piece::Word(_) => word(piece, &SIZE_WORDS),
        _ => length(piece, FONT_PIXELS),
    }
}

fn weight(piece: &Piece) -> Option<String> {
    let Piece::Number(weight) = piece else { return None };
    within(*weight, 100.0, 900.0).map(|weight| weight.round().to_string())
}

fn line_height(piece: &Piece) -> Option<String> {
    match piece {
        Piece::Number(times) => within(*times, 0.9, 4.0).map(|times| times.to_string()),
        Piece::Percent(percent) => within(*percent, 90.0, 400.0).map(|percent| format!("{percent}%")),
        Piece::Word(_) => word(piece, &["normal"]),
        // Less than the text would stand over other lines; how large that is, is not known here.
        _ => None,
    }
}

fn space(piece: &Piece, outside: bool) -> Option<String> {
    match piece {
        Piece::Percent(percent) => within(*percent, 0.0, 40.0).map(|percent| format!("{percent}%")),
        Piece::Word(_) if outside => word(piece, &["auto"]),
        _ => length(piece, SPACE_PIXELS),
    }
}

fn border(piece: &Piece) -> Option<String> {
    match piece {
        Piece::Word(_) => word(piece, &BORDER_WORDS).or_else(|| color(piece, 0.0)),
        Piece::Color { .. } => color(piece, 0.0),
        _ => length(piece, (0.0, 40.0)),
    }
}

/// Whether the element may have any size: styles are read alike on all that may, and on all others.
pub(crate) fn is_sized(element: &str) -> bool {
    SIZED.contains(&element)
}

fn size(name: &str, piece: &Piece, element: &str) -> Option<String> {
    let sized = is_sized(element);
    let (least, least_percent) =
        if sized || name.starts_with("min-") { (0.0, 0.0) } else { (LEAST_PIXELS, 20.0) };
    if name == "height" && !sized {
        return None;
    }
    match piece {
        Piece::Percent(percent) => {
            within(*percent, least_percent, 100.0).map(|percent| format!("{percent}%"))
        }
        Piece::Word(_) => word(piece, &["auto"]),
        _ => length(piece, (least, MOST_PIXELS)),
    }
}

/// A length within bounds in CSS pixels (CSS Values 4 §6); what is relative to the text is taken to be 16 high.
fn length(piece: &Piece, (least, most): (f32, f32)) -> Option<String> {
    let (value, unit) = match piece {
        Piece::Number(value) if *value == 0.0 => (*value, "px"),
        Piece::Length(value, unit) => (*value, unit.as_str()),
        _ => return None,
    };
    let pixels = match unit {
        "px" => 1.0,
        "pt" => 4.0 / 3.0,
        "pc" | "em" | "rem" => 16.0,
        "ex" | "ch" => 8.0,
        "in" => 96.0,
        "cm" => 37.8,
        "mm" => 3.78,
        _ => return None,
    };
    let value = rounded(value);
    within(value * pixels, least, most)?;
    Some(if value == 0.0 { "0".to_owned() } else { format!("{value}{unit}") })
}

fn within(value: f32, least: f32, most: f32) -> Option<f32> {
    (value.is_finite() && value >= least && value <= most).then(|| rounded(value))
}
