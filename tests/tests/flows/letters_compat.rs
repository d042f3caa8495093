//! A correspondent with another program: the directory's certificate says what it reads, and `openssl` reads it.

use std::path::Path;
use std::process::Command;

use sceau_client::world::{Method, Request, Transport};
use sceau_protocol::{CheckRecipients, DraftContent, MailboxRole, RecipientClass, Trust};
use sceau_smime::Certificate;
use serde_json::{Value, json};

use crate::letters_exchange::{DOCTOR, NURSE};
use crate::office::Office;
use crate::person::named;

const OLD: (&str, &str) = ("Cabinet Ancien", "cabinet.ancien@cabinet.example");
const SUBJECT: &str = "Résultat — Éloïse Nœuvéglise";
const TEXT: &str = "Kaliémie à 4,1 mmol/L.\n";

/// Extensions of a certificate whose owner's program knows AES-256-CBC and nothing newer (RFC 4262).
const EXTENSIONS: &str = "basicConstraints = critical, CA:FALSE
keyUsage = critical, keyEncipherment
extendedKeyUsage = emailProtection
subjectAltName = email:cabinet.ancien@cabinet.example
1.2.840.113549.1.9.15 = DER:300d300b060960864801650304012a
";

fn openssl(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// An RSA key and a certificate of the office's authority, made by `openssl`; hands back the certificate.
fn old_program(office: &Office, folder: &Path) -> Vec<u8> {
    let identity = office.authority.borrow().identity.clone();
    std::fs::write(folder.join("ca.pem"), identity.certificate.to_pem()).unwrap();
    std::fs::write(folder.join("ca.key"), identity.key.to_pkcs8_pem().unwrap().as_bytes()).unwrap();
    std::fs::write(folder.join("extensions"), EXTENSIONS).unwrap();
    let subject = format!("/CN={}", OLD.0);
    let request = ["req", "-newkey", "rsa:2048", "-nodes", "-keyout", "old.key", "-out", "old.csr", "-subj"];
    openssl(folder, &[request.as_slice(), &[&subject]].concat());
    let sign = ["x509", "-req", "-in", "old.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    let rest = ["-days", "30", "-extfile", "extensions", "-out", "old.pem"];
    openssl(folder, &[sign.as_slice(), &rest].concat());
    Certificate::read_all(&std::fs::read(folder.join("old.pem")).unwrap()).unwrap()[0].der().to_vec()
}

async fn relay(office: &Office, token: &str, method: Method, path: String, body: Vec<u8>) -> Vec<u8> {
    let headers = vec![
        ("Authorization".to_owned(), format!("Bearer {token}")),
        ("Content-Type".to_owned(), "application/json".to_owned()),
    ];
    let request = Request { method, path, headers, body };
    let answer = office.wire.exchange(request, &|_, _| {}, &|_, _| {}).await.unwrap();
    assert!(answer.status < 300, "{}", String::from_utf8_lossy(&answer.body));
    answer.body
}

/// The one letter in the inbox of an account that never enrolled, as the relay hands it out.
async fn only_letter(office: &Office, address: &str) -> Vec<u8> {
    let token = office.relay.create_token(address).unwrap();
    let account = token.account_id.0;
    let calls = json!([
        ["Email/query", {"accountId": account}, "0"],
        ["Email/get", {"accountId": account, "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"}}, "1"],
    ]);
    let call = json!({"using": sceau_api::capability::ALL, "methodCalls": calls}).to_string();
    let answer = relay(office, &token.token, Method::Post, "/jmap/api".to_owned(), call.into_bytes()).await;
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let list = answer["methodResponses"][1][1]["list"].as_array().unwrap().clone();
    assert_eq!(list.len(), 1, "{answer}");
    let blob = list[0]["blobId"].as_str().unwrap();
    let path = format!("/jmap/download/{account}/{blob}/x");
    relay(office, &token.token, Method::Get, path, Vec::new()).await
}

#[tokio::test]
async fn an_older_program_gets_a_copy_of_its_own_kind_and_weakens_nobody_else() {
    let office = Office::open();
    let folder = tempfile::tempdir().unwrap();
    let certificate = old_program(&office, folder.path());
    office.relay.add_account(OLD.1, Some(OLD.0), &[certificate]).unwrap();
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let nurse = office.enrol(NURSE.0, NURSE.1).await;

    let addresses = vec![NURSE.1.to_owned(), OLD.1.to_owned()];
    let known = doctor.ask(CheckRecipients { addresses }).await.unwrap();
    let classes: Vec<_> = known.iter().map(|recipient| recipient.class).collect();
    assert_eq!(classes, [Some(RecipientClass::Default), Some(RecipientClass::Compat)], "{known:?}");

    let content = DraftContent {
        to: vec![named(NURSE.0, NURSE.1)],
        cc: vec![named(OLD.0, OLD.1)],
        subject: SUBJECT.to_owned(),
        text: TEXT.to_owned(),
        ..DraftContent::default()
    };
    doctor.write(content, &[]).await.unwrap();

    std::fs::write(folder.path().join("letter.eml"), only_letter(&office, OLD.1).await).unwrap();
    let structure = openssl(folder.path(), &["cms", "-cmsout", "-print", "-in", "letter.eml"]);
    let structure = String::from_utf8_lossy(&structure).into_owned();
    assert!(structure.contains("pkcs7-envelopedData") && structure.contains("aes-256-cbc"), "{structure}");
    let decrypt = ["cms", "-decrypt", "-in", "letter.eml", "-inkey", "old.key", "-recip", "old.pem"];
    openssl(folder.path(), &[decrypt.as_slice(), &["-out", "signed.eml"]].concat());
    let verify = ["cms", "-verify", "-in", "signed.eml", "-CAfile", "ca.pem", "-purpose", "any"];
    let opened = openssl(folder.path(), &verify);
    let letter = sceau_mime::read(&opened, &sceau_mime::Limits::default()).unwrap();
    assert_eq!((letter.subject.as_str(), letter.text.trim_end()), (SUBJECT, TEXT.trim_end()));

    // Hers is sealed as ever, and names everybody.
    let row = nurse.rows(MailboxRole::Inbox).await.unwrap().remove(0);
    let view = nurse.open(&row.email).await.unwrap();
    assert_eq!((view.trust, view.text.trim_end()), (Trust::SealedSigned, TEXT.trim_end()));
    assert!(
        view.layers.iter().any(|layer| format!("{layer:?}").contains("AuthEnvelopedData")),
        "{:?}",
        view.layers
    );
    assert!(view.cc.iter().any(|person| person.address == OLD.1));
}
