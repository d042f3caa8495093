//! What the signer's certificate says, and who says so.

use sceau_smime::Identity;
use sceau_smime::crl::Crl;
use sceau_smime::letter::TrustSettings;
use sceau_smime::name::Name;
use sceau_smime::path::{Anchor, RevocationMode};

use super::Case;
use super::forge::{
    SERVER, Says, certify, extension, fresh_key, identity, message, rfc822, signed, trusting,
};
use crate::beside::der;
use crate::world::{AMELIE, CHLOE, NOW, identity as stored, revocations, trust_for_domains, world};

fn by(signer: &Identity) -> Vec<u8> {
    signed(&message(&format!("From: {AMELIE}")), signer)
}

pub(super) fn cases() -> Vec<Case> {
    let authority = identity(&Says::authority("Autorité"), None);
    let mut cases = of_the_world();
    cases.extend(forged(&authority));
    cases.extend(issued_wrongly(&authority));
    cases.extend(gateways());
    cases
}

fn of_the_world() -> Vec<Case> {
    let w = world();
    let listed = TrustSettings { crls: revocations(), ..w.trust.clone() };
    let required = TrustSettings { revocation: RevocationMode::Require, ..w.trust.clone() };
    vec![
        Case::unconfirmed("a stranger's authority", by(&stored("false-amelie")), "no_path_to_anchor"),
        Case::unconfirmed("a certificate that ended", by(&stored("old-amelie")), "certificate_expired"),
        Case::unconfirmed(
            "a certificate signed with SHA-1",
            by(&stored("sha1-amelie")),
            "certificate_legacy_algorithm",
        ),
        Case::broken("a stolen key", by(&stored("lost-amelie")), "certificate_revoked").trusting(listed),
        Case::unconfirmed("nothing known of revocation", by(&w.amelie.sign), "revocation_unknown")
            .trusting(required),
        Case::unconfirmed("a key for sealing", by(&w.amelie.encrypt), "not_for_signing"),
        Case::unconfirmed("an authority for other domains", by(&w.amelie.sign), "anchor_domain_not_allowed")
            .trusting(trust_for_domains(&["cardio.example"])),
        Case::unconfirmed("no authority at all", by(&w.amelie.sign), "no_path_to_anchor")
            .trusting(TrustSettings::default()),
    ]
}

/// Certificates that a trusted authority issued, and that do not make their holder Amélie.
fn forged(authority: &Identity) -> Vec<Case> {
    let person = |addresses: &[&str]| Says::person("Amélie Roche", addresses);
    let trust = trusting(authority);
    let case = |name, says: &Says, code| {
        Case::unconfirmed(name, by(&identity(says, Some(authority))), code).trusting(trust.clone())
    };
    let pretender = |name, says: &Says| Case { broken: true, ..case(name, says, "signer_not_from") };
    let email_address = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
    let in_subject =
        der(0x30, &[&der(0x31, &[&der(0x30, &[&email_address, &der(0x16, &[AMELIE.as_bytes()])])])]);
    let subject = Name::from_der(&in_subject).unwrap();
    let critical = extension(99, true, &[5, 0]);
    vec![
        pretender(
            "the address as common name",
            &Says { subject: Name::from_common_name(AMELIE), ..person(&[]) },
        ),
        pretender("the address in the subject only", &Says { subject, ..person(&[]) }),
        pretender("two other addresses", &person(&[CHLOE, "bruno.keller@cardio.example"])),
        pretender("a wildcard address", &person(&["*@cabinet.example"])),
        pretender("a domain for an address", &person(&["cabinet.example", ".cabinet.example"])),
        pretender("a host name", &Says { names: vec![der(0x82, &[b"cabinet.example"])], ..person(&[]) }),
        pretender(
            "a URI",
            &Says { names: vec![der(0x86, &[b"mailto:amelie.roche@cabinet.example"])], ..person(&[]) },
        ),
        pretender("an address with a tail", &person(&["amelie.roche@cabinet.example.evil.example"])),
        pretender("no name at all", &person(&[])),
        case("not for mail", &Says { purpose: SERVER.to_vec(), ..person(&[AMELIE]) }, "not_for_signing"),
        case("for sealing only", &person(&[AMELIE]).for_sealing(), "not_for_signing"),
        case(
            "ended before it was signed",
            &Says { until: "251231235959Z", ..person(&[AMELIE]) },
            "certificate_expired",
        ),
        case(
            "not valid yet",
            &Says { from: "400101000000Z", ..person(&[AMELIE]) },
            "certificate_not_yet_valid",
        ),
        case(
            "a critical extension nobody knows",
            &Says { more: vec![critical], ..person(&[AMELIE]) },
            "unknown_critical_extension",
        ),
    ]
}

/// Certificates that the wrong hands issued.
fn issued_wrongly(authority: &Identity) -> Vec<Case> {
    let trust = trusting(authority);
    let amelie = Says::person("Amélie Roche", &[AMELIE]);
    let alone =
        Case::unconfirmed("a certificate by itself", by(&identity(&amelie, None)), "no_path_to_anchor");
    let chloe = identity(&Says::person("Chloé Petit", &[CHLOE]), Some(authority));
    let mut below = identity(&amelie, Some(&chloe));
    below.chain = vec![chloe.certificate.clone()];
    let constrained = {
        let permitted = der(0xa0, &[&der(0x30, &[&rfc822("labo.example")])]);
        let more = vec![extension(30, true, &der(0x30, &[&permitted]))];
        identity(&Says { more, ..Says::authority("Laboratoire") }, Some(authority))
    };
    let mut outside = identity(&amelie, Some(&constrained));
    outside.chain = vec![constrained.certificate.clone()];
    // The same name as the trusted authority, another key.
    let impostor = identity(&Says::authority("Autorité"), None);
    let same_key = {
        // Amélie's own certificate put to a letter that another certificate of the same key signed.
        let key = fresh_key();
        let own = certify(&amelie, &key, Some(authority));
        let other = certify(&Says::person("Autre", &[CHLOE]), &key, Some(authority));
        let letter = by(&Identity::new(key, own.clone(), vec![]).unwrap());
        renamed(&letter, &own.issuer_and_serial_der(), &other.issuer_and_serial_der(), other.der())
    };
    vec![
        alone.trusting(trust.clone()),
        Case::unconfirmed("issued by a colleague", by(&below), "issuer_not_an_authority")
            .trusting(trust.clone()),
        Case::unconfirmed("outside the authority's constraints", by(&outside), "name_constraint_violated")
            .trusting(trust.clone()),
        Case::unconfirmed(
            "an authority of the same name",
            by(&identity(&amelie, Some(&impostor))),
            "certificate_signature_invalid",
        )
        .trusting(trust.clone()),
        Case::broken("another certificate of the same key", same_key, "signing_certificate_mismatch")
            .trusting(trust.clone()),
        revoked(),
    ]
}

/// The letter with its signer named otherwise, which no signed attribute allows.
fn renamed(letter: &[u8], from: &[u8], to: &[u8], certificate: &[u8]) -> Vec<u8> {
    use crate::beside::{children, fields, signed_data};
    let mut all = fields(letter);
    all[3] = der(0xa0, &[certificate]);
    let mut signer = children(&children(&all[4])[0]);
    assert_eq!(signer[1], from);
    signer[1] = to.to_vec();
    all[4] = der(0x31, &[&der(0x30, &[&signer.concat()])]);
    signed_data(&all)
}

/// Withdrawn before the letter was signed, for no theft.
fn revoked() -> Case {
    use crate::world::rng;
    use sceau_smime::ca::{Authority, CertificationRequest, Issue, Usage};
    use sceau_smime::crl::RevocationReason;
    let begin = NOW.plus_seconds(-90 * 86_400);
    let mut authority = Authority::generate("Ordre", &[], begin, &mut rng()).unwrap();
    let key = fresh_key();
    let request = CertificationRequest::generate(&key, "Amélie", AMELIE, Usage::Sign, &mut rng()).unwrap();
    let issue = Issue { email: AMELIE, usage: Usage::Sign, days: 300 };
    let certificate = authority.issue(&request, issue, begin, &mut rng()).unwrap();
    let at = NOW.plus_seconds(-86_400);
    authority.revoke(&certificate.serial_hex(), RevocationReason::AffiliationChanged, at).unwrap();
    let list = authority.crl(48, NOW.plus_seconds(-60), &mut rng()).unwrap();
    let trust = TrustSettings { crls: Crl::read_all(&list).unwrap(), ..trusting(&authority.identity) };
    let signer = Identity::new(key, certificate, vec![]).unwrap();
    Case::unconfirmed("a certificate that was withdrawn", by(&signer), "certificate_revoked").trusting(trust)
}

/// A gateway that speaks for whom it may not.
fn gateways() -> Vec<Case> {
    let w = world();
    let policy = policy_oid();
    let gateway = |domains: &[&str]| Anchor {
        domains: Some(domains.iter().map(|domain| (*domain).to_owned()).collect()),
        gateway: true,
        ..Anchor::new(crate::world::certificate("ca"))
    };
    let members = Anchor {
        domains: Some(vec!["cabinet.example".to_owned()]),
        ..Anchor::new(crate::world::certificate("stranger"))
    };
    let with = |anchors: Vec<Anchor>, gateway_policy| TrustSettings {
        anchors: anchors.into_iter().collect(),
        gateway_policy,
        ..w.trust.clone()
    };
    let case = |name, trust| Case::broken(name, by(&w.amelie.sign), "gateway_pretender").trusting(trust);
    vec![
        case("a gateway without its policy", with(vec![gateway(&["cabinet.example"])], None)),
        case("a gateway whose certificate has no policy", with(vec![gateway(&["cabinet.example"])], policy)),
        case("a gateway for a member", with(vec![gateway(&["cabinet.example"]), members], policy)),
    ]
}

fn policy_oid() -> Option<const_oid::ObjectIdentifier> {
    Some(const_oid::ObjectIdentifier::new_unwrap("1.2.250.1.999.1"))
}
