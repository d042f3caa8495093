//! French medical texts in the charsets of their senders, none of which is named.

use std::collections::BTreeMap;

use mail_parser::Charset;
use sceau_mime::guess_charset;

/// One text to a line; our own.
const FRENCH: &str = include_str!("charset/french.txt");

/// Fewest texts, and the part of them that has to be read right.
const TEXTS: usize = 200;
const RIGHT_IN_100: usize = 99;

const CHARSETS: [&str; 6] = ["utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "ibm850", "macintosh"];

/// How programs write what a charset has not.
const INSTEAD: [(char, &str); 16] = [
    ('’', "'"),
    ('œ', "oe"),
    ('Œ', "OE"),
    ('—', "-"),
    ('–', "-"),
    ('…', "..."),
    ('€', "EUR"),
    ('½', "1/2"),
    ('¼', "1/4"),
    ('≥', ">="),
    ('γ', "gamma"),
    ('²', "2"),
    ('³', "3"),
    ('×', "x"),
    ('Ç', "C"),
    ('ğ', "g"),
];

fn charset(label: &str) -> Charset {
    Charset::from_label(label.as_bytes()).unwrap()
}

/// The octet of each character, for charsets of one octet.
fn encoder(label: &str) -> BTreeMap<char, u8> {
    (0..=0xff_u8).map(|octet| (charset(label).decode(&[octet]).chars().next().unwrap(), octet)).collect()
}

/// A text in a charset, and what it says there.
fn encoded(text: &str, label: &str) -> (Vec<u8>, String) {
    if label == "utf-8" {
        return (text.as_bytes().to_vec(), text.to_owned());
    }
    // What mail calls ISO-8859-1 is read as windows-1252, but these senders use none of what that adds.
    let table = encoder(if label == "iso-8859-1" { "windows-1252" } else { label });
    let knows = |letter: char| {
        let only_1252 =
            label == "iso-8859-1" && table.get(&letter).is_some_and(|octet| (0x80..0xa0).contains(octet));
        table.contains_key(&letter) && !only_1252
    };
    let mut written = String::new();
    for letter in text.chars() {
        let instead = INSTEAD.iter().find(|(lacking, _)| *lacking == letter).map(|(_, instead)| *instead);
        match instead.filter(|_| !knows(letter)) {
            Some(instead) => written.push_str(instead),
            None => written.push(letter),
        }
    }
    let octets =
        written.chars().map(|letter| *table.get(&letter).unwrap_or_else(|| panic!("{label}: {letter}")));
    (octets.collect(), written)
}

/// Of so many texts so many are read right in each charset; those that are not, by their beginning.
fn measure(texts: &[String]) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    for label in CHARSETS {
        for text in texts {
            let (octets, written) = encoded(text, label);
            let guess = guess_charset(&octets);
            if charset(guess.charset).decode(&octets) != written {
                wrong.push(format!("{label} taken for {}: {written}", guess.charset));
            }
        }
    }
    (texts.len() * CHARSETS.len(), wrong)
}

#[test]
fn french_medical_texts_are_read_right_in_six_charsets() {
    let lines: Vec<String> = FRENCH.lines().map(str::to_owned).collect();
    assert!(lines.len() >= TEXTS);
    let letters: Vec<String> = lines.chunks(4).map(|lines| lines.join("\r\n")).collect();
    for (name, texts, in_100) in [("letters", &letters, 100), ("single lines", &lines, RIGHT_IN_100)] {
        let (all, wrong) = measure(texts);
        println!("{name}: {} of {all} read right", all - wrong.len());
        assert!((all - wrong.len()) * 100 >= all * in_100, "{name}: {wrong:#?}");
    }
}

#[test]
fn what_needs_no_guess_is_certain() {
    for (octets, expected) in [
        (&b"Bonjour"[..], "utf-8"),
        ("Déjà".as_bytes(), "utf-8"),
        (b"\xff\xfeD\0", "utf-16le"),
        (b"\xfe\xff\0D", "utf-16be"),
        (b"", "utf-8"),
    ] {
        let guess = guess_charset(octets);
        assert_eq!((guess.charset, guess.certain), (expected, true), "{octets:?}");
    }
    assert!(!guess_charset(b"D\xe9j\xe0").certain);
}

#[test]
fn any_octets_are_guessed_to_be_something_that_can_be_decoded() {
    let mut state = 1_u32;
    for length in 0..2_000 {
        let octets: Vec<u8> = (0..length)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        let guess = guess_charset(&octets);
        assert!(Charset::from_label(guess.charset.as_bytes()).is_some(), "{}", guess.charset);
    }
}
