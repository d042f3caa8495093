//! Plain mail looked at where it lies says what a letter says.

use std::fs;
use std::path::Path;

use sceau_mime::{
    Address, Defect, File, Letter, Limits, Mail, Named, Part, Reader, Shown, Text, decode_charset, read,
    read_fields,
};

use crate::vectors;

/// What was shown, line ends LF.
#[derive(Default)]
struct Seen {
    text: String,
    html: Option<String>,
    parts: Vec<Part>,
}

fn utf8(text: Text<'_>) -> String {
    let text = match text {
        Text::Utf8(text) => text.to_owned(),
        #[cfg(feature = "multi-byte")]
        Text::Octets(octets, charset) => {
            octets.iter().map(|octet| charset.table()[usize::from(*octet)]).collect()
        }
    };
    decode_charset("utf-8", text.as_bytes())
}

impl Shown for Seen {
    fn text(&mut self, part: Text<'_>) {
        assert!(self.html.is_none() && self.parts.is_empty(), "the text comes first");
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(&utf8(part));
    }

    fn html(&mut self, part: Text<'_>) {
        assert!(self.parts.is_empty(), "files come last");
        let before = self.html.take().map(|html| html + "\n").unwrap_or_default();
        self.html = Some(before + &utf8(part));
    }

    fn file(&mut self, file: File<'_>) {
        self.parts.push(Part {
            content_type: file.content_type.to_owned(),
            charset: file.charset.map(str::to_owned),
            name: file.name.map(str::to_owned),
            content_id: file.content_id.map(str::to_owned),
            inline: file.inline,
            bytes: file.bytes,
        });
    }
}

fn people(mail: &Mail<'_>, named: Named) -> Vec<Address> {
    mail.people(named).map(address).collect()
}

fn address((name, email): (Option<&str>, &str)) -> Address {
    Address { name: name.map(str::to_owned), email: email.to_owned() }
}

/// Compares everything with the letter, and gives the HTML form and the defects.
fn compare(reader: &mut Reader, bytes: &[u8], what: &str) -> Option<(Option<String>, Vec<Defect>)> {
    let letter = match read(bytes, &Limits::default()) {
        Ok(letter) => letter,
        Err(error) => {
            assert_eq!(reader.read(bytes, |_| ()), Err(error), "{what}");
            return None;
        }
    };
    let found = reader.read(bytes, |mail| same(mail, &letter, what));
    Some(found.unwrap())
}

fn same(mail: &Mail<'_>, letter: &Letter, what: &str) -> (Option<String>, Vec<Defect>) {
    let mut seen = Seen::default();
    let defects = mail.show(&mut seen);
    assert_eq!(seen.text, letter.text, "{what}");
    assert!(seen.parts == letter.parts, "{what}");
    assert_eq!(defects, letter.defects, "{what}");
    assert_eq!(mail.subject(), letter.subject, "{what}");
    assert_eq!(mail.date(), letter.date, "{what}");
    assert_eq!(mail.message_id(), letter.message_id.as_deref(), "{what}");
    assert_eq!(mail.sender().map(address), letter.sender, "{what}");
    for (named, list) in [
        (Named::From, &letter.from),
        (Named::ReplyTo, &letter.reply_to),
        (Named::To, &letter.to),
        (Named::Cc, &letter.cc),
        (Named::Bcc, &letter.bcc),
    ] {
        assert_eq!(&people(mail, named), list, "{what}");
    }
    assert!(mail.in_reply_to().eq(letter.in_reply_to.iter()), "{what}");
    assert!(mail.references().eq(letter.references.iter()), "{what}");
    assert!(read_fields(mail.section()) == letter.headers, "{what}");
    (seen.html, defects)
}

fn html(bytes: &[u8]) -> Option<String> {
    compare(&mut Reader::new(Limits::default()), bytes, "").unwrap().0
}

#[test]
fn the_html_form_stands_beside_the_text() {
    assert_eq!(html(b"From: a@b.example\r\n\r\n<p>x"), None);
    let alone =
        b"From: a@b.example\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>\xe9t\xe9\r\n</p>";
    assert_eq!(html(alone).as_deref(), Some("<p>été\n</p>"));
    let part = |kind: &str, body: &str| format!("--x\r\nContent-Type: text/{kind}\r\n\r\n{body}\r\n");
    let parts = |kind: &str, parts: &[String]| {
        let head = format!("From: a@b.example\r\nContent-Type: multipart/{kind}; boundary=x\r\n\r\n");
        head + &parts.concat() + "--x--\r\n"
    };
    let either = parts("alternative", &[part("plain", "texte"), part("html", "<p>texte")]);
    assert_eq!(html(either.as_bytes()).as_deref(), Some("<p>texte"));
    let several = parts("mixed", &[part("html", "<p>un"), part("plain", "deux"), part("html", "<p>trois")]);
    assert_eq!(html(several.as_bytes()).as_deref(), Some("<p>un\n<p>trois"));
}

#[test]
fn fields_are_read_as_those_of_a_letter() {
    let mut reader = Reader::new(Limits::default());
    for fields in [
        "",
        "From: a@b.example",
        "From: a@b.example\r\nfrom : c@d.example",
        "From\x0b: a@b.example\r\nSubject: x\r\nSUBJECT: y",
        "From: \"A, B\" <a@b.example>\r\nTo: c@d.example\r\n to: e@f.example",
        "From: a@b.example, c@d.example\r\nSender: c@d.example\r\nReply-To: x@y.example\r\nReply-To: z@y.example",
        "From: group: a@b.example, C <c@d.example>;\r\nCc: undisclosed-recipients:;",
        "From: a@b.example (x@y.example)\r\nDate: Mon, 23 Nov 2026 09:30:00 +0100\r\nMessage-ID: <1@b.example>",
        "From: A <a@b.example>\r\nReferences: <1@b.example>\r\n <2@b.example>\r\nIn-Reply-To: <2@b.example>",
        "From: A\r\n <a@b.example>\r\nBcc: x@y.example\r\nDate: nonsense\r\nDate: Mon, 23 Nov 2026 09:30:00 +0100",
        "Received: from x by y; Mon, 23 Nov 2026 09:30:00 +0100\r\nX-Other: \u{e9}\r\nList-ID: x",
    ] {
        for latin in [false, true] {
            let octets: Vec<u8> = match latin {
                true => fields.chars().map(|letter| u8::try_from(letter).unwrap()).collect(),
                false => fields.as_bytes().to_vec(),
            };
            compare(&mut reader, &[&octets, &b"\r\n\r\nBonjour."[..]].concat(), fields);
        }
    }
}

#[test]
fn texts_are_read_as_those_of_a_letter() {
    let mut reader = Reader::new(Limits::default());
    let bodies: [&[u8]; 7] = [
        b"Bonjour.\r\n",
        b"l\x92\xe9t\xe9 \xe0 25 \x80\r",
        b"\x81t\x82 \xc3\xa9t\xc3\xa9\r\n",
        "été, 25 € 🎈\r\n\r\n".as_bytes(),
        b"=E9t=E9 =\r\n\xe9 \r\n",
        b"<p>&eacute;t&eacute;\r\n<pre>a\r\nb</pre>",
        b"cXVvaQ==",
    ];
    for kind in ["plain", "html", "plain; format=flowed", "plain; hp-legacy-display=1", "calendar"] {
        for charset in [
            "",
            "; charset=utf-8",
            "; charset=ISO-8859-1",
            "; charset=iso-8859-15",
            "; charset=us-ascii",
            "; charset=x-none",
        ] {
            for encoding in ["8bit", "quoted-printable", "base64", "x-none"] {
                for body in bodies {
                    let head = format!(
                        "From: a@b.example\r\nContent-Type: text/{kind}{charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
                    );
                    compare(&mut reader, &[head.as_bytes(), body].concat(), &head);
                }
            }
        }
    }
}

#[test]
fn limits_are_those_of_a_letter() {
    let mut reader = Reader::new(Limits::default());
    let long = format!("From: a@b.example\r\nX: {}\r\n\r\n", "x".repeat(Limits::HEADER_BYTES));
    assert!(compare(&mut reader, long.as_bytes(), "long").is_none());
    assert!(compare(&mut reader, b"", "nothing").is_none());
    assert!(compare(&mut reader, b"From: a@b.example\r\n\r\nx", "after a failure").is_some());
}

/// Every message of the vectors.
#[test]
fn foreign_mail_is_read_as_letters_are() {
    let Some(root) = vectors::folder("mail", 100) else { return };
    let mut reader = Reader::new(Limits::default());
    let (mut folders, mut count) = (vec![root], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                damaged(&mut reader, fs::read(&path).unwrap(), &named(&path));
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

/// The message as it is, and with single octets changed.
fn damaged(reader: &mut Reader, mut message: Vec<u8>, what: &str) {
    compare(reader, &message, what);
    let step = message.len() / 40 + 1;
    for (at, with) in (0..message.len()).step_by(step).zip(b"\r\n =\xe9\x92-:;<\"".iter().cycle()) {
        let before = std::mem::replace(&mut message[at], *with);
        compare(reader, &message, &format!("{what}, {at} is {with:#x}"));
        message[at] = before;
    }
}

fn named(path: &Path) -> String {
    path.display().to_string()
}
