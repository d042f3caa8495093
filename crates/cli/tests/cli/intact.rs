//! A mail's body arrives as another program wrote it, by our own `open` and by `openssl cms`.

use crate::bench::Bench;

/// What every mail here begins with, some of it not meant to travel.
const HEAD: &str = "Return-Path: <a@one.example>\r\nReceived: from poste (10.0.0.7)\r\n\tby relais.example\r\n\
    From: \"Durand, Anne\" <a@one.example>\r\nTo: <a@one.example>\r\n\
    Subject: =?iso-8859-1?Q?R=E9sultats?=\r\nDate: Mon, 23 Nov 2026 09:00:00 +0100\r\nMessage-ID: <1@one.example>\r\n\
    X-Priority: 1\r\nComments: deux\r\n lignes\r\nMIME-Version: 1.0\r\n";

const NESTED: &str = "Content-Type: multipart/mixed;\r\n\tboundary=\"=_a\"\r\n\r\nPréambule\r\n--=_a\r\n\
    Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\ntexte\r\n--b\r\nContent-Type: text/html\r\n\r\n\
    <p>texte</p>\r\n--b--\r\n\r\n--=_a\r\nContent-Type: text/calendar; method=REQUEST\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nQkVHSU46VkNBTEVOREFSDQo=\r\n--=_a--\r\nÉpilogue\r\n";
const INLINE_IMAGE: &str = "Content-Type: multipart/related; type=\"text/html\"; boundary=r; hp=\"clear\"\r\n\r\n--r\r\n\
    Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    <img src=3D\"cid:i@x\">=\r\n=C3=A9\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <i@x>\r\n\
    Content-Disposition: inline; filename*=iso-8859-1''%E9cho.png\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    iVBORw0KGgo=\r\n--r--\r\n";
const FORWARDED: &str = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nvoir\r\n\
    --m\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\nFrom: b@autre.example\r\n\
    Received: par hasard\r\nSubject: dedans\r\nContent-Type: text/plain; charset=iso-8859-15\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\r\n=A4=A4\r\n\r\n--m--\r\n";

fn mail(rest: &[u8]) -> Vec<u8> {
    [HEAD.as_bytes(), rest].concat()
}

/// A part with every octet, declared as it must be and as some programs do.
fn octets(encoding: &str) -> Vec<u8> {
    let head = format!(
        "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: text/plain\r\n\r\nvoir\r\n--o\r\n\
         Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    let every: Vec<u8> = (0..=255).chain(*b"\n\n\r\r\n").collect();
    [head.as_bytes(), &every, b"\r\n--o--\r\n"].concat()
}

/// Mails as programs write them.
fn mails() -> Vec<(&'static str, Vec<u8>)> {
    let long = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{}\r\nfin", "mot ".repeat(1_000));
    let eight =
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nÉloïse, 5 €\r\n";
    vec![
        ("nested multiparts", mail(NESTED.as_bytes())),
        ("HTML with an inline image", mail(INLINE_IMAGE.as_bytes())),
        ("a message attached", mail(FORWARDED.as_bytes())),
        (
            "quoted-printable Latin-9",
            mail(b"Content-Type: text/plain; charset=\"ISO-8859-15\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n5 =A4 =\r\n, \xc5\x92uvre\r\n"),
        ),
        (
            "format=flowed",
            mail(b"Content-Type: text/plain; format=flowed; delsp=yes;\r\n\r\nune ligne \r\nqui suit\r\n-- \r\nA. D.\r\n"),
        ),
        ("long lines", mail(long.as_bytes())),
        ("no MIME fields", b"From: a@one.example\r\nTo: a@one.example\r\n\r\nBonjour.\r\n\r\n.\r\nFrom ici\r\n".to_vec()),
        ("no MIME fields and Latin-1", b"From: a@one.example\r\nTo: a@one.example\r\n\r\n\xc9lo\xefse\r\n".to_vec()),
        ("an empty body", mail(b"Content-Type: text/plain\r\n\r\n")),
        ("eight bits", mail(eight.as_bytes())),
        ("code page 850", mail(b"Content-Type: text/plain; charset=ibm850\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x82cho\r\n")),
        ("a structured document alone", mail(b"Content-Type: application/xml; name=cda.xml\r\nContent-Transfer-Encoding: base64\r\nContent-Description: CDA R2\r\n\r\nPGEvPg==\r\n")),
        ("only HTML", mail(b"Content-Type: text/html; charset=us-ascii\r\n\r\n<h1>Bonjour</h1>\r\n")),
        ("binary octets", mail(&octets("binary"))),
        ("octets said to be eight bits", mail(&octets("8bit"))),
    ]
}

/// The header section with its last line end, and what follows the empty line.
fn cut(mail: &[u8]) -> (String, &[u8]) {
    let at = mail.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8(mail[..at + 2].to_vec()).unwrap(), &mail[at + 4..])
}

/// The fields of a header section, folded ones whole.
fn fields(head: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in head.split_inclusive("\r\n") {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => fields.push(line.to_owned()),
        }
    }
    fields
}

/// Content-* fields; the type without its mark.
fn structure(head: &str) -> Vec<String> {
    let content = fields(head).into_iter().filter(|field| field.starts_with("Content-"));
    let plain = |field: String| {
        field.replace(";\r\n hp=\"cipher\"", "").replace("; hp=\"clear\"", "").replace(";\r\n", "\r\n")
    };
    content.map(plain).collect()
}

/// Keys and certificate of one person as openssl wants them, and her authority.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.sceau("ca new --name One --domain one.example --out ca.p12 --cert ca.pem").expect(0);
    bench.openssl("req -new -newkey rsa:2048 -nodes -keyout one.key -out one.csr -subj /CN=one");
    bench
        .sceau("ca issue --ca ca.p12 --csr one.csr --email a@one.example --usage both --out one.pem")
        .expect(0);
    bench
}

fn seal(bench: &Bench, profile: &str) {
    let seal = format!(
        "seal --from one.key,cert=one.pem --to one.pem --in mail.eml --out s.eml --profile {profile}"
    );
    bench.sceau_bare(&seal).expect(0);
}

/// What our own command writes as `message.eml`.
fn opened(bench: &Bench) -> Vec<u8> {
    let open = "open --json --key one.key,cert=one.pem --trust ca.pem --out got s.eml";
    let report = bench.sceau_bare(open).expect(0).json();
    assert_eq!(report["trust"], "sealed_signed");
    bench.read("got/message.eml")
}

/// What `openssl cms` gives after decrypting and verifying.
fn opened_by_openssl(bench: &Bench) -> Vec<u8> {
    bench.openssl("cms -decrypt -binary -in s.eml -inkey one.key -recip one.pem -out inner.eml");
    let inner = bench.read("inner.eml");
    if inner.starts_with(b"Content-Type: application/pkcs7-mime") {
        // The program reads no binary MIME wrapper, and minds the padding after the object.
        let (_, object) = cut(&inner);
        bench.write("inner.der", &object[..object_bytes(object)]);
        bench.openssl("cms -verify -binary -in inner.der -inform DER -CAfile ca.pem -out content");
    } else {
        bench.openssl("cms -verify -in inner.eml -CAfile ca.pem -out content");
    }
    bench.read("content")
}

/// Tag, length and content of a DER object with a long length.
fn object_bytes(der: &[u8]) -> usize {
    let count = usize::from(der[1] & 0x7f);
    let length = der[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    2 + count + length
}

#[test]
fn bodies_arrive_as_they_were_written() {
    let bench = bench();
    for (name, mail) in mails() {
        let (head, body) = cut(&mail);
        bench.write("mail.eml", &mail);
        for profile in ["default", "compat"] {
            seal(&bench, profile);
            let message = opened(&bench);
            let (got_head, got_body) = cut(&message);
            assert!(got_body == body, "{name}, {profile}: the body changed");
            assert!(opened_by_openssl(&bench) == message, "{name}, {profile}: openssl reads something else");
            let mut expected = structure(&head);
            if expected.is_empty() {
                expected.push("Content-Type: text/plain\r\n".to_owned());
            }
            assert_eq!(structure(&got_head), expected, "{name}, {profile}");
            assert_eq!(got_head.matches("hp=\"cipher\"").count(), 1, "{name}: {got_head}");
        }
    }
}

#[test]
fn the_authors_fields_travel_inside_and_the_carriers_do_not() {
    let bench = bench();
    bench
        .write("mail.eml", &mail(b"Content-Type: text/plain\r\nHP-Outer: Subject: faux\r\n\r\nBonjour.\r\n"));
    seal(&bench, "default");
    let message = opened(&bench);
    let inside = fields(&cut(&message).0);
    for field in ["X-Priority: 1\r\n", "Comments: deux\r\n lignes\r\n", "MIME-Version: 1.0\r\n"] {
        assert_eq!(inside.iter().filter(|found| *found == field).count(), 1, "{inside:?}");
    }
    assert!(
        inside.iter().any(|field| field.starts_with("From: \"Durand, Anne\" <a@one.example>")),
        "{inside:?}"
    );
    assert!(
        inside.iter().any(|field| field.starts_with("Date: Mon, 23 Nov 2026 09:00:00 +0100")),
        "{inside:?}"
    );
    for name in ["Return-Path", "Received", "HP-Outer: Subject: faux"] {
        assert!(!inside.iter().any(|field| field.starts_with(name)), "{inside:?}");
    }
    let outside = String::from_utf8(bench.read("s.eml")).unwrap();
    let (outside, _) = outside.split_once("\r\n\r\n").unwrap();
    for secret in ["Durand", "Anne", "sultats", "X-Priority", "deux", "+0100"] {
        assert!(!outside.contains(secret), "{outside}");
    }
    assert!(outside.contains("From: <a@one.example>\r\n") && outside.contains("08:00:00 +0000"), "{outside}");
}

#[test]
fn line_ends_become_those_of_mail_except_in_binary_parts() {
    let bench = bench();
    let with_binary = mail(&octets("binary"));
    for mail in [mail(NESTED.as_bytes()), with_binary] {
        // What a store does that keeps mail with LF: to every line but those of a binary part.
        let start = mail.windows(4).position(|at| at == [0, 1, 2, 3]).unwrap_or(mail.len());
        let end = mail.windows(7).position(|at| at == b"\r\n--o--").unwrap_or(mail.len());
        let bare =
            |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap().replace("\r\n", "\n").into_bytes();
        let stored = [bare(&mail[..start]), mail[start..end].to_vec(), bare(&mail[end..])].concat();
        assert_ne!(stored, mail);
        bench.write("mail.eml", &stored);
        seal(&bench, "default");
        assert!(cut(&opened(&bench)).1 == cut(&mail).1);
    }
}

#[test]
fn a_mail_that_is_signed_already_is_refused() {
    let bench = bench();
    bench.write("body.txt", b"Content-Type: text/plain\r\n\r\nBonjour\r\n");
    for form in ["", " -nodetach"] {
        bench.openssl(&format!(
            "cms -sign -in body.txt -signer one.pem -inkey one.key -from a@one.example -to a@one.example -out mail.eml{form}"
        ));
        let seal = "seal --from one.key,cert=one.pem --to one.pem --in mail.eml --out s.eml";
        let run = bench.sceau_bare(seal).expect(3);
        assert!(run.stderr.contains("signed or sealed already"), "{}", run.stderr);
    }
}
