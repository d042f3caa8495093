//! Foreign letters, opened whole.

use std::path::PathBuf;

use sceau_mime as mime;
use sceau_smime::cms::sign::Enclosure;
use sceau_smime::letter::{
    LayerReport, OpenRequest, Profile, Recipient, SealRequest, TrustSettings, seal, sign_entity,
};
use sceau_smime::path::Anchors;
use sceau_smime::{Certificate, Error, Identity, PrivateKey, Trust, UnixTime};

use crate::big::open;
use crate::world::{NOW, rng};

pub(crate) fn vectors(suite: &str, cases: usize) -> Option<PathBuf> {
    let found = std::env::var_os("SCEAU_VECTORS").map(|folder| PathBuf::from(folder).join(suite));
    if found.is_none() {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, {cases} cases of {suite} not run");
    }
    found
}

pub(crate) fn read_identity(key: PathBuf, certificate: PathBuf) -> Identity {
    let key = PrivateKey::read(&std::fs::read(key).unwrap(), None).unwrap();
    let certificate = Certificate::read_all(&std::fs::read(certificate).unwrap()).unwrap().remove(0);
    Identity::new(key, certificate, Vec::new()).unwrap()
}

/// 2020-12-14T07:17:05Z, when the sample was signed.
pub(crate) const KIM_TIME: UnixTime = UnixTime(1_607_930_225);

/// The field a KIM client adds.
const KIM_FIELD: &str = "X-KIM-Dienstkennung: KIM-Mail;Default;V1.0\n";

#[test]
fn the_kim_sample_opens_down_to_its_inner_letter() {
    let Some(kim) = vectors("kim", 4) else { return };
    let given = std::fs::read_to_string(kim.join("message/inputEmail.txt")).unwrap();
    let trust = TrustSettings::default();
    let own = vec!["musterempfaenger@komle.de".to_owned()];
    for (who, name) in [("recipientA", "hci-enc-2-kim-bsp"), ("recipientB", "hci-enc-3-kim-bsp")] {
        let folder = kim.join(who);
        let identity = read_identity(folder.join(format!("{name}.prv")), folder.join(format!("{name}.crt")));
        for stage in ["inputEmail.txt.04.encryptedcms", "inputEmail.txt.05.encryptedwrap"] {
            let bytes = std::fs::read(kim.join("message").join(stage)).unwrap();
            let keys = [identity.clone()];
            let mut request = OpenRequest::new(&bytes, &keys, &own, &trust, KIM_TIME);
            request.keep_layers = true;
            let judged = open(&request, &mut rng()).unwrap();
            let stages = ["inputEmail.txt.03.signedwrap", "inputEmail.txt.01.rfc822wrap"];
            for (held, stage) in judged.layer_contents().zip(stages) {
                assert!(held == std::fs::read(kim.join("message").join(stage)).unwrap(), "{stage}");
            }
            assert_eq!(judged.layer_contents().count(), 3);
            // The signing client wrote CR LF and added one field of its own (stage 01); nothing else differs.
            let message = String::from_utf8(judged.message().to_vec()).unwrap();
            assert_eq!(message.replace("\r\n", "\n").replacen(KIM_FIELD, "", 1), given, "{who} {stage}");
            let wrapped = std::fs::read(kim.join("message/inputEmail.txt.01.rfc822wrap")).unwrap();
            assert!(wrapped.ends_with(message.as_bytes()));
            assert!(judged.has_code("repaired_line_ends"));
            assert_eq!(judged.trust(), Trust::SealedUnverified);
            assert_eq!(judged.trust().exit_code(), 1);
            assert!(judged.has_code("no_path_to_anchor"), "{judged:?}");
            assert_eq!(judged.letter().text.trim_end(), "This is a message just to say hello.");
            assert_eq!(judged.letter().subject, "Saying Hello");
            let [LayerReport::Encrypted(outside), LayerReport::Signed(inside)] = judged.layers() else {
                panic!("{:?}", judged.layers());
            };
            assert_eq!((outside.cipher, outside.key.as_str()), ("aes-256-gcm", "rsa-oaep-sha256"));
            assert_eq!(inside.algorithm.as_deref(), Some("rsa-pss-sha256"));
            assert_eq!(inside.signing_time, Some(KIM_TIME));
        }
    }
    let nobody = std::fs::read(kim.join("message/inputEmail.txt.04.encryptedcms")).unwrap();
    let refused = open(&OpenRequest::new(&nobody, &[], &own, &trust, KIM_TIME), &mut rng());
    assert_eq!(refused.unwrap_err(), Error::NotForThisKey);
}

#[test]
fn rfc_4134_mails_are_read_and_never_confirmed() {
    let Some(folder) = vectors("rfc4134", 3) else { return };
    let carl = Certificate::from_der(&std::fs::read(folder.join("CarlRSASelf.cer")).unwrap()).unwrap();
    let trust = TrustSettings { anchors: Anchors::from_certificates(vec![carl]), ..TrustSettings::default() };
    let bob = read_identity(folder.join("BobPrivRSAEncrypt.pri"), folder.join("BobRSASignByCarl.cer"));
    let keys = [bob];
    let content = std::fs::read(folder.join("ExContent.bin")).unwrap();
    // Code without the legacy switch, and with it.
    for (file, trust_expected, codes) in [
        ("4.8.eml", Trust::Clear, ["legacy_refused", "legacy_algorithm"]),
        ("4.9.eml", Trust::Clear, ["legacy_refused", "legacy_algorithm"]),
        ("5.3.eml", Trust::SealedUnverified, ["legacy_cipher"; 2]),
    ] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let mut request = OpenRequest::new(&bytes, &keys, &[], &trust, NOW);
        for (danger_legacy, code) in [false, true].into_iter().zip(codes) {
            request.danger_legacy = danger_legacy;
            let judged = open(&request, &mut rng()).unwrap();
            assert_eq!(judged.trust(), trust_expected, "{file}");
            assert!(judged.has_code(code), "{file} {judged:?}");
            let shown = String::from_utf8_lossy(judged.message()).into_owned();
            assert!(shown.contains(std::str::from_utf8(&content).unwrap()), "{file} {shown:?}");
        }
    }
}

#[test]
fn legacy_signatures_are_refused_or_marked() {
    let Some(folder) = vectors("rfc4134", 2) else { return };
    let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
    let carl = Certificate::from_der(&read("CarlRSASelf.cer")).unwrap();
    let alice = Certificate::from_der(&read("AliceRSASignByCarl.cer")).unwrap();
    let trust = TrustSettings {
        anchors: Anchors::from_certificates(vec![carl]),
        intermediates: vec![alice],
        ..TrustSettings::default()
    };
    let bytes = read("4.2.bin");
    let mut request = OpenRequest::new(&bytes, &[], &[], &trust, NOW);
    let refused = open(&request, &mut rng()).unwrap();
    assert_eq!(refused.trust(), Trust::Clear);
    assert!(refused.has_code("legacy_refused"));
    request.danger_legacy = true;
    let marked = open(&request, &mut rng()).unwrap();
    assert_eq!(marked.trust(), Trust::Clear);
    assert!(marked.has_code("legacy_algorithm"), "{marked:?}");
}

#[test]
fn the_rfc_9216_people_exchange_letters() {
    let Some(folder) = vectors("rfc9216", 3) else { return };
    let file = |name: &str| folder.join(name);
    let anchor = Certificate::read_all(&std::fs::read(file("rsa-ca.crt")).unwrap()).unwrap();
    let trust = TrustSettings { anchors: Anchors::from_certificates(anchor), ..TrustSettings::default() };
    let alice = read_identity(file("alice.sign.key"), file("alice.sign.crt"));
    let bob = [read_identity(file("bob.encrypt.key"), file("bob.encrypt.crt"))];
    let mut draft = mime::Draft::new(
        mime::Address::bare("alice@smime.example"),
        mime::Date::utc(NOW.0),
        "1@smime.example",
    );
    draft.to = vec![mime::Address::bare("bob@smime.example")];
    draft.subject = "Hello".to_owned();
    draft.text = "Bob, it works.".to_owned();
    let own = vec!["bob@smime.example".to_owned()];
    let recipients =
        [Recipient { certificate: bob[0].certificate.clone(), address: own[0].clone(), capabilities: None }];
    for profile in [Profile::Default, Profile::Compat] {
        let request = SealRequest { draft: &draft, signer: &alice, recipients: &recipients, profile };
        let sealed = seal(&request, NOW, &mut rng()).unwrap();
        let judged = open(&OpenRequest::new(&sealed.eml, &bob, &own, &trust, NOW), &mut rng()).unwrap();
        assert_eq!(judged.trust(), Trust::SealedSigned, "{judged:?}");
        assert_eq!(judged.letter().text.trim_end(), "Bob, it works.");
        assert!(judged.warnings().is_empty(), "{judged:?}");
    }
    let entity = b"From: alice@smime.example\r\nSubject: Hello\r\n\r\nBob, it works.\r\n";
    let scheme = alice.key.default_scheme();
    let signed = sign_entity(entity, Enclosure::Detached, &alice, scheme, &[], NOW, &mut rng()).unwrap();
    let judged = open(&OpenRequest::new(&signed, &[], &[], &trust, NOW), &mut rng()).unwrap();
    assert_eq!(judged.trust(), Trust::Signed);
}

/// Carlos signs with Ed25519, opaque and detached; Bob opens with RSA and trusts the other authority.
#[test]
fn the_rfc_9216_people_sign_with_ed25519() {
    let Some(folder) = vectors("rfc9216", 2) else { return };
    let file = |name: &str| folder.join(name);
    let anchor = Certificate::read_all(&std::fs::read(file("ed25519-ca.crt")).unwrap()).unwrap();
    let trust = TrustSettings { anchors: Anchors::from_certificates(anchor), ..TrustSettings::default() };
    let carlos = read_identity(file("carlos.sign.key"), file("carlos.sign.crt"));
    let bob = [read_identity(file("bob.encrypt.key"), file("bob.encrypt.crt"))];
    let date = mime::Date::utc(NOW.0);
    let mut draft = mime::Draft::new(mime::Address::bare("carlos@smime.example"), date, "2@smime.example");
    draft.to = vec![mime::Address::bare("bob@smime.example")];
    draft.text = "Bob, this is Carlos.".to_owned();
    let own = vec!["bob@smime.example".to_owned()];
    let recipients =
        [Recipient { certificate: bob[0].certificate.clone(), address: own[0].clone(), capabilities: None }];
    for profile in [Profile::Default, Profile::Compat] {
        let request = SealRequest { draft: &draft, signer: &carlos, recipients: &recipients, profile };
        let sealed = seal(&request, NOW, &mut rng()).unwrap();
        let judged = open(&OpenRequest::new(&sealed.eml, &bob, &own, &trust, NOW), &mut rng()).unwrap();
        assert_eq!(judged.trust(), Trust::SealedSigned, "{judged:?}");
        assert_eq!(judged.letter().text.trim_end(), "Bob, this is Carlos.");
    }
}
