//! Character references (HTML Living Standard §13.2.5.72 to 80).

use std::sync::LazyLock;

/// Names and code points in hexadecimal, sorted by name: HTML 4's, those of European letters and of punctuation. The
/// standard has 2,231, most of them for formulas: 28 kB of compressed wasm that no letter asks for.
const NAMED: &str = include_str!("entities.txt");

static TABLE: LazyLock<Vec<(&'static str, char)>> = LazyLock::new(|| NAMED.lines().filter_map(row).collect());

fn row(line: &'static str) -> Option<(&'static str, char)> {
    let (name, point) = line.split_once(' ')?;
    Some((name, char::from_u32(u32::from_str_radix(point, 16).ok()?)?))
}

/// What the numbers 128 to 159 stand for, which are windows-1252 in disguise.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// The character a whole reference (`&eacute;`, `&#233;`, `&#xE9;`) stands for; `None` when it is none we know.
pub(super) fn decode(reference: &str) -> Option<char> {
    let name = reference.strip_prefix('&')?.strip_suffix(';')?;
    let Some(number) = name.strip_prefix('#') else { return named(name) };
    let point = match number.strip_prefix(['x', 'X']) {
        Some(hex) => parse(hex, 16)?,
        None => parse(number, 10)?,
    };
    Some(numbered(point))
}

fn named(name: &str) -> Option<char> {
    let at = TABLE.binary_search_by_key(&name, |(known, _)| known).ok()?;
    TABLE.get(at).map(|(_, c)| *c)
}

/// Digits only; whatever is too large for a number is too large for a character.
fn parse(digits: &str, radix: u32) -> Option<u32> {
    let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    valid.then(|| u32::from_str_radix(digits, radix).unwrap_or(u32::MAX))
}

fn numbered(point: u32) -> char {
    let disguised = point.checked_sub(0x80).and_then(|at| usize::try_from(at).ok());
    match disguised.and_then(|at| WINDOWS_1252.chars().nth(at)) {
        Some(c) => c,
        None if point == 0 => char::REPLACEMENT_CHARACTER,
        None => char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLE, decode};

    #[test]
    fn the_table_is_whole_and_sorted() {
        assert_eq!(TABLE.len(), super::NAMED.lines().count());
        assert!(TABLE.is_sorted_by_key(|(name, _)| *name));
    }

    #[test]
    fn references_stand_for_their_characters() {
        for (reference, c) in [
            ("&eacute;", Some('é')),
            ("&Lstrok;", Some('Ł')),
            ("&le;", Some('≤')),
            ("&nbsp;", Some('\u{a0}')),
            ("&hellip;", Some('…')),
            ("&#233;", Some('é')),
            ("&#xE9;", Some('é')),
            ("&#X1F600;", Some('😀')),
            ("&#150;", Some('–')),
            ("&#x9F;", Some('Ÿ')),
            ("&#160;", Some('\u{a0}')),
            ("&#0;", Some('\u{fffd}')),
            ("&#xD800;", Some('\u{fffd}')),
            ("&#99999999999999999999;", Some('\u{fffd}')),
            ("&#;", None),
            ("&#x;", None),
            ("&#+1;", None),
            ("&eacute", None),
            ("&unknown;", None),
            ("&", None),
        ] {
            assert_eq!(decode(reference), c, "{reference}");
        }
    }
}
