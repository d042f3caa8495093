//! Paths whose signatures only a backend checks.

use std::cell::RefCell;

use super::world::{By, NOW, authority, certificate, list, person, root};
use crate::backend::{Backend, Promise, Rust, ready};
use crate::error::Error;
use crate::key::{PublicKey, SignatureScheme};
use crate::path::asked::Asked;
use crate::path::{Anchor, Anchors, Budget, PathError, RevocationState, Validation, validate};
use crate::x509::build::email_protection;

/// Notes whose signatures it is asked about, and answers with what it was told to or with the truth.
#[derive(Default)]
struct Asking {
    keys: RefCell<Vec<Vec<u8>>>,
    answer: Option<Error>,
}

impl Backend for Asking {
    fn verify<'a>(
        &'a self,
        key: &'a PublicKey,
        scheme: SignatureScheme,
        message: &'a [u8],
        signature: &'a [u8],
        danger_legacy: bool,
    ) -> Promise<'a, ()> {
        self.keys.borrow_mut().push(key.spki_der().to_vec());
        match &self.answer {
            Some(error) => Box::pin(async move { Err(error.clone()) }),
            None => Rust.verify(key, scheme, message, signature, danger_legacy),
        }
    }
}

fn anchors() -> Anchors {
    let mut anchors: Anchors = [Anchor::new(root())].into_iter().collect();
    anchors.asked = Asked::switched_on();
    anchors
}

#[test]
fn each_signature_is_asked_about_once() {
    let between = certificate(By("between", 1), By("root", 0), 2, authority(vec![]));
    let leaf = certificate(By("leaf", 2), By("between", 1), 3, vec![email_protection()]);
    let anchors = anchors();
    let lists = [list(By("root", 0), 1, None, -60, &[]), list(By("between", 1), 1, None, -60, &[])];
    let intermediates = [between.clone()];
    let validation =
        Validation { intermediates: &intermediates, crls: &lists, ..Validation::for_email(&anchors, NOW) };
    let search = || validate(&leaf, &validation, Budget::default());
    let asking = Asking::default();
    let (found, gap) = ready(anchors.asked.answered(&asking, search));
    assert_eq!((found.unwrap().revocation, gap), (RevocationState::Good, false));
    let (root, between) = (root().spki_der().to_vec(), between.spki_der().to_vec());
    assert_eq!(*asking.keys.borrow(), [&*between, &root, &between, &root].map(<[u8]>::to_vec));
    // What was asked before is known.
    let again = Asking::default();
    assert!(ready(anchors.asked.answered(&again, search)).0.is_ok());
    assert!(again.keys.borrow().is_empty());
}

#[test]
fn nothing_holds_before_it_was_asked_about() {
    let anchors = anchors();
    let validation = Validation::for_email(&anchors, NOW);
    let found = validate(&person(2), &validation, Budget::default());
    assert!(matches!(found, Err(PathError::UnsupportedAlgorithm { .. })), "{found:?}");
}

#[test]
fn what_nobody_here_can_check_is_a_gap_and_no_proof() {
    let anchors = anchors();
    let validation = Validation::for_email(&anchors, NOW);
    let search = || validate(&person(2), &validation, Budget::default());
    let unable =
        Asking { answer: Some(Error::UnsupportedAlgorithm { oid: crate::oids::P256 }), ..Asking::default() };
    let (found, gap) = ready(anchors.asked.answered(&unable, search));
    assert!(found.is_err() && gap);
    let forged = certificate(By("person", 4), By("root", 2), 3, vec![email_protection()]);
    let search = || validate(&forged, &validation, Budget::default());
    let (found, gap) = ready(anchors.asked.answered(&Asking::default(), search));
    assert!(matches!(found, Err(PathError::BadSignature { .. })) && !gap, "{found:?}");
}

/// A list beside the path that cannot be checked does not change what is found, but might have.
#[test]
fn a_list_that_nobody_here_can_check_is_a_gap() {
    let anchors = anchors();
    let leaf = person(2);
    let ready_lists = [list(By("root", 0), 1, None, -60, &[])];
    let validation = Validation { crls: &ready_lists, ..Validation::for_email(&anchors, NOW) };
    let path_alone = Validation::for_email(&anchors, NOW);
    assert!(
        ready(anchors.asked.answered(&Rust, || validate(&leaf, &path_alone, Budget::default()))).0.is_ok()
    );
    let unable =
        Asking { answer: Some(Error::UnsupportedAlgorithm { oid: crate::oids::P256 }), ..Asking::default() };
    let (found, gap) =
        ready(anchors.asked.answered(&unable, || validate(&leaf, &validation, Budget::default())));
    assert_eq!((found.unwrap().revocation, gap), (RevocationState::Unknown { since: None }, true));
}
