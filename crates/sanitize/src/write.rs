//! Writes HTML anew from its tokens (WHATWG HTML §13.2.5): nothing is copied, each value is made from what was understood.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use crate::image::Images;
use crate::link::{Link, deceives, target};
use crate::{Error, Limits, Result, allowed, attribute, css};

/// What was written.
pub(crate) struct Written {
    pub(crate) html: String,
    pub(crate) links: Vec<Link>,
}

/// The tokens of HTML that has no raw text.
pub(crate) fn tokens(html: &str) -> Vec<Token> {
    let tokenizer = Tokenizer::new(Tokens::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    // Nothing asks it to pause: there is no script.
    drop(tokenizer.feed(&input));
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Tokens(RefCell<Vec<Token>>);

impl TokenSink for Tokens {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        self.0.borrow_mut().push(token);
        TokenSinkResult::Continue
    }
}

/// Writes cleaned HTML anew.
///
/// # Errors
/// `NotAllowed` when an element or attribute is not on the list or tags do not match, `TooManyLinks`.
pub(crate) fn write(cleaned: &str, images: &mut Images<'_>, limits: &Limits) -> Result<Written> {
    let mut writer = Writer::default();
    for token in tokens(cleaned) {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => writer.start(&tag, images, limits)?,
            Token::TagToken(tag) => writer.end(&tag)?,
            Token::CharacterTokens(text) => writer.text(&text),
            // That a character is odd is for others to mind.
            Token::ParseError(_) | Token::EOFToken => {}
            Token::NullCharacterToken | Token::CommentToken(_) | Token::DoctypeToken(_) => {
                return Err(Error::NotAllowed);
            }
        }
    }
    if writer.open.is_empty() { Ok(writer.written()) } else { Err(Error::NotAllowed) }
}

#[derive(Default)]
struct Writer {
    html: String,
    open: Vec<String>,
    links: Vec<Link>,
    /// How many of `open` were so when the link that text now belongs to began.
    link_at: Option<usize>,
    /// How many of `open` were so when what is hidden began.
    hidden_at: Option<usize>,
}

impl Writer {
    fn start(&mut self, tag: &Tag, images: &mut Images<'_>, limits: &Limits) -> Result<()> {
        let name = &*tag.name;
        if !allowed::ELEMENTS.contains(&name) {
            return Err(Error::NotAllowed);
        }
        let values = attributes(tag)?;
        let void = allowed::VOID.contains(&name);
        let hidden = values.iter().any(|(name, value)| hides(name, value));
        if self.hidden_at.is_none() {
            if hidden && !void {
                self.hidden_at = Some(self.open.len());
            } else if !hidden {
                self.shown(name, &values, images, limits)?;
            }
        }
        if !void {
            self.open.push(name.to_owned());
        }
        Ok(())
    }

    fn shown(
        &mut self,
        name: &str,
        values: &[(&str, &str)],
        images: &mut Images<'_>,
        limits: &Limits,
    ) -> Result<()> {
        self.html.push('<');
        self.html.push_str(name);
        for (attribute, value) in values {
            let kept = match *attribute {
                "href" | "data-href" => None,
                "src" => images.source(value),
                "style" => css::kept(value, name),
                other => attribute::kept(other, value),
            };
            if let Some(kept) = kept {
                self.attribute(attribute, &kept);
            }
            if *attribute == "alt" {
                self.say(value);
            }
        }
        if name == "a" {
            self.link(values, limits)?;
        }
        self.html.push('>');
        Ok(())
    }

    /// A link leads nowhere by itself: the frame's script hands its index to the page, which shows the target first.
    fn link(&mut self, values: &[(&str, &str)], limits: &Limits) -> Result<()> {
        let address = |wanted: &str| values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        let Some(target) = address("href").or_else(|| address("data-href")).and_then(target) else {
            return Ok(());
        };
        if self.links.len() >= limits.links {
            return Err(Error::TooManyLinks { limit: limits.links });
        }
        self.attribute("data-href", &target);
        self.attribute("data-link", &self.links.len().to_string());
        for (name, value) in [("rel", "noopener noreferrer"), ("role", "link"), ("tabindex", "0")] {
            self.attribute(name, value);
        }
        self.links.push(Link { shown: String::new(), target, deceives: false });
        self.link_at = Some(self.open.len());
        Ok(())
    }

    fn end(&mut self, tag: &Tag) -> Result<()> {
        if self.open.pop().is_none_or(|open| open != *tag.name) {
            return Err(Error::NotAllowed);
        }
        let depth = self.open.len();
        match self.hidden_at {
            Some(hidden_at) if hidden_at < depth => {}
            Some(hidden_at) if hidden_at == depth => self.hidden_at = None,
            _ => {
                self.html.push_str("</");
                self.html.push_str(&tag.name);
                self.html.push('>');
                self.link_at = self.link_at.filter(|link_at| *link_at != depth);
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.hidden_at.is_some() {
            return;
        }
        self.say(text);
        escape(text, &mut self.html);
    }

    fn say(&mut self, text: &str) {
        if self.link_at.is_some()
            && let Some(link) = self.links.last_mut()
        {
            link.shown.push_str(text);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        escape(value, &mut self.html);
        self.html.push('"');
    }

    fn written(mut self) -> Written {
        for link in &mut self.links {
            link.deceives = deceives(&link.shown, &link.target);
        }
        Written { html: self.html, links: self.links }
    }
}

/// What hides goes with all that is in it: what nobody sees is not to be found, answered or signed either.
fn hides(attribute: &str, value: &str) -> bool {
    attribute == "hidden" || (attribute == "style" && css::hides(value))
}

/// The attributes of a tag, each on the list or written by this file before.
fn attributes(tag: &Tag) -> Result<Vec<(&str, &str)>> {
    let written_here = |name: &str| &*tag.name == "a" && allowed::WRITTEN_ON_LINKS.contains(&name);
    let listed = |name: &str| allowed::may_have(&tag.name, name) || written_here(name);
    if !tag.attrs.iter().all(|attribute| listed(&attribute.name.local)) {
        return Err(Error::NotAllowed);
    }
    let mut values: Vec<(&str, &str)> =
        tag.attrs.iter().map(|attribute| (&*attribute.name.local, &*attribute.value)).collect();
    values.sort_unstable();
    Ok(values)
}

/// Text or a value between double quotes (WHATWG HTML §13.3); `<` and `>` nowhere stay as they are.
fn escape(text: &str, html: &mut String) {
    for at in text.chars() {
        match at {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\u{a0}' => html.push_str("&nbsp;"),
            _ => html.push(at),
        }
    }
}
