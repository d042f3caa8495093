//! Integrity of what runs (W3C Subresource Integrity): every module and glue under the name of its digest, and the digest in
//! `index.html`.
//!
//! Trunk does it for scripts and styles. What only `fetch` can check, the modules and the worker's glue, is named in `<meta>`
//! elements, and `boot.js` fetches it from there: docs/design/loading.md.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha384};

use crate::trouble::{Trouble, trouble};
use crate::{externref, split};

/// How many characters of a digest go into a file's name.
const NAME_CHARACTERS: usize = 16;
const PAGE_STEM: &str = "sceau-web";
/// What runs in workers, and where: what the first inbox does not need lies apart.
const WORKERS: [(&str, &str); 3] =
    [("sceau-worker", ""), ("sceau-reference", "lazy/"), ("sceau-reading", "lazy/")];
const NEXT: &str = "Trunk should have written it: look at index.html and Trunk.toml.";

/// Mends the modules, renames what Trunk left without a digest, and writes the digests into the page, those of `frames` by
/// their names too, and that of the list of pdf.js's files.
pub(crate) fn seal(dist: &Path, frames: &[(&str, Named)], pdf: Option<&Named>) -> Result<(), Trouble> {
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page).map_err(|error| lost(&page, &error))?;
    let module = the_page_module(dist)?;
    let html = without_preload(&html, &module)?;
    let mut html = with_meta(&html, "sceau-web-wasm", &mended(&module, PAGE_STEM, "")?)?;
    for (stem, folder) in WORKERS {
        let to = dist.join(folder);
        fs::create_dir_all(&to).map_err(|error| lost(&to, &error))?;
        let glue = mended(&dist.join(format!("{stem}.js")), stem, folder)?;
        html = with_meta(&html, &format!("{stem}-js"), &glue)?;
        let module = mended(&dist.join(format!("{stem}_bg.wasm")), stem, folder)?;
        html = with_meta(&html, &format!("{stem}-wasm"), &module)?;
    }
    let secondary = mended(&dist.join(split::SECONDARY), split::STEM, "lazy/")?;
    html = with_meta(&html, split::STEM, &secondary)?;
    for (name, frame) in frames {
        html = with_meta(&html, &format!("sceau-frame-{name}"), frame)?;
    }
    if let Some(list) = pdf {
        html = with_meta(&html, "sceau-pdf", list)?;
    }
    fs::write(&page, html).map_err(|error| lost(&page, &error))
}

/// Takes Trunk's preload of the page's module out: it names the module as it was before it was mended, and Chromium does not
/// check it but complains.
fn without_preload(html: &str, module: &Path) -> Result<String, Trouble> {
    let name = module.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (before, after) = html
        .split_once(&format!("<link rel=\"preload\" href=\"/{name}\""))
        .ok_or_else(|| trouble(format!("index.html does not preload {name}"), NEXT))?;
    let (_, after) =
        after.split_once('>').ok_or_else(|| trouble("a link in index.html does not end", NEXT))?;
    Ok(format!("{before}{after}"))
}

fn with_meta(html: &str, meta: &str, file: &Named) -> Result<String, Trouble> {
    let (head, rest) =
        html.split_once("</head>").ok_or_else(|| trouble("index.html has no </head>", NEXT))?;
    let Named { name, integrity } = file;
    Ok(format!(
        "{head}<meta name=\"{meta}\" content=\"/{name}\" data-integrity=\"{integrity}\"></head>{rest}"
    ))
}

fn the_page_module(dist: &Path) -> Result<PathBuf, Trouble> {
    let entries = fs::read_dir(dist).map_err(|error| lost(dist, &error))?;
    let is_it = |name: &str| name.starts_with(&format!("{PAGE_STEM}-")) && name.ends_with("_bg.wasm");
    entries
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_str().is_some_and(is_it))
        .map(|entry| entry.path())
        .ok_or_else(|| trouble("the page's module is not in dist", NEXT))
}

/// Mends a module in place (glue needs none), gives it the name of its digest and moves it to its folder.
fn mended(path: &Path, stem: &str, folder: &str) -> Result<Named, Trouble> {
    let mut bytes = fs::read(path).map_err(|error| lost(path, &error))?;
    let is_module = path.extension().is_some_and(|extension| extension == "wasm");
    if is_module {
        externref::mend(&mut bytes)?;
        fs::write(path, &bytes).map_err(|error| lost(path, &error))?;
    }
    let ending = if is_module { "_bg.wasm" } else { ".js" };
    let named = Named::of(&bytes, &format!("{folder}{stem}"), ending);
    let to = path.with_file_name("").join(&named.name);
    fs::rename(path, &to).map_err(|error| lost(&to, &error))?;
    Ok(named)
}

/// A file's name and its digest as SRI writes it.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) integrity: String,
}

impl Named {
    /// The name that a file gets by its digest.
    pub(crate) fn of(bytes: &[u8], stem: &str, ending: &str) -> Self {
        let digest = Sha384::digest(bytes);
        let short: String = hex::encode(digest).chars().take(NAME_CHARACTERS).collect();
        Self {
            name: format!("{stem}-{short}{ending}"),
            integrity: format!("sha384-{}", STANDARD.encode(digest)),
        }
    }
}

pub(crate) fn lost(path: &Path, error: &std::io::Error) -> Trouble {
    trouble(format!("{}: {error}", path.display()), NEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's own example: SHA-384 of "abc".
    const ABC: &str = "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";
    const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

    fn dist() -> tempfile::TempDir {
        let dist = tempfile::tempdir().unwrap();
        let html = "<head><link rel=\"preload\" href=\"/sceau-web-old_bg.wasm\" as=\"fetch\"></head>";
        fs::write(dist.path().join("index.html"), html).unwrap();
        fs::write(dist.path().join("sceau-web-old_bg.wasm"), EMPTY_MODULE).unwrap();
        fs::write(dist.path().join("sceau-worker.js"), "abc").unwrap();
        fs::write(dist.path().join("sceau-worker_bg.wasm"), EMPTY_MODULE).unwrap();
        fs::write(dist.path().join(split::SECONDARY), EMPTY_MODULE).unwrap();
        for name in ["sceau-reference", "sceau-reading"] {
            fs::write(dist.path().join(format!("{name}.js")), "abc").unwrap();
            fs::write(dist.path().join(format!("{name}_bg.wasm")), EMPTY_MODULE).unwrap();
        }
        dist
    }

    #[test]
    fn the_page_names_everything_by_its_digest() {
        let dist = dist();
        seal(dist.path(), &[], None).unwrap();

        let html = fs::read_to_string(dist.path().join("index.html")).unwrap();
        assert!(html.starts_with("<head><meta name=\"sceau-web-wasm\" content=\"/sceau-web-"), "{html}");
        let worker = format!("content=\"/sceau-worker-cb00753f45a35e8b.js\" data-integrity=\"{ABC}\"");
        assert!(html.contains(&worker), "{html}");
        assert!(!html.contains("sceau-web-old"), "{html}");
        assert!(dist.path().join("sceau-worker-cb00753f45a35e8b.js").is_file());
        assert!(!dist.path().join("sceau-worker_bg.wasm").exists());
        let reference =
            format!("content=\"/lazy/sceau-reference-cb00753f45a35e8b.js\" data-integrity=\"{ABC}\"");
        assert!(html.contains(&reference), "{html}");
        assert!(dist.path().join("lazy/sceau-reference-cb00753f45a35e8b.js").is_file());
    }

    #[test]
    fn a_page_without_its_worker_is_refused() {
        let dist = dist();
        fs::remove_file(dist.path().join("sceau-worker.js")).unwrap();
        assert!(seal(dist.path(), &[], None).is_err());
    }

    #[test]
    fn a_module_the_page_does_not_name_is_refused() {
        let dist = dist();
        fs::write(dist.path().join("index.html"), "<head></head>").unwrap();
        assert!(seal(dist.path(), &[], None).is_err());
    }
}
