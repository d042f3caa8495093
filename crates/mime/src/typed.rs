//! Addresses as people type and paste them, read strictly (RFC 5322 §3.4 with the characters of RFC 6532): what is wrong is named,
//! nothing is guessed.

use crate::address::{Address, domain_to_ascii};

/// Longest label of a domain in its ASCII form (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;
/// Longest mailbox in octets (RFC 5321 §4.5.3.1.3 gives a path 256 with its brackets).
const MAX_EMAIL: usize = 254;
/// How people paste what a web page links.
const MAILTO: &str = "mailto";

/// One entry of a typed list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedAddress {
    /// A mailbox; its domain is as it was typed.
    Mailbox(Address),
    /// None: what was typed, and what is wrong with it.
    Wrong(String, WrongAddress),
}

/// What is wrong with a typed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongAddress {
    /// There is no `@`.
    NoAt,
    /// Nothing that may stand before the `@` does: it is empty, or has spaces, special characters or misplaced dots.
    Local,
    /// What follows the `@` is no domain.
    Domain,
    /// A quotation mark, a comment or a bracket is opened and never closed, or closed and never opened.
    Unclosed,
    /// Words stand where none may: behind `>`, or special characters in a name without quotation marks.
    Name,
    /// It is longer than any mailbox may be.
    TooLong,
}

type Read<T> = Result<T, WrongAddress>;

/// Reads a list of addresses: names, quoted strings, comments, groups (which become their members), `mailto:`; between entries
/// `,`, `;` or a line end.
#[must_use]
pub fn read_typed(text: &str) -> Vec<TypedAddress> {
    let read = |entry: Entry| match mailbox(entry.words.trim()) {
        Ok(address) => TypedAddress::Mailbox(address),
        Err(wrong) => TypedAddress::Wrong((entry.group + &entry.words).trim().to_owned(), wrong),
    };
    entries(text).into_iter().map(read).collect()
}

/// Where a reader stands: within a quoted string, comments, `<…>` or `[…]`.
#[derive(Default)]
struct Within {
    quoted: bool,
    escaped: bool,
    comments: usize,
    angle: bool,
    literal: bool,
}

impl Within {
    /// Whether `letter` stands outside of all of them and is none of their marks.
    fn is_outside(&mut self, letter: char) -> bool {
        if std::mem::take(&mut self.escaped) {
            return false;
        }
        match letter {
            '\\' if self.quoted || self.comments > 0 => self.escaped = true,
            '"' if self.comments == 0 => self.quoted = !self.quoted,
            _ if self.quoted => {}
            '(' => self.comments = self.comments.saturating_add(1),
            ')' if self.comments > 0 => self.comments = self.comments.saturating_sub(1),
            _ if self.comments > 0 => {}
            '<' => self.angle = true,
            '>' => self.angle = false,
            '[' => self.literal = true,
            ']' => self.literal = false,
            _ => return !self.angle && !self.literal,
        }
        false
    }

    fn is_open(&self) -> bool {
        self.quoted || self.comments > 0 || self.angle || self.literal
    }
}

/// What stands between two separators.
#[derive(Default)]
struct Entry {
    /// The name of the group that begins here, with its colon.
    group: String,
    words: String,
}

/// The entries between separators. What was never closed goes on to the end of its line only, so that one wrong entry does not
/// take the others with it.
fn entries(text: &str) -> Vec<Entry> {
    let (mut found, mut in_group) = (Vec::new(), false);
    for line in text.split(['\n', '\r']) {
        let (mut within, mut entry) = (Within::default(), Entry::default());
        for letter in line.chars() {
            match (letter, within.is_outside(letter)) {
                (',' | ';', true) => {
                    found.push(std::mem::take(&mut entry));
                    in_group = in_group && letter == ',';
                }
                (':', true) if !in_group && is_group_name(&entry.words) => {
                    entry.group = std::mem::take(&mut entry.words) + ":";
                    in_group = true;
                }
                _ => entry.words.push(letter),
            }
        }
        found.push(entry);
    }
    found.retain(|entry| !entry.words.trim().is_empty());
    found
}

/// Whether a colon ends the name of a group here, and not the scheme of a link.
fn is_group_name(words: &str) -> bool {
    !words.trim().eq_ignore_ascii_case(MAILTO) && phrase(words).is_ok()
}

fn mailbox(entry: &str) -> Read<Address> {
    if let Some(linked) = without_mailto(entry) {
        return address(&linked).map(Address::bare);
    }
    let (words, comment) = without_comments(entry)?;
    let Some((name, rest)) = split_outside(&words, '<') else {
        let email = address(words.trim())?;
        return Ok(Address { name: comment, email });
    };
    let (email, after) = rest.split_once('>').ok_or(WrongAddress::Unclosed)?;
    if !after.trim().is_empty() {
        return Err(WrongAddress::Name);
    }
    let name = phrase(name.trim())?;
    let email = email.trim();
    let email = without_mailto(email).unwrap_or_else(|| email.to_owned());
    Ok(Address { name: Some(name).filter(|name| !name.is_empty()).or(comment), email: address(&email)? })
}

/// The address of a link (RFC 6068), without its fields.
fn without_mailto(entry: &str) -> Option<String> {
    let (scheme, rest) = entry.split_once(':')?;
    if !scheme.trim().eq_ignore_ascii_case(MAILTO) {
        return None;
    }
    let address = rest.split('?').next().unwrap_or_default();
    Some(percent_decoded(address.trim()))
}

fn percent_decoded(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        octets.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(octet) => {
                octets.push(octet);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                octets.push(b'%');
                rest = after;
            }
        }
    }
    octets.extend_from_slice(rest.as_bytes());
    String::from_utf8(octets).unwrap_or_else(|_| text.to_owned())
}

/// An entry without its comments (RFC 5322 §3.2.2), and the words of the last of them, as older programs write names.
fn without_comments(entry: &str) -> Read<(String, Option<String>)> {
    let mut within = Within::default();
    let (mut words, mut comment) = (String::with_capacity(entry.len()), String::new());
    for letter in entry.chars() {
        let before = within.comments;
        let was_escaped = within.escaped;
        within.is_outside(letter);
        match (before, within.comments) {
            (0, 0) if letter == ')' && !within.quoted && !was_escaped => return Err(WrongAddress::Unclosed),
            (0, 0) => words.push(letter),
            (0, _) => comment.clear(),
            (1, 0) => words.push(' '),
            _ if within.escaped => {}
            _ => comment.push(letter),
        }
    }
    if within.is_open() {
        return Err(WrongAddress::Unclosed);
    }
    Ok((words, Some(comment.trim().to_owned()).filter(|comment| !comment.is_empty())))
}

/// Splits at the first `mark` that stands outside of quoted strings.
fn split_outside(words: &str, mark: char) -> Option<(&str, &str)> {
    let mut within = Within::default();
    let found = words.char_indices().find(|(_, letter)| {
        let free = !within.quoted;
        within.is_outside(*letter);
        free && *letter == mark
    });
    let (at, _) = found?;
    Some((words.get(..at)?, words.get(at.saturating_add(mark.len_utf8())..)?))
}

/// A display name: words and quoted strings; dots are taken too, as everybody writes them ("Dr. Roy", obs-phrase).
fn phrase(text: &str) -> Read<String> {
    let (mut name, mut quoted, mut escaped) = (String::with_capacity(text.len()), false, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => {
                escaped = false;
                name.push(letter);
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if letter.is_control() => return Err(WrongAddress::Name),
            '@' | '[' | ']' | '\\' | '>' if !quoted => return Err(WrongAddress::Name),
            _ => name.push(letter),
        }
    }
    Ok(name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// An address as typed, if it is one.
fn address(text: &str) -> Read<String> {
    let (local, domain) = text.rsplit_once('@').ok_or(WrongAddress::NoAt)?;
    if !is_local(local) {
        return Err(WrongAddress::Local);
    }
    let ascii = domain_ascii(domain).ok_or(WrongAddress::Domain)?;
    if local.len().saturating_add(ascii.len()).saturating_add(1) > MAX_EMAIL {
        return Err(WrongAddress::TooLong);
    }
    let whole = Address::bare(text);
    if whole.is_valid() { Ok(whole.email) } else { Err(WrongAddress::Local) }
}

/// A dot-atom (RFC 5322 §3.2.3) or a quoted string.
fn is_local(local: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let beyond = |c: char| !c.is_ascii() && !c.is_control() && !c.is_whitespace();
    let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(|c| atext(c) || beyond(c));
    local.starts_with('"') || local.split('.').all(is_atom)
}

/// The ASCII form of a domain or of a literal (RFC 5321 §4.1.2, §4.1.3).
fn domain_ascii(domain: &str) -> Option<String> {
    if domain.starts_with('[') && domain.ends_with(']') && domain.len() > 2 {
        return domain.chars().all(|c| c.is_ascii_graphic()).then(|| domain.to_owned());
    }
    let label = |label: &str| {
        let fits = !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
        fits && label.chars().all(|c| c == '-' || c.is_alphanumeric() || is_mark(c))
    };
    let ascii = domain.split('.').all(label).then(|| domain_to_ascii(domain)).flatten()?;
    ascii.split('.').all(|label| label.len() <= MAX_LABEL).then_some(ascii)
}

/// Marks that letters of other scripts are written with, which Unicode does not count as letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e00}'..='\u{eff}' | '\u{b7}')
}
