//! Post-quantum keys, certificates and envelopes of the LAMPS working group (RFC 9881, 9935, 9936) and of
//! Chunghwa Telecom.

use std::path::Path;

use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::envelope::Envelope;
use sceau_smime::key::{KeyKind, MlDsaSet, MlKemSet};
use sceau_smime::{Certificate, Error, Identity, PrivateKey, PublicKey};

use crate::vectors;

/// Private keys that are right: six levels, three forms each.
const KEYS: usize = 18;
/// Private keys whose parts contradict each other.
const BAD_KEYS: usize = 7;
/// Envelopes: one of RFC 9936 under each form of its key, six of Chunghwa Telecom.
const ENVELOPES: usize = 9;

const LEVELS: [(&str, KeyKind); 6] = [
    ("ml-kem-keys/ML-KEM-512", KeyKind::MlKem(MlKemSet::MlKem512)),
    ("ml-kem-keys/ML-KEM-768", KeyKind::MlKem(MlKemSet::MlKem768)),
    ("ml-kem-keys/ML-KEM-1024", KeyKind::MlKem(MlKemSet::MlKem1024)),
    ("ml-dsa-keys/ML-DSA-44", KeyKind::MlDsa(MlDsaSet::MlDsa44)),
    ("ml-dsa-keys/ML-DSA-65", KeyKind::MlDsa(MlDsaSet::MlDsa65)),
    ("ml-dsa-keys/ML-DSA-87", KeyKind::MlDsa(MlDsaSet::MlDsa87)),
];

fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn read(root: &Path, file: &str) -> Vec<u8> {
    std::fs::read(root.join("lamps").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn certificate(root: &Path, file: &str) -> Certificate {
    Certificate::read_all(&read(root, file)).unwrap().remove(0)
}

fn public_key(root: &Path, file: &str) -> PublicKey {
    let text = String::from_utf8(read(root, file)).unwrap();
    let block = sceau_smime::pem::blocks(text.as_bytes()).unwrap().remove(0);
    PublicKey::from_spki_der(&block.der).unwrap()
}

#[test]
fn all_forms_of_a_key_are_one_key() {
    let Some(root) = vectors(KEYS) else { return };
    let mut ran = 0;
    for (level, kind) in LEVELS {
        let public = public_key(&root, &format!("{level}.pub"));
        let certificate = certificate(&root, &format!("{level}.crt"));
        assert!(certificate.public_key().unwrap().same_key(&public), "{level}");
        for form in ["seed", "expanded", "both"] {
            let file = format!("{level}-{form}.priv");
            let key =
                PrivateKey::read(&read(&root, &file), None).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(key.kind(), kind);
            assert!(key.matches(&public), "{file}");
            // What is written is read again; the seed is kept where there is one.
            let written = key.to_pkcs8_der().unwrap();
            assert!(PrivateKey::from_pkcs8_der(&written).unwrap().matches(&public));
            assert_eq!(written.len() < 100, form != "expanded", "{file}");
            ran += 1;
        }
    }
    assert_eq!(ran, KEYS);
}

#[test]
fn inconsistent_keys_are_refused() {
    let Some(root) = vectors(BAD_KEYS) else { return };
    let kem = (1..=4).map(|number| format!("ml-kem-keys/bad-ML-KEM-512-{number}.priv"));
    let dsa = (1..=3).map(|number| format!("ml-dsa-keys/bad-ML-DSA-44-{number}.priv"));
    let files: Vec<String> = kem.chain(dsa).collect();
    assert_eq!(files.len(), BAD_KEYS);
    for file in files {
        let refused = PrivateKey::read(&read(&root, &file), None).err();
        assert_eq!(refused.map(|error| error.code()), Some("malformed"), "{file}");
    }
}

#[test]
fn certificates_verify() {
    let Some(root) = vectors(11) else { return };
    let mut ran = 0;
    // Of the six levels the ML-DSA ones sign themselves; those sign the ML-KEM ones of their strength.
    for (level, issuer) in [
        ("ml-kem-keys/ML-KEM-512", "ml-dsa-keys/ML-DSA-44"),
        ("ml-kem-keys/ML-KEM-768", "ml-dsa-keys/ML-DSA-65"),
        ("ml-kem-keys/ML-KEM-1024", "ml-dsa-keys/ML-DSA-87"),
        ("ml-dsa-keys/ML-DSA-44", "ml-dsa-keys/ML-DSA-44"),
        ("ml-dsa-keys/ML-DSA-65", "ml-dsa-keys/ML-DSA-65"),
        ("ml-dsa-keys/ML-DSA-87", "ml-dsa-keys/ML-DSA-87"),
    ] {
        let subject = certificate(&root, &format!("{level}.crt"));
        let key = certificate(&root, &format!("{issuer}.crt")).public_key().unwrap();
        assert_eq!(subject.verify_signed_by(&key, false), Ok(()), "{level}");
        ran += 1;
    }
    let issued = [("cms-ml-kem/ML-KEM-512.pem", "cms-ml-kem/mldsa65RootCA.pem")];
    let cht = CHT.map(|(level, _)| (format!("cht/{level}_ee.der"), "cht/ta.der".to_owned()));
    let issued = issued.map(|(subject, issuer)| (subject.to_owned(), issuer.to_owned()));
    for (subject, issuer) in issued.into_iter().chain(cht) {
        let key = certificate(&root, &issuer).public_key().unwrap();
        assert_eq!(certificate(&root, &subject).verify_signed_by(&key, false), Ok(()), "{subject}");
        ran += 1;
    }
    let anchor = certificate(&root, "cht/ta.der");
    assert_eq!(anchor.verify_signed_by(&anchor.public_key().unwrap(), false), Ok(()));
    assert_eq!(ran + 1, 11);
}

const CHT: [(&str, &str); 3] = [
    ("ml-kem-512-2.16.840.1.101.3.4.4.1", "id-alg-hkdf-with-sha256"),
    ("ml-kem-768-2.16.840.1.101.3.4.4.2", "id-alg-hkdf-with-sha512"),
    ("ml-kem-1024-2.16.840.1.101.3.4.4.3", "id-alg-hkdf-with-sha512"),
];

fn open(der: &[u8], identity: &Identity) -> Result<(Vec<u8>, String), Error> {
    let envelope = Envelope::read(&ContentInfo::read(der)?)?.expect("an envelope");
    let opened = envelope.open(std::slice::from_ref(identity), &mut rng())?;
    Ok((opened.content.clone(), opened.transport))
}

#[test]
fn envelopes_open_or_say_why_not() {
    let Some(root) = vectors(ENVELOPES) else { return };
    let mut ran = 0;
    let pem = read(&root, "cms-ml-kem/ML-KEM-512.cms");
    let der = sceau_smime::pem::blocks(&pem).unwrap().remove(0).der;
    for form in ["seed", "expanded", "both"] {
        let key =
            PrivateKey::read(&read(&root, &format!("ml-kem-keys/ML-KEM-512-{form}.priv")), None).unwrap();
        let identity = Identity::new(key, certificate(&root, "cms-ml-kem/ML-KEM-512.pem"), vec![]).unwrap();
        let (content, transport) = open(&der, &identity).unwrap();
        assert_eq!(content, read(&root, "cms-ml-kem/plaintext.txt"));
        assert_eq!(transport, "ml-kem-512-hkdf-sha256-aes128-wrap");
        ran += 1;
    }
    for (level, kdf) in CHT {
        let key = PrivateKey::read(&read(&root, &format!("cht/{level}_priv.der")), None).unwrap();
        let kind = key.kind();
        let identity =
            Identity::new(key, certificate(&root, &format!("cht/{level}_ee.der")), vec![]).unwrap();
        let (content, transport) =
            open(&read(&root, &format!("cht/{level}_kemri_{kdf}.der")), &identity).unwrap();
        assert_eq!(content, read(&root, "cht/expected_plaintext.txt"));
        let hash = kdf.trim_start_matches("id-alg-hkdf-with-");
        assert_eq!(transport, format!("{kind}-hkdf-{hash}-aes256-wrap"));
        // In spite of the name a KeyTransRecipientInfo with the ML-KEM identifier: not RFC 9629.
        let auth = open(&read(&root, &format!("cht/{level}_kemri_auth_{kdf}.der")), &identity);
        assert_eq!(auth.map_err(|error| error.code()), Err("unsupported_algorithm"), "{level}");
        ran += 2;
    }
    assert_eq!(ran, ENVELOPES);
}
