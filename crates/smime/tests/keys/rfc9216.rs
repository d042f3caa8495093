//! The example certificates and keys of RFC 9216: RSA, and Ed25519 with X25519.

use std::path::Path;

use sceau_smime::key::KeyKind;
use sceau_smime::path::{Validation, validate};
use sceau_smime::{Anchors, Budget, Certificate, PrivateKey, UnixTime};

use crate::vectors;

/// Certificates and private keys of the suite.
const CERTIFICATES: usize = 12;
const KEYS: usize = 4;

fn read(root: &Path, name: &str) -> Vec<u8> {
    std::fs::read(root.join("rfc9216").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn certificate(root: &Path, name: &str) -> Certificate {
    Certificate::read_all(&read(root, &format!("{name}.crt"))).unwrap().remove(0)
}

#[test]
fn every_certificate_verifies_under_its_authority() {
    let Some(root) = vectors(CERTIFICATES) else { return };
    let issued = [
        ("rsa-ca", ["rsa-ca", "ed25519-ca.cross", "alice.sign", "alice.encrypt", "bob.sign", "bob.encrypt"]),
        (
            "ed25519-ca",
            ["ed25519-ca", "rsa-ca.cross", "carlos.sign", "carlos.encrypt", "dana.sign", "dana.encrypt"],
        ),
    ];
    let mut ran = 0;
    for (authority, subjects) in issued {
        let key = certificate(&root, authority).public_key().unwrap();
        let other = certificate(&root, if authority == "rsa-ca" { "ed25519-ca" } else { "rsa-ca" });
        for subject in subjects {
            let subject = certificate(&root, subject);
            assert_eq!(subject.verify_signed_by(&key, false), Ok(()));
            assert!(subject.verify_signed_by(&other.public_key().unwrap(), false).is_err());
            ran += 1;
        }
    }
    assert_eq!(ran, CERTIFICATES);
}

#[test]
fn the_keys_match_and_serve_their_purpose() {
    let Some(root) = vectors(KEYS) else { return };
    let cases = [
        ("alice.sign", KeyKind::Rsa { bits: 2048 }),
        ("bob.encrypt", KeyKind::Rsa { bits: 2048 }),
        ("carlos.sign", KeyKind::Ed25519),
        ("dana.encrypt", KeyKind::X25519),
    ];
    assert_eq!(cases.len(), KEYS);
    for (name, kind) in cases {
        let key = PrivateKey::read(&read(&root, &format!("{name}.key")), None).unwrap();
        assert_eq!(key.kind(), kind);
        assert!(key.matches(&certificate(&root, name).public_key().unwrap()), "{name}");
    }
    for person in ["alice", "bob", "carlos", "dana"] {
        let (sign, encrypt) =
            (certificate(&root, &format!("{person}.sign")), certificate(&root, &format!("{person}.encrypt")));
        assert!(sign.can_sign() && !sign.can_encrypt(), "{person}");
        assert!(encrypt.can_encrypt() && !encrypt.can_sign(), "{person}");
        assert!(sign.has_email(&format!("{person}@smime.example")));
    }
}

/// Each of the eight certificates under each of the two roots, straight or through a cross certificate.
#[test]
fn paths_lead_to_either_root() {
    let Some(root) = vectors(16) else { return };
    let crosses = ["rsa-ca.cross", "ed25519-ca.cross"].map(|name| certificate(&root, name));
    let mut ran = 0;
    for anchor in ["rsa-ca", "ed25519-ca"] {
        let anchors = Anchors::from_certificates(vec![certificate(&root, anchor)]);
        for person in ["alice", "bob", "carlos", "dana"] {
            for usage in ["sign", "encrypt"] {
                let mut validation = Validation::for_email(&anchors, UnixTime(1_700_000_000));
                validation.intermediates = &crosses;
                validation.revocation = sceau_smime::RevocationMode::Off;
                let leaf = certificate(&root, &format!("{person}.{usage}"));
                let valid = validate(&leaf, &validation, Budget::default());
                let straight = (anchor == "rsa-ca") == ["alice", "bob"].contains(&person);
                let steps = valid.map(|path| path.certificates.len());
                assert_eq!(steps.ok(), Some(if straight { 2 } else { 3 }), "{person}.{usage} under {anchor}");
                ran += 1;
            }
        }
    }
    assert_eq!(ran, 16);
}
