//! `./x bench smime`: whole jobs in Chromium's worker, ours beside the peers', in one interleaved run.

use std::fs;
use std::path::Path;

use super::goals;
use super::tables::{self, Figures};
use crate::build::WASM_FLAGS;
use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::{cargo, program};
use crate::trouble::{Trouble, trouble};
use crate::{browser, package, setup};

const NEXT: &str = "See above; the measurements are in tests/bench.";
const PAGE: &str = "docs/benchmarks.md";

/// What `./x bench smime` was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Whether the tables go to docs/benchmarks.md.
    write: bool,
    /// Names of jobs; all without.
    jobs: Vec<String>,
}

impl Options {
    /// Reads the words after `./x bench smime`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, Trouble> {
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
pub(crate) fn run(place: &Place, options: &Options) -> Result<(), Trouble> {
    let mut said = String::new();
    let mut steps = Steps::new(3);
    steps.step("tools", || setup::for_bench(place))?;
    steps.step("modules, built for speed", || modules(place))?;
    steps.step("in Chromium's worker", || {
        said = measured(place, &options.jobs)?;
        Ok(Outcome::Done)
    })?;
    let figures = Figures::read(&said).ok_or_else(|| trouble("no measurement was printed", NEXT))?;
    let report = tables::report(&figures, &goals::judged(&figures));
    println!("\n{report}");
    if options.write {
        let page = place.at(PAGE);
        fs::write(&page, tables::page(&report, &machine(), &figures)).map_err(|error| {
            trouble(format!("{} could not be written: {error}", page.display()), "Is the disk full?")
        })?;
        println!("Written to {PAGE}.");
    }
    steps.finish();
    Ok(())
}

/// The package's core, and the complete module for the backend that only that one has, in the profile for speed; and the core
/// as it is shipped, in the profile for size.
fn modules(place: &Place) -> Result<Outcome, Trouble> {
    module(place, "core", package::CORE_FEATURES)?;
    module(place, "complete", &[])?;
    let [glue, wasm] = package::core(place)?;
    package::copy(&glue, &folder(place).join("shipped.js"))?;
    package::copy(&wasm, &folder(place).join("shipped_bg.wasm"))?;
    Ok(Outcome::Done)
}

fn module(place: &Place, name: &str, features: &[&str]) -> Result<(), Trouble> {
    cargo(place, &["rustc", "--locked", "-p", "sceau-wasm", "--lib", "--crate-type", "cdylib"])
        .args(&["--profile", "wasm-fast", "--target", "wasm32-unknown-unknown"])
        .args(features)
        .env(WASM_FLAGS, place.wasm_flags())
        .run(NEXT)?;
    program(place, "wasm-bindgen")
        .args(&["--target", "web", "--no-typescript", "--out-name", name, "--out-dir"])
        .args(&[folder(place).as_path(), place.fast_module("sceau_wasm").as_path()])
        .run(NEXT)
}

fn folder(place: &Place) -> std::path::PathBuf {
    place.cache("bench-smime").join("module")
}

fn measured(place: &Place, jobs: &[String]) -> Result<String, Trouble> {
    let script = place.at("tests/bench/smime.mjs");
    let (module, made) = (folder(place), place.cache("bench-smime"));
    browser::script(place, &[]).args(&[script.as_path(), &module, &made]).args(jobs).read(NEXT)
}

/// The processor, how many cores, and the system.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(Path::new(path)).unwrap_or_default();
    let (processors, system) = (read("/proc/cpuinfo"), read("/etc/os-release"));
    let processor = field(&processors, "model name", ':').unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let system = field(&system, "PRETTY_NAME", '=').unwrap_or("unknown system").trim_matches('"');
    format!("{processor}, {cores} cores, {system}")
}

fn field<'t>(text: &'t str, name: &str, separator: char) -> Option<&'t str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(separator).map(|(_, value)| value.trim())
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

    #[test]
    fn a_field_is_found_by_its_name() {
        assert_eq!(field("a\t: 1\nmodel name\t: X 2\n", "model name", ':'), Some("X 2"));
        assert_eq!(field("", "model name", ':'), None);
    }
}
