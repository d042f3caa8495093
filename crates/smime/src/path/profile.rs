//! What RFC 5280 demands of issuers (§4 and §5.2) beyond what a path needs to be proven (§6).
//!
//! None of these rules changes who somebody is, and real authorities for people break some of them, so letters are judged
//! without. [`super::Validation::strict_profile`] asks for them.

use super::PathError;
use crate::asn1;
use crate::oids;
use crate::x509::{Certificate, GeneralName};

/// Longest serial number (RFC 5280 §4.1.2.2).
const MAX_SERIAL_OCTETS: usize = 20;

/// Longest label of a host name (RFC 1034 §3.1).
const MAX_LABEL: usize = 63;

/// Checks the form of one certificate of a path. The serial number of an anchor is nobody's: real roots have 0.
pub(super) fn check(certificate: &Certificate, is_anchor: bool) -> Result<(), PathError> {
    let number = if is_anchor { None } else { serial_number(certificate) };
    let broken = [keys(certificate), number, constraints(certificate), names(certificate)];
    broken.into_iter().flatten().next().map_or(Ok(()), |rule| Err(broken_rule(certificate, rule)))
}

/// RFC 5280 §4.2.1.1: only a self-signed certificate may leave the identifier of its issuer's key out.
pub(super) fn needs_self_signature(certificate: &Certificate) -> bool {
    certificate.extensions().authority_key_id.is_none()
}

/// What is said when it is not.
pub(super) fn no_authority_key(certificate: &Certificate) -> PathError {
    broken_rule(certificate, "authorityKeyIdentifier is missing")
}

fn broken_rule(certificate: &Certificate, rule: &'static str) -> PathError {
    PathError::Profile { subject: certificate.subject().to_string(), rule }
}

fn is_critical(certificate: &Certificate, oid: const_oid::ObjectIdentifier) -> Option<bool> {
    certificate.extensions().get(oid).map(|extension| extension.critical)
}

fn is_authority(certificate: &Certificate) -> bool {
    certificate.extensions().basic_constraints.is_some_and(|basic| basic.ca)
}

/// The rule that is broken, if one is.
fn keys(certificate: &Certificate) -> Option<&'static str> {
    let extensions = certificate.extensions();
    let signs_certificates = extensions.key_usage.is_some_and(crate::x509::KeyUsage::key_cert_sign);
    if is_critical(certificate, oids::AUTHORITY_KEY_IDENTIFIER) == Some(true) {
        Some("authorityKeyIdentifier must not be critical")
    } else if is_critical(certificate, oids::SUBJECT_KEY_IDENTIFIER) == Some(true) {
        Some("subjectKeyIdentifier must not be critical")
    } else if extensions.subject_key_id.is_none() && is_authority(certificate) {
        Some("subjectKeyIdentifier is missing")
    } else if signs_certificates && !is_authority(certificate) {
        Some("keyCertSign without being an authority")
    } else {
        None
    }
}

fn serial_number(certificate: &Certificate) -> Option<&'static str> {
    let magnitude = asn1::unsigned(certificate.serial()).unwrap_or_default();
    let positive = magnitude.iter().any(|octet| *octet != 0);
    if !positive {
        Some("the serial number is not positive")
    } else if certificate.serial().len() > MAX_SERIAL_OCTETS {
        Some("the serial number is too long")
    } else {
        None
    }
}

fn constraints(certificate: &Certificate) -> Option<&'static str> {
    let not_critical = |oid| is_critical(certificate, oid) == Some(false);
    let authority = is_authority(certificate);
    if not_critical(oids::NAME_CONSTRAINTS) {
        Some("nameConstraints must be critical")
    } else if !authority && certificate.has_extension(oids::NAME_CONSTRAINTS) {
        Some("nameConstraints outside an authority")
    } else if not_critical(oids::POLICY_CONSTRAINTS) {
        Some("policyConstraints must be critical")
    } else if not_critical(oids::INHIBIT_ANY_POLICY) {
        Some("inhibitAnyPolicy must be critical")
    } else if authority && not_critical(oids::BASIC_CONSTRAINTS) {
        Some("basicConstraints must be critical")
    } else {
        None
    }
}

fn names(certificate: &Certificate) -> Option<&'static str> {
    let no_subject = certificate.subject().is_empty();
    let hosts = certificate.extensions().subject_alt_names.iter();
    let mut hosts = hosts.filter_map(|name| match name {
        GeneralName::Dns(host) => Some(host.as_str()),
        _ => None,
    });
    if no_subject && is_authority(certificate) {
        Some("an authority without a name")
    } else if no_subject && is_critical(certificate, oids::SUBJECT_ALT_NAME) != Some(true) {
        Some("without a subject subjectAltName must be critical")
    } else if !hosts.all(is_host_name) {
        Some("a host name not in the preferred syntax")
    } else {
        None
    }
}

/// RFC 1034 §3.5 and RFC 1123 §2.1, with a wildcard label in front (RFC 9525 §6.3).
fn is_host_name(host: &str) -> bool {
    host.strip_prefix("*.").unwrap_or(host).split('.').all(|label| {
        !label.is_empty()
            && label.len() <= MAX_LABEL
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}
