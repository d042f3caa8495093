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
    let section = section(&options);
    if write && section.is_none() {
        return Err(trouble("--write wants all of it, or a part", "A page with some of it would mislead."));
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
    if let Some(section) = section.filter(|_| write) {
        page::write(place, &section, &versions(place), OURS, &report)?;
    }
    steps.finish();
    Ok(())
}

/// Where the report belongs, when everything or a part is measured as it is meant to be. To how many letters a mailbox in PostgreSQL
/// grows stands in its table.
fn section(options: &[&String]) -> Option<String> {
    match options {
        [] => Some("relay".to_owned()),
        [name, _number] if *name == "--letters-postgres" => Some("relay".to_owned()),
        [name, part] if *name == "--part" => {
            Some(format!("relay --part {part}")).filter(|section| page::has_section(section))
        }
        _ => None,
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
    format!(
        "PostgreSQL {}, Dovecot {}, Postfix {}",
        version("psql", &["--version"]),
        version("dovecot", &["--version"]),
        version("postconf", &["-d", "mail_version"])
    )
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_page_has_every_part_or_one_of_them() {
        let section = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            section(&words.iter().collect::<Vec<_>>())
        };
        for all in ["", "--letters-postgres 100000"] {
            assert_eq!(section(all).as_deref(), Some("relay"));
        }
        assert_eq!(section("--part idle").as_deref(), Some("relay --part idle"));
        for other in ["--part everything", "--letters-postgres 1000 --seconds 1", "--letters 1000"] {
            assert_eq!(section(other), None, "{other}");
        }
    }
}
