//! `sceau ca`, with `openssl` reading and writing the other half.

use std::os::unix::fs::PermissionsExt;

use crate::bench::{Bench, codes};

#[test]
fn an_authority_issues_and_openssl_agrees() {
    let bench = Bench::new();
    bench.authority();
    bench.person("anne", "");
    bench.openssl("verify -x509_strict -CAfile ca.pem anne.pem");
    let shown = bench.openssl("x509 -in ca.pem -noout -ext nameConstraints,basicConstraints,keyUsage");
    assert!(shown.text().contains("email:clinique.example") && shown.text().contains("pathlen:0"));
    let shown = bench.openssl("x509 -in anne.pem -noout -ext subjectAltName,keyUsage,extendedKeyUsage");
    assert!(shown.text().contains("email:anne@clinique.example"));
    assert!(shown.text().contains("Digital Signature, Non Repudiation"));
    assert!(shown.text().contains("E-mail Protection"));
    let report = bench.sceau("p12 --json anne.p12").expect(0).json();
    assert_eq!(report["keys"].as_array().unwrap().len(), 2);
    assert_eq!(report["certificates"].as_array().unwrap().len(), 3);
}

#[test]
fn requests_of_openssl_are_answered_and_ours_are_read_by_it() {
    let bench = Bench::new();
    bench.authority();
    bench.openssl("req -new -newkey rsa:2048 -nodes -keyout k.pem -out theirs.csr -subj /CN=Bernard");
    let issue = "ca issue --ca ca.p12 --csr theirs.csr --email b@clinique.example --usage both --out b.pem";
    bench.sceau(issue).expect(0);
    bench.openssl("verify -x509_strict -CAfile ca.pem b.pem");
    bench.openssl("req -in theirs.csr -noout -verify");
    bench.sceau("key new --name C --email c@clinique.example --single --csr ours.csr --out c.p12").expect(0);
    bench.openssl("req -in ours.csr -noout -verify");
}

#[test]
fn addresses_outside_its_domains_are_refused() {
    let bench = Bench::new();
    bench.authority();
    bench.sceau("key new --name A --email a@autre.example --single --csr a.csr --out a.p12").expect(0);
    let run = bench.sceau("ca issue --ca ca.p12 --csr a.csr --email a@autre.example").expect(2);
    assert!(run.stderr.contains("clinique.example"), "{}", run.stderr);
    assert!(run.stdout.is_empty());
}

#[test]
fn revoked_certificates_are_on_the_list() {
    let bench = Bench::new();
    bench.authority();
    bench.person("anne", " --single");
    bench.person("bernard", " --single");
    let state: serde_json::Value = serde_json::from_slice(&bench.read("ca.p12.state")).unwrap();
    let serial = state["issued"][0]["serial"].as_str().unwrap().to_owned();
    bench.sceau(&format!("ca revoke --ca ca.p12 --serial {serial} --reason keyCompromise")).expect(0);
    bench.sceau("ca crl --ca ca.p12 --hours 24 --out list.pem").expect(0);
    bench.openssl("crl -in list.pem -noout -CAfile ca.pem -verify");
    let text = bench.openssl("crl -in list.pem -noout -text").text().to_owned();
    assert!(text.contains("Key Compromise") && text.to_lowercase().contains(&serial), "{text}");
    let chain = |name: &str| bench.sceau(&format!("chain --json --trust ca.pem --crl list.pem {name}.pem"));
    let report = chain("anne").expect(1).json();
    assert_eq!(codes(&report["reasons"]), ["certificate_revoked"]);
    assert_eq!(chain("bernard").expect(0).json()["valid"], true);
    bench.sceau("ca revoke --ca ca.p12 --serial 00ff").expect(2);
}

#[test]
fn its_files_are_private() {
    let bench = Bench::new();
    bench.authority();
    for file in ["ca.p12", "ca.p12.state"] {
        let mode = std::fs::metadata(bench.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    bench.sceau("ca new --name B --domain b.example --out ca.p12").expect(3);
    bench.write("wrong.txt", b"wrong");
    bench.sceau("ca crl --ca ca.p12 --password-file wrong.txt").expect(2);
}

#[test]
fn commands_at_once_lose_nothing() {
    let bench = Bench::new();
    bench.authority();
    bench.sceau("key new --name A --email a@clinique.example --single --csr a.csr --out a.p12").expect(0);
    let issue = "ca issue --ca ca.p12 --csr a.csr --email a@clinique.example";
    let mut running = Vec::new();
    for _ in 0..4 {
        let mut command = bench.command(issue);
        command.current_dir(bench.path("")).env("SCEAU_PASSWORD", crate::bench::PASSWORD);
        running.push(command.stdout(std::process::Stdio::null()).spawn().unwrap());
    }
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    let state: serde_json::Value = serde_json::from_slice(&bench.read("ca.p12.state")).unwrap();
    assert_eq!(state["issued"].as_array().unwrap().len(), 4);
}
