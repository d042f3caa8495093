//! The goals the measurements are held against. Nothing fails when one is missed: a busy machine would decide.

use std::fmt::Write as _;

use super::tables::{Figures, OURS};

const RUST: &str = "ours, pure Rust";
const PKIJS: &str = "PKI.js";
const FORGE: &str = "node-forge";
const BOUND: &str = "WebCrypto alone";

/// A ratio of two medians of one job, and where it shall be.
struct Goal {
    job: &'static str,
    slower: &'static str,
    faster: &'static str,
    wanted: Wanted,
}

#[derive(Clone, Copy)]
enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

const fn at_least(job: &'static str, slower: &'static str, faster: &'static str, ratio: f64) -> Goal {
    Goal { job, slower, faster, wanted: Wanted::AtLeast(ratio) }
}

const GOALS: &[Goal] = &[
    at_least("open 20 KB", PKIJS, OURS, 10.0),
    Goal { job: "open 20 KB", slower: OURS, faster: BOUND, wanted: Wanted::AtMost(1.4) },
    at_least("open 20 MB", PKIJS, OURS, 7.0),
    at_least("open 20 MB", FORGE, OURS, 18.0),
    at_least("seal 20 MB to 5", PKIJS, OURS, 5.0),
    at_least("seal 20 KB to 5", PKIJS, OURS, 1.5),
    at_least("mailbox of 1,000", PKIJS, OURS, 7.0),
    at_least("open 20 KB", PKIJS, RUST, 1.5),
    at_least("open 20 MB", PKIJS, RUST, 3.0),
];

/// Each goal whose job was measured, with what was measured, in Markdown.
pub(super) fn judged(figures: &Figures) -> String {
    let mut lines = String::new();
    for goal in GOALS {
        let of = |contender| figures.median("cbc", goal.job, contender);
        let (Some(slower), Some(faster)) = (of(goal.slower), of(goal.faster)) else { continue };
        let ratio = slower / faster;
        let (wanted, reached) = match goal.wanted {
            Wanted::AtLeast(least) => (format!("at least {least}×"), ratio >= least),
            Wanted::AtMost(most) => (format!("at most {most}×"), ratio <= most),
        };
        let verdict = if reached { "reached" } else { "not reached" };
        let (job, slower, faster) = (goal.job, goal.slower, goal.faster);
        let _ = writeln!(lines, "| {job} | {slower} / {faster} | {wanted} | {ratio:.2}× | {verdict} |");
    }
    if lines.is_empty() {
        return lines;
    }
    format!("\n## Goals\n\n| job | times of | goal | measured | |\n|---|---|---|---:|---|\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_judged_by_medians() {
        let said = "cbc\topen 20 KB\tours, WebCrypto\t1\t1\t9\ncbc\topen 20 KB\tPKI.js\t10\t1\t90\n\
                    cbc\topen 20 KB\tWebCrypto alone\t0.5\t0.5\t0.5\n";
        let judged = judged(&Figures::read(said).unwrap());
        assert!(judged.contains("| at least 10× | 10.00× | reached |"), "{judged}");
        assert!(judged.contains("| at most 1.4× | 2.00× | not reached |"), "{judged}");
        assert_eq!(judged.matches("reached |").count(), 2);
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        let figures = Figures::read("gcm\topen 20 KB\tours, WebCrypto\t1\t1\t1\n").unwrap();
        assert_eq!(judged(&figures), "");
    }
}
