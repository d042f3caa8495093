//! Project Wycheproof: every file for an algorithm we use, every test of it, through our own
//! functions. What is decided for the tests marked `acceptable` stands in docs/design/wycheproof.md.
//!
//! A new algorithm needs one line in a table, and a function if no other fits.

mod ciphers;
mod derivation;
mod secrets;
mod signatures;

use serde_json::Value;

use crate::key::DigestAlgorithm;

/// A file's name and how many tests it must have run.
type File = (&'static str, usize);

/// All files and tests of the four families.
const TOTAL: (usize, usize) = (125, 23_721);

/// What came of one test.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// The answer was the expected one.
    Right,
    /// Refused, or another answer.
    Wrong,
}

impl From<bool> for Outcome {
    fn from(right: bool) -> Self {
        if right { Self::Right } else { Self::Wrong }
    }
}

/// One test and the group it stands in.
struct Case<'a> {
    group: &'a Value,
    test: &'a Value,
}

impl Case<'_> {
    /// A field of the test in hexadecimal.
    fn bytes(&self, field: &str) -> Vec<u8> {
        hex::decode(self.test[field].as_str().unwrap()).unwrap()
    }

    fn maybe_bytes(&self, field: &str) -> Option<Vec<u8>> {
        self.test[field].as_str().map(|text| hex::decode(text).unwrap())
    }

    fn number(&self, field: &str) -> usize {
        usize::try_from(self.test[field].as_u64().unwrap()).unwrap()
    }

    fn group_bytes(&self, field: &str) -> Vec<u8> {
        hex::decode(self.group[field].as_str().unwrap()).unwrap()
    }

    fn group_number(&self, field: &str) -> usize {
        usize::try_from(self.group[field].as_u64().unwrap()).unwrap()
    }

    fn has(&self, flag: &str) -> bool {
        self.test["flags"].as_array().is_some_and(|flags| flags.iter().any(|found| found == flag))
    }

    fn is_valid(&self) -> bool {
        self.test["result"] == "valid"
    }

    fn digest(&self, field: &str) -> DigestAlgorithm {
        digest(self.group[field].as_str().unwrap())
    }
}

fn digest(name: &str) -> DigestAlgorithm {
    match name {
        "SHA-1" => DigestAlgorithm::Sha1,
        "SHA-224" => DigestAlgorithm::Sha224,
        "SHA-256" => DigestAlgorithm::Sha256,
        "SHA-384" => DigestAlgorithm::Sha384,
        "SHA-512" => DigestAlgorithm::Sha512,
        other => panic!("{other} is not ours"),
    }
}

/// The text of a file of the `wycheproof` module `$family`.
macro_rules! json {
    ($family:ident, $name:expr) => {
        $name.parse::<::wycheproof::$family::TestName>().unwrap().json_data()
    };
}
use json;

/// Runs every test of one file. `accepts` says what is decided for an acceptable test.
fn run_file(
    (name, count): File,
    json: &str,
    accepts: impl Fn(&Case<'_>) -> bool,
    judge: impl Fn(&Case<'_>) -> Outcome,
) {
    let file: Value = serde_json::from_str(json).unwrap();
    let (mut ran, mut faults) = (0, Vec::new());
    for group in file["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let case = Case { group, test };
            let expected = match test["result"].as_str().unwrap() {
                "valid" => true,
                "invalid" => false,
                "acceptable" => accepts(&case),
                other => panic!("{name}: result {other}"),
            };
            ran += 1;
            let right = match judge(&case) {
                Outcome::Right => expected,
                Outcome::Wrong => !expected,
            };
            if !right {
                faults.push(format!(
                    "{} expected {expected}: {} {}",
                    test["tcId"], test["comment"], test["flags"]
                ));
            }
        }
    }
    println!("{name}: {ran} tests");
    assert!(faults.is_empty(), "{name}: {} faults\n{}", faults.len(), faults.join("\n"));
    assert_eq!(ran, count, "{name}");
}

/// What is decided where nothing is acceptable.
fn nothing_acceptable(_: &Case<'_>) -> bool {
    panic!("no test of this file is known to be acceptable")
}

#[test]
fn totals() {
    let tables = [signatures::FILES, secrets::FILES, derivation::FILES].concat().concat();
    let all = [tables, ciphers::files()].concat();
    let (files, tests) = (all.len(), all.iter().map(|file| file.1).sum::<usize>());
    println!("Wycheproof: {files} files, {tests} tests");
    assert_eq!((files, tests), TOTAL);
}
