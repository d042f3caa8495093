//! What pdf.js needs besides its script in the frame (docs/design/preview.md): its worker, character maps, fonts, decoders. The
//! frame has no network; the page fetches these files for it, each checked by its digest, and none that is not listed here.

use std::fs;
use std::path::{Path, PathBuf};

use crate::integrity::{Named, lost};
use crate::place::Place;
use crate::precompress::files_below;
use crate::trouble::{Trouble, trouble};

/// The script in the frame, as it is published; the build for older browsers.
pub(crate) const LIBRARY: &str = "web/frames/node_modules/pdfjs-dist/legacy/build/pdf.min.mjs";

const PUBLISHED: &str = "web/frames/node_modules/pdfjs-dist";
/// Its worker there, and what the frame calls it.
const WORKER: (&str, &str) = ("legacy/build/pdf.worker.min.mjs", "pdf.worker.js");
/// How that ends, and what only a module can say.
const EXPORT: &str = "export{WorkerMessageHandler};";
const OWN_PLACE: &str = "import.meta.url";
/// The licence wants a change to be told.
const TOLD: &str = "/* Changed for Sceau: a classic script instead of a module. */\n";
const NEXT: &str = "Look at what pdf.js publishes and at xtask/src/pdf.rs.";
/// Folders that are taken whole.
const FOLDERS: [&str; 2] = ["cmaps", "standard_fonts"];
/// Decoders of JPEG 2000 and JBIG2. Of the others one runs scripts, which nothing here does, and one is fetched in a way that a
/// frame without network cannot.
const DECODERS: [&str; 2] = ["wasm/openjpeg.wasm", "wasm/jbig2.wasm"];
/// What their licences ask to go with them.
const LICENCES: [&str; 4] =
    ["LICENSE", "wasm/LICENSE_OPENJPEG", "wasm/LICENSE_JBIG2", "wasm/LICENSE_PDFJS_OPENJPEG"];

/// Writes the files below `dist/lazy/pdf/` and their list, which it names; nothing when pdf.js is not installed.
pub(crate) fn write(place: &Place) -> Result<Option<Named>, Trouble> {
    let published = place.at(PUBLISHED);
    if !published.is_dir() {
        return Ok(None);
    }
    let mut list = Vec::new();
    for (name, path) in wanted(&published)? {
        let mut bytes = fs::read(&path).map_err(|error| lost(&path, &error))?;
        if name == WORKER.1 {
            bytes = classic(&String::from_utf8_lossy(&bytes))?.into_bytes();
        }
        list.push(listed(&name, &put(place, &name, &bytes)?));
    }
    let list = format!("{{{}}}\n", list.join(","));
    put(place, "files.json", list.as_bytes()).map(Some)
}

/// The worker as a classic script: Chromium starts no module of a blob where the origin is opaque.
fn classic(module: &str) -> Result<String, Trouble> {
    let body = module
        .trim_end()
        .strip_suffix(EXPORT)
        .ok_or_else(|| trouble("the worker of pdf.js does not end as it did", NEXT))?;
    Ok(format!("{TOLD}(() => {{ 'use strict';\n{}\n}})();\n", body.replace(OWN_PLACE, "''")))
}

/// A file in the list, as JSON; names and digests are of letters that need no escape.
fn listed(name: &str, file: &Named) -> String {
    format!("\"{name}\":[\"/{}\",\"{}\"]", file.name, file.integrity)
}

/// What is served, by the names that pdf.js knows.
fn wanted(published: &Path) -> Result<Vec<(String, PathBuf)>, Trouble> {
    let mut wanted = vec![(WORKER.1.to_owned(), published.join(WORKER.0))];
    wanted.extend(DECODERS.iter().chain(&LICENCES).map(|name| ((*name).to_owned(), published.join(name))));
    for folder in FOLDERS {
        for path in files_below(&published.join(folder))? {
            let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
            wanted.push((format!("{folder}/{file}"), path));
        }
    }
    Ok(wanted)
}

/// Writes a file under the name of its digest.
fn put(place: &Place, name: &str, bytes: &[u8]) -> Result<Named, Trouble> {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) => (stem, format!(".{ending}")),
        None => (name, String::new()),
    };
    let named = Named::of(bytes, &format!("lazy/pdf/{stem}"), &ending);
    let to = place.dist().join(&named.name);
    let folder = to.with_file_name("");
    fs::create_dir_all(&folder).map_err(|error| lost(&folder, &error))?;
    fs::write(&to, bytes).map_err(|error| lost(&to, &error))?;
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_becomes_a_classic_script() {
        let script = classic("let a=import.meta.url;export{WorkerMessageHandler};\n").unwrap();
        assert!(script.ends_with("(() => { 'use strict';\nlet a='';\n})();\n"), "{script}");
        assert!(classic("let a=1;").is_err());
    }
}
