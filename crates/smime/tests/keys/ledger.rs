//! Ledgers of exceptions: each deviation has a line with its reason, and a line whose case
//! behaves as expected fails the run just as a deviation without a line does.

use std::collections::BTreeMap;

/// Case id to the reason why it deviates. A line is `id | reason`; `#` starts a comment.
pub(crate) struct Ledger(BTreeMap<String, String>);

impl Ledger {
    pub(crate) fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        Self(
            lines
                .map(|line| {
                    let (id, reason) = line.split_once(" | ").expect("a ledger line is `id | reason`");
                    assert!(!reason.trim().is_empty(), "{id} has no reason");
                    (id.trim().to_owned(), reason.trim().to_owned())
                })
                .collect(),
        )
    }

    /// Compares the cases that deviated with the ledger.
    pub(crate) fn settle(mut self, deviations: &[(String, String)]) {
        let mut wrong = Vec::new();
        for (id, what) in deviations {
            if self.0.remove(id).is_none() {
                wrong.push(format!("{id} deviates: {what}"));
            }
        }
        wrong.extend(self.0.keys().map(|id| format!("{id} is in the ledger but behaves as expected")));
        assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    }
}
