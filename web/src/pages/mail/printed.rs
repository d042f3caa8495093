//! What stands above a printed letter: who, when, and what the seal says.

use sceau_protocol::{LetterView, Person};

use super::letter::{date_of, full, sender_name, subject_of};
use crate::desk::{Desk, PrintedHead};
use crate::text::{Words, fill, plain_name};

/// The head of a printed letter. The verdict stands in it, so that paper says as much as the screen.
pub(super) fn head(words: &Words, desk: Desk, view: &LetterView) -> PrintedHead {
    let people = |people: &[Person]| people.iter().map(full).collect::<Vec<_>>().join(", ");
    let seal = words.seal(view.trust);
    let who = view.confirmed_name.as_deref().unwrap_or("?");
    let sentence = fill(seal.sentence, &[("who", who)]);
    let judged = words.exact_date(desk.calendar().civil(view.judged_at));
    let source = words.time_source(view.time_source);
    let judged = fill(words.letter.judged_at, &[("date", &judged), ("source", source)]);
    let files: Vec<String> = view
        .parts
        .iter()
        .map(|part| format!("{} ({})", plain_name(&part.name), words.size(part.size)))
        .collect();
    let lines = [
        (words.letter.from, sender_name(view)),
        (words.letter.to, people(&view.to)),
        (words.letter.cc, people(&view.cc)),
        (words.letter.bcc, people(&view.bcc)),
        (words.formatted.date, date_of(words, desk, view)),
        (words.formatted.seal, format!("{}. {sentence} {judged}", seal.state)),
        (words.letter.attachments, files.join(", ")),
    ];
    let lines = lines.into_iter().filter(|(_, value)| !value.is_empty());
    PrintedHead {
        subject: subject_of(words, view),
        lines: lines.map(|(name, value)| (name.to_owned(), value)).collect(),
        text: view.text.clone(),
    }
}
