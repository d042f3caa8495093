//! NIST PKITS: certification path validation (RFC 5280), 250 cases, in two editions.

use std::path::Path;

use const_oid::ObjectIdentifier;
use sceau_smime::path::{PolicyInput, Validation, validate};
use sceau_smime::{Anchors, Budget, Certificate, Crl, Purpose, RevocationMode, UnixTime};
use serde_json::Value;

use crate::ledger::Ledger;
use crate::vectors;

const CASES: usize = 250;

struct Suite {
    expectations: Value,
    folder: std::path::PathBuf,
    legacy: bool,
}

impl Suite {
    fn open(root: &Path, edition: &str, legacy: bool) -> Self {
        let text = std::fs::read_to_string(root.join("pkits/expectations.json")).unwrap();
        let expectations = serde_json::from_str(&text).unwrap();
        Self { expectations, folder: root.join("pkits").join(edition), legacy }
    }

    fn cases(&self) -> &[Value] {
        self.expectations["cases"].as_array().unwrap()
    }

    fn certificates(&self, names: &Value) -> Vec<Certificate> {
        let read =
            |name: &Value| std::fs::read(self.folder.join("certs").join(name.as_str().unwrap())).unwrap();
        // A certificate that cannot be read cannot help either.
        files(names).iter().filter_map(|name| Certificate::from_der(&read(name)).ok()).collect()
    }

    fn lists(&self, names: &Value) -> Vec<Crl> {
        let read =
            |name: &Value| std::fs::read(self.folder.join("crls").join(name.as_str().unwrap())).unwrap();
        files(names).iter().filter_map(|name| Crl::from_der(&read(name)).ok()).collect()
    }

    /// The policies for which the path of the case is accepted, else why it is not.
    fn run(&self, case: &Value) -> Result<Vec<String>, String> {
        let setting = |key: &str| case.get(key).unwrap_or(&self.expectations["defaults"][key]);
        let flag = |key: &str| setting(key).as_bool().unwrap();
        let acceptable: Vec<ObjectIdentifier> = oids(setting("initial_policy_set"));
        let anchor = self.certificates(&Value::Array(vec![setting("trust_anchor").clone()]));
        let anchors = Anchors::from_certificates(anchor);
        let target = self.certificates(&Value::Array(vec![case["target"].clone()]));
        let target = target.first().ok_or("the certificate cannot be read")?;
        let mut intermediates = self.certificates(&case["intermediates"]);
        intermediates.extend(self.certificates(&case["crl_issuer_certs"]));
        let crls = self.lists(&case["crls"]);
        let now = UnixTime::from_rfc3339(self.expectations["validation_time"].as_str().unwrap()).unwrap();
        let validation = Validation {
            intermediates: &intermediates,
            crls: &crls,
            purpose: Purpose::Any,
            revocation: RevocationMode::Require,
            danger_legacy: self.legacy,
            policies: PolicyInput {
                acceptable: &acceptable,
                require_explicit: flag("explicit_policy"),
                inhibit_mapping: flag("policy_mapping_inhibit"),
                inhibit_any: flag("any_policy_inhibit"),
            },
            ..Validation::for_email(&anchors, now)
        };
        validate(target, &validation, Budget::default())
            .map(|path| path.policies.iter().map(ObjectIdentifier::to_string).collect())
            .map_err(|error| error.code().to_owned())
    }

    fn deviations(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for case in self.cases() {
            if let Some(what) = deviation(case, &self.run(case)) {
                found.push((case["id"].as_str().unwrap().to_owned(), what));
            }
        }
        found
    }
}

/// What is other than expected: the verdict, or the policies an accepted path is valid for.
fn deviation(case: &Value, outcome: &Result<Vec<String>, String>) -> Option<String> {
    let expected = case["expected"].as_str().unwrap();
    match (expected, outcome) {
        ("accept", Ok(policies)) => {
            let mut wanted: Vec<String> = oids(&case["user_constrained_policy_set"]);
            let mut policies = policies.clone();
            wanted.sort();
            policies.sort();
            (policies != wanted).then(|| format!("policies {wanted:?} expected, got {policies:?}"))
        }
        ("reject", Err(_)) => None,
        ("accept", Err(why)) => Some(format!("accept expected, refused: {why}")),
        ("reject", Ok(_)) => Some("refusal expected, accepted".to_owned()),
        _ => panic!("neither accept nor reject: {expected}"),
    }
}

fn oids<T: core::str::FromStr>(list: &Value) -> Vec<T>
where
    T::Err: core::fmt::Debug,
{
    list.as_array().unwrap().iter().map(|oid| oid.as_str().unwrap().parse().unwrap()).collect()
}

fn files(names: &Value) -> Vec<Value> {
    names.as_array().cloned().unwrap_or_default()
}

#[test]
fn edition_2011() {
    let Some(root) = vectors(CASES) else { return };
    let suite = Suite::open(&root, "", false);
    assert_eq!(suite.cases().len(), CASES);
    // Valid DSA Signatures: the later edition kept DSA, which counts with the legacy switch only.
    let ledger = [
        include_str!("pkits-ledger.txt"),
        "4.1.4 | DSA is refused without the legacy switch\n4.1.5 | DSA is refused without the legacy switch",
    ];
    Ledger::read(&ledger.join("\n")).settle(&suite.deviations());
}

#[test]
fn edition_2001_with_the_legacy_switch_gives_the_same_verdicts() {
    let Some(root) = vectors(CASES) else { return };
    let suite = Suite::open(&root, "legacy-2001", true);
    assert_eq!(suite.cases().len(), CASES);
    Ledger::read(include_str!("pkits-ledger.txt")).settle(&suite.deviations());
}

#[test]
fn edition_2001_is_refused_without_the_legacy_switch() {
    let Some(root) = vectors(CASES) else { return };
    let suite = Suite::open(&root, "legacy-2001", false);
    let accepted: Vec<&Value> = suite.cases().iter().filter(|case| suite.run(case).is_ok()).collect();
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
}
