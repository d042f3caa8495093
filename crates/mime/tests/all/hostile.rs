//! Hostile messages end in an error or a bounded answer, never in a panic. Limits hold just below and above.

use sceau_mime::{
    Address, Attachment, Date, Defect, Draft, Error, Layer, Limits, Outer, State, compose, header_states,
    html_to_text, kept_inside, multipart_signed, read, structure, unwrap_cms,
};

use crate::random::Random;
use crate::vectors::folder;

const SMALL: Limits = Limits { nesting: 5, parts: 10, header_bytes: 1_000, decoded_bytes: 1_000 };

/// Multiparts within each other, with one text in the middle.
fn nested(levels: usize) -> Vec<u8> {
    let mut message = String::from("From: a@b.example\r\n");
    for level in 0..levels {
        message.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"));
    }
    message.push_str("\r\ntexte\r\n");
    for level in (0..levels).rev() {
        message.push_str(&format!("\r\n--b{level}--\r\n"));
    }
    message.into_bytes()
}

fn nested_messages(levels: usize) -> Vec<u8> {
    let mut message = "Content-Type: message/rfc822\r\n\r\n".repeat(levels).into_bytes();
    message.extend_from_slice(b"From: a@b.example\r\n\r\ntexte");
    message
}

fn many_parts(count: usize) -> Vec<u8> {
    let mut message = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n".to_vec();
    for _ in 0..count {
        message.extend_from_slice(b"--x\r\n\r\na\r\n");
    }
    message.extend_from_slice(b"--x--\r\n");
    message
}

#[test]
fn nesting_is_limited() {
    // The message itself counts one container.
    for make in [nested as fn(usize) -> Vec<u8>, nested_messages] {
        assert!(read(&make(4), &SMALL).is_ok());
        assert_eq!(read(&make(5), &SMALL), Err(Error::TooDeep { limit: 5 }));
    }
}

#[test]
fn parts_are_limited() {
    // The multipart itself counts one.
    assert!(read(&many_parts(9), &SMALL).is_ok());
    assert_eq!(read(&many_parts(10), &SMALL), Err(Error::TooManyParts { limit: 10 }));
    assert_eq!(read(&many_parts(100_000), &SMALL), Err(Error::TooManyParts { limit: 10 }));
}

#[test]
fn header_sections_are_limited() {
    let message = |length: usize| {
        let head = "From: a@b.example\r\nX: ";
        format!("{head}{}\r\n\r\n", "x".repeat(length - head.len() - 4)).into_bytes()
    };
    assert!(read(&message(1_000), &SMALL).is_ok());
    assert_eq!(read(&message(1_001), &SMALL), Err(Error::HeaderTooLong { found: 1_001, limit: 1_000 }));
    let part =
        [b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n".to_vec(), message(1_001)].concat();
    assert!(matches!(read(&part, &SMALL), Err(Error::HeaderTooLong { .. })));
}

#[test]
fn decoded_content_is_limited() {
    let message = |length: usize| format!("From: a@b.example\r\n\r\n{}", "x".repeat(length)).into_bytes();
    assert!(read(&message(1_000), &SMALL).is_ok());
    assert_eq!(read(&message(1_001), &SMALL), Err(Error::DecodedTooLong { found: 1_001, limit: 1_000 }));
    let encoded = |length: usize| {
        let head = "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        format!("{head}{}", "MIAA".repeat(length / 3)).into_bytes()
    };
    assert!(unwrap_cms(&encoded(999), &SMALL).is_ok());
    assert_eq!(
        unwrap_cms(&encoded(1_002), &SMALL),
        Err(Error::DecodedTooLong { found: 1_002, limit: 1_000 })
    );
}

#[test]
fn default_limits_hold_against_bombs() {
    let limits = Limits::default();
    assert!(matches!(read(&nested(10_000), &limits), Err(Error::TooDeep { .. })));
    assert!(matches!(structure(&nested_messages(10_000), &limits), Err(Error::TooDeep { .. })));
    assert!(matches!(read(&many_parts(200_000), &limits), Err(Error::TooManyParts { .. })));
    let fields = ["From: a@b.example\r\n".repeat(100_000), "\r\n".to_owned()].concat();
    assert!(matches!(read(fields.as_bytes(), &limits), Err(Error::HeaderTooLong { .. })));
    let commas = format!("To: {}\r\n\r\n", ",a@b".repeat(60_000));
    assert_eq!(read(commas.as_bytes(), &limits).unwrap().to.len(), 60_000);
    let open = format!("To: {}\r\n\r\n", "(".repeat(200_000));
    assert!(read(open.as_bytes(), &limits).unwrap().to.len() <= 1);
}

/// Work that grows with the square of the input would not end here.
#[test]
fn large_inputs_cost_in_proportion() {
    let limits = Limits::default();
    let fields = format!("From: a@b.example\r\n{}\r\n", "a:b\r\n".repeat(50_000));
    let letter = read(fields.as_bytes(), &limits).unwrap();
    let states = header_states(&letter, &letter, Layer { signed: true, encrypted: true });
    assert_eq!(states.len(), 50_001);
    let ids = format!("From: a@b.example\r\nReferences: {}\r\n\r\n", "<a@b>".repeat(50_000));
    let letter = read(ids.as_bytes(), &limits).unwrap();
    assert_eq!(letter.references.len(), 50_000);
    assert!(kept_inside(&letter, &letter).ids.is_empty());
    for piece in ["<br><div>", "<div>", "<", "&", "<script>", "<li>", "<p", "<!--", "</", "\"'", "<pre>\n"] {
        assert!(html_to_text(&piece.repeat(300_000)).len() <= piece.len() * 300_000);
    }
    let newlines = ["<br>".repeat(200_000), "<div>".repeat(200_000)].concat();
    assert!(html_to_text(&newlines).is_empty());
}

#[test]
fn damaged_multiparts_are_reported() {
    for (message, parts) in [
        // Cut in the middle of the last delimiter, and before it.
        ("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nun\r\n--x\r\n\r\ndeux\r\n--", 0),
        ("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nun\r\n--x\r\n\r\ndeux", 0),
        // No delimiter at all, and no boundary.
        ("Content-Type: multipart/mixed; boundary=x\r\n\r\nun deux", 1),
    ] {
        let letter = read(message.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(letter.parts.len(), parts, "{message}");
        assert!(letter.defects.contains(&Defect::DamagedStructure), "{message}: {letter:?}");
    }
}

#[test]
fn every_cut_and_every_flipped_byte_is_survived() {
    let mut draft =
        Draft::new(Address::new("Éloïse", "a@b.example"), Date::utc(1_795_422_600), "1@b.example");
    draft.to = vec![Address::new("Nœuvéglise, \"Dr\"", "c@d.example")];
    draft.subject = "Écho — été".into();
    draft.text = "Bonjour\n".into();
    let file =
        Attachment { name: "é.pdf".into(), content_type: "application/pdf".into(), bytes: vec![0; 40] };
    draft.parts = vec![file];
    let message = compose(&draft, &Outer::default()).unwrap().message;
    let mut read_well = 0;
    for at in 0..message.len() {
        for damaged in [message[..at].to_vec(), flipped(&message, at, 1), flipped(&message, at, 0x80)] {
            read_well += usize::from(read(&damaged, &Limits::default()).is_ok());
            let _ = structure(&damaged, &Limits::default());
            let _ = multipart_signed(&damaged, &Limits::default());
            let _ = unwrap_cms(&damaged, &Limits::default());
        }
    }
    // Reading is lenient: nearly all of it is still a message.
    assert!(read_well > message.len() * 2, "{read_well} of {}", message.len() * 3);
}

fn flipped(message: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut copy = message.to_vec();
    copy[at] ^= mask;
    copy
}

#[test]
fn nothing_is_no_message() {
    assert_eq!(read(b"", &Limits::default()), Err(Error::NotAMessage));
}

#[test]
fn unwritable_drafts_are_refused() {
    let draft = || Draft::new(Address::bare("a@b.example"), Date::utc(0), "1@b.example");
    for email in
        ["", "a", "@b", "a@", "a@b\r\nBcc: x@y", "a b@c", "a@b>", "a@b,c@d", "a@b c", "<a@b>", "a@.b"]
    {
        let mut bad = draft();
        bad.to = vec![Address::bare(email)];
        assert_eq!(compose(&bad, &Outer::default()), Err(Error::BadAddress(email.into())));
    }
    for id in ["", "a b", "a>\r\nX: y", "<a@b>"] {
        let mut bad = draft();
        bad.references = vec![id.into()];
        assert_eq!(compose(&bad, &Outer::default()), Err(Error::BadMessageId(id.into())));
    }
}

#[test]
fn text_never_becomes_a_field() {
    let evil = "x\r\nBcc: z@z.example\r\n\r\nhello";
    let mut draft = Draft::new(Address::new(evil, "a@b.example"), Date::utc(0), "1@b.example");
    draft.subject = evil.into();
    draft.to = vec![Address::new(evil, "c@d.example")];
    draft.parts = vec![Attachment {
        name: evil.into(),
        content_type: "text/plain; x=\"y\r\nBcc: z@z.example\"".into(),
        bytes: Vec::new(),
    }];
    let composed = compose(&draft, &Outer::default()).unwrap();
    let letter = read(&composed.message, &Limits::default()).unwrap();
    assert_eq!(letter.bcc, []);
    assert_eq!(letter.text, "");
    assert_eq!(letter.subject, "x  Bcc: z@z.example    hello");
    assert!(composed.outer_headers.iter().all(|(_, value)| !value.replace("\r\n ", "").contains('\n')));
}

/// Foreign messages that seed the mutations.
const SEEDS: usize = 76;
/// Mutations of each.
const MUTATIONS: usize = 40;

/// What decoders stumble over.
const TOKENS: &[&str] = &[
    "\r\n\r\n",
    "\n",
    "\r",
    "--",
    "=?utf-8?B?",
    "?=",
    "=",
    "<",
    ">",
    "\"",
    "(",
    ";",
    ",",
    ":",
    "@",
    "\0",
    "boundary=",
    "Content-Type: multipart/mixed; boundary=x\r\n",
    "Content-Type: message/rfc822\r\n\r\n",
    "--x\r\n",
    "*0*=",
    "Content-Transfer-Encoding: base64\r\n",
    "charset=utf-16",
    "From: a@b.example\r\n",
    "HP-Outer: Subject: x\r\n",
];

#[test]
fn mutated_messages_are_survived() {
    let Some(folder) = folder("mail", SEEDS * MUTATIONS) else { return };
    let mut random = Random(0x0a11_b0ad);
    let mut seeds = 0;
    for (group, ending) in [("mail-parser/rfc", "eml"), ("mail-parser/thirdparty", "eml"), ("cpython", "txt")]
    {
        let mut paths: Vec<_> =
            std::fs::read_dir(folder.join(group)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|it| it == ending)) {
            let seed = std::fs::read(path).unwrap();
            seeds += 1;
            (0..MUTATIONS).for_each(|_| read_every_way(&mutated(&seed, &mut random)));
        }
    }
    assert_eq!(seeds, SEEDS);
}

fn mutated(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        let until = (at + random.below(40)).min(bytes.len());
        match random.below(4) {
            0 => drop(bytes.drain(at..until)),
            1 => drop(bytes.splice(at..at, random.pick(TOKENS).bytes())),
            2 => bytes.extend_from_within(at..until),
            _ => bytes[at..until].iter_mut().for_each(|byte| *byte ^= 0x81),
        }
    }
    bytes
}

/// Whatever is read must be consistent with itself.
fn read_every_way(bytes: &[u8]) {
    let limits = Limits::default();
    let _ = structure(bytes, &limits);
    let _ = multipart_signed(bytes, &limits);
    let _ = unwrap_cms(bytes, &limits);
    let Ok(letter) = read(bytes, &limits) else { return };
    let states = header_states(&letter, &letter, Layer { signed: true, encrypted: true });
    // Outside stands the same: nothing can be confidential.
    assert!(states.iter().all(|header| matches!(header.state, State::Signed | State::None)));
    let _ = kept_inside(&letter, &letter);
    if let Some(from) = letter.single_from() {
        assert_eq!(letter.from, std::slice::from_ref(from));
        assert!(from.is_valid(), "{from:?}");
    }
}
