//! OCSP (RFC 6960): the samples of RustCrypto/formats, read and judged as their SOURCE.md says.

use std::path::Path;

use sceau_smime::crl::RevocationReason;
use sceau_smime::ocsp::{BasicAnswer, CertStatus, OcspRequest, OcspResponse, ResponderId, ResponseStatus};
use sceau_smime::{Certificate, Crl, PrivateKey, UnixTime};

use crate::vectors;

/// Files of the sample: 9 requests, 3 keys, a list, 3 certificates, 9 answers, 5 error reports.
const FILES: usize = 30;

struct Sample(std::path::PathBuf);

impl Sample {
    fn open(root: &Path) -> Self {
        Self(root.join("rustcrypto/ocsp"))
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap()
    }

    fn certificate(&self, name: &str) -> Certificate {
        Certificate::from_der(&self.bytes(&format!("rsa-2048-sha256-{name}.der"))).unwrap()
    }

    fn response(&self, name: &str) -> OcspResponse {
        OcspResponse::from_der(&self.bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn answer(&self, name: &str) -> BasicAnswer {
        self.response(name).answer().unwrap_or_else(|| panic!("{name}: no answer")).clone()
    }

    /// Which of the sample's two signers made the signature.
    fn signer(&self, answer: &BasicAnswer) -> Option<&'static str> {
        ["ca", "ocsp-crt"].into_iter().find(|name| {
            let key = self.certificate(name).public_key().unwrap();
            answer.verify_signed_by(&key, false).is_ok()
        })
    }
}

fn moment(text: &str) -> UnixTime {
    UnixTime::from_rfc3339(text).unwrap()
}

#[test]
fn every_file_is_read() {
    let Some(root) = vectors(FILES) else { return };
    let sample = Sample::open(&root);
    let mut counts = [0; 6];
    for entry in std::fs::read_dir(&sample.0).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let bytes = sample.bytes(&name);
        let kind = match name.as_str() {
            name if name.ends_with("-req.der") => {
                OcspRequest::from_der(&bytes).unwrap();
                0
            }
            name if name.ends_with("-key.der") => {
                PrivateKey::read(&bytes, None).unwrap();
                1
            }
            name if name.ends_with("-crl.der") => {
                Crl::from_der(&bytes).unwrap();
                2
            }
            name if name.ends_with("-ca.der") || name.ends_with("crt.der") => {
                Certificate::from_der(&bytes).unwrap();
                3
            }
            _ => {
                let response =
                    OcspResponse::from_der(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
                if response.answer().is_some() { 4 } else { 5 }
            }
        };
        counts[kind] += 1;
    }
    assert_eq!(counts, [9, 3, 1, 3, 9, 5]);
    assert_eq!(counts.iter().sum::<usize>(), FILES);
}

#[test]
fn error_reports_say_why_and_nothing_else() {
    let Some(root) = vectors(5) else { return };
    let sample = Sample::open(&root);
    for (name, status) in [
        ("ocsp-malformed.der", ResponseStatus::MalformedRequest),
        ("ocsp-internal-error.der", ResponseStatus::InternalError),
        ("ocsp-try-later.der", ResponseStatus::TryLater),
        ("ocsp-sig-required.der", ResponseStatus::SigRequired),
        ("ocsp-unauthorized.der", ResponseStatus::Unauthorized),
    ] {
        let response = sample.response(name);
        assert_eq!((response.status(), response.answer().is_none()), (status, true), "{name}");
    }
}

#[test]
fn requests_name_what_they_ask_about() {
    let Some(root) = vectors(9) else { return };
    let sample = Sample::open(&root);
    for (name, hash, ids, nonce, signed) in [
        ("sha1-certid-ocsp-req.der", "1.3.14.3.2.26", 1, false, false),
        ("sha224-certid-ocsp-req.der", "2.16.840.1.101.3.4.2.4", 1, false, false),
        ("sha256-certid-ocsp-req.der", "2.16.840.1.101.3.4.2.1", 1, false, false),
        ("sha384-certid-ocsp-req.der", "2.16.840.1.101.3.4.2.2", 1, false, false),
        ("sha512-certid-ocsp-req.der", "2.16.840.1.101.3.4.2.3", 1, false, false),
        ("ocsp-multiple-requests-req.der", "1.3.14.3.2.26", 8, false, false),
        ("ocsp-multiple-requests-nonce-req.der", "1.3.14.3.2.26", 8, true, false),
        ("ocsp-multiple-exts-clean-req.der", "1.3.14.3.2.26", 1, true, false),
        ("ocsp-signed-req.der", "1.3.14.3.2.26", 1, false, true),
    ] {
        let request = OcspRequest::from_der(&sample.bytes(name)).unwrap();
        let found =
            (request.ids[0].hash.to_string(), request.ids.len(), request.nonce.is_some(), request.signed);
        assert_eq!(found, (hash.to_owned(), ids, nonce, signed), "{name}");
    }
}

#[test]
fn certificates_are_named_by_every_hash() {
    let Some(root) = vectors(5) else { return };
    let sample = Sample::open(&root);
    let (authority, responder) = (sample.certificate("ca"), sample.certificate("ocsp-crt"));
    for hash in ["sha1", "sha224", "sha256", "sha384", "sha512"] {
        let request = OcspRequest::from_der(&sample.bytes(&format!("{hash}-certid-ocsp-req.der"))).unwrap();
        let mut id = request.ids[0].clone();
        // The sample asks about a serial number that no certificate of the sample has.
        assert!(!id.names(&responder, &authority), "{hash}");
        id.serial = responder.serial().to_vec();
        assert!(id.names(&responder, &authority), "{hash}");
        assert!(!id.names(&responder, &responder), "{hash}");
    }
}

/// Status counts (good, revoked, unknown), who says to have signed, and which key of the sample did.
type Facts = ((usize, usize, usize), bool, Option<&'static str>);

fn facts(sample: &Sample, answer: &BasicAnswer) -> Facts {
    let count = |wanted: fn(&CertStatus) -> bool| {
        answer.singles().iter().filter(|single| wanted(&single.status)).count()
    };
    let counts = (
        count(|status| *status == CertStatus::Good),
        count(|status| matches!(status, CertStatus::Revoked { .. })),
        count(|status| *status == CertStatus::Unknown),
    );
    (counts, matches!(answer.responder(), ResponderId::ByKey(_)), sample.signer(answer))
}

#[test]
fn answers_are_signed_by_whom_the_sample_says() {
    let Some(root) = vectors(8) else { return };
    let sample = Sample::open(&root);
    for (name, expected, named) in [
        ("rsa-2048-sha256-revoked-ocsp-res.der", ((0, 1, 0), false, Some("ocsp-crt")), Some("ocsp-crt")),
        ("ocsp-dtm-no-chain-res.der", ((1, 0, 0), false, Some("ocsp-crt")), Some("ocsp-crt")),
        // The authority signed in the responder's name: whoever is named did not sign.
        ("sha1-certid-ocsp-res.der", ((1, 0, 0), false, Some("ca")), Some("ocsp-crt")),
        ("sha256-certid-ocsp-res.der", ((1, 0, 0), false, Some("ca")), Some("ocsp-crt")),
        ("sha512-certid-ocsp-res.der", ((1, 0, 0), false, Some("ca")), Some("ocsp-crt")),
        ("ocsp-multiple-exts-res.der", ((1, 0, 0), false, Some("ca")), Some("ocsp-crt")),
        ("ocsp-multiple-responses-res.der", ((8, 0, 0), false, Some("ca")), Some("ocsp-crt")),
        // The key's hash is nobody's.
        ("ocsp-by-key-res.der", ((1, 0, 0), true, Some("ocsp-crt")), None),
    ] {
        let answer = sample.answer(name);
        assert_eq!(facts(&sample, &answer), expected, "{name}");
        let found = ["ca", "ocsp-crt", "crt"].into_iter().find(|who| answer.names(&sample.certificate(who)));
        assert_eq!(found, named, "{name}");
    }
}

#[test]
fn a_real_answer_of_many_certificates() {
    let Some(root) = vectors(1) else { return };
    let sample = Sample::open(&root);
    let answer = sample.answer("DODEMAILCA_63-resp.der");
    assert_eq!(answer.singles().len(), 20);
    assert_eq!(answer.produced_at(), moment("2023-11-07T18:42:37Z"));
    let [signer] = answer.certificates() else { panic!("one certificate") };
    assert!(answer.names(signer));
    assert_eq!(answer.verify_signed_by(&signer.public_key().unwrap(), false), Ok(()));
    let stolen =
        CertStatus::Revoked { at: moment("2022-09-26T21:56:03Z"), reason: RevocationReason::KeyCompromise };
    let single = answer.singles().iter().find(|single| single.id.serial == [0x07, 0xab, 0x86]).unwrap();
    assert_eq!(single.status, stolen);
    assert_eq!(single.this_update, moment("2023-11-07T08:00:00Z"));
    assert_eq!(single.next_update, Some(moment("2023-11-14T17:00:00Z")));
}

#[test]
fn damaged_answers_are_refused_without_panic() {
    let Some(root) = vectors(1) else { return };
    let sample = Sample::open(&root);
    let der = sample.bytes("rsa-2048-sha256-revoked-ocsp-res.der");
    let key = sample.certificate("ocsp-crt").public_key().unwrap();
    let whole = sample.answer("rsa-2048-sha256-revoked-ocsp-res.der");
    for at in 0..der.len() {
        let mut damaged = der.clone();
        damaged[at] ^= 0x55;
        if let Ok(response) = OcspResponse::from_der(&damaged)
            && let Some(answer) =
                response.answer().filter(|answer| answer.verify_signed_by(&key, false).is_ok())
        {
            // What is outside the signature may change; what was said may not.
            assert_eq!(answer.singles(), whole.singles(), "octet {at}");
        }
        assert!(OcspResponse::from_der(&der[..at]).is_err());
    }
}
