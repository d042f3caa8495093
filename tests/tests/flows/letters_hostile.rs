//! A relay that lies never gets a green state.

use sceau_client::world::{Request, Response};
use sceau_protocol::{
    AccountStage, CheckRecipients, Destroy, DraftKind, FailureCode, MailboxRole, PinAuthority, Reason, Row,
    RowContent, Trust,
};
use sceau_smime::UnixTime;
use sceau_smime::ca::Usage;
use serde_json::Value;

use crate::forged;
use crate::letters_exchange::{CARDIOLOGIST, DOCTOR, NURSE};
use crate::letters_refused::short;
use crate::native::now;
use crate::office::{DOMAIN, KEY_FILE_PASS_PHRASE, Office, PASS_PHRASE, authority, identity, key_file, rng};

/// Changes the answers of one method.
pub(crate) fn answers_of(
    method: &'static str,
    change: impl Fn(&mut Value) + 'static,
) -> impl FnMut(&Request, &mut Response) {
    move |request, response| {
        if request.path != "/jmap/api" {
            return;
        }
        let mut body: Value = serde_json::from_slice(&response.body).unwrap();
        let hit = body["methodResponses"][0][0] == method;
        if hit {
            change(&mut body["methodResponses"][0][1]);
            response.body = serde_json::to_vec(&body).unwrap();
        }
    }
}

fn base64(octets: &[u8]) -> Value {
    use base64::Engine as _;
    Value::String(base64::engine::general_purpose::STANDARD.encode(octets))
}

fn check(address: &str) -> CheckRecipients {
    CheckRecipients { addresses: vec![address.to_owned()] }
}

#[tokio::test]
async fn another_authoritys_root_is_never_pinned_silently_and_never_green() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    office.enrol(NURSE.0, NURSE.1).await;
    let mut other = authority("Autorité du cabinet", DOMAIN);
    let root = other.identity.certificate.der().to_vec();
    let list = other.crl(24, UnixTime(now()), &mut rng()).unwrap();
    let (root_json, list_json) = (base64(&root), base64(&list));
    let forged = identity(&mut other, NURSE.0, NURSE.1, Usage::Encrypt, 365, UnixTime(now()));
    let forged_der = base64(forged.certificate.der());

    // Somebody new is shown the other root under the true one's id: what was compared does not match.
    let (shown, crl) = (root_json.clone(), list_json.clone());
    office.wire.change(answers_of("Authority/get", move |answer| {
        answer["list"][0]["certificate"] = shown.clone();
        answer["list"][0]["crl"] = crl.clone();
    }));
    let code = office.add_account(CARDIOLOGIST.0, CARDIOLOGIST.1);
    let fresh = office.client();
    let stage = fresh.enrol(CARDIOLOGIST.1, &code, PASS_PHRASE).await.unwrap().stage;
    let AccountStage::NeedsAuthority(proposed) = &stage else { panic!("{stage:?}") };
    let pin = PinAuthority { id: proposed[0].id.clone(), fingerprint: office.fingerprint() };
    assert_eq!(fresh.ask(pin).await.unwrap_err().code, FailureCode::FingerprintChanged);

    // Somebody with a vault is handed a certificate of the other root: it is not believed.
    office.wire.change(move |request, response| {
        let root = root_json.clone();
        let list = list_json.clone();
        answers_of("Authority/get", move |answer| {
            let mut second = answer["list"][0].clone();
            second["certificate"] = root.clone();
            second["crl"] = list.clone();
            answer["list"].as_array_mut().unwrap().push(second);
        })(request, response);
        let forged = forged_der.clone();
        answers_of("Directory/lookup", move |answer| {
            answer["list"][0]["certificates"] = Value::Array(vec![forged.clone()]);
        })(request, response);
    });
    let checked = doctor.ask(check(NURSE.1)).await.unwrap();
    assert_eq!(checked[0].obstacle, Some(FailureCode::RecipientUntrusted));
    let refused = doctor.write(short(NURSE), &[]).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::RecipientUntrusted);
}

#[tokio::test]
async fn another_persons_certificate_is_never_sealed_to() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let (signing, encryption) = office.keys(NURSE.0, NURSE.1, 365, UnixTime(now()));
    let nurses = base64(encryption.certificate.der());
    office.enrol_with(NURSE.0, NURSE.1, &[signing, encryption]).await;
    office.enrol(CARDIOLOGIST.0, CARDIOLOGIST.1).await;
    office.wire.change(answers_of("Directory/lookup", move |answer| {
        answer["list"][0]["certificates"] = Value::Array(vec![nurses.clone()]);
    }));
    let checked = doctor.ask(check(CARDIOLOGIST.1)).await.unwrap();
    assert_eq!(checked[0].obstacle, Some(FailureCode::RecipientCertificateWrong));
    let refused = doctor.write(short(CARDIOLOGIST), &[]).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::RecipientCertificateWrong);
}

#[tokio::test]
async fn a_changed_certificate_is_asked_about() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    office.enrol(NURSE.0, NURSE.1).await;
    doctor.write(short(NURSE), &[]).await.unwrap();
    // The same authority certifies another key although the first is good for a year.
    let (_, second) = office.keys(NURSE.0, NURSE.1, 365, UnixTime(now()));
    let second = base64(second.certificate.der());
    office.wire.change(answers_of("Directory/lookup", move |answer| {
        answer["list"][0]["certificates"] = Value::Array(vec![second.clone()]);
    }));
    let checked = doctor.ask(check(NURSE.1)).await.unwrap();
    assert_eq!(checked[0].obstacle, Some(FailureCode::RecipientChanged));
    let accepted = doctor.ask(sceau_protocol::AcceptRecipient { address: NURSE.1.to_owned() }).await.unwrap();
    assert_eq!(accepted[0].obstacle, None);
}

#[tokio::test]
async fn a_renewal_near_the_end_is_taken_silently() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let (signing, encryption) = office.keys(NURSE.0, NURSE.1, 20, UnixTime(now()));
    let nurse = office.enrol_with(NURSE.0, NURSE.1, &[signing, encryption]).await;
    doctor.write(short(NURSE), &[]).await.unwrap();
    let (signing, encryption) = office.keys(NURSE.0, NURSE.1, 365, UnixTime(now()));
    nurse.import(key_file(&[signing, encryption]), KEY_FILE_PASS_PHRASE).await.unwrap();
    doctor.write(short(NURSE), &[]).await.unwrap();
    let rows = nurse.rows(MailboxRole::Inbox).await.unwrap();
    for row in &rows {
        assert_eq!(nurse.open(&row.email).await.unwrap().trust, Trust::SealedSigned);
    }
    assert_eq!(rows.len(), 2, "letters to the older key open too");
}

#[tokio::test]
async fn a_letter_signed_under_another_root_or_by_another_person_is_not_confirmed() {
    let office = Office::open();
    office.enrol(DOCTOR.0, DOCTOR.1).await;
    let (signing, encryption) = office.keys(NURSE.0, NURSE.1, 365, UnixTime(now()));
    let to = encryption.certificate.clone();
    let nurse = office.enrol_with(NURSE.0, NURSE.1, &[signing, encryption]).await;
    let mut other = authority("Autorité du cabinet", DOMAIN);
    let impostor = identity(&mut other, DOCTOR.0, DOCTOR.1, Usage::Sign, 365, UnixTime(now()));
    let (colleague, _) = office.keys(CARDIOLOGIST.0, CARDIOLOGIST.1, 365, UnixTime(now()));
    for (signer, expected, reason) in [
        (impostor, Trust::SealedUnverified, Reason::SignerUntrusted),
        (colleague, Trust::Broken, Reason::SignerIsNotSender),
    ] {
        let letter = forged::letter(DOCTOR, &signer, (NURSE.1, &to));
        forged::deliver(&office, DOCTOR.1, NURSE.1, letter).await;
        let rows = nurse.rows(MailboxRole::Inbox).await.unwrap();
        let RowContent::Known(summary) = &rows[0].content else { panic!("{:?}", rows[0]) };
        assert_eq!(summary.trust, Some(expected));
        let opened = nurse.open(&rows[0].email).await.unwrap();
        assert_eq!((opened.trust, opened.confirmed_name, opened.may_quote), (expected, None, false));
        assert!(opened.reasons.contains(&reason), "{:?}", opened.reasons);
        let reply = nurse.start(DraftKind::Reply(opened.source)).await.unwrap();
        assert_eq!(
            format!("{}{}", reply.content.text, reply.content.quote.text),
            "",
            "what is not authentic is not quoted"
        );
        nurse.ask(Destroy { emails: vec![rows[0].email.clone()] }).await.unwrap();
    }
}

#[tokio::test]
async fn a_swapped_letter_and_a_swapped_card_are_noticed() {
    let office = Office::open();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    doctor.write(short(NURSE), &[]).await.unwrap();
    let mut second = short(NURSE);
    second.subject = "Autre lettre".to_owned();
    doctor.write(second, &[]).await.unwrap();
    // The relay lays the card of one letter beside the other.
    office.wire.change(answers_of("Email/get", |answer| {
        let list = answer["list"].as_array_mut().unwrap();
        if let [first, second] = list.as_mut_slice() {
            let card = first["cardBlobId"].clone();
            first["cardBlobId"] = second["cardBlobId"].clone();
            second["cardBlobId"] = card;
        }
    }));
    let subjects = subjects(&nurse.rows(MailboxRole::Inbox).await.unwrap());
    assert_eq!(subjects, ["Autre lettre", "Question"], "the letters were read, not the cards");

    // The relay answers a download with other octets than those asked for.
    office.wire.change(|request, response| {
        if request.path.starts_with("/jmap/download/") {
            response.body.reverse();
        }
    });
    let rows = nurse.rows_now(MailboxRole::Inbox, None).await.unwrap();
    assert_eq!(nurse.open(&rows[0].email).await.unwrap_err().code, FailureCode::RelayRefused);
}

fn subjects(rows: &[Row]) -> Vec<String> {
    let subject = |row: &Row| match &row.content {
        RowContent::Known(summary) => summary.subject.clone(),
        other => format!("{other:?}"),
    };
    let mut all: Vec<String> = rows.iter().map(subject).collect();
    all.sort();
    all
}
