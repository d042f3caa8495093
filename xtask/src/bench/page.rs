//! docs/benchmarks.md: a section for each measurement, of which one is written anew while the others stay.

use std::fs;
use std::path::Path;

use crate::place::Place;
use crate::trouble::{Trouble, trouble};

const PAGE: &str = "docs/benchmarks.md";
const HEAD: &str = "# Benchmarks\n\nWritten by `./x bench smime --write`, `./x bench mime --write` and `./x bench relay --write`; not edited by hand. How it is measured, \
                    and what each job is, stands in [design/bench.md](design/bench.md) and [design/load.md](design/load.md). Each section is of one run; times of two runs are not to be compared. A part of the relay's that was measured again has a section of its own.\n";
/// The sections, in their order.
const SECTIONS: [&str; 9] = [
    "smime",
    "mime",
    "relay",
    "relay --part submissions",
    "relay --part inbox",
    "relay --part idle",
    "relay --part stored",
    "relay --part nodes",
    "relay --part overload",
];

/// Whether a measurement has a section.
pub(super) fn has_section(name: &str) -> bool {
    SECTIONS.contains(&name)
}

/// Writes the section of a measurement: which programs ran where, what ours is, then the report.
pub(super) fn write(
    place: &Place,
    name: &str,
    versions: &str,
    ours: &str,
    report: &str,
) -> Result<(), Trouble> {
    let page = place.at(PAGE);
    let old = fs::read_to_string(&page).unwrap_or_default();
    let section = format!("Machine: {}. {versions}. Ours: {ours}.\n\n{report}", machine());
    fs::write(&page, with_section(&old, name, &section)).map_err(|error| {
        trouble(format!("{} could not be written: {error}", page.display()), "Is the disk full?")
    })?;
    println!("Written to {PAGE}.");
    Ok(())
}

/// The page with this section, and the others as they stand in the old one.
fn with_section(old: &str, name: &str, section: &str) -> String {
    let mut page = HEAD.to_owned();
    for known in SECTIONS {
        let kept = if known == name { Some(section) } else { section_of(old, known) };
        if let Some(kept) = kept {
            page = format!("{page}\n{}\n\n{}\n", mark(known), kept.trim());
        }
    }
    page
}

fn section_of<'t>(page: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = page.split_once(&mark(name))?;
    rest.split("\n## `./x bench ").next()
}

fn mark(name: &str) -> String {
    format!("## `./x bench {name}`")
}

/// The processor, how many cores, and the system.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(Path::new(path)).unwrap_or_default();
    let (processors, system) = (read("/proc/cpuinfo"), read("/etc/os-release"));
    let processor = field(&processors, "model name", ':').unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let system = field(&system, "PRETTY_NAME", '=').unwrap_or("unknown system").trim_matches('"');
    format!("{processor}, {cores} cores, {system}")
}

fn field<'t>(text: &'t str, name: &str, separator: char) -> Option<&'t str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(separator).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::{field, with_section};

    #[test]
    fn one_section_is_written_and_the_other_stays() {
        let one = with_section("", "mime", "first\n");
        let both = with_section(&one, "smime", "Machine: x.\n\n### A table\n");
        assert!(both.contains("## `./x bench mime`\n\nfirst\n"), "{both}");
        let again = with_section(&both, "mime", "second");
        assert!(again.contains("## `./x bench smime`\n\nMachine: x.\n\n### A table\n"), "{again}");
        assert!(again.contains("second") && !again.contains("first"));
        assert_eq!(with_section(&again, "mime", "second"), again);
    }

    #[test]
    fn a_field_is_found_by_its_name() {
        assert_eq!(field("a\t: 1\nmodel name\t: X 2\n", "model name", ':'), Some("X 2"));
        assert_eq!(field("", "model name", ':'), None);
    }
}
