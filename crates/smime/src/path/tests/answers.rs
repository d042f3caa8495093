//! Who may answer for an authority, and what an answer does (RFC 6960).

use super::world::{
    By, GOOD, NOW, Says, UNKNOWN, answer, by_key, by_name, certificate, judge, list, person, revoked, root,
};
use crate::crl::{Crl, RevocationReason};
use crate::ocsp::OcspResponse;
use crate::oids;
use crate::path::{Anchors, PathError, RevocationMode, RevocationState, Validation};
use crate::time::UnixTime;
use crate::x509::Certificate;
use crate::x509::build::extension;
use crate::{asn1, path};

/// A responder's certificate for key 2.
fn responder(issuer: By<'_>, purposes: &[const_oid::ObjectIdentifier], more: Vec<Vec<u8>>) -> Certificate {
    let ids: Vec<Vec<u8>> = purposes.iter().map(|id| asn1::oid(*id)).collect();
    let mut extensions =
        vec![extension(oids::EXT_KEY_USAGE, false, &asn1::tlv(asn1::SEQUENCE, &ids.concat()))];
    extensions.extend(more);
    certificate(By("responder", 2), issuer, 9, extensions)
}

fn nocheck() -> Vec<u8> {
    extension(oids::OCSP_NOCHECK, false, &asn1::null())
}

/// What is known of the person with serial number 3 from answers and lists, `late` seconds from now.
fn known(
    answers: &[OcspResponse],
    crls: &[Crl],
    mode: RevocationMode,
    late: i64,
) -> Result<RevocationState, PathError> {
    let anchors = Anchors::from_certificates(vec![root()]);
    let validation = Validation {
        ocsp: answers,
        crls,
        revocation: mode,
        ..Validation::for_email(&anchors, NOW.plus_seconds(late))
    };
    judge(&person(3), &validation).map(|path| path.revocation)
}

fn required(answers: &[OcspResponse]) -> Result<RevocationState, PathError> {
    known(answers, &[], RevocationMode::Require, 0)
}

fn says(status: &[u8], from: i64) -> [Says<'static>; 1] {
    let leak = |certificate: Certificate| -> &'static Certificate { Box::leak(Box::new(certificate)) };
    [Says { about: leak(person(3)), issuer: leak(root()), status: status.to_vec(), from }]
}

fn is_unknown(result: &Result<RevocationState, PathError>) -> bool {
    matches!(result, Err(PathError::RevocationUnknown { .. }))
}

#[test]
fn the_authority_answers_itself_by_name_or_key() {
    for id in [by_name("root"), by_key(0)] {
        assert_eq!(required(&[answer(&says(&GOOD, -60), &id, 0, &[])]), Ok(RevocationState::Good));
    }
    // Named right and signed by another key, or signed right in another's name.
    assert!(is_unknown(&required(&[answer(&says(&GOOD, -60), &by_name("root"), 1, &[])])));
    assert!(is_unknown(&required(&[answer(&says(&GOOD, -60), &by_key(1), 0, &[])])));
}

#[test]
fn a_responder_answers_only_when_the_authority_itself_made_it_one() {
    let root = By("root", 0);
    let good =
        |certificate: &Certificate| required(&[answer(&says(&GOOD, -60), &by_key(2), 2, &[certificate])]);
    assert_eq!(good(&responder(root, &[oids::OCSP_SIGNING], vec![nocheck()])), Ok(RevocationState::Good));
    assert!(is_unknown(&good(&responder(root, &[oids::EMAIL_PROTECTION], vec![nocheck()]))));
    assert!(is_unknown(&good(&responder(root, &[oids::ANY_EXTENDED_KEY_USAGE], vec![nocheck()]))));
    assert!(is_unknown(&good(&responder(By("root", 1), &[oids::OCSP_SIGNING], vec![nocheck()]))));
    assert!(is_unknown(&good(&responder(By("other", 0), &[oids::OCSP_SIGNING], vec![nocheck()]))));
    let critical = extension(path::tests::world::oid("1.2.3.4"), true, &asn1::null());
    assert!(is_unknown(&good(&responder(root, &[oids::OCSP_SIGNING], vec![nocheck(), critical]))));
}

#[test]
fn a_responder_is_checked_where_it_says_so() {
    let root = By("root", 0);
    let place = extension(oids::AUTHORITY_INFO_ACCESS, false, &asn1::sequence(&[]));
    let unchecked = responder(root, &[oids::OCSP_SIGNING], vec![]);
    let checked = responder(root, &[oids::OCSP_SIGNING], vec![place]);
    let with = |certificate: &Certificate, crls: &[Crl], mode| {
        let answers = [answer(&says(&GOOD, -60), &by_name("responder"), 2, &[certificate])];
        known(&answers, crls, mode, 0)
    };
    let require = RevocationMode::Require;
    assert_eq!(with(&unchecked, &[], require), Ok(RevocationState::Good));
    assert!(is_unknown(&with(&checked, &[], require)));
    assert_eq!(with(&checked, &[], RevocationMode::IfGiven), Ok(RevocationState::Good));
    // A list that covers the responder is heeded in both cases; here it also covers the person.
    let revoking = list(root, 1, None, -60, &[(9, 1)]);
    let late = list(root, 1, None, -3 * UnixTime::DAY, &[(9, 1)]);
    assert_eq!(with(&checked, &[list(root, 1, None, -60, &[])], require), Ok(RevocationState::Good));
    for certificate in [&unchecked, &checked] {
        assert!(is_unknown(&with(certificate, std::slice::from_ref(&late), require)));
        assert_eq!(with(certificate, std::slice::from_ref(&revoking), require), Ok(RevocationState::Good));
    }
}

#[test]
fn answers_run_out() {
    let good = [answer(&says(&GOOD, -60), &by_name("root"), 0, &[])];
    let end = UnixTime::DAY - 60;
    let at = |late| known(&good, &[], RevocationMode::IfGiven, late);
    assert_eq!(at(end), Ok(RevocationState::Good));
    let since = Some(NOW.plus_seconds(end));
    assert_eq!(at(end + 1), Ok(RevocationState::Unknown { since }));
    // One from the future is none.
    assert_eq!(at(-120), Ok(RevocationState::NotChecked));
}

#[test]
fn revocations_count_whoever_tells_them() {
    let root = By("root", 0);
    let of = |status: &[u8], from| answer(&says(status, from), &by_name("root"), 0, &[]);
    let reason = |result| match result {
        Err(PathError::Revoked { reason, .. }) => Some(reason),
        _ => None,
    };
    use RevocationReason::{CertificateHold, KeyCompromise, Superseded};
    assert_eq!(reason(required(&[of(&revoked(4), -60)])), Some(Superseded));
    let clean = [list(root, 1, None, -30, &[])];
    let both = |answers: &[OcspResponse]| known(answers, &clean, RevocationMode::Require, 0);
    assert_eq!(reason(both(&[of(&revoked(1), -60)])), Some(KeyCompromise));
    // A later list lifts a suspension, an earlier one does not.
    assert_eq!(both(&[of(&revoked(6), -60)]), Ok(RevocationState::Good));
    assert_eq!(reason(both(&[of(&revoked(6), -20)])), Some(CertificateHold));
    let held = [list(root, 1, None, -60, &[(3, 6)])];
    let lifted = known(&[of(&GOOD, -30)], &held, RevocationMode::Require, 0);
    assert_eq!(lifted, Ok(RevocationState::Good));
}

#[test]
fn a_responder_that_does_not_know_says_nothing() {
    assert!(is_unknown(&required(&[answer(&says(&UNKNOWN, -60), &by_name("root"), 0, &[])])));
    let other = [Says { about: &person(4), issuer: &root(), status: GOOD.to_vec(), from: -60 }];
    let about_another = answer(&other, &by_name("root"), 0, &[]);
    assert_eq!(known(&[about_another], &[], RevocationMode::IfGiven, 0), Ok(RevocationState::NotChecked));
}

/// The published sample has no certificate with the serial number that its answer revokes; its key is public, so we make one.
#[test]
fn the_sample_of_rustcrypto_revokes_serial_3_at_its_time() {
    let Some(root) = std::env::var_os("SCEAU_VECTORS") else {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, 1 case not run");
        return;
    };
    let sample =
        |name: &str| std::fs::read(std::path::Path::new(&root).join("rustcrypto/ocsp").join(name)).unwrap();
    let authority = Certificate::from_der(&sample("rsa-2048-sha256-ca.der")).unwrap();
    let signing = crate::key::PrivateKey::read(&sample("rsa-2048-sha256-ca-key.der"), None).unwrap();
    let at = UnixTime::from_rfc3339("2023-11-14T22:13:20Z").unwrap();
    let public = super::world::key(4).public_key();
    let issue = |serial: u8| {
        let template = crate::x509::build::Template {
            serial: &[serial],
            issuer: authority.subject(),
            subject: &crate::name::Name::from_common_name("somebody"),
            not_before: at,
            not_after: at.plus_seconds(UnixTime::DAY),
            spki: public.spki_der(),
            extensions: vec![crate::x509::build::email_protection()],
        };
        template.sign(&signing, &mut super::world::rng()).unwrap()
    };
    let anchors = Anchors::from_certificates(vec![authority.clone()]);
    let ocsp = [OcspResponse::from_der(&sample("rsa-2048-sha256-revoked-ocsp-res.der")).unwrap()];
    let found = |serial| {
        let validation = Validation { ocsp: &ocsp, ..Validation::for_email(&anchors, at) };
        judge(&issue(serial), &validation).map(|path| path.revocation)
    };
    assert_eq!(found(2), Ok(RevocationState::NotChecked));
    assert!(matches!(found(3), Err(PathError::Revoked { reason: RevocationReason::Unspecified, .. })));
}
