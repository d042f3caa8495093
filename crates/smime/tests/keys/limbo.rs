//! x509-limbo: hostile chains, name constraints, path lengths (RFC 5280, CA/B rules left aside).

use std::net::IpAddr;

use sceau_smime::path::{Validation, certificate_has_name, validate_counted};
use sceau_smime::x509::GeneralName;
use sceau_smime::{Anchors, Budget, Certificate, Crl, Purpose, RevocationMode, UnixTime};
use serde_json::Value;

use crate::ledger::Ledger;
use crate::vectors;

const CASES: usize = 208;

/// Most cases leave the moment open; nearly all their certificates are valid from 1970 to 2969.
const PRESENT: &str = "2026-11-23T00:00:00Z";

/// What the cases that want to keep a validator busy may cost: signatures, candidates, name comparisons. Exact, so that more
/// work is noticed; the three full counters are the budget.
const PATHOLOGICAL: [(&str, [u32; 3]); 11] = [
    ("multiple-chains-expired-intermediate", [2, 1, 0]),
    ("intermediate-cycle-distinct-cas", [2, 6, 0]),
    ("intermediate-cycle-distinct-cas-max-depth", [2, 6, 0]),
    ("intermediate-cycle-same-logical-ca", [3, 6, 0]),
    ("nc-dos-1", [1, 1, 250_000]),
    ("nc-dos-2", [1, 1, 250_000]),
    ("nc-dos-3", [1, 1, 250_000]),
    ("pathological-chain-distinct-subject-distinct-key", [8, 900, 0]),
    ("pathological-chain-same-subject-distinct-key", [100, 101, 0]),
    ("pathological-chain-distinct-subject-same-key", [8, 900, 0]),
    ("pathological-chain-same-subject-same-key", [1, 10_100, 0]),
];

/// Cases outside `webpki::`: the rules that hold for letters too. None of them may stand in the ledger.
const OF_RFC_5280: usize = 152;

/// Signatures, candidates and name comparisons that a case has cost.
fn spent(left: Budget) -> [u32; 3] {
    let all = Budget::default();
    [all.signatures - left.signatures, all.steps - left.steps, all.name_comparisons - left.name_comparisons]
}

fn certificates(list: &Value) -> Result<Vec<Certificate>, String> {
    let mut found = Vec::new();
    for pem in list.as_array().unwrap() {
        // What cannot be read cannot help to build a path.
        found.extend(Certificate::read_all(pem.as_str().unwrap().as_bytes()).unwrap_or_default());
    }
    Ok(found)
}

fn name(expected: &Value) -> Option<GeneralName> {
    let value = expected["value"].as_str()?.to_owned();
    Some(match expected["kind"].as_str()? {
        "DNS" => GeneralName::Dns(value),
        "RFC822" => GeneralName::Rfc822(value),
        "IP" => GeneralName::Ip(match value.parse().unwrap() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }),
        other => panic!("unknown kind of name {other}"),
    })
}

/// The verdict, and what is left of the budget.
fn run(case: &Value) -> (Result<(), String>, Budget) {
    let default = Budget::default();
    let depth =
        case["max_chain_depth"].as_u64().map_or(default.depth, |depth| usize::try_from(depth).unwrap());
    let budget = Budget { depth, ..default };
    match judge(case, budget) {
        Ok((verdict, left)) => (verdict, left),
        Err(unreadable) => (Err(unreadable), budget),
    }
}

fn judge(case: &Value, budget: Budget) -> Result<(Result<(), String>, Budget), String> {
    let anchors = Anchors::from_certificates(certificates(&case["trusted_certs"])?);
    let intermediates = certificates(&case["untrusted_intermediates"])?;
    let leaf = Certificate::read_all(case["peer_certificate"].as_str().unwrap().as_bytes());
    let leaf = leaf.map_err(|error| error.to_string())?.remove(0);
    let lists = case["crls"].as_array().unwrap().iter().map(|pem| pem.as_str().unwrap().as_bytes());
    let crls: Vec<Crl> = lists.filter_map(|pem| Crl::read_all(pem).ok()).flatten().collect();
    let moment = case["validation_time"].as_str().unwrap_or(PRESENT);
    let now = UnixTime::from_rfc3339(moment).unwrap();
    let with_lists = !case["crls"].as_array().unwrap().is_empty();
    let validation = Validation {
        intermediates: &intermediates,
        crls: &crls,
        purpose: if case["validation_kind"] == "CLIENT" { Purpose::Client } else { Purpose::Server },
        revocation: if with_lists { RevocationMode::Require } else { RevocationMode::IfGiven },
        // Half of the cases are about the form RFC 5280 demands of issuers.
        strict_profile: true,
        ..Validation::for_email(&anchors, now)
    };
    let (path, left) = validate_counted(&leaf, &validation, budget);
    let verdict =
        path.map_err(|error| error.code().to_owned()).and_then(|_| match name(&case["expected_peer_name"]) {
            Some(name) if !certificate_has_name(&leaf, &name) => Err("name_mismatch".to_owned()),
            _ => Ok(()),
        });
    Ok((verdict, left))
}

#[test]
fn every_case_behaves_as_expected_or_stands_in_the_ledger() {
    let Some(root) = vectors(CASES) else { return };
    let text = std::fs::read_to_string(root.join("limbo/limbo.json")).unwrap();
    let suite: Value = serde_json::from_str(&text).unwrap();
    let cases = suite["testcases"].as_array().unwrap();
    assert_eq!(cases.len(), CASES);
    let outside = cases.iter().filter(|case| !case["id"].as_str().unwrap().starts_with("webpki::")).count();
    assert_eq!(outside, OF_RFC_5280);
    let ledger = include_str!("limbo-ledger.txt");
    assert!(ledger.lines().all(|line| line.starts_with("webpki::") || line.starts_with('#')));
    let mut deviations = Vec::new();
    let mut work = Vec::new();
    for case in cases {
        let expected = case["expected_result"] == "SUCCESS";
        let (outcome, left) = run(case);
        let id = case["id"].as_str().unwrap();
        if id.starts_with("pathological::") {
            work.push((id.to_owned(), spent(left)));
        }
        if outcome.is_ok() != expected {
            let what = outcome.err().unwrap_or_else(|| "accepted".to_owned());
            deviations.push((id.to_owned(), what));
        }
    }
    assert_eq!(work, PATHOLOGICAL.map(|(id, spent)| (format!("pathological::{id}"), spent)));
    Ledger::read(ledger).settle(&deviations);
}
