//! Brings what the machine lacks: Debian packages, three pinned Rust tools, the packages of the browser tests.

mod debian;
mod node;
mod python;
mod tools;

use std::path::PathBuf;

use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::program;
use crate::trouble::Trouble;

/// `./x setup`: everything that any command needs.
pub(crate) fn run(place: &Place) -> Result<(), Trouble> {
    let mut steps = Steps::new(5);
    steps.step("Debian packages", || done(debian::ensure(place, debian::ALL)))?;
    steps.step("tools that build the page", || done(page_tools(place)))?;
    steps.step("cargo-deny", || done(tools::ensure(place, &tools::CARGO_DENY)))?;
    steps.step("packages of the browser tests", || done(browser_packages(place)))?;
    steps.step("object storage for tests", || done(object_storage(place).map(drop)))?;
    steps.finish();
    Ok(())
}

/// What building the page needs.
pub(crate) fn for_build(place: &Place) -> Result<Outcome, Trouble> {
    debian::ensure(place, debian::BUILD)?;
    done(page_tools(place))
}

/// What `./x test` needs.
pub(crate) fn for_test(place: &Place) -> Result<Outcome, Trouble> {
    debian::ensure(place, debian::ALL)?;
    page_tools(place)?;
    tools::ensure(place, &tools::CARGO_DENY)?;
    object_storage(place)?;
    done(browser_packages(place))
}

/// A server of object storage: the interpreter that has it.
pub(crate) fn object_storage(place: &Place) -> Result<PathBuf, Trouble> {
    python::packages(place, &place.at("tests/object-storage"), "object-storage")
}

/// What driving a browser needs: `./x size`, `./x bench`.
pub(crate) fn for_browser(place: &Place) -> Result<Outcome, Trouble> {
    debian::ensure(place, debian::ALL)?;
    done(browser_packages(place))
}

/// What measuring beside other programs needs: a browser, OpenSSL and the others.
pub(crate) fn for_bench(place: &Place) -> Result<Outcome, Trouble> {
    for_browser(place)?;
    tools::wasm_bindgen_is_the_locked_one(place)?;
    tools::ensure(place, &tools::WASM_BINDGEN)?;
    done(node::packages(place, &place.at("tests/bench")))
}

/// What building the npm package needs.
pub(crate) fn for_package(place: &Place) -> Result<Outcome, Trouble> {
    debian::ensure(place, debian::BUILD)?;
    node::is_new_enough(place)?;
    tools::wasm_bindgen_is_the_locked_one(place)?;
    tools::ensure(place, &tools::WASM_BINDGEN)?;
    done(wasi(place))
}

/// What testing it needs besides: a browser, and the compiler of TypeScript.
pub(crate) fn for_package_tests(place: &Place) -> Result<Outcome, Trouble> {
    for_browser(place)?;
    done(node::packages(place, &place.at("packages/smime")))
}

/// Rust's standard library for programs under WASI; rustup has it there at once when it is there already.
pub(crate) fn wasi(place: &Place) -> Result<(), Trouble> {
    program(place, "rustup")
        .args(&["--quiet", "target", "add", "wasm32-wasip1"])
        .run("rustup could not add the target wasm32-wasip1: it must be reachable once.")
}

/// What fuzzing needs besides its compiler.
pub(crate) fn for_fuzz(place: &Place) -> Result<(), Trouble> {
    debian::ensure(place, debian::FUZZ)?;
    tools::ensure(place, &tools::CARGO_FUZZ)
}

/// What the suites need: other programs that read and write the same.
pub(crate) fn for_suites(place: &Place) -> Result<Outcome, Trouble> {
    debian::ensure(place, debian::SUITES)?;
    node::is_new_enough(place)?;
    done(node::packages(place, &place.at("suites/pkijs")))
}

/// What the relay is measured beside.
pub(crate) fn for_load(place: &Place) -> Result<(), Trouble> {
    debian::ensure(place, debian::LOAD)
}

/// What watches a relay's calls.
pub(crate) fn for_crash(place: &Place) -> Result<(), Trouble> {
    debian::ensure(place, debian::CRASH)
}

fn page_tools(place: &Place) -> Result<(), Trouble> {
    tools::wasm_bindgen_is_the_locked_one(place)?;
    tools::ensure(place, &tools::WASM_BINDGEN)?;
    tools::ensure(place, &tools::TRUNK)?;
    frame_packages(place)
}

/// pdf.js, which the page can do without: a machine without npm builds one that shows no PDF, and says so.
fn frame_packages(place: &Place) -> Result<(), Trouble> {
    if node::is_new_enough(place).is_err() {
        return Ok(());
    }
    node::packages(place, &place.at("web/frames"))
}

fn browser_packages(place: &Place) -> Result<(), Trouble> {
    node::is_new_enough(place)?;
    node::packages(place, &place.browser_tests())
}

fn done(result: Result<(), Trouble>) -> Result<Outcome, Trouble> {
    result.map(|()| Outcome::Done)
}
