//! All runs, and one of them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use sceau_relay::clock::{Clock as _, SystemClock};
use tokio::runtime::Runtime;

use super::keeper::Keeper;
use super::{POINTS, Point, Tally, When, load, prepare};
use crate::chance::Chance;
use crate::client::Member;
use crate::judge::judge;
use crate::process::{Place, Serving};
use crate::states::folder;
use crate::trouble::{Trouble, told};
use crate::workload::{Mark, Marks};

/// Where the relay listens: at a free port.
const LISTEN: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program that becomes a relay with fail points: `PROGRAM relay serve …`.
    pub program: PathBuf,
    /// Seed of everything but the order of threads.
    pub seed: u64,
    /// Runs at each place.
    pub runs: u64,
    /// Only places whose names begin with this.
    pub only: Option<String>,
    /// Runs at once.
    pub jobs: usize,
}

/// Runs all of it.
///
/// # Errors
/// When it could not be run; what is wrong with the relay is in the tally.
pub fn run(options: &Options) -> Result<Tally, Trouble> {
    let wanted = |point: &&Point| options.only.as_ref().is_none_or(|name| point.name.starts_with(name));
    let points: Vec<Point> = POINTS.iter().filter(wanted).copied().collect();
    let runs: Vec<(Point, u64)> =
        points.iter().flat_map(|point| (0..options.runs).map(|number| (*point, number))).collect();
    let next = AtomicUsize::new(0);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..options.jobs.max(1)).map(|_| scope.spawn(|| worker(options, &runs, &next))).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut tally = Tally { points: points.len(), ..Tally::default() };
    for part in parts {
        tally.add(part.map_err(|_| Trouble::new("a part of the suite panicked"))??);
    }
    Ok(tally)
}

fn worker(options: &Options, runs: &[(Point, u64)], next: &AtomicUsize) -> Result<Tally, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(told("no runtime"))?;
    let mut tally = Tally::default();
    while let Some((point, number)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
        let folder = folder()?;
        let mut case = Case {
            runtime: &runtime,
            program: &options.program,
            point: *point,
            folder: folder.path(),
            marks: Marks::new(folder.path())?,
            next: AtomicU64::new(1),
            chance: Chance::new(options.seed, *number ^ hash(point.name)),
        };
        let about = format!("{}, run {number}, seed {}", point.name, options.seed);
        tally.runs += 1;
        if let Err(trouble) = case.run(&mut tally, &about) {
            tally.found("a run could not go on", format!("{about}: {trouble}"));
        }
    }
    Ok(tally)
}

/// Each place draws its own.
fn hash(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x100_0000_01b3))
}

struct Case<'a> {
    runtime: &'a Runtime,
    program: &'a Path,
    point: Point,
    folder: &'a Path,
    marks: Marks,
    next: AtomicU64,
    chance: Chance,
}

impl Case<'_> {
    fn run(&mut self, tally: &mut Tally, about: &str) -> Result<(), Trouble> {
        let before = self.chance.below(self.point.times);
        let place = Place { name: self.point.name, before };
        let data = self.folder.join("data");
        self.marks.put(&Mark::Clock(SystemClock.now()))?;
        let mut members = Vec::new();
        if self.point.when != When::FirstStart {
            let (runtime, chance) = (self.runtime, &mut self.chance);
            members = prepare::prepare(runtime, &data, &self.marks, &self.next, chance)?;
        }
        let (ended, judged) = match self.point.when {
            When::Backup | When::Restore => (self.keep(&place, &members)?, "restored"),
            _ => (self.serve(&place, &data, &members, tally)?, "data"),
        };
        tally.ended += u64::from(ended);
        if !ended {
            tally.found("a place was not reached", format!("{about}, passed {before} times before"));
        }
        self.judge(&self.folder.join(judged), tally, about)
    }

    /// Serves until it ends itself, then again.
    fn serve(
        &mut self,
        place: &Place<'_>,
        data: &Path,
        members: &[Member],
        tally: &mut Tally,
    ) -> Result<bool, Trouble> {
        let mut serving = Serving::start(self.program, Some(place), data, &LISTEN)?;
        let mut unanswered = Vec::new();
        if let Some(address) = serving.address {
            let (marks, next, chance) = (&self.marks, &self.next, &mut self.chance);
            unanswered = load::load(self.runtime, address, members, marks, next, chance)?;
        }
        // It may be writing its last words.
        for _ in 0..1_000 {
            if serving.has_ended()? {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let ended = serving.end()?;
        let serving = Serving::start(self.program, None, data, &LISTEN)?;
        let address = serving.address.ok_or_else(|| Trouble::new("the relay does not start again"))?;
        tally.again += u64::try_from(unanswered.len()).unwrap_or_default();
        load::again(self.runtime, address, members, &self.marks, &unanswered)?;
        serving.end()?;
        Ok(ended)
    }

    fn keep(&mut self, place: &Place<'_>, members: &[Member]) -> Result<bool, Trouble> {
        let keeper = Keeper { program: self.program, folder: self.folder, marks: &self.marks };
        let cut = match self.point.when {
            When::Backup => Keeper::cut_backup,
            _ => Keeper::cut_restore,
        };
        let ended = cut(&keeper, self.runtime, place, members, &self.next, &mut self.chance)?;
        keeper.admit_again(&self.folder.join("restored"))?;
        Ok(ended)
    }

    fn judge(&self, data: &Path, tally: &mut Tally, about: &str) -> Result<(), Trouble> {
        self.marks.put(&Mark::Clock(SystemClock.now()))?;
        let text = std::fs::read_to_string(self.folder.join("marks")).map_err(told("the marks"))?;
        let marks = text.lines().map(serde_json::from_str).collect::<Result<Vec<Mark>, _>>();
        let marks = marks.map_err(told("the marks"))?;
        let is_done = |mark: &&Mark| matches!(mark, Mark::Done(_));
        tally.told += u64::try_from(marks.iter().filter(is_done).count()).unwrap_or_default();
        for finding in judge(self.runtime, data, marks.iter()) {
            tally.found(finding.kind, format!("{about}: {}", finding.text));
        }
        Ok(())
    }
}
