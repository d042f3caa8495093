//! Integrity of what runs (W3C Subresource Integrity): Trunk writes it for the page, this for the page's worker.
//!
//! A `Worker` takes no integrity of its own, and Chromium ignores it on `preload as=fetch`. So the worker's two files get a
//! name that holds their digest, and `index.html` names them with it; `boot.js` fetches both with that integrity.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha384};

use crate::trouble::{Trouble, trouble};

/// The worker's files as Trunk leaves them, and the names of the `<meta>` elements that point at them.
const WORKER: &[(&str, &str, &str)] =
    &[("sceau-worker", "js", "sceau-worker-js"), ("sceau-worker_bg", "wasm", "sceau-worker-wasm")];
/// How many characters of a digest go into a file's name.
const NAME_CHARACTERS: usize = 16;

/// Renames the worker's files after their digests and writes the digests into the page.
pub(crate) fn seal(dist: &Path) -> Result<(), Trouble> {
    let page = dist.join("index.html");
    let mut html = read_text(&page)?;
    for (stem, extension, meta) in WORKER {
        let file = Sealed::rename(dist, stem, extension)?;
        html = with_meta(&html, &file.meta(meta))?;
    }
    fs::write(&page, html).map_err(|error| lost(&page, &error))
}

/// A file under the name of its digest.
struct Sealed {
    name: String,
    integrity: String,
}

impl Sealed {
    fn rename(dist: &Path, stem: &str, extension: &str) -> Result<Self, Trouble> {
        let from = dist.join(format!("{stem}.{extension}"));
        let bytes = fs::read(&from).map_err(|error| lost(&from, &error))?;
        let digest = Sha384::digest(&bytes);
        let short: String = hex::encode(digest).chars().take(NAME_CHARACTERS).collect();
        let name = format!("{stem}-{short}.{extension}");
        let to = dist.join(&name);
        fs::rename(&from, &to).map_err(|error| lost(&to, &error))?;
        Ok(Self { name, integrity: format!("sha384-{}", base64(&digest)) })
    }

    fn meta(&self, name: &str) -> String {
        format!("<meta name=\"{name}\" content=\"/{}\" data-integrity=\"{}\">", self.name, self.integrity)
    }
}

fn with_meta(html: &str, meta: &str) -> Result<String, Trouble> {
    let (head, rest) = html
        .split_once("</head>")
        .ok_or_else(|| trouble("index.html has no </head>", "Look at index.html."))?;
    Ok(format!("{head}{meta}</head>{rest}"))
}

fn read_text(path: &PathBuf) -> Result<String, Trouble> {
    fs::read_to_string(path).map_err(|error| lost(path, &error))
}

fn lost(path: &Path, error: &std::io::Error) -> Trouble {
    trouble(
        format!("{}: {error}", path.display()),
        "Trunk should have written it: look at index.html and Trunk.toml.",
    )
}

/// RFC 4648 section 4; the alphabet that SRI wants.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_the_worker_by_its_digest() {
        let dist = tempfile::tempdir().unwrap();
        fs::write(dist.path().join("index.html"), "<html><head></head></html>").unwrap();
        fs::write(dist.path().join("sceau-worker.js"), "x").unwrap();
        fs::write(dist.path().join("sceau-worker_bg.wasm"), "abc").unwrap();

        seal(dist.path()).unwrap();

        let html = fs::read_to_string(dist.path().join("index.html")).unwrap();
        // FIPS 180-4's own example for SHA-384 of "abc".
        assert!(html.contains("content=\"/sceau-worker_bg-cb00753f45a35e8b.wasm\""), "{html}");
        assert!(
            html.contains("sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn"),
            "{html}"
        );
        assert!(dist.path().join("sceau-worker_bg-cb00753f45a35e8b.wasm").is_file());
        assert!(!dist.path().join("sceau-worker_bg.wasm").exists());
    }

    #[test]
    fn a_page_without_its_worker_is_refused() {
        let dist = tempfile::tempdir().unwrap();
        fs::write(dist.path().join("index.html"), "<html><head></head></html>").unwrap();
        assert!(seal(dist.path()).is_err());
    }
}
