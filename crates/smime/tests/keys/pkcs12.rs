//! PKCS#12 containers of other programs (RFC 7292).

use std::path::Path;

use sceau_smime::{Error, Pkcs12};
use serde_json::Value;

use crate::ledger::Ledger;
use crate::vectors;

/// Containers in the sample of RustCrypto/formats.
const RUSTCRYPTO: usize = 23;
/// Containers of the 2001 edition of PKITS.
const PKITS: usize = 405;
/// Containers of the KIM sample.
const KIM: usize = 2;

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

fn expected(case: &Value, key: &str) -> Vec<String> {
    let list = case[key].as_array().unwrap();
    sorted(list.iter().map(|value| value.as_str().unwrap().to_owned()).collect())
}

/// `Ok` when everything in the container is as the sample says.
fn compare(root: &Path, case: &Value) -> Result<(), String> {
    let bytes = std::fs::read(root.join("rustcrypto").join(case["file"].as_str().unwrap())).unwrap();
    let password = case["password"].as_str();
    let found = Pkcs12::read(&bytes, password).map_err(|error| error.to_string())?;
    let certificates = sorted(found.certificates.iter().map(|c| hex(&c.sha256())).collect());
    let keys = sorted(found.keys.iter().map(|key| hex(&sha256(&key.spki_der()))).collect());
    if certificates != expected(case, "certificates_sha256") || keys != expected(case, "key_spki_sha256") {
        return Err(format!("other content: {found:?}"));
    }
    if found.mac.is_some() != case["mac"].is_string() {
        return Err(format!("other integrity check: {:?}", found.mac));
    }
    if password != Some("") && Pkcs12::read(&bytes, Some("wrong")).is_ok() && found.mac.is_some() {
        return Err("opens with any pass phrase".to_owned());
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    sceau_smime::key::DigestAlgorithm::Sha256.hash(bytes)
}

#[test]
fn samples_of_rustcrypto() {
    let Some(root) = vectors(RUSTCRYPTO) else { return };
    let text = std::fs::read_to_string(root.join("rustcrypto/pkcs12-expectations.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), RUSTCRYPTO);
    let deviations: Vec<(String, String)> = cases
        .iter()
        .filter_map(|case| Some((case["file"].as_str().unwrap().to_owned(), compare(&root, case).err()?)))
        .collect();
    Ledger::read(include_str!("pkcs12-ledger.txt")).settle(&deviations);
}

#[test]
fn containers_of_pkits() {
    let Some(root) = vectors(PKITS) else { return };
    let (mut opened, mut unsupported) = (0, 0);
    for entry in std::fs::read_dir(root.join("pkits/legacy-2001/pkcs12")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let found =
            Pkcs12::read(&bytes, Some("password")).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(found.certificates.len(), 1, "{}", path.display());
        match found.keys.as_slice() {
            [_] => {
                assert_eq!(found.identities().len(), 1, "{}", path.display());
                opened += 1;
            }
            // The DSA keys of section 4.1.
            [] => {
                assert!(matches!(found.unreadable.as_slice(), [Error::UnsupportedAlgorithm { .. }]));
                unsupported += 1;
            }
            _ => panic!("{}: several keys", path.display()),
        }
        assert_eq!(Pkcs12::read(&bytes, Some("wrong")).err(), Some(Error::WrongPassword));
    }
    assert_eq!((opened, unsupported), (PKITS - 5, 5));
}

#[test]
fn containers_of_kim() {
    let Some(root) = vectors(KIM) else { return };
    for file in ["recipientA/hci-enc-2-kim-bsp.p12", "recipientB/hci-enc-3-kim-bsp.p12"] {
        let bytes = std::fs::read(root.join("kim").join(file)).unwrap();
        let found = Pkcs12::read(&bytes, Some("00")).unwrap();
        let identities = found.identities();
        assert_eq!(identities.len(), 1, "{file}");
        assert!(identities[0].certificate.can_encrypt() && !identities[0].certificate.can_sign());
        assert_eq!(Pkcs12::read(&bytes, Some("0")).err(), Some(Error::WrongPassword));
        assert_eq!(Pkcs12::read(&bytes, None).err(), Some(Error::PasswordRequired));
    }
}
