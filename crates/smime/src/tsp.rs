//! Time-stamp tokens (RFC 3161, RFC 5816) over a signature: id-aa-signatureTimeStampToken, as in CAdES-T.
//!
//! Here it is only arithmetic and structure: whether the authority is to be believed is asked where letters are judged.

use const_oid::ObjectIdentifier;

use crate::UnixTime;
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::backend::Backend;
use crate::cms::attributes::Attribute;
use crate::cms::content_info::{ContentInfo, ContentType};
use crate::cms::signed_data::SignedData;
use crate::cms::verify::{CheckedSignature, Signed, check};
use crate::error::{Error, Result, Structure};
use crate::ess::SigningCertificate;
use crate::key::DigestAlgorithm;
use crate::oids;
use crate::x509::{Certificate, GeneralName};

/// Most tokens of one signature that are checked, a public-key operation each; long-lived signatures have one or two.
pub const MAX_TOKENS: usize = 4;

/// Most digits of a fraction of a second that are read; the finest clocks give nine.
const MAX_FRACTION_DIGITS: usize = 18;

const SIGNATURE_TIME_STAMP_TOKEN: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// ```text
/// TSTInfo ::= SEQUENCE {
///   version INTEGER { v1(1) }, policy, messageImprint, serialNumber INTEGER, genTime GeneralizedTime,
///   accuracy OPTIONAL, ordering BOOLEAN DEFAULT FALSE, nonce INTEGER OPTIONAL, tsa [0] GeneralName OPTIONAL,
///   extensions [1] IMPLICIT OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TstInfo {
    /// The authority's policy.
    pub policy: ObjectIdentifier,
    /// The hash function of the imprint.
    pub imprint_algorithm: ObjectIdentifier,
    /// The digest that was stamped.
    pub imprint: Vec<u8>,
    /// The token's number, content octets.
    pub serial: Vec<u8>,
    /// genTime, without its fraction of a second.
    pub at: UnixTime,
    /// The latest moment that genTime and accuracy leave open, in whole seconds: by then it existed.
    pub latest: UnixTime,
    /// The authority's name, when it gives one.
    pub tsa: Option<GeneralName>,
}

impl TstInfo {
    /// Reads DER.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let mut fields = Reader::only(der, asn1::SEQUENCE).of(Structure::Cms)?;
        let read = read_head(&mut fields).of(Structure::Cms)?;
        let (at, fraction) = gen_time(&fields.expect(asn1::GENERALIZED_TIME).of(Structure::Cms)?)?;
        let accuracy = fields.optional(asn1::SEQUENCE).and_then(accuracy_seconds).of(Structure::Cms)?;
        let tsa = read_tail(&mut fields).of(Structure::Cms)?;
        let (policy, imprint_algorithm, imprint, serial) = read;
        let latest = at.plus_seconds(accuracy.saturating_add(i64::from(fraction)));
        Ok(Self { policy, imprint_algorithm, imprint, serial, at, latest, tsa })
    }

    /// Whether the token is for `message`, by a hash function that still proves something.
    fn is_for(&self, digest: &[u8]) -> bool {
        self.imprint == digest
    }
}

type Head = (ObjectIdentifier, ObjectIdentifier, Vec<u8>, Vec<u8>);

fn read_head(fields: &mut Reader<'_>) -> core::result::Result<Head, NotDer> {
    if fields.expect(asn1::INTEGER)?.small_uint()? != 1 {
        return Err(NotDer);
    }
    let policy = fields.expect(asn1::OID)?.oid()?;
    let mut imprint = fields.expect(asn1::SEQUENCE)?.reader();
    let algorithm = imprint.expect(asn1::SEQUENCE)?.reader().expect(asn1::OID)?.oid()?;
    let hashed = imprint.expect(asn1::OCTET_STRING)?.value.to_vec();
    imprint.finish()?;
    let serial = fields.expect(asn1::INTEGER)?.value.to_vec();
    Ok((policy, algorithm, hashed, serial))
}

/// ordering, nonce, tsa, extensions; a critical extension would have to be understood (RFC 3161 §2.4.2).
fn read_tail(fields: &mut Reader<'_>) -> core::result::Result<Option<GeneralName>, NotDer> {
    if let Some(ordering) = fields.optional(asn1::BOOLEAN)? {
        ordering.boolean()?;
    }
    fields.optional(asn1::INTEGER)?;
    let tsa = match fields.optional(asn1::context(0))? {
        Some(wrapper) => {
            let mut inner = wrapper.reader();
            let name = GeneralName::read(&inner.next()?)?;
            inner.finish()?;
            Some(name)
        }
        None => None,
    };
    if let Some(extensions) = fields.optional(asn1::context(1))? {
        let list = asn1::tlv(asn1::SEQUENCE, extensions.value);
        if crate::x509::extension_sequence(&list)?.iter().any(|extension| extension.critical) {
            return Err(NotDer);
        }
    }
    fields.finish()?;
    Ok(tsa)
}

/// `YYYYMMDDhhmmss[.s…]Z` (RFC 3161 §2.4.2), and whether there is a fraction.
fn gen_time(value: &Tlv<'_>) -> Result<(UnixTime, bool)> {
    let malformed = || Error::Malformed { what: Structure::Time };
    let text = core::str::from_utf8(value.value).map_err(|_| malformed())?;
    let Some((whole, fraction)) = text.strip_suffix('Z').and_then(|text| text.split_once('.')) else {
        return UnixTime::from_asn1(value).map(|at| (at, false));
    };
    let is_fraction = !fraction.is_empty()
        && fraction.len() <= MAX_FRACTION_DIGITS
        && fraction.bytes().all(|digit| digit.is_ascii_digit());
    if !is_fraction {
        return Err(malformed());
    }
    let whole = format!("{whole}Z");
    let at = UnixTime::from_asn1(&Tlv { tag: asn1::GENERALIZED_TIME, value: whole.as_bytes(), raw: &[] })?;
    Ok((at, true))
}

/// `Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] INTEGER OPTIONAL, micros [1] INTEGER OPTIONAL }`, in whole
/// seconds, rounded up.
fn accuracy_seconds(accuracy: Option<Tlv<'_>>) -> core::result::Result<i64, NotDer> {
    let Some(accuracy) = accuracy else { return Ok(0) };
    let mut fields = accuracy.reader();
    let seconds = match fields.optional(asn1::INTEGER)? {
        Some(seconds) => i64::from(seconds.small_uint()?),
        None => 0,
    };
    let mut finer = false;
    for number in [0, 1] {
        if let Some(part) = fields.optional(asn1::context_primitive(number))? {
            let part = Tlv { tag: asn1::INTEGER, ..part }.small_uint()?;
            if part > 999 {
                return Err(NotDer);
            }
            finer |= part > 0;
        }
    }
    fields.finish()?;
    Ok(seconds.saturating_add(i64::from(finer)))
}

/// A token that was checked as far as arithmetic goes.
#[derive(Debug, Clone)]
pub struct CheckedToken {
    /// What it says; `None` when the token cannot be read.
    pub info: Option<TstInfo>,
    /// Its own signature, exactly one.
    pub signature: Option<CheckedSignature>,
    /// Whether it is for the signature it came with.
    pub imprint: Imprint,
    /// Whether its signature names the authority's certificate, as RFC 3161 §2.4.1 wants.
    pub names_certificate: bool,
    /// Certificates among which a path may be looked for.
    pub(crate) pool: Vec<Certificate>,
}

/// What became of the imprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imprint {
    /// It is the digest of the signature.
    Matches,
    /// It is the digest of something else.
    Differs,
    /// By a hash function that is not known, or proves nothing any more.
    Unusable,
}

/// Checks the tokens among `unsigned` over `signature`; all of it is untrusted.
pub(crate) async fn check_all(
    backend: &dyn Backend,
    signature: &[u8],
    unsigned: &[Attribute],
    pool: &[Certificate],
    danger_legacy: bool,
) -> Vec<CheckedToken> {
    let mut checked = Vec::new();
    for attribute in unsigned.iter().filter(|attribute| attribute.oid == SIGNATURE_TIME_STAMP_TOKEN) {
        for value in attribute.values().unwrap_or_default() {
            if checked.len() == MAX_TOKENS {
                return checked;
            }
            let token = check_one(backend, signature, value.raw, pool, danger_legacy).await;
            checked.push(token.unwrap_or_else(|_| CheckedToken::unreadable()));
        }
    }
    checked
}

async fn check_one(
    backend: &dyn Backend,
    signature: &[u8],
    token: &[u8],
    pool: &[Certificate],
    danger_legacy: bool,
) -> Result<CheckedToken> {
    let malformed = Error::Malformed { what: Structure::Cms };
    let info = ContentInfo::read(token)?;
    if info.content_type != ContentType::SignedData {
        return Err(malformed);
    }
    let signed = SignedData::read(info.content)?;
    let content = signed.content.as_deref().ok_or(malformed.clone())?;
    let [signer] = signed.signers.as_slice() else { return Err(malformed) };
    if signed.content_type != ContentType::Other(TST_INFO) {
        return Err(malformed);
    }
    let carried = signed.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
    let pool: Vec<Certificate> = carried.chain(pool.iter().cloned()).collect();
    let what = Signed {
        content_type: Some(signed.content_type),
        content,
        digests: &[],
        pool: &pool,
        anchors: None,
        danger_legacy,
    };
    let own = check(backend, signer, &what).await;
    let tst_info = TstInfo::from_der(content)?;
    let imprint = imprint(backend, &tst_info, signature).await;
    let attributes = signer.signed_attributes.as_deref().unwrap_or_default();
    let names_certificate = SigningCertificate::of(attributes).is_ok_and(|named| !named.is_empty());
    Ok(CheckedToken { info: Some(tst_info), signature: Some(own), imprint, names_certificate, pool })
}

async fn imprint(backend: &dyn Backend, info: &TstInfo, signature: &[u8]) -> Imprint {
    match DigestAlgorithm::from_oid(info.imprint_algorithm) {
        Err(_) | Ok(DigestAlgorithm::Sha1) => Imprint::Unusable,
        Ok(algorithm) => match backend.digest(algorithm, signature).await {
            Ok(digest) if info.is_for(&digest) => Imprint::Matches,
            Ok(_) => Imprint::Differs,
            Err(_) => Imprint::Unusable,
        },
    }
}

impl CheckedToken {
    fn unreadable() -> Self {
        Self {
            info: None,
            signature: None,
            imprint: Imprint::Unusable,
            names_certificate: false,
            pool: Vec::new(),
        }
    }

    /// Whether the certificate is one of an authority for time-stamps and nothing else: extKeyUsage is critical and names
    /// id-kp-timeStamping alone (RFC 3161 §2.3), and the token's own name for the authority is one of the certificate's.
    pub(crate) fn may_be_by(&self, certificate: &Certificate) -> bool {
        let extensions = certificate.extensions();
        let critical = extensions.get(oids::EXT_KEY_USAGE).is_some_and(|extension| extension.critical);
        let only = extensions.ext_key_usage.as_deref() == Some(&[oids::TIME_STAMPING]);
        let signs =
            extensions.key_usage.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation());
        let named = self.info.as_ref().and_then(|info| info.tsa.as_ref()).is_none_or(|name| match name {
            GeneralName::Directory(name) => name == certificate.subject(),
            other => extensions.subject_alt_names.contains(other),
        });
        critical && only && signs && named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tst_info(time: &str, accuracy: &[u8]) -> Vec<u8> {
        asn1::sequence(&[
            &asn1::small_integer(1),
            &asn1::oid(TST_INFO),
            &asn1::sequence(&[&asn1::sequence(&[&asn1::oid(oids::SHA256)]), &asn1::octet_string(&[7; 32])]),
            &asn1::small_integer(5),
            &asn1::tlv(asn1::GENERALIZED_TIME, time.as_bytes()),
            accuracy,
        ])
    }

    #[test]
    fn the_latest_moment_is_rounded_up() {
        let accuracy = |parts: &[&[u8]]| asn1::sequence(parts);
        for (time, accuracy, later) in [
            ("20261123081700Z", Vec::new(), 0),
            ("20261123081700.5Z", Vec::new(), 1),
            ("20261123081700Z", accuracy(&[&asn1::small_integer(2)]), 2),
            ("20261123081700.001Z", accuracy(&[&asn1::small_integer(2), &[0x80, 1, 5]]), 4),
            ("20261123081700Z", accuracy(&[&[0x81, 2, 3, 0xe7]]), 1),
        ] {
            let info = TstInfo::from_der(&tst_info(time, &accuracy)).unwrap();
            assert_eq!(info.at.to_rfc3339(), "2026-11-23T08:17:00Z");
            assert_eq!(info.latest, info.at.plus_seconds(later), "{time}");
        }
    }

    #[test]
    fn odd_times_and_accuracies_are_refused() {
        for (time, accuracy) in [
            ("20261123081700.Z", Vec::new()),
            ("20261123081700.5", Vec::new()),
            ("20261123081700,5Z", Vec::new()),
            ("20261123081700Z", asn1::sequence(&[&[0x80, 2, 3, 0xe8]])),
            ("20261123081700Z", asn1::sequence(&[&asn1::small_integer(1), &asn1::small_integer(1)])),
        ] {
            assert!(TstInfo::from_der(&tst_info(time, &accuracy)).is_err(), "{time}");
        }
    }
}
