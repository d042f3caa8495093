//! Lists beyond what PKITS asks: late and lone deltas, suspensions, lists of several ages.

use super::world::{By, NOW, judge, list, person, root};
use crate::crl::{Crl, RevocationReason};
use crate::path::{
    Anchors, Budget, PathError, RevocationMode, RevocationState, Validation, validate_counted,
};
use crate::time::UnixTime;

const ROOT: By<'static> = By("root", 0);

fn known(crls: &[Crl], mode: RevocationMode) -> Result<RevocationState, PathError> {
    let anchors = Anchors::from_certificates(vec![root()]);
    let validation = Validation { crls, revocation: mode, ..Validation::for_email(&anchors, NOW) };
    judge(&person(3), &validation).map(|path| path.revocation)
}

fn reason(result: &Result<RevocationState, PathError>) -> Option<RevocationReason> {
    match result {
        Err(PathError::Revoked { reason, .. }) => Some(*reason),
        _ => None,
    }
}

#[test]
fn a_delta_alone_revokes_and_confirms_nobody() {
    let unknown = Ok(RevocationState::Unknown { since: None });
    let lone = |entries| known(&[list(ROOT, 2, Some(1), -60, entries)], RevocationMode::IfGiven);
    assert_eq!(reason(&lone(&[(3, 1)])), Some(RevocationReason::KeyCompromise));
    assert_eq!(lone(&[]), unknown);
    assert_eq!(lone(&[(3, 8)]), unknown);
}

#[test]
fn a_late_complete_list_is_brought_up_to_date_by_its_delta() {
    let late = list(ROOT, 5, None, -3 * UnixTime::DAY, &[]);
    let with = |number, base, entries| {
        let delta = list(ROOT, number, Some(base), -60, entries);
        known(&[late.clone(), delta], RevocationMode::Require)
    };
    assert_eq!(with(7, 5, &[]), Ok(RevocationState::Good));
    assert_eq!(reason(&with(7, 4, &[(3, 4)])), Some(RevocationReason::Superseded));
    // Begun after the complete list, or made before it: what happened between is unknown.
    assert!(matches!(with(7, 6, &[]), Err(PathError::RevocationUnknown { .. })));
    assert!(matches!(with(4, 3, &[]), Err(PathError::RevocationUnknown { .. })));
}

#[test]
fn a_suspension_is_lifted_by_delta_or_newer_list() {
    let held = list(ROOT, 5, None, -3600, &[(3, 6)]);
    assert_eq!(
        reason(&known(std::slice::from_ref(&held), RevocationMode::Require)),
        Some(RevocationReason::CertificateHold)
    );
    let delta = list(ROOT, 6, Some(5), -60, &[(3, 8)]);
    assert_eq!(known(&[held.clone(), delta], RevocationMode::Require), Ok(RevocationState::Good));
    let newer = list(ROOT, 6, None, -60, &[]);
    assert_eq!(known(&[newer, held], RevocationMode::Require), Ok(RevocationState::Good));
}

#[test]
fn a_revocation_in_an_older_list_stays() {
    let lists = [list(ROOT, 6, None, -60, &[]), list(ROOT, 5, None, -3600, &[(3, 4)])];
    assert_eq!(reason(&known(&lists, RevocationMode::Require)), Some(RevocationReason::Superseded));
}

#[test]
fn lists_of_a_stranger_with_the_same_name_are_of_no_use() {
    let forged = list(By("root", 1), 5, None, -60, &[(3, 1)]);
    let unknown = Ok(RevocationState::Unknown { since: None });
    assert_eq!(known(std::slice::from_ref(&forged), RevocationMode::IfGiven), unknown);
    let honest = list(ROOT, 5, None, -60, &[]);
    assert_eq!(known(&[forged, honest], RevocationMode::Require), Ok(RevocationState::Good));
}

#[test]
fn many_old_lists_that_say_nothing_new_cost_no_signatures() {
    let crls: Vec<Crl> = (1..60).map(|at| list(ROOT, at, None, -60 * i64::from(60 - at), &[])).collect();
    let anchors = Anchors::from_certificates(vec![root()]);
    let validation = Validation {
        crls: &crls,
        revocation: RevocationMode::Require,
        ..Validation::for_email(&anchors, NOW)
    };
    let (path, left) = validate_counted(&person(3), &validation, Budget::default());
    assert_eq!(path.map(|path| path.revocation), Ok(RevocationState::Good));
    // The person's certificate and the newest list.
    assert_eq!(Budget::default().signatures - left.signatures, 2);
}
