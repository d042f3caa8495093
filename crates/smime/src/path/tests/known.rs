//! What is kept about certificates that were met before.

use super::world::{By, NOW, certificate, person, root};
use crate::path::known::{Known, MAX_KNOWN};
use crate::path::{Anchor, Anchors, Budget, PathError, Validation, validate_counted};
use crate::time::UnixTime;
use crate::x509::Certificate;
use crate::x509::build::email_protection;

/// A certificate below an authority, and anchors that trust it.
fn small_world() -> (Certificate, Anchors) {
    (person(2), [Anchor::new(root())].into_iter().collect())
}

#[test]
fn a_signature_is_kept_and_its_certificate_judged_every_time() {
    let (leaf, anchors) = small_world();
    let validation = Validation::for_email(&anchors, NOW);
    let first = validate_counted(&leaf, &validation, Budget::default());
    assert_eq!(anchors.known.count().0, 1);
    let second = validate_counted(&leaf, &validation, Budget::default());
    assert!(first.0.is_ok() && second.0.is_ok());
    assert_eq!((anchors.known.count().0, first.1), (1, second.1));
    let late = Validation::for_email(&anchors, NOW.plus_seconds(400 * UnixTime::DAY));
    let (found, _) = validate_counted(&leaf, &late, Budget::default());
    assert!(matches!(found, Err(PathError::Expired { .. })));
}

#[test]
fn what_was_wrong_or_let_pass_is_not_kept() {
    let (leaf, anchors) = small_world();
    let legacy = Validation { danger_legacy: true, ..Validation::for_email(&anchors, NOW) };
    assert!(validate_counted(&leaf, &legacy, Budget::default()).0.is_ok());
    let forged = certificate(By("person", 4), By("root", 2), 3, vec![email_protection()]);
    let validation = Validation::for_email(&anchors, NOW);
    assert!(validate_counted(&forged, &validation, Budget::default()).0.is_err());
    assert_eq!(anchors.known.count().0, 0);
}

#[test]
fn certificates_are_read_alike_and_not_kept_without_end() {
    let (leaf, _) = small_world();
    let known = Known::default();
    for _ in 0..2 {
        assert_eq!(known.read(leaf.der()).unwrap(), leaf);
    }
    assert_eq!(known.count(), (0, 1));
    assert_eq!(known.read(b"0").unwrap_err(), Certificate::from_der(b"0").unwrap_err());
    for number in 0..=u16::try_from(MAX_KNOWN).unwrap() {
        let mut fingerprint = [0; 32];
        fingerprint[..2].copy_from_slice(&number.to_be_bytes());
        known.add((fingerprint, [0; 32]));
    }
    assert_eq!(known.count(), (1, 1));
}
