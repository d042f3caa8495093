//! Letters with formatting, signatures and quotes, from a draft to the reader and back.

use sceau_protocol::{
    AttachFile, Block, BlockKind, DraftContent, DraftKind, LetterSource, MailboxRole, ReadAttachment,
    ReadRecipients, RichText, Run, SaveDraft, Send, Signature, Trust, TypedRecipient, WrongAddress,
};

use super::letters_exchange::{CARDIOLOGIST, DOCTOR, QUOTED, TEXT};
use super::office::Office;
use crate::person::{Person, QUOTE_HEAD, named};

const IMAGE: &[u8] = b"\x89PNG\r\n\x1a\nun bout d'image";

fn paragraph(runs: Vec<Run>) -> Block {
    Block { quote: 0, kind: BlockKind::Paragraph(runs) }
}

/// A draft with an image in its text, another that was taken out of it, and a file.
async fn with_image(person: &Person) -> (sceau_protocol::DraftId, DraftContent) {
    let draft = person.start(DraftKind::New).await.unwrap().draft;
    let mut ids = Vec::new();
    for (name, inline) in [("sorti.png", true), ("écran.png", true), ("ecg.png", false)] {
        let call = AttachFile { draft, name: name.to_owned(), content_type: "image/png".to_owned(), inline };
        ids.push(person.ask_with(call, vec![IMAGE.to_vec()]).await.unwrap().0.attachment);
    }
    let image = Run { image: Some(ids[1]), ..Run::plain("écran") };
    let bold = Run { bold: true, ..Run::plain("normal") };
    let rich = RichText { blocks: vec![paragraph(vec![Run::plain("ECG "), bold]), paragraph(vec![image])] };
    let content = DraftContent {
        to: vec![named(CARDIOLOGIST.0, CARDIOLOGIST.1)],
        subject: "ECG".to_owned(),
        text: rich.to_plain(),
        rich: Some(rich),
        ..DraftContent::default()
    };
    (draft, content)
}

#[tokio::test]
async fn a_formatted_letter_is_kept_sent_and_read() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let cardiologist = office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await;
    let (draft, content) = with_image(&doctor).await;
    let kept = doctor.ask(SaveDraft { draft, content: content.clone() }).await.unwrap();

    let again = doctor.start(DraftKind::Continue(kept.email)).await.unwrap();
    assert_eq!(again.content, content);
    let inline: Vec<_> = again.attachments.iter().map(|file| (file.name.as_str(), file.inline)).collect();
    assert_eq!(inline, [("sorti.png", true), ("écran.png", true), ("ecg.png", false)]);
    let named_in_text = again.content.rich.as_ref().unwrap().images().next().unwrap();
    let shown = ReadAttachment { draft: again.draft, attachment: named_in_text };
    let (file, octets) = doctor.ask_with(shown, Vec::new()).await.unwrap();
    assert_eq!((file.name.as_str(), octets), ("écran.png", vec![IMAGE.to_vec()]));

    doctor.ask(Send { draft: again.draft, content: again.content, undo_seconds: 0 }).await.unwrap();
    let rows = cardiologist.rows(MailboxRole::Inbox).await.unwrap();
    let letter = cardiologist.open(&rows[0].email).await.unwrap();
    assert_eq!((letter.trust, letter.text.as_str()), (Trust::SealedSigned, "ECG normal\n[écran]\n"));
    assert!(letter.warnings.is_empty(), "{:?}", letter.warnings);
    let mut names: Vec<_> = letter.parts.iter().map(|part| part.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ecg.png", "écran.png"], "what was taken out of the text does not travel");
}

#[tokio::test]
async fn a_removed_file_does_not_change_which_image_stands_in_the_text() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let (draft, content) = with_image(&doctor).await;
    let first = sceau_protocol::AttachmentId(0);
    doctor.ask(sceau_protocol::RemoveAttachment { draft, attachment: first }).await.unwrap();
    let kept = doctor.ask(SaveDraft { draft, content }).await.unwrap();
    let again = doctor.start(DraftKind::Continue(kept.email)).await.unwrap();
    let image = again.content.rich.unwrap().images().next().unwrap();
    let shown = again.attachments.iter().find(|file| file.attachment == image).unwrap();
    assert_eq!(shown.name, "écran.png");
}

#[tokio::test]
async fn a_signature_is_kept_sealed_and_stands_above_the_quote() {
    const SIGNATURE: &str = "Dr Benoît Lacroix\nCardiologue";
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let cardiologist = office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await;
    assert_eq!(cardiologist.ask(Signature { change: None }).await.unwrap(), "");
    assert!(!cardiologist.start(DraftKind::New).await.unwrap().content.signature.on);
    cardiologist.ask(Signature { change: Some(format!("{SIGNATURE}\n\n")) }).await.unwrap();
    assert!(cardiologist.ask(Signature { change: Some("é".repeat(3000)) }).await.is_err());
    assert_eq!(cardiologist.ask(Signature { change: None }).await.unwrap(), SIGNATURE);

    doctor.write(super::letters_exchange::content_to(CARDIOLOGIST), &[]).await.unwrap();
    let received = cardiologist.rows(MailboxRole::Inbox).await.unwrap()[0].email.clone();
    let reply = cardiologist.start(DraftKind::Reply(LetterSource::Email(received))).await.unwrap();
    let mut content = reply.content;
    assert!(content.signature.on);
    content.text = "Merci.".to_owned();
    cardiologist.ask(Send { draft: reply.draft, content, undo_seconds: 0 }).await.unwrap();
    let rows = doctor.rows(MailboxRole::Inbox).await.unwrap();
    let letter = doctor.open(&rows[0].email).await.unwrap();
    assert_eq!(letter.text, format!("Merci.\n\n-- \n{SIGNATURE}\n\n{QUOTE_HEAD}\n{QUOTED}\n"));
}

#[tokio::test]
async fn long_lines_come_as_they_were_written() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let cardiologist = office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await;
    let text = format!("{}\n  en retrait\nFrom ici\n{TEXT}", "un mot ".repeat(80).trim_end());
    let content = DraftContent { text: text.clone(), ..super::letters_exchange::content_to(CARDIOLOGIST) };
    doctor.write(content, &[]).await.unwrap();
    let rows = cardiologist.rows(MailboxRole::Inbox).await.unwrap();
    assert_eq!(cardiologist.open(&rows[0].email).await.unwrap().text, text);
}

#[tokio::test]
async fn typed_recipients_are_read_and_what_is_wrong_is_said() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let typed = "Équipe: \"Roy, Anne\" <anne@santé.example>; rien".to_owned();
    assert_eq!(
        doctor.ask(ReadRecipients { typed }).await.unwrap(),
        [
            TypedRecipient { person: named("Roy, Anne", "anne@santé.example"), wrong: None },
            TypedRecipient { person: named("", "rien"), wrong: Some(WrongAddress::NoAt) }
        ]
    );
}
