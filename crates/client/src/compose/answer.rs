//! What an answer or a forwarded letter begins as.

use sceau_protocol::{DraftContent, LetterView, Person, UnixSeconds};

use super::draft::Thread;
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
pub(crate) fn reply(letter: &OpenedLetter, own: &str, breadth: Breadth) -> (DraftContent, Thread) {
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
        bcc: Vec::new(),
        subject: prefixed("Re: ", &view.subject),
        text: quoted(letter),
    };
    let thread = Thread {
        in_reply_to: letter.letter.message_id.iter().cloned().collect(),
        references: references(letter),
        answers: letter.email().map(|email| email.0.clone()),
        forwards: None,
    };
    (content, thread)
}

/// A letter handed on; its attachments are added by the caller.
pub(crate) fn forward(letter: &OpenedLetter) -> (DraftContent, Thread) {
    let content = DraftContent {
        subject: prefixed("Tr: ", &letter.view.subject),
        text: quoted(letter),
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

fn prefixed(prefix: &str, subject: &str) -> String {
    let known: &[&str] = if prefix.starts_with('R') { &REPLY_PREFIXES } else { &FORWARD_PREFIXES };
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

fn quoted(letter: &OpenedLetter) -> String {
    let view = &letter.view;
    if !view.may_quote {
        return String::new();
    }
    let who = view.confirmed_name.clone().unwrap_or_else(|| crate::index::names(&view.from));
    let offset = letter.letter.date.map_or(0, |date| date.offset_minutes);
    let when = view.date.map(|date| format!("Le {}, ", french_date(date, offset))).unwrap_or_default();
    let lines: String = view.text.trim_end().lines().map(quoted_line).collect();
    format!("\n\n{when}{who} a écrit :\n{lines}")
}

fn quoted_line(line: &str) -> String {
    if line.is_empty() || line.starts_with('>') { format!(">{line}\n") } else { format!("> {line}\n") }
}

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `23 novembre 2026 à 10:12`, in the zone the letter was written in.
fn french_date(at: UnixSeconds, offset_minutes: i16) -> String {
    let local = at.saturating_add(i64::from(offset_minutes) * 60);
    let Ok(date) = time::OffsetDateTime::from_unix_timestamp(local) else { return String::new() };
    let month =
        MONTHS.get(usize::from(u8::from(date.month())).saturating_sub(1)).copied().unwrap_or_default();
    format!("{} {month} {} à {}:{:02}", date.day(), date.year(), date.hour(), date.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_not_repeated() {
        assert_eq!(prefixed("Re: ", "Bilan"), "Re: Bilan");
        assert_eq!(prefixed("Re: ", "RE : Bilan"), "RE : Bilan");
        assert_eq!(prefixed("Tr: ", "Re: Bilan"), "Tr: Re: Bilan");
    }

    #[test]
    fn a_date_is_written_in_the_zone_of_its_writer() {
        assert_eq!(french_date(1_795_422_655, 60), "23 novembre 2026 à 9:30");
    }
}
