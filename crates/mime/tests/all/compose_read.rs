//! What is composed reads back as it was written.

use crate::random::Random;
use sceau_mime::{Address, Attachment, Date, Draft, Limits, Outer, TransferSafety, compose, read};

fn draft() -> Draft {
    let mut draft = Draft::new(
        Address::new("Dr Éloïse Nœuvéglise", "eloise@cabinet.example"),
        Date { unix: 1_795_422_600, offset_minutes: 60 },
        "0123456789abcdef@cabinet.example",
    );
    draft.to = vec![Address::new("Martin, Paul \"le cardiologue\"", "paul@chu.example")];
    draft.cc = vec![Address::bare("labo@labo.example"), Address::new("日本 🏥", "x@y.example")];
    draft.bcc = vec![Address::bare("infirmiere@ide.example")];
    draft.subject = "Compte rendu d'échocardiographie — Éloïse Nœuvéglise".into();
    draft.text = "Bonjour,\n\nVoici le compte rendu.\n".into();
    draft
}

fn attachment(name: &str, content_type: &str, bytes: &[u8]) -> Attachment {
    Attachment { name: name.into(), content_type: content_type.into(), bytes: bytes.into() }
}

/// Writes with both safeties, with and without attachments, reads, and compares every field.
fn assert_round_trip(draft: &Draft) {
    for transfer in [TransferSafety::Binary, TransferSafety::SevenBit] {
        for legacy_display in [false, true] {
            let outer = Outer { transfer, legacy_display };
            let composed = compose(draft, &outer).unwrap();
            if transfer == TransferSafety::SevenBit {
                assert_seven_bit(draft, &composed.message);
            }
            assert_same(draft, &composed.message);
        }
    }
}

/// Addresses beyond ASCII need RFC 6532 whatever the body is.
fn assert_seven_bit(draft: &Draft, message: &[u8]) {
    let text = std::str::from_utf8(message).unwrap();
    let lists = [&draft.reply_to, &draft.to, &draft.cc, &draft.bcc];
    let mut people = lists.into_iter().flatten().chain(&draft.sender).chain([&draft.from]);
    if people.all(|address| address.email.is_ascii()) {
        assert!(text.is_ascii());
    }
    assert_eq!(text.replace("\r\n", "").find(['\r', '\n', '\0']), None);
    assert!(text.split("\r\n").all(|line| line.len() <= 998));
}

fn assert_same(draft: &Draft, message: &[u8]) {
    let letter = read(message, &Limits::default()).unwrap();
    assert_eq!(letter.from, std::slice::from_ref(&draft.from));
    assert_eq!(letter.single_from(), Some(&draft.from));
    assert_eq!(letter.sender, draft.sender);
    assert_eq!(letter.reply_to, draft.reply_to);
    assert_eq!(letter.to, draft.to);
    assert_eq!(letter.cc, draft.cc);
    assert_eq!(letter.bcc, draft.bcc);
    assert_eq!(letter.subject, draft.subject);
    assert_eq!(letter.date, Some(draft.date));
    assert_eq!(letter.message_id.as_ref(), Some(&draft.message_id));
    assert_eq!(letter.in_reply_to, draft.in_reply_to);
    assert_eq!(letter.references, draft.references);
    assert_eq!(letter.text, draft.text);
    assert_eq!(letter.parts.len(), draft.parts.len());
    for (part, sent) in letter.parts.iter().zip(&draft.parts) {
        assert_eq!(part.name.as_deref(), Some(sent.name.as_str()));
        assert!(part.bytes == sent.bytes, "{} differs", sent.name);
    }
    assert_eq!(letter.defects, []);
}

#[test]
fn plain_letter() {
    assert_round_trip(&draft());
}

#[test]
fn attachments_keep_every_byte() {
    let mut draft = draft();
    let every_byte: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    draft.parts = vec![
        attachment("bilan.pdf", "application/pdf", &every_byte),
        attachment("Résultats d'Éloïse 🩺.hpr", "text/plain; charset=ibm850", b"\x82\x8a\n\r\r\n\0"),
        attachment("vide.txt", "text/plain", b""),
        attachment("ends with line end.txt", "text/plain", b"a\r\n"),
        attachment(&format!("{}.dat", "très long ".repeat(30).trim_end()), "nonsense", b"--=_sceau_\r\n--"),
    ];
    assert_round_trip(&draft);
}

#[test]
fn bodies_of_every_shape() {
    let long_line = "é".repeat(3_000);
    let words = "mot ".repeat(2_000);
    for text in [
        "",
        "\n",
        "sans fin de ligne",
        "  espaces  \n\ttabulation\t\n",
        "From moi\n.\n..\n--\n-- \nSignature",
        "=3D =\n==\n",
        "Subject: faux\n\nsuite\n",
        "🩺🏥 émoji 日本語\n",
        long_line.as_str(),
        words.trim_end(),
    ] {
        let mut draft = draft();
        draft.text = text.into();
        assert_round_trip(&draft);
        draft.parts = vec![attachment("a.bin", "application/octet-stream", b"x")];
        assert_round_trip(&draft);
    }
}

impl Random {
    /// Words from a list, joined without being trimmed at the ends of the whole only.
    fn words(&mut self, most: usize, list: &[&str]) -> String {
        let count = self.below(most + 1);
        (0..count).map(|_| self.pick(list)).collect::<String>().trim().to_owned()
    }

    fn email(&mut self) -> String {
        let local = self.pick(&["a", "prenom.nom", "o'neil+tag", "é", "x_y", "\"a,b\"", "ünïcödé"]);
        let domain =
            self.pick(&["b.example", "interop-paris.example", "santé.example", "xn--sant-epa.example"]);
        format!("{local}@{domain}")
    }

    fn address(&mut self) -> Address {
        let name = self.words(6, WORDS);
        let name = (!name.is_empty() && self.below(4) > 0).then_some(name);
        Address { name, email: self.email() }
    }

    fn addresses(&mut self) -> Vec<Address> {
        (0..self.below(5)).map(|_| self.address()).collect()
    }

    fn ids(&mut self) -> Vec<String> {
        (0..self.below(30)).map(|at| format!("{at}.{}@b.example", self.below(1_000_000))).collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let text: String = (0..self.below(40)).map(|_| self.pick(LINES)).collect();
        let mut bytes = text.into_bytes();
        (0..self.below(50)).for_each(|_| bytes.push(u8::try_from(self.below(256)).unwrap()));
        bytes
    }
}

const WORDS: &[&str] = &[
    "Dr",
    " ",
    "  ",
    "Éloïse",
    "Nœuvéglise",
    "\"",
    "'",
    ",",
    ";",
    ":",
    "@",
    "<x@y>",
    "(c)",
    "\\",
    "[...]",
    "=",
    "?",
    "_",
    "=?utf-8?Q?x?=",
    "日本語",
    "🩺",
    "👩🏽‍⚕️",
    "مرحبا",
    "a-very-long-word-without-any-space-in-it-at-all-that-fills-most-of-a-line",
    "e\u{301}",
    ".",
    "!",
    "%C3%A9",
    "''",
    "\u{a0}",
    "–",
];

const LINES: &[&str] = &[
    "\n",
    " ",
    "mot",
    "é",
    "🩺",
    "From ",
    ".",
    "--",
    "--=_sceau_",
    "=",
    "=3D",
    "\t",
    "ligne\n",
    " \n",
    "日本語",
    "\u{feff}",
    "a-very-long-word-without-any-space-in-it-at-all-that-fills-most-of-a-line",
    "Content-Type: x\n",
    "\u{0}",
    "\u{1}",
];

#[test]
fn random_drafts() {
    let mut random = Random(0x5ce4_u64);
    for _ in 0..400 {
        let mut draft = Draft::new(
            random.address(),
            Date { unix: i64::try_from(random.below(4_000_000_000)).unwrap(), offset_minutes: 60 },
            format!("{}@b.example", random.below(1_000_000_000)),
        );
        draft.sender = (random.below(3) == 0).then(|| random.address());
        draft.reply_to = random.addresses();
        draft.to = random.addresses();
        draft.cc = random.addresses();
        draft.bcc = random.addresses();
        draft.subject = random.words(30, WORDS);
        draft.in_reply_to = random.ids();
        draft.references = random.ids();
        draft.text = (0..random.below(60)).map(|_| random.pick(LINES)).collect();
        draft.parts = (0..random.below(4))
            .map(|at| {
                let kind = random.pick(&[
                    "text/plain",
                    "application/pdf",
                    "message/rfc822",
                    "image/png",
                    "text/html",
                ]);
                attachment(&format!("{at}{}", random.words(12, WORDS)), kind, &random.bytes())
            })
            .collect();
        assert_round_trip(&draft);
        assert_outer_matches_its_record(&draft);
    }
}

/// What `HP-Outer` records is what a reader finds outside (RFC 9788 §2.2).
fn assert_outer_matches_its_record(draft: &Draft) {
    let composed = compose(draft, &Outer::default()).unwrap();
    let outside: String =
        composed.outer_headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    assert!(outside.split("\r\n").all(|line| line.len() <= 998));
    let outer = read(format!("{outside}\r\n").as_bytes(), &Limits::default()).unwrap();
    let found: Vec<(String, String)> =
        outer.headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect();
    assert_eq!(read(&composed.message, &Limits::default()).unwrap().hp_outer, found);
}

#[test]
fn words_longer_than_a_line() {
    for word in ["a".repeat(2_000), "é".repeat(2_000), format!("\"{}", "x".repeat(1_500)), "=?".repeat(800)]
    {
        let mut draft = draft();
        draft.subject.clone_from(&word);
        draft.to = vec![Address::new(word.as_str(), "paul@chu.example")];
        draft.references = vec![format!("{}@b.example", "r".repeat(880)); 3];
        draft.parts = vec![attachment(&word[..word.floor_char_boundary(1_000)], "application/pdf", b"x")];
        assert_round_trip(&draft);
        assert_outer_matches_its_record(&draft);
    }
}
