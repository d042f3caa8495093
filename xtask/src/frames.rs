//! Frame pages (docs/design/reading.md): what a letter brings is shown in documents of opaque origin, each with a script of ours
//! and a policy that lets nothing else run and nothing be fetched.
//!
//! A frame is one file with its script and its style inside. Its policy names the script by its digest; it lies beside the file
//! as `.policy` for whoever serves it, and again in the file, for whoever forgets to.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::integrity::{Named, lost};
use crate::pdf;
use crate::place::Place;
use crate::trouble::{Trouble, trouble};

/// A frame, by its name in `web/frames/`.
struct Frame {
    name: &'static str,
    /// What its document may do at all (HTML §4.8.5): never its own origin.
    sandbox: &'static str,
    /// Its policy besides the scripts.
    policy: &'static str,
    /// Its script's files, put together to one.
    scripts: &'static [&'static str],
    /// A script of others before it, empty where it is not installed.
    library: Option<&'static str>,
    /// What else may run, as the policy says it.
    runs: &'static str,
}

const FRAMES: [Frame; 2] = [
    Frame {
        name: "letter",
        // It prints itself: a frame printed from outside is cut at its edge.
        sandbox: "allow-scripts allow-modals",
        policy: "style-src 'unsafe-inline'; img-src data:",
        scripts: &["letter.js"],
        library: None,
        runs: "",
    },
    Frame {
        name: "preview",
        sandbox: "allow-scripts",
        // pdf.js reads in a worker that is made of octets the page checked, and decodes some images by WebAssembly.
        policy: "style-src 'unsafe-inline'; img-src blob:; worker-src blob:",
        scripts: &["preview_image.js", "preview_pdf.js", "preview.js"],
        library: Some(pdf::LIBRARY),
        runs: " 'wasm-unsafe-eval'",
    },
];

/// Writes every frame under the name of its digest, and its policy beside it.
pub(crate) fn write(place: &Place) -> Result<Vec<(&'static str, Named)>, Trouble> {
    FRAMES.iter().map(|frame| Ok((frame.name, write_one(place, frame)?))).collect()
}

fn write_one(place: &Place, frame: &Frame) -> Result<Named, Trouble> {
    let source = |name: &str| {
        let path = place.at(&format!("web/frames/{name}"));
        fs::read_to_string(&path).map_err(|error| lost(&path, &error))
    };
    let (page, style) = (source(&format!("{}.html", frame.name))?, source(&format!("{}.css", frame.name))?);
    let script = frame.scripts.iter().map(|name| source(name)).collect::<Result<Vec<_>, _>>()?.join("\n");
    let library = frame.library.map(|path| fs::read_to_string(place.at(path)).unwrap_or_default());
    let rules = rules(frame, &script, library.as_deref());
    // What is another's comes last: a mark in it is none.
    let marks = [("{policy}", &rules), ("{style}", &style), ("{script}", &script)];
    let library = library.as_ref().map(|library| ("{library}", library));
    let page = filled(&page, marks.into_iter().chain(library))?;
    let named = Named::of(page.as_bytes(), &format!("lazy/frames/{}", frame.name), ".html");
    let to = place.dist().join(&named.name);
    let folder = to.with_file_name("");
    fs::create_dir_all(&folder).map_err(|error| lost(&folder, &error))?;
    fs::write(&to, page).map_err(|error| lost(&to, &error))?;
    let policy = to.with_extension("html.policy");
    let whole = format!("sandbox {}; frame-ancestors 'self'; {rules}", frame.sandbox);
    fs::write(&policy, whole).map_err(|error| lost(&policy, &error))?;
    Ok(named)
}

/// What a document can say of itself, and the header repeats.
fn rules(frame: &Frame, script: &str, library: Option<&str>) -> String {
    let digest = |script: &str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())));
    let digests: String = std::iter::once(script).chain(library).map(digest).collect();
    let Frame { policy, runs, .. } = frame;
    format!("default-src 'none'; script-src{digests}{runs}; {policy}; base-uri 'none'; form-action 'none'")
}

/// Puts policy, style and scripts into their places.
fn filled<'t>(page: &str, marks: impl IntoIterator<Item = (&'t str, &'t String)>) -> Result<String, Trouble> {
    let mut page = page.to_owned();
    for (mark, text) in marks {
        let (before, after) = page
            .split_once(mark)
            .ok_or_else(|| trouble(format!("a frame has no {mark}"), "Look at web/frames."))?;
        page = format!("{before}{text}{after}");
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_names_its_own_script_and_nothing_else() {
        let rules = rules(&FRAMES[0], "abc", None);
        // FIPS 180-4's own example, in base64.
        assert!(
            rules.contains("script-src 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';"),
            "{rules}"
        );
        assert!(rules.starts_with("default-src 'none';"), "{rules}");
        let [p, script] = ["p", "abc"].map(str::to_owned);
        let page = "<meta content=\"{policy}\"><script>{script}</script>";
        let page = filled(page, [("{policy}", &p), ("{script}", &script)]);
        assert_eq!(page.unwrap(), "<meta content=\"p\"><script>abc</script>");
        assert!(filled("{policy}", [("{script}", &script)]).is_err());
    }

    #[test]
    fn what_is_anothers_is_named_by_its_digest_too() {
        let rules = rules(&FRAMES[1], "x", Some("abc"));
        assert!(rules.contains(" 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' 'wasm-unsafe-eval';"));
        assert_eq!(rules.matches("sha256-").count(), 2, "{rules}");
    }

    #[test]
    fn no_frame_shares_the_origin_of_the_page() {
        for frame in FRAMES {
            assert!(!frame.sandbox.contains("allow-same-origin"), "{}", frame.name);
            let rules = rules(&frame, "", None);
            assert!(!rules.contains("'self'") && !rules.contains("http"), "{rules}");
            assert!(!rules.contains("connect-src") && !rules.contains("'unsafe-eval'"), "{rules}");
        }
    }
}
