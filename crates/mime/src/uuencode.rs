//! Files within text, as programs wrote them before MIME (POSIX.1-2017, uuencode).
//!
//! Text may speak of such a file without having one: only what is well-formed to its last line is taken out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::limits::Limits;

/// Octets of one line at most: what its first character can say.
const LINE_OCTETS: usize = 45;
/// Characters stand for six bits from here on.
const FIRST: u8 = b' ';
/// Stands for zero where a space might get lost.
const ZERO: u8 = b'`';

/// A file that stood in a text. Wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct UuFile {
    /// Its name as it was sent. It may be a path, or try to be one.
    pub name: String,
    /// Its octets.
    pub bytes: Vec<u8>,
}

/// Takes files out of an untrusted text: `begin 644 name` and `begin-base64 644 name`, each to its end.
///
/// Returns the text without them, and the files in their order. What is not well-formed stays text, and so do files past
/// [`Limits::parts`] or [`Limits::decoded_bytes`].
#[must_use]
pub fn split_uuencoded(text: &str, limits: &Limits) -> (String, Vec<UuFile>) {
    let mut kept = String::with_capacity(text.len());
    let mut files = Vec::new();
    let mut decoded = 0_usize;
    let mut rest = text;
    while let Some((line, after)) = next_line(rest) {
        let found = if files.len() < limits.parts { file(line, after) } else { None };
        match found {
            Some((file, after)) if file.bytes.len() <= limits.decoded_bytes.saturating_sub(decoded) => {
                decoded = decoded.saturating_add(file.bytes.len());
                files.push(file);
                rest = after;
            }
            _ => {
                kept.push_str(line);
                rest = after;
            }
        }
    }
    (kept, files)
}

/// The first line with its end, and what follows.
fn next_line(text: &str) -> Option<(&str, &str)> {
    let end = memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |end| end.saturating_add(1));
    text.split_at_checked(end).filter(|(line, _)| !line.is_empty())
}

fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// The file that begins with a line, and what follows it.
///
/// The lines of a file cannot be the first of another, so that no line is looked at more than twice.
fn file<'a>(line: &str, after: &'a str) -> Option<(UuFile, &'a str)> {
    let line = without_end(line);
    if let Some(name) = name(line, "begin ") {
        let (bytes, after) = lines(after)?;
        return Some((UuFile { name, bytes }, after));
    }
    let name = name(line, "begin-base64 ")?;
    let (bytes, after) = base64_lines(after)?;
    Some((UuFile { name, bytes }, after))
}

/// The name in a first line: after the word come three or four octal digits.
fn name(line: &str, word: &str) -> Option<String> {
    let (mode, name) = line.strip_prefix(word)?.split_once(' ')?;
    let is_mode = matches!(mode.len(), 3 | 4) && mode.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    let name = name.trim();
    (is_mode && !name.is_empty() && !name.contains(char::is_control)).then(|| name.to_owned())
}

/// Lines of one length, the last one perhaps shorter, then one of none and `end`.
///
/// Spaces at the ends of lines may have got lost on the way, but not of all of them: that would be words in capitals.
fn lines(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut file = Wiped(Vec::new());
    let mut rest = text;
    let (mut width, mut is_last, mut any_whole) = (None, false, false);
    loop {
        let (line, after) = next_line(rest)?;
        let line = without_end(line);
        let length = line.bytes().next().map_or(Some(0), sextet)?;
        rest = after;
        if length == 0 {
            let is_zero = line.chars().all(|one| matches!(one, ' ' | '`'));
            // An empty line ends no file that is empty: text has them too.
            let is_end = is_zero && if width.is_some() { any_whole } else { !line.is_empty() };
            return if is_end { end(rest, "end").map(|after| (file.finish(), after)) } else { None };
        }
        let length = usize::from(length);
        if is_last || length > *width.get_or_insert(length) || length > LINE_OCTETS {
            return None;
        }
        is_last = width != Some(length);
        any_whole |= octets(line.get(1..)?, length, &mut file.0)?;
    }
}

/// The last line of a file, and what follows it.
fn end<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (line, after) = next_line(text)?;
    (without_end(line).trim_end() == word).then_some(after)
}

/// Six bits of a character.
fn sextet(character: u8) -> Option<u8> {
    (FIRST..=ZERO).contains(&character).then(|| character.wrapping_sub(FIRST) & 0x3f)
}

/// Decodes a line, and says whether all of it was there. One character more may be a checksum.
fn octets(characters: &str, length: usize, file: &mut Vec<u8>) -> Option<bool> {
    let stated = length.div_ceil(3).saturating_mul(4);
    if characters.len() > stated.saturating_add(1) {
        return None;
    }
    let mut left = length;
    let mut filled = characters.bytes().chain(std::iter::repeat(FIRST));
    while left > 0 {
        let mut four = 0_u32;
        for _ in 0..4 {
            four = four << 6 | u32::from(sextet(filled.next()?)?);
        }
        let [_, three @ ..] = four.to_be_bytes();
        file.extend(three.into_iter().take(left));
        left = left.saturating_sub(three.len());
    }
    Some(characters.len() >= length.saturating_mul(4).div_ceil(3))
}

/// Lines of base64, then `====`.
fn base64_lines(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut file = Wiped(Vec::new());
    let mut rest = text;
    let mut is_last = false;
    loop {
        let (line, after) = next_line(rest)?;
        let line = without_end(line).trim_end();
        rest = after;
        if line == "====" {
            return Some((file.finish(), rest));
        }
        if is_last || line.is_empty() {
            return None;
        }
        is_last = line.ends_with('=');
        STANDARD.decode_vec(line, &mut file.0).ok()?;
    }
}

/// A file on its way, wiped when it is no file after all.
struct Wiped(Vec<u8>);

impl Wiped {
    fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        crate::wipe::Wipe::wipe(&mut self.0);
    }
}
