//! Each Email as one object: its keywords, its Mailboxes, whether it is there.

use std::collections::{BTreeMap, BTreeSet};

use sceau_crash::client::at;
use serde_json::{Map, Value};

use super::life::Life;
use super::register::{Happening, Step, Verdict, fits};
use super::source::Source;
use super::tags::Tags;
use super::view::{Views, number, texts};
use super::{Finding, Kind, sending};
use crate::record::{Account, Answer, History, NEVER, Record};

/// What happens to an Email.
#[derive(Debug, Clone)]
enum Event<'h> {
    Made(Tags),
    /// Changed, whatever it was.
    Patched(&'h Map<String, Value>),
    /// Changed by someone who knew how it was, and compared.
    Compared(Tags, &'h Map<String, Value>),
    Destroyed,
    /// Destroyed, should it be there.
    Removed,
    /// A Mailbox was destroyed with what was in it.
    Left(&'h str),
    /// A Mailbox was destroyed in which nothing may have been.
    NotIn(&'h str),
    Seen(Option<Tags>),
    /// Found in a Mailbox, or not.
    Found(&'h str, bool),
}

impl Happening for Event<'_> {
    type State = Life<Tags>;

    fn apply(&self, state: &Self::State) -> Option<Self::State> {
        match (self, state) {
            (Self::Made(tags), _) => state.born(tags),
            (Self::Patched(patch), Life::Here(tags)) => tags.patched(patch).map(Life::Here),
            (Self::Compared(before, patch), Life::Here(tags)) if before == tags => {
                tags.patched(patch).map(Life::Here)
            }
            (Self::Destroyed | Self::Removed, Life::Here(_)) => Some(Life::Gone),
            (Self::Left(mailbox), Life::Here(tags)) => {
                Some(tags.without(mailbox).map_or(Life::Gone, Life::Here))
            }
            (Self::NotIn(mailbox), Life::Here(tags)) => {
                (!tags.mailboxes.contains(*mailbox)).then(|| state.clone())
            }
            (Self::Removed | Self::Left(_) | Self::NotIn(_), _) => Some(state.clone()),
            (Self::Seen(sight), _) => state.seen(sight.as_ref()),
            (Self::Found(mailbox, is_in), _) => {
                let was_in = state.here().is_some_and(|tags| tags.mailboxes.contains(*mailbox));
                (was_in == *is_in).then(|| state.clone())
            }
            _ => None,
        }
    }

    fn only_looks(&self) -> bool {
        matches!(self, Self::NotIn(_) | Self::Seen(_) | Self::Found(..))
    }
}

/// Checks every Email of an account.
pub(super) fn check(
    history: &History,
    account: &Account,
    emails: &Views<'_>,
    sources: &[Source<'_>],
    findings: &mut Vec<Finding>,
) {
    let changes = Changes::read(history, account, emails);
    let mut made: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, blob) in everyone(emails, sources) {
        let by_id = sources.iter().find(|source| source.id == Some(id));
        let source = by_id.or_else(|| sources.iter().find(|source| Some(source.blob) == blob));
        let Some(source) = source else {
            let text = format!("{}: nobody made {id}", account.address);
            findings.push(Finding { kind: Kind::LostUpdate, text });
            continue;
        };
        made.entry(source.blob).or_default().insert(id);
        let verdict = fits(Life::Unborn, &steps(id, source, emails, &changes));
        let finding = match verdict {
            Verdict::Fits => continue,
            Verdict::Contradiction(words) => (Kind::LostUpdate, words),
            Verdict::TooMuch => (Kind::Undecided, "too much at once".to_owned()),
        };
        findings.push(Finding { kind: finding.0, text: format!("{} {id}: {}", account.address, finding.1) });
    }
    for (blob, ids) in made.iter().filter(|(_, ids)| ids.len() > 1) {
        let text = format!("{}: {ids:?} are all {blob}", account.address);
        findings.push(Finding { kind: Kind::Duplicate, text });
    }
}

/// All Emails that were seen or told, with their letters.
fn everyone<'h>(emails: &Views<'h>, sources: &[Source<'h>]) -> BTreeMap<&'h str, Option<&'h str>> {
    let told = sources.iter().filter_map(|source| Some((source.id?, Some(source.blob))));
    let mut all: BTreeMap<&str, Option<&str>> = told.collect();
    for (id, timeline) in &emails.timelines {
        let blob = timeline.values().flatten().find_map(|email| at(email, "/blobId").as_str());
        all.insert(id, blob);
    }
    all
}

/// Everything that happened to an Email.
fn steps<'h>(
    id: &str,
    source: &Source<'h>,
    emails: &Views<'h>,
    changes: &Changes<'h>,
) -> Vec<Step<Event<'h>>> {
    let made = Event::Made(source.tags.clone());
    // Whoever saw it saw that it was made.
    let mut steps = vec![Step { begin: source.begin, end: source.end, certain: true, what: made }];
    for view in &emails.all {
        if let Some(sight) = view.sight(id) {
            steps.push(certain(view.record, Event::Seen(sight.map(Tags::read))));
        }
    }
    steps.extend(changes.queries.iter().filter_map(|record| {
        let mailbox = at(&record.arguments, "/filter/inMailbox").as_str()?;
        let is_in = texts(at(record.done()?, "/ids")).any(|found| found == id);
        Some(certain(record, Event::Found(mailbox, is_in)))
    }));
    steps.extend(changes.of_one.get(id).into_iter().flatten().cloned());
    steps.extend(changes.of_all.iter().cloned());
    steps
}

fn certain<'h>(record: &Record, what: Event<'h>) -> Step<Event<'h>> {
    Step { begin: record.begin, end: record.end, certain: record.end != NEVER, what }
}

/// What was asked of Emails.
struct Changes<'h> {
    of_one: BTreeMap<&'h str, Vec<Step<Event<'h>>>>,
    /// What became of a Mailbox concerns all of them.
    of_all: Vec<Step<Event<'h>>>,
    /// What was looked for.
    queries: Vec<&'h Record>,
}

impl<'h> Changes<'h> {
    fn read(history: &'h History, account: &'h Account, emails: &Views<'h>) -> Self {
        let mut changes = Self { of_one: BTreeMap::new(), of_all: Vec::new(), queries: Vec::new() };
        let copies = copies(history);
        let own = history.records.iter().filter(|record| record.account == account.id);
        for record in own.filter(|record| record.may_have_effect()) {
            match record.method.as_str() {
                "Email/set" => changes.set(record, emails),
                "Mailbox/set" => changes.mailboxes(record),
                "Email/query" => changes.queries.push(record),
                "Letter/cancel" => changes.taken_back(record, &copies),
                _ => {}
            }
        }
        for sending in sending::all(history).iter().filter(|sending| sending.account == account.id) {
            changes.sent(sending);
        }
        changes
    }

    fn add(&mut self, id: &'h str, step: Step<Event<'h>>) {
        self.of_one.entry(id).or_default().push(step);
    }

    fn set(&mut self, record: &'h Record, emails: &Views<'h>) {
        let updates = at(&record.arguments, "/update").as_object().into_iter().flatten();
        for (id, patch) in updates {
            let Some(patch) = patch.as_object() else { continue };
            let known = number(at(&record.arguments, "/ifInState"))
                .and_then(|state| *emails.timelines.get(id.as_str())?.get(&state)?)
                .map(Tags::read);
            let done = known.map_or(Event::Patched(patch), |known| Event::Compared(known, patch));
            if let Some(event) = outcome(record, &format!("/notUpdated/{id}/type"), done) {
                self.add(id, certain(record, event));
            }
        }
        for id in texts(at(&record.arguments, "/destroy")) {
            if let Some(event) = outcome(record, &format!("/notDestroyed/{id}/type"), Event::Destroyed) {
                self.add(id, certain(record, event));
            }
        }
    }

    fn mailboxes(&mut self, record: &'h Record) {
        let with_emails = at(&record.arguments, "/onDestroyRemoveEmails") == &Value::Bool(true);
        for id in texts(at(&record.arguments, "/destroy")) {
            let event = if with_emails { Event::Left(id) } else { Event::NotIn(id) };
            let is_refused =
                record.done().is_some_and(|answer| !at(answer, &format!("/notDestroyed/{id}")).is_null());
            if !is_refused {
                self.of_all.push(certain(record, event));
            }
        }
    }

    /// The Email in Sent goes with a letter that is taken back.
    fn taken_back(&mut self, record: &'h Record, copies: &BTreeMap<&'h str, &'h str>) {
        let letter = at(&record.arguments, "/letterId").as_str();
        if let Some(id) = letter.and_then(|letter| copies.get(letter)) {
            self.add(id, certain(record, Event::Removed));
        }
    }

    /// The draft goes with the letter it became.
    fn sent(&mut self, sending: &sending::Sending<'h>) {
        let first = sending.attempts.first().copied();
        let draft = first.and_then(|record| at(&record.arguments, "/onSuccessDestroyEmail").as_str());
        if let Some(draft) = draft.filter(|_| sending.is_possible()) {
            let end = sending.id().map_or(NEVER, |(_, end)| end);
            let step = Step { begin: sending.begin(), end, certain: end != NEVER, what: Event::Removed };
            self.add(draft, step);
        }
    }
}

/// The Email in Sent of each letter, as anybody was told.
fn copies(history: &History) -> BTreeMap<&str, &str> {
    let mut copies = BTreeMap::new();
    for record in &history.records {
        let Some(answer) = record.done() else { continue };
        let listed = at(answer, "/list").as_array().filter(|_| record.method == "Letter/get");
        let named = |object, id| Some((at(object, id).as_str()?, at(object, "/emailId").as_str()?));
        copies.extend(listed.into_iter().flatten().filter_map(|letter| named(letter, "/id")));
        copies.extend(named(answer, "/letterId"));
    }
    copies
}

/// What a record of a `/set` came to.
fn outcome<'h>(record: &Record, refusal: &str, done: Event<'h>) -> Option<Event<'h>> {
    let Answer::Done(answer) = &record.answer else { return Some(done) };
    match at(answer, refusal).as_str() {
        None => Some(done),
        Some("notFound") => Some(Event::Seen(None)),
        Some(_) => None,
    }
}
