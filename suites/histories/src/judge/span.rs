//! What `/changes` and `/set` say happened between two states, against what was seen at states.

use std::collections::BTreeMap;

use sceau_crash::client::at;
use serde_json::Value;

use super::view::{Timeline, Views, number, texts};
use super::{Finding, Kind};
use crate::record::{History, Record};

/// What an answer says of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Created,
    Updated,
    Destroyed,
    /// Something, over several pages.
    Something,
    /// Over several pages, first of all something else than that it was created.
    Presumed,
}

/// From one state to another.
struct Span<'h> {
    from: u64,
    to: u64,
    said: BTreeMap<&'h str, Said>,
    /// Where only these properties of what was updated changed (RFC 8621 §2.2).
    only: Option<Vec<&'h str>>,
    record: &'h Record,
}

/// Checks all spans of a type.
pub(super) fn check(history: &History, views: &Views<'_>, findings: &mut Vec<Finding>) {
    let of = |method: &str| {
        let name = format!("{}/{method}", views.kind);
        let records = history.records.iter();
        records.filter(move |record| record.account == views.account && record.method == name)
    };
    let pages: Vec<Span<'_>> = of("changes").filter_map(Span::of_changes).collect();
    let sets: Vec<Span<'_>> = of("set").chain(of("import")).filter_map(Span::of_set).collect();
    overlaps(views, &sets, findings);
    let chains = chains(&pages);
    for span in pages.iter().chain(&sets).chain(&chains) {
        for (id, timeline) in &views.timelines {
            if let Some(why) = span.contradicts(id, timeline) {
                findings.push(Finding { kind: Kind::HiddenChange, text: span.words(views, id, &why) });
            }
        }
    }
}

/// Two changes cannot both have begun at one state: the later one would have overwritten the other.
fn overlaps(views: &Views<'_>, sets: &[Span<'_>], findings: &mut Vec<Finding>) {
    let mut sets: Vec<&Span<'_>> = sets.iter().filter(|span| span.from < span.to).collect();
    sets.sort_by_key(|span| (span.from, span.to));
    for pair in sets.windows(2) {
        if let [one, other] = pair
            && other.from < one.to
        {
            let text = format!(
                "{} of {}: one change went from {} to {}, another from {} to {}",
                views.kind, views.account, one.from, one.to, other.from, other.to
            );
            findings.push(Finding { kind: Kind::LostUpdate, text });
        }
    }
}

/// What each client was told over several pages.
fn chains<'h>(pages: &[Span<'h>]) -> Vec<Span<'h>> {
    let mut chains: Vec<Span<'h>> = Vec::new();
    let mut open: BTreeMap<(usize, u64), usize> = BTreeMap::new();
    for page in pages {
        let goes_on =
            page.record.done().map(|answer| at(answer, "/hasMoreChanges")) == Some(&Value::Bool(true));
        let chain = open.remove(&(page.record.client, page.from));
        let number = chain.unwrap_or_else(|| {
            chains.push(Span {
                from: page.from,
                to: page.from,
                said: BTreeMap::new(),
                only: None,
                record: page.record,
            });
            chains.len() - 1
        });
        let Some(chain) = chains.get_mut(number) else { continue };
        chain.to = page.to;
        for (id, said) in &page.said {
            let first = if *said == Said::Created { Said::Something } else { Said::Presumed };
            chain.said.entry(id).or_insert(first);
        }
        if goes_on {
            open.insert((page.record.client, page.to), number);
        }
    }
    chains
}

impl<'h> Span<'h> {
    fn of_changes(record: &'h Record) -> Option<Self> {
        let answer = record.done()?;
        let mut said = BTreeMap::new();
        for (list, what) in
            [("/created", Said::Created), ("/updated", Said::Updated), ("/destroyed", Said::Destroyed)]
        {
            said.extend(texts(at(answer, list)).map(|id| (id, what)));
        }
        let (from, to) = (number(at(answer, "/oldState"))?, number(at(answer, "/newState"))?);
        let only = at(answer, "/updatedProperties");
        let only = only.is_array().then(|| texts(only).collect());
        Some(Self { from, to, said, only, record })
    }

    /// What a `/set` that succeeded says: nothing else happened between its two states. One that took Emails out of a Mailbox is
    /// left out, since it changes counts of others.
    fn of_set(record: &'h Record) -> Option<Self> {
        let answer = record.done()?;
        if at(&record.arguments, "/onDestroyRemoveEmails") == &Value::Bool(true) {
            return None;
        }
        let mut said = BTreeMap::new();
        let created = at(answer, "/created").as_object().into_iter().flatten();
        said.extend(created.filter_map(|(_, object)| Some((at(object, "/id").as_str()?, Said::Created))));
        let updated = at(answer, "/updated").as_object().into_iter().flatten();
        said.extend(updated.map(|(id, _)| (id.as_str(), Said::Something)));
        said.extend(texts(at(answer, "/destroyed")).map(|id| (id, Said::Destroyed)));
        let (from, to) = (number(at(answer, "/oldState"))?, number(at(answer, "/newState"))?);
        Some(Self { from, to, said, only: None, record })
    }

    /// Why what it says of an object cannot be.
    fn contradicts(&self, id: &str, timeline: &Timeline<'_>) -> Option<String> {
        let (before, after) = (presence(timeline, self.from), presence(timeline, self.to));
        let (here, gone) = (Some(true), Some(false));
        match self.said.get(id) {
            None if before == here && after == gone => Some("its end is not told".to_owned()),
            None if before == gone && after == here => Some("its beginning is not told".to_owned()),
            None if before == here || after == here => {
                let (one, other) = self.different(timeline)?;
                Some(format!("its change between {one} and {other} is not told"))
            }
            Some(Said::Created) if before == here => Some("created, and was there before".to_owned()),
            Some(Said::Created | Said::Updated) if after == gone => {
                Some("not destroyed, and is gone".to_owned())
            }
            Some(Said::Destroyed) if after == here => Some("destroyed, and is still there".to_owned()),
            Some(Said::Updated | Said::Destroyed | Said::Presumed) if before == gone => {
                Some("not created, and was not there".to_owned())
            }
            Some(Said::Updated) => self.beyond(timeline),
            _ => None,
        }
    }

    /// Two states within the span at which the object looked different.
    fn different(&self, timeline: &Timeline<'_>) -> Option<(u64, u64)> {
        let sights: Vec<(&u64, &Option<&Value>)> = timeline.range(self.from..=self.to).collect();
        sights
            .iter()
            .zip(sights.iter().skip(1))
            .find_map(|((one, before), (other, after))| (before != after).then_some((**one, **other)))
    }

    /// A property that changed though only others are named.
    fn beyond(&self, timeline: &Timeline<'_>) -> Option<String> {
        let only = self.only.as_ref()?;
        let sights: Vec<&Value> =
            timeline.range(self.from..=self.to).filter_map(|(_, sight)| *sight).collect();
        let first = sights.first()?.as_object()?;
        let changed = first.iter().find(|(name, value)| {
            !only.contains(&name.as_str()) && sights.iter().any(|sight| sight.get(name) != Some(value))
        });
        changed.map(|(name, _)| format!("{name} changed, and is not among updatedProperties"))
    }

    fn words(&self, views: &Views<'_>, id: &str, why: &str) -> String {
        let (kind, account, from, to) = (views.kind, views.account, self.from, self.to);
        let Record { node, begin, end, method, .. } = self.record;
        let who = self.record.who();
        format!(
            "{kind} of {account}, from {from} to {to} ({method} by {who} at node {node}, {begin}-{end}): {id}: {why}"
        )
    }
}

/// Whether an object was there at a state; `None` when nobody saw enough to tell. What is gone does not come back, and what is not
/// there yet was not there before.
fn presence(timeline: &Timeline<'_>, state: u64) -> Option<bool> {
    let is_here = |sight: &Option<&Value>| sight.is_some();
    if let Some(sight) = timeline.get(&state) {
        return Some(is_here(sight));
    }
    let (mut before, mut after) = (timeline.range(..state), timeline.range(state..));
    let was_here = timeline.range(..state).any(|(_, sight)| is_here(sight));
    let will_be = timeline.range(state..).any(|(_, sight)| is_here(sight));
    let last = before.next_back().map(|(_, sight)| is_here(sight));
    let next = after.next().map(|(_, sight)| is_here(sight));
    match (was_here, will_be) {
        (true, true) => Some(true),
        // It was there, and the last look before found it gone.
        (true, false) if last == Some(false) => Some(false),
        // It will be there, and the next look finds it not yet there.
        (false, true) if next == Some(false) => Some(false),
        _ => None,
    }
}
