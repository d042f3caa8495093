//! Many workloads: a process under the tracer does them, and each is judged as it ends.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use super::{Tally, sample::sample};
use crate::trace::{Plant, Recorder, Tracer};
use crate::trouble::{Trouble, told};

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program that does workloads: `PROGRAM workload --root FOLDER --seed N --from N --count N`.
    pub program: PathBuf,
    /// Seed of everything.
    pub seed: u64,
    /// The first workload.
    pub from: u64,
    /// How many.
    pub count: u64,
    /// States of each that are judged at most.
    pub states: usize,
    /// Processes at once.
    pub jobs: u64,
    /// A defect the recording is given.
    pub plant: Plant,
}

/// Runs all of it.
///
/// # Errors
/// When it could not be run; what is wrong with the relay is in the tally.
pub fn run(options: &Options) -> Result<Tally, Trouble> {
    let share = options.count.div_ceil(options.jobs.max(1));
    let mut tally = Tally::default();
    let parts: Vec<_> = std::thread::scope(|scope| {
        let parts = (0..options.jobs.max(1)).map(|job| {
            let from = options.from + job * share;
            let count = share.min((options.from + options.count).saturating_sub(from));
            scope.spawn(move || batch(&Options { from, count, ..options.clone() }))
        });
        let parts: Vec<_> = parts.collect();
        parts.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    for part in parts {
        tally.add(part.map_err(|_| Trouble::new("a part of the suite panicked"))??);
    }
    Ok(tally)
}

fn batch(options: &Options) -> Result<Tally, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(told("no runtime"))?;
    let (root, scratch) = (folder()?, folder()?);
    let root_path = root.path().canonicalize().map_err(told("a folder"))?;
    let root_text = root_path.to_str().ok_or_else(|| Trouble::new("the folder's name is no text"))?;
    let mut arguments: Vec<OsString> = vec!["workload".into(), "--root".into(), root_text.into()];
    for (name, value) in [("--seed", options.seed), ("--from", options.from), ("--count", options.count)] {
        arguments.extend([name.into(), value.to_string().into()]);
    }
    let mut tracer = Tracer::start(options.program.as_os_str(), arguments)?;
    let mut recorder = Recorder::new(root_text, options.plant);
    let (mut tally, mut line) = (Tally::default(), Vec::new());
    loop {
        line.clear();
        if tracer.lines.read_until(b'\n', &mut line).map_err(told("strace"))? == 0 {
            break;
        }
        let Some(recording) = recorder.line(line.trim_ascii_end())? else { continue };
        tally.add(sample(&runtime, &recording, options.states, options.seed, scratch.path())?);
        remove(&root_path.join(recording.number.to_string()));
    }
    tracer.finish()?;
    if tally.workloads == options.count {
        Ok(tally)
    } else {
        Err(Trouble(format!("{} of {} workloads were recorded", tally.workloads, options.count)))
    }
}

/// A folder in memory where there is one: what a disk would keep is worked out here, not by a disk.
pub(crate) fn folder() -> Result<tempfile::TempDir, Trouble> {
    let memory = Path::new("/dev/shm");
    let made = tempfile::Builder::new().prefix("sceau-crash-").tempdir_in(memory);
    made.or_else(|_| tempfile::tempdir()).map_err(told("no folder could be made"))
}

fn remove(folder: &Path) {
    // What stays goes with the folder above it.
    let _ = std::fs::remove_dir_all(folder);
}
