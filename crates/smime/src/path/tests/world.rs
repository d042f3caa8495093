//! Keys, certificates, lists and answers, made as a test needs them.

use std::sync::OnceLock;

use const_oid::ObjectIdentifier;

use crate::asn1;
use crate::backend::{Rust, ready};
use crate::crl::Crl;
use crate::key::{Algorithm, DigestAlgorithm, PrivateKey, SignatureScheme};
use crate::name::Name;
use crate::ocsp::OcspResponse;
use crate::oids;
use crate::path::asked::Asked;
use crate::path::{Anchors, Budget, PathError, ValidPath, Validation, validate};
use crate::time::UnixTime;
use crate::x509::build::{self, Template, extension, usage_bit};
use crate::x509::{Certificate, signed};

pub(super) const NOW: UnixTime = UnixTime(1_780_000_000);

pub(super) fn rng() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// One of a few keys, made once.
pub(super) fn key(number: usize) -> &'static PrivateKey {
    static KEYS: OnceLock<Vec<PrivateKey>> = OnceLock::new();
    let keys = KEYS
        .get_or_init(|| (0..5).map(|_| PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap()).collect());
    &keys[number]
}

/// Who signs: a name and a key.
#[derive(Clone, Copy)]
pub(super) struct By<'a>(pub(super) &'a str, pub(super) usize);

/// A certificate for `subject` and a key, valid for ten days around [`NOW`].
pub(super) fn certificate(
    subject: By<'_>,
    issuer: By<'_>,
    serial: u8,
    extensions: Vec<Vec<u8>>,
) -> Certificate {
    let public = key(subject.1).public_key();
    let template = Template {
        serial: &[serial],
        issuer: &Name::from_common_name(issuer.0),
        subject: &Name::from_common_name(subject.0),
        not_before: NOW.plus_seconds(-5 * UnixTime::DAY),
        not_after: NOW.plus_seconds(5 * UnixTime::DAY),
        spki: public.spki_der(),
        extensions,
    };
    template.sign(key(issuer.1), &mut rng()).unwrap()
}

/// The extensions of an authority, and more.
pub(super) fn authority(more: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let constraints = asn1::sequence(&[&asn1::tlv(asn1::BOOLEAN, &[0xff])]);
    let mut all = vec![
        extension(oids::BASIC_CONSTRAINTS, true, &constraints),
        build::key_usage(&[usage_bit::KEY_CERT_SIGN, usage_bit::CRL_SIGN]),
    ];
    all.extend(more);
    all
}

pub(super) fn root() -> Certificate {
    certificate(By("root", 0), By("root", 0), 1, authority(vec![]))
}

pub(super) fn person(serial: u8) -> Certificate {
    certificate(By("person", 4), By("root", 0), serial, vec![build::email_protection()])
}

pub(super) fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

pub(super) fn judge(certificate: &Certificate, validation: &Validation<'_>) -> Result<ValidPath, PathError> {
    let found = validate(certificate, validation, Budget::default());
    // A backend that is asked finds the same.
    let mut anchors: Anchors = validation.anchors.iter().cloned().collect();
    anchors.asked = Asked::switched_on();
    let asking = Validation { anchors: &anchors, ..*validation };
    let search = || validate(certificate, &asking, Budget::default());
    let (asked, _) = ready(anchors.asked.answered(&Rust, search));
    assert_eq!(format!("{found:?}"), format!("{asked:?}"));
    found
}

/// A list of the entries (serial, reason), with a number, optionally a delta to a base.
pub(super) fn list(by: By<'_>, number: u32, base: Option<u32>, from: i64, entries: &[(u8, u8)]) -> Crl {
    let scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
    let date = NOW.plus_seconds(-2 * UnixTime::DAY).to_asn1().unwrap();
    let entries: Vec<Vec<u8>> = entries
        .iter()
        .map(|(serial, reason)| {
            let reason = extension(oids::CRL_REASON, false, &asn1::tlv(asn1::ENUMERATED, &[*reason]));
            asn1::sequence(&[&asn1::integer(&[*serial]), &date, &asn1::sequence(&[&reason])])
        })
        .collect();
    let entries = if entries.is_empty() { vec![] } else { asn1::tlv(asn1::SEQUENCE, &entries.concat()) };
    let mut extensions = extension(oids::CRL_NUMBER, false, &asn1::small_integer(number));
    if let Some(base) = base {
        extensions.extend(extension(oids::DELTA_CRL_INDICATOR, true, &asn1::small_integer(base)));
    }
    let tbs = asn1::sequence(&[
        &asn1::small_integer(1),
        &scheme.identifier_der(),
        Name::from_common_name(by.0).der(),
        &NOW.plus_seconds(from).to_asn1().unwrap(),
        &NOW.plus_seconds(from + UnixTime::DAY).to_asn1().unwrap(),
        &entries,
        &asn1::nest(asn1::context(0), &[&asn1::tlv(asn1::SEQUENCE, &extensions)]),
    ]);
    Crl::from_der(&signed::sign(&tbs, key(by.1), scheme, &mut rng()).unwrap()).unwrap()
}

/// One statement of an answer.
pub(super) struct Says<'a> {
    pub(super) about: &'a Certificate,
    pub(super) issuer: &'a Certificate,
    /// The encoded CertStatus.
    pub(super) status: Vec<u8>,
    /// thisUpdate, in seconds from [`NOW`]; nextUpdate is a day later.
    pub(super) from: i64,
}

pub(super) const GOOD: [u8; 2] = [0x80, 0];
pub(super) const UNKNOWN: [u8; 2] = [0x82, 0];

/// revoked, two days ago.
pub(super) fn revoked(reason: u8) -> Vec<u8> {
    let reason = asn1::nest(asn1::context(0), &[&asn1::tlv(asn1::ENUMERATED, &[reason])]);
    asn1::nest(asn1::context(1), &[&generalized(NOW.plus_seconds(-2 * UnixTime::DAY)), &reason])
}

fn generalized(moment: UnixTime) -> Vec<u8> {
    let digits: String = moment.to_rfc3339().chars().filter(char::is_ascii_digit).collect();
    asn1::tlv(asn1::GENERALIZED_TIME, format!("{digits}Z").as_bytes())
}

pub(super) fn by_name(name: &str) -> Vec<u8> {
    asn1::nest(asn1::context(1), &[Name::from_common_name(name).der()])
}

pub(super) fn by_key(number: usize) -> Vec<u8> {
    let hash = DigestAlgorithm::Sha1.hash(&key(number).public_key().key_bits());
    asn1::nest(asn1::context(2), &[&asn1::octet_string(&hash)])
}

/// An answer signed with a key, in the name of an encoded ResponderID, bringing certificates along.
pub(super) fn answer(
    says: &[Says<'_>],
    responder: &[u8],
    signer: usize,
    brings: &[&Certificate],
) -> OcspResponse {
    let scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
    let singles: Vec<Vec<u8>> = says.iter().map(single).collect();
    let tbs = asn1::sequence(&[responder, &generalized(NOW), &asn1::tlv(asn1::SEQUENCE, &singles.concat())]);
    let signature = key(signer).sign(scheme, &tbs, &mut rng()).unwrap();
    let certificates: Vec<&[u8]> = brings.iter().map(|certificate| certificate.der()).collect();
    let basic = asn1::sequence(&[
        &tbs,
        &scheme.identifier_der(),
        &asn1::bit_string(&signature),
        &asn1::nest(asn1::context(0), &[&asn1::sequence(&certificates)]),
    ]);
    let bytes = asn1::sequence(&[&asn1::oid(oids::OCSP_BASIC), &asn1::octet_string(&basic)]);
    let der = asn1::sequence(&[&asn1::tlv(asn1::ENUMERATED, &[0]), &asn1::nest(asn1::context(0), &[&bytes])]);
    OcspResponse::from_der(&der).unwrap()
}

fn single(says: &Says<'_>) -> Vec<u8> {
    let hash = DigestAlgorithm::Sha256;
    let issuer_key = says.issuer.public_key().unwrap().key_bits();
    let id = asn1::sequence(&[
        &hash.identifier_with_null(),
        &asn1::octet_string(&hash.hash(says.issuer.subject().der())),
        &asn1::octet_string(&hash.hash(&issuer_key)),
        &asn1::tlv(asn1::INTEGER, says.about.serial()),
    ]);
    let from = NOW.plus_seconds(says.from);
    let next = asn1::nest(asn1::context(0), &[&generalized(from.plus_seconds(UnixTime::DAY))]);
    asn1::sequence(&[&id, &says.status, &generalized(from), &next])
}
