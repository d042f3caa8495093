//! What was written is read.

use sceau_tnef::{Attachment, Defect, Error, Limits, NESTED, Tnef, decompress_rtf, read};

use crate::encoder::{List, Stream, Value, compress, uncompressed};
use crate::samples::{self, HTML, PDF, RTF};

fn whole(stream: &[u8]) -> Tnef {
    let tnef = read(stream, &Limits::default()).unwrap();
    assert_eq!(tnef.defects, []);
    tnef
}

fn facts(file: &Attachment) -> (Option<&str>, Option<&str>, Option<&str>, &[u8]) {
    (file.name.as_deref(), file.content_type.as_deref(), file.content_id.as_deref(), &file.bytes)
}

#[test]
fn a_letter_of_outlook_is_read() {
    let tnef = whole(&samples::outlook());
    assert_eq!(tnef.subject.as_deref(), Some("Compte rendu — été"));
    assert_eq!(tnef.html.as_deref(), Some(HTML));
    assert_eq!(tnef.text, None);
    let [pdf, image] = tnef.attachments.as_slice() else { panic!("{tnef:?}") };
    assert_eq!(facts(pdf), (Some("Compte rendu d’été.pdf"), Some("application/pdf"), None, PDF));
    assert_eq!(facts(image), (Some("image001.gif"), None, Some("image001.gif@01D9"), b"GIF89a".as_slice()));
}

#[test]
fn html_of_its_own_is_read_in_its_code_page() {
    let tnef = whole(&samples::html());
    assert_eq!((tnef.html.as_deref(), tnef.text.as_deref()), (Some(HTML), Some("L’été")));
    for (value, code_page) in [
        (Value::Binary(b"<p>\xe9".to_vec()), 1252),
        (Value::Binary(b"<p>\x82".to_vec()), 850),
        (Value::Narrow(b"<p>\xe9".to_vec()), 65001),
        (Value::Wide("<p>é".to_owned()), 932),
    ] {
        // The code page stands after what is in it.
        let list = List::default().with(0x1013, value).with(0x3fde, Value::Number(code_page));
        let tnef = whole(&Stream::new(1252).with_properties(list).finish());
        assert_eq!(tnef.html.as_deref(), Some("<p>é"), "{code_page}");
    }
}

#[test]
fn attributes_without_properties_are_read() {
    let tnef = whole(&samples::old());
    assert_eq!((tnef.subject.as_deref(), tnef.text.as_deref()), (Some("été"), Some("Bonjour,\r\nl'été")));
    assert_eq!(facts(&tnef.attachments[0]), (Some("résultat.hpr"), None, None, b"H|".as_slice()));
}

#[test]
fn text_within_rtf_is_read_and_gives_way_to_text() {
    assert_eq!(whole(&samples::text()).text.as_deref(), Some("Bonjour,\r\nlété"));
    let list = List::default()
        .with(0x1009, Value::Binary(uncompressed(b"{\\rtf1 mise en forme}")))
        .with(0x1000, Value::Narrow(b"texte".to_vec()));
    let tnef = whole(&Stream::new(1252).with_properties(list).finish());
    assert_eq!((tnef.text.as_deref(), tnef.html.as_deref()), (Some("texte"), None));
}

#[test]
fn a_message_within_is_given_to_be_read_again() {
    let tnef = whole(&samples::nested());
    let [message] = tnef.attachments.as_slice() else { panic!("{tnef:?}") };
    assert_eq!(facts(message), (Some("TR: compte rendu"), Some(NESTED), None, samples::outlook().as_slice()));
    assert_eq!(whole(&message.bytes), whole(&samples::outlook()));
}

#[test]
fn rtf_of_any_length_comes_back() {
    for length in [0, 1, 7, 8, 9, 16, 17, 18, 300, 4_095, 4_096, 4_097, 9_000] {
        for rtf in [RTF.repeat(30), "a".repeat(9_000), "\\par ".repeat(2_000)] {
            let rtf = &rtf.as_bytes()[..length];
            for value in [compress(rtf), uncompressed(rtf)] {
                let mut defects = Vec::new();
                assert_eq!(
                    decompress_rtf(&value, &Limits::default(), &mut defects).unwrap(),
                    rtf,
                    "{length}"
                );
                assert_eq!(defects, []);
            }
        }
    }
}

#[test]
fn a_checksum_that_does_not_fit_is_noted() {
    let mut stream = samples::old();
    let last = stream.len() - 1;
    stream[last] ^= 1;
    let tnef = read(&stream, &Limits::default()).unwrap();
    assert_eq!(tnef.defects, [Defect::Checksum { attribute: 0x0006_800f }]);
    assert_eq!(tnef.text, whole(&samples::old()).text);
}

#[test]
fn what_is_cut_gives_what_was_whole() {
    let stream = samples::outlook();
    let image = stream.windows(6).position(|run| run == b"GIF89a").unwrap();
    let tnef = read(&stream[..image], &Limits::default()).unwrap();
    assert_eq!(tnef.defects, [Defect::Truncated]);
    assert_eq!(tnef.html.as_deref(), Some(HTML));
    assert_eq!(tnef.attachments[0].bytes, PDF);
    // The second file began; what it is did not come.
    assert_eq!(facts(&tnef.attachments[1]), (Some("image001.gif"), None, None, b"".as_slice()));
}

#[test]
fn other_files_are_none() {
    for other in [b"".as_slice(), b"%PDF-1.7", b"\x78\x9f\x3e", b"\x22\x3e\x9f\x78\0\0"] {
        assert_eq!(read(other, &Limits::default()), Err(Error::NotTnef));
    }
    assert_eq!(read(b"\x78\x9f\x3e\x22", &Limits::default()).unwrap().defects, [Defect::Truncated]);
}

#[test]
fn nothing_of_the_letter_is_in_logs() {
    let shown = format!("{:?}", whole(&samples::outlook()));
    for word in ["Compte", "rendu", "été", "PDF", "GIF", "html>"] {
        assert!(!shown.contains(word), "{shown}");
    }
}
