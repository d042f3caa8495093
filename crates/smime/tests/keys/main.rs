//! Foreign suites for certificates, paths and key containers.
//!
//! The vectors are found through `SCEAU_VECTORS`; without it a suite is skipped, loudly.

#[cfg(test)]
mod containers;
#[cfg(test)]
mod lamps;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod limbo;
#[cfg(test)]
mod ocsp;
#[cfg(test)]
mod pkcs12;
#[cfg(test)]
mod pkits;
#[cfg(test)]
mod rfc9216;

#[cfg(test)]
use std::path::PathBuf;

/// The folder of foreign vectors, or a loud notice that `cases` cases were not run.
#[cfg(test)]
fn vectors(cases: usize) -> Option<PathBuf> {
    let found = std::env::var_os("SCEAU_VECTORS").map(PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, {cases} cases not run");
    }
    found
}
