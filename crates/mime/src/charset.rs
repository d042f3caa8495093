//! Which charset a text is in that says nothing of it, or something wrong: what French practice software sends.
//!
//! UTF-8 and UTF-16 show by themselves. Of the single-octet charsets the one wins in which the octets above ASCII are the
//! letters and signs that French has in such a place: `é` between small letters and `’` between letters speak for a charset, a
//! table line within a word or a capital after a small letter against it.

#[cfg(feature = "multi-byte")]
use std::borrow::Cow;
use std::sync::OnceLock;

use mail_parser::Charset;

/// Octets that are looked at: enough of any letter, and a bound on the work.
pub const MAX_GUESSED_OCTETS: usize = 256 * 1024;

/// The least that [`worth`] gives.
const LEAST_WORTH: i64 = -10;
/// Octets that are looked at together.
const PIECE: usize = 8;

/// Single-octet charsets of French senders, by how often they are met; of two that fit as well the first is taken.
const CANDIDATES: [&str; 4] = ["windows-1252", "ibm850", "iso-8859-15", "macintosh"];
/// The same, as they are read.
const CHARSETS: [Charset; CANDIDATES.len()] =
    [Charset::Windows1252, Charset::Ibm850, Charset::Iso8859_15, Charset::Macintosh];

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
    for (candidate, charset) in CANDIDATES.into_iter().enumerate() {
        let weight = weigh(octets, candidate);
        if weight > best.weight {
            best = Guess { charset, certain: false, weight };
        }
    }
    best
}

/// Whether as much speaks for a charset as against it; none for one that is no candidate.
pub(crate) fn is_plausible(octets: &[u8], charset: Charset) -> Option<bool> {
    let candidate = CHARSETS.iter().position(|candidate| *candidate == charset)?;
    let octets = octets.get(..MAX_GUESSED_OCTETS).unwrap_or(octets);
    // At most one for each octet: many are counted at a time.
    let pieces = octets.chunks(usize::from(u8::MAX));
    let above = pieces.map(|piece| i64::from(piece.iter().map(|octet| octet >> 7).sum::<u8>())).sum::<i64>();
    // The least that all which are left can say: it cannot change the sign any more.
    let mut least = above.saturating_mul(LEAST_WORTH);
    let weight = weigh_until(octets, candidate, |weight| {
        least = least.saturating_sub(LEAST_WORTH);
        weight.saturating_add(least) >= 0
    });
    Some(weight >= 0)
}

/// A charset of one octet each in which nearly all octets are the characters of their numbers.
#[cfg(feature = "multi-byte")]
#[derive(Clone, Copy)]
pub struct OneOctet {
    charset: Charset,
    table: &'static [char; 256],
    others: u8,
}

#[cfg(feature = "multi-byte")]
impl OneOctet {
    pub(crate) fn of(charset: Charset) -> Option<Self> {
        let others = match charset {
            Charset::Windows1252 => 0x80,
            Charset::Iso8859_15 => 0xa0,
            _ => return None,
        };
        let candidate = CHARSETS.iter().position(|candidate| *candidate == charset)?;
        Some(Self { charset, table: &table(candidate).characters, others })
    }

    /// Whether all octets mean something in it.
    pub(crate) fn knows_all(self, octets: &[u8]) -> bool {
        let in_block = |octet: &&u8| **octet & 0xe0 == self.others;
        let is_unknown =
            |octet: &u8| self.table.get(usize::from(*octet)) == Some(&char::REPLACEMENT_CHARACTER);
        let mut pieces = octets.chunks(2 * PIECE).filter(|piece| {
            // Without stopping at the first: sixteen at once.
            piece.iter().fold(false, |found, octet| found | in_block(&octet))
        });
        !pieces.any(|piece| piece.iter().any(is_unknown))
    }

    /// The characters of all octets, each of at most 16 bits.
    #[must_use]
    pub fn table(&self) -> &'static [char; 256] {
        self.table
    }

    /// The first of 32 octets beside which each is the character of its number.
    #[must_use]
    pub fn others(&self) -> u8 {
        self.others
    }

    pub(crate) fn decode(self, octets: &[u8]) -> Cow<'_, str> {
        self.charset.decode(octets)
    }
}

/// A character that was cut at the end of what is looked at is no fault.
fn is_utf8(octets: &[u8]) -> bool {
    match std::str::from_utf8(octets) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && octets.len() == MAX_GUESSED_OCTETS,
    }
}

/// What each octet stands for in a candidate.
struct Table {
    characters: [char; 256],
    /// What most letters above ASCII of any French text say between small letters of ASCII, else 0.
    between: [u8; 256],
}

/// Made once for each candidate.
fn table(candidate: usize) -> &'static Table {
    static TABLES: [OnceLock<Table>; CHARSETS.len()] = [const { OnceLock::new() }; CHARSETS.len()];
    static NONE: Table = Table { characters: [char::REPLACEMENT_CHARACTER; 256], between: [0; 256] };
    let known = CHARSETS.get(candidate).zip(TABLES.get(candidate));
    known.map_or(&NONE, |(charset, table)| table.get_or_init(|| Table::of(*charset)))
}

impl Table {
    fn of(charset: Charset) -> Self {
        let octets: Vec<u8> = (0..=u8::MAX).collect();
        let decoded: Vec<char> = charset.decode(&octets).chars().collect();
        let characters = decoded.try_into().unwrap_or([char::REPLACEMENT_CHARACTER; 256]);
        Self { characters, between: characters.map(between) }
    }

    fn read(&self, octet: u8) -> char {
        self.characters.get(usize::from(octet)).copied().unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// What an octet above ASCII says between its neighbours.
    fn worth(&self, octets: &[u8], place: usize) -> i64 {
        let near = |place: Option<usize>| place.and_then(|place| octets.get(place)).copied().unwrap_or(b' ');
        let (before, here, after) =
            (near(place.checked_sub(1)), near(Some(place)), near(place.checked_add(1)));
        let soon = self.between.get(usize::from(here)).copied().unwrap_or_default();
        if soon > 0 && before.is_ascii_lowercase() && after.is_ascii_lowercase() {
            return i64::from(soon);
        }
        worth(self.read(before), self.read(here), self.read(after))
    }
}

fn between(letter: char) -> u8 {
    match letter {
        'é' => 8,
        'è' | 'ê' | 'ç' => 6,
        _ => 0,
    }
}

fn weigh(octets: &[u8], candidate: usize) -> i64 {
    weigh_until(octets, candidate, |_| false)
}

/// The weight where `is_enough` said so, which is asked behind each octet above ASCII.
fn weigh_until(octets: &[u8], candidate: usize, mut is_enough: impl FnMut(i64) -> bool) -> i64 {
    let table = table(candidate);
    let mut weight = 0_i64;
    for (piece, start) in octets.chunks(PIECE).zip((0..octets.len()).step_by(PIECE)) {
        for at in Above::ascii(piece) {
            weight = weight.saturating_add(table.worth(octets, start.saturating_add(at)));
            if is_enough(weight) {
                return weight;
            }
        }
    }
    weight
}

/// The places of what is above ASCII among eight octets.
struct Above(u64);

impl Above {
    fn ascii(piece: &[u8]) -> Self {
        let mut eight = [0; PIECE];
        eight.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
        Self(u64::from_le_bytes(piece.first_chunk().copied().unwrap_or(eight)) & 0x8080_8080_8080_8080)
    }
}

impl Iterator for Above {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = usize::try_from(self.0.trailing_zeros() / u8::BITS).ok()?;
        // None is left where subtracting one goes below nothing.
        self.0 &= self.0.checked_sub(1)?;
        Some(at)
    }
}

/// What a character above ASCII says between its neighbours.
fn worth(before: char, here: char, after: char) -> i64 {
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
        '\u{80}'..='\u{9f}' | char::REPLACEMENT_CHARACTER => LEAST_WORTH,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "multi-byte")]
    #[test]
    fn most_octets_are_the_characters_of_their_numbers() {
        for charset in [Charset::Windows1252, Charset::Iso8859_15] {
            let one = OneOctet::of(charset).unwrap();
            for octet in 0..=u8::MAX {
                let found = one.table()[usize::from(octet)];
                assert_eq!(
                    charset.decode_checked(&[octet]),
                    (found.to_string().into(), !one.knows_all(&[octet]))
                );
                assert!(octet & 0xe0 == one.others() || found == char::from(octet), "{octet:02x}");
            }
        }
        assert!(OneOctet::of(Charset::Ibm850).is_none());
    }

    /// Every text of five pieces: stopping early changes no answer.
    #[test]
    fn what_is_plausible_is_known_before_the_end() {
        const PIECES: [&[u8]; 8] = [b"e", b"E", b" ", b"\xe9", b"\xc9", b"\x92", b"\xa4", b"\x81"];
        for number in 0..PIECES.len().pow(5) {
            let octets: Vec<u8> = (0_u32..5)
                .flat_map(|at| PIECES[number / PIECES.len().pow(at) % PIECES.len()])
                .copied()
                .collect();
            for (candidate, charset) in CHARSETS.into_iter().enumerate() {
                assert_eq!(
                    is_plausible(&octets, charset),
                    Some(weigh(&octets, candidate) >= 0),
                    "{octets:x?}"
                );
            }
        }
    }
}
