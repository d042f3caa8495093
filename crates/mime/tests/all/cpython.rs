//! Messages of CPython's e-mail tests, with what its own parser makes of them as second opinion.

use sceau_mime::{Address, Date, Letter, Limits, Node, read, structure};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::vectors::{Run, compare, folder};

const CASES: usize = 48;

/// Where we differ, and why.
const LEDGER: &[(&str, &str)] = &[
    ("msg_15.txt", "one boundary for two nested multiparts: we keep the nesting, CPython flattens it"),
    ("msg_16.txt", "a delivery status is one leaf for us, a list of header sections for CPython"),
    ("msg_19.txt", "no header section: what stands before the first empty line is a damaged one for us"),
    (
        "msg_20.txt",
        "three Cc fields: the expectation keeps the first, we list all people and report the repetition",
    ),
    ("msg_25.txt", "two To fields: as above"),
    ("msg_35.txt", "a line that is no field: CPython ends the header section there, we leave the line out"),
    ("msg_36.txt", "message/external-body is a leaf for us, a container for CPython"),
    ("msg_37.txt", "delimiters in a row: RFC 2046 makes empty parts between them, CPython none"),
    ("msg_38.txt", "a line that is no field in a part, as in msg_35"),
    ("msg_39.txt", "one boundary for two nested multiparts, as in msg_15"),
    ("msg_43.txt", "a delivery status, as in msg_16"),
    (
        "msg_47.txt",
        "fields followed by text without an empty line: we report damaged structure, CPython shows the text",
    ),
];

#[test]
fn cpython_messages() {
    let Some(folder) = folder("mail/cpython", CASES) else { return };
    let expectations: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expectations.json")).unwrap()).unwrap();
    let mut run = Run::default();
    for case in expectations.as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(file)).unwrap();
        run.case(file, differences(case, &bytes));
    }
    run.judge(CASES, LEDGER);
}

fn differences(case: &Value, bytes: &[u8]) -> Vec<String> {
    let limits = Limits::default();
    let (Ok(letter), Ok(tree)) = (read(bytes, &limits), structure(bytes, &limits)) else {
        return vec!["not read".to_owned()];
    };
    let mut differences = Vec::new();
    compare_headers(&mut differences, case, &letter);
    let mut found = Vec::new();
    flatten("", &tree, &mut found);
    let expected: Vec<String> = case["parts"].as_array().unwrap().iter().map(expected_part).collect();
    compare(&mut differences, "parts", &expected, &found);
    differences
}

/// Values are compared by what they mean: CPython normalises dates and drops comments in its text.
fn compare_headers(differences: &mut Vec<String>, case: &Value, letter: &Letter) {
    let count = usize::try_from(case["header_count"].as_u64().unwrap()).unwrap();
    compare(differences, "number of fields", &count, &letter.headers.len());
    for (name, expected) in case["headers"].as_object().unwrap() {
        let expected = expected.as_str().unwrap();
        match name.as_str() {
            "date" => compare(differences, name, &Date::parse_rfc5322(expected), &letter.date),
            "from" => compare(differences, name, &emails(expected), &listed(&letter.from)),
            "to" => compare(differences, name, &emails(expected), &listed(&letter.to)),
            "cc" => compare(differences, name, &emails(expected), &listed(&letter.cc)),
            "subject" => compare(differences, name, &words(expected), &words(&letter.subject)),
            _ => {
                let id = letter.message_id.as_ref().map(|id| format!("<{id}>"));
                compare(differences, name, &Some(expected.to_owned()), &id);
            }
        }
    }
}

fn emails(text: &str) -> Vec<String> {
    let message = format!("To: {text}\r\n\r\n");
    listed(&read(message.as_bytes(), &Limits::default()).unwrap().to)
}

fn listed(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(|address| address.email.clone()).collect()
}

/// Folding white space is one space for us, a tab for CPython.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn expected_part(part: &Value) -> String {
    let text = |key: &str| part[key].as_str().unwrap_or("-").to_owned();
    let content = match part["children"].as_u64() {
        Some(children) => format!("{children} children"),
        None => format!("{} bytes {}", part["decoded_len"], text("decoded_sha256")),
    };
    format!(
        "{} {} charset={} cte={} {} name={} {content}",
        text("path"),
        text("type"),
        text("charset"),
        text("cte"),
        text("disposition"),
        text("filename")
    )
}

/// Lists nodes with IMAP-like paths: "" is a container at the top, "1" a message that is one leaf.
fn flatten(path: &str, node: &Node, out: &mut Vec<String>) {
    let is_leaf = node.children.is_empty();
    let shown = if path.is_empty() && is_leaf { "1" } else { path };
    let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
    let content = match is_leaf {
        false => format!("{} children", node.children.len()),
        true => format!("{} bytes {}", node.decoded.len(), hex::encode(Sha256::digest(&node.decoded))),
    };
    out.push(format!(
        "{shown} {} charset={} cte={} {} name={} {content}",
        node.content_type.media,
        text(node.content_type.parameter("charset").map(str::to_ascii_lowercase).as_deref()),
        text(node.transfer_encoding.as_deref()),
        text(node.disposition.as_deref()),
        text(node.name.as_deref()),
    ));
    for (index, child) in node.children.iter().enumerate() {
        let number = index + 1;
        let path = if path.is_empty() { number.to_string() } else { format!("{path}.{number}") };
        flatten(&path, child, out);
    }
}
