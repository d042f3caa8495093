//! `./x build`: the page, ready to serve, in `dist/`.

use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::program;
use crate::trouble::Trouble;
use crate::{frames, integrity, pdf, precompress, setup, split};

/// Tools, then the page.
pub(crate) fn run(place: &Place) -> Result<(), Trouble> {
    let mut steps = Steps::new(2);
    steps.step("tools that build the page", || setup::for_build(place))?;
    steps.step("page", || page(place))?;
    steps.finish();
    println!("The page lies in {}.", place.dist().display());
    Ok(())
}

/// All wasm modules, hashed names, integrity for everything that runs, brotli beside each file.
pub(crate) fn page(place: &Place) -> Result<Outcome, Trouble> {
    bundle(place)?;
    split::worker(place)?;
    let frames = frames::write(place)?;
    let pdf = pdf::write(place)?;
    if pdf.is_none() {
        println!("SKIPPED: there is no npm, so that pdf.js is not there: PDFs can be saved, not looked at.");
    }
    integrity::seal(&place.dist(), &frames, pdf.as_ref())?;
    precompress::all(place, &place.dist())?;
    Ok(Outcome::Done)
}

/// What cargo hands to rustc for everything that runs in a page, and for nothing else.
pub(crate) const WASM_FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

fn bundle(place: &Place) -> Result<(), Trouble> {
    program(place, "trunk")
        .args(&["build", "--release", "--offline", "--locked"])
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        .env(WASM_FLAGS, place.wasm_flags())
        .run("The page does not build: see above.")
}
