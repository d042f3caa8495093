//! Real histories, small ones; and defects put into them.

use std::path::PathBuf;

use sceau_histories::judge::{Finding, Kind, judge};
use sceau_histories::plant::{Plant, plant};
use sceau_histories::record::{AUDITOR, Answer, History, Record};
use sceau_histories::run::{Done, Options, play};
use serde_json::Value;

fn histories(count: u64, postgres: Option<String>) -> Vec<(History, Done)> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_histories"));
    let (seed, from, acts, plant) = (1, 0, 12, Plant::Nothing);
    let mut all = Vec::new();
    let options = Options { program, seed, from, count, acts, postgres, plant };
    play(&options, |_, history, done| all.push((history, done))).unwrap();
    all
}

/// Nothing is wrong with them, and something could be.
fn are_sound(all: &[(History, Done)]) {
    let histories = all.iter().map(|(history, _)| history);
    let findings: Vec<String> =
        histories.clone().flat_map(judge).map(|finding| Finding::to_string(&finding)).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    let did = |method: &str, has: &str| {
        let records = histories.clone().flat_map(|history| &history.records);
        let done = records.filter(|record| record.method == method).filter_map(Record::done);
        done.filter(|answer| answer.get(has).is_some_and(|list| !list.is_null())).count()
    };
    assert!(did("Email/set", "updated") > 5 && did("Letter/send", "letterId") > 2, "little was done");
    assert!(did("Email/changes", "updated") > 10, "little was looked at");
    assert!(all.iter().map(|(_, done)| done.kills + done.pauses).sum::<u64>() > 1, "nothing went wrong");
    assert!(histories.flat_map(|history| &history.told).any(|told| told.returns > 0), "nobody was cut off");
}

fn planted(history: &History, what: Plant) -> Vec<Kind> {
    let mut history = history.clone();
    plant(&mut history, what);
    judge(&history).into_iter().map(|finding| finding.kind).collect()
}

#[test]
fn one_relay_that_is_killed_and_paused_keeps_its_word_and_each_planted_defect_is_found() {
    let all = histories(3, None);
    are_sound(&all);
    let (history, _) = &all[0];
    for (what, kind) in [
        (Plant::LostUpdate, Kind::LostUpdate),
        (Plant::HiddenChange, Kind::HiddenChange),
        (Plant::Duplicate, Kind::Duplicate),
        (Plant::Untold, Kind::Untold),
    ] {
        assert!(planted(history, what).contains(&kind), "{what:?}");
    }
}

/// Leaves out what made something that is still there: then somebody sees what nobody made.
#[test]
fn an_effect_whose_cause_is_left_out_is_found() {
    let (history, _) = histories(1, None).remove(0);
    let audits =
        history.records.iter().filter(|record| record.client == AUDITOR && record.method.ends_with("/get"));
    let last: String = audits.filter_map(|record| record.done()).map(Value::to_string).collect();
    let mut found = 0;
    for (number, record) in history.records.iter().enumerate() {
        let made = record.done().and_then(|answer| answer.pointer("/created/x/id").or(answer.get("emailId")));
        let Some(id) = made.filter(|id| last.contains(&format!("\"id\":{id}"))) else { continue };
        // One that was said again is still there.
        if history.records.iter().filter(|other| other.arguments == record.arguments).count() > 1 {
            continue;
        }
        let mut without = history.clone();
        without.records[number].answer = Answer::Refused("left out".to_owned());
        assert!(!judge(&without).is_empty(), "{id} {record:?}");
        found += 1;
    }
    assert!(found > 3, "{found}");
}

#[test]
fn two_relays_over_one_database_keep_their_word_while_one_is_killed_and_paused() {
    let Ok(server) = std::env::var("SCEAU_TEST_POSTGRES") else {
        eprintln!("SKIPPED: SCEAU_TEST_POSTGRES names no server: no history of two relays");
        return;
    };
    let all = histories(2, Some(server));
    are_sound(&all);
    let nodes = |history: &History| history.records.iter().any(|record| record.node == 1);
    assert!(all.iter().all(|(history, _)| nodes(history)));
}
