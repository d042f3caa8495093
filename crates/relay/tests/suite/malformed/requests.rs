//! Bodies that are no JSON, no I-JSON (RFC 7493), no request, or too much of one (RFC 8620 §3.6.1).

use sceau_relay::limits;
use serde_json::json;

use super::Case;

const JSON: &str = "application/json";
const EMPTY: &str = r#"{"using":[],"methodCalls":[]}"#;

/// No JSON at all, or none that two readers understand in the same way.
const NO_JSON: [&[u8]; 31] = [
    b"",
    b" ",
    b"{",
    b"}",
    b"[",
    b"{]",
    b"nul",
    b"True",
    b"'using'",
    b"{\"using\":[],}",
    b"{\"using\":[] \"methodCalls\":[]}",
    b"{using:[],methodCalls:[]}",
    b"{\"using\":[],\"methodCalls\":[]}}",
    b"{\"using\":[],\"methodCalls\":[]} []",
    b"{\"using\":[],\"methodCalls\":[]}\0",
    b"\xef\xbb\xbf{\"using\":[],\"methodCalls\":[]}",
    b"\xff\xfe{\0",
    b"{\"using\":[\"\xff\"],\"methodCalls\":[]}",
    b"{\"using\":[\"\xc0\xaf\"],\"methodCalls\":[]}",
    b"{\"using\":[\"\xed\xa0\x80\"],\"methodCalls\":[]}",
    b"{\"using\":[\"\\ud800\"],\"methodCalls\":[]}",
    b"{\"using\":[\"\\udc00\\ud800\"],\"methodCalls\":[]}",
    b"{\"using\":[\"\\x41\"],\"methodCalls\":[]}",
    b"{\"using\":[\"a\nb\"],\"methodCalls\":[]}",
    b"{\"using\":[],\"using\":[],\"methodCalls\":[]}",
    b"{\"using\":[],\"methodCalls\":[[\"Core/echo\",{\"a\":{\"b\":1,\"b\":2}},\"0\"]]}",
    b"{\"using\":[],\"methodCalls\":[[\"Core/echo\",{\"a\":1,\"\\u0061\":2},\"0\"]]}",
    b"{\"using\":[],\"methodCalls\":[[\"Core/echo\",{\"n\":01},\"0\"]]}",
    b"{\"using\":[],\"methodCalls\":[[\"Core/echo\",{\"n\":NaN},\"0\"]]}",
    b"{\"using\":[],\"methodCalls\":[[\"Core/echo\",{\"n\":1e999},\"0\"]]}",
    b"{\"using\":[],/* */\"methodCalls\":[]}",
];

/// JSON, but no request.
const NO_REQUEST: [&str; 27] = [
    "null",
    "7",
    "true",
    r#""using""#,
    "[]",
    "{}",
    r#"{"using":[]}"#,
    r#"{"methodCalls":[]}"#,
    r#"{"using":null,"methodCalls":[]}"#,
    r#"{"using":{},"methodCalls":[]}"#,
    r#"{"using":[null],"methodCalls":[]}"#,
    r#"{"using":[["urn:ietf:params:jmap:core"]],"methodCalls":[]}"#,
    r#"{"using":[],"methodCalls":null}"#,
    r#"{"using":[],"methodCalls":"Core/echo"}"#,
    r#"{"using":[],"methodCalls":[null]}"#,
    r#"{"using":[],"methodCalls":[[]]}"#,
    r#"{"using":[],"methodCalls":[["Core/echo"]]}"#,
    r#"{"using":[],"methodCalls":[["Core/echo",null,"0"]]}"#,
    r#"{"using":[],"methodCalls":[["Core/echo","{}","0"]]}"#,
    r#"{"using":[],"methodCalls":[["Core/echo",[],"0"]]}"#,
    r#"{"using":[],"methodCalls":[[7,{},"0"]]}"#,
    r#"{"using":[],"methodCalls":[["Core/echo",{},null]]}"#,
    r#"{"using":[],"methodCalls":[["Core/echo",{},"0","1"]]}"#,
    r#"{"using":[],"methodCalls":[{"0":"Core/echo","1":{},"2":"0"}]}"#,
    r#"{"using":[],"methodCalls":[],"createdIds":[]}"#,
    r#"{"using":[],"methodCalls":[],"createdIds":{"a":null}}"#,
    r#"{"Using":[],"MethodCalls":[]}"#,
];

/// Capabilities that no relay of this kind has; names are compared octet by octet.
const UNKNOWN: [&str; 9] = [
    "",
    "*",
    "core",
    "urn:ietf:params:jmap:CORE",
    "urn:ietf:params:jmap:core ",
    "urn:ietf:params:jmap:contacts",
    "urn:ietf:params:jmap:vacationresponse",
    "urn:sceau:jmap:letter'; DROP TABLE account; --",
    "\u{0}",
];

const OTHER_KINDS: [&str; 7] = [
    "",
    "text/plain",
    "text/json",
    "application/jsonp",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
];

pub(super) fn cases() -> Vec<Case> {
    let whole = |body: &[u8], code| Case::Whole { kind: JSON, body: body.to_vec(), code };
    let mut cases: Vec<Case> = NO_JSON.iter().map(|body| whole(body, "notJSON")).collect();
    cases.extend(NO_REQUEST.iter().map(|body| whole(body.as_bytes(), "notRequest")));
    cases.extend(UNKNOWN.iter().map(|name| {
        let body = json!({"using": ["urn:ietf:params:jmap:core", name], "methodCalls": []});
        whole(body.to_string().as_bytes(), "unknownCapability")
    }));
    cases.extend(OTHER_KINDS.map(|kind| Case::Whole {
        kind,
        body: EMPTY.as_bytes().to_vec(),
        code: "notJSON",
    }));
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        cases.push(whole(format!("{}1{}", open.repeat(5_000), close.repeat(5_000)).as_bytes(), "notJSON"));
    }
    let calls =
        |count: u64| -> Vec<_> { (0..count).map(|at| json!(["Core/echo", {}, at.to_string()])).collect() };
    let many = json!({"using": [], "methodCalls": calls(limits::CALLS_IN_REQUEST + 1)});
    cases.push(whole(many.to_string().as_bytes(), "limit"));
    let large = usize::try_from(limits::REQUEST_BYTES).unwrap() + 1;
    cases.push(whole(&vec![b' '; large], "limit"));
    cases
}
