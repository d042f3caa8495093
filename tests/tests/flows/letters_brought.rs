//! What letters bring: HTML, files within files, letters within letters, charsets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sceau_protocol::{
    CharsetOrigin, ChooseCharset, FailureCode, LetterSource, LetterView, OpenFile, OpenPart, PartKind,
    Preview, PreviewPart, SavePart, SaveSource, ShowHtml, Trust,
};

use crate::letters_exchange::NURSE;
use crate::office::Office;
use crate::person::Person;

const HEAD: &str = "From: Labo <labo@alpes.example>\r\nMIME-Version: 1.0\r\n";

async fn open(person: &Person, file: &[u8]) -> LetterView {
    let call = OpenFile { name: "lettre.eml".to_owned() };
    *person.ask_with(call, vec![file.to_vec()]).await.unwrap().0
}

/// Reading needs a reader, and no more: letters from files, in the clear.
async fn nurse() -> (Office, Person) {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    (office, nurse)
}

#[tokio::test]
async fn html_of_a_letter_nobody_signed_stays_text() {
    let (_office, nurse) = nurse().await;
    let letter =
        open(&nurse, format!("{HEAD}Content-Type: text/html\r\n\r\n<b>Bonjour</b>").as_bytes()).await;
    assert!(letter.was_html && !letter.may_quote);
    let refused = nurse.ask_with(ShowHtml { letter: letter.source }, Vec::new()).await;
    assert_eq!(refused.unwrap_err().code, FailureCode::CannotShow);
}

#[tokio::test]
async fn a_letter_within_a_letter_is_judged_by_itself() {
    let (_office, nurse) = nurse().await;
    let inner = "From: a@b.example\r\nSubject: dedans\r\n\r\nUn avis.\r\n";
    let outer = format!(
        "{HEAD}Subject: dehors\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nVoir.\r\n--x\r\n\
        Content-Type: message/rfc822\r\n\r\n{inner}\r\n--x--\r\n"
    );
    let letter = open(&nurse, outer.as_bytes()).await;
    assert_eq!(letter.parts[0].kind, PartKind::Letter);
    let call = OpenPart { letter: letter.source.clone(), part: 0 };
    let within = nurse.ask_with(call, Vec::new()).await.unwrap().0;
    assert_eq!((within.subject.as_str(), within.trust), ("dedans", Trust::Clear));
    assert!(within.text.contains("Un avis.") && within.source != letter.source);
    let (file, buffers) = nurse.ask_with(SaveSource { letter: within.source }, Vec::new()).await.unwrap();
    assert_eq!(file.name, "dedans.eml");
    assert!(buffers[0].starts_with(b"From: a@b.example\r\nSubject: dedans"));
}

#[tokio::test]
async fn files_of_a_winmail_and_within_the_text_are_files_of_the_letter() {
    let (_office, nurse) = nurse().await;
    let tnef = tnef("avis.txt", b"Examen normal.\r\n");
    let outer = format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nVoir.\r\n\
        begin 644 note.txt\r\n&0F]N:F]U\r\n`\r\nend\r\n--x\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--x--\r\n",
        STANDARD.encode(tnef)
    );
    let letter = open(&nurse, outer.as_bytes()).await;
    let names: Vec<_> = letter.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["avis.txt", "note.txt"]);
    assert!(!letter.text.contains("begin 644"), "{}", letter.text);
    let call = SavePart { letter: letter.source, part: 0 };
    assert_eq!(nurse.ask_with(call, Vec::new()).await.unwrap().1, [b"Examen normal.\r\n".to_vec()]);
}

#[tokio::test]
async fn a_chosen_charset_is_remembered_for_the_sender_and_can_be_given_up() {
    let (_office, nurse) = nurse().await;
    let file = [HEAD.as_bytes(), b"Content-Type: text/plain\r\n\r\nR\x82sultat \x85 revoir\r\n"].concat();
    let letter = open(&nurse, &file).await;
    let found = letter.charset.clone().unwrap();
    assert_eq!((found.name.as_str(), found.origin), ("ibm850", CharsetOrigin::Guessed));
    assert_eq!(letter.text.trim(), "Résultat à revoir");

    let choose = |letter: LetterSource, charset: Option<&str>| ChooseCharset {
        letter,
        charset: charset.map(str::to_owned),
    };
    let other =
        nurse.ask_with(choose(letter.source.clone(), Some("windows-1252")), Vec::new()).await.unwrap().0;
    assert_eq!(other.text.trim(), "R‚sultat … revoir");
    let again = open(&nurse, &file).await;
    assert_eq!(again.charset.unwrap().origin, CharsetOrigin::Chosen);
    assert_eq!(again.text.trim(), "R‚sultat … revoir");
    let back = nurse.ask_with(choose(again.source, None), Vec::new()).await.unwrap().0;
    assert_eq!(back.text.trim(), "Résultat à revoir");
    assert_eq!(open(&nurse, &file).await.charset.unwrap().origin, CharsetOrigin::Guessed);
    let unknown = nurse.ask_with(choose(back.source, Some("no-such-charset")), Vec::new()).await;
    assert_eq!(unknown.unwrap_err().code, FailureCode::CannotShow);
}

#[tokio::test]
async fn an_attachment_is_shown_by_its_content() {
    let (_office, nurse) = nurse().await;
    let outer = format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nVoir.\r\n\
        --x\r\nContent-Type: application/octet-stream; name=a.csv\r\n\r\nnom;valeur\r\nHb;13,2\r\n\
        --x\r\nContent-Type: text/plain; name=b.txt\r\n\r\n%PDF-1.7\r\n--x--\r\n"
    );
    let letter = open(&nurse, outer.as_bytes()).await;
    let preview = |part| PreviewPart { letter: letter.source.clone(), part, from: 0, charset: None };
    let (table, _) = nurse.ask_with(preview(0), Vec::new()).await.unwrap();
    assert!(matches!(table, Preview::Table(found) if found.rows == [["nom", "valeur"], ["Hb", "13,2"]]));
    let (framed, octets) = nurse.ask_with(preview(1), Vec::new()).await.unwrap();
    assert!(framed == Preview::Frame && octets[0].starts_with(b"%PDF-"));
    assert_eq!(nurse.ask_with(preview(2), Vec::new()).await.unwrap_err().code, FailureCode::Gone);
}

/// A winmail.dat with one file (MS-OXTNEF): attributes of level, id, length, value, checksum.
fn tnef(name: &str, octets: &[u8]) -> Vec<u8> {
    let attribute = |level: u8, id: u32, value: &[u8]| {
        let sum = value.iter().fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
        let length = u32::try_from(value.len()).unwrap();
        [&[level][..], &id.to_le_bytes(), &length.to_le_bytes(), value, &sum.to_le_bytes()].concat()
    };
    [
        vec![0x78, 0x9f, 0x3e, 0x22, 0x01, 0x00],
        attribute(1, 0x0008_9006, &[0, 0, 1, 0]),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, format!("{name}\0").as_bytes()),
        attribute(2, 0x0006_800f, octets),
    ]
    .concat()
}
