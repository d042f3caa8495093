//! Words as JavaScript holds them: one octet for each character as long as all are Latin-1, two octets (UTF-16) from the first on
//! that is not. Whoever takes them there copies them, and decodes nothing.

use sceau_mime::{OneOctet, Text};
use zeroize::{DefaultIsZeroes, Zeroize as _};

/// Octets that are looked at together.
const PIECE: usize = 8;
/// Room that is kept for the next words.
const KEPT_UNITS: usize = 256 * 1024;
/// The first three bits of an octet: which of eight blocks of 32 it is in.
const BLOCK: u8 = 0xe0;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;
const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// Words one after the other, wiped when they are dropped or begun anew.
#[derive(Default)]
pub(crate) struct Units {
    narrow: Room<u8>,
    wide: Room<u16>,
    is_wide: bool,
}

/// How line ends are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// As they come.
    Kept,
    /// LF for CR LF and for CR.
    Lf,
}

impl Units {
    /// Forgets what there was. `is_wide`: two octets for each from the beginning.
    pub(crate) fn begin(&mut self, is_wide: bool) {
        self.narrow.wipe();
        self.wide.wipe();
        self.is_wide = is_wide;
    }

    /// How many there are: as many as JavaScript counts.
    pub(crate) fn len(&self) -> usize {
        if self.is_wide { self.wide.length } else { self.narrow.length }
    }

    pub(crate) fn is_wide(&self) -> bool {
        self.is_wide
    }

    /// Where they lie in memory.
    pub(crate) fn address(&self) -> usize {
        if self.is_wide { self.wide.units.as_ptr().addr() } else { self.narrow.units.as_ptr().addr() }
    }

    /// Whether a line end was written last.
    pub(crate) fn end_a_line(&self) -> bool {
        if self.is_wide { self.wide.last() == Some(u16::from(LF)) } else { self.narrow.last() == Some(LF) }
    }

    pub(crate) fn push(&mut self, text: &str, lines: Lines) {
        let mut rest = text.as_bytes();
        if !self.is_wide {
            rest = self.narrow.push(rest, lines);
            if rest.is_empty() {
                return;
            }
            self.widen();
        }
        self.wide.push(rest, lines);
    }

    /// Text of a part: line ends become LF.
    pub(crate) fn push_text(&mut self, text: Text<'_>) {
        match text {
            Text::Utf8(text) => self.push(text, Lines::Lf),
            Text::Octets(octets, charset) => self.push_read(octets, charset),
        }
    }

    fn push_read(&mut self, octets: &[u8], charset: OneOctet) {
        let mut rest = octets;
        if !self.is_wide {
            rest = self.narrow.push_read(rest, charset);
            if rest.is_empty() {
                return;
            }
            self.widen();
        }
        self.wide.push_read(rest, charset);
    }

    /// Octets, each as the character of its number.
    pub(crate) fn push_octets(&mut self, octets: &[u8]) {
        if self.is_wide { self.wide.push_octets(octets) } else { self.narrow.push_octets(octets) }
    }

    fn widen(&mut self) {
        let narrow = self.narrow.units.get(..self.narrow.length).unwrap_or_default();
        self.wide.push_octets(narrow);
        self.narrow.wipe();
        self.is_wide = true;
    }
}

impl Drop for Units {
    fn drop(&mut self) {
        self.begin(false);
    }
}

/// Nothing but zeros beyond its length.
#[derive(Default)]
struct Room<U> {
    units: Vec<U>,
    length: usize,
}

/// An octet, or the half of UTF-16.
trait Unit: DefaultIsZeroes + From<u8> {
    /// None for what has no room in one.
    fn of(character: u32) -> Option<Self>;
    /// Both units of a character beyond the first 65,536.
    fn pair(character: u32) -> Option<[Self; 2]>;

    /// Writes UTF-8 many octets at a time, as long as it can, and says how many units and octets that were.
    fn many_of_utf8(room: &mut [Self], text: &[u8], _: Lines) -> (usize, usize) {
        plain(room, text, |eight| octets_of(eight, HIGH, HIGH) | octets_of(eight, !0, splat(CR)))
    }

    /// The same with octets of which those with this beginning are not the characters of their numbers.
    fn many_of_octets(room: &mut [Self], octets: &[u8], others: u8) -> (usize, usize) {
        plain(room, octets, |eight| {
            octets_of(eight, splat(BLOCK), splat(others)) | octets_of(eight, !0, splat(CR))
        })
    }
}

impl Unit for u8 {
    fn of(character: u32) -> Option<Self> {
        Self::try_from(character).ok()
    }

    fn pair(_: u32) -> Option<[Self; 2]> {
        None
    }
}

impl Unit for u16 {
    fn of(character: u32) -> Option<Self> {
        Self::try_from(character).ok()
    }

    fn pair(character: u32) -> Option<[Self; 2]> {
        let mut units = [0; 2];
        char::from_u32(character)?.encode_utf16(&mut units);
        Some(units)
    }

    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    fn many_of_utf8(room: &mut [Self], text: &[u8], lines: Lines) -> (usize, usize) {
        crate::lanes::utf8(room, text, lines)
    }

    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    fn many_of_octets(room: &mut [Self], octets: &[u8], others: u8) -> (usize, usize) {
        crate::lanes::octets(room, octets, others)
    }
}

impl<U: Unit> Room<U> {
    fn last(&self) -> Option<U> {
        self.units.get(self.length.checked_sub(1)?).copied()
    }

    fn wipe(&mut self) {
        self.units.get_mut(..self.length).unwrap_or_default().zeroize();
        self.length = 0;
        if self.units.len() > KEPT_UNITS {
            self.units = Vec::new();
        }
    }

    /// Room for as many more, and a piece.
    fn reserve(&mut self, more: usize) {
        let wanted = self.length.saturating_add(more).saturating_add(PIECE);
        if wanted <= self.units.len() {
            return;
        }
        let mut grown = vec![U::default(); wanted.max(self.units.len().saturating_mul(2)).max(4 * 1024)];
        let kept = self.units.get_mut(..self.length).unwrap_or_default();
        grown.iter_mut().zip(kept.iter()).for_each(|(to, from)| *to = *from);
        kept.zeroize();
        self.units = grown;
    }

    fn push_octets(&mut self, octets: &[u8]) {
        self.reserve(octets.len());
        let room = self.units.get_mut(self.length..).unwrap_or_default();
        room.iter_mut().zip(octets).for_each(|(to, octet)| *to = U::from(*octet));
        self.length = self.length.saturating_add(octets.len());
    }

    /// Writes UTF-8 as far as it goes, and gives what is left: from the first character on that has no room in a unit.
    fn push<'t>(&mut self, text: &'t [u8], lines: Lines) -> &'t [u8] {
        self.write(
            text,
            |room, text| U::many_of_utf8(room, text, lines),
            |octet| octet.is_ascii() && octet != CR,
            |room, text| write_one(room, text, lines),
        )
    }

    /// The same with octets in a charset of one, each line end as LF.
    fn push_read<'t>(&mut self, octets: &'t [u8], charset: OneOctet) -> &'t [u8] {
        let others = charset.others();
        self.write(
            octets,
            |room, octets| U::many_of_octets(room, octets, others),
            |octet| octet & BLOCK != others && octet != CR,
            |room, octets| read_one(room, octets, charset),
        )
    }

    /// `many` is [`Unit::many_of_utf8`] or its like, `is_plain` tells octets that are the characters of their numbers, and `one` writes a
    /// single character.
    fn write<'t>(
        &mut self,
        text: &'t [u8],
        many: impl Fn(&mut [U], &[u8]) -> (usize, usize),
        is_plain: impl Fn(u8) -> bool,
        one: impl Fn(&mut [U], &[u8]) -> Option<(usize, usize)>,
    ) -> &'t [u8] {
        self.reserve(text.len());
        let room = self.units.get_mut(self.length..).unwrap_or_default();
        let (mut written, mut rest) = (0_usize, text);
        while !rest.is_empty() {
            let (units, octets) = many(room.get_mut(written..).unwrap_or_default(), rest);
            written = written.saturating_add(units);
            rest = rest.get(octets..).unwrap_or_default();
            let to = room.get_mut(written..).unwrap_or_default();
            let few = rest.iter().take(PIECE).take_while(|octet| is_plain(**octet));
            let plain = to.iter_mut().zip(few).map(|(to, octet)| *to = U::from(*octet)).count();
            written = written.saturating_add(plain);
            rest = rest.get(plain..).unwrap_or_default();
            if plain == PIECE || rest.is_empty() {
                continue;
            }
            let Some((units, octets)) = one(room.get_mut(written..).unwrap_or_default(), rest) else { break };
            written = written.saturating_add(units);
            rest = rest.get(octets..).unwrap_or_default();
        }
        // Beyond the length there is nothing but zeros.
        let beyond = room.get_mut(written..).unwrap_or_default();
        beyond.iter_mut().take(PIECE).for_each(|unit| *unit = U::default());
        self.length = self.length.saturating_add(written);
        rest
    }
}

/// Writes octets that are the characters of their numbers, eight at a time, up to the first that is not.
fn plain<U: Unit>(room: &mut [U], text: &[u8], others: impl Fn(u64) -> u64) -> (usize, usize) {
    let mut written = 0_usize;
    while let Some(eight) = text.get(written..).and_then(<[u8]>::first_chunk::<PIECE>) {
        let Some(to) = room.get_mut(written..).and_then(<[U]>::first_chunk_mut::<PIECE>) else { break };
        // What is written beyond the plain ones is written over.
        *to = eight.map(U::from);
        let others = others(u64::from_le_bytes(*eight));
        written =
            written.saturating_add(usize::try_from(others.trailing_zeros() / u8::BITS).unwrap_or_default());
        if others != 0 {
            break;
        }
    }
    (written, written)
}

const fn splat(octet: u8) -> u64 {
    ONES * octet as u64
}

/// Marks octets that are `wanted` where `mask` has ones. The lowest bit that is set is that of the first such octet; above it
/// others may be set by the borrow.
fn octets_of(eight: u64, mask: u64, wanted: u64) -> u64 {
    let other = (eight & mask) ^ wanted;
    other.wrapping_sub(ONES) & !other & HIGH
}

/// Writes the first octet in its charset.
fn read_one<U: Unit>(to: &mut [U], octets: &[u8], charset: OneOctet) -> Option<(usize, usize)> {
    let character = match octets {
        [CR, LF, ..] => return Some((0, 1)),
        [CR, ..] => char::from(LF),
        [octet, ..] => charset.table().get(usize::from(*octet)).copied()?,
        [] => return None,
    };
    *to.first_mut()? = U::of(u32::from(character))?;
    Some((1, 1))
}

/// Writes the first character, and says how many units and octets it had.
fn write_one<U: Unit>(to: &mut [U], text: &[u8], lines: Lines) -> Option<(usize, usize)> {
    let low = |octet: &u8| u32::from(octet & 0x3f);
    let (character, octets) = match text {
        [CR, LF, ..] if lines == Lines::Lf => return Some((0, 1)),
        [CR, ..] if lines == Lines::Lf => (u32::from(LF), 1),
        [one @ ..0x80, ..] => (u32::from(*one), 1),
        [one @ ..0xe0, two, ..] => (u32::from(one & 0x1f) << 6 | low(two), 2),
        [one @ ..0xf0, two, three, ..] => (u32::from(one & 0x0f) << 12 | low(two) << 6 | low(three), 3),
        [one, two, three, four, ..] => {
            let character = u32::from(one & 0x07) << 18 | low(two) << 12 | low(three) << 6 | low(four);
            let pair = U::pair(character)?;
            *to.first_chunk_mut::<2>()? = pair;
            return Some((2, 4));
        }
        _ => return None,
    };
    *to.first_mut()? = U::of(character)?;
    Some((1, octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(units: &Units) -> String {
        match units.is_wide {
            true => String::from_utf16(&units.wide.units[..units.wide.length]).unwrap(),
            false => units.narrow.units[..units.narrow.length].iter().map(|unit| char::from(*unit)).collect(),
        }
    }

    fn is_clean(units: &Units) -> bool {
        units.narrow.units[units.narrow.length..].iter().all(|unit| *unit == 0)
            && units.wide.units[units.wide.length..].iter().all(|unit| *unit == 0)
    }

    /// Every text of five pieces, in one go and in two.
    #[test]
    fn words_are_what_was_written() {
        const PIECES: [&str; 8] = ["", "a", "é", "€", "🎈", "\r", "\n", "huit lettres et plus"];
        let mut units = Units::default();
        for number in 0..PIECES.len().pow(5) {
            let pieces: Vec<&str> =
                (0_u32..5).map(|at| PIECES[number / PIECES.len().pow(at) % PIECES.len()]).collect();
            let text = pieces.concat();
            for is_wide in [false, true] {
                units.begin(is_wide);
                units.push(&text, Lines::Lf);
                assert_eq!(words(&units), text.replace("\r\n", "\n").replace('\r', "\n"), "{text:?}");
                assert_eq!(units.is_wide, is_wide || text.chars().any(|letter| letter > '\u{ff}'));
                assert!(is_clean(&units), "{text:?}");
                units.begin(is_wide);
                pieces.iter().for_each(|piece| units.push(piece, Lines::Kept));
                assert_eq!(words(&units), text);
                assert_eq!(units.len(), text.encode_utf16().count());
                assert_eq!(units.end_a_line(), text.ends_with('\n'));
            }
        }
        units.begin(false);
        assert!(is_clean(&units) && units.len() == 0);
    }

    #[test]
    fn octets_are_characters_of_their_numbers() {
        let octets: Vec<u8> = (0..=u8::MAX).collect();
        for before in ["", "€"] {
            let mut units = Units::default();
            units.push(before, Lines::Kept);
            units.push_octets(&octets);
            let wanted: String = octets.iter().map(|octet| char::from(*octet)).collect();
            assert_eq!(words(&units), format!("{before}{wanted}"));
        }
    }

    #[test]
    fn room_grows_and_what_was_much_is_given_back() {
        let mut units = Units::default();
        let long = "mot é ".repeat(KEPT_UNITS);
        units.push(&long, Lines::Lf);
        units.push("€", Lines::Lf);
        assert_eq!(units.len(), KEPT_UNITS * 6 + 1);
        units.begin(false);
        assert_eq!((units.narrow.units.len(), units.wide.units.len()), (0, 0));
    }
}
