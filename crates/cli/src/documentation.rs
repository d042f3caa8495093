//! docs/cli lists every code that the command can give, with its sentence, and none that it cannot.

use std::collections::BTreeSet;

use sceau_smime::ess::{ReceiptFault, ReceiptRefusal};
use sceau_smime::path::NAME_MISMATCH;
use sceau_smime::{Code, Error, PathError};

use crate::failure::OwnCause;

const TEXT: &str = include_str!("../../../docs/cli/README.md");

/// The rows of the table under a heading: code and meaning.
fn table(heading: &str) -> Vec<(&'static str, &'static str)> {
    let (_, section) = TEXT.split_once(&format!("### {heading}\n")).unwrap();
    let section = section.split("\n### ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    rows.map(|row| row.split_once("` | ").unwrap()).collect()
}

fn codes(heading: &str) -> BTreeSet<&'static str> {
    let rows = table(heading);
    let codes: BTreeSet<_> = rows.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes.len(), rows.len(), "a code stands twice under {heading}");
    codes
}

#[test]
fn errors_are_documented() {
    let given = OwnCause::CODES.iter().chain(Error::CODES).copied().collect();
    assert_eq!(codes("Errors"), given);
}

#[test]
fn reasons_of_paths_are_documented() {
    let given = PathError::CODES.iter().copied().chain([NAME_MISMATCH]).collect();
    assert_eq!(codes("Reasons of `chain`, and of a signature whose certificate does not hold"), given);
}

#[test]
fn reasons_and_warnings_of_letters_are_documented_with_their_sentences() {
    let heading = "Reasons of a signature, and warnings, of `open` and `verify`";
    let given: Vec<(&str, &str)> = Code::ALL.iter().map(|code| (code.code(), code.text())).collect();
    assert_eq!(table(heading), given);
}

#[test]
fn reasons_about_receipts_are_documented() {
    let heading = "Why `receipt make` makes none, and reasons and warnings of `receipt verify`";
    let given: Vec<&str> = ReceiptRefusal::CODES.iter().chain(ReceiptFault::CODES).copied().collect();
    let written: Vec<&str> = table(heading).iter().map(|(code, _)| *code).collect();
    assert_eq!(written, given);
}
