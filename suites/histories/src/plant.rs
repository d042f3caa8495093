//! Defects put into a history, so that the model is seen to find them.

use std::collections::BTreeSet;

use sceau_crash::client::at;
use serde_json::{Value, json};

use crate::record::{AUDITOR, Answer, History, NEVER, Record};

/// A defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// None.
    Nothing,
    /// An update that was acknowledged and is nowhere.
    LostUpdate,
    /// A line that is missing in an answer of `/changes`.
    HiddenChange,
    /// A letter that came twice.
    Duplicate,
    /// A change of which nobody was told.
    Untold,
}

impl Plant {
    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "lost-update" => Self::LostUpdate,
            "hidden-change" => Self::HiddenChange,
            "duplicate" => Self::Duplicate,
            "untold" => Self::Untold,
            _ => return None,
        })
    }
}

/// Puts a defect into a history, as far as there is a place for it: where nobody was told whether something was done, that may
/// excuse it.
pub fn plant(history: &mut History, plant: Plant) {
    match plant {
        Plant::Nothing => {}
        Plant::LostUpdate => lose(history),
        Plant::HiddenChange => hide(history),
        Plant::Duplicate => double(history),
        Plant::Untold => history.told.iter_mut().for_each(|told| {
            told.states.values_mut().for_each(|state| *state = 0);
        }),
    }
}

/// The auditor's looks at all Emails of an account that has some.
fn is_last_look(record: &Record) -> bool {
    let shows = |answer: &Value| answer.pointer("/list/0/id").is_some();
    record.client == AUDITOR && record.method == "Email/get" && record.done().is_some_and(shows)
}

/// Whether nobody was told what became of a request that names this.
fn is_unsure(history: &History, id: &str) -> bool {
    let mut unsure = history.records.iter().filter(|record| record.end == NEVER);
    unsure.any(|record| record.arguments.to_string().contains(&format!("\"{id}\"")))
}

/// Acknowledges a keyword for an Email that the auditor then sees without it.
fn lose(history: &mut History) {
    let looks = history.records.iter().filter(|record| is_last_look(record));
    let seen = looks.filter(|record| !at(&record.arguments, "/ids").is_array()).filter_map(|record| {
        let list = at(record.done()?, "/list").as_array()?;
        let id =
            list.iter().filter_map(|email| at(email, "/id").as_str()).find(|id| !is_unsure(history, id))?;
        Some((record, id.to_owned()))
    });
    let Some((look, id)) = seen.max_by_key(|(record, _)| record.begin) else { return };
    let (client, begin, end) = (0, look.begin, look.begin);
    let (arguments, answer) =
        (json!({"update": {&id: {"keywords/lost": true}}}), json!({"updated": {&id: null}}));
    let (node, account, method) = (look.node, look.account.clone(), "Email/set".to_owned());
    let lost = Record { client, node, account, begin, end, method, arguments, answer: Answer::Done(answer) };
    // Before the look, which it now overtakes by nothing.
    history.records.push(Record { begin: begin.saturating_sub(1), end: begin.saturating_sub(1), ..lost });
}

/// Takes one Email that is still there out of the auditor's list of everything that was created.
fn hide(history: &mut History) {
    let looks = history.records.iter().filter(|record| is_last_look(record)).filter_map(Record::done);
    let emails = looks.filter_map(|answer| at(answer, "/list").as_array()).flatten();
    let there: BTreeSet<String> = emails.map(|email| at(email, "/id").to_string()).collect();
    let from_the_beginning = |record: &&mut Record| {
        record.client == AUDITOR
            && record.method == "Email/changes"
            && at(&record.arguments, "/sinceState") == "0"
    };
    for record in history.records.iter_mut().filter(from_the_beginning) {
        if let Answer::Done(answer) = &mut record.answer
            && let Some(Value::Array(created)) = answer.get_mut("created")
            && let Some(number) = created.iter().position(|id| there.contains(&id.to_string()))
        {
            created.remove(number);
            return;
        }
    }
}

/// Shows one Email of the auditor's last look once more under another id.
fn double(history: &mut History) {
    let last =
        history.records.iter_mut().filter(|record| is_last_look(record)).max_by_key(|record| record.begin);
    if let Some(Record { answer: Answer::Done(answer), .. }) = last
        && let Some(Value::Array(list)) = answer.get_mut("list")
        && let Some(mut again) = list.first().cloned()
    {
        sceau_crash::client::put(&mut again, "id", "e0");
        list.push(again);
    }
}
