//! The words of a letter in every form they came in, kept so that they can be read in another charset.
//!
//! [`crate::read`] gives the text that is shown at once. A reader who finds broken accents chooses a charset, and one who
//! shows HTML wants it as it was sent: both need the octets, which are kept here and wiped when this is dropped.

use std::borrow::Cow;

use mail_parser::{Charset, MessagePart, PartKind};
use zeroize::Zeroizing;

use crate::error::Result;
use crate::flowed;
use crate::html::{html_to_text, html_to_text_without_legacy_display, without_legacy_display};
use crate::letter::{self, join_texts, parse, repeats_headers};
use crate::limits::Limits;
use crate::protect::Hp;
use crate::text::{body, decode_text, mended_charset, to_lf};
use crate::wipe::Words;

/// How the charset of a letter's words was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharsetOrigin {
    /// The letter says so, and nothing speaks against it; or its octets can be nothing else.
    Declared,
    /// What it says is nothing, or wrong: this is what its octets look like.
    Guessed,
}

/// The text parts of a message that are shown, as octets. Wiped when it is dropped.
#[derive(Clone, Default)]
pub struct Bodies {
    text: Vec<Body>,
    html: Vec<Body>,
}

#[derive(Clone)]
struct Body {
    octets: Zeroizing<Vec<u8>>,
    /// The text as it is read when nobody chooses.
    found: Words,
    charset: String,
    origin: CharsetOrigin,
    form: Form,
    /// Whether its words begin with header fields, for readers that know no other ones.
    repeats: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Html,
    /// Lines that flow say what becomes of the space at which they were broken.
    Plain {
        delsp: Option<bool>,
    },
}

impl Bodies {
    /// Takes the text parts out of a message.
    ///
    /// `message` is untrusted.
    ///
    /// # Errors
    /// As [`crate::read`].
    pub fn of(message: &[u8], limits: &Limits) -> Result<Self> {
        let message = parse(message, limits)?;
        let root = message.root();
        let hp = Hp::of(&root.root_part());
        let bodies = |part: MessagePart<'_>| part.is_text().then(|| Body::of(&part, hp));
        Ok(Self {
            text: root.text_body().filter_map(bodies).collect(),
            html: root.html_body().filter_map(bodies).collect(),
        })
    }

    /// Whether any of the parts that are shown as HTML is HTML.
    #[must_use]
    pub fn has_html(&self) -> bool {
        self.html.iter().any(|body| body.form == Form::Html)
    }

    /// The charset of the first part that has other letters than ASCII, and how it was found; none when there is no such part.
    #[must_use]
    pub fn charset(&self) -> Option<(&str, CharsetOrigin)> {
        let body = self.text.iter().chain(&self.html).find(|body| !body.octets.is_ascii())?;
        Some((&body.charset, body.origin))
    }

    /// The text to show as it was found, line ends LF.
    #[must_use]
    pub fn text(&self) -> String {
        join_texts(self.text.iter().map(|body| body.as_text(None)).collect())
    }

    /// The text to show as if it were written in `charset`, line ends LF; none for a charset that is not known here.
    #[must_use]
    pub fn text_in(&self, charset: &str) -> Option<String> {
        let charset = Charset::from_label(charset.as_bytes())?;
        Some(join_texts(self.text.iter().map(|body| body.as_text(Some(charset))).collect()))
    }

    /// The parts that are shown as HTML, in their order: as hostile as they came. A part in plain text between them is
    /// written as HTML. `charset` is used instead of what was found; one that is not known here changes nothing.
    #[must_use]
    pub fn html(&self, charset: Option<&str>) -> Vec<Zeroizing<String>> {
        let charset = charset.and_then(|label| Charset::from_label(label.as_bytes()));
        self.html.iter().map(|body| body.as_html(charset)).collect()
    }
}

impl Body {
    fn of(part: &MessagePart<'_>, hp: Option<Hp>) -> Self {
        let (_, problems) = part.text_checked().unwrap_or_default();
        let declared =
            part.content_type().and_then(|it| it.attribute("charset").map(str::to_ascii_lowercase));
        let octets = body(part);
        let mended = mended_charset(part, problems, || Cow::Borrowed(&*octets));
        let origin = if mended.is_some() { CharsetOrigin::Guessed } else { CharsetOrigin::Declared };
        let charset = mended.map(str::to_owned).or(declared).unwrap_or_else(|| "utf-8".to_owned());
        let form = if matches!(part.kind(), PartKind::Html) {
            Form::Html
        } else {
            Form::Plain { delsp: flowed::declared(part) }
        };
        let octets = Zeroizing::new(octets.into_owned());
        let repeats = repeats_headers(part, hp);
        Self { octets, found: decode_text(part).text, charset, origin, form, repeats }
    }

    fn decoded(&self, charset: Option<Charset>) -> Words {
        match charset {
            Some(charset) => Words::new(to_lf(&Words::new(charset.decode(&self.octets).into_owned()))),
            None => self.found.clone(),
        }
    }

    fn as_text(&self, charset: Option<Charset>) -> Words {
        let decoded = self.decoded(charset);
        let own = if self.repeats { letter::without_legacy_display(&decoded) } else { &decoded };
        match self.form {
            Form::Html if self.repeats => Words::new(html_to_text_without_legacy_display(&decoded)),
            Form::Html => Words::new(html_to_text(&decoded)),
            Form::Plain { delsp: Some(delsp) } => Words::new(flowed::unflow(own, delsp)),
            Form::Plain { delsp: None } if self.repeats => Words::new(own.to_owned()),
            Form::Plain { delsp: None } => decoded,
        }
    }

    fn as_html(&self, charset: Option<Charset>) -> Zeroizing<String> {
        match self.form {
            Form::Html if self.repeats => Zeroizing::new(without_legacy_display(&self.decoded(charset))),
            Form::Html => Zeroizing::new(self.decoded(charset).take()),
            Form::Plain { .. } => Zeroizing::new(written_as_html(&self.as_text(charset))),
        }
    }
}

/// Plain text between parts in HTML: its lines stay lines.
fn written_as_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len().saturating_add(64));
    html.push_str("<p>");
    for letter in text.chars() {
        match letter {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html.push_str("</p>");
    html
}

/// A text from untrusted octets in the charset of this IANA name, line ends LF. Octets that are none become U+FFFD; a name
/// that is not known here is read as UTF-8.
#[must_use]
pub fn decode_charset(charset: &str, octets: &[u8]) -> String {
    let charset = Charset::from_label(charset.as_bytes()).unwrap_or_default();
    let text = Zeroizing::new(charset.decode(octets).into_owned());
    to_lf(text.strip_prefix('\u{feff}').unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALTERNATIVE: &[u8] =
        b"From: a@b.example\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n\
        --x\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\x82t\x82\r\n\
        --x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>\xc3\xa9t\xc3\xa9</p>\r\n--x--\r\n";

    fn bodies(message: &[u8]) -> Bodies {
        Bodies::of(message, &Limits::default()).unwrap()
    }

    #[test]
    fn html_is_given_as_it_was_sent() {
        let bodies = bodies(ALTERNATIVE);
        assert!(bodies.has_html());
        let html = bodies.html(None);
        assert_eq!(html.iter().map(|html| html.trim()).collect::<Vec<_>>(), ["<p>été</p>"]);
    }

    #[test]
    fn header_fields_for_older_readers_are_left_out_of_every_form() {
        let payload = b"From: a@b.example\r\nContent-Type: multipart/alternative; hp=\"cipher\"; boundary=x\r\n\r\n\
            --x\r\nContent-Type: text/plain; hp-legacy-display=1\r\n\r\nSubject: Bilan\r\n\r\n\x82t\x82\r\n\
            --x\r\nContent-Type: text/html; hp-legacy-display=1\r\n\r\n<body><div class=\"header-protection-legacy-display\">\
            <pre>Subject: Bilan</pre><div>x</div></div><p>fin</p></body>\r\n--x--\r\n";
        let read = bodies(payload);
        assert_eq!(read.text_in("ibm850").unwrap().trim(), "été");
        assert_eq!(
            read.html(None).iter().map(|html| html.trim()).collect::<Vec<_>>(),
            ["<body><p>fin</p></body>"]
        );
        let clear = String::from_utf8_lossy(payload).replace("cipher", "clear");
        assert!(bodies(clear.as_bytes()).html(None).iter().any(|html| html.contains("Subject: Bilan")));
    }

    #[test]
    fn an_element_for_older_readers_that_does_not_end_takes_nothing_away() {
        let payload =
            b"From: a@b.example\r\nContent-Type: text/html; hp=\"cipher\"; hp-legacy-display=1\r\n\r\n\
            <div class=\"header-protection-legacy-display\"><p>tout</p>";
        assert!(bodies(payload).html(None).iter().all(|html| html.contains("tout")));
    }

    #[test]
    fn a_chosen_charset_is_used_instead_of_what_was_found() {
        let message = b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\x82t\x82\r\n";
        let bodies = bodies(message);
        assert_eq!(bodies.charset(), Some(("ibm850", CharsetOrigin::Guessed)));
        assert_eq!(bodies.text_in("ibm850").unwrap(), "été\n");
        assert_eq!(bodies.text_in("windows-1252").unwrap(), "‚t‚\n");
        assert_eq!(bodies.text_in("no-such-charset"), None);
    }

    #[test]
    fn what_is_declared_and_makes_sense_is_no_guess() {
        let message =
            b"From: a@b.example\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\r\n\xe9t\xe9\r\n";
        assert_eq!(bodies(message).charset(), Some(("iso-8859-1", CharsetOrigin::Declared)));
        let ascii = b"From: a@b.example\r\n\r\nplain\r\n";
        assert_eq!(bodies(ascii).charset(), None);
    }

    #[test]
    fn plain_text_between_parts_in_html_keeps_its_lines_and_signs() {
        let message = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
            --x\r\nContent-Type: text/html\r\n\r\n<b>1</b>\r\n--x\r\n\r\na < b\r\nc & d\r\n--x--\r\n";
        let html = bodies(message).html(None);
        let html: Vec<_> = html.iter().map(|html| html.trim()).collect();
        assert_eq!(html, ["<b>1</b>", "<p>a &lt; b<br>c &amp; d</p>"]);
    }

    #[test]
    fn lines_that_flow_stay_together_in_another_charset() {
        let message =
            b"From: a@b.example\r\nContent-Type: text/plain; format=flowed\r\n\r\n\x82t\x82 \r\nencore\r\n";
        assert_eq!(bodies(message).text_in("ibm850").unwrap(), "été encore\n");
    }
}
