//! What cannot be done is said with its own word, and loses nothing.

use sceau_protocol::{
    AccountStage, CheckRecipients, Describe, DraftContent, DraftKind, Event, FailureCode,
    InstallCertificates, MailboxRole, MakeKeys, ReadNew, ReadRecipients, RecipientClass, Send, Trust, WayIn,
};
use sceau_smime::UnixTime;
use sceau_smime::ca::{CertificationRequest, Issue, Usage};
use sceau_smime::crl::RevocationReason;

use crate::letters_exchange::{CARDIOLOGIST, DOCTOR, NURSE};
use crate::native::{NativeClock, now};
use crate::office::{Fate, KEY_FILE_PASS_PHRASE, Office, PASS_PHRASE, key_file, rng};
use crate::person::{Person, named};

/// A short letter to somebody.
pub(crate) fn short(to: (&str, &str)) -> DraftContent {
    DraftContent {
        to: vec![named(to.0, to.1)],
        subject: "Question".to_owned(),
        text: "Bonjour.\n".to_owned(),
        ..DraftContent::default()
    }
}

#[tokio::test]
async fn a_wrong_pass_phrase_and_an_unknown_account_look_alike() {
    let office = Office::open();
    office.enrol(DOCTOR.0, DOCTOR.1).await;
    let stranger = office.client();
    for address in [DOCTOR.1, "personne@cabinet.example"] {
        let failure = stranger.sign_in(address, "une autre phrase longue").await.unwrap_err();
        assert_eq!(failure.code, FailureCode::WrongPassPhrase, "{address}");
    }
    assert_eq!(stranger.rows(MailboxRole::Inbox).await.unwrap_err().code, FailureCode::SignedOut);
    assert!(stranger.sign_in(DOCTOR.1, PASS_PHRASE).await.is_ok());
}

#[tokio::test]
async fn an_enrolment_code_works_once_and_a_weak_pass_phrase_does_not() {
    let office = Office::open();
    let code = office.add_account(DOCTOR.0, DOCTOR.1);
    let doctor = office.client();
    let weak = doctor.enrol(DOCTOR.1, &code, "trop court").await.unwrap_err();
    assert_eq!(weak.code, FailureCode::WeakPassPhrase);
    let wrong = doctor.enrol(DOCTOR.1, "FAUX-CODE", PASS_PHRASE).await.unwrap_err();
    assert_eq!(wrong.code, FailureCode::WrongEnrolmentCode);
    doctor.enrol(DOCTOR.1, &code, PASS_PHRASE).await.unwrap();
    let again = office.client().enrol(DOCTOR.1, &code, PASS_PHRASE).await.unwrap_err();
    assert_eq!(again.code, FailureCode::WrongEnrolmentCode);
}

#[tokio::test]
async fn the_recovery_code_opens_the_vault_and_a_new_pass_phrase_replaces_the_old() {
    let office = Office::open();
    let code = office.add_account(DOCTOR.0, DOCTOR.1);
    let doctor = office.client();
    let enrolled = doctor.enrol(DOCTOR.1, &code, PASS_PHRASE).await.unwrap();
    doctor.pin(&enrolled.stage, &office.fingerprint()).await.unwrap();

    let back = office.client();
    let account = back.recover(DOCTOR.1, &enrolled.recovery_code.to_lowercase()).await.unwrap();
    assert_eq!(account.stage, AccountStage::NeedsKeys);
    assert!(account.last_sign_in.is_some());

    let wrong = back.change_pass_phrase(Some("pas la bonne phrase"), "la toute nouvelle").await.unwrap_err();
    assert_eq!(wrong.code, FailureCode::WrongPassPhrase);
    back.change_pass_phrase(Some(PASS_PHRASE), "la toute nouvelle phrase").await.unwrap();
    let old = office.client().sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap_err();
    assert_eq!(old.code, FailureCode::WrongPassPhrase);
    assert!(office.client().sign_in(DOCTOR.1, "la toute nouvelle phrase").await.is_ok());
}

#[tokio::test]
async fn who_forgot_the_pass_phrase_chooses_another_and_everything_is_locked_anew() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let code = office.add_account(DOCTOR.0, DOCTOR.1);
    let doctor = office.client();
    let enrolled = doctor.enrol(DOCTOR.1, &code, PASS_PHRASE).await.unwrap();
    doctor.pin(&enrolled.stage, &office.fingerprint()).await.unwrap();
    let (signing, encryption) = office.keys(DOCTOR.0, DOCTOR.1, 365, UnixTime(now()));
    doctor.import(key_file(&[signing, encryption]), KEY_FILE_PASS_PHRASE).await.unwrap();
    nurse.write(short(DOCTOR), &[]).await.unwrap();
    assert_eq!(doctor.rows(MailboxRole::Inbox).await.unwrap().len(), 1);

    // Without the present pass phrase only in a session that the recovery code opened.
    let refused = doctor.change_pass_phrase(None, "la toute nouvelle phrase").await.unwrap_err();
    assert_eq!(refused.code, FailureCode::WrongPassPhrase);
    let back = office.client();
    let account = back.recover(DOCTOR.1, &enrolled.recovery_code).await.unwrap();
    assert_eq!((account.way, account.stage), (WayIn::RecoveryCode, AccountStage::Ready));
    let new_code = back.change_pass_phrase(None, "la toute nouvelle phrase").await.unwrap();
    assert_ne!(new_code, enrolled.recovery_code);

    // The session that made the change goes on with the vault under its new key, and changes it.
    back.write(short(NURSE), &[]).await.unwrap();
    let spent = office.client().recover(DOCTOR.1, &enrolled.recovery_code).await.unwrap_err();
    assert_eq!(spent.code, FailureCode::WrongPassPhrase);
    assert_eq!(doctor.rows(MailboxRole::Inbox).await.unwrap_err().code, FailureCode::SessionEnded);

    // Both new ways in open everything there was: keys, index, letters.
    let by_phrase = office.client();
    by_phrase.sign_in(DOCTOR.1, "la toute nouvelle phrase").await.unwrap();
    let by_code = office.client();
    by_code.recover(DOCTOR.1, &new_code).await.unwrap();
    for person in [by_phrase, by_code] {
        let letter = person.rows(MailboxRole::Inbox).await.unwrap()[0].email.clone();
        assert_eq!(person.open(&letter).await.unwrap().trust, Trust::SealedSigned);
        assert_eq!(person.rows(MailboxRole::Sent).await.unwrap().len(), 1);
    }
}

/// On a fresh machine letters are read in the background while the pass phrase is chosen, and other machines go on working:
/// both change the vault, which is then sealed once more.
#[tokio::test]
async fn the_pass_phrase_is_changed_although_the_vault_changes_meanwhile() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    nurse.write(short(DOCTOR), &[]).await.unwrap();
    let elsewhere = office.client();
    elsewhere.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap();
    let letter = elsewhere.rows(MailboxRole::Inbox).await.unwrap()[0].email.clone();

    let held = office.wire.hold(sceau_api::path::CHANGE_FINISH);
    let changed = doctor.change_pass_phrase(Some(PASS_PHRASE), "la toute nouvelle phrase");
    let meanwhile = async {
        held.is_there.await.unwrap();
        // Noted in the index, and that in the vault.
        elsewhere.open(&letter).await.unwrap();
        held.go_on.send(()).unwrap();
    };
    let (code, ()) = futures::join!(changed, meanwhile);
    code.unwrap();

    let again = office.client();
    again.sign_in(DOCTOR.1, "la toute nouvelle phrase").await.unwrap();
    assert_eq!(again.open(&letter).await.unwrap().trust, Trust::SealedSigned);
}

#[tokio::test]
async fn keys_made_here_are_certified_and_write_letters() {
    let office = Office::open();
    let doctor = office.client();
    let code = office.add_account(DOCTOR.0, DOCTOR.1);
    let enrolled = doctor.enrol(DOCTOR.1, &code, PASS_PHRASE).await.unwrap();
    doctor.pin(&enrolled.stage, &office.fingerprint()).await.unwrap();
    assert_eq!(doctor.ask(Describe {}).await.unwrap().name, None);
    let requests = doctor.ask(MakeKeys { name: DOCTOR.0.to_owned() }).await.unwrap();
    let again = office.client();
    let waiting = again.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap().stage;
    assert_eq!(waiting, AccountStage::AwaitsCertificates(requests.clone()));

    let issue = |pem: &str, usage| {
        let request = &CertificationRequest::read_all(pem.as_bytes()).unwrap()[0];
        let issue = Issue { email: DOCTOR.1, usage, days: 365 };
        let mut authority = office.authority.borrow_mut();
        authority.issue(request, issue, UnixTime(now()), &mut rng()).unwrap().to_pem().into_bytes()
    };
    let certificates =
        vec![issue(&requests.signing, Usage::Sign), issue(&requests.encryption, Usage::Encrypt)];
    let (stage, _) = again.ask_with(InstallCertificates {}, certificates).await.unwrap();
    assert_eq!(stage, AccountStage::Ready);
    let account = again.ask(Describe {}).await.unwrap();
    assert_eq!((account.name.as_deref(), account.stage), (Some(DOCTOR.0), AccountStage::Ready));

    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    again.write(short(NURSE), &[]).await.unwrap();
    let letter = nurse.rows(MailboxRole::Inbox).await.unwrap()[0].email.clone();
    assert_eq!(nurse.open(&letter).await.unwrap().trust, Trust::SealedSigned);
}

#[tokio::test]
async fn recipients_are_checked_one_by_one() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    office.enrol(NURSE.0, NURSE.1).await;
    office.add_account("Sans clés", "sans.cles@cabinet.example");
    let addresses = [
        "Ines.Bourdon@cabinet.example",
        "inconnu@cabinet.example",
        "pas une adresse",
        "sans.cles@cabinet.example",
    ];
    let checked =
        doctor.ask(CheckRecipients { addresses: addresses.map(str::to_owned).to_vec() }).await.unwrap();
    assert_eq!(checked[0].name.as_deref(), Some(NURSE.0));
    assert_eq!((checked[0].class, checked[0].obstacle), (Some(RecipientClass::Default), None));
    let obstacles: Vec<_> = checked[1..].iter().map(|one| one.obstacle.unwrap()).collect();
    assert_eq!(
        obstacles,
        [FailureCode::RecipientUnknown, FailureCode::BadAddress, FailureCode::RecipientUnknown]
    );

    let unknown = doctor.write(short(("Inconnu", "inconnu@cabinet.example")), &[]).await.unwrap_err();
    assert_eq!(unknown.code, FailureCode::RecipientUnknown);
    assert_eq!(unknown.about.as_deref(), Some("inconnu@cabinet.example"));
    let nobody = doctor.write(DraftContent::default(), &[]).await.unwrap_err();
    assert_eq!(nobody.code, FailureCode::NoRecipient);
}

#[tokio::test]
async fn an_ended_certificate_of_ones_own_stops_sending_but_not_reading() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let begun = UnixTime(now()).plus_seconds(-40 * UnixTime::DAY);
    let (signing, _) = office.keys(DOCTOR.0, DOCTOR.1, 30, begun);
    let (_, encryption) = office.keys(DOCTOR.0, DOCTOR.1, 365, UnixTime(now()));
    let doctor = office.enrol_with(DOCTOR.0, DOCTOR.1, &[signing, encryption]).await;

    let ended = doctor.write(short(NURSE), &[]).await.unwrap_err();
    assert_eq!(ended.code, FailureCode::OwnCertificateExpired);
    assert!(ended.about.is_some());
    nurse.write(short(DOCTOR), &[]).await.unwrap();
    let letter = doctor.rows(MailboxRole::Inbox).await.unwrap()[0].email.clone();
    assert_eq!(doctor.open(&letter).await.unwrap().trust, Trust::SealedSigned);
}

#[tokio::test]
async fn a_revoked_recipient_and_a_stale_list_stop_sealing() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let (signing, encryption) = office.keys(NURSE.0, NURSE.1, 365, UnixTime(now()));
    let serial = encryption.certificate.serial_hex();
    office.enrol_with(NURSE.0, NURSE.1, &[signing, encryption]).await;
    office
        .authority
        .borrow_mut()
        .revoke(&serial, RevocationReason::Superseded, UnixTime(now()).plus_seconds(-60))
        .unwrap();
    office.publish_list(UnixTime(now()));
    let obstacle = |checked: Vec<sceau_protocol::Recipient>| checked[0].obstacle;
    let check = || CheckRecipients { addresses: vec![NURSE.1.to_owned()] };
    let fresh = office.client();
    fresh.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap();
    assert_eq!(obstacle(fresh.ask(check()).await.unwrap()), Some(FailureCode::RecipientRevoked));

    // Two days later nobody has handed the relay a newer list.
    drop(doctor);
    let later = Person::with_clock(office.wire.clone(), NativeClock::right());
    later.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap();
    office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await;
    let stale = UnixTime(now()).plus_seconds(-25 * 3600);
    office.publish_list(stale);
    let client = office.client();
    client.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap();
    let failure = client.write(short(CARDIOLOGIST), &[]).await.unwrap_err();
    assert_eq!(failure.code, FailureCode::RevocationStale);
}

#[tokio::test]
async fn a_clock_wrong_by_a_day_is_told_and_corrected() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    office.enrol(DOCTOR.0, DOCTOR.1).await;
    for wrong_by in [86_400, -86_400] {
        let doctor = Person::with_clock(office.wire.clone(), NativeClock::wrong_by(wrong_by));
        let account = doctor.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap();
        assert!(account.clock_is_wrong);
        assert!((account.clock_offset_seconds - wrong_by).abs() < 30, "{}", account.clock_offset_seconds);
        let sent = doctor.write(short(NURSE), &[]).await.unwrap();
        assert!((sent.send_at - now()).abs() < 60);
    }
    for row in nurse.rows(MailboxRole::Inbox).await.unwrap() {
        let letter = nurse.open(&row.email).await.unwrap();
        assert_eq!(letter.trust, Trust::SealedSigned);
        assert!(letter.warnings.is_empty(), "{:?}", letter.warnings);
        assert!((letter.date.unwrap() - now()).abs() < 60);
    }
}

#[tokio::test]
async fn a_revoked_session_ends_and_leaves_nothing_open() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let elsewhere = office.client();
    elsewhere.sign_in(DOCTOR.1, PASS_PHRASE).await.unwrap();
    elsewhere.change_pass_phrase(Some(PASS_PHRASE), "une tout autre phrase").await.unwrap();

    doctor.events();
    let ended = doctor.rows(MailboxRole::Inbox).await.unwrap_err();
    assert_eq!(ended.code, FailureCode::SessionEnded);
    let ended = doctor.mailbox(MailboxRole::Inbox).await.unwrap_err();
    assert!(matches!(ended.code, FailureCode::SessionEnded | FailureCode::SignedOut));
    assert!(doctor.events().contains(&Event::SessionEnded));
    assert_eq!(doctor.start(DraftKind::New).await.unwrap_err().code, FailureCode::SignedOut);
}

#[tokio::test]
async fn what_is_undone_in_time_was_never_sent() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let draft = doctor.start(DraftKind::New).await.unwrap().draft;
    let sent = doctor.ask(Send { draft, content: short(NURSE), undo_seconds: 60 }).await.unwrap();
    office.relay.deliver_due().unwrap();
    assert!(nurse.rows(MailboxRole::Inbox).await.unwrap().is_empty());

    let back = doctor.ask(sceau_protocol::UndoSend { letter: sent.letter }).await.unwrap();
    assert_eq!(back.content, short(NURSE));
    assert!(doctor.rows(MailboxRole::Sent).await.unwrap().is_empty());
    assert_eq!(doctor.rows(MailboxRole::Drafts).await.unwrap().len(), 1);

    let call = Send { draft: back.draft, content: back.content.clone(), undo_seconds: 0 };
    let sent = doctor.ask(call).await.unwrap();
    assert_eq!(nurse.rows(MailboxRole::Inbox).await.unwrap().len(), 1);
    let late = doctor.ask(sceau_protocol::UndoSend { letter: sent.letter }).await.unwrap_err();
    assert_eq!(late.code, FailureCode::CannotUnsend);
}

#[tokio::test]
async fn only_the_relay_itself_says_that_it_answers() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    doctor.mailbox(MailboxRole::Inbox).await.unwrap();
    doctor.events();
    office.wire.fate(|_| Fate::IsLost);
    assert_eq!(doctor.mailbox(MailboxRole::Inbox).await.unwrap_err().code, FailureCode::RelayUnreachable);
    assert!(matches!(doctor.events()[..], [Event::Offline { .. }]));
    doctor.ask(ReadRecipients { typed: "claire@cabinet.example".to_owned() }).await.unwrap();
    doctor.ask(ReadNew {}).await.unwrap();
    assert_eq!(doctor.events(), []);
    office.wire.repair();
    doctor.mailbox(MailboxRole::Inbox).await.unwrap();
    assert!(matches!(doctor.events()[..], [Event::Online { .. }]));
}
