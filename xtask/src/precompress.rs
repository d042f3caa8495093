//! Brotli at its best beside every file worth it: the relay serves these as they are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::run::program;
use crate::trouble::{Trouble, trouble};

const WORTH_IT: &[&str] = &["html", "js", "css", "wasm", "svg", "json", "txt", "webmanifest", "ttf"];

/// Compresses everything below a folder.
pub(crate) fn all(place: &Place, folder: &Path) -> Result<(), Trouble> {
    let files: Vec<PathBuf> = files_below(folder)?.into_iter().filter(|path| is_worth_it(path)).collect();
    program(place, "brotli")
        .args(&["--quality=11", "--keep", "--force", "--"])
        .args(&files)
        .run("The page could not be compressed: see above.")
}

fn is_worth_it(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| WORTH_IT.contains(&e))
}

/// All files below a folder, in a stable order.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let unreadable =
        |error| trouble(format!("{} could not be read: {error}", folder.display()), "Run ./x build.");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        match path.is_dir() {
            true => found.extend(files_below(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}
