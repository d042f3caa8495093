//! The suites of others through the forms of the command: PKITS by `chain` and by `verify`, x509-limbo by `chain`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bench::{Bench, Run, codes};

/// PKITS has 250 cases, x509-limbo 208.
const PKITS_CASES: usize = 250;
const LIMBO_CASES: usize = 208;

/// Reasons that say nothing about the path: what signed the mails of PKITS is old, and only eleven name their sender.
const BESIDE_THE_PATH: [&str; 2] = ["legacy_algorithm", "signer_not_from"];

fn vectors(cases: usize) -> Option<PathBuf> {
    let found = std::env::var_os("SCEAU_VECTORS").map(PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, {cases} cases not run");
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn list(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|item| item.as_str().unwrap()).collect()
}

/// The cases that stand in a ledger of the library.
fn excepted(ledger: &'static str) -> Vec<&'static str> {
    let lines = ledger.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_once(" | ").unwrap().0).collect()
}

/// PKITS in one edition.
struct Pkits {
    expectations: Value,
    folder: PathBuf,
}

impl Pkits {
    fn open(root: &Path, edition: &str) -> Self {
        let expectations = json(&root.join("pkits/expectations.json"));
        assert_eq!(expectations["cases"].as_array().unwrap().len(), PKITS_CASES);
        Self { expectations, folder: root.join("pkits").join(edition) }
    }

    fn cases(&self) -> &[Value] {
        self.expectations["cases"].as_array().unwrap()
    }

    fn setting<'c>(&'c self, case: &'c Value, key: &str) -> &'c Value {
        case.get(key).unwrap_or(&self.expectations["defaults"][key])
    }

    fn file(&self, kind: &str, name: &str) -> String {
        self.folder.join(kind).join(name).to_str().unwrap().to_owned()
    }

    /// Options that take nothing but a moment and the anchor, which both forms share.
    fn begin(&self, form: &str, case: &Value) -> Vec<String> {
        let anchor = self.file("certs", self.setting(case, "trust_anchor").as_str().unwrap());
        let at = self.expectations["validation_time"].as_str().unwrap();
        [form, "--json", "--at", at, "--trust", &anchor].map(str::to_owned).to_vec()
    }

    /// `sceau chain` with everything the case names.
    fn chain(&self, bench: &Bench, case: &Value, more: &[&str]) -> Run {
        let mut words = self.begin("chain", case);
        words.extend(["--purpose", "any"].map(str::to_owned));
        let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
        for key in ["intermediates", "crl_issuer_certs"] {
            list(&case[key]).iter().for_each(|name| option("--intermediates", self.file("certs", name)));
        }
        list(&case["crls"]).iter().for_each(|name| option("--crl", self.file("crls", name)));
        let policies = list(self.setting(case, "initial_policy_set"));
        policies.iter().for_each(|oid| option("--policy", (*oid).to_owned()));
        let flags = [
            ("explicit_policy", "--require-explicit-policy"),
            ("policy_mapping_inhibit", "--inhibit-mapping"),
            ("any_policy_inhibit", "--inhibit-any-policy"),
        ];
        let set = flags.iter().filter(|(key, _)| self.setting(case, key).as_bool().unwrap());
        words.extend(set.map(|(_, flag)| (*flag).to_owned()));
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words.push(self.file("certs", case["target"].as_str().unwrap()));
        bench.sceau_words(&words)
    }

    /// Cases whose path the command judges otherwise than expected.
    fn deviations(&self, more: &[&str]) -> Vec<&str> {
        let bench = Bench::new();
        let deviates = |case: &&Value| {
            let run = self.chain(&bench, case, more);
            let report = run.json();
            assert_eq!(run.exit, i32::from(report["valid"] != true), "{}", case["id"]);
            match case["expected"].as_str().unwrap() {
                "accept" => {
                    let mut wanted = list(&case["user_constrained_policy_set"]);
                    let mut policies = list(&report["policies"]);
                    wanted.sort_unstable();
                    policies.sort_unstable();
                    report["valid"] != true || policies != wanted
                }
                _ => report["valid"] == true || codes(&report["reasons"]).is_empty(),
            }
        };
        self.cases().iter().filter(deviates).map(id).collect()
    }

    /// What the one signature of the case's mail is said to be, told of nothing but the anchor: the mail carries the
    /// certificates and the lists.
    fn mail(&self, bench: &Bench, case: &Value, more: &[&str]) -> (String, Vec<String>) {
        let mut words = self.begin("verify", case);
        words.extend(["--revocation", "require"].map(str::to_owned));
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words.push(self.file("smime", case["signed_message"].as_str().unwrap()));
        let report = bench.sceau_words(&words).expect(1).json();
        let signed = &report["layers"][0];
        assert!(!["signed", "sealed_signed"].contains(&report["trust"].as_str().unwrap()), "{}", id(case));
        let reasons = codes(&signed["reasons"]).into_iter().map(str::to_owned).collect();
        (signed["verdict"].as_str().unwrap().to_owned(), reasons)
    }

    /// Cases with the settings that letters are judged by.
    fn of_letters(&self) -> impl Iterator<Item = &Value> {
        self.cases().iter().filter(|case| {
            let flags = ["explicit_policy", "policy_mapping_inhibit", "any_policy_inhibit"];
            flags.iter().all(|flag| self.setting(case, flag) == false)
                && list(self.setting(case, "initial_policy_set")) == ["2.5.29.32.0"]
        })
    }
}

fn id(case: &Value) -> &str {
    case["id"].as_str().unwrap()
}

#[test]
fn pkits_of_2011_by_chain() {
    let Some(root) = vectors(PKITS_CASES) else { return };
    // DSA, which counts with the legacy switch only.
    assert_eq!(Pkits::open(&root, "").deviations(&[]), ["4.1.4", "4.1.5"]);
}

#[test]
fn pkits_of_2001_by_chain_with_the_legacy_switch() {
    let Some(root) = vectors(PKITS_CASES) else { return };
    assert!(Pkits::open(&root, "legacy-2001").deviations(&["--danger-legacy"]).is_empty());
}

#[test]
fn pkits_of_2001_by_chain_is_refused_without_the_legacy_switch() {
    let Some(root) = vectors(PKITS_CASES) else { return };
    let suite = Pkits::open(&root, "legacy-2001");
    let bench = Bench::new();
    for case in suite.cases() {
        assert_eq!(suite.chain(&bench, case, &[]).expect(1).json()["valid"], false, "{}", id(case));
    }
}

#[test]
fn mails_of_pkits_are_judged_by_what_they_carry() {
    let Some(root) = vectors(PKITS_CASES) else { return };
    let suite = Pkits::open(&root, "legacy-2001");
    let bench = Bench::new();
    let mut seen = 0;
    for case in suite.of_letters() {
        let (verdict, reasons) = suite.mail(&bench, case, &["--danger-legacy"]);
        let path_holds = reasons.iter().all(|reason| BESIDE_THE_PATH.contains(&reason.as_str()));
        let expected = case["expected"] == "accept";
        assert_eq!((verdict == "legacy", path_holds), (expected, expected), "{}: {reasons:?}", id(case));
        seen += 1;
    }
    assert_eq!(seen, 215);
}

#[test]
fn mails_of_pkits_prove_nothing_without_the_legacy_switch() {
    let Some(root) = vectors(PKITS_CASES) else { return };
    let suite = Pkits::open(&root, "legacy-2001");
    let bench = Bench::new();
    for case in suite.of_letters() {
        let (verdict, _) = suite.mail(&bench, case, &[]);
        assert!(!["valid", "legacy"].contains(&verdict.as_str()), "{}: {verdict}", id(case));
    }
}

/// One PEM file of several, or none.
fn pem_file(bench: &Bench, name: &str, list: &Value) -> Option<String> {
    let pems: Vec<&str> = self::list(list);
    bench.write(name, pems.join("\n").as_bytes());
    (!pems.is_empty()).then(|| name.to_owned())
}

/// `sceau chain` with what a case of x509-limbo gives.
fn limbo(bench: &Bench, case: &Value) -> Run {
    let mut words = vec!["chain".to_owned(), "--json".to_owned()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    let files = [
        ("--trust", pem_file(bench, "trust.pem", &case["trusted_certs"])),
        ("--intermediates", pem_file(bench, "pool.pem", &case["untrusted_intermediates"])),
        ("--crl", pem_file(bench, "lists.pem", &case["crls"])),
    ];
    for (name, file) in &files {
        file.iter().for_each(|file| option(name, file));
    }
    // Most cases leave the moment open; nearly all their certificates are valid from 1970 to 2969.
    option("--at", case["validation_time"].as_str().unwrap_or("2026-11-23T00:00:00Z"));
    option("--purpose", if case["validation_kind"] == "CLIENT" { "client" } else { "server" });
    if let Some(depth) = case["max_chain_depth"].as_u64() {
        option("--max-depth", &depth.to_string());
    }
    if let (Some(kind), Some(name)) =
        (case["expected_peer_name"]["kind"].as_str(), case["expected_peer_name"]["value"].as_str())
    {
        let kind = match kind {
            "DNS" => "dns",
            "RFC822" => "email",
            _ => "ip",
        };
        option("--name", &format!("{kind}:{name}"));
    }
    if files[2].1.is_none() {
        words.push("--no-revocation".to_owned());
    }
    bench.write("leaf.pem", case["peer_certificate"].as_str().unwrap().as_bytes());
    words.push("leaf.pem".to_owned());
    bench.sceau_words(&words)
}

#[test]
fn limbo_by_chain() {
    let Some(root) = vectors(LIMBO_CASES) else { return };
    let suite = json(&root.join("limbo/limbo.json"));
    let cases = suite["testcases"].as_array().unwrap();
    assert_eq!(cases.len(), LIMBO_CASES);
    let bench = Bench::new();
    let mut deviations = Vec::new();
    for case in cases {
        let run = limbo(&bench, case);
        // 2 for a certificate that cannot be read, which is no wrong usage.
        assert!([0, 1, 2].contains(&run.exit), "{}: {}", id(case), run.stderr);
        if (run.exit == 0) != (case["expected_result"] == "SUCCESS") {
            deviations.push(id(case));
        }
    }
    let mut ledger = excepted(include_str!("../../../smime/tests/keys/limbo-ledger.txt"));
    deviations.sort_unstable();
    ledger.sort_unstable();
    assert_eq!(deviations, ledger);
}

/// What a form says of a file: the trust, and of each layer its cipher or verdict.
fn said(run: &Run) -> String {
    let report = run.json();
    let layer = |layer: &Value| {
        let word = ["cipher", "verdict"].into_iter().find_map(|key| layer[key].as_str());
        word.or(layer["kind"].as_str()).unwrap_or_default().to_owned()
    };
    let layers = report["layers"].as_array().into_iter().flatten().map(layer);
    let trust = report["trust"].as_str().or(report["error"]["code"].as_str()).unwrap_or_default();
    [trust.to_owned()].into_iter().chain(layers).collect::<Vec<_>>().join(" ")
}

/// Runs `form` over files below the vectors; `@` in an option stands for their folder.
fn check(folder: &Path, form: &str, lines: &[(&str, &str, &str)]) {
    let bench = Bench::new();
    let root = folder.to_str().unwrap();
    for (options, file, expected) in lines {
        let words = format!("{form} {options}").replace('@', &format!("{root}/"));
        let words = words.split_whitespace().map(str::to_owned).chain([format!("{root}/{file}")]);
        let run = bench.sceau_words(&words.collect::<Vec<_>>());
        assert_eq!(said(&run), *expected, "{file}: {}", run.text());
    }
}

#[test]
fn letters_of_rfc_4134() {
    let Some(root) = vectors(19) else { return };
    let verify = "verify --json --danger-legacy --trust @CarlRSASelf.cer --trust @CarlDSSSelf.cer --intermediates @AliceDSSSignByCarlNoInherit.cer --intermediates @AliceRSASignByCarl.cer --intermediates @DianeDSSSignByCarlInherit.cer --intermediates @DianeRSASignByCarl.cer";
    let folder = root.join("rfc4134");
    let legacy = "clear legacy";
    let content = "--content @ExContent.bin";
    check(
        &folder,
        verify,
        &[
            ("", "3.1.bin", "clear"),
            ("", "3.2.bin", "clear"),
            ("", "4.1.bin", legacy),
            ("", "4.2.bin", legacy),
            (content, "4.3.bin", legacy),
            ("", "4.4.bin", legacy),
            ("", "4.5.bin", legacy),
            ("", "4.6.bin", "clear legacy legacy"),
            ("", "4.7.bin", legacy),
            // Alice's certificate does not name who the mail is from.
            ("", "4.8.eml", "broken legacy"),
            ("", "4.9.eml", "broken legacy"),
            ("", "4.10.bin", legacy),
            ("", "4.11.bin", "clear"),
            ("", "6.0.bin", "clear digested"),
        ],
    );
    let bob = "--key @BobPrivRSAEncrypt.pri,cert=@BobRSASignByCarl.cer";
    let shared = "--kek 737c791f25ead0e04629254352f7dc6291e5cb26917ada32";
    check(
        &folder,
        "open --json",
        &[
            (bob, "5.1.bin", "sealed_unverified 3des-cbc"),
            (bob, "5.2.bin", "sealed_unverified rc2-cbc"),
            (bob, "5.3.eml", "sealed_unverified 3des-cbc"),
            (shared, "7.1.bin", "sealed_unverified 3des-cbc"),
            (shared, "7.2.bin", "sealed_unverified 3des-cbc"),
        ],
    );
}

#[test]
fn the_kim_sample() {
    let Some(root) = vectors(8) else { return };
    let prv = "--key @recipientA/hci-enc-2-kim-bsp.prv,cert=@recipientA/hci-enc-2-kim-bsp.crt";
    let p12 = "--key @recipientB/hci-enc-3-kim-bsp.p12,password-file=@recipientB/password.txt";
    // The signer's certificate is of an authority that the sample does not hold.
    let expected = "sealed_unverified aes-256-gcm untrusted";
    let lines: Vec<_> = ["message/inputEmail.txt.04.encryptedcms", "message/inputEmail.txt.05.encryptedwrap"]
        .into_iter()
        .flat_map(|file| [prv, p12].map(|key| (key, file, expected)))
        .collect();
    check(&root.join("kim"), "open --json --at 2020-12-14T07:17:05Z", &lines);
    check(
        &root.join("kim"),
        "verify --json --at 2020-12-14T07:17:05Z",
        &[
            ("", "message/inputEmail.txt.02.signedcms", "clear untrusted"),
            ("", "message/inputEmail.txt.03.signedwrap", "clear untrusted"),
        ],
    );
}

#[test]
fn letters_of_lamps() {
    let Some(root) = vectors(10) else { return };
    let keys = [
        ("cht/ml-kem-512-2.16.840.1.101.3.4.4.1", "id-alg-hkdf-with-sha256"),
        ("cht/ml-kem-768-2.16.840.1.101.3.4.4.2", "id-alg-hkdf-with-sha512"),
        ("cht/ml-kem-1024-2.16.840.1.101.3.4.4.3", "id-alg-hkdf-with-sha512"),
    ];
    for (level, kdf) in keys {
        let key = format!("--key @{level}_priv.der,cert=@{level}_ee.der");
        let (by_kem, otherwise) =
            (format!("{level}_kemri_{kdf}.der"), format!("{level}_kemri_auth_{kdf}.der"));
        // The second has a KeyTransRecipientInfo, which is not RFC 9629.
        let lines = [
            (key.as_str(), by_kem.as_str(), "sealed_unverified aes-256-cbc"),
            (&key, &otherwise, "unsupported_algorithm"),
        ];
        check(&root.join("lamps"), "open --json", &lines);
    }
    for form in ["seed", "both", "expanded"] {
        let key = format!("--key @ml-kem-keys/ML-KEM-512-{form}.priv,cert=@cms-ml-kem/ML-KEM-512.pem");
        check(
            &root.join("lamps"),
            "open --json",
            &[(&key, "cms-ml-kem/ML-KEM-512.cms", "sealed_unverified aes-128-gcm")],
        );
    }
    for level in ["44", "65", "87"] {
        let file = format!("cms-ml-dsa/mldsa{level}-signed-attrs.pem");
        let certificate = format!(
            "--trust @ml-dsa-keys/ML-DSA-{level}.crt --intermediates @ml-dsa-keys/ML-DSA-{level}.crt"
        );
        check(&root.join("lamps"), "verify --json", &[(&certificate, &file, "clear valid")]);
    }
}

#[test]
fn certificates_of_rfc_9216_lead_to_both_roots() {
    let Some(root) = vectors(16) else { return };
    let bench = Bench::new();
    let file = |name: &str| root.join("rfc9216").join(name).to_str().unwrap().to_owned();
    for (name, usage) in
        ["alice", "bob", "carlos", "dana"].into_iter().flat_map(|n| [(n, "sign"), (n, "encrypt")])
    {
        for authority in ["rsa-ca", "ed25519-ca"] {
            let words = [
                "chain",
                "--json",
                "--no-revocation",
                "--purpose",
                "email",
                "--trust",
                &file(&format!("{authority}.crt")),
                "--intermediates",
                &file("rsa-ca.cross.crt"),
                "--intermediates",
                &file("ed25519-ca.cross.crt"),
                "--name",
                &format!("email:{name}@smime.example"),
                &file(&format!("{name}.{usage}.crt")),
            ];
            let run = bench.sceau_words(&words.map(str::to_owned)).expect(0);
            assert_eq!(run.json()["valid"], true, "{name} {usage} {authority}");
        }
    }
}
