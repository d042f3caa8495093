//! The last look at what is handed out. It believes nothing of what was done before, and fails closed.

use html5ever::tokenizer::{Tag, TagKind, Token};

use crate::{Error, Result, allowed, attribute, css, image, link, write};

/// Fails unless each token is on the list, each value is one that is written, and tags match.
pub(crate) fn check(html: &str, links: usize) -> Result<()> {
    let mut open = Vec::new();
    for token in write::tokens(html) {
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

fn value_is_good(element: &str, name: &str, value: &str, links: usize) -> bool {
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
