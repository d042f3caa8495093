//! Node, which only the tests in a browser need.

use std::fs;
use std::path::Path;

use crate::place::Place;
use crate::run::{is_there, program};
use crate::trouble::{Trouble, trouble};

/// Its own test runner and `import` of everything we use are there from this one on.
const OLDEST: u32 = 20;
const NEXT: &str = "Only the browser tests need it. Debian 12's own is too old: install Node 20 or newer from nodejs.org \
                    or your distribution, so that `node` and `npm` are on PATH, then run this again.";

/// Node and npm are there, and new enough.
pub(crate) fn is_new_enough(place: &Place) -> Result<(), Trouble> {
    if !is_there(place, "node") || !is_there(place, "npm") {
        return Err(trouble(format!("Node {OLDEST} or newer is missing"), NEXT));
    }
    let said = program(place, "node").args(&["--version"]).read(NEXT)?;
    match major(&said) {
        Some(found) if found >= OLDEST => Ok(()),
        _ => Err(trouble(format!("Node is {}, {OLDEST} or newer is needed", said.trim()), NEXT)),
    }
}

/// Installs what package-lock.json names, unless exactly that is already there.
pub(crate) fn packages(place: &Place) -> Result<(), Trouble> {
    packages_in(place, &place.browser_tests())
}

/// The same for another folder with a package-lock.json.
pub(crate) fn packages_in(place: &Place, folder: &Path) -> Result<(), Trouble> {
    let lock = folder.join("package-lock.json");
    let stamp = folder.join("node_modules").join(".installed-lock.json");
    let wanted = fs::read(&lock).map_err(|error| {
        trouble(format!("{} could not be read: {error}", lock.display()), "Restore it from git.")
    })?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    program(place, "npm")
        .args(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .within(folder)
        .run("The packages of a package-lock.json could not be installed: see above; the npm registry must be reachable once.")?;
    fs::write(&stamp, wanted).map_err(|error| {
        trouble(format!("{} could not be written: {error}", stamp.display()), "Is the disk full?")
    })
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("nonsense"), None);
    }
}
