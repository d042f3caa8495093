//! Histories by hand: what cannot have happened is found, what may have is not.

use sceau_histories::judge::{Kind, judge};
use sceau_histories::record::{AUDITOR, Account, Answer, History, NEVER, Record, Told};
use serde_json::{Value, json};

const BLOB: &str = "b1";

/// A history that grows request by request, each after the one before.
struct Written(History, u64);

impl Written {
    fn new() -> Self {
        let account = |id: &str, address: &str| Account { id: id.to_owned(), address: address.to_owned() };
        let accounts = vec![account("a1", "anne@exemple.fr"), account("a2", "bruno@exemple.fr")];
        let mut written = Self(History { accounts, ended: 1_000, ..History::default() }, 0);
        for owner in ["a1", "a2"] {
            let list =
                json!([mailbox("m1", "inbox", 0), mailbox("m2", "sent", 0), mailbox("m3", "drafts", 0)]);
            written.of(owner, "Mailbox/get", json!({"ids": null}), Some(json!({"state": "0", "list": list})));
        }
        written
    }

    fn of(&mut self, account: &str, method: &str, arguments: Value, answer: Option<Value>) -> &mut Self {
        self.1 += 2;
        let end = if answer.is_some() { self.1 + 1 } else { NEVER };
        let answer = answer.map_or(Answer::Nothing, Answer::Done);
        let (account, method) = (account.to_owned(), method.to_owned());
        self.0.records.push(Record {
            client: 0,
            node: 0,
            account,
            begin: self.1,
            end,
            method,
            arguments,
            answer,
        });
        self
    }

    fn did(&mut self, method: &str, arguments: Value, answer: Value) -> &mut Self {
        self.of("a1", method, arguments, Some(answer))
    }

    fn tried(&mut self, method: &str, arguments: Value) -> &mut Self {
        self.of("a1", method, arguments, None)
    }

    /// Moves the last request so that it overlaps the one before.
    fn at_once(&mut self) -> &mut Self {
        let count = self.0.records.len();
        self.0.records[count - 1].begin -= 2;
        self
    }

    /// An Email is imported at state 1.
    fn import(&mut self) -> &mut Self {
        let email = json!({"blobId": BLOB, "mailboxIds": {"m3": true}, "keywords": {}});
        let answer = json!({"oldState": "0", "newState": "1", "created": {"x": {"id": "e1"}}});
        self.did("Email/import", json!({"emails": {"x": email}}), answer)
    }

    fn set(&mut self, patch: Value, from: u64, to: u64) -> &mut Self {
        let answer =
            json!({"oldState": from.to_string(), "newState": to.to_string(), "updated": {"e1": null}});
        self.did("Email/set", json!({"update": {"e1": patch}}), answer)
    }

    /// All Emails at a state: the one, with these keywords.
    fn look(&mut self, state: u64, keywords: &[&str]) -> &mut Self {
        let email = email(&["m3"], keywords);
        self.did("Email/get", json!({"ids": null}), json!({"state": state.to_string(), "list": [email]}))
    }

    fn changes(&mut self, from: u64, to: u64, updated: &[&str]) -> &mut Self {
        let answer = json!({
            "oldState": from.to_string(), "newState": to.to_string(), "hasMoreChanges": false,
            "created": [], "updated": updated, "destroyed": [],
        });
        self.did("Email/changes", json!({"sinceState": from.to_string()}), answer)
    }

    fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = judge(&self.0).into_iter().map(|finding| finding.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

fn mailbox(id: &str, role: &str, emails: u64) -> Value {
    json!({"id": id, "name": role, "role": role, "totalEmails": emails, "unreadEmails": emails})
}

fn email(mailboxes: &[&str], keywords: &[&str]) -> Value {
    let set =
        |names: &[&str]| -> Value { names.iter().map(|name| ((*name).to_owned(), json!(true))).collect() };
    json!({"id": "e1", "blobId": BLOB, "mailboxIds": set(mailboxes), "keywords": set(keywords)})
}

const NONE: [Kind; 0] = [];

#[test]
fn an_update_that_is_not_there_is_lost() {
    assert_eq!(Written::new().import().set(json!({"keywords/a": true}), 1, 2).look(2, &["a"]).kinds(), NONE);
    let lost = Written::new().import().set(json!({"keywords/a": true}), 1, 2).look(2, &[]).kinds();
    assert_eq!(lost, [Kind::LostUpdate]);
    let by_nobody = Written::new().import().look(1, &["a"]).kinds();
    assert_eq!(by_nobody, [Kind::LostUpdate]);
}

#[test]
fn who_looks_into_a_mailbox_finds_what_is_there() {
    let found = |ids: &[&str]| {
        let mut written = Written::new();
        let answer = json!({"queryState": "1", "ids": ids});
        written.import().did("Email/query", json!({"filter": {"inMailbox": "m3"}}), answer).kinds()
    };
    assert_eq!(found(&["e1"]), NONE);
    assert_eq!(found(&[]), [Kind::LostUpdate]);
}

#[test]
fn a_flag_does_not_take_another_with_it() {
    let both = |seen: &[&str]| {
        let mut written = Written::new();
        written
            .import()
            .set(json!({"keywords/a": true}), 1, 2)
            .set(json!({"keywords/b": true}), 2, 3)
            .at_once();
        written.look(3, seen).kinds()
    };
    assert_eq!(both(&["a", "b"]), NONE);
    assert_eq!(both(&["b"]), [Kind::LostUpdate], "read, changed in memory and written whole");
}

#[test]
fn what_nobody_was_told_may_have_happened_or_not_but_not_be_undone() {
    let mut written = Written::new();
    written.import().tried("Email/set", json!({"update": {"e1": {"keywords/a": true}}})).look(1, &[]);
    assert_eq!(written.kinds(), NONE);
    written.look(2, &["a"]);
    assert_eq!(written.kinds(), NONE, "it came late");
    written.look(3, &[]);
    assert_eq!(written.kinds(), [Kind::LostUpdate]);
}

#[test]
fn of_two_that_compared_with_one_state_only_one_can_be_done() {
    let set = |to: &str, word: &str| {
        let arguments = json!({"ifInState": "1", "update": {"e1": {format!("keywords/{word}"): true}}});
        (arguments, json!({"oldState": "1", "newState": to, "updated": {"e1": null}}))
    };
    let mut written = Written::new();
    let ((one, told_one), (other, told_other)) = (set("2", "a"), set("3", "b"));
    written.import().look(1, &[]).did("Email/set", one, told_one);
    assert_eq!(written.kinds(), NONE);
    written.did("Email/set", other, told_other).at_once();
    assert_eq!(written.kinds(), [Kind::LostUpdate]);
}

#[test]
fn a_change_that_is_not_told_is_hidden() {
    let told = |updated: &[&str]| {
        let mut written = Written::new();
        written.import().look(1, &[]).set(json!({"keywords/a": true}), 1, 2).look(2, &["a"]);
        written.changes(1, 2, updated).kinds()
    };
    assert_eq!(told(&["e1"]), NONE);
    assert_eq!(told(&[]), [Kind::HiddenChange]);
}

#[test]
fn a_change_between_two_pages_is_hidden() {
    let mut written = Written::new();
    written.import().look(1, &[]).set(json!({"keywords/a": true}), 1, 3).look(3, &["a"]);
    for (from, to, more) in [("1", "2", true), ("2", "3", false)] {
        let answer =
            json!({"oldState": from, "newState": to, "hasMoreChanges": more, "created": [], "updated": []});
        written.did("Email/changes", json!({"sinceState": from}), answer);
    }
    assert_eq!(written.kinds(), [Kind::HiddenChange]);
}

#[test]
fn a_beginning_that_no_page_tells_is_hidden() {
    let paged = |created: &[&str]| {
        let mut written = Written::new();
        let nothing = json!({"state": "0", "list": [], "notFound": []});
        written.did("Email/get", json!({"ids": null}), nothing);
        written.import().set(json!({"keywords/a": true}), 1, 3).look(3, &["a"]);
        for (from, to, more, created, updated) in
            [("0", "2", true, created, &[][..]), ("2", "3", false, &[], &["e1"])]
        {
            let answer = json!({
                "oldState": from, "newState": to, "hasMoreChanges": more, "created": created, "updated": updated
            });
            written.did("Email/changes", json!({"sinceState": from}), answer);
        }
        written.kinds()
    };
    assert_eq!(paged(&["e1"]), NONE);
    assert_eq!(paged(&[]), [Kind::HiddenChange], "nobody looked at the end of the first page");
}

#[test]
fn a_property_beyond_those_named_is_a_hidden_change() {
    let look = |name: &str, state: &str| {
        let made = json!({"id": "m9", "name": name, "role": "x", "totalEmails": 0, "unreadEmails": 0});
        json!({"state": state, "list": [made], "notFound": []})
    };
    let mut written = Written::new();
    written.did("Mailbox/get", json!({"ids": ["m9"]}), look("one", "1"));
    written.did("Mailbox/get", json!({"ids": ["m9"]}), look("other", "2"));
    let mut changes =
        json!({"oldState": "1", "newState": "2", "created": [], "updated": ["m9"], "destroyed": []});
    written.did("Mailbox/changes", json!({"sinceState": "1"}), changes.clone());
    assert_eq!(written.kinds(), NONE);
    changes["updatedProperties"] = json!(["totalEmails"]);
    written.did("Mailbox/changes", json!({"sinceState": "1"}), changes);
    assert_eq!(written.kinds(), [Kind::HiddenChange]);
}

#[test]
fn a_state_that_goes_back_or_names_two_things_is_found() {
    let mut written = Written::new();
    written.import().set(json!({"keywords/a": true}), 1, 2).look(1, &[]);
    assert_eq!(written.kinds(), [Kind::LostUpdate, Kind::HiddenChange], "asked later, told of earlier");
    let mut written = Written::new();
    written
        .import()
        .look(1, &[])
        .tried("Email/set", json!({"update": {"e1": {"keywords/a": true}}}))
        .look(1, &["a"]);
    assert_eq!(written.kinds(), [Kind::HiddenChange]);
}

/// Anne writes to Bruno; what is asked later is asked of Bruno's account.
fn sent(undo: &str, arrived: &[&str]) -> Written {
    let mut written = Written::new();
    let arguments = json!({
        "clientLetterId": "l-1", "sentCopy": {"blobId": "copy"}, "sendAt": "1970-01-01T00:00:09Z",
        "envelopes": [{"blobId": "letter", "rcptTo": ["bruno@exemple.fr"]}],
    });
    let answer = json!({"letterId": "l1", "emailId": "e1", "undoStatus": "pending"});
    written.did("Letter/send", arguments, answer);
    if undo == "canceled" {
        written.did("Letter/cancel", json!({"letterId": "l1"}), json!({"newState": "9"}));
    }
    let state = json!({"bruno@exemple.fr": {"delivered": if undo == "final" { "yes" } else { "queued" }}});
    let letter = json!({"id": "l1", "clientLetterId": "l-1", "emailId": "e1", "undoStatus": undo,
        "sendAt": "1970-01-01T00:00:09Z", "deliveryStatus": state});
    written.did("Letter/get", json!({"ids": null}), json!({"state": "5", "list": [letter]}));
    let inbox = |id: &&str| json!({"id": id, "blobId": "letter", "mailboxIds": {"m1": true}, "keywords": {}});
    let list: Vec<Value> = arrived.iter().map(inbox).collect();
    written.of("a2", "Email/get", json!({"ids": null}), Some(json!({"state": "1", "list": list})));
    written
}

#[test]
fn a_letter_has_one_effect_and_it_is_the_one_told() {
    assert_eq!(sent("final", &["e7"]).kinds(), NONE);
    assert_eq!(sent("canceled", &[]).kinds(), NONE);
    assert_eq!(sent("final", &[]).kinds(), [Kind::LostLetter]);
    assert_eq!(sent("final", &["e7", "e8"]).kinds(), [Kind::Duplicate]);
    assert_eq!(sent("canceled", &["e7"]).kinds(), [Kind::Duplicate]);
    assert_eq!(sent("pending", &[]).kinds(), [Kind::LostLetter], "its time has come");
}

#[test]
fn a_letter_that_was_taken_back_stays_so() {
    let mut written = sent("canceled", &[]);
    let last = written.0.records.iter().rfind(|record| record.method == "Letter/get").unwrap().clone();
    let Answer::Done(mut answer) = last.answer else { unreachable!() };
    answer["list"][0]["undoStatus"] = json!("pending");
    written.did("Letter/get", json!({"ids": null}), answer);
    assert!(written.kinds().contains(&Kind::LostUpdate));
}

#[test]
fn two_names_for_one_submission_are_two_effects() {
    let mut written = sent("final", &["e7"]);
    let again =
        written.0.records.iter().find(|record| record.method == "Letter/send").unwrap().arguments.clone();
    written.did("Letter/send", again, json!({"letterId": "l2", "emailId": "e2", "undoStatus": "final"}));
    assert!(written.kinds().contains(&Kind::Duplicate));
}

#[test]
fn whoever_listens_and_is_not_told_is_found() {
    let mut written = Written::new();
    written.import().look(1, &[]);
    written.0.records.last_mut().unwrap().client = AUDITOR;
    let told = |state| Told {
        account: "a1".to_owned(),
        states: [("Email".to_owned(), state)].into(),
        returns: 0,
        late: Vec::new(),
    };
    written.0.told = vec![told(1)];
    assert_eq!(written.kinds(), NONE);
    written.0.told = vec![told(0)];
    assert_eq!(written.kinds(), [Kind::Untold]);
    written.0.told = vec![Told { late: vec!["state 1 of Email after event 2".to_owned()], ..told(1) }];
    assert_eq!(written.kinds(), [Kind::Untold]);
}

#[test]
fn a_failure_of_the_relay_and_a_state_it_does_not_know_are_found() {
    for (why, kind) in [
        ("500 Internal Server Error", Kind::Failure),
        ("[\"error\",{\"type\":\"serverFail\"},\"0\"]", Kind::Failure),
        ("[\"error\",{\"type\":\"cannotCalculateChanges\"},\"0\"]", Kind::HiddenChange),
    ] {
        let mut written = Written::new();
        written.tried("Email/changes", json!({"sinceState": "7"}));
        written.0.records.last_mut().unwrap().answer = Answer::Refused(why.to_owned());
        assert_eq!(written.kinds(), [kind]);
    }
}
