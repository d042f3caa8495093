//! `sceau inspect` says what a file is.

use crate::bench::Bench;

#[test]
fn every_kind_is_recognised() {
    let bench = Bench::new();
    bench.authority();
    bench.person("anne", " --single");
    bench.sceau("ca crl --ca ca.p12 --out list.crl").expect(0);
    bench.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
    bench.openssl("pkey -in key.pem -aes-256-cbc -passout file:password.txt -out locked.pem");
    bench.openssl("ecparam -name prime256v1 -genkey -noout -out sec1.pem");
    bench.write("mail.eml", b"From: a@b.example\r\nSubject: =?utf-8?q?=C3=A9?=\r\n\r\nbody\r\n");
    bench.openssl("req -x509 -key key.pem -out c.pem -subj /CN=A -days 10");
    bench.openssl(
        "cms -sign -in mail.eml -signer c.pem -inkey key.pem -outform DER -nodetach -out signed.der",
    );
    bench.openssl("cms -encrypt -in mail.eml -aes256 -outform PEM -out sealed.pem c.pem");
    bench.openssl("cms -sign -in mail.eml -signer c.pem -inkey key.pem -out detached.eml");
    bench.openssl("crl2pkcs7 -nocrl -certfile c.pem -out bundle.p7b");
    for (file, kind) in [
        ("ca.p12", "pkcs12"),
        ("ca.pem", "certificate"),
        ("list.crl", "crl"),
        ("anne.csr", "request"),
        ("key.pem", "key"),
        ("locked.pem", "key"),
        ("sec1.pem", "key"),
        ("mail.eml", "mail"),
        ("detached.eml", "mail"),
        ("signed.der", "cms"),
        ("sealed.pem", "cms"),
        ("bundle.p7b", "cms"),
    ] {
        let report = bench.sceau_bare(&format!("inspect --json {file}")).expect(0).json();
        assert_eq!(report["kind"], kind, "{file}");
        assert!(report["tree"]["name"].is_string() && report["tree"]["children"].is_array(), "{file}");
    }
    let text = bench.sceau_bare("inspect signed.der").expect(0).text().to_owned();
    assert!(text.contains("SignedData") && text.contains("Subject: é"), "{text}");
    let text = bench.sceau_bare("inspect sealed.pem").expect(0).text().to_owned();
    assert!(text.contains("aes-256-cbc") && text.contains("recipient: key agreement"), "{text}");
    let text = bench.sceau_bare("inspect detached.eml").expect(0).text().to_owned();
    assert!(text.contains("content: detached"), "{text}");
}

#[test]
fn what_cannot_be_read_is_named_by_its_label() {
    let bench = Bench::new();
    bench.write("bad.pem", b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
    bench.write("noise", &[0xff; 40]);
    for (file, sentence) in [
        ("bad.pem", "it calls itself \"PRIVATE KEY\", but cannot be read as that"),
        ("noise", "neither a mail nor CMS, certificate, list, container or key"),
    ] {
        let report = bench.sceau_bare(&format!("inspect --json {file}")).expect(2).json();
        assert_eq!(report["error"]["code"], "unknown_content");
        assert_eq!(report["error"]["text"], format!("{file}: {sentence}"));
    }
}
