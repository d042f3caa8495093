//! What was seen of the objects of one type, state by state.

use std::collections::{BTreeMap, BTreeSet};

use sceau_crash::client::at;
use serde_json::Value;

use super::{Finding, Kind};
use crate::record::{History, Record};

/// An object at the states at which somebody looked; `None` where it was not there.
pub(super) type Timeline<'h> = BTreeMap<u64, Option<&'h Value>>;

/// One answer of `/get`.
pub(super) struct View<'h> {
    pub(super) record: &'h Record,
    pub(super) state: u64,
    /// What was there.
    pub(super) objects: BTreeMap<&'h str, &'h Value>,
    /// What was asked for and was not there.
    missing: BTreeSet<&'h str>,
    /// Whether it was asked for all there is.
    pub(super) is_full: bool,
}

/// Everything seen of one type in one account.
pub(super) struct Views<'h> {
    pub(super) account: &'h str,
    pub(super) kind: &'h str,
    pub(super) all: Vec<View<'h>>,
    pub(super) timelines: BTreeMap<&'h str, Timeline<'h>>,
    /// Objects that one state showed in two ways.
    double: Vec<String>,
}

/// The number that a state is.
pub(super) fn number(state: &Value) -> Option<u64> {
    state.as_str()?.parse().ok()
}

/// The strings in an array.
pub(super) fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

impl<'h> Views<'h> {
    /// Those of `kind`, a type of JMAP.
    pub(super) fn read(history: &'h History, account: &'h str, kind: &'h str) -> Self {
        let method = format!("{kind}/get");
        let of = |record: &&Record| record.account == account && record.method == method;
        let all: Vec<View<'h>> = history.records.iter().filter(of).filter_map(View::read).collect();
        let mut views = Self { account, kind, all, timelines: BTreeMap::new(), double: Vec::new() };
        views.arrange();
        views
    }

    /// Puts each object's sights in the order of states.
    fn arrange(&mut self) {
        let ids: BTreeSet<&str> = self.all.iter().flat_map(|view| view.objects.keys().copied()).collect();
        for id in ids {
            let mut timeline = Timeline::new();
            for view in &self.all {
                let Some(sight) = view.sight(id) else { continue };
                if timeline.insert(view.state, sight).is_some_and(|before| before != sight) {
                    self.double.push(format!("{id} at state {}", view.state));
                }
            }
            self.timelines.insert(id, timeline);
        }
    }

    /// One state names one version; what is gone does not come back.
    pub(super) fn check(&self, findings: &mut Vec<Finding>) {
        let mut hidden = |text| findings.push(Finding { kind: Kind::HiddenChange, text });
        for double in &self.double {
            hidden(format!("{} of {}: two versions of {double}", self.kind, self.account));
        }
        for (id, timeline) in &self.timelines {
            let there: Vec<bool> = timeline.values().map(Option::is_some).collect();
            let ends = there.windows(2).filter(|pair| matches!(pair, [true, false])).count();
            if ends > 1 || (ends == 1 && there.last() == Some(&true)) {
                hidden(format!("{} of {}: {id} is there again after it was gone", self.kind, self.account));
            }
        }
    }
}

impl<'h> View<'h> {
    fn read(record: &'h Record) -> Option<Self> {
        let answer = record.done()?;
        let objects = at(answer, "/list").as_array()?.iter();
        Some(Self {
            record,
            state: number(at(answer, "/state"))?,
            objects: objects.filter_map(|object| Some((at(object, "/id").as_str()?, object))).collect(),
            missing: texts(at(answer, "/notFound")).collect(),
            is_full: at(&record.arguments, "/ids").is_null(),
        })
    }

    /// The object, or that it is not there; `None` when this says nothing of it.
    pub(super) fn sight(&self, id: &str) -> Option<Option<&'h Value>> {
        match self.objects.get(id) {
            Some(object) => Some(Some(object)),
            None => (self.is_full || self.missing.contains(id)).then_some(None),
        }
    }
}
