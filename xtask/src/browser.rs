//! Scripts of `tests/browser`, with what they need to find: the relay, the command line, the page, a browser.

use crate::place::Place;
use crate::precompress::files_below;
use crate::progress::Outcome;
use crate::run::{Program, program};
use crate::trouble::Trouble;

/// One Node program of `tests/browser`.
pub(crate) fn script(place: &Place, arguments: &[&str]) -> Program {
    program(place, "node")
        .args(arguments)
        .within(&place.browser_tests())
        .env("SCEAU_RELAY_BIN", place.binary("sceau-relay"))
        .env("SCEAU_BIN", place.binary("sceau"))
        .env("SCEAU_DIST", place.dist())
}

/// Every `*.test.mjs`, two at a time: nothing in them is timed, each has folders and ports of its own, and much of a
/// browser's time is waiting.
pub(crate) fn tests(place: &Place) -> Result<Outcome, Trouble> {
    let files: Vec<String> = files_below(&place.browser_tests().join("flows"))?
        .iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    script(place, &["--test", "--test-concurrency=2", "--test-reporter=spec"])
        .args(&files)
        .run("A test in the browser failed: its name and reason are above.")?;
    Ok(Outcome::Done)
}
