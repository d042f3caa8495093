//! The text of a letter on its way out: what it is made of, its lines, its dots (RFC 5321 §4.5.2).

use crate::limits;

/// What a letter is made of, as far as the protocol asks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Octets on the wire, dots aside.
    pub(super) octets: u64,
    /// Whether there are octets above 127 (RFC 6152).
    pub(super) is_8bit: bool,
    /// Whether it cannot be sent as lines: NUL, a CR alone, a line beyond the limit.
    pub(super) is_binary: bool,
    line: usize,
    after_cr: bool,
}

impl Shape {
    /// Looks at the next piece.
    pub(super) fn see(&mut self, piece: &[u8]) {
        for &octet in piece {
            self.octets +=
                u64::from(octet != b'\n' || self.after_cr) + 2 * u64::from(octet == b'\n' && !self.after_cr);
            self.is_8bit |= octet > 127;
            self.is_binary |= octet == 0 || (self.after_cr && octet != b'\n');
            self.line = if octet == b'\n' { 0 } else { self.line + 1 };
            // CR and LF are not counted among the 998; a CR is, until its LF comes.
            self.is_binary |= self.line > limits::SMTP_TEXT_BYTES - 1;
            self.after_cr = octet == b'\r';
        }
    }

    /// The letter has ended.
    pub(super) fn end(mut self) -> Self {
        self.is_binary |= self.after_cr;
        self
    }
}

/// Writes a letter as lines that end with CR LF, each dot at a beginning doubled.
#[derive(Debug)]
pub(super) struct Stuffing {
    last: u8,
}

impl Default for Stuffing {
    fn default() -> Self {
        Self { last: b'\n' }
    }
}

impl Stuffing {
    /// The next piece as it goes out. The letter has no CR alone: [`Shape`] said so.
    pub(super) fn stuff(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len() + piece.len() / 32 + 2);
        for &octet in piece {
            match octet {
                b'\n' if self.last != b'\r' => out.extend_from_slice(b"\r\n"),
                b'.' if self.last == b'\n' => out.extend_from_slice(b".."),
                other => out.push(other),
            }
            self.last = octet;
        }
        out
    }

    /// What ends the letter.
    pub(super) fn end(&self) -> &'static [u8] {
        if self.last == b'\n' { b".\r\n" } else { b"\r\n.\r\n" }
    }
}

/// A reply from outside as one line of text without controls, cut to what is shown.
pub(super) fn shown(code: u16, enhanced: [u8; 3], words: &str) -> String {
    let [class, subject, detail] = enhanced;
    let mut text = code.to_string();
    if class != 0 {
        text.push_str(&format!(" {class}.{subject}.{detail}"));
    }
    for word in words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        text.push(' ');
        text.push_str(word);
    }
    text.chars().take(limits::SMTP_REPLY_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(letter: &[u8], piece: usize) -> (Vec<u8>, Shape) {
        let (mut stuffing, mut shape, mut out) = (Stuffing::default(), Shape::default(), Vec::new());
        for piece in letter.chunks(piece) {
            shape.see(piece);
            out.extend(stuffing.stuff(piece));
        }
        out.extend_from_slice(stuffing.end());
        (out, shape.end())
    }

    #[test]
    fn lines_are_ended_and_dots_doubled_wherever_pieces_are_cut() {
        for (letter, expected) in [
            ("", ".\r\n"),
            ("a", "a\r\n.\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            ("a\nb\n", "a\r\nb\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            (".\r\n..\r\na.\r\n", "..\r\n...\r\na.\r\n.\r\n"),
            ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"),
        ] {
            for piece in 1..4 {
                let (written, shape) = out(letter.as_bytes(), piece);
                assert_eq!(written, expected.as_bytes(), "{letter:?} by {piece}");
                assert!(!shape.is_binary && !shape.is_8bit);
            }
        }
    }

    #[test]
    fn what_cannot_be_sent_as_lines_is_seen() {
        for binary in [&b"a\0b"[..], b"a\rb", b"a\r", b"\r\r\n", &[b'a'; 1_000]] {
            assert!(out(binary, 1).1.is_binary, "{binary:?}");
        }
        let longest = [&[b'a'; 998][..], b"\r\n"].concat();
        let (_, shape) = out(&longest, 7);
        assert_eq!((shape.is_binary, shape.octets), (false, 1_000));
        assert!(out("é".as_bytes(), 1).1.is_8bit);
        assert_eq!(out(b"a\nb\r\n", 2).1.octets, 6);
    }

    #[test]
    fn replies_from_outside_become_one_clean_line() {
        assert_eq!(shown(550, [5, 1, 1], "No\nsuch\t\u{1b}[31muser"), "550 5.1.1 No such [31muser");
        assert_eq!(shown(250, [0; 3], ""), "250");
        assert_eq!(shown(250, [0; 3], &"x".repeat(9_999)).len(), 500);
    }
}
