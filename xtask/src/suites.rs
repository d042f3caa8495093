//! `./x suites`: long runs that prove more than a test has time for. The programs are in `suites/`.

use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::{Program, cargo, program};
use crate::setup;
use crate::trouble::{Trouble, trouble};

/// A suite: its name, what builds it, and what it needs beside our own programs.
struct Suite {
    name: &'static str,
    build: &'static [&'static str],
    needs: Needs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// Programs that read and write letters.
    Others,
    /// strace.
    Tracer,
}

const SUITES: &[Suite] = &[
    Suite { name: "differential", build: &["-p", "sceau-suites"], needs: Needs::Others },
    Suite { name: "timing", build: &["-p", "sceau-suites"], needs: Needs::Nothing },
    // By itself: what is built together shares its features, and no other program may have fail points.
    Suite {
        name: "crash",
        build: &["-p", "sceau-crash", "--features", "sceau-crash/fail-points"],
        needs: Needs::Tracer,
    },
    // By itself as well: no other program may have a relay whose chance can be a suite's.
    Suite {
        name: "simulation",
        build: &["-p", "sceau-simulation", "--features", "sceau-simulation/simulation"],
        needs: Needs::Nothing,
    },
    Suite { name: "histories", build: &["-p", "sceau-histories"], needs: Needs::Nothing },
];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    names: Vec<String>,
    /// Handed to the suite as they are.
    rest: Vec<String>,
}

impl Options {
    /// `[NAME…] [--OPTION …]`: options are the suite's own, so they want one name.
    pub(crate) fn parse(words: &[String]) -> Result<Self, Trouble> {
        let names: Vec<String> = words.iter().take_while(|word| !word.starts_with("--")).cloned().collect();
        let rest = words.get(names.len()..).unwrap_or_default().to_vec();
        let known = || SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ");
        if let Some(unknown) = names.iter().find(|name| !SUITES.iter().any(|suite| suite.name == *name)) {
            return Err(trouble(format!("there is no suite '{unknown}'"), format!("These are: {}", known())));
        }
        if !rest.is_empty() && names.len() != 1 {
            return Err(trouble("options are for one suite", format!("Name one before them: {}.", known())));
        }
        Ok(Self { names, rest })
    }
}

/// Runs the suites asked for, or all.
pub(crate) fn run(place: &Place, options: &Options) -> Result<(), Trouble> {
    let wanted = |name: &str| options.names.is_empty() || options.names.iter().any(|asked| asked == name);
    let suites: Vec<_> = SUITES.iter().filter(|suite| wanted(suite.name)).collect();
    let mut steps = Steps::new(2 + suites.len());
    steps.step("tools", || tools(place, &suites))?;
    steps.step("programs", || build(place, &suites))?;
    for suite in suites {
        steps.step(suite.name, || one(place, suite.name, &options.rest))?;
    }
    steps.finish();
    Ok(())
}

fn tools(place: &Place, suites: &[&Suite]) -> Result<Outcome, Trouble> {
    let need = |needs: Needs| suites.iter().any(|suite| suite.needs == needs);
    if need(Needs::Tracer) {
        setup::for_crash(place)?;
    }
    if need(Needs::Others) { setup::for_suites(place) } else { Ok(Outcome::Done) }
}

fn build(place: &Place, suites: &[&Suite]) -> Result<Outcome, Trouble> {
    let mut done: Vec<&[&str]> = Vec::new();
    for suite in suites {
        if !done.contains(&suite.build) {
            cargo(place, &["build", "--locked", "--release"])
                .args(suite.build)
                .run("The suites do not build: see above.")?;
            done.push(suite.build);
        }
    }
    Ok(Outcome::Done)
}

fn one(place: &Place, name: &str, rest: &[String]) -> Result<Outcome, Trouble> {
    suite(place, name)
        .args(rest)
        .run("What it found is above; docs/design/suites.md says how one case is run again.")?;
    Ok(Outcome::Done)
}

fn suite(place: &Place, name: &str) -> Program {
    program(place, place.release_binary(name)).env("SCEAU_SUITES", place.at("suites"))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn names_come_first_and_options_go_with_one() {
        assert_eq!(Options::parse(&[]).unwrap(), Options { names: Vec::new(), rest: Vec::new() });
        let one = Options::parse(&words("differential --seed 7 --only 3")).unwrap();
        assert_eq!(one, Options { names: words("differential"), rest: words("--seed 7 --only 3") });
        assert!(Options::parse(&words("--seed 7")).is_err());
        assert!(Options::parse(&words("differential timing --seed 7")).is_err());
        assert!(Options::parse(&words("diferential")).is_err());
    }
}
