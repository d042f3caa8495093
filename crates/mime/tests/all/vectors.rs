//! Where foreign vectors lie, and how a suite is judged.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folder of foreign vectors, or a loud note that a suite was not run.
pub(crate) fn folder(name: &str, cases: usize) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("SCEAU_VECTORS") else {
        println!("SKIPPED: SCEAU_VECTORS is not set, {cases} cases not run ({name})");
        return None;
    };
    let folder = PathBuf::from(root).join(name);
    assert!(folder.is_dir(), "{} is missing", folder.display());
    Some(folder)
}

/// What a suite found: per case, the ways in which we differ.
#[derive(Default)]
pub(crate) struct Run {
    cases: usize,
    deviations: BTreeMap<String, Vec<String>>,
}

impl Run {
    pub(crate) fn case(&mut self, name: &str, differences: Vec<String>) {
        self.cases += 1;
        if !differences.is_empty() {
            self.deviations.insert(name.to_owned(), differences);
        }
    }

    /// Fails on a deviation that is not in the ledger, on a case of the ledger that passes, and on a wrong
    /// number of cases.
    pub(crate) fn judge(self, expected_cases: usize, ledger: &[(&str, &str)]) {
        let mut complaints = Vec::new();
        for (case, differences) in &self.deviations {
            if !ledger.iter().any(|(known, _)| known == case) {
                complaints.push(format!("{case} deviates:\n    {}", differences.join("\n    ")));
            }
        }
        for (known, reason) in ledger {
            assert!(!reason.is_empty(), "{known} has no reason");
            if !self.deviations.contains_key(*known) {
                complaints.push(format!("{known} is in the ledger ({reason}) but passes: remove the line"));
            }
        }
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        assert_eq!(self.cases, expected_cases, "number of cases");
    }
}

/// Notes a difference between what a vector expects and what we found.
pub(crate) fn compare<T: PartialEq + std::fmt::Debug>(
    differences: &mut Vec<String>,
    what: &str,
    expected: &T,
    found: &T,
) {
    if expected != found {
        differences.push(format!("{what}: expected {expected:?}, found {found:?}"));
    }
}
