//! Reading as RFC 9788 §4 wants it, with letters built like those of its appendices C and E, and letters of older programs.

use sceau_mime::{Hp, Layer, Letter, Limits, State, header_states, kept_inside, read, wrapped_message};

const SEALED: Layer = Layer { signed: true, encrypted: true };
const SIGNED: Layer = Layer { signed: true, encrypted: false };

fn letter(text: &str) -> Letter {
    read(text.replace('\n', "\r\n").as_bytes(), &Limits::default()).unwrap()
}

fn states(outer: &str, inner: &str, layer: Layer) -> Vec<(String, State)> {
    let states = header_states(&letter(outer), &letter(inner), layer);
    states.into_iter().map(|one| (one.name.clone(), one.state)).collect()
}

fn expect(found: &[(String, State)], expected: &[(&str, State)]) {
    let found: Vec<_> = found.iter().map(|(name, state)| (name.as_str(), *state)).collect();
    assert_eq!(found, expected);
}

/// The payload of a signed and sealed letter under hcp_baseline (appendix C.3).
const BASELINE: &str = "MIME-Version: 1.0
Content-Transfer-Encoding: 7bit
Subject: bilan de Jeanne
Message-ID: <un@cabinet.example>
From: Anne <anne@cabinet.example>
To: Paul <paul@chu.example>
Date: Sat, 20 Feb 2021 10:09:02 -0500
User-Agent: Essai 1.0
HP-Outer: Subject: [...]
HP-Outer: Message-ID: <un@cabinet.example>
HP-Outer: From: Anne <anne@cabinet.example>
HP-Outer: To: Paul <paul@chu.example>
HP-Outer: Date: Sat, 20 Feb 2021 10:09:02 -0500
HP-Outer: User-Agent: Essai 1.0
Content-Type: text/plain; charset=\"utf-8\"; hp=\"cipher\"

Bonjour.
";

const BASELINE_OUTSIDE: &str = "Received: from x by y
Content-Type: application/pkcs7-mime; name=\"smime.p7m\"; smime-type=\"enveloped-data\"
Subject: [...]
Message-ID: <un@cabinet.example>
From: Anne <anne@cabinet.example>
To: Paul <paul@chu.example>
Date: Sat, 20 Feb 2021 10:09:02 -0500
User-Agent: Essai 1.0

";

/// §4.2.1, §4.3.1.
#[test]
fn the_states_of_a_baseline_letter() {
    use State::{Both, None, Signed};
    expect(
        &states(BASELINE_OUTSIDE, BASELINE, SEALED),
        &[
            ("Subject", Both),
            ("Message-ID", Signed),
            ("From", Signed),
            ("To", Signed),
            ("Date", Signed),
            ("User-Agent", Signed),
            ("Received", None),
        ],
    );
    let inner = letter(BASELINE);
    assert_eq!((inner.hp, inner.hp_outer.len()), (Some(Hp::Cipher), 6));
    assert_eq!((inner.subject.as_str(), inner.text.as_str()), ("bilan de Jeanne", "Bonjour.\n"));
}

/// Appendix C.3 under hcp_shy: names and time zone are confidential, the addresses are not.
#[test]
fn the_states_of_a_shy_letter() {
    let shy = |text: &str| {
        text.replace("-Outer: From: Anne <anne@cabinet.example>", "-Outer: From: anne@cabinet.example")
            .replace("-Outer: To: Paul <paul@chu.example>", "-Outer: To: paul@chu.example")
            .replace(
                "-Outer: Date: Sat, 20 Feb 2021 10:09:02 -0500",
                "-Outer: Date: Sat, 20 Feb 2021 15:09:02 +0000",
            )
    };
    let outside = "Subject: [...]\nMessage-ID: <un@cabinet.example>\nFrom: anne@cabinet.example\n\
                   To: paul@chu.example\nDate: Sat, 20 Feb 2021 15:09:02 +0000\nUser-Agent: Essai 1.0\n\n";
    use State::{Both, Signed};
    let found = states(outside, &shy(BASELINE), SEALED);
    expect(
        &found,
        &[
            ("Subject", Both),
            ("Message-ID", Signed),
            ("From", Both),
            ("To", Both),
            ("Date", Both),
            ("User-Agent", Signed),
        ],
    );
    let kept = kept_inside(&letter(outside), &letter(&shy(BASELINE)));
    assert_eq!((kept.addresses.len(), kept.ids.len()), (0, 0));
}

/// Appendix C.2: the payload of a signed letter, in one part and in several.
#[test]
fn the_states_of_a_signed_letter() {
    let outside = "Subject: avis\nMessage-ID: <un@cabinet.example>\nFrom: Anne <anne@cabinet.example>\n\
                   X-Carrier: y\n\n";
    let fields = "Subject: avis\nMessage-ID: <un@cabinet.example>\nFrom: Anne <anne@cabinet.example>\n";
    let one = format!("{fields}Content-Type: text/plain; hp=\"clear\"\n\nBonjour.\n");
    let several = format!(
        "{fields}Content-Type: multipart/mixed; boundary=\"m\"; hp=\"clear\"\n\n--m\n\
         Content-Type: multipart/alternative; boundary=\"a\"\n\n--a\nContent-Type: text/plain\n\nBonjour.\n\n--a\n\
         Content-Type: text/html\n\n<p>Bonjour.</p>\n\n--a--\n\n--m\nContent-Type: image/png\n\
         Content-Disposition: inline\nContent-Transfer-Encoding: base64\n\nAAEC\n\n--m--\n"
    );
    for payload in [&one, &several] {
        use State::{None, Signed};
        let expected = [("Subject", Signed), ("Message-ID", Signed), ("From", Signed), ("X-Carrier", None)];
        expect(&states(outside, payload, SIGNED), &expected);
        // A carrier that encrypts it later hides nothing that its author hid.
        expect(&states(outside, payload, SEALED), &expected);
        assert_eq!(letter(payload).text, "Bonjour.\n");
        assert_eq!(letter(payload).hp, Some(Hp::Clear));
    }
}

/// §2.1.1, §4.1: the mark counts on the root of the payload, with one of its two values, and nowhere else.
#[test]
fn the_mark_counts_on_the_root_only() {
    for (content_type, expected) in [
        ("text/plain; hp=\"cipher\"", Some(Hp::Cipher)),
        ("text/plain; HP=CLEAR", Some(Hp::Clear)),
        ("text/plain; hp=\"other\"", None),
        ("text/plain; hp=\"\"", None),
        ("text/plain", None),
    ] {
        assert_eq!(letter(&format!("From: a@b.example\nContent-Type: {content_type}\n\nx")).hp, expected);
    }
    let below = letter(
        "Subject: x\nContent-Type: multipart/mixed; boundary=m\n\n--m\nSubject: y\nHP-Outer: Subject: z\n\
         Content-Type: text/plain; hp=\"cipher\"\n\nx\n--m--\n",
    );
    assert_eq!((below.hp, below.hp_outer.len(), below.subject.as_str()), (None, 0, "x"));
}

/// §2.2: the record counts only where the root says `cipher`; outside it is nothing but another field.
#[test]
fn the_record_counts_in_a_sealed_payload_only() {
    let clear = BASELINE.replace("\"cipher\"", "\"clear\"");
    let found = states("Subject: autre\n\n", &clear, SEALED);
    assert!(found.iter().all(|(_, state)| *state == State::Signed), "{found:?}");
    let forged = format!("HP-Outer: Subject: bilan de Jeanne\n{BASELINE_OUTSIDE}");
    let found = states(&forged, BASELINE, SEALED);
    assert!(found.contains(&("Subject".to_owned(), State::Both)));
    assert!(!found.iter().any(|(name, _)| name == "HP-Outer"));
}

/// §4.8.1 and §6.2: fields that were added outside never become those of the letter.
#[test]
fn what_is_added_outside_is_told_apart() {
    let forged = BASELINE_OUTSIDE
        .replace("To: Paul", "Cc: Eve <eve@pirate.example>\nTo: Eve <eve@pirate.example>, Paul");
    let found = states(&forged, BASELINE, SEALED);
    assert!(found.contains(&("Cc".to_owned(), State::None)), "{found:?}");
    let inner = letter(BASELINE);
    assert_eq!((inner.cc.len(), inner.to.len()), (0, 1));
    // What the author left outside is her own record, not what arrived.
    let kept = kept_inside(&letter("From: x@y.example\n\n"), &inner);
    assert_eq!((kept.addresses.len(), kept.ids.len()), (0, 0));
}

const LEGACY: &str = "From: Anne <anne@cabinet.example>\nSubject: dîner\nHP-Outer: Subject: [...]\n";

/// §4.5.3, appendix E: the element is left out of the main body parts, in every form and encoding.
#[test]
fn legacy_display_elements_are_not_shown() {
    let plain = "Content-Type: text/plain; charset=\"utf-8\"; hp-legacy-display=\"1\"";
    let html = "Content-Type: text/html; charset=\"utf-8\"; hp-legacy-display=\"1\"";
    let element = "<div class=\"header-protection-legacy-display\">\n<pre>Subject: dîner</pre>\n</div>\n";
    let page =
        format!("<html><head><title></title></head><body>\n{element}<p>À huit heures.</p>\n</body></html>\n");
    let encoded =
        "Content-Transfer-Encoding: quoted-printable\n\nSubject: d=C3=AEner\n\n=C3=80 huit heures.\n";
    for body in [
        format!("{plain}; hp=\"cipher\"\n\nSubject: dîner\n\nÀ huit heures.\n"),
        format!("{plain}; hp=\"cipher\"\n\nSubject: dîner\nDate: demain\n \t\nÀ huit heures.\n"),
        format!("{plain}; hp=\"cipher\"\n{encoded}"),
        format!("{html}; hp=\"cipher\"\n\n{page}"),
        format!(
            "Content-Type: multipart/alternative; boundary=a; hp=\"cipher\"\n\n--a\n{plain}\n\nSubject: dîner\n\n\
             À huit heures.\n\n--a\n{html}\n\n{page}\n--a--\n"
        ),
    ] {
        assert_eq!(letter(&format!("{LEGACY}{body}")).text.trim_end(), "À huit heures.", "{body}");
    }
}

/// §4.5.3.1: everything that merely looks like one is shown.
#[test]
fn what_is_no_legacy_display_element_is_shown() {
    for (parameters, hp) in [
        ("; hp-legacy-display=\"1\"", "; hp=\"clear\""),
        ("; hp-legacy-display=\"1\"", ""),
        ("; hp-legacy-display=\"0\"", "; hp=\"cipher\""),
        ("; hp-legacy-display", "; hp=\"cipher\""),
        ("", "; hp=\"cipher\""),
    ] {
        let text = format!(
            "{LEGACY}Content-Type: text/plain; charset=utf-8{parameters}{hp}\n\nSubject: dîner\n\nsuite\n"
        );
        assert_eq!(letter(&text).text, "Subject: dîner\n\nsuite\n", "{parameters}{hp}");
    }
    // A file is no main body part (§5.2.4): its octets are its own.
    let file = letter(&format!(
        "{LEGACY}Content-Type: multipart/mixed; boundary=m; hp=\"cipher\"\n\n--m\nContent-Type: text/plain\n\ncorps\n\
         --m\nContent-Type: text/plain; hp-legacy-display=\"1\"\nContent-Disposition: attachment; filename=a.txt\n\n\
         Subject: x\n\nreste\n--m--\n"
    ));
    assert_eq!(file.text.trim_end(), "corps");
    assert_eq!(file.parts[0].bytes, b"Subject: x\r\n\r\nreste");
}

/// §4.10: the whole message inside, but not one that its sender hands on.
#[test]
fn a_wrapped_message_is_the_letter_unless_it_is_handed_on() {
    let whole = "From: a@b.example\r\nSubject: dedans\r\n\r\nBonjour.\r\n";
    for (content_type, is_letter) in [
        ("message/rfc822", true),
        ("message/rfc822; forwarded=no", true),
        ("message/rfc822; forwarded=yes", false),
        ("message/rfc822; forwarded=\"yes\"", false),
        ("text/plain", false),
    ] {
        let payload = format!("Content-Type: {content_type}\r\n\r\n{whole}");
        let found = wrapped_message(payload.as_bytes(), &Limits::default());
        assert_eq!(found.as_deref(), is_letter.then_some(whole.as_bytes()), "{content_type}");
    }
    let outer = "From: a@b.example\nSubject: [...]\n\n";
    use State::{Both, Signed};
    let whole = whole.replace("\r\n", "\n");
    expect(&states(outer, &whole, SEALED), &[("From", Signed), ("Subject", Both)]);
}

/// §4.11: the drafts before, which mark the root with another word and protect the fields that they have.
#[test]
fn letters_of_the_drafts_before_are_read() {
    let alone = letter("Subject: dedans\nContent-Type: text/plain; protected-headers=\"v1\"\n\nBonjour.\n");
    assert!(alone.is_partly_protected() && alone.protects_headers());
    let outer = "From: a@b.example\nSubject: ...\n\n";
    use State::{Both, None};
    expect(
        &states(outer, "Subject: dedans\nContent-Type: text/plain; protected-headers=v1\n\nx\n", SEALED),
        &[("Subject", Both), ("From", None)],
    );
    let other = letter("Subject: dedans\nContent-Type: text/plain; protected-headers=\"v2\"\n\nBonjour.\n");
    assert!(!other.protects_headers());
}

/// Their legacy display is a part of its own: left out when it says what the fields say, and shown when it says more.
#[test]
fn the_older_legacy_display_is_left_out_when_it_only_repeats() {
    let part = |repeated: &str, marked: &str| {
        letter(&format!(
            "From: a@b.example\nSubject: dedans\nContent-Type: multipart/mixed; boundary=m{marked}\n\n--m\n\
             Content-Type: text/plain; protected-headers=\"v1\"\nContent-Disposition: inline\n\n{repeated}\n\n--m\n\
             Content-Type: text/plain\n\nBonjour.\n--m--\n"
        ))
        .text
        .clone()
    };
    let v1 = "; protected-headers=\"v1\"";
    assert_eq!(part("Subject: dedans", v1).trim_end(), "Bonjour.");
    for (repeated, marked) in
        [("Subject: autre", v1), ("Subject: dedans\nVirez 5000 euros.", v1), ("Subject: dedans", "")]
    {
        assert!(part(repeated, marked).starts_with(repeated.lines().next().unwrap()), "{repeated}{marked}");
    }
}
