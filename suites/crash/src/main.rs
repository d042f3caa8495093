//! `./x suites crash`: power cuts, kills and cut connections (docs/design/crash.md).
//!
//! The program is also what it watches: `workload` does random work under the tracer, `relay` is `sceau-relay` with fail points.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

use std::process::ExitCode;
use std::time::Instant;

use sceau_crash::options::Words;
use sceau_crash::trouble::{Trouble, told};
use sceau_crash::{cuts, points, states, trace, workload};

const USAGE: &str =
    "crash [states|points|cuts] [--seed N] …   all three without a name; --part NAME says the same
  states  [--count N] [--from N] [--states N] [--jobs N] [--plant folder-sync|blob-sync|database-sync]
  points  [--runs N] [--only NAME] [--jobs N]
  cuts    [--count N] [--postgres \"host=… port=… user=…\"]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match words.split_first() {
        Some((name, rest)) if !name.starts_with("--") => (name.as_str(), rest),
        _ => ("all", words.as_slice()),
    };
    if name == "relay" {
        let arguments = std::iter::once("sceau-relay".to_owned()).chain(rest.iter().cloned());
        return sceau_relay::command::run(arguments.map(Into::into));
    }
    let done = Words::read(rest).and_then(|words| {
        let part = words.text("part");
        run(part.as_deref().unwrap_or(name), &words)
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("crash: {trouble}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was wrong.
fn run(name: &str, words: &Words) -> Result<bool, Trouble> {
    match name {
        "workload" => work(words).map(|()| true),
        "states" => run_states(words),
        "points" => run_points(words),
        "cuts" => run_cuts(words),
        "all" => {
            let parts = [run_states(words)?, run_points(words)?, run_cuts(words)?];
            Ok(parts.iter().all(|good| *good))
        }
        _ => Err(Trouble::new(USAGE)),
    }
}

fn work(words: &Words) -> Result<(), Trouble> {
    let root = words.text("root").ok_or_else(|| Trouble::new(USAGE))?;
    let (seed, from, count) = (words.number("seed", 1)?, words.number("from", 0)?, words.number("count", 1)?);
    for number in from..from + count {
        let folder = std::path::Path::new(&root).join(number.to_string());
        std::fs::create_dir(&folder).map_err(told(folder.display()))?;
        workload::run(&folder, seed, number)?;
    }
    Ok(())
}

fn run_states(words: &Words) -> Result<bool, Trouble> {
    let begun = Instant::now();
    if !trace::is_there() {
        return Err(Trouble::new("strace is missing or not allowed: as root, apt-get install strace"));
    }
    let plant = match words.text("plant").as_deref() {
        None => trace::Plant::Nothing,
        Some("folder-sync") => trace::Plant::FolderSync,
        Some("blob-sync") => trace::Plant::BlobSync,
        Some("database-sync") => trace::Plant::DatabaseSync,
        Some(_) => return Err(Trouble::new(USAGE)),
    };
    let options = states::Options {
        program: std::env::current_exe().map_err(told("this program"))?,
        seed: words.number("seed", 1)?,
        from: words.number("from", 0)?,
        count: words.number("count", 2_000)?,
        states: usize::try_from(words.number("states", 12)?).unwrap_or(usize::MAX),
        jobs: words.number("jobs", 2)?,
        plant,
    };
    let per = options.states;
    println!("crash states: seed {}, at most {per} states of each workload", options.seed);
    let tally = states::run(&options)?;
    println!("{tally}");
    println!("in {} s", begun.elapsed().as_secs());
    Ok(tally.wrong.is_empty())
}

fn run_points(words: &Words) -> Result<bool, Trouble> {
    let begun = Instant::now();
    let options = points::Options {
        program: std::env::current_exe().map_err(told("this program"))?,
        seed: words.number("seed", 1)?,
        runs: words.number("runs", 50)?,
        only: words.text("only"),
        jobs: usize::try_from(words.number("jobs", 2)?).unwrap_or(1),
    };
    println!("fail points: seed {}, {} runs of each", options.seed, options.runs);
    let tally = points::run(&options)?;
    println!("{tally}");
    println!("in {} s", begun.elapsed().as_secs());
    Ok(tally.is_good())
}

fn run_cuts(words: &Words) -> Result<bool, Trouble> {
    let begun = Instant::now();
    let options = cuts::Options {
        seed: words.number("seed", 1)?,
        count: words.number("count", 100_000)?,
        postgres: words.text("postgres"),
    };
    println!("cut connections: seed {}, {} submissions", options.seed, options.count);
    let tally = cuts::run(&options)?;
    println!("{tally}");
    println!("in {} s", begun.elapsed().as_secs());
    Ok(tally.is_good())
}
