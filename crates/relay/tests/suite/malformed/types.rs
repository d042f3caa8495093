//! Every argument of every standard method with values of other types: `invalidArguments` (RFC 8620 §3.6.2).

use serde_json::{Map, Value, json};

use super::Case;

/// Arguments, and what no argument of that kind may be.
fn wrong(kind: &str) -> Vec<Value> {
    match kind {
        "list" => vec![json!(7), json!("x"), json!({}), json!([7]), json!([null]), json!([["x"]])],
        "text" => vec![json!(7), json!([]), json!({}), json!(true)],
        "flag" => vec![json!("true"), json!(1), json!([])],
        "integer" => vec![json!("1"), json!(0.5), json!(1e300), json!(true), json!([])],
        "natural" => vec![json!(-1), json!("1"), json!(0.5), json!(1e300), json!([])],
        "map" => vec![json!(7), json!("x"), json!([]), json!({"x": 7}), json!({"x": []}), json!({"x": "y"})],
        "filter" => vec![
            json!(7),
            json!("x"),
            json!([]),
            json!({"operator": "XOR", "conditions": []}),
            json!({"operator": 7, "conditions": []}),
            json!({"operator": "AND", "conditions": 7}),
            json!({"operator": "AND", "conditions": [7]}),
        ],
        "sort" => vec![
            json!(7),
            json!("size"),
            json!({}),
            json!([7]),
            json!([{}]),
            json!([{"property": 7}]),
            json!([{"property": "name", "isAscending": "yes"}]),
        ],
        other => panic!("{other}"),
    }
}

const GET: [(&str, &str); 2] = [("ids", "list"), ("properties", "list")];
const CHANGES: [(&str, &str); 2] = [("sinceState", "text"), ("maxChanges", "natural")];
const SET: [(&str, &str); 4] =
    [("ifInState", "text"), ("create", "map"), ("update", "map"), ("destroy", "list")];
const QUERY: [(&str, &str); 7] = [
    ("filter", "filter"),
    ("sort", "sort"),
    ("position", "integer"),
    ("anchor", "text"),
    ("anchorOffset", "integer"),
    ("limit", "natural"),
    ("calculateTotal", "flag"),
];

/// A method, and its arguments with their kinds.
type Typed = (&'static str, &'static [(&'static str, &'static str)]);

const METHODS: [Typed; 32] = [
    ("Mailbox/get", &GET),
    ("Mailbox/changes", &CHANGES),
    ("Mailbox/query", &QUERY),
    ("Mailbox/query", &[("sortAsTree", "flag"), ("filterAsTree", "flag")]),
    ("Mailbox/set", &SET),
    ("Mailbox/set", &[("onDestroyRemoveEmails", "flag")]),
    ("Thread/get", &GET),
    ("Thread/changes", &CHANGES),
    ("Email/get", &GET),
    (
        "Email/get",
        &[("bodyProperties", "list"), ("fetchAllBodyValues", "flag"), ("maxBodyValueBytes", "natural")],
    ),
    ("Email/changes", &CHANGES),
    ("Email/query", &QUERY),
    ("Email/query", &[("collapseThreads", "flag")]),
    ("Email/set", &SET),
    ("Email/import", &[("emails", "map"), ("ifInState", "text")]),
    ("Identity/get", &GET),
    ("Identity/changes", &CHANGES),
    ("Identity/set", &SET),
    ("EmailSubmission/get", &GET),
    ("EmailSubmission/changes", &CHANGES),
    ("EmailSubmission/query", &QUERY),
    ("EmailSubmission/set", &SET),
    ("EmailSubmission/set", &[("onSuccessUpdateEmail", "map"), ("onSuccessDestroyEmail", "list")]),
    ("PushSubscription/get", &GET),
    ("PushSubscription/set", &[("create", "map"), ("update", "map"), ("destroy", "list")]),
    ("Quota/get", &GET),
    ("Quota/changes", &CHANGES),
    ("Quota/query", &QUERY),
    ("Letter/changes", &CHANGES),
    ("Blob/upload", &[("create", "map")]),
    ("Blob/get", &[("ids", "list"), ("properties", "list"), ("offset", "natural"), ("length", "natural")]),
    ("Blob/lookup", &[("ids", "list"), ("typeNames", "list")]),
];

/// What the other arguments must be, so that only one is wrong.
fn sound(name: &str) -> Map<String, Value> {
    let arguments = match name {
        _ if name.ends_with("/changes") => json!({"sinceState": "0"}),
        "Blob/get" => json!({"ids": []}),
        "Blob/lookup" => json!({"ids": [], "typeNames": []}),
        _ => json!({}),
    };
    arguments.as_object().unwrap().clone()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, arguments) in METHODS {
        for (argument, kind) in arguments {
            for value in wrong(kind) {
                let mut all = sound(name);
                all.insert((*argument).to_owned(), value);
                cases.push(Case::Method { name, arguments: Value::Object(all), error: "invalidArguments" });
            }
        }
    }
    cases
}
