//! Arguments of the right type that mean nothing: filters, sorts, anchors, states, ids, words of SQL.

use sceau_relay::limits;
use serde_json::{Value, json};

use super::Case;

const SQL: &str = "x'); DROP TABLE account; --\" OR 1=1 /*";

fn method(name: &'static str, arguments: Value, error: &'static str) -> Case {
    Case::Method { name, arguments, error }
}

fn nested(depth: usize) -> Value {
    (0..depth)
        .fold(json!({"hasKeyword": "$seen"}), |inner, _| json!({"operator": "NOT", "conditions": [inner]}))
}

fn filters() -> Vec<Case> {
    let email = [
        (json!({"text": "x"}), "unsupportedFilter"),
        (json!({"subject": "x"}), "unsupportedFilter"),
        (json!({"body": "x"}), "unsupportedFilter"),
        (json!({"header": ["X"]}), "unsupportedFilter"),
        (json!({"colour": "x"}), "unsupportedFilter"),
        (json!({SQL: "x"}), "unsupportedFilter"),
        (json!({"operator": "AND", "conditions": [{"colour": 1}]}), "unsupportedFilter"),
        (nested(40), "unsupportedFilter"),
        (
            json!({"operator": "OR", "conditions": vec![json!({"hasKeyword": "$seen"}); 101]}),
            "unsupportedFilter",
        ),
        (json!({"inMailbox": 7}), "invalidArguments"),
        (json!({"inMailbox": "x"}), "invalidArguments"),
        (json!({"inMailbox": SQL}), "invalidArguments"),
        (json!({"inMailboxOtherThan": "m1"}), "invalidArguments"),
        (json!({"inMailboxOtherThan": [SQL]}), "invalidArguments"),
        (json!({"before": "yesterday"}), "invalidArguments"),
        (json!({"before": "2026-13-01T00:00:00Z"}), "invalidArguments"),
        (json!({"after": "2026-01-01"}), "invalidArguments"),
        (json!({"after": SQL}), "invalidArguments"),
        (json!({"minSize": -1}), "invalidArguments"),
        (json!({"maxSize": "big"}), "invalidArguments"),
        (json!({"hasKeyword": ""}), "invalidArguments"),
        (json!({"hasKeyword": SQL}), "invalidArguments"),
        (json!({"notKeyword": "a b"}), "invalidArguments"),
        (json!({"hasAttachment": "yes"}), "invalidArguments"),
        (json!({"from": 7}), "invalidArguments"),
    ];
    let mut cases: Vec<Case> = email
        .into_iter()
        .map(|(filter, error)| method("Email/query", json!({"filter": filter}), error))
        .collect();
    for name in ["Mailbox/query", "EmailSubmission/query", "Quota/query"] {
        cases.push(method(name, json!({"filter": {"colour": 1}}), "unsupportedFilter"));
        cases.push(method(name, json!({"filter": {SQL: 1}}), "unsupportedFilter"));
    }
    cases
}

fn sorts() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in ["Mailbox/query", "Email/query", "EmailSubmission/query", "Quota/query"] {
        for sort in [
            json!([{"property": ""}]),
            json!([{"property": SQL}]),
            json!([{"property": "colour"}]),
            json!([{"property": "name", "collation": "i;octet"}]),
        ] {
            cases.push(method(name, json!({"sort": sort}), "unsupportedSort"));
        }
        cases.push(method(name, json!({"anchor": SQL}), "anchorNotFound"));
        cases.push(method(name, json!({"anchor": "x", "anchorOffset": i64::MIN}), "anchorNotFound"));
    }
    cases.push(method("Email/query", json!({"sort": [{"property": "hasKeyword"}]}), "invalidArguments"));
    let keyword = json!([{"property": "hasKeyword", "keyword": SQL}]);
    cases.push(method("Email/query", json!({"sort": keyword}), "invalidArguments"));
    cases
}

fn states() -> Vec<Case> {
    let mut cases = Vec::new();
    let changes = ["Mailbox", "Thread", "Email", "Identity", "EmailSubmission", "Quota", "Letter"]
        .map(|kind| -> &'static str { format!("{kind}/changes").leak() });
    for name in changes {
        for state in ["", "x", "-1", "01", "9223372036854775808", SQL] {
            cases.push(method(name, json!({"sinceState": state}), "cannotCalculateChanges"));
        }
        cases.push(method(name, json!({"sinceState": "0", "maxChanges": 0}), "invalidArguments"));
        cases.push(method(name, json!({}), "invalidArguments"));
    }
    for name in ["Mailbox/set", "Email/set", "Identity/set", "EmailSubmission/set"] {
        cases.push(method(name, json!({"ifInState": SQL}), "stateMismatch"));
    }
    cases.push(method("Email/import", json!({"ifInState": "x", "emails": {}}), "stateMismatch"));
    cases.push(method("PushSubscription/set", json!({"ifInState": "0"}), "invalidArguments"));
    cases
}

fn properties() -> Vec<Case> {
    let names =
        ["Mailbox/get", "Thread/get", "Email/get", "Identity/get", "EmailSubmission/get", "Quota/get"];
    let mut cases: Vec<Case> = Vec::new();
    for name in names {
        for property in ["colour", "", "ID", SQL] {
            cases.push(method(name, json!({"ids": [], "properties": [property]}), "invalidArguments"));
        }
    }
    for property in
        ["header:", "header::asText", "header:To:asColour", "header:To:all:asText", "header:To:asText:all:x"]
    {
        cases.push(method("Email/get", json!({"ids": [], "properties": [property]}), "invalidArguments"));
        cases.push(method("Email/get", json!({"ids": [], "bodyProperties": [property]}), "invalidArguments"));
    }
    for header in ["header:Subject:asAddresses", "header:From:asDate", "header:Date:asMessageIds"] {
        cases.push(method("Email/get", json!({"ids": [], "properties": [header]}), "invalidArguments"));
    }
    cases
}

fn many() -> Vec<Case> {
    let ids: Vec<String> = (0..=limits::OBJECTS_IN_GET).map(|at| format!("x{at}")).collect();
    let names = ["Mailbox/get", "Email/get", "Thread/get", "Blob/get", "PushSubscription/get"];
    let mut cases: Vec<Case> =
        names.map(|name| method(name, json!({"ids": ids}), "requestTooLarge")).into_iter().collect();
    let destroy: Vec<String> = (0..=limits::OBJECTS_IN_SET).map(|at| format!("x{at}")).collect();
    for name in ["Mailbox/set", "Email/set", "EmailSubmission/set", "PushSubscription/set"] {
        cases.push(method(name, json!({"destroy": destroy}), "requestTooLarge"));
    }
    cases
}

fn unknown_methods() -> Vec<Case> {
    let names = [
        "",
        "/",
        "Core",
        "core/echo",
        "Core/Echo",
        "Core/echo ",
        "Email/",
        "/get",
        "Email/parse",
        "Email/copy",
        "Blob/copy",
        "SearchSnippet/get",
        "VacationResponse/get",
        "Account/get",
        SQL,
        "Mailbox/get\u{0}",
        "error",
    ];
    names.map(|name| method(name, json!({}), "unknownMethod")).into_iter().collect()
}

/// The methods of Sceau's own capabilities.
fn own() -> Vec<Case> {
    let wrong = "invalidArguments";
    vec![
        method("Letter/send", json!({}), wrong),
        method(
            "Letter/send",
            json!({"clientLetterId": 7, "sentCopy": {"blobId": "x"}, "envelopes": []}),
            wrong,
        ),
        method("Letter/send", json!({"clientLetterId": "c", "sentCopy": "x", "envelopes": []}), wrong),
        method(
            "Letter/send",
            json!({"clientLetterId": "c", "sentCopy": {"blobId": "x"}, "envelopes": {}}),
            wrong,
        ),
        method(
            "Letter/send",
            json!({"clientLetterId": "c", "sentCopy": {"blobId": "x"}, "envelopes": []}),
            wrong,
        ),
        method("Letter/cancel", json!({}), wrong),
        method("Letter/cancel", json!({"letterId": 7}), wrong),
        method("Letter/cancel", json!({"letterId": SQL}), "notFound"),
        method("Vault/get", json!({"ids": "keys"}), wrong),
        method("Vault/set", json!({"update": []}), wrong),
        method("Vault/set", json!({"update": {"keys": 7}}), wrong),
        method("Vault/set", json!({"update": {"keys": {"ifVersion": -1, "data": ""}}}), wrong),
        method("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "&&&"}}}), wrong),
        method("Directory/lookup", json!({}), wrong),
        method("Directory/lookup", json!({"addresses": "x"}), wrong),
        method("Directory/lookup", json!({"addresses": [7]}), wrong),
        method("Directory/query", json!({}), wrong),
        method("Directory/query", json!({"text": 7}), wrong),
        method("Directory/query", json!({"text": "x", "limit": -1}), wrong),
        method("Directory/publish", json!({"certificates": "x"}), wrong),
        method("Directory/publish", json!({"certificates": ["AAAA"]}), wrong),
        method("Authority/get", json!({"ids": 7}), wrong),
        method("IndexSegment/append", json!({}), wrong),
        method("IndexSegment/append", json!({"device": SQL, "counter": 1, "data": "AA=="}), wrong),
        method("IndexSegment/append", json!({"device": "d", "counter": -1, "data": "AA=="}), wrong),
        method("IndexSegment/append", json!({"device": "d", "counter": 2, "data": "AA=="}), "stateMismatch"),
        method("IndexSegment/get", json!({"after": []}), wrong),
        method("IndexSegment/get", json!({"after": {"d": "1"}}), wrong),
        method("Blob/lookup", json!({"ids": [], "typeNames": ["Colour"]}), "unknownDataType"),
        method("Blob/lookup", json!({"ids": [], "typeNames": [SQL]}), "unknownDataType"),
        method("Blob/get", json!({"ids": [], "properties": ["digest:md5"]}), wrong),
        method("Blob/get", json!({"ids": [], "properties": ["data:asColour"]}), wrong),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    [filters(), sorts(), states(), properties(), many(), unknown_methods(), own()]
        .into_iter()
        .flatten()
        .collect()
}
