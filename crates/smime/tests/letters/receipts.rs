//! Receipts (RFC 2634): asked for, made, verified, refused, and exchanged with OpenSSL in both directions.

use std::process::Command;

use sceau_mime as mime;
use sceau_smime::Identity;
use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::signed_data::SignedData;
use sceau_smime::ess::{
    JudgedReceipt, MadeReceipt, MlReceiptPolicy, ReceiptRefusal, ReceiptsFrom, make_receipt, verify_receipt,
};
use sceau_smime::letter::{Judged, OpenRequest, Profile, SealRequest, TrustSettings};

use crate::big::open;
use crate::openssl::{OpenSsl, pair};
use crate::world::{
    AMELIE, BRUNO, CHLOE, NOW, Person, draft, folder, identity, opened, rng, seal_with, trust_for_domains,
    try_open, world,
};

fn asking() -> mime::Draft {
    mime::Draft { receipt: true, ..draft() }
}

fn sealed(draft: &mime::Draft, signer: &Identity, profile: Profile) -> Vec<u8> {
    let recipients = [world().bruno.recipient()];
    seal_with(SealRequest { draft, signer, recipients: &recipients, profile }).eml
}

fn answer(judged: &Judged, reader: &Person) -> Result<MadeReceipt, ReceiptRefusal> {
    make_receipt(judged, &reader.own(), &reader.sign, NOW, &mut rng()).unwrap()
}

fn verified(receipt: &[u8], original: &Judged, trust: &TrustSettings) -> JudgedReceipt {
    verify_receipt(&OpenRequest::new(receipt, &[], &[], trust, NOW), original, &mut rng()).unwrap()
}

fn codes(receipt: &JudgedReceipt) -> Vec<&str> {
    receipt.reasons.iter().chain(&receipt.warnings).map(|note| note.code).collect()
}

/// The SignedData inside an envelope, as its sender may keep it.
fn signed_inside(eml: &[u8]) -> Vec<u8> {
    let w = world();
    let own = w.bruno.own();
    let request =
        OpenRequest { keep_layers: true, ..OpenRequest::new(eml, w.bruno.keys(), &own, &w.trust, NOW) };
    let judged = open(&request, &mut rng()).unwrap();
    judged.layer_contents().next().unwrap().to_vec()
}

#[test]
fn a_receipt_confirms_the_letter_it_is_for() {
    let w = world();
    for signer in [&w.amelie, &w.bruno, &w.chloe] {
        for profile in [Profile::Default, Profile::Compat] {
            let mut draft = asking();
            draft.from = mime::Address::bare(&signer.address);
            let judged = opened(&sealed(&draft, &signer.sign, profile), &w.bruno);
            let request = judged.receipt_basis().unwrap().request.clone().unwrap();
            assert_eq!(request.receipts_from, ReceiptsFrom::All);
            let made = answer(&judged, &w.bruno).unwrap();
            assert_eq!(made.to, [signer.address.as_str()]);
            assert_eq!(made.content_identifier, request.content_identifier);
            let receipt = verified(&made.der, &judged, &w.trust);
            assert!(receipt.valid, "{receipt:?}");
            assert_eq!(codes(&receipt), [""; 0]);
            assert_eq!(receipt.receipt.content_identifier, request.content_identifier);
            let untrusted = verified(&made.der, &judged, &TrustSettings::default());
            assert!(!untrusted.valid);
            assert_eq!(codes(&untrusted), ["receipt_not_trusted"]);
        }
    }
}

#[test]
fn a_receipt_is_for_one_letter_only() {
    let w = world();
    let first = opened(&sealed(&asking(), &w.amelie.sign, Profile::Default), &w.bruno);
    let again = opened(&sealed(&asking(), &w.amelie.sign, Profile::Default), &w.bruno);
    let made = answer(&first, &w.bruno).unwrap();
    let other = verified(&made.der, &again, &w.trust);
    assert!(!other.valid);
    let all = ["receipt_content_mismatch", "receipt_signature_mismatch", "receipt_digest_mismatch"];
    assert_eq!(codes(&other), all);
    // A letter that asked for nothing is confirmed by nothing.
    let silent = opened(&sealed(&draft(), &w.amelie.sign, Profile::Default), &w.bruno);
    let unasked = verified(&made.der, &silent, &w.trust);
    assert!(!unasked.valid && codes(&unasked).contains(&"receipt_was_not_requested"));
}

#[test]
fn a_changed_receipt_confirms_nothing() {
    let w = world();
    let judged = opened(&sealed(&asking(), &w.amelie.sign, Profile::Default), &w.bruno);
    let made = answer(&judged, &w.bruno).unwrap();
    let carried = w.bruno.sign.certificate.der();
    let at = made.der.windows(carried.len()).position(|window| window == carried).unwrap();
    let mut valid = 0;
    for octet in (0..made.der.len()).filter(|octet| !(at..at + carried.len()).contains(octet)) {
        let mut changed = made.der.clone();
        changed[octet] ^= 1;
        let request = OpenRequest::new(&changed, &[], &[], &w.trust, NOW);
        let found = verify_receipt(&request, &judged, &mut rng());
        if found.is_ok_and(|receipt| receipt.valid) {
            valid += 1;
        }
    }
    // CMS version numbers and the set of digest algorithms, which nothing relies on.
    assert_eq!(valid, 16);
}

#[test]
fn receipts_are_refused_by_the_rules() {
    let w = world();
    let letter = sealed(&asking(), &w.amelie.sign, Profile::Default);
    let judged = opened(&letter, &w.bruno);
    let as_chloe = make_receipt(&judged, &w.chloe.own(), &w.chloe.sign, NOW, &mut rng()).unwrap();
    assert_eq!(as_chloe.unwrap_err(), ReceiptRefusal::NotAddressed);
    let silent = opened(&sealed(&draft(), &w.amelie.sign, Profile::Default), &w.bruno);
    assert_eq!(answer(&silent, &w.bruno).unwrap_err(), ReceiptRefusal::NotRequested);
    let untrusted = TrustSettings::default();
    let elsewhere = trust_for_domains(&["cardio.example"]);
    for trust in [&untrusted, &elsewhere] {
        let judged = try_open(&letter, &w.bruno, trust).unwrap();
        assert_eq!(answer(&judged, &w.bruno).unwrap_err(), ReceiptRefusal::SenderNotConfirmed);
    }
    let pretender = opened(&sealed(&asking(), &w.chloe.sign, Profile::Default), &w.bruno);
    assert_eq!(answer(&pretender, &w.bruno).unwrap_err(), ReceiptRefusal::SenderNotConfirmed);
    let old = opened(&sealed(&asking(), &identity("false-amelie"), Profile::Default), &w.bruno);
    assert_eq!(answer(&old, &w.bruno).unwrap_err(), ReceiptRefusal::SenderNotConfirmed);
    let key_for_sealing = make_receipt(&judged, &w.bruno.own(), &w.bruno.encrypt, NOW, &mut rng());
    assert_eq!(key_for_sealing.unwrap_err(), sceau_smime::Error::WrongKeyKind);
}

/// A message of OpenSSL's from Bruno to Amélie that asks for a receipt.
fn openssl_asks(openssl: &OpenSsl, options: &[&str]) -> Vec<u8> {
    let message = format!("From: {BRUNO}\r\nTo: {AMELIE}\r\nSubject: x\r\n\r\nBonjour\r\n");
    openssl.sign(
        message.as_bytes(),
        "bruno",
        &[&["-nodetach", "-binary", "-outform", "DER"], options].concat(),
    )
}

#[test]
fn requests_of_openssl_are_read_and_heeded() {
    let Some(openssl) = OpenSsl::find(6) else { return };
    let w = world();
    let to = ["-receipt_request_to", BRUNO];
    let cases: &[(&[&str], Option<ReceiptRefusal>)] = &[
        (&["-receipt_request_all"], None),
        (&["-receipt_request_first"], None),
        (&["-receipt_request_from", AMELIE], None),
        (&["-receipt_request_from", CHLOE, "-receipt_request_from", AMELIE], None),
        (&["-receipt_request_from", CHLOE], Some(ReceiptRefusal::NotAsked)),
    ];
    for (from, refusal) in cases {
        let judged = opened(&openssl_asks(&openssl, &[&to[..], from].concat()), &w.amelie);
        assert_eq!(answer(&judged, &w.amelie).err(), *refusal, "{from:?}");
    }
    let elsewhere =
        opened(&openssl_asks(&openssl, &["-receipt_request_to", CHLOE, "-receipt_request_all"]), &w.amelie);
    assert_eq!(answer(&elsewhere, &w.amelie).unwrap_err(), ReceiptRefusal::NotToSigner);
}

/// `openssl cms -verify_receipt`.
fn verified_by_openssl(openssl: &OpenSsl, original: &[u8], receipt: &[u8]) -> bool {
    let original = openssl.write("original.der", original);
    let receipt = openssl.write("receipt.der", receipt);
    let anchor = folder().join("ca.crt");
    let run = Command::new("openssl")
        .args(["cms", "-verify_receipt", &receipt, "-rctform", "DER", "-in", &original, "-inform", "DER"])
        .args(["-CAfile", anchor.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.success(), said.contains("Verification successful"), "{said}");
    run.status.success()
}

#[test]
fn our_receipts_are_verified_by_openssl() {
    let Some(openssl) = OpenSsl::find(4) else { return };
    let w = world();
    // For a message of OpenSSL's.
    let original = openssl_asks(&openssl, &["-receipt_request_to", BRUNO, "-receipt_request_all"]);
    let judged = opened(&original, &w.amelie);
    let made = answer(&judged, &w.amelie).unwrap();
    assert!(verified_by_openssl(&openssl, &original, &made.der));
    let other = openssl_asks(&openssl, &["-receipt_request_to", BRUNO, "-receipt_request_all"]);
    assert!(!verified_by_openssl(&openssl, &other, &made.der));
    // And for a letter of ours, by a key of either kind.
    for signer in [&w.amelie, &w.bruno] {
        let mut draft = asking();
        draft.from = mime::Address::bare(&signer.address);
        let eml = sealed(&draft, &signer.sign, Profile::Default);
        let original = mime::unwrap_cms(&signed_inside(&eml), &mime::Limits::default()).unwrap().der;
        let made = answer(&opened(&eml, &w.bruno), &w.bruno).unwrap();
        assert!(verified_by_openssl(&openssl, &original, &made.der));
    }
}

#[test]
fn receipts_of_openssl_are_verified() {
    let Some(openssl) = OpenSsl::find(3) else { return };
    let w = world();
    let by_openssl = openssl_asks(&openssl, &["-receipt_request_to", BRUNO, "-receipt_request_all"]);
    let mut to_amelie = asking();
    to_amelie.from = mime::Address::bare(BRUNO);
    to_amelie.to = vec![mime::Address::bare(AMELIE)];
    let recipients = [w.amelie.recipient()];
    let eml = seal_with(SealRequest {
        draft: &to_amelie,
        signer: &w.bruno.sign,
        recipients: &recipients,
        profile: Profile::Default,
    })
    .eml;
    let judged = opened(&eml, &w.amelie);
    let own = w.amelie.own();
    let request =
        OpenRequest { keep_layers: true, ..OpenRequest::new(&eml, w.amelie.keys(), &own, &w.trust, NOW) };
    let kept = open(&request, &mut rng()).unwrap();
    let entity = kept.layer_contents().next().unwrap();
    let ours = mime::unwrap_cms(entity, &mime::Limits::default()).unwrap().der;
    for (original, judged) in [(by_openssl.clone(), opened(&by_openssl, &w.amelie)), (ours, judged)] {
        let file = openssl.write("asks.der", &original);
        let (certificate, key) = pair("amelie.sign");
        let make = ["-sign_receipt", "-in", &file, "-inform", "DER", "-signer", &certificate, "-inkey", &key];
        for form in ["DER", "SMIME", "PEM"] {
            let receipt = openssl.cms(&[&make[..], &["-outform", form]].concat());
            let found = verified(&receipt, &judged, &w.trust);
            assert!(found.valid, "{form}: {found:?}");
            assert_eq!(codes(&found), [""; 0]);
        }
        // By somebody who was not asked it is a receipt all the same.
        let (certificate, key) = pair("chloe.sign");
        let make = ["-sign_receipt", "-in", &file, "-inform", "DER", "-signer", &certificate, "-inkey", &key];
        let receipt = openssl.cms(&[&make[..], &["-outform", "DER"]].concat());
        let found = verified(&receipt, &judged, &w.trust);
        assert!(found.valid);
        assert_eq!(codes(&found), ["receipt_signer_not_asked"]);
    }
}

#[test]
fn a_signature_kept_without_its_content_suffices() {
    let w = world();
    let eml = sealed(&asking(), &w.amelie.sign, Profile::Compat);
    let made = answer(&opened(&eml, &w.bruno), &w.bruno).unwrap();
    let entity = signed_inside(&eml);
    let parts = mime::multipart_signed(&entity, &mime::Limits::default()).unwrap();
    let kept = open(&OpenRequest::new(&parts.signature, &[], &[], &w.trust, NOW), &mut rng()).unwrap();
    let found = verified(&made.der, &kept, &w.trust);
    assert!(found.valid, "{found:?}");
    assert_eq!(codes(&found), ["receipt_original_not_confirmed"]);
}

#[test]
fn a_receipt_is_no_letter() {
    let w = world();
    let made =
        answer(&opened(&sealed(&asking(), &w.amelie.sign, Profile::Default), &w.bruno), &w.bruno).unwrap();
    let headers = vec![("From".to_owned(), BRUNO.to_owned()), ("Subject".to_owned(), "Virez".to_owned())];
    let mail = mime::wrap_cms(&made.der, "signed-receipt", &headers, mime::WrapEncoding::Base64).unwrap();
    assert!(matches!(
        try_open(&mail, &w.amelie, &w.trust).unwrap_err(),
        sceau_smime::Error::UnsupportedAlgorithm { .. }
    ));
    // As a mail it is found by whoever looks for a receipt.
    let judged = opened(&sealed(&asking(), &w.amelie.sign, Profile::Default), &w.bruno);
    assert!(!verified(&mail, &judged, &w.trust).valid);
}

#[test]
fn the_attributes_of_rfc_4134_are_decoded() {
    let Some(vectors) = std::env::var_os("SCEAU_VECTORS").map(std::path::PathBuf::from) else {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, 1 case not run");
        return;
    };
    let der = std::fs::read(vectors.join("rfc4134/4.10.bin")).unwrap();
    let info = ContentInfo::read(&der).unwrap();
    let signed = SignedData::read(info.content).unwrap();
    let [signer] = signed.signers.as_slice() else { panic!("{} signers", signed.signers.len()) };
    let ess = signer.ess();
    assert_eq!(ess.unreadable, [""; 0]);
    assert_eq!(ess.content_hints.unwrap().description.as_deref(), Some("Content Hints Description Buffer"));
    assert_eq!(ess.content_reference.unwrap().content_type.to_string(), "1.2.3.4.5.6");
    let label = ess.security_label.unwrap();
    assert_eq!(label.classification, Some(1));
    assert_eq!(label.privacy_mark.as_deref(), Some("THIS IS A PRIVACY MARK TEST"));
    assert_eq!(label.categories[0].oid.to_string(), "1.2.3.4.5.6.7.888");
    assert_eq!(ess.equivalent_labels.len(), 2);
    let [list] = ess.ml_expansion_history.as_slice() else { panic!("{:?}", ess.ml_expansion_history) };
    assert_eq!(list.expanded_at.to_rfc3339(), "1999-03-11T10:44:33Z");
    assert!(matches!(&list.receipt_policy, Some(MlReceiptPolicy::InsteadOf(names)) if names[0].len() == 2));
}
