//! Which charset a text is in that says nothing of it, or something wrong: what French practice software sends.
//!
//! UTF-8 and UTF-16 show by themselves. Of the single-octet charsets the one wins in which the octets above ASCII are the
//! letters and signs that French has in such a place: `é` between small letters and `’` between letters speak for a charset, a
//! table line within a word or a capital after a small letter against it.

use std::sync::OnceLock;

use mail_parser::Charset;

/// Octets that are looked at: enough of any letter, and a bound on the work.
pub const MAX_GUESSED_OCTETS: usize = 256 * 1024;

/// Octets that are looked at together.
const PIECE: usize = 8;
/// Octets above ASCII in one charset.
const HIGH: usize = 128;

/// Single-octet charsets of French senders, by how often they are met; of two that fit as well the first is taken.
const CANDIDATES: [&str; 4] = ["windows-1252", "ibm850", "iso-8859-15", "macintosh"];

/// How well text fits a charset that it might be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// Its IANA name in lower case.
    pub charset: &'static str,
    /// Whether nothing else could be meant: the octets are all ASCII, or valid UTF-8, or begin with a byte order mark.
    pub certain: bool,
    /// What speaks for it minus what speaks against it; 0 where it is certain.
    pub weight: i64,
}

/// Guesses the charset of untrusted octets. Not more than the first [`MAX_GUESSED_OCTETS`] are looked at.
#[must_use]
pub fn guess_charset(octets: &[u8]) -> Guess {
    let certain = |charset| Guess { charset, certain: true, weight: 0 };
    if octets.starts_with(&[0xff, 0xfe]) {
        return certain("utf-16le");
    }
    if octets.starts_with(&[0xfe, 0xff]) {
        return certain("utf-16be");
    }
    let octets = octets.get(..MAX_GUESSED_OCTETS).unwrap_or(octets);
    if is_utf8(octets) {
        return certain("utf-8");
    }
    let mut best = Guess { charset: CANDIDATES[0], certain: false, weight: i64::MIN };
    for charset in CANDIDATES {
        let weight = weigh(octets, charset);
        if weight > best.weight {
            best = Guess { charset, certain: false, weight };
        }
    }
    best
}

/// What speaks for a declared charset minus what speaks against it; none for one that is no candidate.
pub(crate) fn weight_of(octets: &[u8], label: &str) -> Option<i64> {
    let declared = Charset::from_label(label.as_bytes())?;
    let is_it = |candidate: &&&str| Charset::from_label(candidate.as_bytes()) == Some(declared);
    let candidate = CANDIDATES.iter().find(is_it)?;
    Some(weigh(octets.get(..MAX_GUESSED_OCTETS).unwrap_or(octets), candidate))
}

/// A character that was cut at the end of what is looked at is no fault.
fn is_utf8(octets: &[u8]) -> bool {
    match std::str::from_utf8(octets) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && octets.len() == MAX_GUESSED_OCTETS,
    }
}

/// The characters of the octets from 0x80 to 0xff, made once for each candidate.
fn table(label: &str) -> &'static [char] {
    static TABLES: [OnceLock<Vec<char>>; CANDIDATES.len()] = [const { OnceLock::new() }; CANDIDATES.len()];
    let known = CANDIDATES.iter().zip(&TABLES).find(|(candidate, _)| **candidate == label);
    known.map_or(&[], |(_, table)| table.get_or_init(|| characters(label)))
}

fn characters(label: &str) -> Vec<char> {
    let octets: Vec<u8> = (0x80..=0xff).collect();
    let charset = Charset::from_label(label.as_bytes()).unwrap_or_default();
    let decoded: Vec<char> = charset.decode(&octets).chars().collect();
    if decoded.len() == HIGH { decoded } else { vec![char::REPLACEMENT_CHARACTER; HIGH] }
}

fn weigh(octets: &[u8], label: &str) -> i64 {
    let table = table(label);
    let read = |octet: u8| match octet.checked_sub(0x80) {
        None => char::from(octet),
        Some(high) => table.get(usize::from(high)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    let near =
        |place: Option<usize>| place.and_then(|place| octets.get(place)).map_or(' ', |octet| read(*octet));
    // Where there is none above ASCII, eight are passed at once.
    let pieces =
        octets.chunks(PIECE).zip((0..octets.len()).step_by(PIECE)).filter(|(piece, _)| !piece.is_ascii());
    let all = pieces.flat_map(|(piece, start)| (start..).zip(piece));
    all.filter(|(_, octet)| !octet.is_ascii()).fold(0_i64, |weight, (place, octet)| {
        let (before, after) = (near(place.checked_sub(1)), near(place.checked_add(1)));
        weight.saturating_add(worth(before, read(*octet), after))
    })
}

/// What a character above ASCII says between its neighbours.
fn worth(before: char, here: char, after: char) -> i64 {
    // Most of them in any French text, and soon known.
    if before.is_ascii_lowercase() && after.is_ascii_lowercase() && matches!(here, 'é' | 'è' | 'ê' | 'ç')
    {
        return if here == 'é' { 8 } else { 6 };
    }
    let (joined, goes_on) = (before.is_alphabetic(), after.is_alphabetic());
    if here.is_lowercase() && here != 'ª' && here != 'º' {
        return small(before, here, after);
    }
    if here.is_uppercase() {
        return capital(before, here, after);
    }
    let (within, apart) = (joined && goes_on, !joined && !goes_on);
    match here {
        '’' if within => 5,
        '’' => 0,
        '«' | '»' | '“' | '”' if !within => 3,
        '…' if !goes_on && before != ' ' => 3,
        '–' | '—' | '•' if apart => 2,
        '\u{a0}' if !goes_on || before.is_numeric() => 2,
        '\u{a0}' => 0,
        '°' if before.is_numeric() || matches!(before, 'n' | 'N' | ' ') => 5,
        'µ' if goes_on && !joined => 5,
        '²' | '³' if matches!(before, 'm' | 's') => 5,
        '€' | '±' | '×' | '½' | '¼' | '¾' | '≥' | '≤' | '§' if apart => 3,
        // Tables drawn with lines stand apart from words.
        '\u{2500}'..='\u{259f}' => {
            if joined || goes_on {
                -6
            } else {
                0
            }
        }
        '\u{80}'..='\u{9f}' | char::REPLACEMENT_CHARACTER => -10,
        _ if within => -6,
        _ => -1,
    }
}

fn small(before: char, here: char, after: char) -> i64 {
    let (joined, goes_on) = (before.is_alphabetic(), after.is_alphabetic());
    // Between capitals stand capitals.
    if after.is_uppercase() || (before.is_uppercase() && !goes_on) {
        return -5;
    }
    match (here, joined, goes_on) {
        ('à', false, false) => 9,
        // là, déjà, voilà, delà
        ('à', true, false) if matches!(before, 'l' | 'j') => 4,
        ('à', ..) => -3,
        ('ù', true, false) if before == 'o' || before == 'O' => 5,
        ('µ', false, true) => 5,
        (_, false, false) => -4,
        ('é', ..) => 8,
        ('è' | 'ê' | 'ç', ..) => 6,
        ('ô' | 'î' | 'û' | 'â' | 'ï' | 'ë' | 'œ', _, true) => 4,
        ('ü' | 'ö' | 'ñ' | 'ä', _, true) => -1,
        _ => -4,
    }
}

fn capital(before: char, here: char, after: char) -> i64 {
    let french = matches!(here, 'É' | 'È' | 'Ê' | 'Ë' | 'À' | 'Â' | 'Ç' | 'Ô' | 'Î' | 'Ï' | 'Û' | 'Ù' | 'Œ');
    if before.is_lowercase() {
        return -6;
    }
    match (before.is_uppercase(), after.is_uppercase(), after.is_lowercase()) {
        _ if !french => -4,
        (true, true, _) | (true, false, false) | (false, true, _) => 5,
        // Éric, Être, À
        (false, _, true) if matches!(here, 'É' | 'È' | 'Ê' | 'Ç' | 'Î' | 'Œ' | 'À' | 'Ô') => 5,
        (false, false, false) if here == 'À' => 5,
        _ => -3,
    }
}
