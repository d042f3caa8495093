//! Revocation lists and OCSP answers that travel in the letter itself.

use std::process::Command;

use sceau_smime::cms::sign::{Enclosure, sign};
use sceau_smime::crl::RevocationReason;
use sceau_smime::letter::{Judged, OpenRequest, TrustSettings};
use sceau_smime::ocsp::OcspResponse;
use sceau_smime::path::{Anchors, RevocationMode};
use sceau_smime::{Certificate, Identity, Trust, UnixTime};

use crate::beside::{der, with_lists};
use crate::big::open;
use crate::openssl::OpenSsl;
use crate::timestamps::certified;
use crate::vectors::read_identity;
use crate::world::{AMELIE, NOW, rng};

/// id-ri-ocsp-response (RFC 5940 §2).
const OCSP_IN_CMS: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x10, 2];

fn signed_by(signer: &Identity) -> Vec<u8> {
    let message = format!("From: {AMELIE}\r\n\r\nBonjour\r\n");
    let scheme = signer.key.default_scheme();
    sign(message.as_bytes(), Enclosure::Opaque, signer, scheme, NOW, &mut rng()).unwrap()
}

fn trust(root: &Certificate, revocation: RevocationMode) -> TrustSettings {
    let anchors = Anchors::from_certificates(vec![root.clone()]);
    TrustSettings { anchors, revocation, ..TrustSettings::default() }
}

fn judge(letter: &[u8], trust: &TrustSettings, now: UnixTime) -> Judged {
    open(&OpenRequest::new(letter, &[], &[], trust, now), &mut rng()).unwrap()
}

/// Letters without a list, with one, with one that somebody changed, and with one of the day after tomorrow.
#[test]
fn a_current_list_in_the_letter_answers_what_was_left_open() {
    let (mut authority, amelie) = certified(NOW);
    let root = authority.identity.certificate.clone();
    let bare = signed_by(&amelie);
    let list = authority.crl(24, NOW, &mut rng()).unwrap();
    let with_list = with_lists(&bare, &[&list]);
    let mut changed = list.clone();
    *changed.last_mut().unwrap() ^= 1;
    let with_changed = with_lists(&bare, &[&changed]);
    let late = NOW.plus_seconds(2 * UnixTime::DAY);
    let tomorrow = authority.crl(24, late, &mut rng()).unwrap();

    let required = trust(&root, RevocationMode::Require);
    assert_eq!(judge(&with_list, &required, NOW).trust(), Trust::Signed);
    for (letter, now) in [(&bare, NOW), (&with_changed, NOW), (&with_list, late)] {
        let judged = judge(letter, &required, now);
        assert_eq!(judged.trust(), Trust::Clear);
        assert!(judged.has_code("revocation_unknown"), "{judged:?}");
    }
    assert_eq!(judge(&with_lists(&bare, &[&list, &tomorrow]), &required, late).trust(), Trust::Signed);

    // Where nothing is required, what cannot be used takes nothing away.
    let if_given = trust(&root, RevocationMode::IfGiven);
    for (letter, now) in [(&bare, NOW), (&with_list, NOW), (&with_changed, NOW), (&with_list, late)] {
        assert_eq!(judge(letter, &if_given, now).trust(), Trust::Signed);
    }
}

#[test]
fn a_list_in_the_letter_that_revokes_is_believed_unless_revocation_is_off() {
    let (mut authority, amelie) = certified(NOW);
    let root = authority.identity.certificate.clone();
    let innocent = authority.crl(24, NOW, &mut rng()).unwrap();
    authority.revoke(&amelie.certificate.serial_hex(), RevocationReason::Superseded, NOW).unwrap();
    let list = authority.crl(24, NOW, &mut rng()).unwrap();
    // A list from before the revocation, which its holder would rather send along, lifts nothing.
    for lists in [&[list.as_slice()][..], &[&list, &innocent]] {
        let letter = with_lists(&signed_by(&amelie), lists);
        for mode in [RevocationMode::IfGiven, RevocationMode::Require] {
            let judged = judge(&letter, &trust(&root, mode), NOW);
            assert_eq!(judged.trust(), Trust::Clear);
            assert!(judged.has_code("certificate_revoked"), "{judged:?}");
        }
        assert_eq!(judge(&letter, &trust(&root, RevocationMode::Off), NOW).trust(), Trust::Signed);
    }
    let mut knowing = trust(&root, RevocationMode::Require);
    knowing.crls = sceau_smime::Crl::read_all(&list).unwrap();
    assert_eq!(judge(&with_lists(&signed_by(&amelie), &[&innocent]), &knowing, NOW).trust(), Trust::Clear);
}

#[test]
fn an_answer_of_openssl_in_the_letter_counts_as_a_list_does() {
    let Some(openssl) = OpenSsl::find(4) else { return };
    let run = |arguments: &str| {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(openssl.folder.path()).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    openssl.write(
        "leaf.ext",
        format!("subjectAltName=email:{AMELIE}\nkeyUsage=digitalSignature\nextendedKeyUsage=emailProtection")
            .as_bytes(),
    );
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    run(&format!("req -x509 {key} -subj /CN=Root -keyout root.key -out root.crt -days 36500"));
    run(&format!("req {key} -subj /CN=leaf -keyout leaf.key -out leaf.csr"));
    run(
        "x509 -req -in leaf.csr -CA root.crt -CAkey root.key -set_serial 1 -extfile leaf.ext -days 36500 -out leaf.crt",
    );
    run("ocsp -issuer root.crt -cert leaf.crt -reqout request");
    let root = Certificate::read_all(&std::fs::read(openssl.path("root.crt")).unwrap()).unwrap().remove(0);
    let bare = signed_by(&read_identity(openssl.path("leaf.key"), openssl.path("leaf.crt")));
    let required = trust(&root, RevocationMode::Require);
    for (line, expected, code) in [
        ("V\t21250101000000Z\t\t01\tunknown\t/CN=leaf\n", Trust::Signed, None),
        (
            "R\t21250101000000Z\t260101000000Z\t01\tunknown\t/CN=leaf\n",
            Trust::Clear,
            Some("certificate_revoked"),
        ),
    ] {
        openssl.write("index", line.as_bytes());
        run(
            "ocsp -index index -CA root.crt -rsigner root.crt -rkey root.key -reqin request -ndays 10 -respout answer",
        );
        let answer = std::fs::read(openssl.path("answer")).unwrap();
        let now = OcspResponse::from_der(&answer).unwrap().answer().unwrap().produced_at();
        let letter = with_lists(&bare, &[&der(0xa1, &[&OCSP_IN_CMS, &answer])]);
        let judged = judge(&letter, &required, now);
        assert_eq!(judged.trust(), expected, "{judged:?}");
        assert!(code.is_none_or(|code| judged.has_code(code)), "{judged:?}");
        let late = judge(&letter, &required, now.plus_seconds(11 * UnixTime::DAY));
        assert!(late.has_code("revocation_unknown"), "{late:?}");
    }
}
