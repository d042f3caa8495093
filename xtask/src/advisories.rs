//! Known vulnerabilities in our dependencies, from a snapshot of the public advisory database or over the network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::progress::Outcome;
use crate::run::{cargo, program};
use crate::trouble::{Trouble, trouble};

/// The folder name that cargo-deny derives from the database's address.
const FOLDER: &str = "advisory-db-3157b0e258782691";
const NEXT: &str =
    "Look at the advisory above: update the dependency, or say in deny.toml why it does not touch us.";

/// Checks against the snapshot that `SCEAU_ADVISORY_DB` names (a .tar.gz), else over the network, else says it did not.
pub(crate) fn check(place: &Place) -> Result<Outcome, Trouble> {
    let databases = place.cache("advisory-dbs");
    if let Some(snapshot) = std::env::var_os("SCEAU_ADVISORY_DB") {
        unpack(place, Path::new(&snapshot), &databases.join(FOLDER))?;
        deny(place, &databases, &["--offline"]).run(NEXT)?;
        return Ok(Outcome::Done);
    }
    if fetch(place, &databases).is_err() {
        let why = "advisories were not checked: no network, and SCEAU_ADVISORY_DB names no snapshot";
        return Ok(Outcome::Skipped(why.into()));
    }
    deny(place, &databases, &["--offline"]).run(NEXT)?;
    Ok(Outcome::Done)
}

fn deny(place: &Place, databases: &Path, options: &[&str]) -> crate::run::Program {
    cargo(place, &["deny"])
        .args(options)
        .args(&["check", "--hide-inclusion-graph", "advisories"])
        .env("SCEAU_ADVISORY_DBS", databases)
}

fn fetch(place: &Place, databases: &Path) -> Result<(), Trouble> {
    cargo(place, &["deny", "fetch", "db"])
        .env("SCEAU_ADVISORY_DBS", databases)
        .env("GIT_TERMINAL_PROMPT", "0")
        .read("")
        .map(|_| ())
}

/// cargo-deny reads the database's age from its git history, so the snapshot becomes a repository of one commit.
fn unpack(place: &Place, snapshot: &Path, into: &PathBuf) -> Result<(), Trouble> {
    let next = "Is SCEAU_ADVISORY_DB the path of an advisory-db.tar.gz?";
    if into.exists() {
        fs::remove_dir_all(into).map_err(|error| trouble(format!("{}: {error}", into.display()), next))?;
    }
    fs::create_dir_all(into).map_err(|error| trouble(format!("{}: {error}", into.display()), next))?;
    program(place, "tar").args(&["xzf".as_ref(), snapshot.as_os_str()]).within(into).run(next)?;
    program(place, "sh").args(&["-ec", COMMIT]).within(into).run(next)
}

/// Dated as the snapshot itself is, so that an old one is not taken for a fresh one.
const COMMIT: &str = "\
day=$(date -u -r README.md +%Y-%m-%dT%H:%M:%SZ)
export GIT_COMMITTER_DATE=\"$day\" GIT_AUTHOR_DATE=\"$day\"
git init -q .
git add -A
git -c user.name=snapshot -c user.email=snapshot@localhost -c commit.gpgsign=false commit -q -m snapshot
touch -r README.md .git/HEAD";
