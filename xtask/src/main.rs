//! Sceau's own commands: `./x build`, `demo`, `test`, `browser`, `size`, `bench`, `memory`, `fuzz`, `suites`, `setup`.
//!
//! Each does all of its own set-up, says what it is doing, can be run again cheaply, and stops at the first step that
//! fails with a sentence on what to do.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

mod advisories;
mod bench;
mod browser;
mod build;
mod checks;
mod demo;
mod externref;
mod frames;
mod fuzz;
mod integrity;
mod memory;
mod object_storage;
mod package;
mod pdf;
mod place;
mod postgres;
mod precompress;
mod progress;
mod run;
mod setup;
mod size;
mod split;
mod suites;
mod trouble;
mod wasm_suites;

use std::process::ExitCode;

use place::Place;
use trouble::{Trouble, trouble};

const HELP: &str = "\
./x demo [--port N] [--fresh]   build, make a small practice with its letters, serve it on http://localhost:8080
./x test                        format, lints, dependencies, unit, interop and browser tests: what CI runs
./x build                       the page, ready to serve, in dist/
./x browser [--rust] [--postgres]  the browser tests alone; by Rust alone; with the relay on PostgreSQL
./x screens                     letters of every kind as they are shown, into docs/screens
./x size [--json]               what a browser fetches up to the first inbox, per file
./x bench                       open, seal and list, natively and in the browser's worker
./x bench smime [--write] [JOB…]  the same beside PKI.js, node-forge, OpenPGP.js and WebCrypto alone
./x bench mime [--write] [JOB…]  plain mail read and HTML sanitised, beside postal-mime, mailparser and DOMPurify
./x bench relay [--write] [--OPTION N…]  the relay under load, beside SQLite, PostgreSQL and Dovecot
./x memory [--native]           letters of 1 GiB, and of 256 MiB in the browser's worker: what they take
./x fuzz [--seconds N] [TARGET…]  every decoder under made-up input, 5 minutes each
./x package [--sizes]           the npm package @sceau/smime, packed; how much of it is loaded
./x wasm-suites                 the foreign test data and the command's own tests, over wasm
./x suites [NAME…] [--OPTION…]  random messages exchanged with other programs, timing, power cuts, clients at once, a simulation
./x setup                       only the tools the others need
./x help                        this";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("\n{trouble}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Trouble> {
    let (command, rest) = arguments.split_first().map_or(("help", [].as_slice()), |(c, r)| (c.as_str(), r));
    let place = Place::find()?;
    match command {
        "demo" => demo::run(&place, &demo::Options::parse(rest)?),
        "size" => size::run(&place, only_flag(rest, "--json")?),
        "test" => nothing_more(rest).and_then(|()| checks::run(&place)),
        "browser" => browser::run(&place, browser::Options::parse(rest)?),
        "screens" => nothing_more(rest).and_then(|()| browser::screens(&place)),
        "build" => nothing_more(rest).and_then(|()| build::run(&place)),
        "bench" => bench::run(&place, rest),
        "memory" => memory::run(&place, only_flag(rest, "--native")?),
        "package" => package::run(&place, only_flag(rest, "--sizes")?),
        "wasm-suites" => nothing_more(rest).and_then(|()| wasm_suites::run(&place)),
        "fuzz" => fuzz::run(&place, &fuzz::Options::parse(rest)?),
        "suites" => suites::run(&place, &suites::Options::parse(rest)?),
        "setup" => nothing_more(rest).and_then(|()| setup::run(&place)),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(trouble(format!("there is no command '{other}'"), format!("These are:\n\n{HELP}"))),
    }
}

fn nothing_more(rest: &[String]) -> Result<(), Trouble> {
    match rest.first() {
        None => Ok(()),
        Some(word) => Err(trouble(format!("'{word}' is not understood here"), "See ./x help.")),
    }
}

fn only_flag(rest: &[String], flag: &str) -> Result<bool, Trouble> {
    match rest {
        [] => Ok(false),
        [word] if word == flag => Ok(true),
        [word, ..] => Err(trouble(format!("'{word}' is not understood here"), "See ./x help.")),
    }
}
