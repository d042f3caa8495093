//! `./x wasm-suites`: what the native library and command are tested by, over wasm.

use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::cargo;
use crate::trouble::{Trouble, trouble};
use crate::{package, setup};

/// How cargo finds what runs a program under WASI.
pub(crate) const RUNNER: &str = "CARGO_TARGET_WASM32_WASIP1_RUNNER";

/// Wycheproof, the vectors, and every form of the command.
///
/// # Errors
/// Without the foreign test data, most of what this is for would be left out.
pub(crate) fn run(place: &Place) -> Result<(), Trouble> {
    if std::env::var_os("SCEAU_VECTORS").is_none() {
        return Err(trouble(
            "SCEAU_VECTORS is not set",
            "Let it name the folder with the foreign test data.",
        ));
    }
    let mut steps = Steps::new(4);
    steps.step("tools", || setup::for_package(place))?;
    steps.step("npm package", || package::build(place))?;
    steps.step("Wycheproof and vectors", || library(place))?;
    steps.step("the command", || command(place))?;
    steps.finish();
    Ok(())
}

/// The library's own tests. Those that start other programs do not exist under WASI.
fn library(place: &Place) -> Result<Outcome, Trouble> {
    cargo(place, &["test", "--locked", "--release", "-p", "sceau-smime", "--target", "wasm32-wasip1"])
        .args(&["--no-fail-fast"])
        .env(RUNNER, place.at("xtask/run-under-wasi.mjs"))
        .env(package::WASI_FLAGS, place.wasm_flags())
        .run("A test failed over wasm: its name and reason are above.")?;
    Ok(Outcome::Done)
}

/// The command's tests, which run whatever SCEAU_BIN names.
pub(crate) fn command(place: &Place) -> Result<Outcome, Trouble> {
    cargo(place, &["test", "--locked", "-p", "sceau-cli", "--test", "cli", "--no-fail-fast"])
        .env("SCEAU_BIN", package::command_over_wasm(place))
        .run("A test of the command failed over wasm: its name and reason are above.")?;
    Ok(Outcome::Done)
}
