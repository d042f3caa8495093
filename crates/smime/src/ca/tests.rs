use super::*;
use crate::crl::Crl;
use crate::path::{
    Anchor, Anchors, Budget, PathError, Purpose, RevocationMode, RevocationState, Validation, validate,
};

const NOW: UnixTime = UnixTime(1_780_000_000);

fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn authority(domains: &[&str]) -> Authority {
    let domains: Vec<String> = domains.iter().map(|domain| (*domain).to_owned()).collect();
    Authority::generate("Autorité d'essai", &domains, NOW, &mut rng()).unwrap()
}

fn certify(authority: &mut Authority, email: &str, usage: Usage) -> Result<Certificate> {
    let key = PrivateKey::generate(Algorithm::P256, &mut rng())?;
    let request = CertificationRequest::generate(&key, "Éloïse Nœuvéglise", email, usage, &mut rng())?;
    let issue = Issue { email, usage, days: DEFAULT_DAYS };
    authority.issue(&request, issue, NOW, &mut rng())
}

#[test]
fn issued_certificates_hold_and_say_what_they_are_for() {
    let mut authority = authority(&["clinique.example"]);
    let anchors = Anchors::from_certificates(vec![authority.identity.certificate.clone()]);
    for (usage, signs, seals) in
        [(Usage::Sign, true, false), (Usage::Encrypt, false, true), (Usage::Both, true, true)]
    {
        let certificate = certify(&mut authority, "eloise@clinique.example", usage).unwrap();
        assert_eq!((certificate.can_sign(), certificate.can_encrypt()), (signs, seals));
        assert_eq!(certificate.common_name(), Some("Éloïse Nœuvéglise"));
        assert_eq!(certificate.emails(), ["eloise@clinique.example"]);
        let path = validate(&certificate, &Validation::for_email(&anchors, NOW), Budget::default()).unwrap();
        assert_eq!(path.certificates.len(), 2);
        assert_eq!(path.revocation, RevocationState::NotChecked);
    }
    assert_eq!(authority.state.issued.len(), 3);
}

#[test]
fn addresses_beyond_ascii_become_smtp_utf8_mailboxes() {
    let mut authority = authority(&["clinique.example"]);
    let certificate = certify(&mut authority, "éloïse@clinique.example", Usage::Sign).unwrap();
    assert_eq!(certificate.emails(), ["éloïse@clinique.example"]);
    let anchors = Anchors::from_certificates(vec![authority.identity.certificate.clone()]);
    assert!(validate(&certificate, &Validation::for_email(&anchors, NOW), Budget::default()).is_ok());
}

#[test]
fn foreign_and_broken_addresses_are_refused() {
    let mut authority = authority(&["clinique.example"]);
    for email in
        ["a@autre.example", "a@sub.clinique.example", "a", "@clinique.example", "a b@clinique.example"]
    {
        assert_eq!(certify(&mut authority, email, Usage::Sign).err(), Some(Error::BadAddress), "{email}");
    }
    assert!(Authority::generate("x", &["a b".to_owned()], NOW, &mut rng()).is_err());
}

#[test]
fn the_name_constraint_binds_even_a_lying_authority() {
    let mut honest = authority(&["clinique.example"]);
    // The same key issues beyond its domains, as a thief of the key would.
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let email = "a@autre.example";
    let request = CertificationRequest::generate(&key, "A", email, Usage::Sign, &mut rng()).unwrap();
    let mut thief = honest.clone();
    thief.identity.certificate =
        Authority::generate("Autorité d'essai", &[], NOW, &mut rng()).unwrap().identity.certificate;
    let issue = Issue { email, usage: Usage::Sign, days: 10 };
    let forged = thief.issue(&request, issue, NOW, &mut rng()).unwrap();
    let anchors = Anchors::from_certificates(vec![honest.identity.certificate.clone()]);
    let error = validate(&forged, &Validation::for_email(&anchors, NOW), Budget::default()).err();
    assert!(matches!(error, Some(PathError::NameConstraint { .. })), "{error:?}");
    assert!(certify(&mut honest, "a@clinique.example", Usage::Sign).is_ok());
}

#[test]
fn a_request_proves_that_the_key_is_held() {
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let request =
        CertificationRequest::generate(&key, "A", "a@b.example", Usage::Encrypt, &mut rng()).unwrap();
    assert_eq!(request.verify(), Ok(()));
    assert_eq!((request.emails(), request.usage()), (vec!["a@b.example"], Some(Usage::Encrypt)));
    let read = CertificationRequest::read_all(request.to_pem().as_bytes()).unwrap();
    assert_eq!(read[0].der(), request.der());
    let mut damaged = request.der().to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let damaged = CertificationRequest::from_der(&damaged).unwrap();
    assert_eq!(damaged.verify(), Err(Error::BadSignature));
    let issue = Issue { email: "a@b.example", usage: Usage::Sign, days: 1 };
    assert_eq!(authority(&[]).issue(&damaged, issue, NOW, &mut rng()).err(), Some(Error::BadSignature));
}

struct World {
    anchors: Anchors,
    certificate: Certificate,
    crls: Vec<Crl>,
}

impl World {
    fn state(
        &self,
        at: UnixTime,
        now: UnixTime,
        mode: RevocationMode,
    ) -> core::result::Result<RevocationState, PathError> {
        let validation = Validation {
            crls: &self.crls,
            at,
            revocation: mode,
            ..Validation::for_email(&self.anchors, now)
        };
        validate(&self.certificate, &validation, Budget::default()).map(|path| path.revocation)
    }
}

/// An authority, a certificate revoked after a day, and a list of 24 hours made after two.
fn revoked_world(reason: Option<RevocationReason>) -> World {
    let mut authority = authority(&[]);
    let certificate = certify(&mut authority, "a@b.example", Usage::Sign).unwrap();
    let serial = certificate.serial_hex().to_uppercase();
    if let Some(reason) = reason {
        authority.revoke(&format!("00:{serial}"), reason, NOW.plus_seconds(UnixTime::DAY)).unwrap();
    }
    assert!(authority.revoke("0123", RevocationReason::Superseded, NOW).is_err());
    let crl = authority.crl(24, NOW.plus_seconds(2 * UnixTime::DAY), &mut rng()).unwrap();
    let anchors = Anchors::from_certificates(vec![authority.identity.certificate.clone()]);
    World { anchors, certificate, crls: vec![Crl::from_der(&crl).unwrap()] }
}

#[test]
fn lists_are_heeded_as_the_mode_says() {
    let day = |days: i64| NOW.plus_seconds(days * UnixTime::DAY);
    let good = revoked_world(None);
    let fresh = day(2).plus_seconds(60);
    assert_eq!(good.state(fresh, fresh, RevocationMode::Require), Ok(RevocationState::Good));
    assert_eq!(good.state(fresh, fresh, RevocationMode::Off), Ok(RevocationState::NotChecked));
    // A day later the list has run out.
    let stale = day(4);
    let unknown = good.state(stale, stale, RevocationMode::Require);
    assert!(matches!(unknown, Err(PathError::RevocationUnknown { .. })));
    let since = Some(day(3));
    assert_eq!(good.state(stale, stale, RevocationMode::IfGiven), Ok(RevocationState::Unknown { since }));
}

#[test]
fn a_revocation_counts_from_its_date_unless_the_key_was_compromised() {
    let (before, after) = (NOW.plus_seconds(60), NOW.plus_seconds(2 * UnixTime::DAY + 60));
    let superseded = revoked_world(Some(RevocationReason::Superseded));
    let result = superseded.state(after, after, RevocationMode::IfGiven);
    assert!(matches!(result, Err(PathError::Revoked { reason: RevocationReason::Superseded, .. })));
    assert_eq!(superseded.state(before, after, RevocationMode::Require), Ok(RevocationState::Good));
    let stolen = revoked_world(Some(RevocationReason::KeyCompromise));
    let result = stolen.state(before, after, RevocationMode::Require);
    assert!(matches!(result, Err(PathError::Revoked { reason: RevocationReason::KeyCompromise, .. })));
}

#[test]
fn anchors_speak_for_their_domains_only() {
    let mut authority = authority(&[]);
    let certificate = certify(&mut authority, "a@b.example", Usage::Sign).unwrap();
    let anchor = Anchor {
        domains: Some(vec!["c.example".to_owned()]),
        ..Anchor::new(authority.identity.certificate.clone())
    };
    let anchors: Anchors = [anchor].into_iter().collect();
    let mut validation = Validation { address: Some("a@b.example"), ..Validation::for_email(&anchors, NOW) };
    let error = validate(&certificate, &validation, Budget::default()).err();
    assert!(matches!(error, Some(PathError::DomainNotAllowed { .. })));
    validation.address = Some("x@C.example");
    assert!(validate(&certificate, &validation, Budget::default()).is_ok());
}

#[test]
fn purpose_time_and_trust_are_checked() {
    let mut authority = authority(&[]);
    let certificate = certify(&mut authority, "a@b.example", Usage::Sign).unwrap();
    let anchors = Anchors::from_certificates(vec![authority.identity.certificate.clone()]);
    let base = Validation::for_email(&anchors, NOW);
    let error = |validation: Validation<'_>| validate(&certificate, &validation, Budget::default()).err();
    assert!(matches!(
        error(Validation { purpose: Purpose::Server, ..base }),
        Some(PathError::Purpose { .. })
    ));
    let last = certificate.not_after();
    assert_eq!(error(Validation { at: last, ..base }), None);
    let late = Validation { at: last.plus_seconds(1), ..base };
    assert!(matches!(error(late), Some(PathError::Expired { .. })));
    let early = Validation { at: certificate.not_before().plus_seconds(-1), ..base };
    assert!(matches!(error(early), Some(PathError::NotYetValid { .. })));
    let nobody = Anchors::default();
    assert!(matches!(error(Validation { anchors: &nobody, ..base }), Some(PathError::NoPath { .. })));
    // Another authority of the same name is not trusted for its name.
    let other = Authority::generate("Autorité d'essai", &[], NOW, &mut rng()).unwrap();
    let others = Anchors::from_certificates(vec![other.identity.certificate]);
    assert!(matches!(error(Validation { anchors: &others, ..base }), Some(PathError::BadSignature { .. })));
}

#[test]
fn an_authority_is_needed_to_issue() {
    let mut authority = authority(&[]);
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let request =
        CertificationRequest::generate(&key, "Person", "p@b.example", Usage::Sign, &mut rng()).unwrap();
    let issue = Issue { email: "p@b.example", usage: Usage::Sign, days: 10 };
    let person = authority.issue(&request, issue, NOW, &mut rng()).unwrap();
    // The person issues a certificate with her own key.
    let identity = Identity::new(key, person.clone(), Vec::new()).unwrap();
    let mut pretender = Authority { identity, state: AuthorityState::default() };
    let forged = certify(&mut pretender, "x@b.example", Usage::Sign).unwrap();
    let anchors = Anchors::from_certificates(vec![authority.identity.certificate.clone()]);
    // Not even when somebody trusts her own certificate for itself.
    let trusting = Anchors::from_certificates(vec![person.clone()]);
    let error = validate(&forged, &Validation::for_email(&trusting, NOW), Budget::default()).err();
    assert!(matches!(error, Some(PathError::NotAnAuthority { .. })), "{error:?}");
    let pool = [person];
    let validation = Validation { intermediates: &pool, ..Validation::for_email(&anchors, NOW) };
    let error = validate(&forged, &validation, Budget::default()).err();
    assert!(matches!(error, Some(PathError::NotAnAuthority { .. })), "{error:?}");
}

#[test]
fn the_budget_holds_just_below_and_just_above() {
    let mut authority = authority(&["b.example"]);
    let certificate = certify(&mut authority, "a@b.example", Usage::Sign).unwrap();
    let anchors = Anchors::from_certificates(vec![authority.identity.certificate.clone()]);
    let validation = Validation::for_email(&anchors, NOW);
    // One signature; one e-mail name and one directory name against one constraint.
    let enough = Budget { signatures: 1, name_comparisons: 2, ..Budget::default() };
    assert!(validate(&certificate, &validation, enough).is_ok());
    for short in [Budget { signatures: 0, ..enough }, Budget { name_comparisons: 1, ..enough }] {
        assert_eq!(validate(&certificate, &validation, short).err(), Some(PathError::BudgetSpent));
    }
}

#[test]
fn a_certificate_that_is_an_anchor_needs_no_path() {
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let issue = Issue { email: "a@b.example", usage: Usage::Both, days: 10 };
    let own = self_signed(&key, "A", issue, NOW, &mut rng()).unwrap();
    let anchors = Anchors::from_certificates(vec![own.clone()]);
    let path = validate(&own, &Validation::for_email(&anchors, NOW), Budget::default()).unwrap();
    assert_eq!(path.certificates, [own]);
}

#[test]
fn serial_numbers_are_read_as_people_type_them() {
    assert_eq!(normal_serial("00:0A:fF"), "0aff");
    assert_eq!(normal_serial("aff"), "0aff");
    assert_eq!(normal_serial("0000"), "00");
}
