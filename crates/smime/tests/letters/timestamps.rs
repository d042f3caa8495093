//! Time-stamps of `openssl ts` over letters (RFC 3161), and countersignatures: what they prove and what they do not.

use std::process::Command;

use sceau_smime::ca::{Authority, CertificationRequest, Issue, Usage};
use sceau_smime::cms::sign::{Enclosure, sign};
use sceau_smime::crl::{Crl, RevocationReason};
use sceau_smime::letter::{Countersignature, Judged, LayerReport, OpenRequest, Timestamp, TrustSettings};
use sceau_smime::path::Anchors;
use sceau_smime::tsp::{MAX_TOKENS, TstInfo};
use sceau_smime::verdict::{SignatureVerdict, TimeSource};
use sceau_smime::{Algorithm, Certificate, Identity, PrivateKey, Trust, UnixTime};

use crate::beside::{attribute, children, der, fields, signature_value, with_unsigned};
use crate::big::open;
use crate::openssl::OpenSsl;
use crate::world::{AMELIE, NOW, identity, rng, world};

const TOKEN: [u8; 13] = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 14];
const COUNTERSIGNATURE: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 6];
const MESSAGE: &[u8] = b"From: amelie.roche@cabinet.example\r\n\r\nBonjour\r\n";

/// Authorities for time-stamps in a folder: `good`, `ended` and `wide` (not for time-stamps alone).
struct Tsa {
    openssl: OpenSsl,
}

const CONFIGURATION: &str = "
[ca]
default_ca = authority
[authority]
dir = .
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[good]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[wide]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = timeStamping, emailProtection
[req]
distinguished_name = none
[none]
[tsa]
default_tsa = stamps
[stamps]
serial = tsa-serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha1, sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
";

impl Tsa {
    fn find(cases: usize) -> Option<Self> {
        let tsa = Self { openssl: OpenSsl::find(cases)? };
        tsa.openssl.write("tsa.cnf", CONFIGURATION.as_bytes());
        for (name, start) in [("index.txt", ""), ("serial", "01"), ("tsa-serial", "01")] {
            tsa.openssl.write(name, start.as_bytes());
        }
        tsa.key("root");
        tsa.run("req -new -x509 -config tsa.cnf -extensions root -key root.key -subj /CN=Horloge -days 36500 -out root.crt");
        for (name, extensions, end) in [
            ("good", "good", "21241231235959Z"),
            ("ended", "good", "20250630235959Z"),
            ("wide", "wide", "21241231235959Z"),
        ] {
            tsa.key(name);
            tsa.run(&format!("req -new -config tsa.cnf -key {name}.key -subj /CN={name} -out {name}.csr"));
            tsa.run(&format!(
                "ca -batch -config tsa.cnf -cert root.crt -keyfile root.key -in {name}.csr -startdate 20250101000000Z -enddate {end} -extensions {extensions} -notext -out {name}.crt"
            ));
        }
        Some(tsa)
    }

    fn key(&self, name: &str) {
        self.run(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}.key"));
    }

    fn run(&self, arguments: &str) {
        let run = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(self.openssl.folder.path())
            .output()
            .unwrap();
        assert!(run.status.success(), "{arguments}: {}", String::from_utf8_lossy(&run.stderr));
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.openssl.path(name)).unwrap()
    }

    /// A token over the signature of a SignedData.
    fn token(&self, by: &str, digest: &str, stamped: &[u8]) -> Vec<u8> {
        self.openssl.write("stamped", stamped);
        self.run(&format!("ts -query -config tsa.cnf -data stamped -{digest} -cert -out query"));
        self.run(&format!(
            "ts -reply -config tsa.cnf -queryfile query -signer {by}.crt -inkey {by}.key -token_out -out token"
        ));
        self.read("token")
    }

    /// The same TSTInfo signed by somebody whom `openssl ts` would not let sign.
    fn token_signed_otherwise(&self, token: &[u8], by: &str, cades: bool) -> Vec<u8> {
        let info = tst_info(token);
        self.openssl.write("info", &info);
        let cades = if cades { " -cades" } else { "" };
        self.run(&format!(
            "cms -sign -binary -nodetach -econtent_type 1.2.840.113549.1.9.16.1.4 -in info -signer {by}.crt -inkey {by}.key -outform DER -out token{cades}"
        ));
        self.read("token")
    }

    fn trust(&self) -> TrustSettings {
        let root = Certificate::read_all(&self.read("root.crt")).unwrap();
        TrustSettings { tsa_anchors: Anchors::from_certificates(root), ..world().trust.clone() }
    }
}

/// The TSTInfo of a token in DER.
fn tst_info(token: &[u8]) -> Vec<u8> {
    let content = children(&fields(token)[2]);
    let octets = children(&content[1])[0].clone();
    let tlv = sceau_smime::cms::ber::Tlv::parse(&octets).unwrap();
    tlv.octets().unwrap().into_owned()
}

fn signed_by(signer: &Identity, at: UnixTime) -> Vec<u8> {
    sign(MESSAGE, Enclosure::Opaque, signer, signer.key.default_scheme(), at, &mut rng()).unwrap()
}

fn stamped(signed: &[u8], tokens: &[Vec<u8>]) -> Vec<u8> {
    with_unsigned(signed, &tokens.iter().map(|token| attribute(&TOKEN, token)).collect::<Vec<_>>())
}

fn judge(letter: &[u8], trust: &TrustSettings, now: UnixTime) -> Judged {
    open(&OpenRequest::new(letter, &[], &[], trust, now), &mut rng()).unwrap()
}

fn stamps(judged: &Judged) -> Vec<Timestamp> {
    let LayerReport::Signed(layer) = &judged.layers()[0] else { panic!("{judged:?}") };
    layer.timestamps.clone()
}

fn verdicts(judged: &Judged) -> Vec<(SignatureVerdict, Vec<&'static str>)> {
    let codes = |stamp: &Timestamp| stamp.reasons.iter().map(|note| note.code).collect();
    stamps(judged).iter().map(|stamp| (stamp.verdict, codes(stamp))).collect()
}

#[test]
fn a_token_gives_the_verdict_its_moment() {
    let Some(tsa) = Tsa::find(4) else { return };
    let signed = signed_by(&world().amelie.sign, NOW);
    for digest in ["sha256", "sha384", "sha512"] {
        let token = tsa.token("good", digest, &signature_value(&signed));
        let info = TstInfo::from_der(&tst_info(&token)).unwrap();
        // One second and a half of accuracy, rounded up.
        assert_eq!(info.latest, info.at.plus_seconds(2));
        let letter = stamped(&signed, &[token]);
        let now = NOW.max(info.latest);
        let judged = judge(&letter, &tsa.trust(), now);
        assert_eq!((judged.trust(), judged.time_source()), (Trust::Signed, TimeSource::Token), "{judged:?}");
        assert_eq!(judged.judged_at(), info.latest);
        assert_eq!(verdicts(&judged), [(SignatureVerdict::Valid, vec![])]);
        let report = serde_json::to_value(&judged).unwrap();
        assert_eq!(report["time_source"], "token");
        assert_eq!(report["layers"][0]["timestamps"][0]["policy"], "1.2.3.4.1");
        // Without anchors for time-stamps none is believed, and nothing is said of it.
        let judged = judge(&letter, &world().trust, now);
        assert_eq!((judged.trust(), judged.time_source()), (Trust::Signed, TimeSource::SigningTime));
        assert_eq!(verdicts(&judged), [(SignatureVerdict::Untrusted, vec!["no_path_to_anchor"])]);
        assert!(!judged.has_code("timestamp_unusable"));
    }
    let token = tsa.token("good", "sha1", &signature_value(&signed));
    let judged = judge(&stamped(&signed, &[token]), &tsa.trust(), NOW);
    assert_eq!(verdicts(&judged), [(SignatureVerdict::Unknown, vec!["algorithm_unsupported"])]);
    assert!(judged.has_code("timestamp_unusable"));
}

#[test]
fn tokens_that_prove_nothing_change_nothing() {
    let Some(tsa) = Tsa::find(9) else { return };
    let signed = signed_by(&world().amelie.sign, NOW);
    let value = signature_value(&signed);
    let good = tsa.token("good", "sha256", &value);
    let info = tst_info(&good);
    let now = NOW.max(TstInfo::from_der(&info).unwrap().latest);
    let mut tampered = good.clone();
    let at = tampered.windows(info.len()).position(|window| window == info).unwrap() + info.len() - 40;
    tampered[at] ^= 1;
    let mut wrong_signature = good.clone();
    *wrong_signature.last_mut().unwrap() ^= 1;
    let invalid = SignatureVerdict::Invalid;
    let untrusted = SignatureVerdict::Untrusted;
    let cases: Vec<(&str, Vec<u8>, SignatureVerdict, Option<&str>)> = vec![
        ("tampered", tampered, invalid, None),
        ("signature", wrong_signature, invalid, Some("bad_signature")),
        ("another", tsa.token("good", "sha256", b"something else"), invalid, Some("timestamp_mismatch")),
        ("content", tsa.token("good", "sha256", MESSAGE), invalid, Some("timestamp_mismatch")),
        ("ended", tsa.token("ended", "sha256", &value), untrusted, Some("certificate_expired")),
        ("wide", tsa.token_signed_otherwise(&good, "wide", true), untrusted, Some("timestamp_purpose")),
        ("unbound", tsa.token_signed_otherwise(&good, "good", false), invalid, Some("timestamp_invalid")),
        ("no token", der(0x30, &[&[5, 0]]), invalid, Some("timestamp_invalid")),
        ("letter", signed_by(&world().amelie.sign, NOW), invalid, Some("timestamp_invalid")),
    ];
    for (name, token, verdict, code) in cases {
        let judged = judge(&stamped(&signed, &[token]), &tsa.trust(), now);
        assert_eq!(
            (judged.trust(), judged.time_source()),
            (Trust::Signed, TimeSource::SigningTime),
            "{name}"
        );
        assert!(judged.has_code("timestamp_unusable"), "{name}");
        let [(found, codes)] = &verdicts(&judged)[..] else { panic!("{name}") };
        assert_eq!(*found, verdict, "{name}: {codes:?}");
        assert!(code.is_none_or(|code| codes == &[code]), "{name}: {codes:?}");
    }
    let stranger = TrustSettings {
        tsa_anchors: Anchors::from_certificates(vec![crate::world::certificate("stranger")]),
        ..world().trust.clone()
    };
    let judged = judge(&stamped(&signed, &[good]), &stranger, now);
    assert_eq!(verdicts(&judged), [(untrusted, vec!["no_path_to_anchor"])]);
    assert_eq!(judged.time_source(), TimeSource::SigningTime);
}

#[test]
fn of_two_tokens_the_earliest_valid_one_counts() {
    let Some(tsa) = Tsa::find(2) else { return };
    let signed = signed_by(&world().amelie.sign, NOW);
    let value = signature_value(&signed);
    let first = tsa.token("good", "sha256", &value);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let second = tsa.token("good", "sha512", &value);
    let at = |token: &[u8]| TstInfo::from_der(&tst_info(token)).unwrap().latest;
    assert!(at(&first) < at(&second));
    let now = NOW.max(at(&second));
    let bad = tsa.token("good", "sha256", b"something else");
    for order in [vec![first.clone(), second.clone()], vec![second.clone(), first.clone()]] {
        let judged = judge(&stamped(&signed, &order), &tsa.trust(), now);
        assert_eq!(judged.judged_at(), at(&first));
        assert_eq!(stamps(&judged).len(), 2);
    }
    let judged = judge(&stamped(&signed, &[bad.clone(), second.clone()]), &tsa.trust(), now);
    assert_eq!((judged.judged_at(), judged.time_source()), (at(&second), TimeSource::Token));
    assert!(!judged.has_code("timestamp_unusable"));
    let many = vec![bad; MAX_TOKENS + 3];
    assert_eq!(stamps(&judge(&stamped(&signed, &many), &tsa.trust(), now)).len(), MAX_TOKENS);
}

/// An authority of our own, so that its list can be of any moment.
pub(crate) fn certified(now: UnixTime) -> (Authority, Identity) {
    let mut authority = Authority::generate("Autorité", &[], now, &mut rng()).unwrap();
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let request = CertificationRequest::generate(&key, "Amélie", AMELIE, Usage::Sign, &mut rng()).unwrap();
    let issue = Issue { email: AMELIE, usage: Usage::Sign, days: 300 };
    let certificate = authority.issue(&request, issue, now, &mut rng()).unwrap();
    (authority, Identity::new(key, certificate, Vec::new()).unwrap())
}

#[test]
fn a_key_stolen_after_the_token_takes_nothing_back() {
    let Some(tsa) = Tsa::find(6) else { return };
    let probe = TstInfo::from_der(&tst_info(&tsa.token("good", "sha256", b"x"))).unwrap();
    let begin = probe.at.plus_seconds(-30 * UnixTime::DAY);
    let (authority, signer) = certified(begin);
    let signed = signed_by(&signer, probe.at);
    let token = tsa.token("good", "sha256", &signature_value(&signed));
    let moment = TstInfo::from_der(&tst_info(&token)).unwrap().latest;
    let letter = stamped(&signed, &[token]);
    let judged_after = |letter: &[u8], revoked: UnixTime, reason: RevocationReason, tsa_trusted: bool| {
        let mut authority = authority.clone();
        authority.revoke(&signer.certificate.serial_hex(), reason, revoked).unwrap();
        let now = moment.max(revoked).plus_seconds(UnixTime::DAY);
        let list = authority.crl(48, now.plus_seconds(-60), &mut rng()).unwrap();
        let anchor = authority.identity.certificate.clone();
        let mut trust = TrustSettings {
            anchors: Anchors::from_certificates(vec![anchor]),
            crls: Crl::read_all(&list).unwrap(),
            ..tsa.trust()
        };
        if !tsa_trusted {
            trust.tsa_anchors = Anchors::default();
        }
        judge(letter, &trust, now).trust()
    };
    let stolen = RevocationReason::KeyCompromise;
    let (before, after) = (moment.plus_seconds(-5), moment.plus_seconds(UnixTime::DAY));
    assert_eq!(judged_after(&letter, after, stolen, true), Trust::Signed);
    assert_eq!(judged_after(&letter, before, stolen, true), Trust::Broken);
    // Nothing proves the moment: the thief may have written it.
    assert_eq!(judged_after(&letter, after, stolen, false), Trust::Broken);
    assert_eq!(judged_after(&signed, after, stolen, true), Trust::Broken);
    let replaced = RevocationReason::Superseded;
    assert_eq!(judged_after(&signed, after, replaced, true), Trust::Signed);
    assert_eq!(judged_after(&letter, after, replaced, true), Trust::Signed);
}

/// A SignerInfo over a signature value, with messageDigest or without attributes.
fn countersigned(value: &[u8], signer: &Identity, with_attributes: bool) -> Vec<u8> {
    let scheme = signer.key.default_scheme();
    let digest = scheme.digest();
    let message_digest =
        attribute(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4], &der(4, &[&digest.hash(value)]));
    let (message, attributes) = match with_attributes {
        true => (der(0x31, &[&message_digest]), der(0xa0, &[&message_digest])),
        false => (value.to_vec(), Vec::new()),
    };
    let signature = signer.key.sign(scheme, &message, &mut rng()).unwrap();
    der(
        0x30,
        &[
            &[2, 1, 1],
            &signer.certificate.issuer_and_serial_der(),
            &digest.identifier_der(),
            &attributes,
            &scheme.identifier_der(),
            &der(4, &[&signature]),
        ],
    )
}

fn found(letter: &[u8]) -> (Trust, Vec<(SignatureVerdict, Vec<&'static str>)>) {
    let judged = judge(letter, &world().trust, NOW);
    let LayerReport::Signed(layer) = &judged.layers()[0] else { panic!("{judged:?}") };
    let codes = |one: &Countersignature| one.reasons.iter().map(|note| note.code).collect();
    (judged.trust(), layer.countersignatures.iter().map(|one| (one.verdict, codes(one))).collect())
}

#[test]
fn countersignatures_are_checked_and_decide_nothing() {
    let w = world();
    // The signature is randomised: countersign the one that goes out.
    let mut amelie = w.amelie.sign.clone();
    amelie.chain = [&w.bruno.sign, &w.chloe.sign, &identity("false-amelie")]
        .map(|other| other.certificate.clone())
        .to_vec();
    let signed = signed_by(&amelie, NOW);
    let value = signature_value(&signed);
    let with = |one: Vec<u8>| with_unsigned(&signed, &[attribute(&COUNTERSIGNATURE, &one)]);
    for signer in [&w.bruno.sign, &w.chloe.sign] {
        for with_attributes in [true, false] {
            let letter = with(countersigned(&value, signer, with_attributes));
            assert_eq!(found(&letter), (Trust::Signed, vec![(SignatureVerdict::Valid, vec![])]));
        }
    }
    let stranger = with(countersigned(&value, &identity("false-amelie"), true));
    assert_eq!(
        found(&stranger),
        (Trust::Signed, vec![(SignatureVerdict::Untrusted, vec!["no_path_to_anchor"])])
    );
    let other = with(countersigned(b"another signature", &w.bruno.sign, true));
    assert_eq!(found(&other), (Trust::Signed, vec![(SignatureVerdict::Invalid, vec!["digest_mismatch"])]));
    // Over the content it is no countersignature, and a good one saves no bad letter.
    let content = with(countersigned(MESSAGE, &w.bruno.sign, false));
    assert_eq!(found(&content), (Trust::Signed, vec![(SignatureVerdict::Invalid, vec!["bad_signature"])]));
    let moved = with_unsigned(
        &signed_by(&amelie, NOW),
        &[attribute(&COUNTERSIGNATURE, &countersigned(&value, &w.bruno.sign, true))],
    );
    assert_eq!(found(&moved), (Trust::Signed, vec![(SignatureVerdict::Invalid, vec!["digest_mismatch"])]));
    let unreadable = with(der(0x30, &[&[5, 0]]));
    assert_eq!(found(&unreadable), (Trust::Signed, vec![]));
    let text = String::from_utf8_lossy(MESSAGE).replace("Bonjour", "Bonsoir");
    let mut broken = with(countersigned(&value, &w.bruno.sign, true));
    let at = broken.windows(MESSAGE.len()).position(|window| window == MESSAGE).unwrap();
    broken[at..at + text.len()].copy_from_slice(text.as_bytes());
    assert_eq!(found(&broken), (Trust::Broken, vec![]));
}
