//! The last look at what is handed out. It believes nothing of what was done before, and fails closed.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use crate::{Error, Result, allowed, attribute, css, image, link};

/// The tokens of HTML that has no raw text.
fn tokens(html: &str) -> Vec<Token> {
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

/// Fails unless each token is on the list, each value is one that is written, and tags match.
pub(crate) fn check(html: &str, links: usize) -> Result<()> {
    let mut open = Vec::new();
    for token in tokens(html) {
        let good = match &token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                if !allowed::VOID.contains(&&*tag.name) {
                    open.push(tag.name.clone());
                }
                start_is_good(tag, links)
            }
            Token::TagToken(tag) => tag.attrs.is_empty() && open.pop().is_some_and(|name| name == tag.name),
            Token::CharacterTokens(_) | Token::ParseError(_) | Token::EOFToken => true,
            Token::NullCharacterToken | Token::CommentToken(_) | Token::DoctypeToken(_) => false,
        };
        if !good {
            return Err(Error::NotAllowed);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(Error::NotAllowed) }
}

fn start_is_good(tag: &Tag, links: usize) -> bool {
    let name = &*tag.name;
    let values_are_good =
        tag.attrs.iter().all(|each| value_is_good(name, &each.name.local, &each.value, links));
    allowed::ELEMENTS.contains(&name) && !tag.self_closing && values_are_good
}

pub(crate) fn value_is_good(element: &str, name: &str, value: &str, links: usize) -> bool {
    if element == "a" && allowed::WRITTEN_ON_LINKS.contains(&name) {
        return match name {
            "data-href" => link::target(value).as_deref() == Some(value),
            "data-link" => value.parse::<usize>().is_ok_and(|index| index < links),
            "rel" => value == "noopener noreferrer",
            "role" => value == "link",
            _ => value == "0",
        };
    }
    let kept = match name {
        "href" => false,
        "src" => image::is_drawn(value),
        "style" => !css::hides(value) && css::kept(value, element).as_deref() == Some(value),
        other => attribute::kept(other, value).as_deref() == Some(value),
    };
    kept && allowed::may_have(element, name)
}
