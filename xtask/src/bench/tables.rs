//! What `tests/bench/smime.mjs` prints, and the tables made of it.

use std::fmt::Write as _;

/// The contender whose times the ratios are taken to.
pub(super) const OURS: &str = "ours, WebCrypto";

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

const TABLES: [(&str, &str, &[&str]); 2] = [
    (
        "cbc",
        "Letters as all of them write and read: signed beside, AES-256-CBC, RSA-2048",
        &[OURS, "ours as shipped, WebCrypto", "ours, pure Rust", "PKI.js", "node-forge", "WebCrypto alone"],
    ),
    (
        "gcm",
        "Our default profile: signed inside, AES-256-GCM, RSAES-OAEP, RSA-2048",
        &[OURS, "ours, pure Rust", "OpenPGP.js", "WebCrypto alone"],
    ),
];

/// Both tables and the goals, in Markdown.
pub(super) fn report(figures: &Figures, goals: &str) -> String {
    let mut text =
        "Milliseconds: the median (least to most), and how many times those of ours with WebCrypto.\n"
            .to_owned();
    for (table, title, contenders) in TABLES {
        let jobs = figures.jobs(table);
        if jobs.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n## {title}\n\n| job | {} |", contenders.join(" | "));
        let _ = writeln!(text, "|---|{}", "---:|".repeat(contenders.len()));
        for job in jobs {
            let cells = contenders.iter().map(|contender| cell(figures, table, job, contender));
            let _ = writeln!(text, "| {job} | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
    }
    text + goals
}

fn cell(figures: &Figures, table: &str, job: &str, contender: &str) -> String {
    let is_it = |row: &&Row| row.table == table && row.job == job && row.contender == contender;
    let Some(row) = figures.rows.iter().find(is_it) else { return "–".to_owned() };
    let [median, least, most] = row.times;
    let range = format!("{} ({} to {})", short(median), short(least), short(most));
    match figures.median(table, job, OURS) {
        Some(ours) if contender != OURS => format!("{range}, {:.2}×", median / ours),
        _ => range,
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

/// docs/benchmarks.md.
pub(super) fn page(report: &str, machine: &str, figures: &Figures) -> String {
    let versions = figures.versions.iter().map(|(name, version)| format!("{name} {version}"));
    let versions = versions.collect::<Vec<_>>().join(", ");
    format!(
        "# Benchmarks\n\nWritten by `./x bench smime --write`; not edited by hand. How it is measured, and what each job is, stands in \
         [design/bench.md](design/bench.md).\n\nMachine: {machine}. {versions}. Ours: the npm package's core, with pure Rust its complete module, both built for speed (opt-level 3); as shipped: that core built for size.\n\n{report}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "version\tChromium\t1.2\nnoise\ncbc\topen 20 KB\tours, WebCrypto\t1.5\t1\t20\n\
                        cbc\topen 20 KB\tPKI.js\t15\t14\t160\n";

    #[test]
    fn tables_hold_what_was_printed() {
        let figures = Figures::read(SAID).unwrap();
        assert_eq!(figures.median("cbc", "open 20 KB", "PKI.js"), Some(15.0));
        let report = report(&figures, "");
        assert!(
            report.contains(
                "| open 20 KB | 1.50 (1.00 to 20.0) | – | – | 15.0 (14.0 to 160), 10.00× | – | – |"
            )
        );
        assert!(!report.contains("default profile"));
        let page = page(&report, "a machine", &figures);
        assert!(page.contains("Machine: a machine. Chromium 1.2."));
    }

    #[test]
    fn a_run_without_a_figure_is_none() {
        assert_eq!(Figures::read("version\tChromium\t1\n"), None);
        assert_eq!(Figures::read("a\tb\tc\tfast\t1\t2\n"), None);
    }
}
