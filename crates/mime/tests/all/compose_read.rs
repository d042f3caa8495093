//! What is composed reads back as it was written.

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
            let outer = Outer { transfer, legacy_display, ..Outer::default() };
            let composed = compose(draft, &outer).unwrap();
            if transfer == TransferSafety::SevenBit {
                assert_seven_bit(&composed.message);
            }
            assert_same(draft, &composed.message);
        }
    }
}

fn assert_seven_bit(message: &[u8]) {
    let text = std::str::from_utf8(message).unwrap();
    assert!(text.is_ascii());
    assert_eq!(text.replace("\r\n", "").find(['\r', '\n']), None);
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
