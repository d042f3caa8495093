//! `sceau receipt make` and `verify`, alone and against `openssl cms`.

use serde_json::json;

use crate::bench::{Bench, codes};

/// Anne writes to Bernard and asks for a receipt; the letter is in letters/.
fn asked(more: &str) -> Bench {
    let bench = Bench::new();
    bench.authority();
    for name in ["anne", "bernard"] {
        bench.person(name, "");
    }
    let mail =
        "From: Anne <anne@clinique.example>\r\nTo: bernard@clinique.example\r\nSubject: x\r\n\r\nBonjour\r\n";
    bench.write("mail.eml", mail.as_bytes());
    let seal = format!("seal --from anne.p12 --to bernard.pem --in mail.eml --out letters/{more}");
    bench.sceau(&seal).expect(0);
    bench
}

#[test]
fn a_receipt_is_made_and_verified() {
    for profile in ["default", "compat"] {
        let bench = asked(&format!(" --receipt --profile {profile}"));
        let make = "receipt make --json --from bernard.p12 --trust ca.pem --out r.eml letters/main.eml";
        let made = bench.sceau(make).expect(0).json();
        assert_eq!((&made["made"], &made["to"]), (&json!(true), &json!(["anne@clinique.example"])));
        let mail = String::from_utf8(bench.read("r.eml")).unwrap();
        assert!(
            mail.contains("smime-type=signed-receipt") && mail.contains("anne@clinique.example"),
            "{mail}"
        );
        let verify = |original: &str, trust: &str| {
            bench.sceau(&format!("receipt verify --json --original {original}{trust} r.eml"))
        };
        let report = verify("letters/main.p7s", " --trust ca.pem").expect(0).json();
        assert_eq!(report["signature"]["signer"]["emails"], json!(["bernard@clinique.example"]));
        assert_eq!(report["receipt"]["content_identifier"], made["content_identifier"]);
        assert_eq!(codes(&report["warnings"]), ["receipt_original_not_confirmed"]);
        // The sender's own copy is signed for itself in compat.
        let own = verify("letters/sent.eml", " --trust ca.pem --key anne.p12");
        if profile == "default" {
            let report = own.expect(0).json();
            assert_eq!(report["valid"], true);
            assert_eq!(codes(&report["warnings"]), [""; 0]);
        } else {
            let other = codes(&own.expect(1).json()["reasons"]).join(" ");
            assert_eq!(other, "receipt_content_mismatch receipt_signature_mismatch receipt_digest_mismatch");
        }
        let untrusted = verify("letters/main.p7s", "").expect(1).json();
        assert_eq!(codes(&untrusted["reasons"]), ["receipt_not_trusted"]);
    }
}

#[test]
fn a_receipt_is_refused_with_its_reason() {
    let bench = asked("");
    let make = |more: &str| bench.sceau(&format!("receipt make{more} --from bernard.p12 letters/main.eml"));
    let silent = make(" --json --out r.eml --trust ca.pem").expect(1).json();
    assert_eq!(silent["made"], false);
    assert_eq!(codes(&silent["reasons"]), ["receipt_not_requested"]);
    let stranger = make("").expect(1);
    assert!(stranger.stdout.is_empty() && stranger.stderr.starts_with("receipt_sender_not_confirmed"));
    assert!(!bench.path("r.eml").exists());
}

#[test]
fn receipts_cross_with_openssl() {
    let bench = asked(" --receipt");
    bench.sceau("open --key bernard.p12 --trust ca.pem --raw raw letters/main.eml").expect(0);
    // The signed object inside the envelope, after its four header lines.
    let entity = bench.read("raw/layer-01.bin");
    let body = entity.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    bench.write("signed.der", &entity[body..]);
    bench.sceau("receipt make --from bernard.p12 --trust ca.pem --out r.der letters/main.eml").expect(0);
    bench.openssl("cms -verify_receipt r.der -rctform DER -in signed.der -inform DER -CAfile ca.pem");
    bench.openssl("pkcs12 -in bernard.p12 -nodes -passin file:password.txt -out bernard.all");
    bench.openssl("cms -sign_receipt -in signed.der -inform DER -signer bernard.all -out o.eml");
    let verify = "receipt verify --original letters/main.p7s --trust ca.pem o.eml";
    let run = bench.sceau(verify).expect(0);
    assert!(run.text().starts_with("valid: by CN=bernard"), "{}", run.text());
}
