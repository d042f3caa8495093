//! References to earlier answers (RFC 8620 §3.7) that lead nowhere, elsewhere or round and round.

use serde_json::{Value, json};

use super::Case;

fn reference(result_of: &str, name: &str, path: &str) -> Value {
    json!({"#ids": {"resultOf": result_of, "name": name, "path": path}})
}

/// References that are none.
fn malformed() -> Vec<Value> {
    vec![
        json!(null),
        json!(7),
        json!("/list/*/id"),
        json!([]),
        json!({}),
        json!({"resultOf": "0", "name": "Core/echo"}),
        json!({"resultOf": "0", "path": "/list/*/id"}),
        json!({"name": "Core/echo", "path": "/list/*/id"}),
        json!({"resultOf": 0, "name": "Core/echo", "path": "/list/*/id"}),
        json!({"resultOf": "0", "name": ["Core/echo"], "path": "/list/*/id"}),
        json!({"resultOf": "0", "name": "Core/echo", "path": null}),
    ]
}

/// Paths that do not lead to anything in `answered`.
const NOWHERE: [&str; 20] = [
    "",
    "list",
    "#/list",
    "/",
    "//",
    "/list/",
    "/list/*",
    "/list/*/",
    "/list/*/none",
    "/list/**/id",
    "/list/2",
    "/list/-1",
    "/list/-",
    "/list/+1",
    "/list/01",
    "/list/99999999999999999999999",
    "/list/0/id/0",
    "/*/id",
    "/~1list",
    "/n/m/o",
];

fn answered() -> Value {
    json!({"list": [{"id": "m1"}, {"id": "m2", "x": 1}], "n": {"m": null}, "number": 7})
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = malformed()
        .into_iter()
        .map(|wrong| Case::Method {
            name: "Mailbox/get",
            arguments: json!({"#ids": wrong}),
            error: "invalidResultReference",
        })
        .collect();
    let after = |arguments: Value, error| Case::Last {
        calls: vec![("Core/echo", answered()), ("Mailbox/get", arguments)],
        error,
    };
    let not_found = "invalidResultReference";
    cases.extend(
        NOWHERE
            .iter()
            .filter(|path| **path != "/list/*")
            .map(|path| after(reference("0", "Core/echo", path), not_found)),
    );
    cases.extend([
        // Its own answer, a later one, none, and another's name.
        after(reference("1", "Mailbox/get", "/list/*/id"), not_found),
        after(reference("2", "Core/echo", "/list/*/id"), not_found),
        after(reference("", "Core/echo", "/list/*/id"), not_found),
        after(reference("0' OR '1'='1", "Core/echo", "/list/*/id"), not_found),
        after(reference("0", "core/echo", "/list/*/id"), not_found),
        after(reference("0", "Mailbox/get", "/list/*/id"), not_found),
        after(reference("0", "error", "/type"), not_found),
        // What is found is of the wrong type.
        after(reference("0", "Core/echo", "/number"), "invalidArguments"),
        after(reference("0", "Core/echo", "/n"), "invalidArguments"),
        after(reference("0", "Core/echo", "/list"), "invalidArguments"),
        after(reference("0", "Core/echo", "/list/*"), "invalidArguments"),
        after(reference("0", "Core/echo", "/list/0/id"), "invalidArguments"),
        // Given twice.
        after(
            json!({"ids": [], "#ids": {"resultOf": "0", "name": "Core/echo", "path": "/list/*/id"}}),
            "invalidArguments",
        ),
    ]);
    // Two calls that wait for each other: the first finds nothing, so does the second.
    cases.push(Case::Last {
        calls: vec![
            ("Mailbox/get", reference("1", "Mailbox/get", "/list/*/id")),
            ("Mailbox/get", reference("0", "Mailbox/get", "/list/*/id")),
        ],
        error: not_found,
    });
    cases
}
