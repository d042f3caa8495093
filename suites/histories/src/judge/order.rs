//! States go up: whoever asks after somebody was answered, at whichever relay, is told no lower state.

use sceau_crash::client::at;
use serde_json::Value;

use super::view::number;
use super::{Finding, Kind};
use crate::record::{History, Record};

/// A state somebody was told.
struct Known<'h> {
    state: u64,
    /// What it may not be below, when it differs: the state a change began with.
    least: u64,
    record: &'h Record,
}

/// The types whose states are looked at.
const KINDS: [&str; 5] = ["Email", "Mailbox", "Thread", "EmailSubmission", "Letter"];

/// Checks all accounts and types.
pub(super) fn check(history: &History, findings: &mut Vec<Finding>) {
    for account in &history.accounts {
        for kind in KINDS {
            let of = |record: &&Record| {
                record.account == account.id && record.method.split('/').next() == Some(kind)
            };
            let known: Vec<Known<'_>> = history.records.iter().filter(of).filter_map(Known::read).collect();
            sweep(kind, &known, findings);
        }
    }
    history.records.iter().filter_map(compared).for_each(|text| {
        findings.push(Finding { kind: Kind::LostUpdate, text });
    });
}

/// Goes through begins and ends as they happened, with the highest state told so far.
fn sweep(kind: &str, known: &[Known<'_>], findings: &mut Vec<Finding>) {
    let mut ends: Vec<&Known<'_>> = known.iter().collect();
    ends.sort_by_key(|known| known.record.end);
    let mut begins = ends.clone();
    begins.sort_by_key(|known| known.record.begin);
    let mut ends = ends.into_iter().peekable();
    let mut highest: Option<&Known<'_>> = None;
    for asks in begins {
        while let Some(told) = ends.next_if(|told| told.record.end < asks.record.begin) {
            if highest.is_none_or(|highest| told.state > highest.state) {
                highest = Some(told);
            }
        }
        if let Some(told) = highest.filter(|told| told.state > asks.least) {
            let text = format!(
                "{kind} of {}: state {} was told at {} by node {}, and {} by node {} to {} asked at {}",
                asks.record.account,
                told.state,
                told.record.end,
                told.record.node,
                asks.least,
                asks.record.node,
                asks.record.method,
                asks.record.begin,
            );
            findings.push(Finding { kind: Kind::HiddenChange, text });
        }
    }
}

impl<'h> Known<'h> {
    fn read(record: &'h Record) -> Option<Self> {
        let answer = record.done()?;
        // A page says where it ends, not where everything is; a cancelled letter is answered with the state of Emails.
        if at(answer, "/hasMoreChanges") == &Value::Bool(true) || record.method == "Letter/cancel" {
            return None;
        }
        let state =
            ["/newState", "/state", "/queryState"].into_iter().find_map(|name| number(at(answer, name)))?;
        let is_change = record.method.ends_with("/set") || record.method.ends_with("/import");
        let least = if is_change { number(at(answer, "/oldState")).unwrap_or(0) } else { state };
        Some(Self { state, least, record })
    }
}

/// What is wrong with a change that compared with a state and was done.
fn compared(record: &Record) -> Option<String> {
    let (wanted, began) = (at(&record.arguments, "/ifInState"), at(record.done()?, "/oldState"));
    let differs = wanted.is_string() && wanted != began;
    differs.then(|| {
        format!("{} of {}: if in state {wanted}, and done in state {began}", record.method, record.account)
    })
}
