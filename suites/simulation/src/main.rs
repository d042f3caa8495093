//! `./x suites simulation`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line")]

use std::{collections::BTreeMap, process::ExitCode, time::Instant};

use sceau_crash::trouble::Trouble;
use sceau_simulation::{Options, Outcome, all, plan::Plant};

const USAGE: &str = "simulation [--count N] [--seed S] [--jobs N] [--show yes] \
    [--plant submission-ids|queue-rows|inbound|last-commits]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match read(&words).and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("simulation: {trouble}");
            ExitCode::from(2)
        }
    }
}

fn read(words: &[String]) -> Result<Options, Trouble> {
    let mut pairs = BTreeMap::new();
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(Trouble::new(USAGE)) };
        pairs.insert(name.as_str(), value.as_str());
    }
    let mut number = |name: &str, otherwise: u64| match pairs.remove(name) {
        None => Ok(otherwise),
        Some(text) => text.parse().map_err(|_| Trouble(format!("{name} wants a number"))),
    };
    let (seed, count, jobs) = (number("--seed", 1)?, number("--count", 10_000)?, number("--jobs", 2)?);
    let is_shown = pairs.remove("--show").is_some();
    let plant = match pairs.remove("--plant") {
        None => None,
        Some(name) => {
            let found = Plant::ALL.into_iter().find(|plant| plant.name() == name);
            Some(found.ok_or_else(|| Trouble::new(USAGE))?)
        }
    };
    if !pairs.is_empty() {
        return Err(Trouble::new(USAGE));
    }
    Ok(Options { seed, count, jobs: usize::try_from(jobs).unwrap_or(1), plant, is_shown })
}

fn run(options: &Options) -> Result<bool, Trouble> {
    let begun = Instant::now();
    println!("simulation: seeds {} to {}", options.seed, options.seed + options.count.saturating_sub(1));
    let tally = all(options, tell)?;
    println!("{tally}");
    println!("in {} s", begun.elapsed().as_secs());
    Ok(tally.wrong.is_empty())
}

/// A seed in which something is wrong, and how it is run again.
fn tell(outcome: &Outcome) {
    if outcome.findings.is_empty() {
        return;
    }
    println!("seed {}, trace {:016x}:", outcome.seed, outcome.trace.0);
    outcome.findings.iter().for_each(|finding| println!("  {}: {}", finding.kind, finding.text));
    println!("  again: ./x suites simulation --seed {} --count 1 --show yes", outcome.seed);
}
