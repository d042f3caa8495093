//! `./x test`: exactly what continuous integration runs.

use crate::build::WASM_FLAGS;
use crate::object_storage::ObjectStorage;
use crate::place::Place;
use crate::postgres::Server;
use crate::progress::{Outcome, Steps};
use crate::run::cargo;
use crate::trouble::Trouble;
use crate::{advisories, browser, build, package, setup, size, wasm_suites};

/// The crates that also run in a page.
const IN_THE_PAGE: &[&str] = &[
    "sceau-aes",
    "sceau-web",
    "sceau-worker",
    "sceau-reference",
    "sceau-reading",
    "sceau-wasm",
    "sceau-webcrypto",
];

/// Quick checks first, so that a slip is told within a minute.
pub(crate) fn run(place: &Place) -> Result<(), Trouble> {
    let mut steps = Steps::new(16);
    steps.step("tools", || tools(place))?;
    steps.step("format", || format(place))?;
    steps.step("licences, sources, bans", || dependencies(place))?;
    steps.step("advisories", || advisories::check(place))?;
    steps.step("lints, native", || native_lints(place))?;
    steps.step("lints, wasm", || wasm_lints(place))?;
    steps.step("unit, flow and interop tests", || native_tests(place))?;
    steps.step("the relay on PostgreSQL and object storage", || postgres_tests(place))?;
    steps.step("simulation", || simulation_tests(place))?;
    steps.step("library tests in Node", || node_tests(place))?;
    steps.step("npm package", || package::build(place))?;
    steps.step("tests of the npm package", || package::tests(place))?;
    steps.step("page", || build::page(place))?;
    steps.step("tests in a browser", || browser::tests(place))?;
    steps.step("tests of letters in a browser, by Rust alone", || browser::tests_over_rust(place))?;
    steps.step("size of the page", || size::check(place))?;
    steps.finish();
    Ok(())
}

fn tools(place: &Place) -> Result<Outcome, Trouble> {
    setup::for_test(place)?;
    setup::for_package(place)?;
    setup::for_package_tests(place)
}

fn format(place: &Place) -> Result<Outcome, Trouble> {
    cargo(place, &["fmt", "--all", "--check"]).run("Run `cargo fmt --all`.")?;
    Ok(Outcome::Done)
}

fn dependencies(place: &Place) -> Result<Outcome, Trouble> {
    cargo(place, &["fetch", "--locked"])
        .run("If Cargo.lock does not fit, run `cargo metadata` and commit it; otherwise crates.io was not reachable.")?;
    cargo(place, &["deny", "--offline", "check", "--hide-inclusion-graph", "-A", "duplicate"])
        .args(&["bans", "licenses", "sources"])
        .run("deny.toml says what is allowed, and why.")?;
    Ok(Outcome::Done)
}

fn native_lints(place: &Place) -> Result<Outcome, Trouble> {
    cargo(place, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
        .run(LINTS)?;
    Ok(Outcome::Done)
}

fn wasm_lints(place: &Place) -> Result<Outcome, Trouble> {
    let packages: Vec<&str> = IN_THE_PAGE.iter().flat_map(|name| ["-p", name]).collect();
    cargo(place, &["clippy", "--locked", "--target", "wasm32-unknown-unknown"])
        .args(&packages)
        .args(&["--", "-D", "warnings"])
        .env(WASM_FLAGS, place.wasm_flags())
        .run(LINTS)?;
    Ok(Outcome::Done)
}

const LINTS: &str = "Mend what is shown above; the table of lints is in Cargo.toml.";

fn native_tests(place: &Place) -> Result<Outcome, Trouble> {
    programs(place)?;
    cargo(place, &["test", "--workspace", "--locked", "--no-fail-fast"])
        .env("SCEAU_BIN", place.binary("sceau"))
        .env("SCEAU_RELAY_BIN", place.binary("sceau-relay"))
        .run("A test failed: its name and reason are above.")?;
    Ok(Outcome::Done)
}

/// The relay's suite once more, on the other database, with blobs in object storage; and what only that one has, two relays among it.
fn postgres_tests(place: &Place) -> Result<Outcome, Trouble> {
    let (server, storage) = (Server::start(place)?, ObjectStorage::start(place)?);
    let suite = |arguments: &[&str]| {
        let tests = cargo(place, &["test", "--workspace", "--locked", "--no-fail-fast"]).args(arguments);
        let there = storage.environment();
        there
            .into_iter()
            .fold(tests, |tests, (name, value)| tests.env(name, value))
            .env("SCEAU_TEST_POSTGRES", server.address())
            .run("A test failed on PostgreSQL: its name and reason are above.")
    };
    suite(&["--test", "jmap"])?;
    suite(&["--lib", "store::"])?;
    suite(&["--test", "histories"])?;
    Ok(Outcome::Done)
}

/// Two hundred seeds. By itself: what is built together shares its features, and no other program may have a relay whose
/// chance can be a suite's.
fn simulation_tests(place: &Place) -> Result<Outcome, Trouble> {
    let with = ["--locked", "-p", "sceau-simulation", "--features", "sceau-simulation/simulation"];
    cargo(place, &["clippy", "--all-targets"]).args(&with).args(&["--", "-D", "warnings"]).run(LINTS)?;
    cargo(place, &["test", "--no-fail-fast"])
        .args(&with)
        .run("A seed found something: how it is run again is above.")?;
    Ok(Outcome::Done)
}

/// The boundary to JavaScript, where JavaScript is: the tests of the npm package, compiled to wasm and run by Node; and the
/// cipher in lanes, which there are only in wasm.
fn node_tests(place: &Place) -> Result<Outcome, Trouble> {
    cargo(
        place,
        &["test", "--locked", "--target", "wasm32-unknown-unknown", "-p", "sceau-wasm", "--test", "node"],
    )
    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
    .env(WASM_FLAGS, place.wasm_flags())
    .run("A test of the npm package failed: its name and reason are above.")?;
    cargo(place, &["test", "--locked", "--target", "wasm32-wasip1", "-p", "sceau-aes", "--lib"])
        .env(wasm_suites::RUNNER, place.at("xtask/run-under-wasi.mjs"))
        .env(package::WASI_FLAGS, place.wasm_flags())
        .run("A test of AES in lanes failed: its name and reason are above.")?;
    Ok(Outcome::Done)
}

/// Everything native in one call: one set of features, so that tests and programs share what was compiled.
pub(crate) fn programs(place: &Place) -> Result<(), Trouble> {
    cargo(place, &["build", "--workspace", "--all-targets", "--locked"])
        .run("The workspace does not build: see above.")
}
