//! Letters from files, with the keys of the account or with a key for this letter only.

use std::path::PathBuf;

use sceau_protocol::{DraftKind, FailureCode, LetterView, OpenFile, OpenFileWithKey, Reason, Secret, Trust};
use sceau_smime::UnixTime;

use crate::forged;
use crate::letters_exchange::{CARDIOLOGIST, DOCTOR, NURSE};
use crate::native::now;
use crate::office::{KEY_FILE_PASS_PHRASE, Office, key_file};
use crate::person::Person;

async fn open_file(person: &Person, file: Vec<u8>) -> Result<LetterView, FailureCode> {
    let call = OpenFile { name: "lettre.eml".to_owned() };
    let outcome = person.ask_with(call, vec![file]).await;
    outcome.map(|(letter, _)| *letter).map_err(|failure| failure.code)
}

async fn open_with_key(
    person: &Person,
    file: Vec<u8>,
    key: Vec<u8>,
    pass_phrase: &str,
) -> Result<LetterView, FailureCode> {
    let secret = Secret::new(pass_phrase.to_owned());
    let call = OpenFileWithKey { name: "lettre.p7m".to_owned(), secret };
    let outcome = person.ask_with(call, vec![file, key]).await;
    outcome.map(|(letter, _)| *letter).map_err(|failure| failure.code)
}

#[tokio::test]
async fn a_file_is_opened_with_ones_own_keys_or_with_another_for_this_letter_only() {
    let office = Office::open();
    let (signing, _) = office.keys(DOCTOR.0, DOCTOR.1, 365, UnixTime(now()));
    let (nurse_signing, nurse_encryption) = office.keys(NURSE.0, NURSE.1, 365, UnixTime(now()));
    let to_nurse = forged::letter(DOCTOR, &signing, (NURSE.1, &nurse_encryption.certificate)).eml;
    let key = key_file(&[nurse_signing.clone(), nurse_encryption.clone()]);
    let nurse = office.enrol_with(NURSE.0, NURSE.1, &[nurse_signing, nurse_encryption]).await;
    let stranger = office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await;

    let letter = open_file(&nurse, to_nurse.clone()).await.unwrap();
    assert_eq!((letter.trust, letter.confirmed_name.as_deref()), (Trust::SealedSigned, Some(DOCTOR.0)));
    let reply = nurse.start(DraftKind::Reply(letter.source)).await.unwrap();
    assert!(reply.content.quote.text.contains("> Doublez la dose."));

    assert_eq!(open_file(&stranger, to_nurse.clone()).await.unwrap_err(), FailureCode::NotForThisKey);
    let wrong = open_with_key(&stranger, to_nurse.clone(), key.clone(), "faux").await;
    assert_eq!(wrong.unwrap_err(), FailureCode::WrongKeyFilePassPhrase);
    let damaged = open_with_key(&stranger, to_nurse.clone(), b"pas une clef".to_vec(), "faux").await;
    assert_eq!(damaged.unwrap_err(), FailureCode::KeyFileDamaged);
    let letter = open_with_key(&stranger, to_nurse.clone(), key, KEY_FILE_PASS_PHRASE).await.unwrap();
    assert_eq!(letter.trust, Trust::SealedSigned);
    assert!(letter.warnings.contains(&Reason::NotAddressedToReader));
    assert_eq!(open_file(&stranger, to_nurse).await.unwrap_err(), FailureCode::NotForThisKey, "not kept");
}

#[tokio::test]
async fn a_file_that_is_no_letter_is_not_shown_as_one() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let others: [&[u8]; 5] = [
        b"",
        b"%PDF-1.4\n1 0 obj\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"Du texte.\nEncore.\n",
        b"Note: acheter du lait\n\nvoil\xe0",
    ];
    for file in others {
        let outcome = open_file(&nurse, file.to_vec()).await;
        assert_eq!(outcome.unwrap_err(), FailureCode::NotALetter, "{}", String::from_utf8_lossy(file));
    }
    let clear = open_file(&nurse, b"From: a@b.example\r\n\r\nBonjour".to_vec()).await.unwrap();
    assert_eq!(clear.trust, Trust::Clear);
}

#[tokio::test]
async fn the_kim_sample_is_opened_with_its_key_and_not_confirmed() {
    let Some(vectors) = std::env::var_os("SCEAU_VECTORS").map(PathBuf::from) else {
        println!("SKIPPED: SCEAU_VECTORS is not set, 1 case not run");
        return;
    };
    let read = |name: &str| std::fs::read(vectors.join("kim").join(name)).unwrap();
    let office = Office::open();
    let reader = office.enrol(NURSE.0, NURSE.1).await;
    let key = read("recipientA/hci-enc-2-kim-bsp.p12");
    for file in ["message/inputEmail.txt.04.encryptedcms", "message/inputEmail.txt.05.encryptedwrap"] {
        assert_eq!(open_file(&reader, read(file)).await.unwrap_err(), FailureCode::NotForThisKey);
        let letter = open_with_key(&reader, read(file), key.clone(), "00").await.unwrap();
        assert_eq!((letter.trust, letter.may_quote), (Trust::SealedUnverified, false), "{file}");
        assert!(letter.reasons.contains(&Reason::SignerUntrusted), "{:?}", letter.reasons);
        assert!(!letter.text.is_empty() && !letter.subject.is_empty());
    }
}
