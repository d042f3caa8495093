//! Which states of one recording are judged, and the judging.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use tokio::runtime::Runtime;

use super::Tally;
use crate::chance::Chance;
use crate::disk::{Step, Way};
use crate::judge::judge;
use crate::trace::Recording;
use crate::trouble::{Trouble, told};
use crate::workload::Mark;

/// The ways a state is chosen, the hardest more often.
const WAYS: [Way; 8] = [
    Way::Nothing,
    Way::Nothing,
    Way::Names,
    Way::Contents,
    Way::Everything,
    Way::Chance,
    Way::Chance,
    Way::Chance,
];
/// Draws for each state wanted: the same may be drawn again.
const DRAWS: usize = 3;

/// Judges at most `wanted` states of a recording, in folders below `scratch`.
pub(super) fn sample(
    runtime: &Runtime,
    recording: &Recording,
    wanted: usize,
    seed: u64,
    scratch: &Path,
) -> Result<Tally, Trouble> {
    let mut tally = count(recording);
    let mut chance = Chance::new(seed, recording.number ^ 0x5ceau64.rotate_left(48));
    let told = moments(recording);
    let (mut seen, mut drawn) = (HashSet::new(), 0);
    while seen.len() < wanted && drawn < wanted * DRAWS {
        drawn += 1;
        // Half of the cuts come right after somebody was told something.
        let cut = match chance.pick(&told) {
            Some(&at) if chance.one_in(2) => at + 1,
            _ => chance.below(recording.disk.steps.len() + 1),
        };
        let way = chance.pick(&WAYS).copied().unwrap_or(Way::Nothing);
        let state = recording.disk.state(cut, way, &mut chance);
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        if !seen.insert(hasher.finish()) {
            continue;
        }
        tally.states += 1;
        let folder = tempfile::tempdir_in(scratch).map_err(told_of(scratch))?;
        let place = folder.path().join("disk");
        recording.disk.write(&state, &place)?;
        for finding in judge(runtime, &place.join("data"), recording.disk.marks(cut)) {
            tally.found(finding.kind, || {
                format!(
                    "workload {}, seed {seed}, {way:?} after {cut} of {} steps: {}",
                    recording.number,
                    recording.disk.steps.len(),
                    finding.text
                )
            });
        }
    }
    Ok(tally)
}

fn told_of(path: &Path) -> impl FnOnce(std::io::Error) -> Trouble {
    told(path.display().to_string())
}

/// Where somebody is told something.
fn moments(recording: &Recording) -> Vec<usize> {
    let is_told =
        |step: &Step| matches!(step, Step::Mark(Mark::Done(_) | Mark::State(..) | Mark::Members(_)));
    let steps = recording.disk.steps.iter().enumerate();
    steps.filter(|(_, step)| is_told(step)).map(|(at, _)| at).collect()
}

fn count(recording: &Recording) -> Tally {
    let mut tally = Tally { workloads: 1, ..Tally::default() };
    let mut under_way = 0_u64;
    for step in &recording.disk.steps {
        match step {
            Step::Mark(mark) => match mark {
                Mark::Act(..) => {
                    tally.overlapping += u64::from(under_way > 0);
                    under_way += 1;
                }
                Mark::Done(_) => {
                    tally.told += 1;
                    under_way = under_way.saturating_sub(1);
                }
                Mark::Refused(_) => under_way = under_way.saturating_sub(1),
                _ => {}
            },
            step => {
                tally.steps += 1;
                tally.writes += u64::from(matches!(step, Step::Write { .. }));
                tally.syncs += u64::from(matches!(step, Step::Sync { .. } | Step::SyncAll { .. }));
            }
        }
    }
    tally
}
