//! `sceau seal`, `open` and `verify`, alone and against `openssl cms`.

use sceau_smime::Crl;
use sceau_smime::key::DigestAlgorithm;

use crate::bench::{Bench, codes};

const TEXT: &str = "Éloïse va mieux.\nCordialement\n";

/// An authority, Anne and Bernard, and a letter from her to him.
fn practice() -> Bench {
    let bench = Bench::new();
    bench.authority();
    bench.person("anne", "");
    bench.person("bernard", "");
    bench.write("mail.eml", mail("bernard@clinique.example").as_bytes());
    bench
}

fn mail(to: &str) -> String {
    format!(
        "From: Anne <anne@clinique.example>\r\nTo: <{to}>\r\nSubject: Compte rendu\r\n\
         Date: Mon, 23 Nov 2026 09:00:00 +0100\r\nMessage-ID: <1@clinique.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{}\r\n--b\r\nContent-Type: application/pdf; name=\"r.pdf\"\r\n\
         Content-Disposition: attachment; filename=\"r.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n",
        TEXT.replace('\n', "\r\n")
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_letter_goes_and_arrives() {
    let bench = practice();
    for profile in ["default", "compat"] {
        let seal =
            format!("seal --from anne.p12 --to bernard.pem --in mail.eml --profile {profile} --out s.eml");
        bench.sceau(&seal).expect(0);
        let sealed = String::from_utf8(bench.read("s.eml")).unwrap();
        assert!(!sealed.contains("Compte rendu") && sealed.contains("Subject: [...]"));
        let open = "open --json --key bernard.p12 --self bernard@clinique.example --trust ca.pem --out got --raw raw s.eml";
        let report = bench.sceau(open).expect(0).json();
        assert_eq!(report["trust"], "sealed_signed", "{profile}");
        assert_eq!(report["subject"], "Compte rendu");
        assert_eq!(report["layers"][0]["authenticated"], profile == "default");
        assert_eq!(report["layers"][1]["signer"]["emails"][0], "anne@clinique.example");
        assert_eq!(report["parts"][0]["sha256"], hex(&DigestAlgorithm::Sha256.hash(&[0, 1, 2])));
        assert_eq!(bench.read("got/parts/01-r.pdf"), [0, 1, 2]);
        assert_eq!(bench.read("got/text.txt"), TEXT.as_bytes());
        // The envelope held what its digest says, and the innermost layer the letter.
        let sealed_content = DigestAlgorithm::Sha256.hash(&bench.read("raw/layer-01.bin"));
        assert_eq!(report["layers"][0]["content_sha256"], hex(&sealed_content));
        assert_eq!(bench.read("raw/layer-02.bin"), bench.read("got/message.eml"));
        // Nobody else, and nobody without trust.
        let other = bench.sceau("open --json --key anne.p12 --trust ca.pem s.eml").expect(2);
        assert_eq!(other.json()["error"]["code"], "not_for_this_key");
        let untrusted = bench.sceau("open --json --key bernard.p12 s.eml").expect(1).json();
        assert_eq!(untrusted["trust"], "sealed_unverified");
        assert!(codes(&untrusted["layers"][1]["reasons"]).contains(&"no_path_to_anchor"));
        let text = bench.sceau("open --key bernard.p12 --trust ca.pem s.eml").expect(0);
        assert_eq!(text.text(), TEXT);
        assert!(text.stderr.starts_with("Scellé et signé (sealed_signed): anne"), "{}", text.stderr);
    }
}

#[test]
fn every_copy_has_its_file() {
    let bench = practice();
    bench.person("claire", " --single");
    bench
        .sceau("seal --from anne.p12 --to bernard.pem --bcc claire.pem --in mail.eml --out letters/")
        .expect(0);
    let open = |key: &str, file: &str| {
        bench.sceau(&format!("open --json --key {key}.p12 --trust ca.pem letters/{file}"))
    };
    assert_eq!(open("bernard", "main.eml").expect(0).json()["bcc"], serde_json::json!([]));
    open("claire", "main.eml").expect(2);
    open("bernard", "bcc-1.eml").expect(2);
    for (key, file) in [("claire", "bcc-1.eml"), ("anne", "sent.eml")] {
        let report = open(key, file).expect(0).json();
        assert_eq!(report["trust"], "sealed_signed");
        assert!(report["bcc"][0].as_str().unwrap().contains("claire@clinique.example"));
    }
    let main = String::from_utf8(bench.read("letters/main.eml")).unwrap();
    assert!(!main.contains("claire"));
    // One file cannot hold several copies.
    bench
        .sceau("seal --from anne.p12 --to bernard.pem --bcc claire.pem --in mail.eml --out one.eml")
        .expect(3);
}

#[test]
fn certificates_and_addresses_must_match() {
    let bench = practice();
    bench.write("other.eml", mail("claire@clinique.example").as_bytes());
    let run = bench.sceau("seal --from anne.p12 --to bernard.pem --in other.eml --out o.eml").expect(3);
    assert!(run.stderr.contains("claire@clinique.example"), "{}", run.stderr);
    bench.sceau("seal --from anne.p12 --in mail.eml --out o.eml").expect(3);
    bench.sceau("seal --from bernard.p12 --to bernard.pem --in mail.eml --out o.eml").expect(3);
    assert!(!bench.path("o.eml").exists());
    let danger =
        "seal --from anne.p12 --to bernard.pem --in other.eml --out o.eml --danger-recipient-mismatch";
    bench.sceau(danger).expect(0);
    let report =
        bench.sceau("open --json --key bernard.p12 --self bernard@clinique.example --trust ca.pem o.eml");
    assert!(codes(&report.expect(0).json()["warnings"]).contains(&"not_addressed_to_reader"));
}

#[test]
fn a_revoked_signer_is_not_confirmed() {
    let bench = practice();
    bench.sceau("seal --from anne.p12 --to bernard.pem --in mail.eml --out s.eml").expect(0);
    let state: serde_json::Value = serde_json::from_slice(&bench.read("ca.p12.state")).unwrap();
    let serial = state["issued"][0]["serial"].as_str().unwrap().to_owned();
    bench.sceau("ca crl --ca ca.p12 --out good.crl").expect(0);
    bench.sceau(&format!("ca revoke --ca ca.p12 --serial {serial} --reason keyCompromise")).expect(0);
    bench.sceau("ca crl --ca ca.p12 --out bad.crl").expect(0);
    let open = |crl: &str| {
        bench.sceau(&format!(
            "open --json --key bernard.p12 --trust ca.pem --crl {crl} --revocation require s.eml"
        ))
    };
    assert_eq!(open("good.crl").expect(0).json()["trust"], "sealed_signed");
    assert_eq!(open("bad.crl").expect(1).json()["trust"], "broken");
    bench.sceau("open --key bernard.p12 --trust ca.pem --revocation require s.eml").expect(1);
}

#[test]
fn a_list_that_ran_out_confirms_nobody() {
    let bench = practice();
    bench.sceau("seal --from anne.p12 --to bernard.pem --in mail.eml --out s.eml").expect(0);
    bench.sceau("ca crl --ca ca.p12 --hours 1 --out list.crl").expect(0);
    let open =
        |more: &str| bench.sceau(&format!("open --json --key bernard.p12 --trust ca.pem {more} s.eml"));
    assert_eq!(open("--crl list.crl").expect(0).json()["trust"], "sealed_signed");
    let list = Crl::read_all(&bench.read("list.crl")).unwrap().remove(0);
    let later = list.next_update().unwrap().plus_seconds(3_600).to_rfc3339();
    assert_eq!(open(&format!("--at {later}")).expect(0).json()["trust"], "sealed_signed");
    assert_eq!(
        open(&format!("--at {later} --crl list.crl --revocation off")).expect(0).json()["trust"],
        "sealed_signed"
    );
    let report = open(&format!("--at {later} --crl list.crl")).expect(1).json();
    assert_eq!(report["trust"], "sealed_unverified");
    assert_eq!(report["layers"][1]["verdict"], "untrusted");
    let reason = &report["layers"][1]["reasons"][0];
    assert_eq!(reason["code"], "revocation_not_current");
    assert!(reason["text"].as_str().unwrap().contains("Unknown since 20"), "{reason}");
}

/// A certificate of Bernard's that nobody issued, with what the lines add to it.
fn self_signed(bench: &Bench, key: &str, lines: &str) {
    let config = format!(
        "[req]\ndistinguished_name=dn\nx509_extensions=e\n[dn]\n[e]\nbasicConstraints=CA:FALSE\n\
         subjectAltName=email:bernard@clinique.example\n{lines}\n"
    );
    bench.write("self.cnf", config.as_bytes());
    bench.openssl(&format!(
        "req -x509 -config self.cnf -newkey {key} -nodes -keyout self.key -out self.pem -subj /CN=b -days 10"
    ));
}

/// Sealed to the composite key, signed with ML-DSA; a classical key is refused, for the sender's copy too.
#[test]
fn letters_safe_against_quantum_computers() {
    let bench = practice();
    for (name, algorithm) in [("pia", "ml-dsa-65"), ("paul", "ml-dsa-65")] {
        let email = format!("{name}@clinique.example");
        let new = format!("key new --name {name} --email {email} --algorithm {algorithm} --out {name}.p12");
        bench.write(&format!("{name}.pem"), &bench.sceau(&new).expect(0).stdout);
    }
    let letter = mail("paul@clinique.example").replace("anne@", "pia@");
    bench.write("pq.eml", letter.as_bytes());
    bench.sceau("seal --profile pq --from pia.p12 --to paul.pem --in pq.eml --out copies/").expect(0);
    for (copy, key) in [("main", "paul"), ("sent", "pia")] {
        let open = format!("open --json --key {key}.p12 --trust pia.pem copies/{copy}.eml");
        let report = bench.sceau(&open).expect(0).json();
        assert_eq!(report["trust"], "sealed_signed");
        assert_eq!(report["layers"][0]["key"], "ml-kem-768-p256-hkdf-sha256-aes256-wrap");
        assert_eq!(report["layers"][0]["cipher"], "aes-256-gcm");
        assert_eq!(report["layers"][1]["algorithm"], "ml-dsa-65");
    }
    let refused = bench.sceau("seal --profile pq --from anne.p12 --to bernard.pem --in mail.eml --out s.eml");
    assert!(refused.expect(3).stderr.contains("wrong kind"));
    assert!(!bench.path("s.eml").exists());
}

/// The subject once more in the text, for programs that show only what is outside; ours hides it.
#[test]
fn the_subject_can_be_repeated_for_older_programs() {
    let bench = practice();
    let seal = "seal --from anne.p12 --to bernard.pem --in mail.eml --out l.eml --legacy-display --profile";
    bench.sceau(&format!("{seal} compat")).expect(0);
    let report = bench.sceau("open --json --key bernard.p12 --trust ca.pem --out got l.eml").expect(0).json();
    assert_eq!(report["trust"], "sealed_signed");
    assert_eq!(report["text"], TEXT);
    assert_eq!(report["parts"][0]["sha256"], hex(&DigestAlgorithm::Sha256.hash(&[0, 1, 2])));
    let message = String::from_utf8(bench.read("got/message.eml")).unwrap();
    assert!(message.contains("\r\n\r\nSubject: Compte rendu\r\n\r\n"), "{message}");
    for profile in ["kim", "direct"] {
        bench.sceau(&format!("{seal} {profile}")).expect(3);
    }
}

/// KIM with RSA keys, as its cards have them: the sender opens the same copy as the recipient, and openssl checks what is in it.
#[test]
fn letters_of_kim() {
    let bench = Bench::new();
    bench.authority();
    bench.person("anne", " --algorithm rsa2048");
    bench.person("bernard", " --algorithm rsa2048");
    let letter = mail("bernard@clinique.example")
        .replace("Subject:", "X-KIM-Dienstkennung: Arztbrief;V1.2\r\nSubject:");
    bench.write("mail.eml", letter.as_bytes());
    bench.sceau("seal --profile kim --from anne.p12 --to bernard.pem --in mail.eml --out k.eml").expect(0);
    let sealed = String::from_utf8(bench.read("k.eml")).unwrap();
    for outside in ["KOM-LE-Nachricht", "X-KOM-LE-Version: 1.0", "X-KIM-Dienstkennung: Arztbrief;V1.2"] {
        assert_eq!(sealed.matches(outside).count(), 1, "{outside}");
    }
    assert!(!sealed.contains("Compte rendu"));
    for key in ["anne", "bernard"] {
        let own = format!("--self {key}@clinique.example");
        let open = format!("open --json --key {key}.p12 {own} --trust ca.pem --raw {key} k.eml");
        let report = bench.sceau(&open).expect(0).json();
        assert_eq!(report["trust"], "sealed_signed");
        assert_eq!(report["layers"][0]["type"], "AuthEnvelopedData");
        assert_eq!(report["layers"][0]["cipher"], "aes-256-gcm");
        assert_eq!(report["layers"][0]["key"], "rsa-oaep-sha256");
        assert_eq!(report["layers"][1]["algorithm"], "rsa-pss-sha256");
        assert_eq!(report["layers"][1]["ess"]["recipient_emails"].as_array().unwrap().len(), 2);
        assert_eq!(report["subject"], "Compte rendu");
        assert_eq!(codes(&report["warnings"]), [""; 0]);
    }
    let entity = bench.read("anne/layer-01.bin");
    let at = entity.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    bench.write("signed.der", &entity[at + 4..]);
    bench.openssl("cms -verify -inform DER -binary -in signed.der -CAfile ca.pem -out content");
    assert!(bench.read("content").starts_with(b"Content-Type: message/rfc822\r\n"));
    // Without a key that could open it, the sender's copy cannot be made.
    self_signed(&bench, "rsa:2048", "keyUsage=digitalSignature");
    bench.write(
        "answer.eml",
        mail("anne@clinique.example").replace("Anne <anne@", "Bernard <bernard@").as_bytes(),
    );
    let refused =
        "seal --profile kim --from self.key,cert=self.pem --to anne.pem --in answer.eml --out c.eml";
    assert!(bench.sceau(refused).expect(3).stderr.contains("sender's own copy"));
}

/// Direct, with a certificate for a person and one for a whole domain.
#[test]
fn letters_of_direct() {
    let bench = practice();
    bench.sceau("seal --profile direct --from anne.p12 --to bernard.pem --in mail.eml --out d.eml").expect(0);
    let open = "open --json --key bernard.p12 --self bernard@clinique.example --trust ca.pem";
    let report = bench.sceau(&format!("{open} d.eml")).expect(0).json();
    assert_eq!(report["trust"], "sealed_signed");
    assert_eq!(report["layers"][0]["type"], "EnvelopedData");
    assert_eq!(report["layers"][0]["cipher"], "aes-256-cbc");
    assert_eq!(report["subject"], "Compte rendu");
    assert_eq!(codes(&report["warnings"]), [""; 0]);
    let extensions =
        "basicConstraints=CA:FALSE\nsubjectAltName=DNS:Cabinet.example\nextendedKeyUsage=emailProtection";
    bench.write(
        "domain.cnf",
        format!("[req]\ndistinguished_name=dn\nx509_extensions=e\n[dn]\n[e]\n{extensions}\n").as_bytes(),
    );
    bench.openssl("req -x509 -config domain.cnf -newkey rsa:2048 -nodes -keyout domain.key -out domain.pem -subj /CN=Cabinet -days 10");
    let letter = mail("bernard@clinique.example").replace("anne@clinique.example", "qui@cabinet.example");
    bench.write("domain.eml", letter.as_bytes());
    let seal = |profile: &str| {
        bench.sceau(&format!(
            "seal --profile {profile} --from domain.key,cert=domain.pem --to bernard.pem --in domain.eml --out d.eml"
        ))
    };
    seal("compat").expect(3);
    seal("direct").expect(0);
    let refused = bench.sceau(&format!("{open} --trust domain.pem d.eml")).expect(1).json();
    assert_eq!(refused["trust"], "broken");
    assert_eq!(codes(&refused["layers"][1]["reasons"]), ["signer_not_from"]);
    let believed = bench.sceau(&format!("{open} --trust domain.pem --domain-bound d.eml")).expect(0).json();
    assert_eq!(believed["trust"], "sealed_signed");
    assert!(codes(&believed["warnings"]).contains(&"domain_bound_certificate"));
    // And sealed for the domain: for each of its addresses that the letter names.
    bench.write("to-domain.eml", mail("qui@cabinet.example").as_bytes());
    bench
        .sceau("seal --profile direct --from anne.p12 --to domain.pem --in to-domain.eml --out t.eml")
        .expect(0);
    bench.sceau("open --key domain.key,cert=domain.pem --trust ca.pem t.eml").expect(0);
    bench
        .sceau("seal --profile compat --from anne.p12 --to domain.pem --in to-domain.eml --out u.eml")
        .expect(3);
}

#[test]
fn recipients_certificates_must_be_fit_for_sealing() {
    let bench = practice();
    let seal = |more: &str| {
        bench.sceau(&format!("seal --from anne.p12 --to self.pem --in mail.eml --out s.eml{more}"))
    };
    for (key, lines, words) in [
        ("rsa:2048", "keyUsage=digitalSignature", "no certificate that letters can be sealed to"),
        ("rsa:2048", "extendedKeyUsage=serverAuth", "no certificate that letters can be sealed to"),
        ("rsa:2048", "1.2.3.4=critical,ASN1:NULL", "critical extension 1.2.3.4"),
        ("rsa:1024", "", "a key that is too short"),
        ("ed25519", "", "no certificate that letters can be sealed to"),
    ] {
        self_signed(&bench, key, lines);
        let run = seal("").expect(3);
        assert!(run.stderr.contains(words), "{key} {lines}: {}", run.stderr);
        assert!(!bench.path("s.eml").exists());
    }
    self_signed(&bench, "rsa:2048", "keyUsage=critical,keyEncipherment\nextendedKeyUsage=emailProtection");
    seal("").expect(0);
    let late = seal(" --at 2101-01-01T00:00:00Z").expect(3);
    assert!(late.stderr.contains("can sign as") || late.stderr.contains("expired"), "{}", late.stderr);
    // Who insists seals to a short key, and to nothing else that is unfit.
    self_signed(&bench, "rsa:1024", "");
    seal(" --danger-legacy").expect(0);
    bench.sceau_bare("open --key self.key,cert=self.pem s.eml").expect(1);
    self_signed(&bench, "rsa:1024", "1.2.3.4=critical,ASN1:NULL");
    seal(" --danger-legacy").expect(3);
}

/// Keys and certificates of one person as openssl wants them.
fn exported(bench: &Bench, name: &str) {
    bench
        .sceau(&format!(
            "ca new --name {name} --domain {name}.example --out {name}-ca.p12 --cert {name}-ca.pem"
        ))
        .expect(0);
    bench.openssl(&format!(
        "req -new -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
    ));
    let issue = format!(
        "ca issue --ca {name}-ca.p12 --csr {name}.csr --email a@{name}.example --usage both --out {name}.pem"
    );
    bench.sceau(&issue).expect(0);
}

#[test]
fn openssl_reads_our_compat_letter() {
    let bench = Bench::new();
    exported(&bench, "one");
    bench.write(
        "mail.eml",
        mail("a@one.example").replace("anne@clinique.example", "a@one.example").as_bytes(),
    );
    let seal = "seal --from one.key,cert=one.pem --to one.pem --in mail.eml --profile compat --out s.eml";
    bench.sceau(seal).expect(0);
    bench.openssl("cms -decrypt -in s.eml -inkey one.key -recip one.pem -out inner.eml");
    bench.openssl("cms -verify -in inner.eml -CAfile one-ca.pem -out content.eml");
    let content = String::from_utf8_lossy(&bench.read("content.eml")).into_owned();
    assert!(content.contains("Subject: Compte rendu"), "{content}");
}

#[test]
fn we_judge_what_openssl_writes() {
    let bench = Bench::new();
    exported(&bench, "one");
    bench.write("body.txt", b"Content-Type: text/plain\r\n\r\nBonjour\r\n");
    let sign = "cms -sign -in body.txt -signer one.pem -inkey one.key -from a@one.example -to a@one.example -subject S";
    for form in
        ["", " -nodetach", " -keyopt rsa_padding_mode:pss", " -nodetach -md sha512", " -nodetach -stream"]
    {
        bench.openssl(&format!("{sign}{form} -out signed.eml"));
        let report = bench.sceau_bare("verify --json --trust one-ca.pem signed.eml").expect(0).json();
        assert_eq!(report["trust"], "signed", "{form}");
        let untrusted = bench.sceau_bare("verify --json signed.eml").expect(1).json();
        assert_eq!(untrusted["layers"][0]["verdict"], "untrusted", "{form}");
    }
    bench.openssl("cms -sign -in body.txt -signer one.pem -inkey one.key -nodetach -out inner.eml");
    let head = "-from a@one.example -to a@one.example -subject S";
    for form in
        ["-aes128", "-aes256", "-aes-256-gcm", "-aes256 -keyopt rsa_padding_mode:oaep", "-aes256 -stream"]
    {
        let (cipher, options) = form.split_once(' ').unwrap_or((form, ""));
        let options = if options.is_empty() { String::new() } else { format!(" {options}") };
        bench.openssl(&format!(
            "cms -encrypt -in inner.eml {cipher} {head} -out sealed.eml -recip one.pem{options}"
        ));
        let open = "open --json --key one.key,cert=one.pem --trust one-ca.pem sealed.eml";
        let report = bench.sceau_bare(open).expect(0).json();
        assert_eq!(report["trust"], "sealed_signed", "{form}");
        assert_eq!(report["text"], "Bonjour\n", "{form}");
    }
}

#[test]
fn detached_signatures_are_verified_over_their_content() {
    let bench = Bench::new();
    exported(&bench, "one");
    bench.write("content.txt", b"Bonjour\nle monde\n");
    for form in ["", " -binary"] {
        bench.openssl(&format!(
            "cms -sign -in content.txt -signer one.pem -inkey one.key -outform DER -out s.p7s{form}"
        ));
        let report = bench.sceau_bare("verify --json --trust one-ca.pem --content content.txt s.p7s").json();
        // Without a mail there is no From to compare; the signature itself is judged.
        assert!(!codes(&report["layers"][0]["reasons"]).contains(&"digest_mismatch"), "{form} {report}");
        bench.write("changed.txt", b"Bonjour\nle monte\n");
        let changed =
            bench.sceau_bare("verify --json --trust one-ca.pem --content changed.txt s.p7s").expect(1).json();
        assert_eq!(changed["trust"], "broken");
        assert!(codes(&changed["layers"][0]["reasons"]).contains(&"digest_mismatch"));
    }
}

#[test]
fn the_kim_sample_is_shown_though_nobody_vouches_for_it() {
    let Some(vectors) = std::env::var_os("SCEAU_VECTORS").map(std::path::PathBuf::from) else {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, 2 cases not run");
        return;
    };
    let bench = Bench::new();
    let kim = vectors.join("kim");
    let key = kim.join("recipientA/hci-enc-2-kim-bsp.p12");
    bench.write("kim.txt", b"00");
    for stage in ["04.encryptedcms", "05.encryptedwrap"] {
        let file = kim.join(format!("message/inputEmail.txt.{stage}"));
        let open = format!(
            "open --json --password-file kim.txt --at 2020-12-14T07:17:05Z --key {} --out got {}",
            key.display(),
            file.display()
        );
        let report = bench.sceau_bare(&open).expect(1).json();
        assert_eq!(report["trust"], "sealed_unverified", "{stage}");
        assert_eq!(report["subject"], "Saying Hello", "{stage}");
        let text = String::from_utf8(bench.read("got/text.txt")).unwrap();
        assert!(text.contains("just to say hello"), "{stage}: {text}");
    }
}
