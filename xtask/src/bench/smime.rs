//! `./x bench smime`: letters sealed and opened in Chromium's worker.

use super::beside::{Beside, For, folder, module};
use super::goals::{Goal, at_least, at_most};
use super::tables::Table;
use crate::package;
use crate::place::Place;
use crate::progress::Outcome;
use crate::trouble::Trouble;

const NAME: &str = "smime";
const CBC: &str = "cbc";
const OURS: &str = "ours, WebCrypto";
const RUST: &str = "ours, pure Rust";
const PKIJS: &str = "PKI.js";
const FORGE: &str = "node-forge";
const BOUND: &str = "WebCrypto alone";

pub(super) const SMIME: Beside = Beside {
    name: NAME,
    tables: TABLES,
    goals: GOALS,
    ours: "the npm package's core, with pure Rust its complete module, both built for speed (opt-level 3); as shipped: that core built for size",
    modules,
};

const TABLES: &[Table] = &[
    Table {
        name: CBC,
        title: "Letters as all of them write and read: signed beside, AES-256-CBC, RSA-2048",
        contenders: &[OURS, "ours as shipped, WebCrypto", RUST, PKIJS, FORGE, BOUND],
    },
    Table {
        name: "gcm",
        title: "Our default profile: signed inside, AES-256-GCM, RSAES-OAEP, RSA-2048",
        contenders: &[OURS, RUST, "OpenPGP.js", BOUND],
    },
];

const GOALS: &[Goal] = &[
    at_least([CBC, "open 20 KB"], PKIJS, OURS, 10.0),
    at_most([CBC, "open 20 KB"], OURS, BOUND, 1.4),
    at_least([CBC, "open 20 MB"], PKIJS, OURS, 7.0),
    at_least([CBC, "open 20 MB"], FORGE, OURS, 18.0),
    at_least([CBC, "seal 20 MB to 5"], PKIJS, OURS, 5.0),
    at_least([CBC, "seal 20 KB to 5"], PKIJS, OURS, 1.5),
    at_least([CBC, "mailbox of 1,000"], PKIJS, OURS, 7.0),
    at_least([CBC, "open 20 KB"], PKIJS, RUST, 1.5),
    at_least([CBC, "open 20 MB"], PKIJS, RUST, 3.0),
];

/// The package's core, and the complete module for the backend that only that one has, in the profile for speed; and the core
/// as it is shipped, in the profile for size.
fn modules(place: &Place) -> Result<Outcome, Trouble> {
    module(place, (NAME, "core"), ("sceau-wasm", package::CORE_FEATURES), For::Speed)?;
    module(place, (NAME, "complete"), ("sceau-wasm", &[]), For::Speed)?;
    let [glue, wasm] = package::core(place)?;
    package::copy(&glue, &folder(place, NAME).join("shipped.js"))?;
    package::copy(&wasm, &folder(place, NAME).join("shipped_bg.wasm"))?;
    Ok(Outcome::Done)
}
