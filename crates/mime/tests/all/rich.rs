//! Letters with formatting, as they are written and as they are read back.

use sceau_mime::{
    Address, Attachment, Date, Draft, InlineImage, Limits, Node, Outer, Rich, TransferSafety, compose, read,
    structure,
};

const HTML: &str =
    "<!DOCTYPE html><html>\n<body><div>Voir <b>ici</b>.</div><img src=\"cid:1@b.example\"></body></html>";

fn draft(images: usize, files: usize) -> Draft {
    let mut draft = Draft::new(Address::bare("a@b.example"), Date::utc(1_700_000_000), "1@b.example");
    draft.subject = "Écho <2>".to_owned();
    draft.text = format!("Voir ici. {}\n> cité\n-- \nDr A.\n", "encore un mot ".repeat(20).trim_end());
    draft.flowed = true;
    let file = |name: String| Attachment {
        name,
        content_type: "image/png".to_owned(),
        bytes: vec![0x89, b'P', 0, 13, 10],
    };
    let image = |at: usize| InlineImage {
        content_id: format!("{at}@b.example"),
        file: file(format!("écran {at}.png")),
    };
    draft.rich = Some(Rich { html: HTML.to_owned(), images: (0..images).map(image).collect() });
    draft.parts = (0..files).map(|at| file(format!("{at}.png"))).collect();
    draft
}

fn types(node: &Node, found: &mut Vec<String>) {
    found.push(node.content_type.media.clone());
    node.children.iter().for_each(|child| types(child, found));
}

#[test]
fn the_structure_is_what_readers_expect() {
    const ALTERNATIVE: [&str; 3] = ["multipart/alternative", "text/plain", "text/html"];
    const RELATED: [&str; 5] =
        ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"];
    for (images, files, expected) in [
        (0, 0, ALTERNATIVE.to_vec()),
        (1, 0, RELATED.to_vec()),
        (0, 1, [&["multipart/mixed"][..], &ALTERNATIVE, &["image/png"]].concat()),
        (1, 1, [&["multipart/mixed"][..], &RELATED, &["image/png"]].concat()),
    ] {
        for transfer in [TransferSafety::Binary, TransferSafety::SevenBit] {
            let message =
                compose(&draft(images, files), &Outer { transfer, legacy_display: false }).unwrap().message;
            let mut found = Vec::new();
            types(&structure(&message, &Limits::default()).unwrap(), &mut found);
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn it_is_read_back_with_its_images_and_without_damage() {
    for transfer in [TransferSafety::Binary, TransferSafety::SevenBit] {
        for legacy_display in [false, true] {
            let draft = draft(2, 1);
            let message = compose(&draft, &Outer { transfer, legacy_display }).unwrap().message;
            let letter = read(&message, &Limits::default()).unwrap();
            assert_eq!((&letter.text, letter.has_html, &*letter.defects), (&draft.text, true, &[][..]));
            let parts: Vec<_> =
                letter.parts.iter().map(|p| (p.name.as_deref(), p.content_id.as_deref(), p.inline)).collect();
            assert_eq!(
                parts,
                [
                    (Some("écran 0.png"), Some("0@b.example"), true),
                    (Some("écran 1.png"), Some("1@b.example"), true),
                    (Some("0.png"), None, false)
                ]
            );
            assert!(letter.parts.iter().all(|part| part.bytes == draft.parts[0].bytes));
        }
    }
}

#[test]
fn programs_that_show_html_see_the_subject_too() {
    let outer = Outer { transfer: TransferSafety::Binary, legacy_display: true };
    let message = compose(&draft(0, 0), &outer).unwrap().message;
    let text = String::from_utf8(message).unwrap();
    assert!(text.contains("<pre>Subject: Écho &lt;2&gt;</pre></div><div>Voir <b>ici</b>"));
    assert_eq!(
        text.matches("hp-legacy-display=\"1\"").count() + text.matches("hp-legacy-display=1").count(),
        2
    );
}

#[test]
fn no_line_is_long_and_no_boundary_occurs_in_another_part() {
    let mut draft = draft(1, 1);
    draft.text.push_str("\n--=_sceau_a_0000000000000000\n");
    let outer = Outer { transfer: TransferSafety::SevenBit, legacy_display: false };
    let message = String::from_utf8(compose(&draft, &outer).unwrap().message).unwrap();
    assert!(message.lines().all(|line| line.len() <= 78), "{message}");
    let boundaries: Vec<_> =
        message.split("boundary=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(boundaries.len(), 3);
    for boundary in &boundaries {
        let others = boundaries.iter().filter(|other| other.starts_with(*boundary)).count();
        assert_eq!(others, 1, "{boundaries:?}");
    }
}
