//! Messages and single fields with the parse that their collectors expect.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sceau_mime::{Address, Date, Entity, Letter, Limits, Node, html_to_text, read, structure};
use serde_json::Value;

use crate::vectors::{Run, compare, folder};

/// 28 messages, each with LF and with CR LF line ends.
const MESSAGES: usize = 56;
/// Single fields.
const FIELDS: usize = 251;

/// Messages where we differ, and why.
const MESSAGE_LEDGER: &[(&str, &str)] = &[
    ("rfc/000.json", BROKEN_MEDIA),
    ("rfc/000.crlf.json", BROKEN_MEDIA),
    ("rfc/008.json", ENCODED_MESSAGE),
    ("rfc/008.crlf.json", ENCODED_MESSAGE),
    ("thirdparty/002.json", MALFORMED),
    ("thirdparty/002.crlf.json", MALFORMED),
    ("thirdparty/005.crlf.json", MALFORMED),
];

const BROKEN_MEDIA: &str =
    "audio and image whose base64 is prose: the vectors show it as text, we keep a file";
const ENCODED_MESSAGE: &str =
    "a message inside base64: the vectors open it, we keep it as a file of exact bytes";
const MALFORMED: &str = "text cut in the middle of a character: another number of replacement characters";

/// Fields where we differ, and why.
const FIELD_LEDGER: &[(&str, &str)] = &[
    ("unstructured/21", GLUED_WORD),
    ("unstructured/22", GLUED_WORD),
    ("unstructured/27", GLUED_WORD),
    ("unstructured/28", GLUED_WORD),
];

const GLUED_WORD: &str =
    "an encoded word glued to text (against RFC 2047 §5): we add no space that nobody wrote";

#[test]
fn mail_parser_messages() {
    let Some(folder) = folder("mail/mail-parser", MESSAGES) else { return };
    let mut run = Run::default();
    for group in ["rfc", "thirdparty"] {
        let mut names: Vec<_> =
            std::fs::read_dir(folder.join(group)).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        for path in names.iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
            let name = path.file_name().unwrap().to_str().unwrap();
            let differences = message_differences(path, name);
            run.case(&format!("{group}/{name}"), differences);
        }
    }
    run.judge(MESSAGES, MESSAGE_LEDGER);
}

fn message_differences(path: &Path, name: &str) -> Vec<String> {
    let number = name.split('.').next().unwrap();
    let mut bytes = std::fs::read(path.with_file_name(format!("{number}.eml"))).unwrap();
    if name.contains(".crlf.") {
        bytes = replace_lf(&bytes);
    }
    let expected: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let limits = Limits::default();
    let tree = structure(&bytes, &limits).unwrap();
    let letter = read(&bytes, &limits).unwrap();
    let mut differences = Vec::new();
    compare_part(&mut differences, "", &expected, 0, &tree);
    compare_lists(&mut differences, &expected, &letter);
    differences
}

/// Every lone LF becomes CR LF.
fn replace_lf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in bytes {
        if *byte == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

fn compare_part(differences: &mut Vec<String>, path: &str, message: &Value, id: usize, node: &Node) {
    let part = &message["parts"][id];
    let (kind, body) = part["body"].as_object().unwrap().iter().next().unwrap();
    compare_headers(differences, path, part, node);
    match kind.as_str() {
        "Multipart" => {
            let ids = body.as_array().unwrap();
            compare(differences, &format!("{path} children"), &ids.len(), &node.children.len());
            for (index, (id, child)) in ids.iter().zip(&node.children).enumerate() {
                let id = usize::try_from(id.as_u64().unwrap()).unwrap();
                compare_part(differences, &format!("{path}/{index}"), message, id, child);
            }
        }
        "Message" => match node.children.as_slice() {
            [nested] => compare_part(differences, &format!("{path}/message"), body, 0, nested),
            other => differences.push(format!("{path}: expected a message, found {} parts", other.len())),
        },
        "Text" | "Html" => {
            compare(differences, path, &Some(text_of(body, &node.decoded)), &node.text);
        }
        _ => compare(differences, path, &octets(body), &node.decoded),
    }
}

/// Text that is no UTF-8 stands in the vectors as base64 of the decoded octets.
fn text_of(body: &Value, decoded: &[u8]) -> String {
    let text = body.as_str().unwrap();
    let encoded: String = text.split_whitespace().collect();
    if STANDARD.decode(encoded).is_ok_and(|octets| octets == decoded) {
        return to_lf(&String::from_utf8_lossy(decoded));
    }
    to_lf(text)
}

fn to_lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn octets(body: &Value) -> Vec<u8> {
    body.as_array().unwrap().iter().map(|octet| u8::try_from(octet.as_u64().unwrap()).unwrap()).collect()
}

fn compare_headers(differences: &mut Vec<String>, path: &str, part: &Value, node: &Node) {
    let expected = part["headers"].as_array().unwrap();
    compare(differences, &format!("{path} number of fields"), &expected.len(), &node.headers.len());
    for (field, header) in expected.iter().zip(&node.headers) {
        let what = format!("{path} {}", header.name);
        let Some((form, value)) = field["value"].as_object().and_then(|value| value.iter().next()) else {
            compare(differences, &what, &Value::from("Empty"), &field["value"]);
            continue;
        };
        match form.as_str() {
            "Text" => compare(differences, &what, &words(value.as_str().unwrap()), &words(&header.value)),
            "Address" => {
                let message = [b"To:".as_slice(), &header.raw, b"\r\n\r\n"].concat();
                let found = read(&message, &Limits::default()).unwrap().to.clone();
                compare(differences, &what, &addresses(value), &found);
            }
            "DateTime" => compare(differences, &what, &date(value), &Date::parse_rfc5322(&header.value)),
            "ContentType" => compare(differences, &what, &media(value), &media_of(&header.raw)),
            // How a message travelled is no part of our model.
            _ => assert_eq!(form, "Received"),
        }
    }
}

/// The vectors keep folds in fields they do not know, and drop the angle brackets of identifiers.
fn words(text: &str) -> Vec<String> {
    let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    text.split_whitespace().map(str::to_owned).collect()
}

fn compare_lists(differences: &mut Vec<String>, expected: &Value, letter: &Letter) {
    let part = |id: &Value| &expected["parts"][usize::try_from(id.as_u64().unwrap()).unwrap()];
    let attachments = expected["attachments"].as_array().unwrap();
    compare(differences, "attachments", &attachments.len(), &letter.parts.len());
    for (id, found) in attachments.iter().zip(&letter.parts) {
        if let Some(body) = part(id)["body"].get("Binary").or_else(|| part(id)["body"].get("InlineBinary")) {
            compare(differences, "attachment", &octets(body), &found.bytes);
        }
    }
    let mut shown = String::new();
    for id in expected["text_body"].as_array().unwrap() {
        let body = &part(id)["body"];
        let text = match (body.get("Text"), body.get("Html")) {
            (Some(text), _) => to_lf(text.as_str().unwrap()),
            (None, Some(html)) => html_to_text(html.as_str().unwrap()),
            (None, None) => continue,
        };
        if !shown.is_empty() && !shown.ends_with('\n') {
            shown.push('\n');
        }
        shown.push_str(&text);
    }
    compare(differences, "text", &shown, &letter.text);
}

#[test]
fn mail_parser_fields() {
    let Some(folder) = folder("mail/mail-parser/fields", FIELDS) else { return };
    let mut run = Run::default();
    for kind in ["address", "content_type", "date", "id", "list", "unstructured"] {
        let cases: Value =
            serde_json::from_slice(&std::fs::read(folder.join(format!("{kind}.json"))).unwrap()).unwrap();
        for (index, case) in cases.as_array().unwrap().iter().enumerate() {
            let mut differences = Vec::new();
            let header = case["header"].as_str().unwrap();
            compare_field(&mut differences, kind, header, &case["expected"]);
            run.case(&format!("{kind}/{index}"), differences);
        }
    }
    run.judge(FIELDS, FIELD_LEDGER);
}

fn compare_field(differences: &mut Vec<String>, kind: &str, header: &str, expected: &Value) {
    let letter = |name: &str| {
        let message = format!("{name}:{header}\r\n\r\n");
        read(message.as_bytes(), &Limits::default()).unwrap()
    };
    match kind {
        "address" => compare(differences, header, &addresses(expected), &letter("To").to),
        "content_type" => compare(differences, header, &media(expected), &media_of(header.as_bytes())),
        "date" => compare(differences, header, &date(expected), &letter("Date").date),
        "id" => compare(differences, header, &strings(expected), &letter("References").references),
        // Lists of phrases are text for us; the vectors fix how each phrase is decoded.
        "list" => {
            let found = letter("Keywords").header("Keywords").next().unwrap_or_default().to_owned();
            let found: Vec<String> = found.split(',').map(|phrase| phrase.trim().to_owned()).collect();
            let found: Vec<String> = found.into_iter().filter(|phrase| !phrase.is_empty()).collect();
            compare(differences, header, &strings(expected), &found);
        }
        _ => {
            let expected = expected.as_str().unwrap_or_default();
            compare(differences, header, &expected, &letter("Subject").subject.as_str());
        }
    }
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn addresses(value: &Value) -> Vec<Address> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let address = |value: &Value| Address {
        name: text(&value["name"]),
        email: text(&value["address"]).unwrap_or_default(),
    };
    let list = |value: &Value| value.as_array().unwrap().iter().map(address).collect::<Vec<_>>();
    match value.as_object().and_then(|value| value.iter().next()) {
        Some((kind, value)) if kind == "List" => list(value),
        Some((_, groups)) => {
            groups.as_array().unwrap().iter().flat_map(|group| list(&group["addresses"])).collect()
        }
        None => Vec::new(),
    }
}

fn date(value: &Value) -> Option<Date> {
    let number = |key: &str| value[key].as_i64().unwrap();
    value.as_object()?;
    let offset = number("tz_hour") * 60 + number("tz_minute");
    let offset = if value["tz_before_gmt"].as_bool().unwrap() { -offset } else { offset };
    let text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        number("year"),
        number("month"),
        number("day"),
        number("hour"),
        number("minute"),
        number("second"),
    );
    let local = time::OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339).ok()?;
    Some(Date { unix: local.unix_timestamp() - offset * 60, offset_minutes: i16::try_from(offset).unwrap() })
}

/// Media type and parameters.
type Media = (String, Vec<(String, String)>);

fn media(value: &Value) -> Media {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if value.is_null() {
        return ("text/plain".to_owned(), Vec::new());
    }
    let media = match value["c_subtype"].as_str() {
        Some(subtype) => format!("{}/{subtype}", text(&value["c_type"])),
        None => "text/plain".to_owned(),
    };
    let parameters = value["attributes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let pair = |pair: &Value| match pair.as_array() {
        Some(pair) => (text(&pair[0]), text(&pair[1])),
        None => (text(&pair["name"]), text(&pair["value"])),
    };
    (media, parameters.iter().map(pair).collect())
}

fn media_of(raw: &[u8]) -> Media {
    let entity = [b"Content-Type:".as_slice(), raw, b"\r\n\r\n"].concat();
    let content_type = Entity::split(&entity, &Limits::default()).unwrap().content_type;
    (content_type.media, content_type.parameters)
}
