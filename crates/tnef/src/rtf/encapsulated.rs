//! HTML and text encapsulated in RTF (MS-OXRTFEX §2.1.3), and the words of RTF in which nothing is.

use super::fonts::Fonts;
use super::tokens::{Token, Tokens};
use crate::code_page::{DEFAULT_CODE_PAGE, decode};
use crate::error::Defect;
use crate::wipe::{Wiped, wipe_text};

/// Tokens among which RTF says what it encapsulates (§2.1.3.3.1).
const HEAD: usize = 10;
/// Deepest groups: Word nests some tens for lists and tables.
const MAX_GROUPS: usize = 1_000;
/// Most octets that stand for a character beside its number: `\uc` is 1 everywhere, 2 in the Far East.
const MAX_FALLBACK: usize = 16;

/// What RTF held. Line ends are CR LF. Whoever takes it out wipes it.
#[derive(Clone, PartialEq, Eq)]
pub enum Encapsulated {
    /// The HTML that was encapsulated in it.
    Html(String),
    /// The text that was encapsulated in it, or, where nothing was, its words without their looks.
    Text(String),
}

/// Gives back what was encapsulated in untrusted RTF. What is odd is added to `defects`.
///
/// The result has at most three times the octets of `rtf`.
#[must_use]
pub fn de_encapsulate(rtf: &[u8], defects: &mut Vec<Defect>) -> Encapsulated {
    let html = says_html(rtf);
    let mut reader = Reader::new(html, rtf.len());
    let whole = rtf.starts_with(b"{\\rtf") && reader.read(rtf);
    reader.flush();
    if !whole {
        defects.push(Defect::Rtf);
    }
    if reader.damaged && !defects.contains(&Defect::CodePage) {
        defects.push(Defect::CodePage);
    }
    if html { Encapsulated::Html(reader.out) } else { Encapsulated::Text(reader.out) }
}

fn says_html(rtf: &[u8]) -> bool {
    let is_head = |token: &Token<'_>| matches!(token, Token::Open | Token::Close | Token::Word(..));
    let says = |token| matches!(token, Token::Word(b"fromhtml", number) if number != Some(0));
    Tokens(rtf).take_while(is_head).take(HEAD).any(says)
}

/// Where text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the document itself.
    Body,
    /// In a group `htmltag`: a piece of HTML that RTF has no words for (§2.1.3.1.2).
    HtmlTag,
    /// In the font table.
    Fonts,
    /// In a group that is none of the letter's text.
    Skipped,
}

/// What ends with a group.
#[derive(Clone, Copy)]
struct State {
    place: Place,
    /// Between `\htmlrtf` and `\htmlrtf0` stands what only RTF readers are to see (§2.1.3.1.3).
    suppressed: bool,
    /// How many characters stand for one given by its number.
    fallback: usize,
    font: Option<i32>,
}

struct Reader {
    html: bool,
    out: String,
    /// Octets of one code page that are not decoded yet: a character may have several.
    pending: Wiped,
    /// The first half of a character beyond 16 bits.
    high: Option<u16>,
    code_page: u32,
    fonts: Fonts,
    default_font: Option<i32>,
    state: State,
    outer: Vec<State>,
    /// Fallback characters that are still to be left out.
    skip: usize,
    /// Whether the group began with `\*`: who does not know its first word leaves it out.
    starred: bool,
    damaged: bool,
}

impl Reader {
    fn new(html: bool, octets: usize) -> Self {
        Self {
            html,
            out: String::with_capacity(octets),
            pending: Wiped(Vec::new()),
            high: None,
            code_page: DEFAULT_CODE_PAGE,
            fonts: Fonts::default(),
            default_font: None,
            state: State { place: Place::Body, suppressed: false, fallback: 1, font: None },
            outer: Vec::new(),
            skip: 0,
            starred: false,
            damaged: false,
        }
    }

    /// Reads to the end of the outermost group; whether it has one.
    fn read(&mut self, rtf: &[u8]) -> bool {
        for token in Tokens(rtf) {
            let is_text = matches!(token, Token::Escaped(_) | Token::Octet(_));
            if !is_text {
                self.decode_pending();
            }
            match token {
                Token::Open if self.outer.len() == MAX_GROUPS => return false,
                Token::Open => {
                    self.outer.push(self.state);
                    (self.skip, self.starred) = (0, false);
                }
                Token::Close => {
                    let Some(outer) = self.outer.pop() else { return false };
                    self.state = outer;
                    (self.skip, self.starred) = (0, false);
                    if self.outer.is_empty() {
                        return true;
                    }
                }
                _ if self.skip > 0 => self.skip = self.skip.saturating_sub(1),
                Token::Word(word, number) => self.word(word, number),
                Token::Symbol(symbol) => self.symbol(symbol),
                Token::Escaped(octet) | Token::Octet(octet) => self.octet(octet),
            }
        }
        false
    }

    fn is_visible(&self) -> bool {
        !self.state.suppressed && matches!(self.state.place, Place::Body | Place::HtmlTag)
    }

    fn octet(&mut self, octet: u8) {
        if self.is_visible() {
            self.pending.push(octet);
        }
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'*' => self.starred = true,
            b'\\' | b'{' | b'}' => self.text(char::from(symbol).encode_utf8(&mut [0; 4])),
            b'~' => self.either("&nbsp;", "\u{a0}"),
            b'_' => self.either("&shy;", "\u{ad}"),
            b'\r' | b'\n' => self.text("\r\n"),
            b'\t' => self.text("\t"),
            _ => (),
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        let starred = std::mem::take(&mut self.starred);
        if self.state.place == Place::Skipped {
            return;
        }
        if let Some(place) = self.destination(word, starred) {
            self.state.place = place;
        } else if self.state.place == Place::Fonts {
            self.fonts.word(word, number);
        } else if !self.state_word(word, number) && self.is_visible() {
            self.text_word(word);
        }
    }

    /// Where a word says that the text of its group belongs.
    fn destination(&self, word: &[u8], starred: bool) -> Option<Place> {
        match word {
            b"htmltag" if starred && self.html => Some(Place::HtmlTag),
            b"fonttbl" => Some(Place::Fonts),
            _ if starred => Some(Place::Skipped),
            b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"footnote" | b"header"
            | b"headerl" | b"headerr" | b"headerf" | b"footer" | b"footerl" | b"footerr" | b"footerf"
            | b"listtable" | b"listoverridetable" | b"fldinst" | b"nonshppict" => Some(Place::Skipped),
            _ => None,
        }
    }

    /// Words about how text is to be read, which count where text is suppressed as well; whether this is one.
    fn state_word(&mut self, word: &[u8], number: Option<i32>) -> bool {
        let positive = number.and_then(|number| u32::try_from(number).ok());
        match word {
            b"htmlrtf" => self.state.suppressed = self.html && number != Some(0),
            b"uc" => {
                let stated = positive.and_then(|count| usize::try_from(count).ok());
                self.state.fallback = stated.unwrap_or(1).min(MAX_FALLBACK);
            }
            b"f" => self.state.font = number,
            b"plain" => self.state.font = self.default_font,
            b"deff" => (self.default_font, self.state.font) = (number, number),
            b"ansi" => self.code_page = DEFAULT_CODE_PAGE,
            b"mac" => self.code_page = 10_000,
            b"pc" => self.code_page = 437,
            b"pca" => self.code_page = 850,
            b"ansicpg" => self.code_page = positive.unwrap_or(DEFAULT_CODE_PAGE),
            b"u" => {
                self.skip = self.state.fallback;
                // Numbers above 32,767 are written as negative ones; some writers do not.
                let unit = number.map(|number| number & 0xffff).and_then(|unit| u16::try_from(unit).ok());
                if let Some(unit) = unit.filter(|_| self.is_visible()) {
                    self.unit(unit);
                }
            }
            _ => return false,
        }
        true
    }

    /// Words that stand for text (§2.1.3.1.4).
    fn text_word(&mut self, word: &[u8]) {
        match word {
            b"par" | b"line" => self.text("\r\n"),
            b"sect" | b"page" | b"row" if !self.html => self.text("\r\n"),
            b"tab" => self.text("\t"),
            b"cell" if !self.html => self.text("\t"),
            b"lquote" => self.either("&lsquo;", "‘"),
            b"rquote" => self.either("&rsquo;", "’"),
            b"ldblquote" => self.either("&ldquo;", "“"),
            b"rdblquote" => self.either("&rdquo;", "”"),
            b"bullet" => self.either("&bull;", "•"),
            b"endash" => self.either("&ndash;", "–"),
            b"emdash" => self.either("&mdash;", "—"),
            _ => (),
        }
    }

    fn either(&mut self, html: &str, text: &str) {
        let chosen = if self.html { html } else { text };
        self.text(chosen);
    }

    fn text(&mut self, text: &str) {
        if self.is_visible() {
            self.end_character();
            self.out.push_str(text);
        }
    }

    /// One number of UTF-16.
    fn unit(&mut self, unit: u16) {
        if let Some(high) = self.high.take() {
            if let Some(Ok(character)) = char::decode_utf16([high, unit]).next() {
                self.out.push(character);
                return;
            }
            self.replace();
        }
        match char::decode_utf16([unit]).next() {
            Some(Ok(character)) => self.out.push(character),
            _ if (0xd800..0xdc00).contains(&unit) => self.high = Some(unit),
            _ => self.replace(),
        }
    }

    fn replace(&mut self) {
        self.damaged = true;
        self.out.push(char::REPLACEMENT_CHARACTER);
    }

    /// A first half whose second does not come.
    fn end_character(&mut self) {
        if self.high.take().is_some() {
            self.replace();
        }
    }

    fn decode_pending(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        self.end_character();
        let of_font = self.fonts.code_page(self.state.font).filter(|_| self.state.place == Place::Body);
        let (mut text, right) = decode(&self.pending, of_font.unwrap_or(self.code_page));
        self.out.push_str(&text);
        self.damaged |= !right;
        wipe_text(&mut text);
        self.pending.clear();
    }

    fn flush(&mut self) {
        self.decode_pending();
        self.end_character();
    }
}

#[cfg(test)]
mod tests {
    use super::{Encapsulated, MAX_GROUPS, de_encapsulate};
    use crate::Defect;

    fn read(rtf: &str) -> (String, Vec<Defect>) {
        let mut defects = Vec::new();
        match de_encapsulate(rtf.as_bytes(), &mut defects) {
            Encapsulated::Html(text) | Encapsulated::Text(text) => (text, defects),
        }
    }

    fn html(body: &str) -> String {
        let rtf = format!(
            "{{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{{\\fonttbl{{\\f0\\fswiss Arial;}}}}{body}}}"
        );
        let (text, defects) = read(&rtf);
        assert_eq!(defects, [], "{body}");
        text
    }

    /// MS-OXRTFEX §3.1, its second half shortened.
    const EXAMPLE: &str = r#"{\rtf1\ANSI\ansicpg1251\fromhtml1 \deff0
{\fonttbl {\f0\fmodern Courier New;}{\f1\fswiss Arial;}{\f2\fswiss\fcharset0 Arial;}}
{\colortbl\red0\green0\blue0;\red0\green0\blue255;}
{\*\htmltag64}
\uc1\pard\plain\deftab360 \f0\fs24
{\*\htmltag <HTML><head>\par
<style>\par
<!--\par
 /* Style Definitions */\par
 p.MsoNormal, li.MsoNormal \{font-family:Arial;\}\par
-->\par
</style>\par
\tab <!-- This is a HTML comment.\par
There is a horizontal tab (%x09) character before the comment, \par
and some new lines inside the comment. -->\par
</head>\par
<body>\par
<p\par
class="MsoNormal">}
{\htmlrtf \f1 \htmlrtf0 Note the line break inside a P tag. {\*\htmltag <b>}{\htmlrtf \b \htmlrtf0 This is a bold text{\*\htmltag </b>}} \htmlrtf\par\htmlrtf0}
\htmlrtf \par \htmlrtf0
{\*\htmltag </p>\par
<p class="MsoNormal">\par}
{\htmlrtf \f1 \htmlrtf0 This is a normal text with a character references:
{\*\htmltag &nbsp;}\htmlrtf \'a0\htmlrtf0  {\*\htmltag &lt;}\htmlrtf <\htmlrtf0  {\*\htmltag &uml;}\htmlrtf {\f2\'a8}\htmlrtf0{\*\htmltag <br>\par}\htmlrtf\line\htmlrtf0
characters which have special meaning in RTF: \{\}\\{\*\htmltag <br>\par}\htmlrtf\line\htmlrtf0\htmlrtf\par\htmlrtf0}
{\*\htmltag </p>\par
</body>\par
</HTML>\par }}"#;

    const EXPECTED: &str = "<HTML><head>\r\n<style>\r\n<!--\r\n /* Style Definitions */\r\n p.MsoNormal, li.MsoNormal \
        {font-family:Arial;}\r\n-->\r\n</style>\r\n\t<!-- This is a HTML comment.\r\nThere is a horizontal tab (%x09) \
        character before the comment, \r\nand some new lines inside the comment. -->\r\n</head>\r\n<body>\r\n<p\r\n\
        class=\"MsoNormal\">Note the line break inside a P tag. <b>This is a bold text</b> </p>\r\n\
        <p class=\"MsoNormal\">\r\nThis is a normal text with a character references:&nbsp; &lt; &uml;<br>\r\n\
        characters which have special meaning in RTF: {}\\<br>\r\n</p>\r\n</body>\r\n</HTML>\r\n";

    #[test]
    fn the_example_of_the_specification_is_read() {
        assert_eq!(read(EXAMPLE), (EXPECTED.to_owned(), Vec::new()));
    }

    #[test]
    fn text_is_read() {
        let rtf = "{\\rtf1\\ANSI\\ansicpg1252\\fromtext \\deff0\r\n{\\fonttbl{\\f0\\fmodern Courier New;}}\r\n\
            {\\colortbl\\red0\\green0\\blue0;}\r\n\\uc1\\pard\\plain\\deftab360 \\f0\\fs24\r\n\
            Bonjour \\'e9t\\'e9,\\par\r\n\\tab \\{x\\}\\\\ \\lquote a\\rquote\\par\r\n}";
        assert_eq!(read(rtf), ("Bonjour été,\r\n\t{x}\\ ‘a’\r\n".to_owned(), Vec::new()));
    }

    #[test]
    fn words_of_plain_rtf_are_read() {
        let rtf = "{\\rtf1\\ansi{\\info{\\title secret}}{\\*\\generator W}{\\stylesheet{\\s0 Normal;}}\\b Compte\\b0  \
            rendu\\par A\\cell B\\cell\\row{\\pict 00ff}}";
        assert_eq!(read(rtf).0, "Compte rendu\r\nA\tB\t\r\n");
    }

    #[test]
    fn characters_are_read_in_the_code_page_of_their_font() {
        let fonts = "{\\fonttbl{\\f0\\fcharset204 Arial;}{\\f1\\fcharset238 Arial;}{\\f2 Arial;}}";
        let rtf = format!(
            "{{\\rtf1\\ansi\\fromtext\\deff2{fonts}\\f0\\'e9 \\f1\\'e8{{\\f0\\'e9}}\\'e8\\plain\\'e9}}"
        );
        assert_eq!(read(&rtf).0, "й čйčé");
    }

    #[test]
    fn characters_by_number_leave_their_fallback_out() {
        for (rtf, expected) in [
            ("\\u233?a", "éa"),
            ("\\u8364\\'80a", "€a"),
            ("\\uc0\\u233 a", "éa"),
            ("{\\uc2\\u233 ??a}\\u233?b", "éaéb"),
            ("\\u-10178?\\u-8582?", "🩺"),
            ("\\u55358?\\u56954?", "🩺"),
            ("{\\u233}a", "éa"),
        ] {
            assert_eq!(html(rtf), expected, "{rtf}");
        }
    }

    #[test]
    fn half_a_character_is_replaced() {
        let (text, defects) = read("{\\rtf1\\u-10180?a}");
        assert_eq!((text.as_str(), defects), ("\u{fffd}a", vec![Defect::CodePage]));
    }

    #[test]
    fn what_only_rtf_shows_is_left_out() {
        assert_eq!(html("a\\htmlrtf b{c\\htmlrtf0 d}e\\htmlrtf0 f"), "adf");
        assert_eq!(
            html("{\\*\\mhtmltag84 <img>}{\\*\\htmltag84 <img src=\"cid:x\">}"),
            "<img src=\"cid:x\">"
        );
        assert_eq!(html("l\\rquote \\'e9t\\'e9\\~!"), "l&rsquo;été&nbsp;!");
    }

    #[test]
    fn what_is_cut_gives_what_was_whole() {
        for end in 40..EXAMPLE.len() {
            let (text, defects) = read(&EXAMPLE[..end]);
            assert!(defects.contains(&Defect::Rtf) || text == EXPECTED, "{end}");
            assert!(text.len() <= EXPECTED.len() + 16, "{end}");
        }
    }

    #[test]
    fn groups_are_limited() {
        for (depth, fits) in [(MAX_GROUPS - 1, true), (MAX_GROUPS, false), (200_000, false)] {
            let rtf = format!("{{\\rtf1 a{}{}}}", "{".repeat(depth), "}".repeat(depth));
            let (text, defects) = read(&rtf);
            assert_eq!((text.as_str(), defects.is_empty()), ("a", fits), "{depth}");
        }
    }

    #[test]
    fn what_is_no_rtf_gives_nothing() {
        assert_eq!(read("Bonjour"), (String::new(), vec![Defect::Rtf]));
        assert_eq!(read(""), (String::new(), vec![Defect::Rtf]));
    }
}
