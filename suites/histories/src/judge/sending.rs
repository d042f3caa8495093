//! Submissions: what became of each, and that it is one thing.

use std::collections::{BTreeMap, BTreeSet};

use sceau_crash::client::at;
use serde_json::Value;

use super::life::Life;
use super::register::{Happening, Step, Verdict, fits};
use super::source::Arrivals;
use super::{Finding, Kind};
use crate::record::{Account, Answer, History, NEVER, Record};

/// One submission, however often it was sent.
pub(super) struct Sending<'h> {
    pub(super) account: &'h str,
    /// What tells it from others: the client's id, or the id of the Email that is sent.
    pub(super) name: &'h str,
    /// The type that it is an object of.
    kind: &'static str,
    pub(super) attempts: Vec<&'h Record>,
    /// Addresses.
    pub(super) recipients: Vec<&'h str>,
    /// The letter they get.
    pub(super) blob: &'h str,
    is_delayed: bool,
}

/// What happens to a submission.
#[derive(Debug, Clone)]
enum Event {
    /// Accepted, for later or now.
    Sent(&'static str),
    /// Its time came.
    Released,
    Cancelled,
    /// Asked to be taken back, and told that it is too late.
    Kept,
    /// Nobody knows it, or it is like this.
    Seen(Option<&'static str>),
}

/// `undoStatus` (RFC 8621 §7).
const STATUS: [&str; 3] = ["pending", "final", "canceled"];

fn status(value: &Value) -> Option<&'static str> {
    STATUS.into_iter().find(|known| value == known)
}

impl Happening for Event {
    type State = Life<&'static str>;

    fn apply(&self, state: &Self::State) -> Option<Self::State> {
        match (self, state.here().copied()) {
            (Self::Sent(status), None) => state.born(status),
            (Self::Released, Some("pending")) => Some(Life::Here("final")),
            (Self::Cancelled, Some("pending" | "canceled")) => Some(Life::Here("canceled")),
            (Self::Kept, Some("pending" | "final")) => Some(state.clone()),
            (Self::Seen(sight), here) => (*sight == here).then(|| state.clone()),
            _ => None,
        }
    }

    fn only_looks(&self) -> bool {
        matches!(self, Self::Kept | Self::Seen(_))
    }
}

/// All submissions of a history.
pub(super) fn all<'h>(history: &'h History) -> Vec<Sending<'h>> {
    let mut all: BTreeMap<(&str, &str), Sending<'h>> = BTreeMap::new();
    let drafts = drafts(history);
    for record in &history.records {
        let Some(sending) = read(record, &drafts) else { continue };
        let known = all.entry((sending.account, sending.name));
        known.or_insert(sending).attempts.push(record);
    }
    all.into_values().collect()
}

fn read<'h>(record: &'h Record, drafts: &BTreeMap<&'h str, &'h str>) -> Option<Sending<'h>> {
    let arguments = &record.arguments;
    let text = |pointer| at(arguments, pointer).as_str();
    let attempts = Vec::new();
    let account = record.account.as_str();
    if record.method == "Letter/send" {
        let recipients = super::view::texts(at(arguments, "/envelopes/0/rcptTo")).collect();
        let is_delayed = text("/sendAt").is_some();
        let (name, blob) = (text("/clientLetterId")?, text("/envelopes/0/blobId")?);
        return Some(Sending { account, name, kind: "Letter", attempts, recipients, blob, is_delayed });
    }
    if record.method != "EmailSubmission/set" || at(arguments, "/create/x").is_null() {
        return None;
    }
    let name = text("/create/x/emailId")?;
    let envelope = at(arguments, "/create/x/envelope");
    let recipients = at(envelope, "/rcptTo").as_array().into_iter().flatten();
    let recipients = recipients.filter_map(|recipient| at(recipient, "/email").as_str()).collect();
    let is_delayed = !at(envelope, "/mailFrom/parameters").is_null();
    let blob = drafts.get(name).copied()?;
    Some(Sending { account, name, kind: "EmailSubmission", attempts, recipients, blob, is_delayed })
}

/// The letter of each Email that was imported.
fn drafts(history: &History) -> BTreeMap<&str, &str> {
    let imports = history.records.iter().filter(|record| record.method == "Email/import");
    let drafts = imports.filter_map(|record| {
        let blob = at(&record.arguments, "/emails/x/blobId").as_str()?;
        Some((at(record.done()?, "/created/x/id").as_str()?, blob))
    });
    drafts.collect()
}

impl<'h> Sending<'h> {
    /// What an attempt was answered about it.
    fn told(&self, record: &'h Record) -> Option<&'h Value> {
        let answer = record.done()?;
        let told = if self.kind == "Letter" { answer } else { at(answer, "/created/x") };
        (!told.is_null()).then_some(told)
    }

    /// Its id, and the end of the request that was told it.
    pub(super) fn id(&self) -> Option<(&'h str, u64)> {
        let pointer = if self.kind == "Letter" { "/letterId" } else { "/id" };
        let told = self
            .attempts
            .iter()
            .filter_map(|record| Some((at(self.told(record)?, pointer).as_str()?, record.end)));
        told.min_by_key(|(_, end)| *end)
    }

    /// The Email in Sent, where it makes one.
    pub(super) fn sent_copy(&self) -> Option<(Option<&'h str>, &'h str)> {
        let first = self.attempts.first().filter(|_| self.kind == "Letter")?;
        let blob = at(&first.arguments, "/sentCopy/blobId").as_str()?;
        let id = self.attempts.iter().find_map(|record| at(record.done()?, "/emailId").as_str());
        Some((id, blob))
    }

    /// Not before.
    pub(super) fn begin(&self) -> u64 {
        self.attempts.iter().map(|record| record.begin).min().unwrap_or(0)
    }

    /// Whether it may be there at all.
    pub(super) fn is_possible(&self) -> bool {
        self.attempts.iter().any(|record| self.told(record).is_some() || record.answer == Answer::Nothing)
    }

    /// When what it sends had certainly arrived; [`NEVER`] when nobody was told.
    pub(super) fn arrived(&self) -> u64 {
        let told = self
            .attempts
            .iter()
            .filter(|record| self.told(record).is_some_and(|told| at(told, "/undoStatus") == "final"));
        told.map(|record| record.end).min().unwrap_or(NEVER)
    }

    /// Whether all answers name one thing.
    fn is_one(&self) -> bool {
        let names = |pointer| -> BTreeSet<&str> {
            self.attempts.iter().filter_map(|record| at(self.told(record)?, pointer).as_str()).collect()
        };
        ["/letterId", "/emailId", "/id"].into_iter().all(|pointer| names(pointer).len() <= 1)
    }
}

/// Checks the submissions of one account.
pub(super) fn check(history: &History, account: &Account, findings: &mut Vec<Finding>) {
    let arrivals = Arrivals::read(history);
    for sending in all(history).iter().filter(|sending| sending.account == account.id) {
        let mut wrong = |kind, words: String| {
            findings.push(Finding { kind, text: format!("{} {}: {words}", sending.kind, sending.name) });
        };
        if !sending.is_one() {
            wrong(Kind::Duplicate, "two answers name two things".to_owned());
        }
        let sights = sights(history, sending);
        let last = sights.iter().max_by_key(|sight| sight.record.end).and_then(|sight| sight.object);
        let fate = last.and_then(|object| status(at(object, "/undoStatus")));
        match fits(Life::Unborn, &events(history, sending, &sights)) {
            Verdict::Fits => {}
            Verdict::Contradiction(words) => wrong(Kind::LostUpdate, words),
            Verdict::TooMuch => wrong(Kind::Undecided, "too much at once".to_owned()),
        }
        for (kind, words) in delivered(history, sending, fate, &arrivals) {
            wrong(kind, words);
        }
        if fate == Some("pending") && is_due(last, history.ended) {
            wrong(Kind::LostLetter, "its time has come, and it still waits".to_owned());
        }
        for object in sights.iter().filter_map(|sight| sight.object).filter(|object| !is_consistent(object)) {
            wrong(Kind::LostUpdate, format!("its states do not go together: {object}"));
        }
    }
}

/// A look at a submission.
struct Sight<'h> {
    record: &'h Record,
    object: Option<&'h Value>,
}

/// Every look at it, by its id or by what it sends.
fn sights<'h>(history: &'h History, sending: &Sending<'h>) -> Vec<Sight<'h>> {
    let method = format!("{}/get", sending.kind);
    let by = if sending.kind == "Letter" { "/clientLetterId" } else { "/emailId" };
    let looks =
        history.records.iter().filter(|record| record.account == sending.account && record.method == method);
    let sight = |record: &'h Record| {
        let list = at(record.done()?, "/list").as_array()?;
        let object = list.iter().find(|object| at(object, by) == sending.name);
        let is_full = at(&record.arguments, "/ids").is_null();
        (is_full || object.is_some()).then_some(Sight { record, object })
    };
    looks.filter_map(sight).collect()
}

/// All that happened to it.
fn events(history: &History, sending: &Sending<'_>, sights: &[Sight<'_>]) -> Vec<Step<Event>> {
    let step = |record: &Record, what| Step {
        begin: record.begin,
        end: record.end,
        certain: record.end != NEVER,
        what,
    };
    let mut steps = Vec::new();
    if sending.is_possible() {
        let id = sending.id();
        let certain = id.is_some() || sights.iter().any(|sight| sight.object.is_some());
        let what = Event::Sent(if sending.is_delayed { "pending" } else { "final" });
        let end = id.map_or(NEVER, |(_, end)| end);
        steps.push(Step { begin: sending.begin(), end, certain, what });
        steps.push(Step { begin: sending.begin(), end: NEVER, certain: false, what: Event::Released });
    }
    for attempt in &sending.attempts {
        if let Some(undo) = sending.told(attempt).and_then(|told| status(at(told, "/undoStatus"))) {
            steps.push(step(attempt, Event::Seen(Some(undo))));
        }
    }
    for sight in sights {
        let undo = sight.object.and_then(|object| status(at(object, "/undoStatus")));
        steps.push(step(sight.record, Event::Seen(undo)));
    }
    let seen = sights.iter().find_map(|sight| at(sight.object?, "/id").as_str());
    let Some(id) = sending.id().map(|(id, _)| id).or(seen) else { return steps };
    let cancels = history.records.iter().filter(|record| record.account == sending.account);
    steps.extend(cancels.filter_map(|record| Some(step(record, cancel(record, id)?))));
    steps
}

/// What a request to take it back did.
fn cancel(record: &Record, id: &str) -> Option<Event> {
    let is_letter = record.method == "Letter/cancel" && at(&record.arguments, "/letterId") == id;
    let patch = format!("/update/{id}");
    let is_submission = record.method == "EmailSubmission/set" && !at(&record.arguments, &patch).is_null();
    match &record.answer {
        _ if !is_letter && !is_submission => None,
        Answer::Nothing => Some(Event::Cancelled),
        Answer::Refused(why) if why.contains("cannotUnsend") => Some(Event::Kept),
        Answer::Refused(why) if why.contains("notFound") => Some(Event::Seen(None)),
        Answer::Refused(_) => None,
        Answer::Done(_) if is_letter => Some(Event::Cancelled),
        Answer::Done(answer) => match at(answer, &format!("/notUpdated/{id}/type")).as_str() {
            None => Some(Event::Cancelled),
            Some("cannotUnsend") => Some(Event::Kept),
            Some("notFound") => Some(Event::Seen(None)),
            Some(_) => None,
        },
    }
}

/// What is wrong with what the recipients got.
fn delivered(
    history: &History,
    sending: &Sending<'_>,
    fate: Option<&str>,
    arrivals: &Arrivals<'_>,
) -> Vec<(Kind, String)> {
    let mut wrong = Vec::new();
    for recipient in &sending.recipients {
        let Some(account) = history.accounts.iter().find(|account| account.address == *recipient) else {
            continue;
        };
        let count = arrivals.count(&account.id, sending.blob);
        match (fate, count) {
            (Some("final"), 0) => wrong.push((Kind::LostLetter, format!("{recipient} never got it"))),
            (Some("final"), 1) | (_, 0) => {}
            (Some("final"), _) => wrong.push((Kind::Duplicate, format!("{recipient} got it {count} times"))),
            (fate, _) => {
                wrong
                    .push((Kind::Duplicate, format!("it is {fate:?}, and {recipient} got it {count} times")));
            }
        }
    }
    wrong
}

/// Whether `undoStatus` and `deliveryStatus` can be true together.
fn is_consistent(object: &Value) -> bool {
    let wanted = if at(object, "/undoStatus") == "final" { "yes" } else { "queued" };
    let mut states = at(object, "/deliveryStatus").as_object().into_iter().flatten();
    states.all(|(_, state)| at(state, "/delivered") == wanted)
}

/// Whether its time had come when everything was looked at for the last time.
fn is_due(object: Option<&Value>, ended: i64) -> bool {
    let due =
        object.and_then(|object| at(object, "/sendAt").as_str()).map(|at| sceau_api::UtcDate(at.to_owned()));
    due.and_then(|due| due.to_unix()).is_some_and(|due| due < ended)
}
