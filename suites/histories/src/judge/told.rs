//! Whoever listens is told the last state of every type, at the latest when everything is quiet.

use std::collections::BTreeMap;

use sceau_crash::client::at;

use super::view::number;
use super::{Finding, Kind};
use crate::record::{AUDITOR, Account, History};

/// Checks the listeners of an account.
pub(super) fn check(history: &History, account: &Account, findings: &mut Vec<Finding>) {
    let last = last(history, account);
    for told in history.told.iter().filter(|told| told.account == account.id) {
        for late in &told.late {
            let text = format!("{}: whoever listened was told {late}", account.address);
            findings.push(Finding { kind: Kind::Untold, text });
        }
        for (kind, state) in &last {
            let known = told.states.get(*kind).copied().unwrap_or(0);
            if known < *state {
                let text = format!(
                    "{}: {kind} is at {state}, and whoever listened was told {known} (came back {} times)",
                    account.address, told.returns
                );
                findings.push(Finding { kind: Kind::Untold, text });
            }
        }
    }
}

/// The last state of each type that the auditor saw.
pub(crate) fn last<'h>(history: &'h History, account: &Account) -> BTreeMap<&'h str, u64> {
    let looks =
        history.records.iter().filter(|record| record.client == AUDITOR && record.account == account.id);
    let mut last = BTreeMap::new();
    for record in looks {
        let state = record.done().and_then(|answer| number(at(answer, "/state")));
        if let (Some((kind, "get")), Some(state)) = (record.method.split_once('/'), state) {
            let known = last.entry(kind).or_insert(state);
            *known = state.max(*known);
        }
    }
    last
}
