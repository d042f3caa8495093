//! A letter from one to several: each reads exactly what was sent, and nobody sees more than is theirs.

use crate::person::{File, Person, QUOTE_HEAD, named};
use sceau_protocol::{DraftContent, DraftKind, LetterSource, MailboxRole, RowContent, SavePart, Send, Trust};

use super::office::Office;

pub(crate) const DOCTOR: (&str, &str) = ("Docteur Hélène Marchand", "helene.marchand@cabinet.example");
pub(crate) const CARDIOLOGIST: (&str, &str) = ("Docteur Benoît Lacroix", "benoit.lacroix@cabinet.example");
pub(crate) const LABORATORY: (&str, &str) = ("Laboratoire des Tilleuls", "laboratoire@cabinet.example");
pub(crate) const NURSE: (&str, &str) = ("Inès Bourdon", "ines.bourdon@cabinet.example");

pub(crate) const SUBJECT: &str = "Compte rendu d'échocardiographie — Éloïse Nœuvéglise";
pub(crate) const TEXT: &str = "Cher confrère,\n\nVoici le compte rendu de Mme Nœuvéglise : FEVG 58 %, pas d'épanchement.\n\nÀ bientôt,\nHélène Marchand\n";

/// A letter with accents and two attachments, to, cc and bcc.
pub(crate) fn content() -> DraftContent {
    DraftContent {
        to: vec![named(CARDIOLOGIST.0, CARDIOLOGIST.1)],
        cc: vec![named(LABORATORY.0, LABORATORY.1)],
        bcc: vec![named(NURSE.0, NURSE.1)],
        subject: SUBJECT.to_owned(),
        text: TEXT.to_owned(),
        ..DraftContent::default()
    }
}

/// The text, quoted.
pub(crate) const QUOTED: &str = "> Cher confrère,\n>\n> Voici le compte rendu de Mme Nœuvéglise : FEVG 58 %, pas d'épanchement.\n>\n> À bientôt,\n> Hélène Marchand";

/// The same letter to one person.
pub(crate) fn content_to((name, address): (&str, &str)) -> DraftContent {
    DraftContent { to: vec![named(name, address)], cc: Vec::new(), bcc: Vec::new(), ..content() }
}

pub(crate) fn files() -> Vec<File> {
    let hprim: Vec<u8> = b"N\x91UV\x90GLISE|\x90LO\x8bSE|19580412\r\nFEVG 58 %\r\n".to_vec();
    let binary: Vec<u8> = (0..300_000_u32).map(|place| (place * 7 % 251) as u8).collect();
    vec![
        File::new("résultats.hpr", "text/plain", hprim),
        File::new("Échographie du cœur.pdf", "application/pdf", binary),
    ]
}

async fn practice(office: &Office) -> [Person; 4] {
    [
        office.enrol(DOCTOR.0, DOCTOR.1).await,
        office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await,
        office.enrol(LABORATORY.0, LABORATORY.1).await,
        office.enrol(NURSE.0, NURSE.1).await,
    ]
}

#[tokio::test]
async fn everyone_reads_what_was_sent_and_bcc_stays_unseen() {
    let office = Office::open();
    let [doctor, cardiologist, laboratory, nurse] = practice(&office).await;
    doctor.write(content(), &files()).await.unwrap();

    for (reader, bcc) in [(&cardiologist, false), (&laboratory, false), (&nurse, true)] {
        let rows = reader.rows(MailboxRole::Inbox).await.unwrap();
        let RowContent::Known(summary) = &rows[0].content else { panic!("{:?}", rows[0]) };
        assert_eq!((summary.who.as_str(), summary.subject.as_str()), (DOCTOR.0, SUBJECT));
        assert_eq!((summary.attachments, summary.trust), (2, Some(Trust::SealedSigned)));
        assert!(rows[0].unread && summary.first_words.starts_with("Cher confrère, Voici"));

        let letter = reader.open(&rows[0].email).await.unwrap();
        assert_eq!((letter.trust, letter.reasons.len()), (Trust::SealedSigned, 0), "{:?}", letter.reasons);
        assert!(letter.warnings.is_empty(), "{:?}", letter.warnings);
        assert_eq!(letter.confirmed_name.as_deref(), Some(DOCTOR.0));
        assert_eq!(letter.confirmed_address.as_deref(), Some(DOCTOR.1));
        assert_eq!((letter.subject.as_str(), letter.text.as_str()), (SUBJECT, TEXT));
        assert_eq!(letter.to, [named(CARDIOLOGIST.0, CARDIOLOGIST.1)]);
        assert_eq!(letter.cc, [named(LABORATORY.0, LABORATORY.1)]);
        let expected = if bcc { vec![named(NURSE.0, NURSE.1)] } else { Vec::new() };
        assert_eq!(letter.bcc, expected);
        check_files(reader, &letter.source).await;
        assert!(!reader.rows(MailboxRole::Inbox).await.unwrap()[0].unread);
    }
}

async fn check_files(reader: &Person, source: &LetterSource) {
    for (part, sent) in (0..).zip(files()) {
        let (file, octets) =
            reader.ask_with(SavePart { letter: source.clone(), part }, Vec::new()).await.unwrap();
        assert_eq!(file.name, sent.name);
        assert_eq!(octets, [sent.octets]);
    }
}

#[tokio::test]
async fn the_sender_reads_her_own_copy_with_everyone_in_it() {
    let office = Office::open();
    let [doctor, ..] = practice(&office).await;
    let sent = doctor.write(content(), &files()).await.unwrap();

    let rows = doctor.rows(MailboxRole::Sent).await.unwrap();
    assert_eq!(rows[0].email, sent.email);
    let RowContent::Known(summary) = &rows[0].content else { panic!("{:?}", rows[0]) };
    assert!(summary.who.contains(CARDIOLOGIST.0) && summary.who.contains(NURSE.0));
    let letter = doctor.open(&sent.email).await.unwrap();
    assert_eq!(letter.trust, Trust::SealedSigned);
    assert_eq!(letter.bcc, [named(NURSE.0, NURSE.1)]);
    assert_eq!(letter.deliveries.len(), 3);
    check_files(&doctor, &letter.source).await;
    assert!(doctor.rows(MailboxRole::Drafts).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_reply_finds_its_thread_and_quotes_only_what_is_authentic() {
    let office = Office::open();
    let [doctor, cardiologist, ..] = practice(&office).await;
    doctor.write(content(), &[]).await.unwrap();
    let received = cardiologist.rows(MailboxRole::Inbox).await.unwrap()[0].email.clone();
    let source = LetterSource::Email(received.clone());

    let reply = cardiologist.start(DraftKind::Reply(source.clone())).await.unwrap();
    assert_eq!(reply.content.to, [named(DOCTOR.0, DOCTOR.1)]);
    assert_eq!(reply.content.subject, format!("Re: {SUBJECT}"));
    let quote = &reply.content.quote.text;
    assert!(quote.contains("> Cher confrère,"), "{quote}");
    assert!(quote.starts_with(&format!("{QUOTE_HEAD}\n> ")) && reply.content.text.is_empty(), "{quote}");
    let forward = cardiologist.start(DraftKind::Forward(source.clone())).await.unwrap();
    assert_eq!(forward.content.subject, format!("Fwd: {SUBJECT}"));
    let all = cardiologist.start(DraftKind::ReplyAll(source)).await.unwrap();
    assert_eq!(all.content.cc, [named(LABORATORY.0, LABORATORY.1)]);

    let call = Send { draft: reply.draft, content: reply.content, undo_seconds: 0 };
    cardiologist.ask(call).await.unwrap();
    assert!(cardiologist.rows(MailboxRole::Inbox).await.unwrap()[0].answered);
    let rows = doctor.rows(MailboxRole::Inbox).await.unwrap();
    let letter = doctor.open(&rows[0].email).await.unwrap();
    assert_eq!(letter.trust, Trust::SealedSigned);
    assert_eq!(letter.confirmed_name.as_deref(), Some(CARDIOLOGIST.0));
    assert!(letter.text.contains("> Cher confrère,"), "the quote goes with the answer: {}", letter.text);
}
