//! Real histories, small ones; and defects put into them.

use std::ops::ControlFlow;
use std::path::PathBuf;

use sceau_histories::judge::{Finding, Kind, judge};
use sceau_histories::plant::{Plant, plant};
use sceau_histories::record::{AUDITOR, Answer, History, Record};
use sceau_histories::run::{Done, Options, play};
use serde_json::Value;

/// Histories at most: how much happens in one is a matter of the machine's time.
const AT_MOST: u64 = 16;

/// Histories, until enough happened in them; each is sound, and the last word is what there was too little of.
fn histories(
    postgres: Option<String>,
    lacks: impl Fn(&[(History, Done)]) -> Option<&'static str>,
) -> Vec<History> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_histories"));
    let (seed, from, count, acts, plant) = (1, 0, AT_MOST, 12, Plant::Nothing);
    let mut all = Vec::new();
    let options = Options { program, seed, from, count, acts, postgres, plant };
    let mut lack = None;
    play(&options, |number, history, done| {
        let findings: Vec<String> = judge(&history).iter().map(Finding::to_string).collect();
        assert!(findings.is_empty(), "history {number}: {findings:#?}");
        all.push((history, done));
        lack = lacks(&all);
        if lack.is_none() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(lack, None, "after {AT_MOST} histories");
    all.into_iter().map(|(history, _)| history).collect()
}

/// What did not happen often enough for a defect to show itself.
fn lacking(all: &[(History, Done)]) -> Option<&'static str> {
    let histories = all.iter().map(|(history, _)| history);
    let did = |method: &str, has: &str| {
        let records = histories.clone().flat_map(|history| &history.records);
        let done = records.filter(|record| record.method == method).filter_map(Record::done);
        done.filter(|answer| answer.get(has).is_some_and(|list| !list.is_null())).count()
    };
    let faults: u64 = all.iter().map(|(_, done)| done.kills + done.pauses).sum();
    let returned = histories.clone().flat_map(|history| &history.told).any(|told| told.returns > 0);
    let enough = [
        (did("Email/set", "updated") > 5 && did("Letter/send", "letterId") > 2, "little was done"),
        (did("Email/changes", "updated") > 10, "little was looked at"),
        (faults > 1, "nothing went wrong"),
        (returned, "nobody was cut off"),
    ];
    enough.into_iter().find(|(is_enough, _)| !is_enough).map(|(_, lack)| lack)
}

fn planted(history: &History, what: Plant) -> Vec<Kind> {
    let mut history = history.clone();
    plant(&mut history, what);
    judge(&history).into_iter().map(|finding| finding.kind).collect()
}

#[test]
fn one_relay_that_is_killed_and_paused_keeps_its_word_and_each_planted_defect_is_found() {
    let all = histories(None, |all| lacking(all).or((all.len() < 3).then_some("few histories")));
    for (what, kind) in [
        (Plant::LostUpdate, Kind::LostUpdate),
        (Plant::HiddenChange, Kind::HiddenChange),
        (Plant::Duplicate, Kind::Duplicate),
        (Plant::Untold, Kind::Untold),
    ] {
        for (number, history) in all.iter().enumerate() {
            assert!(planted(history, what).contains(&kind), "{what:?} in history {number}");
        }
    }
}

/// Without what made something that is still there, somebody sees what nobody made.
#[test]
fn an_effect_whose_cause_is_left_out_is_found() {
    let effects =
        |all: &[(History, Done)]| all.iter().map(|(history, _)| causes(history).len()).sum::<usize>();
    let all = histories(None, |all| (effects(all) < 4).then_some("few effects were left"));
    for history in &all {
        for number in causes(history) {
            let mut without = history.clone();
            without.records[number].answer = Answer::Refused("left out".to_owned());
            assert!(!judge(&without).is_empty(), "{:?}", history.records[number]);
        }
    }
}

/// The records that alone made something that is there at the end.
fn causes(history: &History) -> Vec<usize> {
    let audits =
        history.records.iter().filter(|record| record.client == AUDITOR && record.method.ends_with("/get"));
    let last: String = audits.filter_map(|record| record.done()).map(Value::to_string).collect();
    let made = history.records.iter().enumerate().filter(|(_, record)| {
        let made = record.done().and_then(|answer| answer.pointer("/created/x/id").or(answer.get("emailId")));
        let is_there = made.is_some_and(|id| last.contains(&format!("\"id\":{id}")));
        // One that was said again is still there.
        let said = history.records.iter().filter(|other| other.arguments == record.arguments).count();
        is_there && said == 1
    });
    made.map(|(number, _)| number).collect()
}

#[test]
fn two_relays_over_one_database_keep_their_word_while_one_is_killed_and_paused() {
    let Ok(server) = std::env::var("SCEAU_TEST_POSTGRES") else {
        eprintln!("SKIPPED: SCEAU_TEST_POSTGRES names no server: no history of two relays");
        return;
    };
    let both =
        |history: &History| [0, 1].map(|node| history.records.iter().any(|record| record.node == node));
    let all = histories(Some(server), |all| lacking(all).or((all.len() < 2).then_some("few histories")));
    assert!(all.iter().all(|history| both(history) == [true; 2]), "one relay alone was asked");
}
