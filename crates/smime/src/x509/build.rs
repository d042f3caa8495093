//! Making certificates: the to-be-signed part and its extensions (RFC 5280 §4).

use const_oid::ObjectIdentifier;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::general_name::GeneralName;
use super::{Certificate, signed};
use crate::asn1;
use crate::error::Result;
use crate::key::{PrivateKey, SignatureScheme};
use crate::name::Name;
use crate::oids;
use crate::time::UnixTime;

/// Numbers of the keyUsage bits (RFC 5280 §4.2.1.3).
pub(crate) mod usage_bit {
    pub(crate) const DIGITAL_SIGNATURE: usize = 0;
    pub(crate) const NON_REPUDIATION: usize = 1;
    pub(crate) const KEY_ENCIPHERMENT: usize = 2;
    pub(crate) const KEY_AGREEMENT: usize = 4;
    pub(crate) const KEY_CERT_SIGN: usize = 5;
    pub(crate) const CRL_SIGN: usize = 6;
}

/// What a new certificate says.
pub(crate) struct Template<'a> {
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: &'a Name,
    pub(crate) subject: &'a Name,
    pub(crate) not_before: UnixTime,
    pub(crate) not_after: UnixTime,
    pub(crate) spki: &'a [u8],
    /// Encoded extensions.
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Template<'_> {
    pub(crate) fn sign<R: CryptoRng + ?Sized>(&self, key: &PrivateKey, rng: &mut R) -> Result<Certificate> {
        let scheme = signing_scheme(key);
        let validity = asn1::sequence(&[&self.not_before.to_asn1()?, &self.not_after.to_asn1()?]);
        let extensions = asn1::tlv(asn1::SEQUENCE, &self.extensions.concat());
        let tbs = asn1::sequence(&[
            &asn1::nest(asn1::context(0), &[&asn1::small_integer(2)]),
            &asn1::integer(self.serial),
            &scheme.identifier_der(),
            self.issuer.der(),
            &validity,
            self.subject.der(),
            self.spki,
            &asn1::nest(asn1::context(3), &[&extensions]),
        ]);
        Certificate::from_der(&signed::sign(&tbs, key, scheme, rng)?)
    }
}

/// Certificates, lists and requests are signed with what every program verifies.
pub(crate) fn signing_scheme(key: &PrivateKey) -> SignatureScheme {
    match key.default_scheme() {
        SignatureScheme::RsaPss { digest, .. } => SignatureScheme::RsaPkcs1(digest),
        other => other,
    }
}

pub(crate) fn extension(oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { asn1::tlv(asn1::BOOLEAN, &[0xff]) } else { Vec::new() };
    asn1::sequence(&[&asn1::oid(oid), &flag, &asn1::octet_string(value)])
}

/// basicConstraints; an authority here issues to people only, so its pathLenConstraint is 0.
pub(crate) fn basic_constraints(is_authority: bool) -> Vec<u8> {
    let value = if is_authority {
        asn1::sequence(&[&asn1::tlv(asn1::BOOLEAN, &[0xff]), &asn1::small_integer(0)])
    } else {
        asn1::sequence(&[])
    };
    extension(oids::BASIC_CONSTRAINTS, true, &value)
}

pub(crate) fn key_usage(bits: &[usize]) -> Vec<u8> {
    extension(oids::KEY_USAGE, true, &asn1::named_bits(bits))
}

pub(crate) fn email_protection() -> Vec<u8> {
    extension(oids::EXT_KEY_USAGE, false, &asn1::sequence(&[&asn1::oid(oids::EMAIL_PROTECTION)]))
}

pub(crate) fn subject_alt_name(emails: &[&str]) -> Vec<u8> {
    let names: Vec<Vec<u8>> = emails.iter().map(|email| GeneralName::email_der(email)).collect();
    extension(oids::SUBJECT_ALT_NAME, false, &asn1::tlv(asn1::SEQUENCE, &names.concat()))
}

/// The first method of RFC 7093 §2: the leftmost 160 bits of SHA-256 over the key's bits.
pub(crate) fn key_identifier(key_bits: &[u8]) -> Vec<u8> {
    Sha256::digest(key_bits).into_iter().take(20).collect()
}

pub(crate) fn subject_key_identifier(identifier: &[u8]) -> Vec<u8> {
    extension(oids::SUBJECT_KEY_IDENTIFIER, false, &asn1::octet_string(identifier))
}

pub(crate) fn authority_key_identifier(identifier: &[u8]) -> Vec<u8> {
    let value = asn1::sequence(&[&asn1::tlv(asn1::context_primitive(0), identifier)]);
    extension(oids::AUTHORITY_KEY_IDENTIFIER, false, &value)
}

/// nameConstraints that permit e-mail addresses of these domains only.
pub(crate) fn permitted_domains(domains: &[String]) -> Vec<u8> {
    let subtrees: Vec<Vec<u8>> = domains
        .iter()
        .map(|domain| asn1::sequence(&[&asn1::tlv(asn1::context_primitive(1), domain.as_bytes())]))
        .collect();
    let value = asn1::sequence(&[&asn1::tlv(asn1::context(0), &subtrees.concat())]);
    extension(oids::NAME_CONSTRAINTS, true, &value)
}
