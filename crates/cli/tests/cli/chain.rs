//! `sceau chain`, with chains made by `openssl`.

use crate::bench::{Bench, codes};

/// Root, intermediate and leaf for e-mail, made by openssl.
fn foreign_chain(bench: &Bench) {
    bench.write("ca.ext", b"basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n");
    bench.write(
        "leaf.ext",
        b"subjectAltName=email:a@b.example,DNS:*.b.example,IP:192.0.2.1\nextendedKeyUsage=emailProtection\n",
    );
    bench.openssl("req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=Root -days 30");
    for (name, issuer, ext) in [("inter", "root", "ca"), ("leaf", "inter", "leaf")] {
        bench.openssl(&format!(
            "req -new -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        bench.openssl(&format!(
            "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 20 -extfile {ext}.ext -out {name}.pem"
        ));
    }
}

#[test]
fn chains_of_openssl_are_judged() {
    let bench = Bench::new();
    foreign_chain(&bench);
    let chain = |more: &str| bench.sceau(&format!("chain --json --no-revocation {more} leaf.pem"));
    let report = chain("--trust root.pem --intermediates inter.pem").expect(0).json();
    assert_eq!(report["path"], serde_json::json!(["CN=leaf", "CN=inter", "CN=Root"]));
    let reasons = |more: &str| {
        let report = chain(more).expect(1).json();
        assert_eq!(report["valid"], false);
        codes(&report["reasons"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(reasons("--trust root.pem"), ["no_path_to_anchor"]);
    assert_eq!(reasons("--intermediates inter.pem"), ["no_path_to_anchor"]);
    let all = "--trust root.pem --intermediates inter.pem";
    assert_eq!(reasons(&format!("{all} --at 2001-01-01T00:00:00Z")), ["certificate_not_yet_valid"]);
    assert_eq!(reasons(&format!("{all} --at 2101-01-01T00:00:00Z")), ["certificate_expired"]);
    assert_eq!(reasons(&format!("{all} --purpose server")), ["certificate_purpose"]);
    assert_eq!(reasons(&format!("{all} --max-depth 0")), ["path_length_exceeded"]);
    assert_eq!(reasons(&format!("{all} --name email:c@b.example")), ["name_mismatch"]);
    for name in ["email:A@B.example", "dns:www.b.example", "ip:192.0.2.1"] {
        chain(&format!("{all} --name {name}")).expect(0);
    }
}

#[test]
fn revocation_is_required_unless_told_otherwise() {
    let bench = Bench::new();
    foreign_chain(&bench);
    let run = bench.sceau("chain --json --trust root.pem --intermediates inter.pem leaf.pem").expect(1);
    assert_eq!(codes(&run.json()["reasons"]), ["revocation_unknown"]);
}

#[test]
fn lists_of_openssl_are_heeded() {
    let bench = Bench::new();
    foreign_chain(&bench);
    bench.write("index.txt", b"");
    bench.write("crlnumber", b"01\n");
    let conf = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=3\n";
    bench.write("ca.conf", conf.as_bytes());
    let list = |name: &str| {
        bench.openssl(&format!(
            "ca -config ca.conf -gencrl -keyfile {name}.key -cert {name}.pem -out {name}.crl.pem"
        ))
    };
    list("root");
    list("inter");
    let chain = "chain --json --trust root.pem --intermediates inter.pem --crl root.crl.pem --crl inter.crl.pem leaf.pem";
    bench.sceau(chain).expect(0);
    bench.openssl(
        "ca -config ca.conf -revoke leaf.pem -keyfile inter.key -cert inter.pem -crl_reason superseded",
    );
    list("inter");
    assert_eq!(codes(&bench.sceau(chain).expect(1).json()["reasons"]), ["certificate_revoked"]);
}

/// A responder with a certificate of its own, and what `openssl` knows of root, inter and leaf.
fn responder(bench: &Bench) {
    foreign_chain(bench);
    bench.write("ocsp.ext", b"extendedKeyUsage=OCSPSigning\nnoCheck=ignored\n");
    bench.openssl("req -new -newkey rsa:2048 -nodes -keyout ocsp.key -out ocsp.csr -subj /CN=responder");
    bench.openssl(
        "x509 -req -in ocsp.csr -CA inter.pem -CAkey inter.key -CAcreateserial -days 20 -extfile ocsp.ext -out ocsp.pem",
    );
    bench.write("index.txt", b"");
    let conf = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\n";
    bench.write("ca.conf", conf.as_bytes());
}

#[test]
fn answers_of_openssl_are_heeded_beside_lists() {
    let bench = Bench::new();
    responder(&bench);
    let valid = |bench: &Bench, name: &str, issuer: &str| {
        bench.openssl(&format!(
            "ca -config ca.conf -valid {name}.pem -keyfile {issuer}.key -cert {issuer}.pem"
        ));
    };
    valid(&bench, "leaf", "inter");
    valid(&bench, "inter", "root");
    let ask = |subject: &str, issuer: &str, signer: &str, hash: &str| {
        bench.openssl(&format!(
            "ocsp -issuer {issuer}.pem -{hash} -cert {subject}.pem -no_nonce -reqout {subject}.req"
        ));
        bench.openssl(&format!(
            "ocsp -index index.txt -CA {issuer}.pem -rsigner {signer}.pem -rkey {signer}.key -reqin {subject}.req -respout {subject}.ocsp -ndays 2"
        ));
    };
    // The root answers itself, the intermediate through its responder.
    ask("inter", "root", "root", "sha256");
    ask("leaf", "inter", "ocsp", "sha1");
    let chain =
        "chain --json --trust root.pem --intermediates inter.pem --ocsp inter.ocsp --ocsp leaf.ocsp leaf.pem";
    bench.sceau(chain).expect(0);
    let alone = "chain --json --trust root.pem --intermediates inter.pem --ocsp leaf.ocsp leaf.pem";
    assert_eq!(codes(&bench.sceau(alone).expect(1).json()["reasons"]), ["revocation_unknown"]);
    let late = "chain --json --at 2101-01-01T00:00:00Z --trust root.pem --ocsp inter.ocsp inter.pem";
    assert_eq!(codes(&bench.sceau(late).expect(1).json()["reasons"]), ["certificate_expired"]);
    bench.openssl(
        "ca -config ca.conf -revoke leaf.pem -keyfile inter.key -cert inter.pem -crl_reason keyCompromise",
    );
    ask("leaf", "inter", "ocsp", "sha512");
    assert_eq!(codes(&bench.sceau(chain).expect(1).json()["reasons"]), ["certificate_revoked"]);
    // Whoever is no responder of the issuer says nothing.
    ask("leaf", "inter", "root", "sha1");
    assert_eq!(codes(&bench.sceau(chain).expect(1).json()["reasons"]), ["revocation_unknown"]);
}

#[test]
fn policies_are_processed_and_reported() {
    let bench = Bench::new();
    bench.write("ca.ext", b"basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\ncertificatePolicies=1.2.3.4,1.2.3.5\n");
    bench.write("leaf.ext", b"certificatePolicies=1.2.3.4\n");
    bench.openssl("req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=Root -days 30");
    for (name, issuer, ext) in [("inter", "root", "ca"), ("leaf", "inter", "leaf")] {
        bench.openssl(&format!(
            "req -new -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        bench.openssl(&format!(
            "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 20 -extfile {ext}.ext -out {name}.pem"
        ));
    }
    let chain = |more: &str| {
        let all = "chain --json --no-revocation --trust root.pem --intermediates inter.pem";
        bench.sceau(&format!("{all} {more} leaf.pem"))
    };
    let policies = |more: &str| chain(more).expect(0).json()["policies"].clone();
    assert_eq!(policies("--require-explicit-policy"), serde_json::json!(["1.2.3.4"]));
    assert_eq!(policies("--policy 1.2.3.9 --policy 1.2.3.4"), serde_json::json!(["1.2.3.4"]));
    assert_eq!(policies("--policy 1.2.3.9"), serde_json::json!([]));
    assert_eq!(policies("--inhibit-mapping --inhibit-any-policy"), serde_json::json!(["1.2.3.4"]));
    let refused = chain("--policy 1.2.3.5 --require-explicit-policy").expect(1).json();
    assert_eq!(codes(&refused["reasons"]), ["certificate_policy"]);
}

#[test]
fn people_read_sentences() {
    let bench = Bench::new();
    foreign_chain(&bench);
    let run = bench.sceau("chain --no-revocation --trust root.pem leaf.pem").expect(1);
    assert_eq!(
        run.text(),
        "not valid\nno_path_to_anchor: no trusted issuer \"CN=inter\" was found for \"CN=leaf\"\n"
    );
}
