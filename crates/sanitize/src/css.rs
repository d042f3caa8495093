//! Styles of single elements (CSS Style Attributes), by a list of properties. Sheets are left out.

use cssparser::{BasicParseErrorKind, Delimiter, ParseError, Parser, Token};

pub(crate) use crate::css_value::is_sized;
use crate::css_value::{Piece, piece, write};

/// Longest style that is looked at, in bytes: editors write some hundreds.
const MAX_STYLE_BYTES: usize = 8 * 1024;
/// Most declarations of one element.
const MAX_DECLARATIONS: usize = 64;
/// Most pieces of one value: a list of fonts.
const MAX_PIECES: usize = 24;
/// Blocks inside each other that are looked into for what they would fetch.
const MAX_NESTING: usize = 8;
/// Functions that fetch (CSS Images 4, CSS Values 4 §4.5).
const FETCHING: [&str; 8] =
    ["url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "element", "paint"];

/// What is written for an element's style, or none when nothing of it is kept.
pub(crate) fn kept(style: &str, element: &str) -> Option<String> {
    let kept: Vec<String> = declarations(style)
        .iter()
        .filter_map(|(name, value)| write(name, value, element))
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    (!kept.is_empty()).then(|| kept.join(";"))
}

/// Whether the style takes the element off the page.
pub(crate) fn hides(style: &str) -> bool {
    let last = |name: &str| declarations(style).into_iter().rev().find(|(known, _)| known == name);
    last("display").is_some_and(|(_, value)| value == [Piece::Word("none".to_owned())])
}

type Declaration = (String, Vec<Piece>);

/// The declarations that were understood, in their order; what was meant to be stronger stands for itself.
fn declarations(style: &str) -> Vec<Declaration> {
    let mut declarations = Vec::new();
    if style.len() > MAX_STYLE_BYTES {
        return declarations;
    }
    let mut parser = Parser::new(style);
    while !parser.is_exhausted() && declarations.len() < MAX_DECLARATIONS {
        if let Ok(declaration) = parser.parse_until_after(Delimiter::Semicolon, declaration) {
            declarations.push(declaration);
        }
    }
    declarations
}

fn declaration<'i>(parser: &mut Parser<'i>) -> Result<Declaration, ParseError<()>> {
    let name = parser.expect_ident_cloned()?.to_ascii_lowercase();
    parser.expect_colon()?;
    let mut pieces = Vec::new();
    while let Ok(token) = parser.next() {
        let token = token.clone();
        if token == Token::Delim('!') {
            parser.expect_ident_matching("important")?;
            parser.expect_exhausted()?;
            break;
        }
        pieces.push(piece(&token, parser)?);
        if pieces.len() > MAX_PIECES {
            return Err(ParseError::from_basic_kind(BasicParseErrorKind::EndOfInput));
        }
    }
    Ok((name, pieces))
}

/// How many addresses a style or a sheet would fetch.
pub(crate) fn remote(css: &str) -> usize {
    // Functions and `@import` begin with nothing else, not even escaped.
    if !css.bytes().any(|octet| matches!(octet, b'(' | b'@')) {
        return 0;
    }
    remote_in(&mut Parser::new(css), MAX_NESTING)
}

fn remote_in(parser: &mut Parser<'_>, nesting: usize) -> usize {
    let mut found = 0_usize;
    let mut imports = false;
    while let Ok(token) = parser.next() {
        let token = token.clone();
        let blocks = match &token {
            Token::AtKeyword(name) => {
                imports = name.eq_ignore_ascii_case("import");
                continue;
            }
            Token::UnquotedUrl(address) => {
                found = found.saturating_add(usize::from(is_remote(address)));
                false
            }
            Token::QuotedString(_) => {
                found = found.saturating_add(usize::from(imports));
                false
            }
            Token::Function(name) => {
                let fetches = FETCHING.iter().any(|known| name.eq_ignore_ascii_case(known));
                found = found.saturating_add(usize::from(fetches));
                true
            }
            Token::ParenthesisBlock | Token::SquareBracketBlock | Token::CurlyBracketBlock => true,
            _ => false,
        };
        imports = false;
        if blocks && nesting > 0 {
            let inside: Result<usize, ParseError<()>> =
                parser.parse_nested_block(|inner| Ok(remote_in(inner, nesting.saturating_sub(1))));
            found = found.saturating_add(inside.unwrap_or(0));
        }
    }
    found
}

fn is_remote(address: &str) -> bool {
    let address = address.trim().to_ascii_lowercase();
    !address.is_empty() && !["data:", "cid:", "#"].iter().any(|own| address.starts_with(own))
}

#[cfg(test)]
mod tests {
    use super::{hides, kept, remote};

    #[test]
    fn what_letters_say_is_kept() {
        for (style, written) in [
            ("color:#C00; FONT-SIZE: 12.0pt", "color:#c00;font-size:12pt"),
            (
                "font-family:\"Segoe UI\",Arial,sans-serif !important",
                "font-family:\"Segoe UI\",Arial,sans-serif",
            ),
            ("font-family:Segoe UI, Calibri", "font-family:\"Segoe UI\",Calibri"),
            ("font-family:-apple-system,'é',Arial", "font-family:Arial"),
            ("margin:0cm 0cm 8.0pt 0cm", "margin:0 0 8pt 0"),
            ("background:#fff", "background-color:#fff"),
            ("color:rgb(10, 20, 300)", "color:#0a14ff"),
            ("color:rgb(10 20 30 / 80%)", "color:rgba(10,20,30,0.8)"),
            (
                "border:solid windowtext 1.0pt;mso-border-alt:solid windowtext .5pt",
                "border:solid windowtext 1pt",
            ),
            ("line-height:107%", "line-height:107%"),
            ("text-decoration:underline", "text-decoration:underline"),
        ] {
            assert_eq!(kept(style, "p").as_deref(), Some(written), "{style}");
            assert_eq!(kept(written, "p").as_deref(), Some(written), "{style}");
        }
    }

    #[test]
    fn what_hides_overlays_or_fetches_is_not() {
        for style in [
            "position:fixed",
            "z-index:9",
            "transform:scale(9)",
            "margin:-9px",
            "margin-left:-1em",
            "opacity:0",
            "color:transparent",
            "color:rgba(0,0,0,.1)",
            "font-size:0",
            "font-size:1px",
            "font-size:900px",
            "line-height:0",
            "background:url(x)",
            "background:#fff url(x)",
            "background-image:image-set('x' 1x)",
            "width:expression(alert(1))",
            "behavior:url(x)",
            "-moz-binding:url(x)",
            "content:'x'",
            "cursor:url(x)",
            "animation:x 1s",
            "transition:all 1s",
            "filter:blur(9px)",
            "clip:rect(0,0,0,0)",
            "color:var(--x)",
            "width:calc(100% + 9px)",
            "width:1px",
            "height:1px",
            "c\\6flor\\3a red",
            "color:r\\65 d;}",
            "font-family:url(x)",
            "list-style:url(x)",
            "--x:url(x)",
            "color:attr(x)",
            "margin:1e38px",
            "margin:99999999999999999999px",
        ] {
            assert_eq!(kept(style, "p").filter(|kept| kept != "color:red"), None, "{style}");
        }
    }

    #[test]
    fn what_is_hidden_is_found() {
        assert!(hides("DISPLAY : none !important"));
        assert!(hides("color:red;display:n\\6fne"));
        assert!(!hides("display:none;display:block"));
        assert!(!hides("display:block"));
    }

    #[test]
    fn what_would_be_fetched_is_counted() {
        assert_eq!(remote("background:url(https://x/a.png)"), 1);
        assert_eq!(remote("background:url('https://x/a.png'), URL(b)"), 2);
        assert_eq!(remote("@import 'https://x/a.css'; @import url(b); a{b:url(c)}"), 3);
        assert_eq!(remote("a:url(data:image/png;base64,AA)"), 0);
        assert_eq!(remote("@media x{@font-face{src:\\75rl(x)}}"), 1);
    }
}
