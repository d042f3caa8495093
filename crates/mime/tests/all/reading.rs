//! Reading: charsets, names, facts about From, HTML, and what counts as a file.

use sceau_mime::{Address, Defect, Letter, Limits, read};

fn letter(bytes: &[u8]) -> Letter {
    read(bytes, &Limits::default()).unwrap()
}

fn text_in(charset: &str, body: &[u8]) -> String {
    let head = format!("From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n");
    letter(&[head.as_bytes(), body].concat()).text.clone()
}

#[test]
fn charsets_of_practice_software() {
    for (charset, body) in [
        ("utf-8", "Éloïse à 38,5°".as_bytes().to_vec()),
        ("iso-8859-1", b"\xc9lo\xefse \xe0 38,5\xb0".to_vec()),
        ("iso-8859-15", b"\xc9lo\xefse \xe0 38,5\xb0".to_vec()),
        ("windows-1252", b"\xc9lo\xefse \xe0 38,5\xb0".to_vec()),
        ("macintosh", b"\x83lo\x95se \x88 38,5\xa1".to_vec()),
        ("cp850", b"\x90lo\x8bse \x85 38,5\xf8".to_vec()),
        ("IBM850", b"\x90lo\x8bse \x85 38,5\xf8".to_vec()),
    ] {
        assert_eq!(text_in(charset, &body), "Éloïse à 38,5°", "{charset}");
    }
    assert_eq!(text_in("iso-8859-15", b"\xbd\xa4"), "œ€");
    assert_eq!(text_in("iso-2022-jp", b"\x1b$BF|K\\\x1b(B"), "日本");
    assert_eq!(text_in("gb18030", b"\xc4\xe3"), "你");
}

#[test]
fn undeclared_latin_1_is_read() {
    let found = letter(b"From: a@b.example\r\n\r\nc\x9cur \xe9lev\xe9");
    assert_eq!(found.text, "cœur élevé");
    assert_eq!(found.defects, [Defect::DamagedCharset]);
}

#[test]
fn unknown_charset_is_reported_and_readable() {
    let found = letter(b"From: a@b.example\r\nContent-Type: text/plain; charset=x-none\r\n\r\nbonjour");
    assert_eq!(found.text, "bonjour");
    assert_eq!(found.defects, [Defect::DamagedCharset]);
    assert_eq!(found.parts, []);
}

#[test]
fn text_that_cannot_be_decoded_is_kept_as_a_file() {
    for body in [&b"\xff\x01"[..], b"\x1b$BF|K\\"] {
        let head = b"From: a@b.example\r\nContent-Type: text/plain; charset=x-none\r\n\r\n";
        let found = letter(&[head.as_slice(), body].concat());
        assert_eq!(found.parts[0].bytes, body);
        assert_eq!(found.parts[0].charset.as_deref(), Some("x-none"));
    }
}

#[test]
fn attachment_bytes_stay_as_they_are_whatever_the_charset() {
    let found = letter(
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nt\r\n--x\r\n\
          Content-Type: text/plain; charset=ibm850\r\nContent-Disposition: attachment; filename=r.hpr\r\n\
          Content-Transfer-Encoding: 8bit\r\n\r\n\x82\x8a\r\n\r\n--x--\r\n",
    );
    let [part] = found.parts.as_slice() else { panic!("{:?}", found.parts) };
    assert_eq!(part.bytes, b"\x82\x8a\r\n");
    assert_eq!(part.charset.as_deref(), Some("ibm850"));
    assert_eq!(found.text, "t");
}

#[test]
fn names_in_every_encoding() {
    for (parameter, name) in [
        ("filename=\"compte rendu.pdf\"", "compte rendu.pdf"),
        ("filename*=UTF-8''r%C3%A9sultat.pdf", "résultat.pdf"),
        ("filename*=iso-8859-1'fr'r%E9sultat.pdf", "résultat.pdf"),
        ("filename*0*=UTF-8''r%C3%A9;\r\n filename*1=\"sultat.pdf\"", "résultat.pdf"),
        ("filename=\"=?utf-8?Q?r=C3=A9sultat.pdf?=\"", "résultat.pdf"),
        ("filename=\"=?iso-8859-1?B?culzdWx0YXQucGRm?=\"", "résultat.pdf"),
        ("filename=\"../../etc/passwd\"", "../../etc/passwd"),
    ] {
        let found = letter(
            format!(
                "From: a@b.example\r\nContent-Type: application/pdf\r\n\
                 Content-Disposition: attachment; {parameter}\r\n\r\nx"
            )
            .as_bytes(),
        );
        assert_eq!(found.parts[0].name.as_deref(), Some(name), "{parameter}");
    }
}

#[test]
fn one_plain_author() {
    for from in [
        "a@b.example",
        "<a@b.example>",
        "Anne <a@b.example>",
        "\"Martin, Anne\" <a@b.example>",
        "=?utf-8?Q?=C3=89lo=C3=AFse?= <a@b.example>",
        "Éloïse <a@b.example>",
        "a@b.example (Anne Martin)",
        "Anne\r\n <a@b.example>",
        "\"victime@autre.example\" <a@b.example>",
    ] {
        let found = letter(format!("From: {from}\r\n\r\n").as_bytes());
        assert_eq!(found.single_from().map(|from| from.email.as_str()), Some("a@b.example"), "{from}");
        assert_eq!(found.defects, [], "{from}");
    }
}

#[test]
fn doubtful_authors_are_facts() {
    for (head, defect) in [
        ("To: a@b.example\r\n", Defect::NoFrom),
        ("From:\r\n", Defect::NoFrom),
        ("From: Anne\r\n", Defect::NoFrom),
        ("From: a@b.example, c@d.example\r\n", Defect::SeveralFrom),
        ("From: a@b.example\r\nFrom: c@d.example\r\n", Defect::SeveralFrom),
        ("From: a@b.example\r\nfrom : c@d.example\r\n", Defect::SeveralFrom),
        ("From: a@b.example\r\nFrom:\r\n", Defect::SeveralFrom),
        ("From: c@d.example <a@b.example>\r\n", Defect::OddFrom),
        ("From: <a@b.example> <c@d.example>\r\n", Defect::OddFrom),
        ("From: <@relay.example:a@b.example>\r\n", Defect::OddFrom),
        ("From: Groupe: a@b.example;\r\n", Defect::OddFrom),
        ("From: a@b.example (c@d.example)\r\n", Defect::OddFrom),
        ("From: \"x\" <a@b.example>, \r\n", Defect::OddFrom),
        ("From: a@b.example\0c@d.example\r\n", Defect::OddFrom),
        ("From: a@b@c.example\r\n", Defect::OddFrom),
    ] {
        let found = letter(format!("{head}\r\n").as_bytes());
        assert_eq!(found.single_from(), None, "{head}");
        assert!(found.defects.contains(&defect), "{head}: {:?}", found.defects);
    }
}

#[test]
fn repeated_fields_are_facts() {
    let found = letter(b"From: a@b.example\r\nSubject: un\r\nSubject: deux\r\nTo: c@d\r\nTo: e@f\r\n\r\n");
    assert_eq!(found.defects, [Defect::RepeatedField("to"), Defect::RepeatedField("subject")]);
    assert_eq!(found.subject, "un");
    assert_eq!(found.to.len(), 2);
}

#[test]
fn html_alone_is_shown_as_text() {
    let found = letter(
        b"From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
          <p>Bonjour</p><script>evil()</script><a href=\"https://x.example\">ici</a>",
    );
    assert_eq!(found.text, "Bonjour\n\nici");
    assert!(found.has_html);
    assert_eq!(found.parts, []);
}

#[test]
fn of_alternatives_the_text_is_shown_and_the_html_is_no_file() {
    let found = letter(
        b"From: a@b.example\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n\
          --x\r\nContent-Type: text/plain\r\n\r\ntexte\r\n\
          --x\r\nContent-Type: text/html\r\n\r\n<b>html</b>\r\n--x--\r\n",
    );
    assert_eq!(found.text, "texte");
    assert!(found.has_html);
    assert_eq!(found.parts, []);
}

#[test]
fn forwarded_messages_and_images_are_files() {
    let found = letter(
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
          --x\r\n\r\nvoir\r\n\
          --x\r\nContent-Type: image/png\r\nContent-ID: <i@x>\r\nContent-Disposition: inline\r\n\r\nPNG\r\n\
          --x\r\nContent-Type: message/rfc822\r\n\r\nSubject: dedans\r\n\r\ncorps\r\n\r\n--x--\r\n",
    );
    assert_eq!(found.text, "voir");
    let kinds: Vec<&str> = found.parts.iter().map(|part| part.content_type.as_str()).collect();
    assert_eq!(kinds, ["image/png", "message/rfc822"]);
    assert_eq!(found.parts[0].content_id.as_deref(), Some("i@x"));
    assert!(found.parts[0].inline);
    assert_eq!(found.parts[1].bytes, b"Subject: dedans\r\n\r\ncorps\r\n");
}

#[test]
fn header_values_are_decoded_and_kept_raw() {
    let found =
        letter(b"From: a@b.example\r\nSubject: =?utf-8?Q?=C3=A9t=C3=A9?=\r\n =?utf-8?Q?_fini?=\r\n\r\n");
    assert_eq!(found.subject, "été fini");
    assert_eq!(found.headers[1].name, "Subject");
    assert_eq!(found.headers[1].value, "été fini");
    assert_eq!(found.headers[1].raw, b" =?utf-8?Q?=C3=A9t=C3=A9?=\r\n =?utf-8?Q?_fini?=");
}

/// What old practice software sends: no charset, or another than it writes.
#[test]
fn text_in_another_charset_than_declared_is_read_as_what_it_is() {
    let sentence = "Éloïse, hospitalisée à 38,5° : très fatiguée.";
    let cp850 = b"\x90lo\x8bse, hospitalis\x82e \x85 38,5\xf8 : tr\x8as fatigu\x82e.";
    let latin = b"\xc9lo\xefse, hospitalis\xe9e \xe0 38,5\xb0 : tr\xe8s fatigu\xe9e.";
    let mac = b"\x83lo\x95se, hospitalis\x8ee \x88 38,5\xa1 : tr\x8fs fatigu\x8ee.";
    for declared in ["us-ascii", "utf-8", "iso-8859-1", "windows-1252", "macintosh", "ibm850", "iso-8859-15"]
    {
        for body in [&cp850[..], latin, mac, sentence.as_bytes()] {
            assert_eq!(text_in(declared, body), sentence, "{declared} {body:x?}");
        }
    }
    // A charset that fits is believed, whatever else would fit too.
    assert_eq!(text_in("iso-8859-15", b"le c\xbdur, 5 \xa4"), "le cœur, 5 €");
    assert_eq!(text_in("ibm850", b"\x9d 5 mm"), "Ø 5 mm");
    assert_eq!(
        text_in("iso-8859-1", b"Gr\xfc\xdfe aus K\xf6ln, a\xf1o, \xc5ngstr\xf6m"),
        "Grüße aus Köln, año, Ångström"
    );
    assert_eq!(text_in("iso-8859-2", b"\xb3\xf3d\xbc"), "łódź");
}

/// Eight bits in fields, with no word about their charset.
#[test]
fn fields_of_old_programs_are_read() {
    for (subject, name, file) in [
        (&b"R\x82sultats de la glyc\x82mie"[..], &b"H\x82l\x8ane"[..], &b"r\x82sultat.pdf"[..]),
        (b"R\xe9sultats de la glyc\xe9mie", b"H\xe9l\xe8ne", b"r\xe9sultat.pdf"),
        ("Résultats de la glycémie".as_bytes(), "Hélène".as_bytes(), "résultat.pdf".as_bytes()),
    ] {
        let head = [
            b"From: ",
            name,
            b" <a@b.example>\r\nTo: =?iso-8859-1?q?R=E9my?= <c@d.example>\r\nSubject: ",
            subject,
        ];
        let parts = [
            &b"\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nBonjour.\r\n--x\r\nContent-Type: application/pdf; name=\""[..],
            file,
            b"\"\r\n\r\n\x82\xff\r\n--x--\r\n",
        ];
        let found = letter(&[head.concat(), parts.concat()].concat());
        assert_eq!(found.subject, "Résultats de la glycémie");
        assert_eq!(found.from, [Address::new("Hélène", "a@b.example")]);
        assert_eq!(found.to, [Address::new("Rémy", "c@d.example")]);
        assert_eq!(found.parts[0].name.as_deref(), Some("résultat.pdf"));
        assert_eq!((found.text.as_str(), found.parts[0].bytes.as_slice()), ("Bonjour.", &b"\x82\xff"[..]));
        let mended = !subject.starts_with("Ré".as_bytes());
        assert_eq!(found.defects.contains(&Defect::DamagedCharset), mended);
    }
}

/// RFC 3676: in the letter, and in a part of one.
#[test]
fn lines_that_flow_are_put_together() {
    let body = "un mot \r\nqui suit.\r\n> cité \r\n> encore\r\n-- \r\nA. D.\r\n";
    for (kind, wanted) in [
        ("text/plain; charset=utf-8; format=flowed", "un mot qui suit.\n> cité encore\n-- \nA. D.\n"),
        (
            "text/plain; charset=utf-8; FORMAT=Flowed; DelSp=Yes",
            "un motqui suit.\n> citéencore\n-- \nA. D.\n",
        ),
        ("text/plain; charset=utf-8; format=fixed", "un mot \nqui suit.\n> cité \n> encore\n-- \nA. D.\n"),
    ] {
        let head = format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}");
        let letter = read(format!("From: a@b.example\r\n{head}").as_bytes(), &Limits::default()).unwrap();
        assert_eq!(letter.text, wanted, "{kind}");
        let part = format!(
            "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{head}\r\n--m--\r\n"
        );
        assert_eq!(read(part.as_bytes(), &Limits::default()).unwrap().text, wanted, "{kind}");
    }
}
