//! Every seed and every finding, once.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test says which file it was at")]

use std::fs;
use std::path::{Path, PathBuf};

use sceau_oracles::{ORACLES, run};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
        .unwrap_or_default();
    files.sort();
    files
}

fn replay(folder: &Path, fewest: usize) {
    for (name, _) in ORACLES {
        let seeds = files(&folder.join(name));
        assert!(seeds.len() >= fewest, "{} has {} files", folder.join(name).display(), seeds.len());
        for seed in seeds {
            println!("{}", seed.display());
            run(name, &fs::read(seed).unwrap());
        }
    }
}

#[test]
fn seeds_hold() {
    replay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds"), 1);
}

#[test]
fn what_was_found_once_holds() {
    replay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../findings"), 0);
}

/// Each seed cut short at every place, and with every octet changed in turn: what a fuzzer tries first.
#[test]
fn seeds_hold_when_they_are_damaged() {
    for (name, _) in ORACLES {
        for seed in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds").join(name)) {
            let seed = fs::read(seed).unwrap();
            let step = (seed.len() / 40).max(1);
            for at in (0..seed.len()).step_by(step) {
                run(name, &seed[..at]);
                let mut changed = seed.clone();
                changed[at] ^= 1 << (at % 8);
                run(name, &changed);
            }
        }
    }
}
