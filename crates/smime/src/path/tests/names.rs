//! Name constraints on addresses beyond ASCII (RFC 9598 §6, RFC 9549) and on forms nobody knows.

use super::world::{By, NOW, authority, certificate, judge, oid};
use crate::path::{Anchors, PathError, Validation};
use crate::x509::build::{email_protection, extension, permitted_domains, subject_alt_name};
use crate::{asn1, oids};

/// Whether a certificate with encoded names holds under an authority with encoded constraints.
fn verdict(constraints: Vec<u8>, names: Vec<u8>) -> Result<(), PathError> {
    let root = certificate(By("root", 0), By("root", 0), 1, authority(vec![constraints]));
    let person = certificate(By("person", 4), By("root", 0), 3, vec![names, email_protection()]);
    let anchors = Anchors::from_certificates(vec![root]);
    judge(&person, &Validation::for_email(&anchors, NOW)).map(|_| ())
}

fn permitted(domain: &str) -> Vec<u8> {
    permitted_domains(&[domain.to_owned()])
}

/// An otherName of some type.
fn other_name(kind: &str) -> Vec<u8> {
    let value = asn1::nest(asn1::context(0), &[&asn1::tlv(asn1::UTF8_STRING, b"801234567890")]);
    asn1::nest(asn1::context(0), &[&asn1::oid(oid(kind)), &value])
}

fn excluded(name: &[u8]) -> Vec<u8> {
    let subtrees = asn1::sequence(&[name]);
    extension(oids::NAME_CONSTRAINTS, true, &asn1::sequence(&[&asn1::tlv(asn1::context(1), &subtrees)]))
}

#[test]
fn constraints_on_rfc822_names_bind_smtp_utf8_mailboxes() {
    for (domain, address, holds) in [
        ("clinique.example", "éloïse@clinique.example", true),
        ("clinique.example", "éloïse@autre.example", false),
        ("clinique.example", "éloïse@sub.clinique.example", false),
        (".clinique.example", "éloïse@sub.clinique.example", true),
        // The constraint is ASCII; the mailbox may still write the domain as people do (RFC 8398).
        ("xn--hpital-mrb.example", "éloïse@hôpital.example", false),
        ("xn--hpital-ixa.example", "éloïse@hôpital.example", true),
        ("xn--hpital-ixa.example", "éloïse@XN--HPITAL-IXA.example", true),
    ] {
        let found = verdict(permitted(domain), subject_alt_name(&[address]));
        assert_eq!(found.is_ok(), holds, "{domain} {address}: {found:?}");
    }
}

#[test]
fn unknown_forms_refuse_only_names_of_that_form() {
    let rpps = "1.2.250.1.71.4.2.1";
    let names = |name: &[u8]| extension(oids::SUBJECT_ALT_NAME, false, &asn1::sequence(&[name]));
    let refused = verdict(excluded(&other_name(rpps)), names(&other_name(rpps)));
    assert!(matches!(refused, Err(PathError::UnsupportedNameConstraint { .. })), "{refused:?}");
    assert_eq!(verdict(excluded(&other_name(rpps)), names(&other_name("1.2.3.4"))), Ok(()));
    assert_eq!(verdict(excluded(&other_name(rpps)), subject_alt_name(&["a@b.example"])), Ok(()));
    // registeredID [8]
    let registered = asn1::tlv(asn1::context_primitive(8), &[0x2a, 3]);
    let refused = verdict(excluded(&registered), names(&registered));
    assert!(matches!(refused, Err(PathError::UnsupportedNameConstraint { .. })), "{refused:?}");
}
