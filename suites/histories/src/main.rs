//! `./x suites histories`: clients at work, judged by a model (docs/design/histories.md).
//!
//! The program is also what it watches: by the word `relay` it is `sceau-relay`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

use std::process::ExitCode;
use std::time::Instant;

use sceau_crash::options::Words;
use sceau_crash::trouble::{Trouble, told};
use sceau_histories::plant::Plant;
use sceau_histories::run::{Options, run};

const USAGE: &str =
    "histories [--count N] [--from N] [--seed N] [--acts N] [--postgres \"host=… port=… user=…\"]
          [--plant lost-update|hidden-change|duplicate|untold]";

/// Histories.
const COUNT: u64 = 200;
/// What each client does.
const ACTS: u64 = 30;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("relay", rest)) = words.split_first().map(|(name, rest)| (name.as_str(), rest)) {
        let arguments = std::iter::once("sceau-relay".to_owned()).chain(rest.iter().cloned());
        return sceau_relay::command::run(arguments.map(Into::into));
    }
    match Words::read(&words).and_then(|words| histories(&words)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("histories: {trouble}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was wrong.
fn histories(words: &Words) -> Result<bool, Trouble> {
    let begun = Instant::now();
    let plant = words.text("plant").map_or(Some(Plant::Nothing), |name| Plant::named(&name));
    let options = Options {
        program: std::env::current_exe().map_err(told("this program"))?,
        seed: words.number("seed", 1)?,
        from: words.number("from", 0)?,
        count: words.number("count", COUNT)?,
        acts: usize::try_from(words.number("acts", ACTS)?).unwrap_or(usize::MAX),
        postgres: words.text("postgres"),
        plant: plant.ok_or_else(|| Trouble::new(USAGE))?,
    };
    let over =
        if options.postgres.is_some() { "two relays over PostgreSQL" } else { "one relay with SQLite" };
    println!("histories: seed {}, {over}", options.seed);
    let tally = run(&options, |finding| println!("{finding}"))?;
    println!("{tally}");
    if !tally.is_good() {
        println!("one again: --seed {} --from N --count 1; threads may take turns otherwise", options.seed);
    }
    println!("in {} s", begun.elapsed().as_secs());
    Ok(tally.is_good())
}
