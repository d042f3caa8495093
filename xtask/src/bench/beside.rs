//! Whole jobs, ours beside the peers', in one interleaved run of a script in `tests/bench`.

use std::path::PathBuf;

use super::goals::{self, Goal};
use super::page;
use super::tables::{self, Figures, Table};
use crate::build::WASM_FLAGS;
use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::{cargo, program};
use crate::trouble::{Trouble, trouble};
use crate::{browser, setup};

const NEXT: &str = "See above; the measurements are in tests/bench.";

/// One measurement.
pub(super) struct Beside {
    /// The word after `./x bench`, the script's name and the section's.
    pub(super) name: &'static str,
    pub(super) tables: &'static [Table],
    pub(super) goals: &'static [Goal],
    /// What ours is, in a sentence's second half.
    pub(super) ours: &'static str,
    /// Builds what is measured into [`folder`].
    pub(super) modules: fn(&Place) -> Result<Outcome, Trouble>,
}

/// What a measurement was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Whether the tables go to docs/benchmarks.md.
    write: bool,
    /// Names of jobs; all without.
    jobs: Vec<String>,
}

impl Options {
    /// Reads the words after `./x bench smime` or `./x bench mime`.
    pub(super) fn parse(words: &[String]) -> Result<Self, Trouble> {
        let mut options = Self::default();
        for word in words {
            match word.as_str() {
                "--write" => options.write = true,
                flag if flag.starts_with('-') => {
                    return Err(trouble(format!("'{flag}' is not understood here"), "See ./x help."));
                }
                job => options.jobs.push(job.to_owned()),
            }
        }
        if options.write && !options.jobs.is_empty() {
            return Err(trouble("--write wants all jobs", "A page with some of them would mislead."));
        }
        Ok(options)
    }
}

/// Builds, measures, prints, and writes when that was asked for.
pub(super) fn run(place: &Place, what: &Beside, words: &[String]) -> Result<(), Trouble> {
    let options = Options::parse(words)?;
    let mut said = String::new();
    let mut steps = Steps::new(3);
    steps.step("tools", || setup::for_bench(place))?;
    steps.step("modules", || (what.modules)(place))?;
    steps.step("measured", || {
        said = measured(place, what.name, &options.jobs)?;
        Ok(Outcome::Done)
    })?;
    let figures = Figures::read(&said).ok_or_else(|| trouble("no measurement was printed", NEXT))?;
    let report = tables::report(&figures, what.tables, &goals::judged(&figures, what.goals));
    println!("\n{report}");
    if options.write {
        page::write(place, what.name, &figures.versions(), what.ours, &report)?;
    }
    steps.finish();
    Ok(())
}

fn measured(place: &Place, name: &str, jobs: &[String]) -> Result<String, Trouble> {
    let script = place.at(&format!("tests/bench/{name}.mjs"));
    let (module, made) = (folder(place, name), place.cache(&format!("bench-{name}")));
    browser::script(place, &[]).args(&[script.as_path(), &module, &made]).args(jobs).read(NEXT)
}

/// Where a measurement's modules lie.
pub(super) fn folder(place: &Place, name: &str) -> PathBuf {
    place.cache(&format!("bench-{name}")).join("module")
}

/// A library of ours, built for speed or for size.
#[derive(Clone, Copy)]
pub(super) enum For {
    Speed,
    Size,
}

/// One module under its name, from a crate with these features.
pub(super) fn module(
    place: &Place,
    (measurement, name): (&str, &str),
    (package, features): (&str, &[&str]),
    what_for: For,
) -> Result<(), Trouble> {
    let profile = match what_for {
        For::Speed => "wasm-fast",
        For::Size => "wasm-release",
    };
    cargo(place, &["rustc", "--locked", "-p", package, "--lib", "--crate-type", "cdylib"])
        .args(&["--profile", profile, "--target", "wasm32-unknown-unknown"])
        .args(features)
        .env(WASM_FLAGS, place.wasm_flags())
        .run(NEXT)?;
    let library = package.replace('-', "_");
    let built = match what_for {
        For::Speed => place.fast_module(&library),
        For::Size => place.wasm_module(&library),
    };
    program(place, "wasm-bindgen")
        .args(&["--target", "web", "--no-typescript", "--out-name", name, "--out-dir"])
        .args(&[folder(place, measurement).as_path(), built.as_path()])
        .run(NEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn jobs_and_the_flag_are_told_apart() {
        let some = Options::parse(&words("open-20kb mailbox")).unwrap();
        assert_eq!(some, Options { write: false, jobs: words("open-20kb mailbox") });
        assert!(Options::parse(&words("--write")).unwrap().write);
        assert!(Options::parse(&words("--write mailbox")).is_err());
        assert!(Options::parse(&words("--wrote")).is_err());
    }
}
