//! What is printed at the end: tables, and each goal with what was measured.

use std::fmt::{self, Write as _};

/// Tables and goals of one run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    text: String,
    goals: Vec<Goal>,
    /// What was wrong, beyond being slow.
    pub(crate) wrong: Vec<String>,
}

#[derive(Debug)]
struct Goal {
    what: String,
    wanted: String,
    measured: String,
    reached: bool,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Report {
    /// A table under a heading.
    pub(crate) fn table(&mut self, title: &str, columns: &[&str], rows: &[Vec<String>]) {
        self.add(format!(
            "### {title}\n\n| {} |\n|---|{}",
            columns.join(" | "),
            "---:|".repeat(columns.len() - 1)
        ));
        for row in rows {
            self.add(format!("| {} |", row.join(" | ")));
        }
        self.add(String::new());
    }

    /// A sentence below a table.
    pub(crate) fn note(&mut self, text: &str) {
        self.add(format!("{text}\n"));
    }

    /// A goal, in `unit`s.
    pub(crate) fn goal(&mut self, what: impl Into<String>, measured: f64, unit: &str, bound: Bound) {
        let (wanted, reached) = match bound {
            Bound::AtLeast(least) => (format!("at least {least}{unit}"), measured >= least),
            Bound::AtMost(most) => (format!("at most {most}{unit}"), measured <= most),
        };
        let measured = format!("{measured:.2}{unit}");
        self.goals.push(Goal { what: what.into(), wanted, measured, reached });
    }

    /// What must hold however slow the machine is.
    pub(crate) fn must(&mut self, holds: bool, what: impl Into<String>) {
        if !holds {
            self.wrong.push(what.into());
        }
    }

    fn add(&mut self, line: impl fmt::Display) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{line}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text)?;
        if !self.goals.is_empty() {
            writeln!(f, "### Goals\n\n| what | goal | measured | |\n|---|---|---:|---|")?;
        }
        for Goal { what, wanted, measured, reached } in &self.goals {
            let reached = if *reached { "reached" } else { "not reached" };
            writeln!(f, "| {what} | {wanted} | {measured} | {reached} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_judged_and_written_as_a_table() {
        let mut report = Report::default();
        report.table("A", &["what", "rate"], &[vec!["x".to_owned(), "1".to_owned()]]);
        report.goal("memory", 41.0, " KB", Bound::AtMost(40.0));
        report.goal("rate", 3.0, "×", Bound::AtLeast(3.0));
        report.must(true, "lost");
        let text = report.to_string();
        assert!(text.starts_with("### A\n\n| what | rate |\n|---|---:|\n| x | 1 |\n"), "{text}");
        assert!(text.contains("| memory | at most 40 KB | 41.00 KB | not reached |"), "{text}");
        assert!(text.contains("| rate | at least 3× | 3.00× | reached |"), "{text}");
        assert!(report.wrong.is_empty());
    }
}
