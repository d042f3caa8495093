//! `./x size`: what a browser really fetches up to the first inbox.

use crate::browser;
use crate::place::Place;
use crate::progress::Outcome;
use crate::run::Program;
use crate::trouble::Trouble;

/// The most a browser may fetch up to the first inbox, in bytes as they cross the wire.
const LIMIT: &str = "900000";
const NEXT: &str = "Load later what the first inbox does not need (dist/lazy/), or make it smaller.";

/// Builds, then prints the table, or with `json` one object on standard output.
pub(crate) fn run(place: &Place, json: bool) -> Result<(), Trouble> {
    browser::prepare(place)?;
    let measure = match json {
        true => measure(place).args(&["--json"]),
        false => measure(place),
    };
    measure.run(NEXT)
}

/// As a step of `./x test`, where everything is built already.
pub(crate) fn check(place: &Place) -> Result<Outcome, Trouble> {
    measure(place).run(NEXT)?;
    Ok(Outcome::Done)
}

fn measure(place: &Place) -> Program {
    browser::script(place, &["size.mjs", "--limit", LIMIT])
}
