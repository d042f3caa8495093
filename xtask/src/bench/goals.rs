//! The goals the measurements are held against. Nothing fails when one is missed: a busy machine would decide.

use std::fmt::Write as _;

use super::tables::Figures;

/// A ratio of two medians of one job, and where it shall be.
pub(super) struct Goal {
    table: &'static str,
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

/// `slower` shall take at least so many times as long as `faster` at a job of a table.
pub(super) const fn at_least(
    [table, job]: [&'static str; 2],
    slower: &'static str,
    faster: &'static str,
    ratio: f64,
) -> Goal {
    Goal { table, job, slower, faster, wanted: Wanted::AtLeast(ratio) }
}

/// `slower` shall take at most so many times as long as `faster` at a job of a table.
pub(super) const fn at_most(
    [table, job]: [&'static str; 2],
    slower: &'static str,
    faster: &'static str,
    ratio: f64,
) -> Goal {
    Goal { table, job, slower, faster, wanted: Wanted::AtMost(ratio) }
}

/// Each goal whose job was measured, with what was measured, in Markdown.
pub(super) fn judged(figures: &Figures, goals: &[Goal]) -> String {
    let mut lines = String::new();
    for goal in goals {
        let of = |contender| figures.median(goal.table, goal.job, contender);
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
    format!("### Goals\n\n| job | times of | goal | measured | |\n|---|---|---|---:|---|\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOALS: [Goal; 2] = [
        at_least(["cbc", "open 20 KB"], "PKI.js", "ours, WebCrypto", 10.0),
        at_most(["cbc", "open 20 KB"], "ours, WebCrypto", "WebCrypto alone", 1.4),
    ];

    #[test]
    fn goals_are_judged_by_medians() {
        let said = "cbc\topen 20 KB\tours, WebCrypto\t1\t1\t9\ncbc\topen 20 KB\tPKI.js\t10\t1\t90\n\
                    cbc\topen 20 KB\tWebCrypto alone\t0.5\t0.5\t0.5\n";
        let judged = judged(&Figures::read(said).unwrap(), &GOALS);
        assert!(judged.contains("| at least 10× | 10.00× | reached |"), "{judged}");
        assert!(judged.contains("| at most 1.4× | 2.00× | not reached |"), "{judged}");
        assert_eq!(judged.matches("reached |").count(), 2);
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        let figures = Figures::read("gcm\topen 20 KB\tours, WebCrypto\t1\t1\t1\n").unwrap();
        assert_eq!(judged(&figures, &GOALS), "");
    }
}
