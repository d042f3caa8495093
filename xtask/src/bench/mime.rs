//! `./x bench mime`: plain mail read, and HTML made fit to be shown, in Chromium and in Node.

use super::beside::{Beside, For, folder, module};
use super::goals::{Goal, at_least};
use super::tables::Table;
use crate::package;
use crate::place::Place;
use crate::progress::Outcome;
use crate::trouble::Trouble;

const NAME: &str = "mime";
const OURS: &str = "ours";
const SHIPPED: &str = "ours as shipped";
const POSTAL: &str = "postal-mime";
const MAILPARSER: &str = "mailparser";
const DOMPURIFY: &str = "DOMPurify";

pub(super) const MIME: Beside = Beside {
    name: NAME,
    tables: TABLES,
    goals: GOALS,
    ours: "the npm package's complete module, and the sanitizer in a module of its own, both built for speed (opt-level 3); as shipped: the same built for size",
    modules,
};

const TABLES: &[Table] = &[
    Table { name: "worker", title: "In a worker of Chromium", contenders: &[OURS, SHIPPED, POSTAL] },
    Table { name: "node", title: "In Node", contenders: &[OURS, SHIPPED, MAILPARSER] },
    Table { name: "page", title: "In a page of Chromium", contenders: &[OURS, SHIPPED, DOMPURIFY] },
];

const GOALS: &[Goal] = &[
    at_least(["worker", "read 10 MB"], POSTAL, OURS, 20.0),
    at_least(["node", "read 10 MB"], MAILPARSER, OURS, 8.0),
    at_least(["worker", "read 1,000 letters"], POSTAL, OURS, 40.0),
    at_least(["node", "read 1,000 letters"], MAILPARSER, OURS, 40.0),
    at_least(["page", "sanitise 117 KB"], DOMPURIFY, OURS, 4.0),
];

fn modules(place: &Place) -> Result<Outcome, Trouble> {
    module(place, (NAME, "complete"), ("sceau-wasm", &[]), For::Speed)?;
    let [glue, wasm] = package::complete(place)?;
    package::copy(&glue, &folder(place, NAME).join("shipped.js"))?;
    package::copy(&wasm, &folder(place, NAME).join("shipped_bg.wasm"))?;
    module(place, (NAME, "sanitize"), ("sceau-bench-sanitize", &[]), For::Speed)?;
    module(place, (NAME, "sanitize-shipped"), ("sceau-bench-sanitize", &[]), For::Size)?;
    Ok(Outcome::Done)
}
