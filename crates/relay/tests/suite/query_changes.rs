//! `queryChanges` of every type: a list that a client keeps by them is the one that a query finds.

use serde_json::{Value, json};

use super::world::{ANNE, BRUNO, Member, World, letter_with};

/// Numbers that look drawn by lot, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_of<'a, T>(&mut self, some: &'a [T]) -> Option<&'a T> {
        (!some.is_empty()).then(|| &some[self.below(some.len())])
    }
}

/// A query whose results a client keeps.
struct Kept {
    kind: &'static str,
    query: Value,
    ids: Vec<String>,
    state: Value,
}

impl Kept {
    async fn begin(anne: &Member<'_>, kind: &'static str, query: Value) -> Self {
        let (ids, state) = ask(anne, kind, &query).await;
        Self { kind, query, ids, state }
    }

    /// Brings the list up to date as RFC 8620 §5.6 says, and compares it with what a query finds.
    async fn follow(&mut self, anne: &Member<'_>, trail: &[String]) -> usize {
        let mut request = self.query.clone();
        request["sinceQueryState"] = self.state.clone();
        request["calculateTotal"] = json!(true);
        let changes = anne.call(&format!("{}/queryChanges", self.kind), request).await;
        assert_eq!(changes["oldQueryState"], self.state);
        let removed = strings(&changes["removed"]);
        self.ids.retain(|id| !removed.contains(id));
        let added = changes["added"].as_array().unwrap();
        for item in added {
            let index = usize::try_from(item["index"].as_u64().unwrap()).unwrap();
            self.ids.insert(index, item["id"].as_str().unwrap().to_owned());
        }
        self.state = changes["newQueryState"].clone();
        let (found, state) = ask(anne, self.kind, &self.query).await;
        assert_eq!(self.ids, found, "{} {}\n{}\n{changes}", self.kind, self.query, trail.join("\n"));
        assert_eq!((&self.state, &changes["total"]), (&state, &json!(found.len())));
        removed.len() + added.len()
    }
}

async fn ask(anne: &Member<'_>, kind: &str, query: &Value) -> (Vec<String>, Value) {
    let found = anne.call(&format!("{kind}/query"), query.clone()).await;
    assert_eq!(found["canCalculateChanges"], true);
    (strings(&found["ids"]), found["queryState"].clone())
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// Queries of every kind: of what never changes, of what an Email has itself, of its Thread; of submissions; of Mailboxes, and of
/// their tree.
fn queries(inbox: &str) -> Vec<(&'static str, Value)> {
    let by = |property: &str| json!([{"property": property}]);
    let by_keyword = |property: &str| json!([{"property": property, "keyword": "$flagged"}]);
    let here = json!({"inMailbox": inbox});
    vec![
        ("Email", json!({})),
        ("Email", json!({"filter": {"from": "anne"}, "sort": by("subject")})),
        ("Email", json!({"filter": here, "sort": [{"property": "receivedAt", "isAscending": false}]})),
        ("Email", json!({"filter": here, "collapseThreads": true})),
        ("Email", json!({"filter": {"inMailboxOtherThan": [inbox]}, "sort": by("size")})),
        ("Email", json!({"filter": {"hasKeyword": "$flagged"}})),
        ("Email", json!({"sort": by_keyword("hasKeyword")})),
        ("Email", json!({"filter": {"someInThreadHaveKeyword": "$flagged"}, "sort": by("sentAt")})),
        ("Email", json!({"filter": {"noneInThreadHaveKeyword": "$flagged"}, "collapseThreads": true})),
        ("Email", json!({"sort": by_keyword("allInThreadHaveKeyword"), "collapseThreads": true})),
        (
            "Email",
            json!({"filter": {"operator": "NOT", "conditions": [here, {"allInThreadHaveKeyword": "$flagged"}]}}),
        ),
        ("EmailSubmission", json!({"sort": by("emailId")})),
        ("EmailSubmission", json!({"filter": {"undoStatus": "pending"}, "sort": by("sendAt")})),
        ("Quota", json!({"sort": by("used")})),
        ("Mailbox", json!({})),
        ("Mailbox", json!({"filter": {"hasAnyRole": false}, "sort": by("name")})),
        ("Mailbox", json!({"sortAsTree": true, "sort": by("name")})),
        (
            "Mailbox",
            json!({"filterAsTree": true, "filter": {"operator": "NOT", "conditions": [{"name": "b"}]}}),
        ),
    ]
}

/// Something happens to Emails or Mailboxes; gives what.
async fn happen(anne: &Member<'_>, dice: &mut Dice, at: usize) -> String {
    let emails = strings(&anne.call("Email/query", json!({})).await["ids"]);
    let made = strings(&anne.call("Mailbox/query", json!({"filter": {"hasAnyRole": false}})).await["ids"]);
    let email = dice.one_of(&emails).cloned();
    let mailbox = dice.one_of(&made).cloned();
    let other = dice.one_of(&made).cloned();
    match (dice.below(11), email, mailbox) {
        (0 | 1, ..) => {
            let from = [ANNE, BRUNO][dice.below(2)];
            let before = dice.below(at + 1);
            let headers = format!(
                "From: {from}\r\nTo: {ANNE}\r\nMessage-ID: <m{at}@x>\r\nReferences: <m{before}@x>\r\n"
            );
            let role = ["inbox", "archive"][dice.below(2)];
            format!("{} to {role}", anne.import(&letter_with(&headers, &format!("m{at}")), role).await)
        }
        (2, Some(email), _) => {
            anne.call("Email/set", json!({"destroy": [email]})).await;
            format!("{email} is gone")
        }
        (3 | 4, Some(email), _) => {
            let is = [json!(true), Value::Null][dice.below(2)].clone();
            anne.call("Email/set", json!({"update": {&email: {"keywords/$flagged": is}}})).await;
            format!("{email} flagged: {is}")
        }
        (5, Some(email), Some(mailbox)) => {
            anne.call("Email/set", json!({"update": {&email: {"mailboxIds": {&mailbox: true}}}})).await;
            format!("{email} is in {mailbox}")
        }
        (6, _, Some(mailbox)) => {
            let parent = other.filter(|other| *other != mailbox);
            let name = ["a", "b", "c"][dice.below(3)];
            let update = json!({"update": {&mailbox: {"parentId": parent, "name": format!("{name}{at}")}}});
            let done = anne.call("Mailbox/set", update).await;
            format!("{mailbox} is below {parent:?}: {}", done["notUpdated"])
        }
        (7, _, Some(mailbox)) => {
            let destroy = json!({"destroy": [mailbox], "onDestroyRemoveEmails": true});
            let done = anne.call("Mailbox/set", destroy).await;
            format!("{mailbox} is gone: {}", done["notDestroyed"])
        }
        (8 | 9, ..) => {
            let held = strings(
                &anne.call("EmailSubmission/query", json!({"filter": {"undoStatus": "pending"}})).await["ids"],
            );
            match dice.one_of(&held) {
                Some(submission) if dice.below(2) == 0 => {
                    let update = json!({"update": {submission: {"undoStatus": "canceled"}}});
                    format!(
                        "{submission} is taken back: {}",
                        anne.call("EmailSubmission/set", update).await["notUpdated"]
                    )
                }
                _ => format!("handed in {}", submit(anne, at).await),
            }
        }
        (_, _, mailbox) => {
            let create = json!({"create": {"n": {"name": format!("b{at}"), "parentId": mailbox}}});
            format!("made {}", anne.call("Mailbox/set", create).await["created"])
        }
    }
}

/// Hands an Email in that waits an hour, or goes at once.
async fn submit(anne: &Member<'_>, at: usize) -> String {
    let message =
        letter_with(&format!("From: {ANNE}\r\nTo: {BRUNO}\r\nMessage-ID: <s{at}@x>\r\n"), &format!("s{at}"));
    let email = anne.import(&message, "drafts").await;
    let wait = if at.is_multiple_of(2) { "3600" } else { "0" };
    let envelope =
        json!({"mailFrom": {"email": ANNE, "parameters": {"HOLDFOR": wait}}, "rcptTo": [{"email": BRUNO}]});
    let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
    let create = json!({"create": {"s": {"identityId": identity, "emailId": email, "envelope": envelope}}});
    let done = anne.call("EmailSubmission/set", create).await;
    assert!(done["created"]["s"].is_object(), "{done}");
    done["created"]["s"]["id"].to_string()
}

#[tokio::test]
async fn a_list_that_is_kept_up_to_date_is_the_one_that_is_found() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let mut dice = Dice(20_261_130);
    let inbox = anne.mailbox("inbox").await;
    let mut kept = Vec::new();
    for (kind, query) in queries(&inbox) {
        kept.push(Kept::begin(&anne, kind, query).await);
    }
    let (mut trail, mut told) = (Vec::new(), vec![0; kept.len()]);
    for at in 0..150 {
        trail.push(happen(&anne, &mut dice, at).await);
        if dice.below(2) == 0 {
            for (list, told) in kept.iter_mut().zip(&mut told) {
                *told += list.follow(&anne, &trail).await;
            }
        }
    }
    assert!(told.iter().all(|told| *told > 5), "something of each was told: {told:?}");
}

#[tokio::test]
async fn what_cannot_move_is_not_told_and_what_is_too_much_is_refused() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let message = |id: &str| letter_with(&format!("From: {ANNE}\r\nTo: {ANNE}\r\nSubject: {id}\r\n"), id);
    let first = anne.import(&message("1"), "inbox").await;
    let state = |answer: Value| answer["queryState"].clone();
    let since = state(anne.call("Email/query", json!({})).await);
    anne.call("Email/set", json!({"update": {&first: {"keywords/$flagged": true}}})).await;
    let changes = async |query: Value| {
        let mut request = query;
        request["sinceQueryState"] = since.clone();
        anne.call("Email/queryChanges", request).await
    };
    let told = changes(json!({})).await;
    assert_eq!((&told["removed"], &told["added"], told.get("total")), (&json!([]), &json!([]), None));
    let told = changes(json!({"filter": {"hasKeyword": "$flagged"}})).await;
    assert_eq!(told["removed"], json!([first]));
    assert_eq!(told["added"], json!([{"id": first, "index": 0}]));
    let mut request =
        json!({"sinceQueryState": since, "filter": {"hasKeyword": "$flagged"}, "maxChanges": 1});
    anne.fails("Email/queryChanges", request.clone(), "tooManyChanges").await;
    request["maxChanges"] = json!(2);
    anne.call("Email/queryChanges", request).await;
    for (state, kind) in [(json!("99999"), "cannotCalculateChanges"), (json!(1), "invalidArguments")] {
        anne.fails("Email/queryChanges", json!({"sinceQueryState": state}), kind).await;
    }
    let sort = json!([{"property": "colour"}]);
    anne.fails("Email/queryChanges", json!({"sinceQueryState": since, "sort": sort}), "unsupportedSort")
        .await;
    let filter = json!({"text": "x"});
    anne.fails(
        "Email/queryChanges",
        json!({"sinceQueryState": since, "filter": filter}),
        "unsupportedFilter",
    )
    .await;
    // Nothing of anybody else's comes along.
    bruno.import(&letter_with(&format!("From: {BRUNO}\r\n"), "his"), "inbox").await;
    let state = state(bruno.call("Email/query", json!({})).await);
    anne.import(&message("2"), "inbox").await;
    let told = bruno.call("Email/queryChanges", json!({"sinceQueryState": state})).await;
    assert_eq!((&told["removed"], &told["added"]), (&json!([]), &json!([])));
}
