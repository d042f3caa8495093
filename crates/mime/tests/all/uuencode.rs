//! Files within text: those of Python, those of the specification, and text that only looks like one.

use std::process::{Command, Stdio};

use sceau_mime::{Limits, UuFile, split_uuencoded};

use crate::python::next;
use crate::random::Random;

/// Texts of Python.
const TEXTS: usize = 5_000;

/// `Cat`, the way everybody shows it.
const CAT: &str = "begin 644 cat.txt\n#0V%T\n`\nend\n";

fn split(text: &str) -> (String, Vec<UuFile>) {
    split_uuencoded(text, &Limits::default())
}

fn stays(text: &str) {
    assert_eq!(split(text), (text.to_owned(), Vec::new()), "{text:?}");
}

#[test]
fn a_file_is_taken_out() {
    for end in ["\n", "\r\n"] {
        let text = format!("Bonjour,\n{CAT}Cordialement").replace('\n', end);
        let (text, files) = split(&text);
        assert_eq!(text, format!("Bonjour,{end}Cordialement"));
        assert_eq!((files[0].name.as_str(), files[0].bytes.as_slice()), ("cat.txt", b"Cat".as_slice()));
    }
    let (text, files) = split(&format!("{CAT}{CAT}"));
    assert_eq!((text.as_str(), files.len()), ("", 2));
    let base64 = "begin-base64 644 a b\nQ2F0Q2F0\nQ2F0\n====";
    let (text, files) = split(base64);
    assert_eq!((text.as_str(), files[0].name.as_str()), ("", "a b"));
    assert_eq!(files[0].bytes, b"CatCatCat");
}

#[test]
fn an_empty_file_is_one() {
    for text in ["begin 644 a\n`\nend\n", "begin 644 a\n \nend", "begin-base64 644 a\n====\n"] {
        let (text, files) = split(text);
        assert_eq!((text.as_str(), files.len(), files[0].bytes.len()), ("", 1, 0));
    }
}

#[test]
fn text_that_speaks_of_files_stays() {
    for text in [
        "",
        "begin",
        "begin 644 x",
        "begin 644 x\n",
        "begin 644 x\nend\n",
        "begin 644 x\n\nend\n",
        "begin 644 x\nest la première ligne\n`\nend\n",
        "begin 644 x\nMERCI\nBONJOUR\n\nend\n",
        "On écrit begin 644 cat.txt\n#0V%T\n`\nend\n",
        " begin 644 cat.txt\n#0V%T\n`\nend\n",
        "> begin 644 cat.txt\n> #0V%T\n> `\n> end\n",
        "Begin 644 cat.txt\n#0V%T\n`\nend\n",
        "begin 688 cat.txt\n#0V%T\n`\nend\n",
        "begin 64 cat.txt\n#0V%T\n`\nend\n",
        "begin 644 \n#0V%T\n`\nend\n",
        "begin 644 a\tb\u{1}\n#0V%T\n`\nend\n",
        "begin 644 cat.txt\n#0V%T\n`\n",
        "begin 644 cat.txt\n#0V%T\nend\n",
        "begin 644 cat.txt\n#0V%T\n`\nfin\n",
        "begin 644 cat.txt\n#0V%T0V%T\n`\nend\n",
        "begin 644 cat.txt\n#0vat\n`\nend\n",
        "begin 644 cat.txt\n#0V%T\n$0V%T\n`\nend\n",
        "begin 644 cat.txt\n\"0V%T\n\"0V%T\n!0V%T\n!0V%T\n`\nend\n",
        "begin-base64 644 x\nQ2F0\n",
        "begin-base64 644 x\nQ2F\n====\n",
        "begin-base64 644 x\nQ2E=\nQ2E=\n====\n",
        "begin-base64 644 x\nbonjour à tous\n====\n",
    ] {
        stays(text);
    }
}

#[test]
fn files_are_limited() {
    let limits = Limits { parts: 2, decoded_bytes: 7, ..Limits::default() };
    let (text, files) = split_uuencoded(&CAT.repeat(3), &limits);
    assert_eq!((text.as_str(), files.len()), (CAT, 2));
    let (text, files) = split_uuencoded(&CAT.repeat(3), &Limits { decoded_bytes: 5, ..limits });
    assert_eq!((text, files.len()), (CAT.repeat(2), 1));
}

/// Work that grows with the square of the input would not end here.
#[test]
fn hostile_text_takes_no_longer_than_other() {
    for line in ["begin 644 x\n", "begin 644 x\n#0V%T\n", "begin-base64 644 x\nQ2F0\n", "#0V%T\n", "\n"] {
        stays(&line.repeat(100_000));
    }
    stays(&format!("begin 644 x\n{}", "#0V%T\n".repeat(200_000)));
}

#[test]
fn thousands_of_changes_lose_no_text() {
    let mut random = Random(0x7575);
    let sample = format!("Bonjour,\n{CAT}suite\n{CAT}begin-base64 644 x\nQ2F0\n====\nfin");
    for _ in 0..10_000 {
        let mut changed = sample.clone().into_bytes();
        let at = random.below(changed.len());
        changed[at] = u8::try_from(random.below(128)).unwrap();
        let changed = String::from_utf8(changed).unwrap();
        let (text, files) = split(&changed);
        assert!(files.len() <= 3 && text.len() <= changed.len());
        assert!(!files.is_empty() && changed.contains(&text[..text.find('\n').unwrap()]), "{changed:?}");
        // What is left holds nothing more.
        assert_eq!(split(&text).1.len(), 0, "{changed:?}");
    }
    (0..sample.len()).for_each(|end| drop(split(&sample[..end])));
}

#[test]
fn files_of_python_are_read() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/python/uu.py");
    let found = Command::new("python3").arg(script).arg(TEXTS.to_string()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = found else {
        eprintln!("SKIPPED: no python3 on the path, {TEXTS} uuencoded files not read");
        return;
    };
    let mut output = child.stdout.take().unwrap();
    for _ in 0..TEXTS {
        let [whole, without, name] = [(); 3].map(|()| String::from_utf8(next(&mut output)).unwrap());
        let bytes = next(&mut output);
        let (text, files) = split(&whole);
        assert_eq!(text, without, "{whole:?}");
        assert_eq!(
            (files.len(), files[0].name.as_str(), &files[0].bytes),
            (1, name.as_str(), &bytes),
            "{whole:?}"
        );
    }
    drop(output);
    assert!(child.wait().unwrap().success());
}
