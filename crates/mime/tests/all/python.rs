//! Letters exchanged with Python's `email`: what we compose it reads, and what it composes we read.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use sceau_mime::{
    Address, Attachment, Date, Draft, InlineImage, Letter, Limits, Outer, Rich, TransferSafety, compose, read,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::random::Random;

/// Letters each way.
const LETTERS: usize = 5_000;

/// What people and subjects are called. Nothing that looks like an encoded word: Python decodes it within quotes too, which
/// RFC 2047 §5 forbids.
const WORDS: &[&str] = &[
    "Dr",
    "Éloïse",
    "Nœuvéglise",
    "compte rendu",
    "d’échocardiographie",
    "(cardiologue)",
    "Martin,",
    "\"le\"",
    "O'Neil",
    "labo.",
    "15 °C",
    "日本語",
    "🩺",
    "à",
    "naïve",
    "suivi;",
    "très-long-mot-composé-qui-remplit-une-ligne-entière-et-davantage-encore",
];
const LINES: &[&str] = &[
    "Bonjour,\n",
    "\n",
    "L’échographie est normale.\n",
    "From ici\n",
    ".\n",
    "-- \n",
    "38,5 °C\n",
    "\ttabulé\n",
    "œdème é œdème é ",
];

fn python(arguments: &[&str]) -> Option<Child> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/python/mail.py");
    let found = Command::new("python3")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    if found.is_err() {
        eprintln!("SKIPPED: no python3 on the path, {LETTERS} letters not exchanged");
    }
    found.ok()
}

fn words(random: &mut Random, most: usize) -> String {
    let count = random.below(most) + 1;
    (0..count).map(|_| random.pick(WORDS)).collect::<Vec<_>>().join(" ")
}

fn person(random: &mut Random) -> Address {
    let email = format!(
        "{}@{}",
        random.pick(&["a", "prenom.nom", "o'neil+tag"]),
        random.pick(&["b.example", "xn--sant-epa.example"])
    );
    if random.below(4) == 0 { Address::bare(email) } else { Address::new(words(random, 3), email) }
}

fn drawn(random: &mut Random) -> Draft {
    let date = Date { unix: i64::try_from(random.below(2_000_000_000)).unwrap(), offset_minutes: 60 };
    let mut draft = Draft::new(person(random), date, format!("{}@b.example", random.below(1_000_000_000)));
    draft.to = (0..=random.below(3)).map(|_| person(random)).collect();
    draft.cc = (0..random.below(3)).map(|_| person(random)).collect();
    draft.subject = words(random, 11);
    draft.text = (0..=random.below(20)).map(|_| random.pick(LINES)).collect();
    let kinds = ["application/pdf", "image/png", "text/plain", "text/html", "application/octet-stream"];
    let file = |random: &mut Random, at: usize| Attachment {
        name: format!("{at} {}", words(random, 3)),
        content_type: random.pick(&kinds).to_owned(),
        bytes: (0..random.below(600)).map(|_| u8::try_from(random.below(256)).unwrap()).collect(),
    };
    draft.parts = (0..random.below(4)).map(|at| file(random, at)).collect();
    draft.flowed = random.below(2) == 0;
    draft.rich = (random.below(3) == 0).then(|| rich(random));
    draft
}

/// Formatting, and perhaps images of which the text names each.
fn rich(random: &mut Random) -> Rich {
    let image = |random: &mut Random, at: usize| InlineImage {
        content_id: format!("{at}.{}@b.example", random.below(1_000_000)),
        file: Attachment {
            name: format!("{at} {}", words(random, 2)),
            content_type: "image/png".to_owned(),
            bytes: (0..random.below(300)).map(|_| u8::try_from(random.below(256)).unwrap()).collect(),
        },
    };
    let images: Vec<InlineImage> = (0..random.below(3)).map(|at| image(random, at)).collect();
    let shown: String =
        images.iter().map(|image| format!("<img src=\"cid:{}\" alt=\"\">\n", image.content_id)).collect();
    let words: String =
        (0..=random.below(9)).map(|_| format!("<div>{}</div>\n", random.pick(LINES))).collect();
    Rich { html: format!("<!DOCTYPE html><html><body>{words}{shown}</body></html>\n"), images }
}

/// What lines that flow say: no space at their ends, but for the line before a signature, and one behind marks.
fn meant_text(draft: &Draft) -> String {
    if !draft.flowed {
        return draft.text.clone();
    }
    let line =
        |line: &str| if line == "-- " { line.to_owned() } else { line.trim_end_matches(' ').to_owned() };
    draft.text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn file(name: &str, content_type: &str, bytes: &[u8]) -> Value {
    json!([name, content_type, hex::encode(Sha256::digest(bytes))])
}

/// Names without spaces: Python 3.11 loses some in folding, and leaves some between encoded words (RFC 2047 §6.2).
fn squeezed(list: &[Address]) -> Value {
    let squeeze = |name: &str| name.split_whitespace().collect::<String>();
    list.iter().map(|one| json!([squeeze(one.name.as_deref().unwrap_or_default()), one.email])).collect()
}

fn images(draft: &Draft) -> &[InlineImage] {
    draft.rich.as_ref().map_or(&[], |rich| &rich.images)
}

/// What Python is to find.
fn meant(draft: &Draft) -> Value {
    json!({
        "from": squeezed(std::slice::from_ref(&draft.from)), "to": squeezed(&draft.to), "cc": squeezed(&draft.cc),
        "subject": draft.subject, "message_id": draft.message_id, "date": draft.date.unix, "text": meant_text(draft),
        "files": draft.parts.iter().map(|part| file(&part.name, &part.content_type, &part.bytes)).collect::<Value>(),
        "images": images(draft).iter().map(|image| {
            let file = &image.file;
            json!([image.content_id, file.name, file.content_type, hex::encode(Sha256::digest(&file.bytes))])
        }).collect::<Value>(),
        "defects": [],
    })
}

/// What we found, in the same words.
fn found(letter: &Letter) -> Value {
    json!({
        "from": squeezed(&letter.from), "to": squeezed(&letter.to), "cc": squeezed(&letter.cc),
        "subject": letter.subject, "message_id": letter.message_id, "date": letter.date.map(|date| date.unix), "text": letter.text,
        "files": letter.parts.iter().filter(|part| part.content_id.is_none()).map(|part| file(part.name.as_deref().unwrap_or_default(), &part.content_type, &part.bytes)).collect::<Value>(),
        "images": letter.parts.iter().filter(|part| part.inline && part.content_id.is_some()).map(|part| {
            json!([part.content_id, part.name, part.content_type, hex::encode(Sha256::digest(&part.bytes))])
        }).collect::<Value>(),
        "defects": letter.defects.iter().map(|defect| format!("{defect:?}")).collect::<Value>(),
    })
}

/// Field by field, so that what differs can be seen.
fn assert_same(found: &Value, meant: &Value) {
    for (key, value) in meant.as_object().unwrap() {
        assert_eq!(found[key], *value, "{key} of {}", meant["message_id"]);
    }
}

fn framed(octets: &[u8]) -> Vec<u8> {
    [&u32::try_from(octets.len()).unwrap().to_be_bytes(), octets].concat()
}

/// The next octets that Python wrote, their length before them.
pub(crate) fn next(source: &mut impl Read) -> Vec<u8> {
    let mut length = [0; 4];
    source.read_exact(&mut length).unwrap();
    let mut octets = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    source.read_exact(&mut octets).unwrap();
    octets
}

#[test]
fn python_and_we_read_what_we_compose() {
    let Some(mut child) = python(&["read"]) else { return };
    let mut random = Random(0x7079_u64);
    let drafts: Vec<Draft> = (0..LETTERS).map(|_| drawn(&mut random)).collect();
    let composed: Vec<Vec<u8>> = drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| {
            let transfer = if at % 2 == 0 { TransferSafety::SevenBit } else { TransferSafety::Binary };
            compose(draft, &Outer { transfer, ..Outer::default() }).unwrap().message
        })
        .collect();
    for (draft, message) in drafts.iter().zip(&composed) {
        assert_same(&found(&read(message, &Limits::default()).unwrap()), &meant(draft));
    }
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || composed.iter().for_each(|message| input.write_all(&framed(message)).unwrap()));
        let mut output = String::new();
        child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        output
    });
    assert!(child.wait().unwrap().success());
    assert_eq!(output.lines().count(), LETTERS);
    for (draft, line) in drafts.iter().zip(output.lines()) {
        let found: Value = serde_json::from_str(line).unwrap();
        assert_same(&found, &meant(draft));
        assert_eq!(found["html"], json!(draft.rich.as_ref().map(|rich| &rich.html)));
    }
}

#[test]
fn we_read_what_python_composes() {
    let Some(mut child) = python(&["write", "1", &LETTERS.to_string()]) else { return };
    let mut output = child.stdout.take().unwrap();
    for _ in 0..LETTERS {
        let (message, meant) = (next(&mut output), next(&mut output));
        let letter = read(&message, &Limits::default()).unwrap();
        assert_same(&found(&letter), &serde_json::from_slice(&meant).unwrap());
    }
    drop(output);
    assert!(child.wait().unwrap().success());
}
