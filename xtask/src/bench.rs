//! `./x bench`: what takes how long, natively and in a worker of Chromium, in one run.

use std::path::Path;

use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::{cargo, program};
use crate::trouble::Trouble;
use crate::{browser, checks, setup};

const NEXT: &str = "See above; the measurements are in crates/smime/benches and tests/browser/bench.mjs.";

/// The same jobs twice: by the native library, and by the same code compiled for the page.
pub(crate) fn run(place: &Place) -> Result<(), Trouble> {
    let mut steps = Steps::new(4);
    steps.step("tools", || setup::for_test(place))?;
    steps.step("programs", || checks::programs(place).and_then(|()| library(place)))?;
    steps.step("natively", || natively(place))?;
    steps.step("in Chromium's worker", || in_a_worker(place))?;
    steps.finish();
    Ok(())
}

fn library(place: &Place) -> Result<Outcome, Trouble> {
    let options = ["--locked", "--profile", "wasm-release", "--target", "wasm32-unknown-unknown"];
    cargo(place, &["build", "-p", "sceau-wasm"]).args(&options).run(NEXT)?;
    let module = place.wasm_module("sceau_wasm");
    program(place, "wasm-bindgen")
        .args(&["--target", "no-modules", "--no-typescript", "--out-name", "bench", "--out-dir"])
        .args(&[place.cache("bench").as_path(), module.as_path()])
        .run(NEXT)?;
    Ok(Outcome::Done)
}

fn natively(place: &Place) -> Result<Outcome, Trouble> {
    cargo(place, &["bench", "--locked", "-p", "sceau-smime", "--bench", "letters"]).run(NEXT)?;
    Ok(Outcome::Done)
}

fn in_a_worker(place: &Place) -> Result<Outcome, Trouble> {
    let folder = place.cache("bench");
    browser::script(place, &["bench.mjs"])
        .args(&[Path::new(&folder.join("bench.js")), &folder.join("bench_bg.wasm")])
        .run(NEXT)?;
    Ok(Outcome::Done)
}
