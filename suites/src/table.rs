//! The table oracle × feature: who can read and write what. Only what both sides can counts, a change fails the run.

use std::collections::BTreeMap;

use crate::recipe::Writer;
use crate::rows::{applies, rows};
use crate::trouble::Trouble;

/// The committed table.
pub const COMMITTED: &str = include_str!("../oracles.txt");
/// The programs, in the order of the columns.
pub const ORACLES: [&str; 3] = ["openssl", "pkijs", "bouncycastle"];

/// What is known of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Both sides can; it counts.
    Can,
    /// The other program cannot; the table gives the reason.
    No,
    /// The question makes no sense: we do not write it, or nobody could tell.
    Void,
}

/// Cells by program, writer and row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table(BTreeMap<(String, Writer, String), Cell>);

impl Table {
    /// Reads the table.
    ///
    /// # Errors
    /// When a line has another number of cells, or a row is unknown or missing.
    pub fn read(text: &str) -> Result<Self, Trouble> {
        let mut table = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '!'])) {
            let mut words = line.split_whitespace();
            let row = words.next().unwrap_or_default();
            let cells: Vec<&str> = words.collect();
            if cells.len() != 2 * ORACLES.len() || !rows().any(|known| known == row) {
                return Err(Trouble::new(format!("the table has a line that is none: {line}")));
            }
            for (at, cell) in cells.into_iter().enumerate() {
                let writer = if at % 2 == 0 { Writer::Ours } else { Writer::Theirs };
                let oracle = ORACLES.get(at / 2).copied().unwrap_or_default();
                table.set(oracle, writer, row, read_cell(cell)?);
            }
        }
        match rows().find(|row| table.get("openssl", Writer::Ours, row).is_none()) {
            None => Ok(table),
            Some(row) => Err(Trouble::new(format!("the table has no row {row}"))),
        }
    }

    /// Puts a cell.
    pub fn set(&mut self, oracle: &str, writer: Writer, row: &str, cell: Cell) {
        self.0.insert((oracle.to_owned(), writer, row.to_owned()), cell);
    }

    /// A cell, when it is known.
    #[must_use]
    pub fn get(&self, oracle: &str, writer: Writer, row: &str) -> Option<Cell> {
        self.0.get(&(oracle.to_owned(), writer, row.to_owned())).copied()
    }

    /// Whether a row counts.
    #[must_use]
    pub fn can(&self, oracle: &str, writer: Writer, row: &str) -> bool {
        self.get(oracle, writer, row) == Some(Cell::Can)
    }

    /// The lines of the table; what was not probed is shown as `?`.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut out = format!("{:<22}", "#");
        for oracle in ORACLES {
            out.push_str(&format!("{:<28}", format!("{oracle} reads / writes")));
        }
        out.push('\n');
        for row in rows() {
            out.push_str(&format!("{row:<22}"));
            for oracle in ORACLES {
                for writer in [Writer::Ours, Writer::Theirs] {
                    out.push_str(&format!("{:<14}", show_cell(self.get(oracle, writer, row))));
                }
            }
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
        out
    }

    /// Cells of one program in which `found` differs, in words.
    #[must_use]
    pub fn changes(&self, found: &Self, oracle: &str) -> Vec<String> {
        let mut all = Vec::new();
        for (writer, verb) in [(Writer::Ours, "reads"), (Writer::Theirs, "writes")] {
            for row in rows() {
                let (was, is) = (self.get(oracle, writer, row), found.get(oracle, writer, row));
                if was != is {
                    all.push(format!(
                        "{oracle} {verb} {row}: {} in the table, {} now",
                        show_cell(was),
                        show_cell(is)
                    ));
                }
            }
        }
        all
    }
}

/// What a cell is before anybody was asked.
#[must_use]
pub fn before(row: &str, writer: Writer) -> Cell {
    if applies(row, writer) { Cell::No } else { Cell::Void }
}

fn read_cell(text: &str) -> Result<Cell, Trouble> {
    match text {
        "can" => Ok(Cell::Can),
        "no" => Ok(Cell::No),
        "-" => Ok(Cell::Void),
        other => Err(Trouble::new(format!("the table has a cell '{other}'"))),
    }
}

fn show_cell(cell: Option<Cell>) -> &'static str {
    match cell {
        Some(Cell::Can) => "can",
        Some(Cell::No) => "no",
        Some(Cell::Void) => "-",
        None => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reasons stand in lines `! oracle reads|writes row, row: reason`.
    fn reasons() -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        for line in COMMITTED.lines().filter_map(|line| line.strip_prefix("! ")) {
            let (head, reason) = line.split_once(": ").unwrap();
            assert!(reason.len() > 10, "{line}");
            let (oracle, rest) = head.split_once(' ').unwrap();
            let (verb, rows) = rest.split_once(' ').unwrap();
            for row in rows.split(", ") {
                for verb in verb.split('/') {
                    all.push((oracle.to_owned(), verb.to_owned(), row.to_owned()));
                }
            }
        }
        all
    }

    #[test]
    fn whatever_somebody_cannot_has_its_reason_and_no_reason_is_left_over() {
        let table = Table::read(COMMITTED).unwrap();
        let mut cannot = Vec::new();
        for oracle in ORACLES {
            for (writer, verb) in [(Writer::Ours, "reads"), (Writer::Theirs, "writes")] {
                for row in rows().filter(|row| table.get(oracle, writer, row) == Some(Cell::No)) {
                    cannot.push((oracle.to_owned(), verb.to_owned(), row.to_owned()));
                }
            }
        }
        let mut reasons = reasons();
        cannot.sort();
        reasons.sort();
        assert_eq!(cannot, reasons);
    }

    #[test]
    fn a_cell_is_void_exactly_where_the_question_makes_no_sense() {
        let table = Table::read(COMMITTED).unwrap();
        for oracle in ORACLES {
            for writer in [Writer::Ours, Writer::Theirs] {
                for row in rows() {
                    let void = table.get(oracle, writer, row) == Some(Cell::Void);
                    assert_eq!(void, !applies(row, writer), "{oracle} {writer:?} {row}");
                }
            }
        }
    }

    #[test]
    fn a_change_is_told() {
        let table = Table::read(COMMITTED).unwrap();
        let mut changed = table.clone();
        changed.set("openssl", Writer::Ours, "aes-256-cbc", Cell::No);
        assert_eq!(
            table.changes(&changed, "openssl"),
            ["openssl reads aes-256-cbc: can in the table, no now"]
        );
        assert!(table.changes(&changed, "pkijs").is_empty());
    }
}
