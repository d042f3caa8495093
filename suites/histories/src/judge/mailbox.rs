//! Each Mailbox as one object: its name, and whether it is there.

use std::collections::BTreeMap;

use sceau_crash::client::at;

use super::life::Life;
use super::register::{Happening, Step, Verdict, fits};
use super::view::{Views, texts};
use super::{Finding, Kind};
use crate::record::{Account, Answer, History, NEVER, Record};

/// What happens to a Mailbox.
#[derive(Debug, Clone)]
enum Event<'h> {
    Made(&'h str),
    Renamed(&'h str),
    Destroyed,
    Seen(Option<&'h str>),
}

impl<'h> Happening for Event<'h> {
    type State = Life<&'h str>;

    fn apply(&self, state: &Self::State) -> Option<Self::State> {
        match (self, state) {
            (Self::Made(name), _) => state.born(name),
            (Self::Renamed(name), Life::Here(_)) => Some(Life::Here(name)),
            (Self::Destroyed, Life::Here(_)) => Some(Life::Gone),
            (Self::Seen(sight), _) => state.seen(sight.as_ref()),
            _ => None,
        }
    }

    fn only_looks(&self) -> bool {
        matches!(self, Self::Seen(_))
    }
}

/// Checks every Mailbox that clients made.
pub(super) fn check(
    history: &History,
    account: &Account,
    mailboxes: &Views<'_>,
    findings: &mut Vec<Finding>,
) {
    let own = history
        .records
        .iter()
        .filter(|record| record.account == account.id && record.method == "Mailbox/set");
    let own: Vec<&Record> = own.collect();
    let made: Vec<Made<'_>> = own.iter().filter_map(|record| made(record)).collect();
    for (id, name) in everyone(mailboxes, &made) {
        let by_id = made.iter().find(|made| made.id == Some(id));
        let by_name = || made.iter().find(|made| made.id.is_none() && Some(made.name) == name);
        let Some(made) = by_id.or_else(by_name) else {
            if !has_role(mailboxes, id) {
                let text = format!("{}: nobody made {id}", account.address);
                findings.push(Finding { kind: Kind::LostUpdate, text });
            }
            continue;
        };
        let finding = match fits(Life::Unborn, &steps(id, made, mailboxes, &own)) {
            Verdict::Fits => continue,
            Verdict::Contradiction(words) => (Kind::LostUpdate, words),
            Verdict::TooMuch => (Kind::Undecided, "too much at once".to_owned()),
        };
        findings.push(Finding { kind: finding.0, text: format!("{} {id}: {}", account.address, finding.1) });
    }
}

/// A request that made a Mailbox.
struct Made<'h> {
    record: &'h Record,
    name: &'h str,
    id: Option<&'h str>,
}

fn made(record: &Record) -> Option<Made<'_>> {
    let name = at(&record.arguments, "/create/x/name").as_str()?;
    let id = record.done().and_then(|answer| at(answer, "/created/x/id").as_str());
    (id.is_some() || record.answer == Answer::Nothing).then_some(Made { record, name, id })
}

/// All Mailboxes that were seen or told, with the names they had first.
fn everyone<'h>(mailboxes: &Views<'h>, made: &[Made<'h>]) -> BTreeMap<&'h str, Option<&'h str>> {
    let mut all: BTreeMap<&str, Option<&str>> =
        made.iter().filter_map(|made| Some((made.id?, Some(made.name)))).collect();
    for (id, timeline) in &mailboxes.timelines {
        let first = timeline.values().flatten().next().and_then(|mailbox| at(mailbox, "/name").as_str());
        all.entry(id).or_insert(first);
    }
    all
}

fn has_role(mailboxes: &Views<'_>, id: &str) -> bool {
    let sights = mailboxes.timelines.get(id).into_iter().flat_map(BTreeMap::values).flatten();
    sights.into_iter().any(|mailbox| !at(mailbox, "/role").is_null())
}

fn steps<'h>(
    id: &'h str,
    made: &Made<'h>,
    mailboxes: &Views<'h>,
    own: &[&'h Record],
) -> Vec<Step<Event<'h>>> {
    let step = |record: &Record, what| Step {
        begin: record.begin,
        end: record.end,
        certain: record.end != NEVER,
        what,
    };
    let mut steps = vec![Step { certain: true, ..step(made.record, Event::Made(made.name)) }];
    for view in &mailboxes.all {
        if let Some(sight) = view.sight(id) {
            let name = sight.and_then(|mailbox| at(mailbox, "/name").as_str());
            steps.push(step(view.record, Event::Seen(name)));
        }
    }
    for record in own.iter().filter(|record| record.may_have_effect()) {
        let name = at(&record.arguments, &format!("/update/{id}/name")).as_str();
        let renamed = name.map(|name| (format!("/notUpdated/{id}/type"), Event::Renamed(name)));
        let is_destroyed = texts(at(&record.arguments, "/destroy")).any(|destroyed| destroyed == id);
        let destroyed = is_destroyed.then(|| (format!("/notDestroyed/{id}/type"), Event::Destroyed));
        for (refusal, event) in renamed.into_iter().chain(destroyed) {
            match record.done().and_then(|answer| at(answer, &refusal).as_str()) {
                None => steps.push(step(record, event)),
                Some("notFound") => steps.push(step(record, Event::Seen(None))),
                Some(_) => {}
            }
        }
    }
    steps
}
