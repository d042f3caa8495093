//! What an answer or a forwarded letter begins as.

use sceau_protocol::{AnswerWords, DraftContent, LetterView, Person, Quote};

use super::draft::Thread;
use super::quote;
use crate::login::normal_address;
use crate::opened::OpenedLetter;

/// Most Message-IDs kept in References (RFC 5322 sets no limit; threads of carers are short).
const MAX_REFERENCES: usize = 50;

/// To whom an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// The sender only.
    Sender,
    /// Everyone named.
    Everyone,
}

/// An answer. The text is quoted only when a valid signature covers it (design section 4).
pub(crate) fn reply(
    letter: &OpenedLetter,
    own: &str,
    breadth: Breadth,
    words: &AnswerWords,
) -> (DraftContent, Thread) {
    let view = &letter.view;
    let mine = view.from.iter().any(|person| is(own, person));
    let to = if mine { view.to.clone() } else { authors(letter) };
    let cc = match breadth {
        Breadth::Sender => Vec::new(),
        Breadth::Everyone => others(view, own, &to),
    };
    let content = DraftContent {
        to,
        cc,
        subject: prefixed("Re: ", &REPLY_PREFIXES, &view.subject),
        quote: quoted(letter, |text| quote::for_answer(&words.quote_head, text)),
        ..DraftContent::default()
    };
    let thread = Thread {
        in_reply_to: letter.letter.message_id.iter().cloned().collect(),
        references: references(letter),
        answers: letter.email().map(|email| email.0.clone()),
        forwards: None,
        kept_inside: letter.kept_inside.clone(),
    };
    (content, thread)
}

/// A letter handed on; its attachments are added by the caller.
pub(crate) fn forward(letter: &OpenedLetter, words: &AnswerWords) -> (DraftContent, Thread) {
    let content = DraftContent {
        subject: prefixed(&words.forward_prefix, &FORWARD_PREFIXES, &letter.view.subject),
        // Whoever gets it shall read all of it.
        quote: quoted(letter, |text| Quote { text: quote::quoted(&words.quote_head, text), whole: None }),
        ..DraftContent::default()
    };
    let thread = Thread { forwards: letter.email().map(|email| email.0.clone()), ..Thread::default() };
    (content, thread)
}

/// Reply-To counts only where the letter is authentic; otherwise an answer goes to From.
fn authors(letter: &OpenedLetter) -> Vec<Person> {
    let wanted = &letter.letter.reply_to;
    if letter.view.may_quote && !wanted.is_empty() {
        return wanted.iter().map(crate::opened::person).collect();
    }
    letter.view.from.clone()
}

fn others(view: &LetterView, own: &str, to: &[Person]) -> Vec<Person> {
    let mut others: Vec<Person> = Vec::new();
    for person in view.to.iter().chain(&view.cc) {
        let known = |people: &[Person]| people.iter().any(|other| is(&other.address, person));
        if !is(own, person) && !known(to) && !known(&others) {
            others.push(person.clone());
        }
    }
    others
}

fn is(address: &str, person: &Person) -> bool {
    normal_address(address) == normal_address(&person.address)
}

/// Prefixes readers take for the same thing; in lower case.
const REPLY_PREFIXES: [&str; 2] = ["re:", "re :"];
const FORWARD_PREFIXES: [&str; 4] = ["tr:", "tr :", "fwd:", "fw:"];

fn prefixed(prefix: &str, known: &[&str], subject: &str) -> String {
    let lower = subject.trim_start().to_lowercase();
    if known.iter().any(|known| lower.starts_with(known)) {
        return subject.to_owned();
    }
    format!("{prefix}{subject}")
}

fn references(letter: &OpenedLetter) -> Vec<String> {
    let mut all = letter.letter.references.clone();
    all.extend(letter.letter.message_id.iter().cloned());
    let surplus = all.len().saturating_sub(MAX_REFERENCES);
    all.split_off(surplus)
}

fn quoted(letter: &OpenedLetter, quote: impl FnOnce(&str) -> Quote) -> Quote {
    if letter.view.may_quote { quote(&letter.view.text) } else { Quote::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_not_repeated() {
        assert_eq!(prefixed("Re: ", &REPLY_PREFIXES, "Bilan"), "Re: Bilan");
        assert_eq!(prefixed("Re: ", &REPLY_PREFIXES, "RE : Bilan"), "RE : Bilan");
        assert_eq!(prefixed("Tr: ", &FORWARD_PREFIXES, "Re: Bilan"), "Tr: Re: Bilan");
        assert_eq!(prefixed("Fwd: ", &FORWARD_PREFIXES, "TR : Bilan"), "TR : Bilan");
    }
}
