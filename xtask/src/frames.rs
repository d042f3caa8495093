//! Frame pages (docs/design/reading.md): what a letter brings is shown in documents of opaque origin, each with one script of ours
//! and a policy that lets nothing else run and nothing be fetched.
//!
//! A frame is one file with its script and its style inside. Its policy names the script by its digest; it lies beside the file
//! as `.policy` for whoever serves it, and again in the file, for whoever forgets to.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::integrity::{Named, lost};
use crate::place::Place;
use crate::trouble::{Trouble, trouble};

/// A frame, by its name in `web/frames/`.
struct Frame {
    name: &'static str,
    /// What its document may do at all (HTML §4.8.5): never its own origin.
    sandbox: &'static str,
    /// Its policy besides the script.
    policy: &'static str,
}

const FRAMES: [Frame; 1] = [Frame {
    name: "letter",
    // It prints itself: a frame printed from outside is cut at its edge.
    sandbox: "allow-scripts allow-modals",
    policy: "style-src 'unsafe-inline'; img-src data:",
}];

/// Writes every frame under the name of its digest, and its policy beside it.
pub(crate) fn write(place: &Place) -> Result<Vec<(&'static str, Named)>, Trouble> {
    FRAMES.iter().map(|frame| Ok((frame.name, write_one(place, frame)?))).collect()
}

fn write_one(place: &Place, frame: &Frame) -> Result<Named, Trouble> {
    let source = |ending: &str| {
        let path = place.at(&format!("web/frames/{}.{ending}", frame.name));
        fs::read_to_string(&path).map_err(|error| lost(&path, &error))
    };
    let (page, script, style) = (source("html")?, source("js")?, source("css")?);
    let rules = rules(frame, &script);
    let page = filled(&page, &rules, &style, &script)?;
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
fn rules(frame: &Frame, script: &str) -> String {
    let digest = STANDARD.encode(Sha256::digest(script.as_bytes()));
    let policy = frame.policy;
    format!("default-src 'none'; script-src 'sha256-{digest}'; {policy}; base-uri 'none'; form-action 'none'")
}

/// Puts policy, style and script into their places.
fn filled(page: &str, rules: &str, style: &str, script: &str) -> Result<String, Trouble> {
    let mut page = page.to_owned();
    for (mark, text) in [("{policy}", rules), ("{style}", style), ("{script}", script)] {
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
        let rules = rules(&FRAMES[0], "abc");
        // FIPS 180-4's own example, in base64.
        assert!(
            rules.contains("script-src 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';"),
            "{rules}"
        );
        assert!(rules.starts_with("default-src 'none';"), "{rules}");
        let page = filled(
            "<meta content=\"{policy}\"><style>{style}</style><script>{script}</script>",
            "p",
            "s",
            "abc",
        );
        assert_eq!(page.unwrap(), "<meta content=\"p\"><style>s</style><script>abc</script>");
        assert!(filled("{policy}{style}", "", "", "").is_err());
    }

    #[test]
    fn no_frame_shares_the_origin_of_the_page() {
        for frame in FRAMES {
            assert!(!frame.sandbox.contains("allow-same-origin"), "{}", frame.name);
            assert!(!frame.policy.contains("'self'") && !frame.policy.contains("http"), "{}", frame.name);
        }
    }
}
