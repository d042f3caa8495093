//! The walls of the design: what the relay and the page may link. A program cannot do what it cannot name.

#![expect(clippy::unwrap_used, reason = "in a test, a panic with its reason is the report")]
use std::process::Command;

/// What the relay's tree may hold of ours.
const RELAY_MAY_HOLD: &[&str] = &["sceau-relay", "sceau-api"];
/// Private-key and bulk-cipher code of CMS that a relay without keys has no use for.
const RELAY_MUST_NOT_HOLD: &[&str] = &["rsa", "cbc"];
/// What the page's tree may hold of ours.
const PAGE_MAY_HOLD: &[&str] = &["sceau-web", "sceau-api", "sceau-protocol"];
const PAGE_MUST_NOT_HOLD: &[&str] = &["rsa", "cms", "mail-parser", "opaque-ke"];
/// What reads hostile files may hold of ours: no key and no way to the relay.
const READER_MAY_HOLD: &[&str] =
    &["sceau-reading", "sceau-protocol", "sceau-sanitize", "sceau-tnef", "sceau-archive"];
const READER_MUST_NOT_HOLD: &[&str] = &["rsa", "cms", "aes", "opaque-ke"];

#[test]
fn the_relay_has_no_code_that_could_open_a_letter() {
    let tree = tree_of("sceau-relay", &[]);
    assert_eq!(breaches(&tree, RELAY_MAY_HOLD, RELAY_MUST_NOT_HOLD), Vec::<String>::new());
}

#[test]
fn the_page_links_only_the_wire_types() {
    let tree = tree_of("sceau-web", &["--target", "wasm32-unknown-unknown"]);
    assert_eq!(breaches(&tree, PAGE_MAY_HOLD, PAGE_MUST_NOT_HOLD), Vec::<String>::new());
}

#[test]
fn what_reads_hostile_files_has_no_key() {
    let tree = tree_of("sceau-reading", &["--target", "wasm32-unknown-unknown"]);
    assert_eq!(breaches(&tree, READER_MAY_HOLD, READER_MUST_NOT_HOLD), Vec::<String>::new());
}

#[test]
fn a_planted_edge_is_found() {
    let planted = "sceau-relay v0.1.0 (/sceau/crates/relay)\n\
                   axum v0.8.4\n\
                   sceau-api v0.1.0 (/sceau/crates/api)\n\
                   sceau-smime v0.1.0 (/sceau/crates/smime)\n\
                   rsa v0.10.0-rc.20\n\
                   rsa v0.10.0-rc.20 (*)\n";
    assert_eq!(breaches(planted, RELAY_MAY_HOLD, RELAY_MUST_NOT_HOLD), ["rsa", "sceau-smime"]);
}

/// The same over a real tree: the command-line program holds what the relay must not.
#[test]
fn a_real_tree_with_keys_is_found() {
    let tree = tree_of("sceau-cli", &[]);
    let found = breaches(&tree, RELAY_MAY_HOLD, RELAY_MUST_NOT_HOLD);
    assert!(found.contains(&"sceau-smime".to_owned()), "{found:?}");
    assert!(found.contains(&"rsa".to_owned()), "{found:?}");
}

/// Packages of a tree that must not be there, each once, in order of their names.
fn breaches(tree: &str, ours_allowed: &[&str], never: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| {
            let ours = name.starts_with("sceau-") || *name == "xtask";
            never.contains(name) || (ours && !ours_allowed.contains(name))
        })
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

/// `cargo tree` over normal edges, one package a line.
fn tree_of(package: &str, options: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "-p", package, "-e", "normal", "--prefix", "none"])
        .args(options)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.starts_with(package), "{tree}");
    tree
}
