//! `./x bench relay`: the relay under load, beside others (docs/design/load.md).
//!
//! The program is also what it measures: `load relay serve …` is `sceau-relay`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

mod dovecot;
mod figures;
mod letters;
mod machine;
mod parts;
mod postfix;
mod practice;
mod reference;
mod relay;
mod report;
mod senders;
mod smtp;

use std::process::ExitCode;
use std::time::Duration;

use parts::{Bench, PARTS};
use report::Report;
use sceau_crash::options::Words;
use sceau_crash::trouble::{Trouble, told};

const USAGE: &str = "load [--part submissions|inbox|idle|stored|nodes|overload] [--seconds N] [--letters N] [--letters-postgres N]
     [--connections N] [--postgres \"host=… port=… user=…\"] [--folder PATH]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "relay") {
        let arguments = std::iter::once("sceau-relay".to_owned()).chain(words.into_iter().skip(1));
        return sceau_relay::command::run(arguments.map(Into::into));
    }
    match Words::read(&words).and_then(|words| run(&words)) {
        Ok(report) => {
            println!("{report}");
            report.wrong.iter().for_each(|wrong| eprintln!("wrong: {wrong}"));
            if report.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(trouble) => {
            eprintln!("load: {trouble}");
            ExitCode::from(2)
        }
    }
}

fn run(words: &Words) -> Result<Report, Trouble> {
    let part = words.text("part");
    let wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    if !PARTS.iter().any(|(name, _)| wanted(name)) {
        return Err(Trouble::new(USAGE));
    }
    let folder = words.text("folder").unwrap_or_else(|| "/var/tmp".to_owned());
    let folder = tempfile::tempdir_in(folder).map_err(told("a folder"))?;
    let count = |name, otherwise| {
        words.number(name, otherwise).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
    };
    let bench = Bench {
        folder: folder.path().to_owned(),
        postgres: words.text("postgres"),
        time: Duration::from_secs(words.number("seconds", 10)?),
        letters: count("letters", 1_000_000)?,
        letters_postgres: count("letters-postgres", 1_000_000)?,
        connections: count("connections", 5_000)?,
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(told("no runtime"))?,
    };
    let mut report = Report::default();
    for (name, part) in PARTS.iter().filter(|(name, _)| wanted(name)) {
        eprintln!("{name} …");
        part(&bench, &mut report).map_err(told(name))?;
    }
    Ok(report)
}
