//! `sceau key` and `sceau p12`.

use std::os::unix::fs::PermissionsExt;

use crate::bench::{Bench, PASSWORD};

#[test]
fn new_keys_are_private_and_never_overwritten() {
    let bench = Bench::new();
    let run = bench.sceau("key new --name Éloïse --email eloise@b.example --out me.p12").expect(0);
    assert_eq!(run.text().matches("BEGIN CERTIFICATE").count(), 2);
    let mode = std::fs::metadata(bench.path("me.p12")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = bench.read("me.p12");
    let again = bench.sceau("key new --name X --email x@b.example --out me.p12").expect(3);
    assert!(again.stderr.contains("me.p12 exists already"));
    assert_eq!(bench.read("me.p12"), before);
}

#[test]
fn two_keys_for_two_purposes_or_one_for_both() {
    let bench = Bench::new();
    for (more, keys) in [("", 2), (" --single", 1)] {
        bench.sceau(&format!("key new --name A --email a@b.example --out {keys}.p12{more}")).expect(0);
        let report = bench.sceau(&format!("p12 --json {keys}.p12")).expect(0).json();
        assert_eq!(report["keys"].as_array().unwrap().len(), keys);
        assert_eq!(report["certificates"].as_array().unwrap().len(), keys);
        assert_eq!(report["certificates"][0]["emails"][0], "a@b.example");
        assert_eq!(report["keys"][0]["algorithm"], "p256");
    }
}

/// One kind signs and the other seals; the first signs the certificate of the second.
#[test]
fn keys_that_only_sign_come_with_keys_that_only_seal() {
    let bench = Bench::new();
    for (algorithm, signing, sealing) in
        [("ed25519", "ed25519", "x25519"), ("ml-dsa-65", "ml-dsa-65", "ml-kem-768-p256")]
    {
        let new =
            format!("key new --name A --email a@b.example --algorithm {algorithm} --out {algorithm}.p12");
        let single = bench.sceau(&format!("{new} --single")).expect(3);
        assert!(single.stderr.contains("only signs"), "{}", single.stderr);
        let request = bench.sceau(&format!("{new} --csr")).expect(3);
        assert!(request.stderr.contains("cannot sign a request"), "{}", request.stderr);
        assert!(!bench.path(&format!("{algorithm}.p12")).exists());
        let certificates = bench.sceau(&new).expect(0);
        assert_eq!(certificates.text().matches("BEGIN CERTIFICATE").count(), 2);
        let report = bench.sceau(&format!("p12 --json {algorithm}.p12")).expect(0).json();
        let mut kinds: Vec<&str> =
            report["keys"].as_array().unwrap().iter().map(|key| key["algorithm"].as_str().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, [signing, sealing]);
    }
    bench.sceau("key new --name A --email a@b.example --algorithm p521 --single --out p521.p12").expect(0);
}

#[test]
fn openssl_opens_what_we_write() {
    let bench = Bench::new();
    for algorithm in ["p256", "p384", "rsa2048"] {
        let arguments = format!(
            "key new --name A --email a@b.example --single --algorithm {algorithm} --out {algorithm}.p12"
        );
        let certificate = bench.sceau(&arguments).expect(0).stdout;
        let exported = bench.openssl(&format!("pkcs12 -in {algorithm}.p12 -passin file:password.txt -nodes"));
        assert!(exported.text().contains("BEGIN PRIVATE KEY"));
        bench.write("exported.pem", &exported.stdout);
        bench.write("certificate.pem", &certificate);
        // The key openssl read is the certificate's.
        let from_key = bench.openssl("pkey -in exported.pem -pubout").stdout;
        let from_certificate = bench.openssl("x509 -in certificate.pem -noout -pubkey").stdout;
        assert_eq!(from_key, from_certificate);
    }
}

#[test]
fn containers_take_as_many_rounds_as_is_recommended() {
    let bench = Bench::new();
    let mut command = std::process::Command::new(crate::bench::program());
    command.args(["key", "new", "--name", "A", "--email", "a@b.example", "--single", "--out", "a.p12"]);
    bench.run(command.env("SCEAU_PASSWORD", PASSWORD)).expect(0);
    let report = bench.sceau("p12 --json a.p12").expect(0).json();
    assert_eq!(report["mac"], "hmac-sha256, 600000 iterations");
    let info = bench.openssl("pkcs12 -in a.p12 -passin file:password.txt -noout -info");
    assert_eq!(info.stderr.matches("Iteration 600000").count(), 3, "{}", info.stderr);
}

#[test]
fn we_open_what_openssl_writes() {
    let bench = Bench::new();
    bench.openssl("req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=A -days 10");
    for form in ["", " -legacy", " -keypbe NONE -certpbe NONE", " -macalg sha512", " -nomac"] {
        bench.openssl(&format!(
            "pkcs12 -export -inkey k.pem -in c.pem -out o.p12 -passout file:password.txt{form}"
        ));
        let report = bench.sceau("p12 --json o.p12").expect(0).json();
        assert_eq!(report["keys"][0]["algorithm"], "rsa2048", "{form}");
        assert_eq!(report["certificates"][0]["subject"], "CN=A", "{form}");
        assert_eq!(report["mac"].is_null(), form == " -nomac", "{form}");
    }
}

#[test]
fn pass_phrases_come_from_a_file_or_the_variable() {
    let bench = Bench::new();
    bench.sceau("key new --name A --email a@b.example --single --out a.p12").expect(0);
    bench.sceau_bare("p12 --password-file password.txt a.p12").expect(0);
    let none = bench.sceau_bare("p12 a.p12").expect(3);
    assert!(none.stderr.contains("pass phrase is needed"));
    bench.write("wrong.txt", b"wrong");
    let wrong = bench.sceau("p12 --json --password-file wrong.txt a.p12").expect(2);
    assert_eq!(wrong.json()["error"]["code"], "wrong_password");
    assert!(!String::from_utf8_lossy(&bench.read("a.p12")).contains(PASSWORD));
}

#[test]
fn damage_is_told_from_a_wrong_pass_phrase() {
    let bench = Bench::new();
    bench.sceau("key new --name A --email a@b.example --single --out a.p12").expect(0);
    let mut damaged = bench.read("a.p12");
    let at = damaged.len() - 12;
    damaged[at] ^= 1;
    bench.write("damaged.p12", &damaged);
    assert_eq!(bench.sceau("p12 --json damaged.p12").expect(2).json()["error"]["code"], "malformed");
}

#[test]
fn a_container_is_checked_with_pbmac1_when_asked() {
    let bench = Bench::new();
    for (more, mac) in [(" --pbmac1", "pbmac1"), ("", "hmac-sha256, 1000 iterations")] {
        let file = format!("{}.p12", mac.len());
        bench.sceau(&format!("key new --name A --email a@b.example --single --out {file}{more}")).expect(0);
        assert_eq!(bench.sceau(&format!("p12 --json {file}")).expect(0).json()["mac"], mac);
    }
}
