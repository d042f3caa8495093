//! What was promised before a cut, from the marks.

use std::collections::{BTreeMap, BTreeSet};

use crate::workload::{Act, Key, Later, Mark, START, Upload};

/// How an act stood at the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Nobody was told anything: all of it or nothing.
    Open,
    /// It was told to be done.
    Done,
    /// It was told to be refused.
    Refused,
}

/// Everything the marks say.
pub(super) struct Ledger<'a> {
    pub(super) members: Option<&'a [(String, String)]>,
    acts: BTreeMap<u64, (&'a Act, How)>,
    /// Deliveries told to be done: the sendings told before they began, and until when they were due.
    delivered: Vec<(BTreeSet<u64>, i64)>,
    housekeeping: BTreeMap<u64, BTreeSet<u64>>,
    pub(super) states: BTreeMap<usize, u64>,
    pub(super) now: i64,
}

impl<'a> Ledger<'a> {
    pub(super) fn read(marks: impl Iterator<Item = &'a Mark>) -> Self {
        let mut ledger = Self {
            members: None,
            acts: BTreeMap::new(),
            delivered: Vec::new(),
            housekeeping: BTreeMap::new(),
            states: BTreeMap::new(),
            now: START,
        };
        for mark in marks {
            ledger.mark(mark);
        }
        ledger
    }

    fn mark(&mut self, mark: &'a Mark) {
        match mark {
            Mark::Begin(_) | Mark::End(_) => {}
            Mark::Members(members) => self.members = Some(members),
            Mark::Act(number, act) => {
                if act.delivers.is_some() {
                    let told = self.acts.iter().filter(|(_, (_, how))| *how == How::Done);
                    self.housekeeping.insert(*number, told.map(|(number, _)| *number).collect());
                }
                self.acts.insert(*number, (act, How::Open));
            }
            Mark::Done(number) => self.end(*number, How::Done),
            Mark::Refused(number) => self.end(*number, How::Refused),
            Mark::State(member, state) => {
                let known = self.states.entry(*member).or_default();
                *known = (*known).max(*state);
            }
            Mark::Clock(now) => self.now = *now,
        }
    }

    fn end(&mut self, number: u64, how: How) {
        let Some(entry) = self.acts.get_mut(&number) else { return };
        entry.1 = how;
        if let (How::Done, Some(until), Some(told)) =
            (how, entry.0.delivers, self.housekeeping.remove(&number))
        {
            self.delivered.push((told, until));
        }
    }

    /// Acts that may have happened, with how they stood.
    pub(super) fn acts(&self) -> impl Iterator<Item = (&'a Act, How)> {
        self.acts.values().copied()
    }

    /// Uploads that must be readable now.
    pub(super) fn uploads(&self) -> impl Iterator<Item = &'a Upload> {
        let done = self.acts().filter(|(_, how)| *how == How::Done);
        done.filter_map(|(act, _)| act.upload.as_ref()).filter(|upload| self.now < upload.until)
    }

    /// What was begun to be removed, and whether it was told to be gone.
    pub(super) fn removed(&self) -> BTreeMap<&'a Key, How> {
        let mut removed = BTreeMap::new();
        for (act, how) in self.acts() {
            for key in &act.removes {
                let known = removed.entry(key).or_insert(how);
                if how == How::Done {
                    *known = How::Done;
                }
            }
        }
        removed
    }

    /// The deliveries that wait, and what of them must, may or must not have happened.
    pub(super) fn later(&self) -> impl Iterator<Item = (&'a Act, &'a Later, How)> {
        self.acts.iter().filter_map(|(number, (act, how))| {
            let later = act.later.as_ref()?;
            let due = |(told, until): &(BTreeSet<u64>, i64)| *until >= later.at && told.contains(number);
            let stands = match how {
                How::Refused => How::Refused,
                _ if self.delivered.iter().any(due) => How::Done,
                _ if self.now < later.at => How::Refused,
                _ => How::Open,
            };
            Some((*act, later, stands))
        })
    }
}
