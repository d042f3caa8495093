//! `./x bench relay`: the relay under load, beside the databases alone and beside a mail server (docs/design/load.md).

use std::path::Path;

use super::page;
use crate::place::Place;
use crate::postgres::Server;
use crate::progress::{Outcome, Steps};
use crate::run::{cargo, program};
use crate::setup;
use crate::trouble::{Trouble, trouble};

/// Not in memory, as `/tmp` is on many machines: what a sync costs is part of what is measured.
const FOLDER: &str = "/var/tmp";
const NEXT: &str = "See above; the measurements are in suites/load.";
const OURS: &str = "`sceau-relay serve --rates off`, built with the profile `release`, its clients beside it on the same machine";

/// Builds, measures, prints, and writes when that was asked for. Options are the program's own.
pub(super) fn run(place: &Place, words: &[String]) -> Result<(), Trouble> {
    let write = words.iter().any(|word| word == "--write");
    let options: Vec<&String> = words.iter().filter(|word| *word != "--write").collect();
    if write && !is_all(&options) {
        return Err(trouble("--write wants all of it", "A page with some of it would mislead."));
    }
    let mut report = String::new();
    let mut steps = Steps::new(3);
    steps.step("tools", || setup::for_load(place).map(|()| Outcome::Done))?;
    steps.step("programs", || built(place))?;
    steps.step("measured", || {
        let server = Server::start_durable(place, Path::new(FOLDER))?;
        let measuring = program(place, place.release_binary("load"))
            .args(&["--folder", FOLDER, "--postgres", &server.address()])
            .args(&options);
        report = measuring.read(NEXT)?;
        Ok(Outcome::Done)
    })?;
    println!("\n{report}");
    if write {
        page::write(place, "relay", &versions(place), OURS, &report)?;
    }
    steps.finish();
    Ok(())
}

/// Whether every part is measured as it is meant to be. To how many letters a mailbox in PostgreSQL grows stands in its table.
fn is_all(options: &[&String]) -> bool {
    match options {
        [] => true,
        [name, _number] => *name == "--letters-postgres",
        _ => false,
    }
}

fn built(place: &Place) -> Result<Outcome, Trouble> {
    cargo(place, &["build", "--locked", "--release", "-p", "sceau-load"]).run(NEXT)?;
    Ok(Outcome::Done)
}

/// What stands beside it; a program that does not say its version goes without one.
fn versions(place: &Place) -> String {
    let version = |name: &str, words: &[&str]| {
        let said = program(place, name).args(words).read("").unwrap_or_default();
        said.split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or("")
            .to_owned()
    };
    format!("PostgreSQL {}, Dovecot {}", version("psql", &["--version"]), version("dovecot", &["--version"]))
}

#[cfg(test)]
mod tests {
    use super::is_all;

    #[test]
    fn a_page_has_every_part() {
        let is_all = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            is_all(&words.iter().collect::<Vec<_>>())
        };
        assert!(is_all("") && is_all("--letters-postgres 100000"));
        assert!(
            !is_all("--part idle")
                && !is_all("--letters-postgres 1000 --seconds 1")
                && !is_all("--letters 1000")
        );
    }
}
