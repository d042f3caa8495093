//! What may be there after a power cut.
//!
//! Synced is there. Of what was not: of each file any number of its first writes, or all but one, or the last of them torn at a
//! sector or a page; of each folder any number of its first changes of names. Files and folders know nothing of each other.

use std::collections::BTreeMap;

use super::{Disk, Node, Step};
use crate::chance::Chance;

/// How a state is chosen among those a cut allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Everything done is there, as after `kill -9`.
    Everything,
    /// Nothing that was not synced is there.
    Nothing,
    /// All names are there, and of contents only what was synced.
    Names,
    /// All contents are there, and of names only what was synced.
    Contents,
    /// Each file and each folder by chance.
    Chance,
}

/// One state of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// Steps done before the cut.
    pub cut: usize,
    pub(super) kept: BTreeMap<usize, Kept>,
}

/// What of the steps of one file or folder is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Kept {
    /// So many of the first.
    pub(super) first: usize,
    /// But not this one.
    pub(super) without: Option<usize>,
    /// Of the next one so many octets.
    pub(super) torn: usize,
}

/// Sector and page, where writes tear.
const TEARS: [u64; 2] = [512, 4_096];

/// The steps of one file or folder before a cut.
#[derive(Default)]
struct Done<'a> {
    steps: Vec<(usize, &'a Step)>,
    synced: usize,
}

impl Disk {
    /// One of the states a cut after so many steps may leave.
    #[must_use]
    pub fn state(&self, cut: usize, way: Way, chance: &mut Chance) -> State {
        let done = self.done(cut);
        let kept = done.into_iter().map(|(node, done)| {
            let is_folder = self.folders.get(node).copied().unwrap_or_default();
            let all = Kept { first: done.steps.len(), ..Kept::default() };
            let synced = Kept { first: done.synced, ..Kept::default() };
            let kept = match (way, is_folder) {
                (Way::Everything, _) | (Way::Names, true) | (Way::Contents, false) => all,
                (Way::Nothing, _) | (Way::Names, false) | (Way::Contents, true) => synced,
                (Way::Chance, true) => prefix(&done, chance),
                (Way::Chance, false) => of_file(&done, chance),
            };
            (node, kept)
        });
        State { cut, kept: kept.collect() }
    }

    /// What was done to each node.
    fn done(&self, cut: usize) -> BTreeMap<usize, Done<'_>> {
        let mut all: BTreeMap<usize, Done<'_>> = BTreeMap::new();
        for (at, step) in self.steps.iter().enumerate().take(cut) {
            match step {
                Step::Write { node: Node(node), .. }
                | Step::Truncate { node: Node(node), .. }
                | Step::Move { folder: Node(node), .. }
                | Step::Name { folder: Node(node), .. } => {
                    all.entry(*node).or_default().steps.push((at, step))
                }
                Step::Sync { node: Node(node), before } => {
                    all.entry(*node).or_default().sync(*before);
                }
                Step::SyncAll { before } => all.values_mut().for_each(|done| done.sync(*before)),
                Step::Mark(_) => {}
            }
        }
        all
    }
}

impl Done<'_> {
    /// Those before a step are durable.
    fn sync(&mut self, before: usize) {
        let covered = self.steps.iter().take_while(|(at, _)| *at < before).count();
        self.synced = self.synced.max(covered);
    }
}

/// Any number of those that were not synced.
fn prefix(done: &Done<'_>, chance: &mut Chance) -> Kept {
    let volatile = done.steps.len() - done.synced;
    Kept { first: done.synced + chance.below(volatile + 1), ..Kept::default() }
}

fn of_file(done: &Done<'_>, chance: &mut Chance) -> Kept {
    let volatile = done.steps.len() - done.synced;
    if volatile == 0 {
        return Kept { first: done.synced, ..Kept::default() };
    }
    match chance.below(4) {
        0 => {
            let without = Some(done.synced + chance.below(volatile));
            Kept { first: done.steps.len(), without, torn: 0 }
        }
        1 => prefix(done, chance),
        _ => {
            // Any of them may have been the last one begun.
            let first = done.synced + chance.below(volatile);
            let torn = done.steps.get(first).map_or(0, |(_, step)| tear(step, chance));
            Kept { first, without: None, torn }
        }
    }
}

/// Octets up to one of the places where a write may tear.
fn tear(step: &Step, chance: &mut Chance) -> usize {
    let Step::Write { at, octets, .. } = step else { return 0 };
    let every = chance.pick(&TEARS).copied().unwrap_or(512);
    let end = at + u64::try_from(octets.len()).unwrap_or_default();
    let tears = usize::try_from(end.div_ceil(every) - at / every - 1).unwrap_or_default();
    let place = (at / every + u64::try_from(chance.below(tears + 1)).unwrap_or_default()) * every;
    usize::try_from(place.saturating_sub(*at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn write(node: Node, at: u64, length: usize) -> Step {
        Step::Write { node, at, octets: Arc::from(vec![7; length]) }
    }

    #[test]
    fn what_was_synced_is_in_every_state() {
        let (mut disk, _) = Disk::new();
        let node = disk.node();
        disk.steps.extend([write(node, 0, 10), write(node, 10, 10)]);
        disk.steps.push(Step::Sync { node, before: 1 });
        let mut chance = Chance::new(1, 1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let state = disk.state(3, Way::Chance, &mut chance);
            let kept = &state.kept[&node.0];
            assert!(kept.first >= 1 && kept.without != Some(0), "{kept:?}");
            seen.insert((kept.first, kept.without));
        }
        assert_eq!(seen.len(), 3, "one, both, and both without the second");
        assert_eq!(disk.state(3, Way::Nothing, &mut chance).kept[&node.0].first, 1);
        assert_eq!(disk.state(3, Way::Everything, &mut chance).kept[&node.0].first, 2);
    }

    #[test]
    fn a_write_tears_at_sectors_of_the_file() {
        let mut chance = Chance::new(1, 1);
        let (mut disk, _) = Disk::new();
        let step = write(disk.node(), 100, 9_000);
        for _ in 0..200 {
            let torn = tear(&step, &mut chance);
            assert!(torn < 9_000 && (torn == 0 || (100 + torn).is_multiple_of(512)), "{torn}");
        }
    }
}
