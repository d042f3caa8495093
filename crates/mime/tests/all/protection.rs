//! Header protection as RFC 9788 wants it written and read.

use sceau_mime::{
    Address, Attachment, Date, Draft, Header, HeaderState, Hp, Layer, Letter, Limits, Outer, State,
    TransferSafety, WrapEncoding, compose, header_states, kept_inside, read, wrap_cms,
};

const SEALED: Layer = Layer { signed: true, encrypted: true };

fn draft() -> Draft {
    let mut draft = Draft::new(
        Address::new("Dr Éloïse Nœuvéglise", "eloise@cabinet.example"),
        Date { unix: 1_795_422_600, offset_minutes: 60 },
        "nouveau@cabinet.example",
    );
    draft.to = vec![Address::new("Martin, Paul", "paul@chu.example")];
    draft.cc = vec![Address::bare("labo@labo.example")];
    draft.bcc = vec![Address::bare("infirmiere@ide.example")];
    draft.subject = "Résultats d'Éloïse".into();
    draft.text = "Bonjour.\n".into();
    draft.in_reply_to = vec!["ancien@chu.example".into()];
    draft.references = vec!["premier@chu.example".into(), "ancien@chu.example".into()];
    draft
}

/// The letter as it arrives and its payload.
fn arrive(draft: &Draft, outer: &Outer) -> (Letter, Letter) {
    let composed = compose(draft, outer).unwrap();
    let mail =
        wrap_cms(b"0\x80", "authEnveloped-data", &composed.outer_headers, WrapEncoding::Base64).unwrap();
    let limits = Limits::default();
    (read(&mail, &limits).unwrap(), read(&composed.message, &limits).unwrap())
}

fn state_of(states: &[HeaderState], name: &str) -> Vec<State> {
    states.iter().filter(|header| header.name == name).map(|header| header.state).collect()
}

#[test]
fn outside_stands_only_what_is_allowed() {
    let composed = compose(&draft(), &Outer::default()).unwrap();
    let names: Vec<&str> = composed.outer_headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References"]);
    let (outer, _) = arrive(&draft(), &Outer::default());
    assert_eq!(outer.subject, "[...]");
    assert_eq!(outer.bcc, []);
    assert_eq!(outer.from, [Address::bare("eloise@cabinet.example")]);
    assert_eq!(outer.to, [Address::bare("paul@chu.example")]);
    assert_eq!(outer.cc, draft().cc);
    assert_eq!(outer.date, Some(Date::utc(1_795_422_600)));
    let outside: String = composed.outer_headers.iter().map(|(_, value)| value.as_str()).collect();
    for name in ["Martin", "Paul", "=?", "+0100"] {
        assert!(!outside.contains(name), "{outside}");
    }
    assert_eq!(outer.message_id.as_deref(), Some("nouveau@cabinet.example"));
    assert_eq!(outer.content_type.media, "application/pkcs7-mime");
}

#[test]
fn the_payload_says_cipher_and_records_what_is_outside() {
    let mut with_file = draft();
    let file = Attachment { name: "a".into(), content_type: "application/pdf".into(), bytes: vec![1] };
    with_file.parts = vec![file];
    for draft in [draft(), with_file] {
        let (outer, inner) = arrive(&draft, &Outer::default());
        assert_eq!(inner.hp, Some(Hp::Cipher));
        assert_eq!(inner.content_type.parameter("hp"), Some("cipher"));
        let structural = ["mime-version", "content-type", "content-transfer-encoding", "content-disposition"];
        let outside: Vec<(String, String)> = outer
            .headers
            .iter()
            .filter(|header| !structural.contains(&header.name.to_ascii_lowercase().as_str()))
            .map(|Header { name, value, .. }| (name.clone(), value.clone()))
            .collect();
        assert_eq!(inner.hp_outer, outside);
    }
}

#[test]
fn states_of_a_sealed_letter() {
    let (outer, inner) = arrive(&draft(), &Outer::default());
    let states = header_states(&outer, &inner, SEALED);
    for name in ["Cc", "Message-ID", "In-Reply-To", "References"] {
        assert_eq!(state_of(&states, name), [State::Signed], "{name}");
    }
    // Names and the time zone stand inside only.
    for name in ["From", "To", "Date", "Subject", "Bcc"] {
        assert_eq!(state_of(&states, name), [State::Both], "{name}");
    }
    assert_eq!(state_of(&states, "HP-Outer"), []);
    assert_eq!(state_of(&states, "Content-Type"), []);
    let subject = states.iter().find(|header| header.name == "Subject").unwrap();
    assert_eq!(subject.value, "Résultats d'Éloïse");
}

#[test]
fn states_follow_what_was_proven_not_what_is_claimed() {
    let (outer, inner) = arrive(&draft(), &Outer::default());
    for (layer, cc, subject) in [
        (Layer { signed: false, encrypted: true }, State::None, State::Encrypted),
        (Layer { signed: true, encrypted: false }, State::Signed, State::Signed),
        (Layer { signed: false, encrypted: false }, State::None, State::None),
    ] {
        let states = header_states(&outer, &inner, layer);
        assert_eq!(state_of(&states, "Cc"), [cc], "{layer:?}");
        assert_eq!(state_of(&states, "Subject"), [subject], "{layer:?}");
    }
}

#[test]
fn a_field_shown_outside_is_not_confidential_whatever_the_record_says() {
    let (_, inner) = arrive(&draft(), &Outer::default());
    let outer = read("Subject: Résultats d'Éloïse\r\n\r\n".as_bytes(), &Limits::default()).unwrap();
    assert_eq!(state_of(&header_states(&outer, &inner, SEALED), "Subject"), [State::Signed]);
}

#[test]
fn fields_only_outside_are_not_protected_and_never_win() {
    let (_, inner) = arrive(&draft(), &Outer::default());
    let outer =
        read(b"Received: by x\r\nFrom: pirate@x.example\r\nSubject: [...]\r\n\r\n", &Limits::default())
            .unwrap();
    let states = header_states(&outer, &inner, SEALED);
    assert_eq!(state_of(&states, "Received"), [State::None]);
    assert!(!states.iter().any(|header| header.value.contains("pirate")));
}

#[test]
fn a_payload_without_protected_fields_leaves_those_outside() {
    let outer = read(b"From: a@b.example\r\nSubject: dehors\r\n\r\n", &Limits::default()).unwrap();
    let inner = read(b"Content-Type: text/plain\r\n\r\nbonjour", &Limits::default()).unwrap();
    assert!(!inner.protects_headers());
    let states = header_states(&outer, &inner, SEALED);
    assert_eq!(state_of(&states, "From"), [State::None]);
    assert_eq!(state_of(&states, "Subject"), [State::None]);
}

#[test]
fn a_complete_message_inside_is_protected_without_saying_so() {
    let outer = read(b"From: a@b.example\r\nSubject: objet\r\n\r\n", &Limits::default()).unwrap();
    let inner = read(b"From: a@b.example\r\nSubject: vrai\r\n\r\nbonjour", &Limits::default()).unwrap();
    let states = header_states(&outer, &inner, SEALED);
    assert_eq!(state_of(&states, "From"), [State::Signed]);
    assert_eq!(state_of(&states, "Subject"), [State::Both]);
}

#[test]
fn clear_claims_no_confidence() {
    let outer = read(b"Subject: x\r\n\r\n", &Limits::default()).unwrap();
    let inner = read(
        b"From: a@b.example\r\nSubject: y\r\nContent-Type: text/plain; hp=\"clear\"\r\n\r\n",
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(inner.hp, Some(Hp::Clear));
    assert_eq!(state_of(&header_states(&outer, &inner, SEALED), "Subject"), [State::Signed]);
}

#[test]
fn the_legacy_display_is_hidden_from_readers_that_know() {
    let outer = Outer { legacy_display: true, transfer: TransferSafety::SevenBit };
    let composed = compose(&draft(), &outer).unwrap();
    let shown_by_others = String::from_utf8(composed.message.clone()).unwrap();
    assert!(shown_by_others.contains("\r\n\r\nSubject: R=C3=A9sultats"));
    assert_eq!(read(&composed.message, &Limits::default()).unwrap().text, "Bonjour.\n");
}

#[test]
fn a_legacy_display_is_believed_only_in_a_payload_made_for_sealing() {
    let text = "From: a@b.example\r\nContent-Type: text/plain; hp-legacy-display=\"1\"HP\r\n\r\nSubject: x\r\n\r\ncorps";
    for (hp, shown) in
        [("; hp=\"cipher\"", "corps"), ("; hp=\"clear\"", "Subject: x\n\ncorps"), ("", "Subject: x\n\ncorps")]
    {
        let letter = read(text.replace("HP", hp).as_bytes(), &Limits::default()).unwrap();
        assert_eq!(letter.text, shown, "{hp}");
    }
}

#[test]
fn a_legacy_display_in_html_is_hidden_too() {
    let html = "From: a@b.example\r\nContent-Type: text/html; hp=\"cipher\"; hp-legacy-display=\"1\"\r\n\r\n\
                <html><body><div class=\"header-protection-legacy-display\"><pre>Subject: x</pre></div>\
                <p>corps</p></body></html>";
    assert_eq!(read(html.as_bytes(), &Limits::default()).unwrap().text, "corps");
}

#[test]
fn a_reply_hides_what_the_letter_hid() {
    let mut letter = draft();
    letter.kept_inside.addresses = vec!["Labo@labo.example".into()];
    letter.kept_inside.ids = vec!["premier@chu.example".into()];
    let (outer, inner) = arrive(&letter, &Outer::default());
    assert_eq!(outer.cc, []);
    assert_eq!(outer.references, ["ancien@chu.example"]);
    assert_eq!(state_of(&header_states(&outer, &inner, SEALED), "Cc"), [State::Both]);
    let rule = kept_inside(&outer, &inner);
    assert_eq!(rule.addresses, ["labo@labo.example", "infirmiere@ide.example"]);
    assert_eq!(rule.ids, ["premier@chu.example"]);

    let mut reply = Draft::new(Address::bare("paul@chu.example"), Date::utc(0), "r@chu.example");
    reply.to = vec![inner.from[0].clone()];
    reply.cc = inner.cc.clone();
    reply.references = inner.references.clone();
    reply.kept_inside = rule;
    let (outer, inner) = arrive(&reply, &Outer::default());
    assert_eq!(outer.to.len(), 1);
    assert_eq!(outer.cc, []);
    assert_eq!(outer.references, ["ancien@chu.example"]);
    assert_eq!(inner.cc.len(), 1);
    assert_eq!(inner.references.len(), 2);
}

#[test]
fn a_letter_in_the_open_lists_its_fields_unprotected() {
    for mail in [&b"From: a@b.example\r\nSubject: x\r\n\r\n"[..], b"Subject: x\r\n\r\n"] {
        let letter = read(mail, &Limits::default()).unwrap();
        let states = header_states(&Letter::default(), &letter, Layer::default());
        assert_eq!(state_of(&states, "Subject"), [State::None]);
    }
}
