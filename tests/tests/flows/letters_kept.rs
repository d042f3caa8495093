//! Drafts, lost answers, fresh machines: nothing is lost, nothing happens twice, nothing lies open.

use std::cell::Cell;
use std::rc::Rc;

use sceau_protocol::{
    Cancel, DraftContent, DraftKind, Event, FailureCode, JobId, MailboxRole, RowContent, SaveDraft, Send,
    SignOut, Trust,
};

use crate::letters_exchange::{CARDIOLOGIST, DOCTOR, LABORATORY, NURSE, SUBJECT, TEXT, content, files};
use crate::letters_hostile::answers_of;
use crate::letters_refused::short;
use crate::office::{Fate, Office, PASS_PHRASE, everything_below};
use crate::person::Person;

#[tokio::test]
async fn a_draft_is_taken_up_on_another_machine_with_its_files() {
    let office = Office::open();
    office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let draft = doctor.start(DraftKind::New).await.unwrap().draft;
    for file in files() {
        doctor.attach(draft, &file).await.unwrap();
    }
    let first = doctor.ask(SaveDraft { draft, content: DraftContent::default() }).await.unwrap();
    let second = doctor.ask(SaveDraft { draft, content: short(NURSE) }).await.unwrap();
    assert_ne!(first.email, second.email);
    let rows = doctor.rows(MailboxRole::Drafts).await.unwrap();
    assert_eq!(rows.len(), 1, "one Email per draft");
    let RowContent::Known(summary) = &rows[0].content else { panic!("{:?}", rows[0]) };
    assert_eq!((summary.subject.as_str(), summary.attachments, summary.trust), ("Question", 2, None));

    let elsewhere = office.client();
    elsewhere.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap();
    let again = elsewhere.start(DraftKind::Continue(second.email.clone())).await.unwrap();
    assert_eq!(again.content, short(NURSE));
    let names: Vec<_> = again.attachments.iter().map(|file| file.name.clone()).collect();
    assert_eq!(names, files().iter().map(|file| file.name.clone()).collect::<Vec<_>>());

    // The first machine does not know yet: both versions stay.
    let mut longer = short(NURSE);
    longer.text.push_str("Ajout.\n");
    elsewhere.ask(SaveDraft { draft: again.draft, content: longer.clone() }).await.unwrap();
    let conflict = doctor.ask(SaveDraft { draft, content: short(NURSE) }).await.unwrap_err();
    assert_eq!(conflict.code, FailureCode::DraftConflict);
    doctor.ask(SaveDraft { draft, content: short(NURSE) }).await.unwrap();
    assert_eq!(doctor.rows(MailboxRole::Drafts).await.unwrap().len(), 2);

    let sent =
        elsewhere.ask(Send { draft: again.draft, content: longer.clone(), undo_seconds: 0 }).await.unwrap();
    let letter = elsewhere.open(&sent.email).await.unwrap();
    assert_eq!((letter.text.as_str(), letter.parts.len()), (longer.text.as_str(), 2));
}

#[tokio::test]
async fn a_lost_answer_while_sending_means_exactly_one_letter() {
    for (what, fate) in [("Letter/send", Fate::LosesAnswer), ("Letter/send", Fate::IsLost)] {
        let office = Office::open();
        let nurse = office.enrol(NURSE.0, NURSE.1).await;
        let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
        let met = Rc::new(Cell::new(0));
        let count = Rc::clone(&met);
        office.wire.fate(move |request| {
            let hit = request.path == "/jmap/api" && String::from_utf8_lossy(&request.body).contains(what);
            count.set(count.get() + u32::from(hit));
            if hit && count.get() == 1 { fate } else { Fate::Arrives }
        });
        doctor.write(short(NURSE), &[]).await.unwrap();
        assert!(met.get() >= 2, "the hand-over was repeated");
        office.wire.repair();
        assert_eq!(nurse.rows(MailboxRole::Inbox).await.unwrap().len(), 1, "{fate:?}");
        assert_eq!(doctor.rows(MailboxRole::Sent).await.unwrap().len(), 1, "{fate:?}");
        assert!(doctor.rows(MailboxRole::Drafts).await.unwrap().is_empty(), "{fate:?}");
    }
}

#[tokio::test]
async fn a_relay_stopped_while_sending_leaves_a_draft_that_goes_once_later() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let draft = doctor.start(DraftKind::New).await.unwrap().draft;
    // The hand-over arrives, and from then on nothing comes back.
    let stopped = Rc::new(Cell::new(false));
    let flag = Rc::clone(&stopped);
    office.wire.fate(move |request| {
        let hand_over = String::from_utf8_lossy(&request.body).contains("Letter/send");
        match (flag.get(), hand_over) {
            (true, _) => Fate::IsLost,
            (false, true) => {
                flag.set(true);
                Fate::LosesAnswer
            }
            (false, false) => Fate::Arrives,
        }
    });
    let call = || Send { draft, content: short(NURSE), undo_seconds: 0 };
    assert_eq!(doctor.ask(call()).await.unwrap_err().code, FailureCode::RelayUnreachable);
    office.wire.repair();
    doctor.ask(call()).await.unwrap();
    assert_eq!(nurse.rows(MailboxRole::Inbox).await.unwrap().len(), 1);
    assert_eq!(doctor.rows(MailboxRole::Sent).await.unwrap().len(), 1);
    assert!(doctor.rows(MailboxRole::Drafts).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_full_relay_refuses_and_what_was_kept_before_stays() {
    let office = Office::open();
    office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let draft = doctor.start(DraftKind::New).await.unwrap().draft;
    let kept = doctor.ask(SaveDraft { draft, content: short(NURSE) }).await.unwrap();
    let store = office.relay.store();
    let pages = store.pages().unwrap();
    store.limit_pages(pages).unwrap();
    let mut refusal = None;
    // What is free within the database is used up first.
    for number in 0..500 {
        let mut content = short(NURSE);
        content.text = format!("Version {number}\n");
        if let Err(failure) = doctor.ask(SaveDraft { draft, content }).await {
            refusal = Some(failure.code);
            break;
        }
    }
    assert_eq!(refusal, Some(FailureCode::RelayFull));
    let send = || Send { draft, content: short(NURSE), undo_seconds: 0 };
    assert_eq!(doctor.ask(send()).await.unwrap_err().code, FailureCode::RelayFull);
    store.limit_pages(u32::MAX - 1).unwrap();
    assert_eq!(doctor.rows(MailboxRole::Drafts).await.unwrap().len(), 1, "after {kept:?}");
    doctor.ask(send()).await.unwrap();
}

#[tokio::test]
async fn without_a_relay_the_letter_stays_in_drafts() {
    let office = Office::open();
    office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let draft = doctor.start(DraftKind::New).await.unwrap().draft;
    doctor.ask(SaveDraft { draft, content: short(NURSE) }).await.unwrap();
    office.wire.fate(|_| Fate::IsLost);
    let call = Send { draft, content: short(NURSE), undo_seconds: 0 };
    assert_eq!(doctor.ask(call).await.unwrap_err().code, FailureCode::RelayUnreachable);
    office.wire.repair();
    let rows = doctor.rows(MailboxRole::Drafts).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(doctor.start(DraftKind::Continue(rows[0].email.clone())).await.unwrap().content, short(NURSE));
}

#[tokio::test]
async fn a_fresh_machine_lists_and_searches_from_the_index_alone() {
    let office = Office::open();
    let cardiologist = office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    for (name, address) in [LABORATORY, NURSE] {
        office.enrol(name, address).await;
    }
    doctor.write(content(), &files()).await.unwrap();
    let first = cardiologist.rows(MailboxRole::Inbox).await.unwrap();
    cardiologist.open(&first[0].email).await.unwrap();

    let fresh = office.client();
    fresh.sign_in(CARDIOLOGIST.1, PASS_PHRASE).await.unwrap();
    let downloads = Rc::new(Cell::new(0));
    let count = Rc::clone(&downloads);
    office.wire.fate(move |request| {
        count.set(count.get() + u32::from(request.path.starts_with("/jmap/download/")));
        Fate::Arrives
    });
    let rows = fresh.rows_now(MailboxRole::Inbox, None).await.unwrap();
    let RowContent::Known(summary) = &rows[0].content else { panic!("{:?}", rows[0]) };
    assert_eq!((summary.subject.as_str(), summary.trust), (SUBJECT, Some(Trust::SealedSigned)));
    // A word of the text, without its accent; a patient; a word that is not there.
    for (words, hits) in [("epanchement fevg", 1), ("NOEUVEGLISE", 1), ("radiographie", 0)] {
        let found = fresh.rows_now(MailboxRole::Inbox, Some(words)).await.unwrap();
        assert_eq!(found.len(), hits, "{words}");
    }
    assert_eq!(downloads.get(), 0, "nothing was opened again");
}

#[tokio::test]
async fn signing_out_forgets_and_the_relay_holds_no_word_of_a_letter() {
    let office = Office::open();
    office.wire.record();
    let cardiologist = office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    for (name, address) in [LABORATORY, NURSE] {
        office.enrol(name, address).await;
    }
    let draft = doctor.start(DraftKind::New).await.unwrap().draft;
    for file in files() {
        doctor.attach(draft, &file).await.unwrap();
    }
    doctor.ask(SaveDraft { draft, content: content() }).await.unwrap();
    doctor.ask(Send { draft, content: content(), undo_seconds: 0 }).await.unwrap();
    let rows = cardiologist.rows(MailboxRole::Inbox).await.unwrap();
    cardiologist.open(&rows[0].email).await.unwrap();
    doctor.rows(MailboxRole::Sent).await.unwrap();
    for person in [&doctor, &cardiologist] {
        person.ask(SignOut {}).await.unwrap();
        assert_eq!(person.open(&rows[0].email).await.unwrap_err().code, FailureCode::SignedOut);
    }

    let kept = everything_below(office.folder.path());
    let crossed = office.wire.recorded();
    assert!(kept.len() > 300_000 && crossed.len() > 300_000);
    for canary in canaries() {
        for (place, hay) in [("relay's folder", &kept), ("wire", &crossed)] {
            for form in forms(canary) {
                assert!(!contains(hay, &form), "{canary} is in the {place}");
            }
        }
    }
    assert!(contains(&kept, NURSE.1.as_bytes()), "the search finds what is there");
}

/// What nobody but the correspondents may ever see.
fn canaries() -> Vec<&'static str> {
    // Her name under the letter stands in her certificate too, which is public.
    let secret = |line: &&str| line.len() > 12 && !line.contains("Marchand");
    let text: Vec<&str> = TEXT.split(['\n', ':']).map(str::trim).filter(secret).collect();
    [text, vec![SUBJECT, "Nœuvéglise", "Échographie du cœur.pdf", "résultats.hpr", PASS_PHRASE]].concat()
}

/// UTF-8, Latin-1 where it can be, and base64 at its three alignments.
fn forms(canary: &str) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let latin: Option<Vec<u8>> = canary.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    let plain: Vec<Vec<u8>> = [Some(canary.as_bytes().to_vec()), latin].into_iter().flatten().collect();
    let mut all = plain.clone();
    for octets in plain {
        for shift in 0..3 {
            let shifted = [vec![0; shift], octets.clone()].concat();
            let encoded = STANDARD_NO_PAD.encode(shifted).into_bytes();
            // The first and last characters depend on what stands beside.
            all.push(encoded[4..encoded.len() - 3].to_vec());
        }
    }
    all
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    assert!(needle.len() >= 4);
    hay.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn what_changes_at_the_relay_is_heard() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let local = tokio::task::LocalSet::new();
    local.spawn_local(Rc::clone(nurse.engine()).background());
    local
        .run_until(async {
            nurse.events();
            doctor.write(short(NURSE), &[]).await.unwrap();
            let heard = heard_of_mail(&nurse);
            tokio::time::timeout(std::time::Duration::from_secs(60), heard).await.unwrap();
        })
        .await;
    let rows = nurse.rows_now(MailboxRole::Inbox, None).await.unwrap();
    assert_eq!(rows.len(), 1);
}

/// Waits until the page would have been told; the caller keeps a watchdog.
async fn heard_of_mail(person: &Person) {
    while !person.events().contains(&Event::MailChanged) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_cancelled_call_ends_although_the_relay_says_nothing() {
    let office = Office::open();
    office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let draft = doctor.start(DraftKind::New).await.unwrap().draft;
    office
        .wire
        .fate(|request| if request.path.starts_with("/jmap/upload/") { Fate::Hangs } else { Fate::Arrives });
    let job = JobId(9_000);
    let send = Send { draft, content: short(NURSE), undo_seconds: 0 };
    let sending = doctor.engine().ask(job, send.into(), Vec::new());
    let cancelling = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        doctor.ask(Cancel { job }).await.unwrap();
    };
    let (sent, ()) = futures::join!(sending, cancelling);
    assert_eq!(sent.unwrap_err().code, FailureCode::Cancelled);
    office.wire.repair();
    doctor.ask(Send { draft, content: short(NURSE), undo_seconds: 0 }).await.unwrap();
}

#[tokio::test]
async fn signing_out_is_not_told_as_the_end_of_a_session() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let local = tokio::task::LocalSet::new();
    local.spawn_local(Rc::clone(doctor.engine()).background());
    local
        .run_until(async {
            doctor.rows(MailboxRole::Inbox).await.unwrap();
            doctor.ask(SignOut {}).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        })
        .await;
    assert!(!doctor.events().contains(&Event::SessionEnded));
}

#[tokio::test]
async fn index_segments_withheld_or_spoilt_are_read_anew_from_the_cards() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    doctor.write(short(NURSE), &[]).await.unwrap();
    nurse.rows(MailboxRole::Inbox).await.unwrap();
    for spoilt in [false, true] {
        office.wire.change(answers_of("IndexSegment/get", move |answer| {
            let list = answer["list"].as_array_mut().unwrap();
            match spoilt {
                true => list.iter_mut().for_each(|segment| segment["data"] = "AAAA".into()),
                false => list.clear(),
            }
        }));
        let fresh = office.client();
        fresh.sign_in(NURSE.1, PASS_PHRASE).await.unwrap();
        let before = fresh.rows_now(MailboxRole::Inbox, None).await.unwrap();
        assert_eq!(before[0].content, RowContent::Pending);
        let after = fresh.rows(MailboxRole::Inbox).await.unwrap();
        assert!(matches!(after[0].content, RowContent::Known(_)), "{:?}", after[0]);
    }
}
