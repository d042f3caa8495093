//! `sceau open` with what is shared with the sender, other layers, and certificates in `.p7b` files.

use crate::bench::{Bench, codes};

const KEK: &str = "000102030405060708090a0b0c0d0e0f";
const MAIL: &[u8] = b"From: a@b.example\r\nSubject: partage\r\n\r\nbody\r\n";

#[test]
fn a_shared_key_opens_envelopes_and_encrypted_data() {
    let bench = Bench::new();
    bench.write("mail.eml", MAIL);
    let encrypt = "cms -encrypt -binary -in mail.eml -aes-128-cbc -outform DER";
    bench.openssl(&format!("{encrypt} -secretkey {KEK} -secretkeyid DEADBEEF -out kek.der"));
    bench.openssl(&format!(
        "cms -EncryptedData_encrypt -binary -in mail.eml -aes-128-cbc -secretkey {KEK} -outform DER -out data.der"
    ));
    for (key, file, kind, transport) in [
        (format!("{KEK}:deadbeef"), "kek.der", "EnvelopedData", "kek-aes128-wrap"),
        (KEK.to_owned(), "kek.der", "EnvelopedData", "kek-aes128-wrap"),
        (KEK.to_owned(), "data.der", "EncryptedData", "content-key"),
    ] {
        let report = bench.sceau_bare(&format!("open --json --kek {key} {file}")).expect(1).json();
        assert_eq!(report["trust"], "sealed_unverified", "{file}");
        assert_eq!(report["layers"][0]["kind"], "encrypted");
        assert_eq!(report["layers"][0]["type"], kind);
        assert_eq!(report["layers"][0]["key"], transport);
        assert_eq!(report["layers"][0]["authenticated"], false);
        assert_eq!((&report["subject"], &report["text"]), (&"partage".into(), &"body\n".into()));
        assert!(codes(&report["warnings"]).contains(&"plain_text_only"));
    }
    let wrong = "100102030405060708090a0b0c0d0e0f";
    for (arguments, code) in [
        (format!("--kek {KEK}:00 kek.der"), "not_for_this_key"),
        (format!("--kek {wrong} kek.der"), "cannot_open"),
        ("--kek 0011 data.der".to_owned(), "not_for_this_key"),
    ] {
        let failure = bench.sceau_bare(&format!("open --json {arguments}")).expect(2).json();
        assert_eq!(failure["error"]["code"], code, "{arguments}");
    }
    bench.sceau_bare("open --kek secret kek.der").expect(3);
    bench.sceau_bare("open kek.der").expect(3);
}

#[test]
fn a_shared_pass_phrase_opens_envelopes() {
    let bench = Bench::new();
    bench.write("mail.eml", MAIL);
    bench.write("right.txt", "phrase partagée\n".as_bytes());
    bench.write("wrong.txt", b"autre\n");
    let mut command = std::process::Command::new("openssl");
    command.args(["cms", "-encrypt", "-binary", "-in", "mail.eml", "-aes-256-cbc", "-outform", "DER"]);
    command.args(["-out", "pass.der", "-pwri_password", "phrase partagée"]);
    bench.run(&mut command).expect(0);
    let report =
        bench.sceau_bare("open --json --recipient-password-file right.txt pass.der").expect(1).json();
    assert_eq!(report["trust"], "sealed_unverified");
    assert_eq!(report["layers"][0]["key"], "password-pwri-aes-256");
    assert_eq!(report["text"], "body\n");
    let failure =
        bench.sceau_bare("open --json --recipient-password-file wrong.txt pass.der").expect(2).json();
    assert_eq!(failure["error"]["code"], "cannot_open");
}

#[test]
fn a_digest_proves_nothing_and_a_wrong_one_breaks_the_letter() {
    let bench = Bench::new();
    bench.write("mail.eml", MAIL);
    bench.openssl("cms -digest_create -binary -md sha256 -in mail.eml -outform DER -out digest.der");
    let report = bench.sceau_bare("verify --json digest.der").expect(1).json();
    assert_eq!(report["trust"], "clear");
    assert_eq!(
        report["layers"],
        serde_json::json!([{ "kind": "digested", "digest": "sha256", "intact": true }])
    );
    assert_eq!(report["text"], "body\n");
    let mut damaged = bench.read("digest.der");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    bench.write("damaged.der", &damaged);
    let report = bench.sceau_bare("verify --json damaged.der").expect(1).json();
    assert_eq!((&report["trust"], &report["layers"][0]["intact"]), (&"broken".into(), &false.into()));
    assert!(codes(&report["warnings"]).contains(&"content_digest_mismatch"));
    let shown = bench.sceau_bare("inspect digest.der").expect(0);
    assert!(shown.text().contains("DigestedData"), "{}", shown.text());
}

#[test]
fn certificates_come_in_bundles_too() {
    let bench = Bench::new();
    bench.authority();
    bench.person("anne", "");
    bench.person("bernard", "");
    let mail = "From: <anne@clinique.example>\r\nTo: <bernard@clinique.example>\r\nSubject: s\r\n\
                Date: Mon, 23 Nov 2026 09:00:00 +0100\r\nMessage-ID: <1@clinique.example>\r\n\r\nbody\r\n";
    bench.write("mail.eml", mail.as_bytes());
    bench.openssl("crl2pkcs7 -nocrl -certfile bernard.pem -out to.p7b");
    bench.openssl("crl2pkcs7 -nocrl -certfile ca.pem -outform DER -out roots.p7b");
    bench.sceau("seal --from anne.p12 --to to.p7b --in mail.eml --out s.eml").expect(0);
    let open = "open --json --key bernard.p12 --trust roots.p7b --intermediates to.p7b s.eml";
    assert_eq!(bench.sceau(open).expect(0).json()["trust"], "sealed_signed");
}
