//! CMS objects and detached signatures in MIME, byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sceau_mime::{
    Address, Date, Draft, Entity, Error, Limits, Outer, TransferSafety, WrapEncoding, compose,
    multipart_signed, read, undo_text_mode, unwrap_cms, wrap_cms, wrap_multipart_signed, wrapped_message,
};

use crate::vectors::folder;

fn der(length: usize) -> Vec<u8> {
    let mut der = vec![0x30, 0x80];
    der.extend((0..length).map(|at| u8::try_from(at % 251).unwrap()));
    der
}

#[test]
fn cms_survives_every_wrapping() {
    let limits = Limits::default();
    let headers = [("From".to_owned(), "a@b.example".to_owned())];
    for length in [0, 1, 54, 55, 56, 57, 10_000] {
        let der = der(length);
        for encoding in [WrapEncoding::Base64, WrapEncoding::Binary] {
            for headers in [&headers[..], &[]] {
                let mail = wrap_cms(&der, "enveloped-data", headers, encoding).unwrap();
                let found = unwrap_cms(&mail, &limits).unwrap();
                assert_eq!((found.der, found.mail), (der.clone(), true));
                assert_eq!(found.smime_type.as_deref(), Some("enveloped-data"));
            }
        }
        let base64 = STANDARD.encode(&der);
        let pem = format!("-----BEGIN CMS-----\n{base64}\n-----END CMS-----\n");
        for file in [der.clone(), pem.clone().into_bytes(), pem.replace('\n', "\r\n").into_bytes()] {
            let found = unwrap_cms(&file, &limits).unwrap();
            assert_eq!((found.der, found.mail, found.smime_type), (der.clone(), false, None));
        }
        assert_eq!(unwrap_cms(base64.as_bytes(), &limits).map(|cms| cms.der), Ok(der));
    }
}

#[test]
fn mail_is_wrapped_in_short_seven_bit_lines() {
    let headers = [("From".to_owned(), "a@b.example".to_owned())];
    let mail = wrap_cms(&der(5_000), "signed-data", &headers, WrapEncoding::Base64).unwrap();
    let text = String::from_utf8(mail).unwrap();
    assert!(
        text.starts_with("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime;")
    );
    assert!(text.split("\r\n").all(|line| line.len() <= 78 && line.is_ascii() && !line.contains('\n')));
}

#[test]
fn header_injection_is_refused() {
    for (name, value) in
        [("From", "a\r\nBcc: b"), ("From", "a\nb"), ("Fr om", "a"), ("From:", "a"), ("", "a"), ("X", "\0")]
    {
        let headers = [(name.to_owned(), value.to_owned())];
        let result = wrap_cms(&der(1), "signed-data", &headers, WrapEncoding::Base64);
        assert_eq!(result, Err(Error::BadHeader(name.to_owned())), "{name}: {value}");
    }
}

#[test]
fn what_is_not_cms_is_refused() {
    let limits = Limits::default();
    for file in [
        &b""[..],
        b"hello",
        b"From: a@b.example\r\n\r\nhello",
        b"-----BEGIN CMS-----\n",
        b"-----BEGIN CMS-----\naGVsbG8=\n-----END CMS-----\n",
        b"Content-Type: application/octet-stream; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAA",
        b"Content-Type: application/pkcs7-mime\r\n\r\nhello",
    ] {
        assert_eq!(unwrap_cms(file, &limits), Err(Error::NotCms), "{}", String::from_utf8_lossy(file));
    }
    let renamed =
        b"Content-Type: application/octet-stream; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAAAA==";
    assert_eq!(unwrap_cms(renamed, &limits).unwrap().der, [0x30, 0x80, 0, 0]);
}

#[test]
fn detached_content_is_exact() {
    let limits = Limits::default();
    let mut draft = Draft::new(Address::bare("a@b.example"), Date::utc(0), "1@b.example");
    for text in ["", "un\n", "sans fin", "\n\n", "--=_sceau_signed_0\n--\n"] {
        draft.text = text.into();
        let outer = Outer { transfer: TransferSafety::SevenBit, ..Outer::default() };
        let payload = compose(&draft, &outer).unwrap().message;
        let mail = wrap_multipart_signed(&payload, &der(300), "sha-256", &[]).unwrap();
        let found = multipart_signed(&mail, &limits).unwrap();
        assert_eq!(found.content, payload);
        assert_eq!(found.canonical(), payload);
        assert_eq!(found.signature, der(300));
        assert_eq!(found.micalg.as_deref(), Some("sha-256"));
        assert_eq!(read(found.content, &limits).unwrap().text, text);
    }
}

#[test]
fn stored_with_bare_lf_the_canonical_form_is_what_was_signed() {
    let payload = b"Content-Type: text/plain\r\n\r\nun\r\ndeux\r\n";
    let mail = wrap_multipart_signed(payload, &der(9), "sha-256", &[]).unwrap();
    let stored: Vec<u8> = mail.into_iter().filter(|byte| *byte != b'\r').collect();
    let found = multipart_signed(&stored, &Limits::default()).unwrap();
    assert_eq!(found.content, b"Content-Type: text/plain\n\nun\ndeux\n");
    assert_eq!(found.canonical().as_ref(), payload);
}

#[test]
fn text_around_the_parts_is_not_signed() {
    let mail =
        b"Content-Type: multipart/signed; boundary=\"x\"; protocol=\"application/pkcs7-signature\"\r\n\r\n\
        preamble --x\r\n--x \t\r\nA: b\r\n\r\ntext --x\r\n--xy\r\n--x\r\n\
        Content-Type: application/x-pkcs7-signature\r\n\r\nsig\r\n--x--\r\nepilogue\r\n--x\r\n";
    let found = multipart_signed(mail, &Limits::default()).unwrap();
    assert_eq!(found.content, b"A: b\r\n\r\ntext --x\r\n--xy");
    assert_eq!(found.signature, b"sig");
}

#[test]
fn other_shapes_of_multipart_signed_are_refused() {
    let head = "Content-Type: multipart/signed; boundary=x\r\n\r\n";
    let signature = "Content-Type: application/pkcs7-signature\r\n\r\ns\r\n";
    for (head, body) in [
        (head, "--x\r\n\r\na\r\n--x--\r\n".to_owned()),
        (head, format!("--x\r\n\r\na\r\n--x\r\n{signature}--x\r\n{signature}--x--\r\n")),
        (head, format!("--x\r\n\r\na\r\n--x\r\n\r\n{signature}--x--\r\n")),
        (head, "no delimiter".to_owned()),
        ("Content-Type: multipart/signed\r\n\r\n", format!("--x\r\n\r\na\r\n--x\r\n{signature}--x--\r\n")),
        (
            "Content-Type: multipart/signed; boundary=\"\"\r\n\r\n",
            format!("--\r\n\r\na\r\n--\r\n{signature}----\r\n"),
        ),
        (
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n",
            format!("--x\r\n\r\na\r\n--x\r\n{signature}--x--\r\n"),
        ),
    ] {
        let mail = [head, &body].concat();
        let result = multipart_signed(mail.as_bytes(), &Limits::default());
        assert_eq!(result.err(), Some(Error::BadMultipartSigned), "{mail}");
    }
}

#[test]
fn entities_are_split_and_decoded() {
    let limits = Limits::default();
    for (encoding, body, decoded) in [
        ("base64", &b"w6k=\r\n"[..], "é".as_bytes()),
        ("Quoted-Printable", b"=C3=A9=\r\n!", "é!".as_bytes()),
        ("binary", b"\0\r\n\xff", b"\0\r\n\xff"),
        ("x-unknown", b"as is", b"as is"),
    ] {
        let head = format!(
            "Content-Type: Text/Plain; Charset=UTF-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        );
        let bytes = [head.as_bytes(), body].concat();
        let entity = Entity::split(&bytes, &limits).unwrap();
        assert_eq!(entity.content_type.media, "text/plain");
        assert_eq!(entity.content_type.parameter("charset"), Some("UTF-8"));
        assert_eq!(entity.body, body);
        assert_eq!(entity.decoded_body(&limits).unwrap(), decoded);
    }
}

#[test]
fn a_wrapped_message_is_found() {
    let limits = Limits::default();
    let inner = b"From: a@b.example\r\n\r\nbonjour";
    let wrapped = [b"Content-Type: message/rfc822; forwarded=no\r\n\r\n".as_slice(), inner].concat();
    assert_eq!(wrapped_message(&wrapped, &limits).unwrap().as_ref(), inner);
    let forwarding =
        [b"From: c@d.example\r\nContent-Type: message/rfc822\r\n\r\n".as_slice(), inner].concat();
    assert_eq!(wrapped_message(&forwarding, &limits), None);
    assert_eq!(wrapped_message(inner, &limits), None);
}

/// CR LF, CR and LF all as LF, for comparing what may have lost the difference.
fn one_octet_line_ends(bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    let mut previous = 0;
    for &byte in bytes {
        match (previous, byte) {
            (b'\r', b'\n') => {}
            (_, b'\r') => out.push(b'\n'),
            _ => out.push(byte),
        }
        previous = byte;
    }
    out
}

#[test]
fn kim_sample_is_unwrapped() {
    let Some(folder) = folder("kim/message", 4) else { return };
    let stage = |name: &str| std::fs::read(folder.join(format!("inputEmail.txt{name}"))).unwrap();
    let limits = Limits::default();
    assert_eq!(unwrap_cms(&stage(".05.encryptedwrap"), &limits).unwrap().der, stage(".04.encryptedcms"));
    assert_eq!(unwrap_cms(&stage(".04.encryptedcms"), &limits).unwrap().der, stage(".04.encryptedcms"));
    // In the sample the binary body of stage 03 is not stage 02: every CR and LF in it became CR LF.
    let damaged = unwrap_cms(&stage(".03.signedwrap"), &limits).unwrap().der;
    assert_ne!(damaged, stage(".02.signedcms"));
    let candidates = undo_text_mode(&damaged, 1_000);
    assert_eq!(candidates.len(), 64);
    assert!(candidates.contains(&stage(".02.signedcms")));
    let inner = wrapped_message(&stage(".01.rfc822wrap"), &limits).unwrap().into_owned();
    // The KIM client added one field to what it was given.
    let inner = String::from_utf8(one_octet_line_ends(&inner)).unwrap();
    let given = inner.replace("X-KIM-Dienstkennung: KIM-Mail;Default;V1.0\n", "");
    assert_eq!(given.as_bytes(), stage(""));
}
