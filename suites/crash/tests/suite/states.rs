//! A share of the long run: a few workloads, and defects it must find.

use std::path::PathBuf;

use sceau_crash::states::{Options, Tally, run};
use sceau_crash::trace::{self, Plant};

/// Judges some states of some workloads; `None` where this machine has no tracer.
fn judged(count: u64, states: usize, plant: Plant) -> Option<Tally> {
    if !trace::is_there() {
        println!("SKIPPED: no strace, or no right to use it: {count} workloads not run");
        return None;
    }
    let program = PathBuf::from(env!("CARGO_BIN_EXE_crash"));
    Some(run(&Options { program, seed: 1, from: 0, count, states, jobs: 2, plant }).unwrap())
}

#[test]
fn every_disk_a_power_cut_leaves_holds_what_was_told() {
    let Some(tally) = judged(20, 6, Plant::Nothing) else { return };
    println!("{tally}");
    assert!(tally.wrong.is_empty(), "{tally}");
    assert!(tally.states >= 100 && tally.overlapping > 0, "{tally}");
}

#[test]
fn a_store_that_leaves_out_a_sync_is_found() {
    // Without its syncs the database mostly loses the accounts as well, which hides what became of their letters: more is looked at.
    for (plant, count, states, expected) in [
        (Plant::FolderSync, 10, 12, "a blob is lost"),
        (Plant::BlobSync, 10, 12, "a blob is damaged"),
        (Plant::DatabaseSync, 40, 24, "an accepted letter is lost"),
    ] {
        let Some(tally) = judged(count, states, plant) else { return };
        assert!(tally.wrong.contains_key(expected), "{plant:?}: {tally}");
    }
}
