//! Packages of Python, each folder's in an environment of its own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::run::program;
use crate::trouble::{Trouble, trouble};

/// Installs what a folder's requirements.txt names, by their digests, unless exactly that is already there. Gives the interpreter that
/// has them; it lies in the cache, as `name`.
pub(crate) fn packages(place: &Place, folder: &Path, name: &str) -> Result<PathBuf, Trouble> {
    let list = folder.join("requirements.txt");
    let environment = place.cache(name);
    let interpreter = environment.join("bin").join("python");
    let stamp = environment.join("installed-requirements.txt");
    let wanted = fs::read(&list).map_err(|error| {
        trouble(format!("{} could not be read: {error}", list.display()), "Restore it from git.")
    })?;
    // It is a link to the system's own, which may have gone since.
    if interpreter.exists() && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    program(place, "python3")
        .args(&["-m", "venv", "--clear"])
        .args(&[&environment])
        .run("Python could not make an environment: see above. Debian has what it needs in python3-venv.")?;
    program(place, &interpreter)
        .args(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"])
        .args(&[&list])
        .run("The packages of a folder with requirements.txt could not be installed: see above; their index must be reachable once.")?;
    fs::write(&stamp, wanted).map_err(|error| {
        trouble(format!("{} could not be written: {error}", stamp.display()), "Is the disk full?")
    })?;
    Ok(interpreter)
}
