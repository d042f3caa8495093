//! The policies and forms beside our own letters' (RFC 9788 §3 to §5, RFC 8551 §3.1).

use sceau_mime::{
    Address, Attachment, Composed, Date, Draft, Form, Given, Hp, Layer, Letter, Limits, Outer, Policy, State,
    TransferSafety, WrapEncoding, compose, compose_as, header_states, read, with_legacy_display, wrap_cms,
    wrapped_message,
};

const SEALED: Layer = Layer { signed: true, encrypted: true };
const POLICIES: [Policy; 3] = [Policy::NoConfidentiality, Policy::Baseline, Policy::Shy];

fn draft(policy: Policy) -> Draft {
    let mut draft = Draft::new(
        Address::new("Dr Éloïse Nœuvéglise", "eloise@cabinet.example"),
        Date { unix: 1_795_422_600, offset_minutes: 60 },
        "nouveau@cabinet.example",
    );
    draft.sender = Some(Address::new("Secrétariat", "accueil@cabinet.example"));
    draft.reply_to = vec![Address::bare("eloise@domicile.example")];
    draft.to = vec![Address::new("Martin, Paul", "paul@chu.example")];
    draft.cc = vec![Address::bare("labo@labo.example")];
    draft.bcc = vec![Address::bare("infirmiere@ide.example")];
    draft.subject = "Résultats d'Éloïse".into();
    draft.text = "Bonjour.\n".into();
    draft.policy = policy;
    draft
}

/// The same with a body from another program, which has fields that a draft has not.
fn given(policy: Policy) -> Draft {
    let mail = "From: x@y.example\r\nComments: Secret de la mère\r\nKeywords: cardiologie\r\nUser-Agent: Essai 1.0\r\n\
                X-KIM-Dienstkennung: Arztbrief;V1.2\r\nContent-Type: text/html; hp=\"clear\"; charset=utf-8\r\n\
                Content-Language: fr\r\n\r\n<p>Bonjour.</p>\r\n";
    let mut draft = draft(policy);
    draft.given = Some(Given::of_mail(mail.as_bytes(), &Limits::default()).unwrap());
    draft
}

/// The letter as it arrives and its payload.
fn arrive(composed: &Composed) -> (Letter, Letter) {
    let mail =
        wrap_cms(b"0\x80", "authEnveloped-data", &composed.outer_headers, WrapEncoding::Base64).unwrap();
    let limits = Limits::default();
    (read(&mail, &limits).unwrap(), read(&composed.message, &limits).unwrap())
}

fn sealed(draft: &Draft) -> (Letter, Letter) {
    arrive(&compose(draft, &Outer::default()).unwrap())
}

/// What stands outside and describes no structure.
fn outside(letter: &Letter) -> Vec<(String, String)> {
    let structural = |name: &str| name.starts_with("content-") || name == "mime-version";
    let fields = letter.headers.iter().filter(|field| !structural(&field.name.to_ascii_lowercase()));
    fields.map(|field| (field.name.clone(), field.value.clone())).collect()
}

fn state_of(outer: &Letter, inner: &Letter, name: &str) -> Vec<State> {
    let states = header_states(outer, inner, SEALED);
    states.iter().filter(|header| header.name == name).map(|header| header.state).collect()
}

/// RFC 9788 §3.2.1: the subject obscured, Comments and Keywords left out, the rest as it is.
#[test]
fn baseline_hides_the_subject_and_what_only_people_read() {
    let (outer, inner) = sealed(&given(Policy::Baseline));
    assert_eq!(outer.subject, "[...]");
    assert_eq!((&outer.from, &outer.to, &outer.cc), (&inner.from, &inner.to, &inner.cc));
    assert_eq!((&outer.sender, outer.date), (&inner.sender, inner.date));
    assert_eq!(outer.header("User-Agent").count(), 1);
    for name in ["Comments", "Keywords", "Bcc"] {
        assert_eq!(outer.header(name).count(), 0, "{name}");
        assert_eq!(state_of(&outer, &inner, name), [State::Both], "{name}");
    }
    assert_eq!(state_of(&outer, &inner, "Subject"), [State::Both]);
    for name in ["From", "Sender", "Reply-To", "To", "Cc", "Date", "Message-ID", "User-Agent"] {
        assert_eq!(state_of(&outer, &inner, name), [State::Signed], "{name}");
    }
}

/// RFC 9788 §3.2.3.
#[test]
fn no_confidentiality_hides_bcc_alone() {
    let (outer, inner) = sealed(&given(Policy::NoConfidentiality));
    assert_eq!(outer.subject, "Résultats d'Éloïse");
    let hidden: Vec<_> =
        header_states(&outer, &inner, SEALED).into_iter().filter(|one| one.state == State::Both).collect();
    assert_eq!(hidden.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Bcc"]);
    assert_eq!(outer.header("Comments").collect::<Vec<_>>(), ["Secret de la mère"]);
}

/// RFC 9788 §3.1.1: no policy changes the author's address; §2.2: the record is exactly what stands outside.
#[test]
fn every_policy_keeps_the_authors_address_and_records_what_is_outside() {
    for policy in POLICIES {
        for draft in [draft(policy), given(policy)] {
            let (outer, inner) = sealed(&draft);
            assert_eq!(outer.from[0].email, draft.from.email, "{policy:?}");
            assert_eq!(inner.hp, Some(Hp::Cipher));
            assert_eq!(inner.hp_outer, outside(&outer), "{policy:?}");
            assert!(outer.bcc.is_empty() && outer.header("HP-Outer").next().is_none());
            assert_eq!(inner.bcc, draft.bcc);
            assert_eq!(inner.subject, draft.subject);
            assert_eq!(inner.text.trim_end(), "Bonjour.");
        }
    }
}

/// RFC 9788 §6.1: whatever is wished, an answer shows what our own letters show.
#[test]
fn an_answer_is_always_shy() {
    type Change = fn(&mut Draft);
    let changes: [Change; 4] = [
        |draft| draft.in_reply_to = vec!["avant@chu.example".into()],
        |draft| draft.references = vec!["avant@chu.example".into()],
        |draft| draft.kept_inside.ids = vec!["avant@chu.example".into()],
        |draft| draft.kept_inside.addresses = vec!["labo@labo.example".into()],
    ];
    for change in changes {
        let mut shy = draft(Policy::Shy);
        change(&mut shy);
        let expected = compose(&shy, &Outer::default()).unwrap().outer_headers;
        for policy in POLICIES {
            let answer = Draft { policy, ..shy.clone() };
            assert_eq!(compose(&answer, &Outer::default()).unwrap().outer_headers, expected, "{policy:?}");
        }
    }
}

#[test]
fn what_is_said_about_a_letter_that_hid_anything_is_shy() {
    let (outer, inner) = sealed(&draft(Policy::Shy));
    let hides = header_states(&outer, &inner, SEALED);
    let open = header_states(&outer, &inner, Layer { signed: true, encrypted: false });
    for policy in POLICIES {
        assert_eq!(policy.about(&hides), Policy::Shy);
        assert_eq!(policy.about(&open), policy);
    }
}

/// RFC 9788 §5.2 with `hp="clear"`: no record, nothing hidden, nobody in Bcc.
#[test]
fn a_signed_letter_shows_what_it_protects() {
    for draft in [draft(Policy::Shy), given(Policy::Shy)] {
        let wished = Outer { transfer: TransferSafety::SevenBit, legacy_display: true };
        let composed = compose_as(&draft, &wished, Form::Signed).unwrap();
        let (outer, inner) = arrive(&composed);
        assert_eq!((inner.hp, inner.hp_outer.len()), (Some(Hp::Clear), 0));
        assert_eq!(inner.content_type.parameter("hp"), Some("clear"));
        assert_eq!(outside(&outer), outside(&inner));
        assert_eq!(outer.subject, draft.subject);
        assert_eq!((outer.bcc.len(), inner.bcc.len()), (0, 0));
        assert_eq!(inner.text.trim_end(), "Bonjour.", "no legacy display: nothing is hidden");
        let signed = Layer { signed: true, encrypted: false };
        let states = header_states(&outer, &inner, signed);
        assert!(states.iter().all(|one| one.state == State::Signed), "{states:?}");
    }
}

/// RFC 8551 §3.1: the message itself says nothing of protection, and only the wrapper is signed.
#[test]
fn a_wrapped_letter_is_a_whole_message() {
    for (form, subject) in [(Form::Wrapped, "[...]"), (Form::Kim, "KOM-LE-Nachricht")] {
        for draft in [draft(Policy::Shy), given(Policy::Shy)] {
            let outer = Outer { transfer: TransferSafety::SevenBit, legacy_display: false };
            let composed = compose_as(&draft, &outer, form).unwrap();
            let whole = wrapped_message(&composed.message, &Limits::default()).unwrap();
            let (outside, _) = arrive(&composed);
            let inner = read(&whole, &Limits::default()).unwrap();
            assert_eq!((inner.hp, inner.hp_outer.len()), (None, 0));
            assert_eq!(inner.content_type.parameter("hp"), None);
            assert_eq!((inner.from.as_slice(), &inner.subject), (&[draft.from.clone()][..], &draft.subject));
            assert_eq!(inner.bcc, draft.bcc);
            assert_eq!((outside.subject.as_str(), outside.bcc.len()), (subject, 0));
        }
    }
}

#[test]
fn the_fields_of_kim_stand_outside_as_inside() {
    let outer = Outer::default();
    for (draft, service) in
        [(draft(Policy::Shy), "KIM-Mail;Default;V1.0"), (given(Policy::Shy), "Arztbrief;V1.2")]
    {
        let composed = compose_as(&draft, &outer, Form::Kim).unwrap();
        let (outside, _) = arrive(&composed);
        let whole = wrapped_message(&composed.message, &Limits::default()).unwrap();
        let inner = read(&whole, &Limits::default()).unwrap();
        for letter in [&outside, &inner] {
            assert_eq!(letter.header("X-KIM-Dienstkennung").collect::<Vec<_>>(), [service]);
        }
        for name in ["From", "Sender", "Reply-To", "To", "Cc", "Date", "Message-ID"] {
            let both = [&outside, &inner].map(|letter| letter.header(name).collect::<Vec<_>>());
            assert_eq!(both[0], both[1], "{name}");
            assert_eq!(both[0].len(), 1, "{name}");
        }
        assert_eq!(outside.header("X-KOM-LE-Version").count(), 1);
        assert_eq!(outside.header("Comments").count(), 0);
    }
}

/// The legacy display repeats what is hidden, so where nothing is there is none (RFC 9788 §5.2.2).
#[test]
fn a_legacy_display_is_written_only_for_a_hidden_subject() {
    let wished = Outer { transfer: TransferSafety::SevenBit, legacy_display: true };
    for (policy, repeats) in
        [(Policy::NoConfidentiality, false), (Policy::Baseline, true), (Policy::Shy, true)]
    {
        let composed = compose(&draft(policy), &wished).unwrap();
        let text = String::from_utf8(composed.message.clone()).unwrap();
        assert_eq!(text.contains("hp-legacy-display"), repeats, "{policy:?}");
        assert_eq!(read(&composed.message, &Limits::default()).unwrap().text, "Bonjour.\n");
    }
}

/// A given body stays as it stands, whatever its root is marked with.
#[test]
fn a_given_body_is_marked_as_the_form_wants() {
    let draft = given(Policy::Shy);
    for (form, mark) in [
        (Form::Sealed, Some("cipher")),
        (Form::Signed, Some("clear")),
        (Form::Wrapped, None),
        (Form::Kim, None),
    ] {
        let message = compose_as(&draft, &Outer::default(), form).unwrap().message;
        let whole =
            wrapped_message(&message, &Limits::default()).map_or(message.clone(), |it| it.into_owned());
        assert!(whole.ends_with(b"\r\n\r\n<p>Bonjour.</p>\r\n"), "{form:?}");
        let letter = read(&whole, &Limits::default()).unwrap();
        assert_eq!(letter.content_type.parameter("hp"), mark, "{form:?}");
        assert_eq!(letter.content_type.parameter("charset"), Some("utf-8"));
        assert_eq!(letter.header("Content-Language").collect::<Vec<_>>(), ["fr"]);
    }
}

#[test]
fn attachments_survive_every_form() {
    let mut draft = draft(Policy::Shy);
    let bytes: Vec<u8> = (0..=255).collect();
    let content_type = "application/pdf".to_owned();
    draft.parts = vec![Attachment { name: "a.pdf".into(), content_type, bytes: bytes.clone() }];
    for transfer in [TransferSafety::Binary, TransferSafety::SevenBit] {
        for form in [Form::Sealed, Form::Signed, Form::Wrapped, Form::Kim] {
            let outer = Outer { transfer, legacy_display: false };
            let message = compose_as(&draft, &outer, form).unwrap().message;
            let whole =
                wrapped_message(&message, &Limits::default()).map_or(message.clone(), |it| it.into_owned());
            assert_eq!(read(&whole, &Limits::default()).unwrap().parts[0].bytes, bytes, "{form:?}");
        }
    }
}

/// A mail of another program, sealed with its subject repeated for programs that show only what is outside: others see it,
/// and we do not.
fn repeated(mail: &str) -> (String, Letter) {
    let limits = Limits::default();
    let written = with_legacy_display(mail.replace('\n', "\r\n").as_bytes(), &limits).unwrap();
    let shown_by_others = read(&written, &limits).unwrap().text.clone();
    let mut draft = draft(Policy::Shy);
    draft.given = Some(Given::of_mail(&written, &limits).unwrap());
    let sealed = read(&compose(&draft, &Outer::default()).unwrap().message, &limits).unwrap();
    (shown_by_others, sealed)
}

#[test]
fn a_given_body_can_repeat_its_subject_for_older_programs() {
    let head = "From: a@b.example\nSubject: =?utf-8?Q?R=C3=A9sultats?= <x>\nMIME-Version: 1.0\n";
    let latin = "Content-Type: text/plain; charset=iso-8859-1; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\n\
                 Un caf=E9.\n";
    let html =
        "Content-Type: text/html; charset=utf-8\n\n<html><BODY lang=\"fr\"><p>Un café.</p></body></html>\n";
    let file = "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nfichier\n";
    for (body, parts) in [
        (latin.to_owned(), 0),
        (html.to_owned(), 0),
        (
            format!(
                "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n\
                 --a\n{latin}\n--a\n{html}\n--a--\n\n--m\n{file}\n--m--\n"
            ),
            1,
        ),
    ] {
        let (others, ours) = repeated(&format!("{head}{body}"));
        assert!(others.starts_with("Subject: Résultats <x>"), "{others}");
        assert_eq!(ours.text.trim_end(), "Un café.", "{body}");
        assert_eq!(ours.hp, Some(Hp::Cipher));
        assert_eq!(ours.parts.len(), parts);
        assert!(ours.parts.iter().all(|part| part.bytes.starts_with(b"fichier")));
    }
    let flowed = repeated(&format!("{head}{latin}")).1;
    assert_eq!(flowed.content_type.parameter("format"), Some("flowed"));
}

#[test]
fn a_mail_without_subject_or_text_is_left_alone() {
    for mail in [
        "From: a@b.example\r\n\r\nBonjour.\r\n",
        "From: a@b.example\r\nSubject: x\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n",
        "From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nx\r\n--s--\r\n",
        "From: a@b.example\r\nSubject: x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx\r\n",
    ] {
        assert_eq!(with_legacy_display(mail.as_bytes(), &Limits::default()).unwrap(), mail.as_bytes());
    }
}

/// Messages of the world with their subject repeated: what we show, and every file, is what it was.
#[test]
fn foreign_mails_keep_their_text_and_files_under_a_repeated_subject() {
    let Some(folder) = crate::vectors::folder("mail/mail-parser", 28) else { return };
    let limits = Limits::default();
    let mut repeated = 0;
    for group in ["rfc", "thirdparty"] {
        for entry in std::fs::read_dir(folder.join(group)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "eml") {
                continue;
            }
            let mail = std::fs::read(&path).unwrap();
            let written = with_legacy_display(&mail, &limits).unwrap();
            repeated += usize::from(written != mail);
            let seal = |mail: &[u8]| {
                let mut draft = draft(Policy::Shy);
                draft.given = Some(Given::of_mail(mail, &limits).unwrap());
                read(&compose(&draft, &Outer::default()).unwrap().message, &limits).unwrap()
            };
            let (before, after) = (seal(&mail), seal(&written));
            assert_eq!(after.text.trim_end(), before.text.trim_end(), "{}", path.display());
            let files = |letter: &Letter| -> Vec<Vec<u8>> {
                letter.parts.iter().map(|part| part.bytes.clone()).collect()
            };
            assert!(files(&after) == files(&before), "{}", path.display());
        }
    }
    assert!(repeated > 10, "{repeated}");
}
