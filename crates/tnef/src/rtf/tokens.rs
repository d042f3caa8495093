//! The tokens of RTF ([MSFT-RTF], "Conventions of an RTF Reader").

/// Longest control word: as the specification has it.
const WORD: usize = 32;

/// One token of untrusted RTF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A control word and its number.
    Word(&'a [u8], Option<i32>),
    /// A control symbol: the octet after the backslash.
    Symbol(u8),
    /// `\'hh`: an octet of text in the code page of the place.
    Escaped(u8),
    /// Any other octet; line ends are none.
    Octet(u8),
}

/// Tokens from the front.
pub(crate) struct Tokens<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            return Some(match first {
                b'\r' | b'\n' | 0 => continue,
                b'{' => Token::Open,
                b'}' => Token::Close,
                b'\\' => self.control()?,
                octet => Token::Octet(*octet),
            });
        }
    }
}

impl<'a> Tokens<'a> {
    fn control(&mut self) -> Option<Token<'a>> {
        let letters = self.letters();
        if letters == 0 {
            return self.symbol();
        }
        let word = self.take(letters)?;
        let number = self.number();
        // One space belongs to the word that it ends.
        if self.0.first() == Some(&b' ') {
            self.take(1)?;
        }
        if let (b"bin", Some(length)) = (word, number) {
            // Octets of a picture, which may be anything: not a token.
            let length = usize::try_from(length).unwrap_or(0).min(self.0.len());
            self.take(length)?;
        }
        Some(Token::Word(word, number))
    }

    fn symbol(&mut self) -> Option<Token<'a>> {
        let symbol = *self.take(1)?.first()?;
        if symbol != b'\'' {
            return Some(Token::Symbol(symbol));
        }
        let digits = self.0.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            Some(digits) => {
                let octet = u8::from_str_radix(digits, 16).ok()?;
                self.take(2)?;
                Some(Token::Escaped(octet))
            }
            None => Some(Token::Symbol(symbol)),
        }
    }

    /// A number that is too large is none.
    fn number(&mut self) -> Option<i32> {
        let sign = usize::from(self.0.first() == Some(&b'-'));
        let digits = self.0.get(sign..)?.iter().take_while(|octet| octet.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let number = self.take(sign.saturating_add(digits))?;
        std::str::from_utf8(number).ok()?.parse().ok()
    }

    fn letters(&self) -> usize {
        self.0.iter().take(WORD).take_while(|octet| octet.is_ascii_alphabetic()).count()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, Tokens};

    #[test]
    fn tokens_are_what_they_should_be() {
        let found: Vec<Token> = Tokens(b"{\\u-12 a\\'e9\r\n\\~\\b}\\'zz\\bin3 {{{x\\").collect();
        let expected = [
            Token::Open,
            Token::Word(b"u", Some(-12)),
            Token::Octet(b'a'),
            Token::Escaped(0xe9),
            Token::Symbol(b'~'),
            Token::Word(b"b", None),
            Token::Close,
            Token::Symbol(b'\''),
            Token::Octet(b'z'),
            Token::Octet(b'z'),
            Token::Word(b"bin", Some(3)),
            Token::Octet(b'x'),
        ];
        assert_eq!(found, expected);
    }
}
