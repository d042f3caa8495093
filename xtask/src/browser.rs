//! Scripts of `tests/browser`, with what they need to find: the relay, the command line, the page, a browser.

use std::path::Path;

use crate::place::Place;
use crate::postgres::Server;
use crate::precompress::files_below;
use crate::progress::Outcome;
use crate::run::{Program, program};
use crate::trouble::{Trouble, trouble};
use crate::{build, checks, setup};

/// One Node program of `tests/browser`.
pub(crate) fn script(place: &Place, arguments: &[&str]) -> Program {
    program(place, "node")
        .args(arguments)
        .within(&place.browser_tests())
        .env("SCEAU_RELAY_BIN", place.binary("sceau-relay"))
        .env("SCEAU_BIN", place.binary("sceau"))
        .env("SCEAU_DIST", place.dist())
}

/// Tools, page and programs, for who runs a script outside `./x test`.
pub(crate) fn prepare(place: &Place) -> Result<(), Trouble> {
    setup::for_build(place)?;
    setup::for_browser(place)?;
    build::page(place)?;
    checks::programs(place)
}

/// The tests in which letters are sealed, opened and judged: what the second backend has to show in `./x test`.
const OF_LETTERS: &[&str] = &[
    "distrust_the_relay",
    "enrol_from_nothing",
    "exchange_a_letter",
    "forget_the_pass_phrase",
    "open_a_file",
    "search_for_planted_words",
];

/// A file of tests ends after a quarter of an hour at the latest: nothing in them is timed, this only ends what would never end.
const RUNNER: &[&str] = &["--test", "--test-concurrency=2", "--test-timeout=900000", "--test-reporter=spec"];

/// How `./x browser` runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Keys and ciphers by Rust alone, not by the browser.
    rust: bool,
    /// The relay's rows in PostgreSQL, not in its folder.
    postgres: bool,
}

impl Options {
    /// `[--rust] [--postgres]`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, Trouble> {
        let mut options = Self::default();
        for word in words {
            match word.as_str() {
                "--rust" => options.rust = true,
                "--postgres" => options.postgres = true,
                _ => return Err(trouble(format!("'{word}' is not understood here"), "See ./x help.")),
            }
        }
        Ok(options)
    }
}

/// `./x browser`: every test in a browser.
pub(crate) fn run(place: &Place, options: Options) -> Result<(), Trouble> {
    prepare(place)?;
    let server = if options.postgres { Some(Server::start(place)?) } else { None };
    run_flows(place, |_| true, options.rust, server.as_ref()).map(drop)
}

/// `./x screens`: pictures of letters of every kind, in both languages, wide and on a phone.
pub(crate) fn screens(place: &Place) -> Result<(), Trouble> {
    prepare(place)?;
    let into = place.at("docs/screens");
    script(place, &["screens.mjs", "--into", &into.to_string_lossy()])
        .run("A picture could not be taken: see above.")?;
    println!("The pictures lie in {}.", into.display());
    Ok(())
}

/// Every test.
pub(crate) fn tests(place: &Place) -> Result<Outcome, Trouble> {
    run_flows(place, |_| true, false, None)
}

/// Those of letters once more, by Rust alone.
pub(crate) fn tests_over_rust(place: &Place) -> Result<Outcome, Trouble> {
    run_flows(place, |name| OF_LETTERS.contains(&name), true, None)
}

/// Two at a time: nothing in them is timed, each has folders and ports of its own, and much of a browser's time is waiting.
fn run_flows(
    place: &Place,
    wanted: impl Fn(&str) -> bool,
    rust: bool,
    server: Option<&Server>,
) -> Result<Outcome, Trouble> {
    let node = script(place, RUNNER).args(&flows(place, wanted)?);
    let node = if rust { node.env("SCEAU_BACKEND", "rust") } else { node };
    let node = match server {
        Some(server) => node.env("SCEAU_TEST_POSTGRES", server.address()),
        None => node,
    };
    node.run("A test in the browser failed: its name and reason are above.")?;
    Ok(Outcome::Done)
}

/// The tests whose name is wanted.
fn flows(place: &Place, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Trouble> {
    let is_wanted = |path: &Path| {
        let name =
            path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".test.mjs"));
        name.is_some_and(&wanted)
    };
    let files = files_below(&place.browser_tests().join("flows"))?;
    Ok(files.iter().filter(|path| is_wanted(path)).map(|path| path.to_string_lossy().into_owned()).collect())
}
