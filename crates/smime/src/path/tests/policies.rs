//! Policies beyond what PKITS asks: the growth that RFC 9618 ends, bounds, anchors.

use super::world::{By, NOW, authority, certificate, judge, oid};
use crate::oids::{self, ANY_POLICY};
use crate::path::{Anchors, Budget, PathError, PolicyInput, Validation, validate_counted};
use crate::x509::Certificate;
use crate::x509::build::{email_protection, extension};
use crate::{ObjectIdentifier, asn1};

fn stated(policies: &[ObjectIdentifier]) -> Vec<u8> {
    let list: Vec<Vec<u8>> = policies.iter().map(|policy| asn1::sequence(&[&asn1::oid(*policy)])).collect();
    extension(oids::CERTIFICATE_POLICIES, false, &asn1::tlv(asn1::SEQUENCE, &list.concat()))
}

fn mapped(pairs: &[(ObjectIdentifier, ObjectIdentifier)]) -> Vec<u8> {
    let list: Vec<Vec<u8>> =
        pairs.iter().map(|(a, b)| asn1::sequence(&[&asn1::oid(*a), &asn1::oid(*b)])).collect();
    extension(oids::POLICY_MAPPINGS, true, &asn1::tlv(asn1::SEQUENCE, &list.concat()))
}

/// policyConstraints with requireExplicitPolicy, inhibitPolicyMapping.
fn constrained(explicit: Option<u8>, mapping: Option<u8>) -> Vec<u8> {
    let field = |tag, value: Option<u8>| value.map(|v| asn1::tlv(asn1::context_primitive(tag), &[v]));
    let fields = [field(0, explicit), field(1, mapping)].into_iter().flatten().collect::<Vec<_>>();
    extension(oids::POLICY_CONSTRAINTS, true, &asn1::tlv(asn1::SEQUENCE, &fields.concat()))
}

fn name(at: usize) -> String {
    format!("authority {at}")
}

/// A root, `middle` authorities with these extensions, and a person; all with one key.
fn chain(
    middle: usize,
    each: &dyn Fn() -> Vec<Vec<u8>>,
    person: Vec<Vec<u8>>,
) -> (Certificate, Vec<Certificate>, Certificate) {
    let root = certificate(By(&name(0), 0), By(&name(0), 0), 1, authority(vec![]));
    let authorities = (1..=middle)
        .map(|at| certificate(By(&name(at), 0), By(&name(at - 1), 0), 2, authority(each())))
        .collect();
    (root, authorities, certificate(By("person", 4), By(&name(middle), 0), 3, person))
}

fn policies(number: usize) -> Vec<ObjectIdentifier> {
    (0..number).map(|at| oid(&format!("1.2.3.{at}"))).collect()
}

#[test]
fn a_graph_grows_with_the_certificates_and_not_with_their_product() {
    // Every authority states 40 policies and maps each to all: 40⁸ nodes in the tree of RFC 5280.
    let all = policies(40);
    let pairs: Vec<_> = all.iter().flat_map(|a| all.iter().map(|b| (*a, *b))).collect();
    let (root, authorities, person) =
        chain(8, &|| vec![stated(&all), mapped(&pairs)], vec![stated(&all[..1])]);
    let anchors = Anchors::from_certificates(vec![root]);
    let validation = Validation { intermediates: &authorities, ..Validation::for_email(&anchors, NOW) };
    let (path, left) = validate_counted(&person, &validation, Budget::default());
    assert_eq!(path.map(|path| path.policies), Ok(all.clone()));
    // 8 · 1,600 mappings, and for each level what is expected above (1, then 1,600) with what is stated (40, last 1).
    let spent = Budget::default().policies - left.policies;
    assert_eq!(spent, 8 * 1_600 + (1 + 40) + 7 * (1_600 + 40) + (1_600 + 1));
    let (path, _) = validate_counted(&person, &validation, Budget { policies: spent, ..Budget::default() });
    assert!(path.is_ok());
    let short = Budget { policies: spent - 1, ..Budget::default() };
    assert_eq!(validate_counted(&person, &validation, short).0.err(), Some(PathError::BudgetSpent));
}

#[test]
fn nobody_maps_any_policy() {
    let pairs = [(ANY_POLICY, oid("1.2.3.1"))];
    let (root, authorities, person) =
        chain(1, &|| vec![stated(&[ANY_POLICY]), mapped(&pairs)], vec![email_protection()]);
    let anchors = Anchors::from_certificates(vec![root]);
    let validation = Validation { intermediates: &authorities, ..Validation::for_email(&anchors, NOW) };
    assert!(matches!(judge(&person, &validation), Err(PathError::PolicyMapping { .. })));
}

#[test]
fn the_constraints_of_an_anchor_bind_and_its_policies_do_not() {
    let one = oid("1.2.3.1");
    let verdict = |own: Vec<Vec<u8>>, leaf: Vec<Vec<u8>>| {
        let root = certificate(By("root", 0), By("root", 0), 1, authority(own));
        let person = certificate(By("person", 4), By("root", 0), 3, leaf);
        let anchors = Anchors::from_certificates(vec![root]);
        judge(&person, &Validation::for_email(&anchors, NOW)).map(|path| path.policies)
    };
    assert_eq!(verdict(vec![stated(&[oid("1.2.3.9")])], vec![stated(&[one])]), Ok(vec![one]));
    assert_eq!(verdict(vec![], vec![email_protection()]), Ok(vec![]));
    let explicit = || vec![constrained(Some(0), None)];
    assert_eq!(verdict(explicit(), vec![stated(&[one])]), Ok(vec![one]));
    assert!(matches!(verdict(explicit(), vec![email_protection()]), Err(PathError::Policy { .. })));
}

#[test]
fn any_policy_gives_what_the_reader_accepts() {
    let wanted = [oid("1.2.3.7"), oid("1.2.3.5")];
    let (root, authorities, person) = chain(1, &|| vec![stated(&[ANY_POLICY])], vec![stated(&[ANY_POLICY])]);
    let anchors = Anchors::from_certificates(vec![root]);
    let found = |policies| {
        let validation =
            Validation { intermediates: &authorities, policies, ..Validation::for_email(&anchors, NOW) };
        judge(&person, &validation).map(|path| path.policies)
    };
    let input = PolicyInput { acceptable: &wanted, require_explicit: true, ..PolicyInput::default() };
    assert_eq!(found(PolicyInput::default()), Ok(vec![ANY_POLICY]));
    assert_eq!(found(input), Ok(vec![wanted[1], wanted[0]]));
    assert!(matches!(found(PolicyInput { inhibit_any: true, ..input }), Err(PathError::Policy { .. })));
}
