//! Looking through text that is read window by window.

use memchr::memmem;

use super::{Source, WINDOW, read_range, to_u64, to_usize};
use crate::error::Result;

/// What can be said of octets as text.
pub(crate) struct TextFacts {
    has_control: bool,
    /// The last octets, when they may begin a character.
    partial: Vec<u8>,
    is_utf8: bool,
    /// The end of what was seen, for words that lie across windows.
    tail: Vec<u8>,
    pub(crate) declares_8bit: bool,
    pub(crate) declares_binary: bool,
}

/// The field that says which octets an entity has (RFC 2045 §6.1).
const ENCODING_FIELD: &[u8] = b"content-transfer-encoding:";

/// Most white space between the field and its value that is passed over.
const MAX_SPACE: usize = 1024;

impl TextFacts {
    /// Looks through all of `source`.
    pub(crate) async fn of(source: &dyn Source) -> Result<Self> {
        let mut facts = Self {
            has_control: false,
            partial: Vec::new(),
            is_utf8: true,
            tail: Vec::new(),
            declares_8bit: false,
            declares_binary: false,
        };
        let mut windows = super::Windows::new(source);
        while let Some(window) = windows.next().await? {
            facts.push(window);
        }
        facts.note_encodings(&facts.tail.clone(), 0);
        Ok(facts)
    }

    /// UTF-8 without control characters.
    pub(crate) fn is_plain_text(&self) -> bool {
        self.is_printable() && self.is_utf8()
    }

    pub(crate) fn is_printable(&self) -> bool {
        !self.has_control
    }

    pub(crate) fn is_utf8(&self) -> bool {
        self.is_utf8 && self.partial.is_empty()
    }

    fn push(&mut self, window: &[u8]) {
        self.has_control |= window.iter().any(crate::letter::is_control);
        self.push_utf8(window);
        let mut seen = core::mem::take(&mut self.tail);
        seen.extend_from_slice(window);
        self.note_encodings(&seen, MAX_SPACE);
        let kept = ENCODING_FIELD.len().saturating_add(MAX_SPACE).min(seen.len());
        self.tail = seen.split_off(seen.len().saturating_sub(kept));
    }

    fn push_utf8(&mut self, window: &[u8]) {
        let mut rest = window;
        while self.is_utf8 && !self.partial.is_empty() {
            let Some((first, tail)) = rest.split_first() else { return };
            self.partial.push(*first);
            rest = tail;
            match core::str::from_utf8(&self.partial) {
                Ok(_) => self.partial.clear(),
                Err(error) => self.is_utf8 = error.error_len().is_none(),
            }
        }
        match core::str::from_utf8(rest) {
            Ok(_) => {}
            Err(error) if error.error_len().is_none() => {
                self.partial = rest.get(error.valid_up_to()..).unwrap_or_default().to_vec();
            }
            Err(_) => self.is_utf8 = false,
        }
    }

    /// Notes the values of all fields that have at least `room` octets behind them.
    fn note_encodings(&mut self, seen: &[u8], room: usize) {
        let last = seen.len().saturating_sub(room);
        for colon in memchr::memchr_iter(b':', seen) {
            let end = colon.saturating_add(1);
            let field = end.checked_sub(ENCODING_FIELD.len()).and_then(|at| seen.get(at..end));
            if end > last || !field.is_some_and(|field| field.eq_ignore_ascii_case(ENCODING_FIELD)) {
                continue;
            }
            let value = seen.get(end..).unwrap_or_default().trim_ascii_start();
            let is = |name: &[u8]| value.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
            self.declares_8bit |= is(b"8bit");
            self.declares_binary |= is(b"binary");
        }
    }
}

/// Finds words in a source, one after the other.
pub(crate) struct Finder<'a> {
    source: &'a dyn Source,
    words: Vec<Vec<u8>>,
    /// Where the search goes on.
    at: u64,
    /// What was read, and where it begins.
    window: zeroize::Zeroizing<Vec<u8>>,
    start: u64,
}

impl<'a> Finder<'a> {
    /// Looks for `words` from `start` on.
    pub(crate) fn new(source: &'a dyn Source, words: Vec<Vec<u8>>, start: u64) -> Self {
        Self { source, words, at: start, window: zeroize::Zeroizing::default(), start }
    }

    /// Looks for one more word, from where the search is.
    pub(crate) fn add(&mut self, word: Vec<u8>) {
        if !self.words.contains(&word) {
            self.words.push(word);
        }
    }

    /// Goes on at `at`.
    pub(crate) fn seek(&mut self, at: u64) {
        self.at = at;
    }

    /// The place of the next word, the earliest of all; the search goes on behind its first octet.
    pub(crate) async fn next(&mut self) -> Result<Option<u64>> {
        let longest = self.words.iter().map(Vec::len).max().unwrap_or_default();
        while self.at < self.source.len() && longest > 0 {
            self.load(longest).await?;
            let skip = to_usize(self.at.saturating_sub(self.start))?;
            let rest = self.window.get(skip..).unwrap_or_default();
            let found = self.words.iter().filter_map(|word| memmem::find(rest, word)).min();
            let end = self.start.saturating_add(to_u64(self.window.len()));
            // So near the end of the window a longer word may begin before the one that was found.
            let sure = if end < self.source.len() { rest.len().saturating_sub(longest) } else { rest.len() };
            match found.filter(|found| *found <= sure) {
                Some(found) => {
                    let place = self.at.saturating_add(to_u64(found));
                    self.at = place.saturating_add(1);
                    return Ok(Some(place));
                }
                None if end < self.source.len() => self.at = self.at.saturating_add(to_u64(sure)),
                None => self.at = end,
            }
        }
        Ok(None)
    }

    /// Makes sure that the window holds what can be decided from `at` on.
    async fn load(&mut self, longest: usize) -> Result<()> {
        let end = self.start.saturating_add(to_u64(self.window.len()));
        let needed = self.at.saturating_add(to_u64(longest)).saturating_add(1).min(self.source.len());
        if self.at >= self.start && needed <= end {
            return Ok(());
        }
        let left = to_usize(self.source.len().saturating_sub(self.at)).unwrap_or(usize::MAX);
        self.window =
            read_range(self.source, self.at, left.min(WINDOW.max(longest.saturating_mul(2)))).await?;
        self.start = self.at;
        Ok(())
    }
}

/// Whether there are octets that a program may take for other line ends: see [`sceau_mime::is_lines_of_text`].
pub(crate) async fn has_other_line_ends(source: &dyn Source) -> Result<bool> {
    let mut previous = 0;
    let mut windows = super::Windows::new(source);
    while let Some(window) = windows.next().await? {
        for octet in window.iter() {
            let lone = (*octet == b'\n') != (previous == b'\r');
            if *octet == 0 || lone {
                return Ok(true);
            }
            previous = *octet;
        }
    }
    Ok(previous == b'\r')
}
