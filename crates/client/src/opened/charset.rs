//! The charset a letter is read in: what it says, what it looks like, or what the reader chose for its sender.

use std::collections::BTreeMap;
use std::rc::Rc;

use sceau_mime::{Bodies, CharsetOrigin as Found};
use sceau_protocol::{CharsetOrigin, CharsetView, FailureCode, LetterSource, LetterView};
use serde::{Deserialize, Serialize};

use super::{OpenedLetter, brought, letter};
use crate::failure::{Error, Result};
use crate::job::Job;
use crate::login::normal_address;
use crate::unlocked::Unlocked;
use crate::vault::Blob;

/// Senders whose charset is remembered at most: more than any practice corresponds with by such programs.
const MAX_SENDERS: usize = 500;

/// The blob `charsets`: what the reader chose, by the sender's address in lower case.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Charsets {
    #[serde(default)]
    by_sender: BTreeMap<String, String>,
}

impl Blob for Charsets {
    const ID: &'static str = "charsets";
}

/// The charset in which a letter was read.
pub(super) fn found(bodies: &Bodies) -> Option<CharsetView> {
    let (name, origin) = bodies.charset()?;
    let origin = match origin {
        Found::Declared => CharsetOrigin::Declared,
        Found::Guessed => CharsetOrigin::Guessed,
    };
    Some(CharsetView { name: name.to_owned(), origin })
}

/// Reads a letter as its reader chose for earlier ones of that sender. One that says UTF-8, and is, leaves no choice.
pub(super) fn remembered(unlocked: &Unlocked, letter: &mut OpenedLetter) -> Result<()> {
    let is_open =
        found(&letter.bodies).is_some_and(|it| it.origin == CharsetOrigin::Guessed || it.name != "utf-8");
    if !is_open {
        return Ok(());
    }
    let Some(sender) = sender(letter) else { return Ok(()) };
    let chosen = unlocked.vault.get::<Charsets>()?.by_sender.get(&sender).cloned();
    if let Some(charset) = chosen {
        letter.read_in(&charset);
    }
    Ok(())
}

fn sender(letter: &OpenedLetter) -> Option<String> {
    letter.view.from.first().map(|from| normal_address(&from.address))
}

/// Reads a letter in another charset, and remembers it for its sender; none forgets the choice.
///
/// # Errors
/// `Gone`, `CannotShow` for a charset that is not known, or that the relay does not answer.
pub async fn choose_charset(
    unlocked: &Unlocked,
    job: &Job,
    source: &LetterSource,
    charset: Option<String>,
) -> Result<LetterView> {
    letter(unlocked, job, source).await?;
    let taken = unlocked.opened.borrow_mut().take(source).ok_or(Error::of(FailureCode::Gone))?;
    let mut letter = Rc::try_unwrap(taken).unwrap_or_else(|shared| (*shared).clone());
    let known = match &charset {
        Some(charset) => letter.read_in(charset),
        None => letter.read_as_found(),
    };
    let sender = sender(&letter);
    let view = unlocked.opened.borrow_mut().keep(letter).view.clone();
    if !known {
        return Err(Error::of(FailureCode::CannotShow));
    }
    if let Some(sender) = sender {
        remember(unlocked, job, &sender, charset.as_deref()).await?;
    }
    Ok(view)
}

async fn remember(unlocked: &Unlocked, job: &Job, sender: &str, charset: Option<&str>) -> Result<()> {
    let change = |charsets: &mut Charsets| {
        let by_sender = &mut charsets.by_sender;
        match charset {
            Some(charset) => {
                if by_sender.len() >= MAX_SENDERS && !by_sender.contains_key(sender) {
                    by_sender.pop_first();
                }
                by_sender.insert(sender.to_owned(), charset.to_owned());
            }
            None => {
                by_sender.remove(sender);
            }
        }
        Ok(())
    };
    unlocked.vault.change(&unlocked.relay, job, change).await
}

impl OpenedLetter {
    /// Shows the words as if they were written in `charset`; says whether it is known.
    fn read_in(&mut self, charset: &str) -> bool {
        let Some(text) = self.bodies.text_in(charset) else { return false };
        self.view.charset = Some(CharsetView { name: charset.to_owned(), origin: CharsetOrigin::Chosen });
        self.set_text(text);
        true
    }

    /// Shows the words as they were found.
    fn read_as_found(&mut self) -> bool {
        self.view.charset = found(&self.bodies);
        let text = self.bodies.text();
        self.set_text(text);
        true
    }

    /// The charset the reader chose.
    pub(super) fn chosen_charset(&self) -> Option<&str> {
        let chosen = self.view.charset.as_ref().filter(|it| it.origin == CharsetOrigin::Chosen);
        chosen.map(|it| it.name.as_str())
    }

    fn set_text(&mut self, text: String) {
        self.letter.text = brought::without_files(text);
        self.view.text.clone_from(&self.letter.text);
    }
}
