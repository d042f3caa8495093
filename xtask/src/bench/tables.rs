//! What the scripts of `tests/bench` print, and the tables made of it.

use std::fmt::Write as _;

/// What stands in one table.
pub(super) struct Table {
    /// How it is called in what is printed.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// The columns. The ratios are taken to the first.
    pub(super) contenders: &'static [&'static str],
}

/// One measurement.
#[derive(Debug, PartialEq)]
struct Row {
    table: String,
    job: String,
    contender: String,
    /// Median, least and most, in milliseconds.
    times: [f64; 3],
}

/// Everything that one run printed.
#[derive(Debug, PartialEq)]
pub(super) struct Figures {
    rows: Vec<Row>,
    /// Programs and their versions.
    versions: Vec<(String, String)>,
}

impl Figures {
    /// Reads the lines; those of other tools are passed over. `None` without a measurement.
    pub(super) fn read(said: &str) -> Option<Self> {
        let mut figures = Self { rows: Vec::new(), versions: Vec::new() };
        for line in said.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields.as_slice() {
                ["version", name, version] => {
                    figures.versions.push(((*name).to_owned(), (*version).to_owned()));
                }
                [table, job, contender, median, least, most] => {
                    let time = |text: &&str| text.parse().ok();
                    let times = [time(median)?, time(least)?, time(most)?];
                    let [table, job, contender] = [table, job, contender].map(|text| (*text).to_owned());
                    figures.rows.push(Row { table, job, contender, times });
                }
                _ => {}
            }
        }
        (!figures.rows.is_empty()).then_some(figures)
    }

    /// The median of a contender at a job, in milliseconds.
    pub(super) fn median(&self, table: &str, job: &str, contender: &str) -> Option<f64> {
        let is_it = |row: &&Row| row.table == table && row.job == job && row.contender == contender;
        self.rows.iter().find(is_it).map(|row| row.times[0])
    }

    /// Every program and its version.
    pub(super) fn versions(&self) -> String {
        let versions = self.versions.iter().map(|(name, version)| format!("{name} {version}"));
        versions.collect::<Vec<_>>().join(", ")
    }

    fn jobs(&self, table: &str) -> Vec<&str> {
        let mut jobs: Vec<&str> = Vec::new();
        for row in self.rows.iter().filter(|row| row.table == table) {
            if !jobs.contains(&row.job.as_str()) {
                jobs.push(&row.job);
            }
        }
        jobs
    }
}

/// The tables and the goals, in Markdown.
pub(super) fn report(figures: &Figures, tables: &[Table], goals: &str) -> String {
    let mut text = String::new();
    for table in tables {
        let jobs = figures.jobs(table.name);
        if jobs.is_empty() {
            continue;
        }
        let _ = writeln!(text, "### {}\n\n| job | {} |", table.title, table.contenders.join(" | "));
        let _ = writeln!(text, "|---|{}", "---:|".repeat(table.contenders.len()));
        for job in jobs {
            let cells = table.contenders.iter().map(|contender| cell(figures, table, job, contender));
            let _ = writeln!(text, "| {job} | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        text.push('\n');
    }
    let ours = tables.first().and_then(|table| table.contenders.first()).unwrap_or(&"ours");
    format!("Milliseconds: the median (least to most), and how many times those of {ours}.\n\n{text}{goals}")
}

fn cell(figures: &Figures, table: &Table, job: &str, contender: &str) -> String {
    let is_it = |row: &&Row| row.table == table.name && row.job == job && row.contender == contender;
    let Some(row) = figures.rows.iter().find(is_it) else { return "–".to_owned() };
    let [median, least, most] = row.times;
    let range = format!("{} ({} to {})", short(median), short(least), short(most));
    let ours = table.contenders.first().filter(|ours| **ours != contender);
    match ours.and_then(|ours| figures.median(table.name, job, ours)) {
        Some(ours) => format!("{range}, {:.2}×", median / ours),
        None => range,
    }
}

/// Three digits that mean something.
fn short(milliseconds: f64) -> String {
    match milliseconds {
        under if under < 10.0 => format!("{under:.2}"),
        under if under < 100.0 => format!("{under:.1}"),
        more => format!("{more:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [Table; 2] = [
        Table {
            name: "cbc",
            title: "Letters",
            contenders: &["ours, WebCrypto", "ours, pure Rust", "PKI.js"],
        },
        Table { name: "gcm", title: "Our default profile", contenders: &["ours, WebCrypto"] },
    ];
    const SAID: &str = "version\tChromium\t1.2\nnoise\ncbc\topen 20 KB\tours, WebCrypto\t1.5\t1\t20\n\
                        cbc\topen 20 KB\tPKI.js\t15\t14\t160\n";

    #[test]
    fn tables_hold_what_was_printed() {
        let figures = Figures::read(SAID).unwrap();
        assert_eq!(figures.median("cbc", "open 20 KB", "PKI.js"), Some(15.0));
        let report = report(&figures, &TABLES, "goals");
        let row = "| open 20 KB | 1.50 (1.00 to 20.0) | – | 15.0 (14.0 to 160), 10.00× |\n\ngoals";
        assert!(report.contains(row), "{report}");
        assert!(report.starts_with(
            "Milliseconds: the median (least to most), and how many times those of ours, WebCrypto."
        ));
        assert!(!report.contains("default profile"));
        assert_eq!(figures.versions(), "Chromium 1.2");
    }

    #[test]
    fn a_run_without_a_figure_is_none() {
        assert_eq!(Figures::read("version\tChromium\t1\n"), None);
        assert_eq!(Figures::read("a\tb\tc\tfast\t1\t2\n"), None);
    }
}
